//! Freezes a campaign: who gets exactly what, and who is left out and why.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde_json::Value;

use crate::domain::audience::{Candidacy, Seat, candidacies, check_cells, seat};
use crate::domain::campaign::Campaign;
use crate::domain::contact::{Contact, Tier};
use crate::domain::gap::GapTable;
use crate::domain::hold_back::{ContactPolicy, person};
use crate::domain::invitation::PlannedInvitation;
use crate::domain::keys::Keyring;
use crate::domain::language::LanguageTag;
use crate::domain::organisation::Organisation;
use crate::domain::pace::RatePolicy;
use crate::domain::plan::{Held, HoldBack, Plan, Snapshot};
use crate::domain::problem::Problem;
use crate::domain::reference::Targets;
use crate::domain::segment::{Facts, TierRules, WhereProblem, tier_of};
use crate::domain::template::RenderError;
use crate::domain::template::choice::{LanguageStep, choose};
use crate::engine::find_gaps::{GapError, GapInputs, check_audiences, find_gaps};
use crate::engine::letter::{Composer, Recipient, ReturnPath, contact_fields, display_name, organisation_to_json};
use crate::engine::ports::{InputDigests, Ledger, LedgerError, MessageWriter};

mod history;

use history::History;

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
    /// Whom not to write to.
    pub policy: &'a ContactPolicy,
    /// Where bounces go.
    pub return_path: ReturnPath,
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

/// A contact in at least one audience.
struct Candidate {
    contact: Contact,
    tier: Tier,
    entries: Vec<Candidacy>,
}

/// A candidate whom nothing but a full audience can hold back.
struct Ready {
    entries: Vec<Candidacy>,
    row: PlannedInvitation,
    step: LanguageStep,
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
    let Found { candidates, columns, spoken_for } = find_candidates(ledger, order, table.as_ref(), &history)?;
    let snapshot = snapshot(order, columns);
    let composer =
        Composer::new(&snapshot, &campaign.name, order.keys, order.return_path).map_err(PlanError::Templates)?;

    let mut held = Vec::new();
    let nobody = audiences_without_anybody(campaign, &candidates);
    let candidates = leave_out_by_standing(candidates, &history, order, &mut held);
    let candidates = leave_out_second_addresses(candidates, &spoken_for, &mut held);
    let candidates = leave_out_comparison_group(candidates, order, &mut held);
    let ready = write_letters(candidates, &composer, order, &mut held)?;
    let (rows, steps) = give_places(ready, campaign, &history, &mut held);

    held.sort_by_key(|h| (h.reason, h.key));
    let plan = name_plan(ledger, order, snapshot, &rows, &held, table.as_ref())?;
    Ok(Draft { plan, rows, held, table, by_language_step: steps, nobody })
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

/// How long the rows take at the configured pace and caps, at best.
pub fn estimated_duration(rows: &[PlannedInvitation], rate: &RatePolicy) -> std::time::Duration {
    let mut by_domain: BTreeMap<String, u64> = BTreeMap::new();
    for row in rows {
        *by_domain.entry(row.address.domain().to_owned()).or_default() += 1;
    }
    rate.estimate(&by_domain)
}

fn measure(ledger: &mut dyn Ledger, order: &PlanOrder<'_>) -> Result<Option<GapTable>, PlanError> {
    let campaign = order.campaign;
    let Some(query) = &campaign.gaps else { return Ok(None) };
    let inputs = GapInputs {
        query,
        targets: order.targets,
        tiers: order.tiers,
        campaign: Some((&campaign.topic, &campaign.purpose)),
        policy: order.policy,
    };
    Ok(Some(find_gaps(ledger, &inputs)?))
}

/// What one look at every contact finds.
struct Found {
    /// Everybody in at least one audience.
    candidates: Vec<Candidate>,
    /// The custom columns there are.
    columns: BTreeSet<String>,
    /// People who must not be written to now at any address of theirs, with the contact that says so.
    spoken_for: HashMap<(String, String), String>,
}

fn find_candidates(
    ledger: &mut dyn Ledger,
    order: &PlanOrder<'_>,
    table: Option<&GapTable>,
    history: &History,
) -> Result<Found, LedgerError> {
    let mut found = Found { candidates: Vec::new(), columns: BTreeSet::new(), spoken_for: HashMap::new() };
    let topic = &order.campaign.topic;
    ledger.each_contact(&mut |contact| {
        for column in contact.custom.keys() {
            if !found.columns.contains(column) {
                found.columns.insert(column.clone());
            }
        }
        if order.policy.speaks_of_the_person(history.standing(contact.key), topic)
            && let Some(person) = person(&contact)
        {
            found.spoken_for.insert(person, contact.id.clone());
        }
        let attended = history.attended(contact.key);
        let tier = tier_of(&contact, attended, &history.meetings, order.tiers);
        let facts = Facts {
            contact: &contact,
            tier,
            attended,
            invited: history.invited(contact.key),
            registered: history.is_registered(contact.key),
        };
        let entries = candidacies(&order.campaign.audiences, &facts, table);
        if !entries.is_empty() {
            found.candidates.push(Candidate { contact, tier, entries });
        }
    })?;
    Ok(found)
}

fn audiences_without_anybody(campaign: &Campaign, candidates: &[Candidate]) -> Vec<String> {
    let has_somebody = |position| candidates.iter().any(|c| c.entries.iter().any(|e| e.audience == position));
    let audiences = campaign.audiences.iter().enumerate();
    audiences.filter(|(position, _)| !has_somebody(*position)).map(|(_, a)| a.name.clone()).collect()
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

fn leave_out_by_standing(
    candidates: Vec<Candidate>,
    history: &History,
    order: &PlanOrder<'_>,
    held: &mut Vec<Held>,
) -> Vec<Candidate> {
    let campaign = order.campaign;
    let mut kept = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let standing = history.standing(candidate.contact.key);
        let because = order.policy.reason_against(&candidate.contact, standing, &campaign.topic, &campaign.purpose);
        match because {
            Some((reason, column, value)) => held.push(hold(&candidate.contact, reason, column, value)),
            None => kept.push(candidate),
        }
    }
    kept
}

fn hold(contact: &Contact, reason: HoldBack, column: impl Into<String>, value: impl Into<String>) -> Held {
    Held { key: contact.key, contact_id: contact.id.clone(), reason, column: column.into(), value: value.into() }
}

/// One person at two addresses gets one message: none where the person said no or has had theirs at the other address;
/// else at the address without a plus, then the shorter one, then by key.
fn leave_out_second_addresses(
    candidates: Vec<Candidate>,
    spoken_for: &HashMap<(String, String), String>,
    held: &mut Vec<Held>,
) -> Vec<Candidate> {
    let rank = |c: &Contact| {
        let local = c.address.local();
        (local.contains('+'), local.len() + c.address.domain().len(), c.key)
    };
    let mut chosen: HashMap<(String, String), &Contact> = HashMap::new();
    for contact in candidates.iter().map(|c| &c.contact) {
        if let Some(person) = person(contact) {
            let best = chosen.entry(person).or_insert(contact);
            if rank(contact) < rank(best) {
                *best = contact;
            }
        }
    }
    let other = |contact: &Contact| {
        let person = person(contact)?;
        let chosen = chosen.get(&person).map(|c| &c.id).filter(|id| **id != contact.id);
        spoken_for.get(&person).or(chosen).cloned()
    };
    let others: Vec<Option<String>> = candidates.iter().map(|c| other(&c.contact)).collect();
    let mut kept = Vec::with_capacity(candidates.len());
    for (candidate, other) in candidates.into_iter().zip(others) {
        match other {
            Some(id) => held.push(hold(&candidate.contact, HoldBack::DuplicateAddress, "email", id)),
            None => kept.push(candidate),
        }
    }
    kept
}

/// Draws the comparison group: by a keyed hash of campaign and mailbox, so that the draw is the same in every plan.
fn leave_out_comparison_group(
    candidates: Vec<Candidate>,
    order: &PlanOrder<'_>,
    held: &mut Vec<Held>,
) -> Vec<Candidate> {
    let campaign = order.campaign;
    if campaign.hold_out <= 0.0 {
        return candidates;
    }
    let (kept, out): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|c| order.keys.draw(&campaign.name, c.contact.key) >= campaign.hold_out);
    held.extend(out.iter().map(|c| hold(&c.contact, HoldBack::HoldOut, "", "")));
    kept
}

/// Chooses the variant and writes the letter of everybody left; who has no variant, or no value that it needs, is left out.
fn write_letters(
    candidates: Vec<Candidate>,
    composer: &Composer,
    order: &PlanOrder<'_>,
    held: &mut Vec<Held>,
) -> Result<Vec<Ready>, PlanError> {
    let variants = composer.templates.variants();
    let default = (!order.policy.hold_missing_variant).then_some(&order.campaign.default_language);
    let mut ready = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let contact = &candidate.contact;
        let chosen = choose(&variants, contact.language.as_ref(), contact.country.code(), default);
        let Some((language, step)) = chosen else {
            let own = contact.language.as_ref().map_or("", LanguageTag::as_str);
            held.push(hold(contact, HoldBack::NoVariant, "language", own));
            continue;
        };
        let row = match plan_row(&candidate, &language, composer, order) {
            Ok(row) => row,
            Err(RowError::Held(held_back)) => {
                held.push(held_back);
                continue;
            }
            Err(RowError::Unwritable(why)) => {
                return Err(PlanError::Unwritable { contact: contact.id.clone(), why });
            }
        };
        ready.push(Ready { entries: candidate.entries, row, step });
    }
    Ok(ready)
}

enum RowError {
    Held(Held),
    Unwritable(String),
}

fn plan_row(
    candidate: &Candidate,
    language: &LanguageTag,
    composer: &Composer,
    order: &PlanOrder<'_>,
) -> Result<PlannedInvitation, RowError> {
    let (contact, campaign) = (&candidate.contact, order.campaign);
    let mut fields = contact_fields(contact, candidate.tier, language);
    // What the variant does not use need not be kept with the plan.
    let used = composer.templates.fields_used(language);
    fields.retain(|name, value| used.contains(&name.as_str()) || name == "source" && !is_empty(value));
    let name = display_name(contact);
    let recipient = Recipient { key: contact.key, address: &contact.address, name: &name, language, fields: &fields };
    let (letter, _) = composer.compose(&recipient).map_err(|error| {
        let (column, value) = match error {
            RenderError::MissingValue { field } => (field, String::new()),
            RenderError::UnsafeLink { field } => {
                let value = fields.get(&field).and_then(Value::as_str).unwrap_or_default().to_owned();
                (field, value)
            }
            other @ (RenderError::TooLong | RenderError::NoVariant(_)) => (String::new(), other.to_string()),
        };
        RowError::Held(hold(contact, HoldBack::MissingValue, column, value))
    })?;
    let canonical = order.writer.canonical(&letter).map_err(RowError::Unwritable)?;
    let digest = order.keys.message_digest(&canonical);
    let message_id_local = order.keys.message_id_local(&campaign.name, contact.key, &digest);
    Ok(PlannedInvitation {
        key: contact.key,
        contact_id: contact.id.clone(),
        address: contact.address.clone(),
        name,
        segment: String::new(),
        tier: candidate.tier.as_str().to_owned(),
        region: contact.region().as_str().to_owned(),
        stakeholder: contact.stakeholder.as_str().to_owned(),
        language: language.to_string(),
        fields,
        digest,
        message_id_local,
    })
}

fn is_empty(value: &Value) -> bool {
    value.as_str().is_some_and(str::is_empty)
}

/// Gives out the places of the audiences and puts the rows in the order they will be sent.
fn give_places(
    ready: Vec<Ready>,
    campaign: &Campaign,
    history: &History,
    held: &mut Vec<Held>,
) -> (Vec<PlannedInvitation>, BTreeMap<LanguageStep, u64>) {
    let people: Vec<_> = ready.iter().map(|r| (r.row.key, r.entries.clone())).collect();
    let seats = seat(&campaign.audiences, &people, &history.reached);
    let mut placed = Vec::with_capacity(ready.len());
    let mut steps: BTreeMap<LanguageStep, u64> = BTreeMap::new();
    for (Ready { entries, mut row, step }, seat) in ready.into_iter().zip(seats) {
        match seat {
            Some(Seat::Taken(position)) => {
                row.segment.clone_from(&campaign.audiences[position].name);
                *steps.entry(step).or_default() += 1;
                let needed = entries.iter().find(|c| c.audience == position).map_or(0, |c| c.needed);
                placed.push((position, std::cmp::Reverse(needed), row));
            }
            Some(Seat::OverLimit(position)) => held.push(Held {
                key: row.key,
                contact_id: row.contact_id,
                reason: HoldBack::OverLimit,
                column: "segment".to_owned(),
                value: campaign.audiences[position].name.clone(),
            }),
            None => {}
        }
    }
    placed.sort_by_key(|(position, needed, row)| (*position, *needed, row.key));
    (placed.into_iter().map(|(.., row)| row).collect(), steps)
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
    let mut lines: Vec<String> = rows.iter().map(|row| format!("{} {}\n", row.key.to_hex(), row.digest)).collect();
    lines.sort_unstable();
    let content = hex(lines.concat().as_bytes());
    let mut begun = 0;
    for plan in ledger.plans(&order.campaign.name)? {
        begun += usize::from(ledger.has_intents(&plan.id)?);
    }
    let mut identity = format!("{}\n{begun}\n{content}\n", order.campaign.name);
    for (path, digest) in order.inputs {
        identity.push_str(&format!("{path} {digest}\n"));
    }
    for row in rows {
        identity.push_str(&format!("{} {}\n", row.key.to_hex(), row.segment));
    }
    for held in held {
        identity.push_str(&format!("{} {} {} {}\n", held.key.to_hex(), held.reason, held.column, held.value));
    }
    let count = |names: &mut dyn Iterator<Item = &str>| {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for name in names {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
        counts
    };
    Ok(Plan {
        id: hex(identity.as_bytes())[..16].to_owned(),
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

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(digest(&SHA256, bytes).as_ref())
}
