//! `[gaps]`: the analysis a campaign rests on.

use super::found;
use crate::domain::campaign::{Dimension, GapQuery, ReferenceSpec};
use crate::domain::suggestion::nearest_or_all;
use crate::files::campaign_folder::Surroundings;
use crate::files::toml_reader::conditions::read_country;
use crate::files::toml_reader::{Entry, Section};

/// Share of invited people assumed to come, where a campaign says nothing.
const RESPONSE: f64 = 0.1;

/// Reads the section.
pub(super) fn read_gaps(section: Section<'_>, around: Surroundings<'_>) -> Option<GapQuery> {
    let by = section.required("by", "name the dimensions of a cell, such as `by = [\"region\"]`");
    let by = by.map(|e| read_dimensions(&e)).unwrap_or_default();
    let split = section.entry("split").map(|e| read_dimensions(&e)).unwrap_or_default();
    if let Some(twice) = split.iter().find(|d| by.contains(d)) {
        section.complain("contradiction", format!("`{}` stands in both `by` and `split`", twice.as_str()), "keep one");
    }
    let against = match section.entry("against") {
        None => vec![ReferenceSpec::InternetUsers],
        Some(entry) => entry.items().iter().filter_map(|item| read_reference(item, around)).collect(),
    };
    let response = section.entry("response").and_then(|e| {
        let response = e.number(0.0..=1.0)?;
        if response == 0.0 {
            e.complain("out-of-range", format!("`{}` must be above 0", e.path()), "0.1 means one of ten comes");
        }
        Some(response)
    });
    let query = GapQuery {
        by,
        against,
        split,
        without_host: section.entry("without_host").and_then(|e| read_country(&e)),
        response: response.unwrap_or(RESPONSE),
    };
    section.finish();
    Some(query)
}

fn read_dimensions(entry: &Entry<'_>) -> Vec<Dimension> {
    let names: Vec<&str> = Dimension::ALL.iter().map(|(name, _)| *name).collect();
    let mut found: Vec<Dimension> = Vec::new();
    for item in entry.items() {
        let Some((_, dimension)) = item.choice(&names).and_then(|i| Dimension::ALL.get(i)) else { continue };
        if found.contains(dimension) {
            item.complain("duplicate", format!("`{}` names `{}` twice", item.path(), dimension.as_str()), "keep one");
        } else {
            found.push(dimension.clone());
        }
    }
    if entry.items().is_empty() {
        entry.complain("empty-value", format!("`{}` names no dimension", entry.path()), nearest_or_all("", names));
    }
    found
}

fn read_reference(item: &Entry<'_>, around: Surroundings<'_>) -> Option<ReferenceSpec> {
    let written = item.line()?;
    let reference = ReferenceSpec::from_word(written);
    if reference.is_none() {
        item.complain(
            "unknown-value",
            format!("`{}` cannot be `{written}`", item.path()),
            nearest_or_all(written, ReferenceSpec::WORDS.iter().copied()),
        );
    }
    if let Some(ReferenceSpec::Targets(file)) = &reference {
        found(item, file, |file| around.input(file))?;
    }
    reference
}
