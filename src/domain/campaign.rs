//! A campaign as its author wrote it, checked.

use jiff::Timestamp;

use super::contact::{Tier, vocabulary};
use super::geography::CountryCode;
use super::language::LanguageTag;
use super::schedule::Window;
use super::segment::Where;
use super::stop_rule::StopRule;

vocabulary! {
    /// When an objective is enacted, relative to the annual meeting.
    Phase {
        /// Before the meeting.
        Before = "before",
        /// During the meeting.
        During = "during",
        /// After the meeting.
        After = "after",
        /// All year.
        Continuous = "continuous",
    }
}

vocabulary! {
    /// The kind of a cell of the gap table.
    GapKind {
        /// Contacts are there and stay silent: invite them.
        Silent = "silent",
        /// Contacts took part once, not in the last two meetings: win them back.
        Lapsed = "lapsed",
        /// Too few contacts there: find multipliers.
        Uncontacted = "uncontacted",
        /// No gap.
        None = "none",
    }
}

/// A column of the gap table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dimension {
    /// UN regional group.
    Region,
    /// Country.
    Country,
    /// Stakeholder group.
    Stakeholder,
    /// Gender.
    Gender,
    /// Language.
    Language,
    /// Audience tier.
    Tier,
    /// First meeting of the person (`yes`, `no`, `unknown`).
    Newcomer,
}

impl Dimension {
    /// Every dimension, by name.
    pub const ALL: &'static [(&'static str, Dimension)] = &[
        ("region", Dimension::Region),
        ("country", Dimension::Country),
        ("stakeholder", Dimension::Stakeholder),
        ("gender", Dimension::Gender),
        ("language", Dimension::Language),
        ("tier", Dimension::Tier),
        ("newcomer", Dimension::Newcomer),
    ];

    /// Name in `by`, `split` and JSON.
    pub fn as_str(&self) -> &'static str {
        Self::ALL.iter().find(|(_, d)| d == self).map_or("", |(name, _)| name)
    }

    /// The dimension of this name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == word).map(|(_, d)| d.clone())
    }
}

/// Whom the participants are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReferenceSpec {
    /// Internet users by country.
    InternetUsers,
    /// Inhabitants by country.
    Population,
    /// One member state, one share.
    Members,
    /// An earlier meeting.
    Participation(i16),
    /// Declared shares in a CSV, path relative to the campaign's folder.
    Targets(String),
}

impl ReferenceSpec {
    /// The words that stand alone; `participation:YEAR` and `targets:FILE` carry more.
    pub const WORDS: &'static [&'static str] =
        &["internet-users", "population", "members", "participation:YEAR", "targets:FILE"];

    /// Reads one element of `against`.
    pub fn from_word(word: &str) -> Option<Self> {
        match word.split_once(':') {
            Some(("participation", year)) => year.trim().parse().ok().map(ReferenceSpec::Participation),
            Some(("targets", file)) if !file.trim().is_empty() => Some(ReferenceSpec::Targets(file.trim().to_owned())),
            Some(_) => None,
            None => match word {
                "internet-users" => Some(ReferenceSpec::InternetUsers),
                "population" => Some(ReferenceSpec::Population),
                "members" => Some(ReferenceSpec::Members),
                _ => None,
            },
        }
    }
}

/// The analysis a campaign rests on: `[gaps]`.
#[derive(Debug, Clone, PartialEq)]
pub struct GapQuery {
    /// Dimensions of a cell.
    pub by: Vec<Dimension>,
    /// References; together they cover `by`.
    pub against: Vec<ReferenceSpec>,
    /// Dimensions that divide the contacts of a cell without a reference of their own.
    pub split: Vec<Dimension>,
    /// Host country whose participants are left out.
    pub without_host: Option<CountryCode>,
    /// Assumed share of invited people who come, 0 < response ≤ 1.
    pub response: f64,
}

/// One `[[audience]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Audience {
    /// Segment name: `name`, else the gap kind, else `audience-N`.
    pub name: String,
    /// People of gap cells of this kind.
    pub gap: Option<GapKind>,
    /// People of these cells (ids of the gap table or a release).
    pub cells: Vec<String>,
    /// Narrows to these tiers; empty means all.
    pub tiers: Vec<Tier>,
    /// Narrows by attributes.
    pub filter: Where,
    /// At most this many people, largest gaps first.
    pub limit: Option<usize>,
}

/// One file named in `[inputs]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InputFile {
    /// Path relative to the campaign's folder.
    pub file: String,
    /// Basis for rows that give none.
    pub basis: String,
    /// Purpose for rows that give none.
    pub purpose: String,
    /// Source for rows that give none.
    pub source: String,
    /// Year, for participation.
    pub year: Option<i16>,
    /// Name or number of the sheet, for workbooks.
    pub sheet: Option<String>,
    /// How its text is encoded, by a name of the WHATWG Encoding Standard; found out where nothing is said.
    pub encoding: Option<String>,
}

/// `[inputs]`: files imported (what changed) before planning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inputs {
    /// Contact lists.
    pub contacts: Vec<InputFile>,
    /// Participation, one year a file.
    pub participation: Vec<InputFile>,
    /// Opt-outs known to others.
    pub opt_outs: Vec<InputFile>,
}

/// `[schedule]`: when messages may leave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schedule {
    /// Not before this moment.
    pub not_before: Option<Timestamp>,
    /// Not after this moment.
    pub not_after: Option<Timestamp>,
    /// Only at these hours of the week.
    pub window: Option<Window>,
}

/// A campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct Campaign {
    /// Base name of its folder.
    pub name: String,
    /// Title.
    pub title: String,
    /// Communication objective it belongs to.
    pub objective: String,
    /// Phase of the objective.
    pub phase: Phase,
    /// Responsible bodies.
    pub responsible: Vec<String>,
    /// Scope of an opt-out.
    pub topic: String,
    /// Purpose that a contact's must cover.
    pub purpose: String,
    /// Folder under `templates/`.
    pub template: String,
    /// Language of last resort.
    pub default_language: LanguageTag,
    /// Input files.
    pub inputs: Inputs,
    /// Gap analysis.
    pub gaps: Option<GapQuery>,
    /// Audiences, in order; the first that matches names a person's segment.
    pub audiences: Vec<Audience>,
    /// Variables of the template: a JSON object.
    pub variables: serde_json::Map<String, serde_json::Value>,
    /// When messages may leave.
    pub schedule: Schedule,
    /// When to stop by itself.
    pub stop: StopRule,
    /// Places for one organisation in all audiences together; `None` for any number.
    pub max_per_organisation: Option<usize>,
    /// Share of the audience held out for comparison, 0 ≤ share < 1.
    pub hold_out: f64,
}
