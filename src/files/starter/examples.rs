//! Example values for what a template asks of a campaign, and which of them nobody replaced.

use serde_json::{Map, Value};

/// A value that shows what a variable stands for, chosen by the last part of its name.
pub fn example_of(variable: &str) -> &'static str {
    match variable.rsplit('.').next().unwrap_or_default() {
        "name" | "title" => "Example Forum 2027",
        "place" | "city" => "Example City",
        "date" | "dates" => "1 to 5 June 2027",
        part if part.contains("url") || part.contains("link") => "https://forum.example/2027",
        _ => "an example",
    }
}

/// The variables that still hold the example a new campaign came with, by their path.
pub fn unfilled(variables: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    collect(variables, "", &mut found);
    found
}

fn collect(table: &Map<String, Value>, prefix: &str, found: &mut Vec<String>) {
    for (name, value) in table {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Object(inner) => collect(inner, &path, found),
            Value::String(text) if text == example_of(&path) => found.push(path),
            _ => {}
        }
    }
}
