//! `campaign.toml`: what a campaign's author wrote, checked. Looks at no other file; see [`super::campaign_folder`].

use std::collections::BTreeSet;

use crate::domain::campaign::{
    Audience, Campaign, Dimension, GapKind, GapQuery, InputFile, Inputs, Phase, ReferenceSpec, Schedule,
};
use crate::domain::language::LanguageTag;
use crate::domain::segment::{Condition, Where};
use crate::domain::stop_rule::StopRule;
use crate::domain::suggestion::nearest_or_all;

use super::campaign_folder::{Complaint, Surroundings};
use super::toml_reader::conditions::{YEARS, read_country, read_language, read_tiers, read_where};
use super::toml_reader::{Entry, Section};

/// Scope of an opt-out where a campaign names none: one for all of them, so that an opt-out reaches far.
pub const DEFAULT_TOPIC: &str = "invitations";
/// Language of last resort where a campaign names none.
const DEFAULT_LANGUAGE: &str = "en";
/// Share of invited people assumed to come, where a campaign says nothing.
const RESPONSE: f64 = 0.1;
/// Names a template sees from the contact; a variable of the same name would hide one of them.
const CONTACT_WORDS: &[&str] = &[
    "title",
    "given_name",
    "family_name",
    "name",
    "gender",
    "organisation",
    "position",
    "country",
    "region",
    "stakeholder",
    "tier",
    "language",
    "kind",
];

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

/// A topic travels in signed tokens and exports: short, and written with few signs.
fn topic(entry: &Entry<'_>) -> Option<String> {
    let topic = entry.line()?;
    let sound = topic.len() <= 64 && topic.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if !sound {
        entry.complain(
            "bad-name",
            format!("`{}` cannot be `{topic}`", entry.path()),
            "use up to 64 letters, digits, `-`, `_` and `.`, as in `annual-meeting`",
        );
    }
    sound.then(|| topic.to_owned())
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
    };
    section.finish();
    Some(input)
}

fn read_gaps(section: Section<'_>, around: Surroundings<'_>) -> Option<GapQuery> {
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

fn read_audiences(sections: Vec<Section<'_>>, has_gaps: bool, around: Surroundings<'_>) -> Vec<Audience> {
    let mut names = BTreeSet::new();
    let mut audiences = Vec::new();
    for (number, section) in (1..).zip(sections) {
        let audience = read_audience(&section, number);
        if audience.gap.is_some() && !has_gaps {
            section.complain(
                "missing-key",
                "an audience by `gap` needs `[gaps]`",
                "add `[gaps]` with `by` and `against`",
            );
        }
        for campaign in invited_in(&audience.filter) {
            if let Err((code, message, help)) = around.campaign(campaign) {
                section.complain(code, message, help);
            }
        }
        if !names.insert(audience.name.clone()) {
            section.complain(
                "duplicate",
                format!("two audiences are called `{}`", audience.name),
                "give one of them another `name`",
            );
        }
        section.finish();
        audiences.push(audience);
    }
    audiences
}

fn read_audience(section: &Section<'_>, number: usize) -> Audience {
    let kinds = [GapKind::Silent, GapKind::Lapsed, GapKind::Uncontacted];
    let gap = section.entry("gap").and_then(|e| word(&e, &kinds, GapKind::as_str));
    let name = section.entry("name").and_then(|e| e.line().map(str::to_owned));
    let cells = section.entry("cells").map(|e| lines(&e)).unwrap_or_default();
    if gap.is_some() && !cells.is_empty() {
        section.complain("contradiction", "an audience takes `gap` or `cells`, not both", "make two audiences of it");
    }
    Audience {
        name: name.or_else(|| gap.map(|g| g.as_str().to_owned())).unwrap_or_else(|| format!("audience-{number}")),
        gap,
        cells,
        tiers: section.entry("tier").map(|e| read_tiers(&e)).unwrap_or_default(),
        filter: section.section("where").map(|s| read_where(&s)).unwrap_or_default(),
        limit: section.entry("limit").and_then(|e| e.integer(1..=100_000_000_u32)).map(|n| n as usize),
    }
}

/// Campaigns that conditions speak of.
fn invited_in(filter: &Where) -> Vec<&str> {
    let mut names = Vec::new();
    for condition in &filter.all {
        match condition {
            Condition::InvitedIn { campaigns, .. } => names.extend(campaigns.iter().map(String::as_str)),
            Condition::Not(inner) => names.extend(invited_in(inner)),
            _ => {}
        }
    }
    names
}

fn read_variables(entry: &Entry<'_>) -> serde_json::Map<String, serde_json::Value> {
    let Some(section) = entry.section() else { return serde_json::Map::new() };
    for variable in section.entries() {
        if CONTACT_WORDS.contains(&variable.key()) {
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

fn read_schedule(section: Section<'_>) -> Schedule {
    let not_before = section.entry("not_before").and_then(|e| e.moment());
    let not_after = section.entry("not_after").and_then(|e| e.moment());
    if let (Some(first), Some(last)) = (not_before, not_after)
        && first >= last
    {
        section.complain("contradiction", "`not_after` is not later than `not_before`", "no moment lies between them");
    }
    for key in ["days", "hours", "zone"] {
        if let Some(entry) = section.unwanted(key) {
            entry.complain_not_in_this_version("remove it; `not_before` and `not_after` are kept");
        }
    }
    section.finish();
    Schedule { not_before, not_after }
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
