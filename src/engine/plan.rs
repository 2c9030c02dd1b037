//! Freezes a campaign: who gets exactly what, and who is left out and why.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use ring::digest::{Context, SHA256};

use crate::domain::audience::check_cells;
use crate::domain::campaign::Campaign;
use crate::domain::forecast::{Forecast, Load, forecast};
use crate::domain::gap::GapTable;
use crate::domain::geography::RegionalGroups;
use crate::domain::hold_back::ContactPolicy;
use crate::domain::invitation::PlannedInvitation;
use crate::domain::keys::Keyring;
use crate::domain::organisation::Organisation;
use crate::domain::pace::{LONGEST_WINDOW, RatePolicy};
use crate::domain::plan::{Held, Plan, Snapshot};
use crate::domain::problem::Problem;
use crate::domain::reference::Targets;
use crate::domain::segment::{TierRules, WhereProblem};
use crate::domain::template::choice::LanguageStep;
use crate::domain::timetable::Timetable;
use crate::domain::zones::Zones;
use crate::engine::find_gaps::{GapError, GapInputs, check_audiences, find_gaps};
use crate::engine::import::custom_columns;
use crate::engine::letter::{Composer, ReturnPath, organisation_to_json};
use crate::engine::ports::{InputDigests, Ledger, LedgerError, MessageWriter};

mod choose;
mod clocks;
mod history;
mod write;

use choose::{Choice, choose_people};
pub use clocks::Clocks;
use history::History;
pub use write::{Covered, TitleLeftOut};
use write::{Written, write_rows};

/// What a plan is made from.
#[derive(Clone, Copy)]
pub struct PlanOrder<'a> {
    /// The campaign.
    pub campaign: &'a Campaign,
    /// Template and layout files by path.
    pub templates: &'a BTreeMap<String, String>,
    /// Digests of everything the campaign rests on.
    pub inputs: &'a InputDigests,
    /// Who sends.
    pub organisation: &'a Organisation,
    /// The targets files that the gap analysis names.
    pub targets: &'a [Targets],
    /// Tier rules.
    pub tiers: &'a TierRules,
    /// Decisions about regional groups.
    pub groups: &'a RegionalGroups,
    /// Whom not to write to.
    pub policy: &'a ContactPolicy,
    /// Where bounces go.
    pub return_path: &'a ReturnPath,
    /// Time zones, for hours by the recipient's clock.
    pub zones: &'a Zones,
    /// Keys of the workspace.
    pub keys: &'a Keyring,
    /// Writes the messages that digests are taken over.
    pub writer: &'a dyn MessageWriter,
    /// Who plans.
    pub by: &'a str,
    /// When.
    pub now: Timestamp,
}

/// A plan, not yet stored.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The plan.
    pub plan: Plan,
    /// Who gets what, in the order it will be sent: largest gaps first.
    pub rows: Vec<PlannedInvitation>,
    /// Who is left out, and why.
    pub held: Vec<Held>,
    /// The gap table the audiences were chosen by.
    pub table: Option<GapTable>,
    /// How the variants of the planned rows were chosen.
    pub by_language_step: BTreeMap<LanguageStep, u64>,
    /// Audiences that no contact belongs to, by name.
    pub nobody: Vec<String>,
    /// Planned messages that several people read.
    pub covered: Vec<Covered>,
    /// Titles that planned letters do without.
    pub titles_left_out: Vec<TitleLeftOut>,
    /// In whose time the recipients live, where the schedule asks for it.
    pub clocks: Option<Clocks>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The templates have problems.
    #[error("the templates have problems")]
    Templates(Vec<Problem>),
    /// A word in an audience's `where` is not known.
    #[error("the audiences have problems")]
    Audiences(Vec<WhereProblem>),
    /// The gap table cannot be measured.
    #[error(transparent)]
    Gaps(GapError),
    /// The campaign was cancelled.
    #[error("`{0}` was cancelled: it cannot be planned again\n  help: make a new campaign folder under another name")]
    Cancelled(String),
    /// A header cannot carry what a letter holds.
    #[error("the message to contact {contact} cannot be written: {why}")]
    Unwritable {
        /// Contact id.
        contact: String,
        /// What is wrong.
        why: String,
    },
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl From<GapError> for PlanError {
    fn from(error: GapError) -> Self {
        match error {
            GapError::Ledger(error) => Self::Ledger(error),
            other => Self::Gaps(other),
        }
    }
}

/// Works out a plan without storing it.
///
/// # Errors
/// [`PlanError`].
pub fn draft(ledger: &mut dyn Ledger, order: &PlanOrder<'_>) -> Result<Draft, PlanError> {
    let campaign = order.campaign;
    if ledger.cancelled(&campaign.name)? {
        return Err(PlanError::Cancelled(campaign.name.clone()));
    }
    let unknown = check_audiences(ledger, &campaign.audiences)?;
    if !unknown.is_empty() {
        return Err(PlanError::Audiences(unknown));
    }
    let table = measure(ledger, order)?;
    let unknown = check_cells(&campaign.audiences, table.as_ref());
    if !unknown.is_empty() {
        return Err(PlanError::Audiences(unknown));
    }
    let history = History::read(ledger, order)?;
    let snapshot = snapshot(order, custom_columns(ledger)?);
    let composer = Composer::new(&snapshot, &campaign.name, order.keys, order.return_path.clone())
        .map_err(PlanError::Templates)?;

    let Choice { seated, mut held, nobody } = choose_people(ledger, order, &composer, &history, table.as_ref())?;
    let steps = seated.iter().fold(BTreeMap::new(), |mut steps, s| {
        *steps.entry(s.step).or_default() += 1;
        steps
    });
    let Written { rows, covered, titles_left_out, clocks } = write_rows(ledger, order, &composer, &history, &seated)?;

    held.sort_by_key(|h| (h.reason, h.key));
    let plan = name_plan(ledger, order, snapshot, &rows, &held, table.as_ref())?;
    Ok(Draft { plan, rows, held, table, by_language_step: steps, nobody, covered, titles_left_out, clocks })
}

/// Stores a draft, unless it is the plan that stands already. Returns whether it was stored.
///
/// # Errors
/// The ledger's.
pub fn freeze(ledger: &mut dyn Ledger, draft: &Draft) -> Result<bool, LedgerError> {
    let standing = ledger.latest_plan(&draft.plan.campaign)?;
    if standing.is_some_and(|plan| plan.id == draft.plan.id) {
        return Ok(false);
    }
    ledger.store_plan(&draft.plan, &draft.rows, &draft.held, draft.plan.at)?;
    Ok(true)
}

/// When sending these rows is done at best, if it begins now and goes on whenever pace, caps and schedule allow.
///
/// # Errors
/// The ledger's.
pub fn outlook(
    ledger: &mut dyn Ledger,
    rows: &[PlannedInvitation],
    rate: &RatePolicy,
    timetable: &Timetable,
    now: Timestamp,
) -> Result<Forecast, LedgerError> {
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for row in rows {
        *counts.entry((row.address.domain(), row.zone.as_deref().unwrap_or_default())).or_default() += 1;
    }
    let load =
        |((domain, zone), count): ((&str, &str), u64)| Load { domain: domain.to_owned(), zone: zone.to_owned(), count };
    let loads: Vec<Load> = counts.into_iter().map(load).collect();
    let past = ledger.attempts_since(now.checked_sub(LONGEST_WINDOW).unwrap_or(Timestamp::MIN))?;
    Ok(forecast(&loads, rate, past, timetable, now))
}

fn measure(ledger: &mut dyn Ledger, order: &PlanOrder<'_>) -> Result<Option<GapTable>, PlanError> {
    let campaign = order.campaign;
    let Some(query) = &campaign.gaps else { return Ok(None) };
    let inputs = GapInputs {
        query,
        targets: order.targets,
        tiers: order.tiers,
        groups: order.groups,
        campaign: Some((&campaign.topic, &campaign.purpose)),
        policy: order.policy,
    };
    Ok(Some(find_gaps(ledger, &inputs)?))
}

fn snapshot(order: &PlanOrder<'_>, columns: BTreeSet<String>) -> Snapshot {
    let campaign = order.campaign;
    Snapshot {
        template: campaign.template.clone(),
        templates: order.templates.clone(),
        columns: columns.into_iter().collect(),
        variables: campaign.variables.clone(),
        default_language: campaign.default_language.to_string(),
        organisation: organisation_to_json(order.organisation),
        topic: campaign.topic.clone(),
    }
}

/// Digest and id. The id says the same for the same people, words and inputs, until the plan has an intent: what is
/// planned after that is another plan, even where nothing changed.
fn name_plan(
    ledger: &mut dyn Ledger,
    order: &PlanOrder<'_>,
    snapshot: Snapshot,
    rows: &[PlannedInvitation],
    held: &[Held],
    table: Option<&GapTable>,
) -> Result<Plan, LedgerError> {
    let mut lines: Vec<_> = rows.iter().map(|row| (row.key, &row.digest)).collect();
    lines.sort_unstable();
    let mut content = Digest::new();
    for (key, digest) in lines {
        content.line([&key.to_hex(), digest.as_str()]);
    }
    let content = content.hex();
    let mut begun = 0;
    for plan in ledger.plans(&order.campaign.name)? {
        begun += u32::from(ledger.has_intents(&plan.id)?);
    }
    let mut identity = Digest::new();
    identity.line([order.campaign.name.as_str(), &begun.to_string(), &content]);
    for (path, digest) in order.inputs {
        identity.line([path.as_str(), digest]);
    }
    for row in rows {
        identity.line([&row.key.to_hex(), row.segment.as_str()]);
        if let Some(zone) = &row.zone {
            identity.line([zone.as_str()]);
        }
    }
    for held in held {
        identity.line([&held.key.to_hex(), held.reason.as_str(), &held.column, &held.value]);
    }
    let count = |names: &mut dyn Iterator<Item = &str>| {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for name in names {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
        counts
    };
    Ok(Plan {
        id: identity.hex().chars().take(ID_LENGTH).collect(),
        campaign: order.campaign.name.clone(),
        digest: format!("sha256:{content}"),
        at: order.now,
        by: order.by.to_owned(),
        inputs: order.inputs.clone(),
        snapshot,
        analysis: table.map(|t| t.digest.clone()).unwrap_or_default(),
        held_back: count(&mut held.iter().map(|h| h.reason.as_str())),
        by_segment: count(&mut rows.iter().map(|r| r.segment.as_str())),
        by_language: count(&mut rows.iter().map(|r| r.language.as_str())),
    })
}

/// Hexadecimal digits of a plan's id: 64 bits, enough to tell the plans of one ledger apart.
const ID_LENGTH: usize = 16;

/// SHA-256 over lines of words.
struct Digest(Context);

impl Digest {
    fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    /// Takes in the words with blanks between and a line feed behind.
    fn line<const N: usize>(&mut self, words: [&str; N]) {
        for (position, word) in words.into_iter().enumerate() {
            if position > 0 {
                self.0.update(b" ");
            }
            self.0.update(word.as_bytes());
        }
        self.0.update(b"\n");
    }

    fn hex(self) -> String {
        data_encoding::HEXLOWER.encode(self.0.finish().as_ref())
    }
}
