//! `campaign.toml`: what a campaign's author wrote, checked. Looks at no other file; see [`super::campaign_folder`].

use super::campaign_folder::{Complaint, Surroundings};
use super::encoding::named;
use super::toml_reader::conditions::{YEARS, read_language};
use super::toml_reader::{Entry, Section};
use crate::domain::campaign::{Campaign, InputFile, Inputs, Phase};
use crate::domain::language::LanguageTag;
use crate::domain::stop_rule::StopRule;
use crate::domain::suppression::{EVERYTHING, checked_topic};
use crate::domain::template::CONTACT_FIELDS;

mod analysis;
mod audiences;
mod schedule;

use analysis::read_gaps;
use audiences::read_audiences;
use schedule::read_schedule;

/// Scope of an opt-out where a campaign names none: one for all of them, so that an opt-out reaches far.
pub const DEFAULT_TOPIC: &str = "invitations";
/// Language of last resort where a campaign names none.
const DEFAULT_LANGUAGE: &str = "en";
/// Reads the whole file; `name` is the base name of its folder. Gives nothing where something needed is missing.
pub(super) fn read(root: Section<'_>, name: &str, around: Surroundings<'_>) -> Option<Campaign> {
    let text = |entry: Option<Entry<'_>>| entry.and_then(|e| e.line().map(str::to_owned));
    let title = text(root.required("title", "say in a few words what the campaign is for"));
    let template = root.required("template", "write the name of a folder under `templates/`");
    let template = template.and_then(|e| found(&e, e.line()?, |name| around.template(name)));
    let default_language = read_default_language(&root, template.as_deref(), around)?;
    let purpose = text(root.entry("purpose"));
    if purpose.is_none() {
        root.warn(
            "no-purpose",
            "without `purpose` the title stands for it",
            "write what the contacts' addresses are used for; contacts given for another purpose are left out",
        );
    }
    let gaps = root.section("gaps").and_then(|s| read_gaps(s, around));
    let audiences = root.entry("audience").map(|e| e.sections()).unwrap_or_default();
    let audiences = read_audiences(audiences, root.has("gaps"), around);
    if !root.has("audience") {
        root.warn("no-audience", "without an `[[audience]]` the campaign addresses nobody", "add one");
    }
    let campaign = Campaign {
        name: name.to_owned(),
        purpose: purpose.or_else(|| title.clone()).unwrap_or_default(),
        title: title.unwrap_or_default(),
        objective: text(root.entry("objective")).unwrap_or_default(),
        phase: root.entry("phase").and_then(|e| word(&e, Phase::ALL, Phase::as_str)).unwrap_or(Phase::Continuous),
        responsible: root.entry("responsible").map(|e| lines(&e)).unwrap_or_default(),
        topic: root.entry("topic").and_then(|e| topic(&e)).unwrap_or_else(|| DEFAULT_TOPIC.to_owned()),
        template: template.unwrap_or_default(),
        default_language,
        inputs: root.section("inputs").map(|s| read_inputs(s, around)).unwrap_or_default(),
        gaps,
        audiences,
        variables: root.entry("variables").map(|e| read_variables(&e)).unwrap_or_default(),
        schedule: root.section("schedule").map(read_schedule).unwrap_or_default(),
        stop: root.section("stop").map(read_stop).unwrap_or_default(),
        max_per_organisation: root
            .entry("max_per_organisation")
            .and_then(|e| e.integer(1..=1_000_000_u32))
            .map(|n| n as usize),
        hold_out: root.section("hold_out").map_or(0.0, read_hold_out),
    };
    root.finish();
    Some(campaign)
}

/// The language of last resort; the template must have a variant in it.
fn read_default_language(root: &Section<'_>, template: Option<&str>, around: Surroundings<'_>) -> Option<LanguageTag> {
    let entry = root.entry("default_language");
    let Some(language) = entry.as_ref().map_or_else(|| LanguageTag::parse(DEFAULT_LANGUAGE), read_language) else {
        // It was complained about; with any language the rest can still be read.
        return LanguageTag::parse(DEFAULT_LANGUAGE);
    };
    if let Some(Err((code, message, help))) = template.map(|template| around.variant(template, &language)) {
        match entry {
            Some(entry) => entry.complain(code, message, help),
            None => root.complain(code, message, help),
        }
    }
    Some(language)
}

/// The name where it leads somewhere; a complaint at its place otherwise.
fn found<T>(entry: &Entry<'_>, name: &str, look: impl Fn(&str) -> Result<T, Complaint>) -> Option<String> {
    match look(name) {
        Ok(_) => Some(name.to_owned()),
        Err((code, message, help)) => {
            entry.complain(code, message, help);
            None
        }
    }
}

fn word<T: Copy>(entry: &Entry<'_>, all: &[T], as_str: impl Fn(T) -> &'static str) -> Option<T> {
    let words: Vec<&str> = all.iter().map(|v| as_str(*v)).collect();
    entry.choice(&words).and_then(|i| all.get(i).copied())
}

fn lines(entry: &Entry<'_>) -> Vec<String> {
    entry.items().iter().filter_map(|e| e.line().map(str::to_owned)).collect()
}

/// A topic travels in signed tokens and exports: short, and not the word that stands for all topics.
fn topic(entry: &Entry<'_>) -> Option<String> {
    let written = entry.line()?;
    let topic = checked_topic(written).filter(|topic| *topic != EVERYTHING);
    if topic.is_none() {
        entry.complain(
            "bad-topic",
            format!("`{}` cannot be `{written}`", entry.path()),
            "name what the campaign is about in up to 100 octets, such as `annual-meeting`",
        );
    }
    topic.map(str::to_owned)
}

fn read_inputs(section: Section<'_>, around: Surroundings<'_>) -> Inputs {
    let files = |key, is_participation| {
        let entry = section.entry(key);
        let items = entry.map(|e| e.items()).unwrap_or_default();
        items.iter().filter_map(|item| read_input(item, is_participation, around)).collect()
    };
    let inputs = Inputs {
        contacts: files("contacts", false),
        participation: files("participation", true),
        opt_outs: files("opt_outs", false),
    };
    section.finish();
    inputs
}

fn read_input(item: &Entry<'_>, is_participation: bool, around: Surroundings<'_>) -> Option<InputFile> {
    let file_of = |entry: Entry<'_>| found(&entry, entry.line()?, |file| around.input(file));
    if item.is_string() && is_participation {
        item.complain(
            "missing-key",
            format!("`{}` must say of which year the file is", item.path()),
            "write `{ file = \"…\", year = 2025 }`",
        );
        return None;
    }
    if item.is_string() {
        return Some(InputFile { file: file_of(item.clone())?, ..InputFile::default() });
    }
    let section = item.section()?;
    let text = |key| section.entry(key).and_then(|e| e.line().map(str::to_owned)).unwrap_or_default();
    let file = section.required("file", "name the file, relative to the campaign's folder");
    let input = InputFile {
        file: file.and_then(file_of).unwrap_or_default(),
        basis: text("basis"),
        purpose: text("purpose"),
        source: text("source"),
        year: match is_participation {
            true => section.required("year", "say of which year the file is").and_then(|e| e.integer(YEARS)),
            false => None,
        },
        sheet: section.entry("sheet").and_then(|e| sheet(&e)),
        encoding: section.entry("encoding").and_then(|e| encoding(&e)),
    };
    section.finish();
    Some(input)
}

/// The name of a sheet, or its number.
fn sheet(entry: &Entry<'_>) -> Option<String> {
    if entry.is_string() {
        return entry.line().map(str::to_owned);
    }
    entry.integer(1..=1000_u32).map(|number| number.to_string())
}

/// The name of an encoding.
fn encoding(entry: &Entry<'_>) -> Option<String> {
    let label = entry.line()?;
    if let Err(message) = named(label) {
        entry.complain("bad-encoding", message, "leave it out to have it found out");
        return None;
    }
    Some(label.to_owned())
}

fn read_variables(entry: &Entry<'_>) -> serde_json::Map<String, serde_json::Value> {
    let Some(section) = entry.section() else { return serde_json::Map::new() };
    for variable in section.entries() {
        if CONTACT_FIELDS.contains(&variable.key()) {
            variable.complain_at_key(
                "reserved-name",
                format!("a variable cannot be called `{}`: that is a field of the contact", variable.key()),
                format!("put it into a table, such as `event.{}`", variable.key()),
            );
        }
    }
    match entry.json() {
        Some(serde_json::Value::Object(variables)) => variables,
        _ => serde_json::Map::new(),
    }
}

fn read_stop(section: Section<'_>) -> StopRule {
    let default = StopRule::default();
    let count = |key, default: usize| {
        section.entry(key).and_then(|e| e.integer(1..=1_000_000_u32)).map_or(default, |n| n as usize)
    };
    let share = |key, default| section.entry(key).and_then(|e| e.number(0.0..=1.0)).unwrap_or(default);
    let stop = StopRule {
        rejected: share("rejected", default.rejected),
        of_last: count("of_last", default.of_last),
        in_a_row: count("in_a_row", default.in_a_row),
        complaints: share("complaints", default.complaints),
    };
    section.finish();
    stop
}

fn read_hold_out(section: Section<'_>) -> f64 {
    let share = section.required("share", "say which share is kept for comparison, such as `share = 0.1`");
    let share = share.and_then(|e| e.number(0.0..=0.9)).unwrap_or(0.0);
    section.finish();
    share
}
