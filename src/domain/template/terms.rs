//! What an expression stands for: names looked up, helpers understood, conditions checked against the vocabularies.

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{Path, PathSeg};
use serde_json::Value;

use super::lower::{HELPERS, Lowering};
use super::names::Meaning;
use super::program::{Term, Test};
use crate::domain::contact::{Gender, Kind, Stakeholder, Tier};
use crate::domain::geography::{CountryCode, Region};
use crate::domain::suggestion::did_you_mean;

impl Lowering<'_> {
    /// What `{{…}}` writes.
    pub(super) fn expression(&mut self, call: &HelperTemplate) -> Option<Term> {
        if call.params.is_empty() && call.hash.is_empty() {
            return match &call.name {
                Parameter::Name(name) | Parameter::Path(Path::Relative((_, name)))
                    if HELPERS.contains(&name.as_str()) =>
                {
                    let message = format!("`{name}` needs something to work on");
                    self.complain(
                        "bad-arguments",
                        message,
                        "for example `{{fallback given_name \"colleague\"}}`",
                        name,
                    );
                    None
                }
                parameter => self.bare(parameter),
            };
        }
        self.call(call.name.as_name().unwrap_or(""), call)
    }

    /// A name used on its own: it must have something to show.
    fn bare(&mut self, parameter: &Parameter) -> Option<Term> {
        let term = self.term(parameter)?;
        if term == Term::Constant(String::new()) {
            let name = parameter.as_name().unwrap_or("").to_owned();
            self.complain(
                "empty-variable",
                format!("the variable `{name}` is empty"),
                format!("give it a value, or write `{{{{fallback {name} \"…\"}}}}`"),
                &name,
            );
            return None;
        }
        Some(term)
    }

    fn call(&mut self, name: &str, call: &HelperTemplate) -> Option<Term> {
        if name == "fallback" {
            if !self.takes(call, name, 2..=8) {
                return None;
            }
            let options: Vec<Term> = call.params.iter().filter_map(|p| self.term(p)).collect();
            return (options.len() == call.params.len()).then(|| first_of(options));
        }
        if HELPERS.contains(&name) {
            let message = format!("`{name}` is a condition and writes nothing");
            self.complain("bad-arguments", message, "use it inside `{{#if (…)}}`", name);
        } else {
            self.unknown_helper(name);
        }
        for parameter in call.params.iter().chain(sorted(&call.hash)) {
            self.term(parameter);
        }
        None
    }

    pub(super) fn test(&mut self, parameter: &Parameter) -> Option<Test> {
        let Some(call) = subcall(parameter) else {
            return self.term_or_truth(parameter);
        };
        let name = call.name.as_name().unwrap_or("").to_owned();
        match name.as_str() {
            "eq" | "ne" => {
                if !self.takes(call, &name, 2..=2) {
                    return None;
                }
                let mut sides = call.params.iter().map(|p| self.term(p)).collect::<Vec<_>>().into_iter();
                let (a, b) = (sides.next()??, sides.next()??);
                let a = self.word_of(&b, a);
                let b = self.word_of(&a, b);
                let same = match (&a, &b) {
                    (Term::Constant(a), Term::Constant(b)) => Test::Always(a == b),
                    _ => Test::Same(a, b),
                };
                Some(if name == "ne" { negate(same) } else { same })
            }
            "not" => {
                if !self.takes(call, &name, 1..=1) {
                    return None;
                }
                call.params.first().and_then(|p| self.test(p)).map(negate)
            }
            "and" | "or" => {
                if !self.takes(call, &name, 1..=8) {
                    return None;
                }
                let tests: Vec<Test> = call.params.iter().filter_map(|p| self.test(p)).collect();
                Some(if name == "and" { Test::All(tests) } else { Test::Any(tests) })
            }
            _ => self.term_or_truth(parameter),
        }
    }

    /// A word that a field is compared with must be one the field can hold. What is unknown is empty in a template.
    fn word_of(&mut self, other: &Term, term: Term) -> Term {
        let (Term::Field(field), Term::Constant(word)) = (other, &term) else { return term };
        if field == "country" && !word.is_empty() {
            return self.country_of(word).unwrap_or(term);
        }
        let words = words_of(field);
        if words.is_empty() || word.is_empty() || words.contains(&word.as_str()) {
            let unknown = matches!(word.as_str(), "unknown" | "none") && !words.is_empty();
            return if unknown { Term::Constant(String::new()) } else { term };
        }
        let guess = did_you_mean(word, words.iter().copied());
        let help = if guess.is_empty() { format!("there are {}", words.join(", ")) } else { guess };
        let message = format!("`{field}` is never `{word}`");
        self.complain("unknown-value", message, help, word);
        term
    }

    /// The country a letter names, from the code that its author compares with: in the letter a country has its name in
    /// the letter's language, and that is what a row's field holds.
    fn country_of(&mut self, word: &str) -> Option<Term> {
        if let Some(code) = CountryCode::parse(word) {
            return Some(Term::Constant(code.name_in(self.names.language).to_owned()));
        }
        let message = format!("`country` is compared with `{word}`, which is no country code");
        self.complain("unknown-value", message, "write two letters, such as `KE`".to_owned(), word);
        None
    }

    /// A value as a condition: it holds where there is something. Lists and tables of the campaign count too.
    fn term_or_truth(&mut self, parameter: &Parameter) -> Option<Test> {
        if subcall(parameter).is_none() {
            match self.meaning_of(parameter)? {
                Meaning::Constant(value) => return Some(Test::Always(is_true(&value))),
                Meaning::Field(name) => {
                    self.fields.insert(name.clone());
                    return Some(Test::Filled(Term::Field(name)));
                }
            }
        }
        Some(match self.term(parameter)? {
            Term::Constant(text) => Test::Always(!text.is_empty()),
            term => Test::Filled(term),
        })
    }

    pub(super) fn term(&mut self, parameter: &Parameter) -> Option<Term> {
        if let Some(call) = subcall(parameter) {
            let name = call.name.as_name().unwrap_or("").to_owned();
            return if call.params.is_empty() && call.hash.is_empty() {
                self.term(&call.name)
            } else {
                self.call(&name, call)
            };
        }
        match self.meaning_of(parameter)? {
            Meaning::Field(name) => {
                self.fields.insert(name.clone());
                Some(Term::Field(name))
            }
            Meaning::Constant(value) => match as_text(&value) {
                Some(text) => Some(Term::Constant(text)),
                None => {
                    let name = parameter.as_name().unwrap_or("").to_owned();
                    let message = format!("`{name}` is a table or a list, not one value");
                    self.complain("not-a-value", message, "name an entry of it", &name);
                    None
                }
            },
        }
    }

    pub(super) fn meaning_of(&mut self, parameter: &Parameter) -> Option<Meaning> {
        let path = match parameter {
            Parameter::Literal(value) => return Some(Meaning::Constant(value.clone())),
            Parameter::Name(name) => vec![name.clone()],
            Parameter::Path(Path::Local((_, name, _))) => vec![format!("@{name}")],
            Parameter::Path(Path::Relative((segments, raw))) => match named(segments) {
                path if path.is_empty() || raw.starts_with("this.") || raw == "this" => {
                    std::iter::once("this".to_owned()).chain(path).collect()
                }
                path => path,
            },
            _ => return None,
        };
        self.look_up(&path)
    }

    fn look_up(&mut self, path: &[String]) -> Option<Meaning> {
        let (first, rest) = path.split_first()?;
        for scope in self.scopes.iter().rev() {
            let named = scope.iter().find(|(name, _)| name == first);
            if let Some(value) = named.and_then(|(_, value)| self.names.descend(value, rest)) {
                return Some(Meaning::Constant(value));
            }
            let this = scope.iter().find(|(name, _)| name == "this").and_then(|(_, v)| v.as_object());
            if let Some(value) = this.and_then(|t| t.get(first)).and_then(|v| self.names.descend(v, rest)) {
                return Some(Meaning::Constant(value));
            }
        }
        // Outside a loop `this.name` is the same as `name`.
        let path = if first == "this" { rest } else { path };
        match self.names.meaning(path) {
            Ok(meaning) => Some(meaning),
            Err((message, help)) => {
                self.complain("unknown-name", message, help, &path.join("."));
                None
            }
        }
    }
}

fn subcall(parameter: &Parameter) -> Option<&HelperTemplate> {
    match parameter {
        Parameter::Subexpression(sub) => match sub.as_element() {
            TemplateElement::Expression(call) => Some(call),
            _ => None,
        },
        _ => None,
    }
}

/// Named arguments in a fixed order: complaints must not depend on a hash map's.
pub(super) fn sorted(hash: &std::collections::HashMap<String, Parameter>) -> Vec<&Parameter> {
    let mut pairs: Vec<_> = hash.iter().collect();
    pairs.sort_by_key(|(name, _)| *name);
    pairs.into_iter().map(|(_, parameter)| parameter).collect()
}

fn named(segments: &[PathSeg]) -> Vec<String> {
    segments
        .iter()
        .filter_map(|s| match s {
            PathSeg::Named(name) => Some(name.trim_matches(['[', ']']).to_owned()),
            _ => None,
        })
        .collect()
}

/// The first non-empty of several; constants that decide it already are settled here.
fn first_of(options: Vec<Term>) -> Term {
    let mut kept = Vec::new();
    let last = options.len().saturating_sub(1);
    for (i, option) in options.into_iter().enumerate() {
        match option {
            Term::Constant(text) if text.is_empty() && i < last => {}
            Term::Constant(text) => {
                kept.push(Term::Constant(text));
                break;
            }
            option => kept.push(option),
        }
    }
    if kept.len() == 1 { kept.remove(0) } else { Term::First(kept) }
}

pub(super) fn negate(test: Test) -> Test {
    match test {
        Test::Always(known) => Test::Always(!known),
        Test::Not(inner) => *inner,
        test => Test::Not(Box::new(test)),
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(b) => *b,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(table) => !table.is_empty(),
        Value::Number(_) => true,
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        Value::Null => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// The words of a field with a closed vocabulary; none for any other field.
fn words_of(field: &str) -> Vec<&'static str> {
    match field {
        "region" => Region::ALL.iter().map(|w| w.as_str()).collect(),
        "stakeholder" => Stakeholder::ALL.iter().map(|w| w.as_str()).collect(),
        "gender" => Gender::ALL.iter().map(|w| w.as_str()).collect(),
        "tier" => Tier::ALL.iter().map(|w| w.as_str()).collect(),
        "kind" => Kind::ALL.iter().map(|w| w.as_str()).collect(),
        _ => Vec::new(),
    }
}
