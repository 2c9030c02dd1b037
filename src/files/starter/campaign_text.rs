//! The text of a new `campaign.toml`, commented, around a chosen gap.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::settings_text::quoted;
use crate::domain::analysis::{Analysis, CellFigures};
use crate::domain::campaign::{Dimension, GapKind, GapQuery, ReferenceSpec};
use crate::domain::language::LanguageTag;
use crate::domain::reference::spec_name;

/// What a campaign is begun with.
#[derive(Debug, Clone)]
pub struct CampaignDraft<'a> {
    /// Name of its folder.
    pub name: &'a str,
    /// How it was made, as a command line.
    pub made_by: &'a str,
    /// Folder under `templates/`.
    pub template: &'a str,
    /// Language of last resort.
    pub default_language: &'a LanguageTag,
    /// What the template asks for besides contact fields, with example values.
    pub variables: &'a BTreeMap<String, String>,
    /// The analysis the campaign asks for, targets files by their path within the workspace.
    pub query: &'a GapQuery,
    /// The last analysis, where the campaign rests on it.
    pub analysis: Option<&'a Analysis>,
    /// Whom it addresses.
    pub chosen: Chosen<'a>,
    /// Counts below this are not written down.
    pub min_cell: u32,
}

/// Whom a campaign addresses.
#[derive(Debug, Clone)]
pub enum Chosen<'a> {
    /// Everybody in one cell of the analysis.
    Cell(&'a CellFigures),
    /// Everybody in gaps of these kinds.
    Kinds(Vec<GapKind>),
}

const INPUTS: &str = "
# Lists that are imported (what changed) before every plan, from this folder. Without them the campaign uses what
# `convoke import` brought.
# inputs.contacts = [{ file = \"contacts.csv\", basis = \"consent\", source = \"registration\" }]
# inputs.participation = [{ file = \"participation-2025.csv\", year = 2025 }]
# inputs.opt_outs = [\"opt-outs.csv\"]
";

const REST: &str = "
# [schedule]                           # when messages may leave
# not_before = \"2027-01-11T08:00:00Z\"
# not_after = \"2027-05-31T18:00:00Z\"
# days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]
# hours = \"09:00-17:00\"
# zone = \"recipient\"                   # each recipient's own clock, or a name such as \"Europe/Zurich\"

[stop]                                 # when sending pauses by itself; these are the defaults
rejected = 0.1
of_last = 100
in_a_row = 20
complaints = 0.003
";

/// The whole text.
pub fn campaign_text(draft: &CampaignDraft<'_>) -> String {
    let mut text = head(draft);
    text.push_str(INPUTS);
    text.push_str(&gaps(draft));
    text.push_str(&match &draft.chosen {
        Chosen::Cell(cell) => cell_audiences(cell, draft),
        Chosen::Kinds(kinds) => kinds.iter().map(|kind| kind_audience(*kind)).collect(),
    });
    text.push_str(&variables(draft));
    text.push_str(REST);
    text
}

/// `key = value`, and a comment that stands under the others.
fn line(key: &str, value: &str, comment: &str) -> String {
    let set = format!("{key} = {value}");
    if comment.is_empty() { format!("{set}\n") } else { format!("{set:<38} # {comment}\n") }
}

fn head(draft: &CampaignDraft<'_>) -> String {
    let mut text =
        format!("# Made by `{}`. `convoke check {}` names every problem.\n\n", one_line(draft.made_by), draft.name);
    for (key, value, comment) in [
        ("title", quoted("Invitation to take part"), "fill in: what the campaign is for, in a few words"),
        ("objective", quoted("Broaden participation"), "fill in: the communication objective it belongs to"),
        ("phase", quoted("before"), "before | during | after | continuous"),
        ("responsible", "[\"secretariat\"]".to_owned(), "fill in: who answers for it"),
        ("topic", quoted("invitations"), "what an opt-out from this campaign covers"),
        ("purpose", quoted("invitation to the meeting"), "fill in: contacts given for another purpose are left out"),
        ("template", quoted(draft.template), "a folder under templates/"),
        ("default_language", quoted(draft.default_language.as_str()), "for people whose language the template lacks"),
    ] {
        text.push_str(&line(key, &value, comment));
    }
    text
}

fn gaps(draft: &CampaignDraft<'_>) -> String {
    let query = draft.query;
    let mut text = String::from("\n");
    match draft.analysis {
        Some(analysis) => {
            let year = analysis.year.map_or("contacts alone".to_owned(), |year| format!("the meeting of {year}"));
            let day = analysis.at.strftime("%Y-%m-%d");
            let _ = write!(text, "# The analysis of {day}: {year}.\n# {}\n", analysis.digest);
        }
        None => {
            text.push_str("# No analysis was chosen: `convoke gaps` shows who is missing, and `--gap` builds on it.\n")
        }
    }
    text.push_str("[gaps]\n");
    text.push_str(&line("by", &names(&query.by), "dimensions of a cell"));
    let against: Vec<String> = query.against.iter().map(|spec| quoted(&from_campaign(spec))).collect();
    text.push_str(&line("against", &format!("[{}]", against.join(", ")), "whom the participants are compared with"));
    if !query.split.is_empty() {
        text.push_str(&line("split", &names(&query.split), "divides the contacts of a cell in the table"));
    }
    match query.without_host {
        Some(code) => {
            text.push_str(&line("without_host", &quoted(code.as_str()), "the host's participants are left out"))
        }
        None => {
            text.push_str("# without_host = \"NO\"                  # leave out the participants of the host country\n")
        }
    }
    text.push_str(&line("response", &format!("{:?}", query.response), "of those invited, so many come"));
    text
}

fn names(dimensions: &[Dimension]) -> String {
    let words: Vec<String> = dimensions.iter().map(|d| quoted(d.as_str())).collect();
    format!("[{}]", words.join(", "))
}

/// A reference as a campaign names it: files relative to the campaign's folder.
fn from_campaign(spec: &ReferenceSpec) -> String {
    match spec {
        ReferenceSpec::Targets(file) => spec_name(&ReferenceSpec::Targets(format!("../../{file}"))),
        other => spec_name(other),
    }
}

/// The people of a cell; where there are too few, also those who can pass the word on there.
fn cell_audiences(cell: &CellFigures, draft: &CampaignDraft<'_>) -> String {
    let rank = cell.rank.map_or(String::new(), |rank| format!(" {rank}"));
    let counted = |n: u64| match n {
        n if n < u64::from(draft.min_cell) => format!("fewer than {}", draft.min_cell),
        n => n.to_string(),
    };
    let needed = cell.needed.map_or(String::new(), |n| format!("; {n} more participants are needed"));
    let mut text = format!(
        "\n# Gap{rank}, {}{needed}.\n# Contacts there: {}; may be written to: {}.\n",
        cell_in_words(cell.kind),
        counted(cell.contacts),
        counted(cell.mailable)
    );
    text.push_str("[[audience]]\n");
    let comment = one_line(&cell.values.join(", "));
    text.push_str(&line("name", &quoted(&audience_name(cell)), "names the people in lists and figures"));
    text.push_str(&line("cells", &format!("[{}]", quoted(&cell.id)), &comment));
    if let Some(years) = draft.analysis.map(|a| &a.recent).filter(|years| !years.is_empty()) {
        let years = years.iter().map(i16::to_string).collect::<Vec<_>>().join(", ");
        text.push_str("# Who missed the last meetings; without the next line, everybody there.\n");
        let _ = writeln!(text, "where = {{ attended = {{ none_of = [{years}] }} }}");
    }
    text.push_str("# tier = [\"field\", \"public\"]           # narrows: community | field | public\n");
    text.push_str("# limit = 500                          # at most so many\n");
    if cell.kind == GapKind::Uncontacted {
        text.push_str(&multipliers(cell, draft));
    }
    text
}

/// Multipliers of the cell's place.
fn multipliers(cell: &CellFigures, draft: &CampaignDraft<'_>) -> String {
    let is_place = |d: &Dimension| matches!(d, Dimension::Region | Dimension::Country);
    let place = draft.query.by.iter().zip(&cell.values).find(|(d, _)| is_place(d));
    let mut text = String::from(
        "\n# Too few contacts there: organisations, lists and community members who can pass it on.\n[[audience]]\n",
    );
    text.push_str("name = \"pass-it-on\"\ngap = \"uncontacted\"\n");
    if let Some((dimension, value)) = place {
        let _ = writeln!(text, "where = {{ {} = [{}] }}", dimension.as_str(), quoted(value));
    }
    text
}

fn audience_name(cell: &CellFigures) -> String {
    let slug = cell.slug();
    if slug.is_empty() { cell.id.clone() } else { slug }
}

fn kind_audience(kind: GapKind) -> String {
    format!(
        "\n[[audience]]\n{}# tier = [\"field\", \"public\"]           # narrows: community | field | public\n\
         # limit = 500                          # at most so many, the largest gaps first\n",
        line("gap", &quoted(kind.as_str()), kind_in_words(kind))
    )
}

fn cell_in_words(kind: GapKind) -> &'static str {
    match kind {
        GapKind::Uncontacted => "uncontacted: too few contacts there",
        other => kind_in_words(other),
    }
}

fn kind_in_words(kind: GapKind) -> &'static str {
    match kind {
        GapKind::Silent => "silent: contacts are there and never came",
        GapKind::Lapsed => "lapsed: they took part, not in the last two meetings",
        GapKind::Uncontacted => "uncontacted: too few contacts there; those who can pass it on",
        GapKind::None => "no gap",
    }
}

fn variables(draft: &CampaignDraft<'_>) -> String {
    let mut text = String::from("\n[variables]                            # fill in: what the template asks for\n");
    text.push_str("# A table keyed by languages stands for the entry in the language of the message:\n");
    text.push_str("# event.place = { en = \"Example City\", fr = \"Exempleville\" }\n");
    for (path, value) in draft.variables {
        let _ = writeln!(text, "{} = {}", key_of(path), quoted(value));
    }
    text
}

/// A dotted key: parts that TOML does not take bare are quoted.
fn key_of(path: &str) -> String {
    let is_bare =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let parts = path.split('.').map(|part| if is_bare(part) { part.to_owned() } else { quoted(part) });
    parts.collect::<Vec<_>>().join(".")
}

/// A comment must not end its line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
