//! How a campaign stands: one plan's counts, as `send` and `status` report them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::domain::invitation::{Counts, Unsettled};
use crate::domain::plan::Plan;
use crate::domain::slowdown::Slowdown;
use crate::domain::stream::Stream;
use crate::engine::ports::{Ledger, LedgerResult};

/// How one plan of a campaign stands; its JSON is a contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    /// Campaign.
    pub campaign: String,
    /// Id of the plan; `None` where nothing is planned yet.
    pub plan: Option<String>,
    /// Digest of the plan.
    pub digest: Option<String>,
    /// Whether messages leave (in `send`: whether they were to leave in this run).
    pub live: bool,
    /// Why the campaign is paused, if it is.
    pub paused: Option<String>,
    /// Whether the files the plan was made from have changed since.
    pub inputs_changed: bool,
    /// Rows by state.
    #[serde(flatten)]
    pub counts: Counts,
    /// Left out, by reason.
    pub held_back: BTreeMap<String, u64>,
    /// How long this run took; 0 where there was none.
    #[serde(serialize_with = "to_a_tenth")]
    pub seconds: f64,
    /// Messages a second in this run.
    #[serde(serialize_with = "to_a_tenth")]
    pub per_second: f64,
    /// What the campaign's earlier plans still hold: messages in doubt, and those settled as `again`.
    pub earlier_plans: Unsettled,
    /// Whether the campaign was cancelled for good.
    pub cancelled_for_good: bool,
    /// What asked us to slow down, the slowest first. It is so for every campaign.
    pub slowed: Vec<SlowedDown>,
}

/// What asked us to slow down; its JSON is part of [`Standing`]'s.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlowedDown {
    /// `relay`, `group` or `domain`.
    pub kind: &'static str,
    /// The domain, or the name of the group; empty for the relay.
    pub name: String,
    /// Time between two messages.
    #[serde(serialize_with = "to_a_tenth")]
    pub seconds_between: f64,
    /// When it asked first.
    #[serde(serialize_with = "in_words")]
    pub since: Timestamp,
}

impl SlowedDown {
    /// What there is to say about a stream.
    pub fn new((stream, slowdown): &(Stream, Slowdown)) -> Self {
        let (kind, name) = stream.parts();
        let seconds_between = slowdown.rest().as_secs_f64();
        Self { kind, name: name.to_owned(), seconds_between, since: slowdown.since }
    }
}

/// Streams that are slowed, the slowest first: what earlier runs learned, and what time has left of it.
///
/// # Errors
/// The ledger's.
pub fn slowed_now(ledger: &mut dyn Ledger, now: Timestamp) -> LedgerResult<Vec<(Stream, Slowdown)>> {
    let learned = ledger.slowed()?.into_iter();
    Ok(learned.filter_map(|(stream, slowdown, at)| Some((stream, slowdown.after(now.duration_since(at))?))).collect())
}

fn in_words<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

fn to_a_tenth<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((value * 10.0).round() / 10.0)
}

/// Plans of a campaign before this one that hold anything unsettled, oldest first. A new plan takes back what was left of
/// the ones before it, except what is in doubt; that may be settled as `again` later.
///
/// # Errors
/// The ledger's.
pub fn earlier_unsettled(ledger: &mut dyn Ledger, campaign: &str, plan: &str) -> LedgerResult<Vec<(Plan, Unsettled)>> {
    let mut unsettled = Vec::new();
    for earlier in ledger.plans(campaign)?.into_iter().take_while(|earlier| earlier.id != plan) {
        let left = ledger.counts(&earlier.id)?.unsettled();
        if left.all() > 0 {
            unsettled.push((earlier, left));
        }
    }
    Ok(unsettled)
}

/// All of [`earlier_unsettled`] together.
///
/// # Errors
/// The ledger's.
pub fn unsettled_before(ledger: &mut dyn Ledger, campaign: &str, plan: &str) -> LedgerResult<Unsettled> {
    let each = earlier_unsettled(ledger, campaign, plan)?;
    Ok(each.into_iter().fold(Unsettled::default(), |sum, (_, left)| sum.and(left)))
}

/// How a plan stands now.
///
/// # Errors
/// The ledger's.
pub fn standing_of(
    ledger: &mut dyn Ledger,
    plan: &Plan,
    inputs_changed: bool,
    now: Timestamp,
) -> LedgerResult<Standing> {
    Ok(Standing {
        plan: Some(plan.id.clone()),
        digest: Some(plan.digest.clone()),
        live: ledger.has_intents(&plan.id)?,
        inputs_changed,
        counts: ledger.counts(&plan.id)?,
        held_back: plan.held_back.clone(),
        earlier_plans: unsettled_before(ledger, &plan.campaign, &plan.id)?,
        ..unplanned(ledger, &plan.campaign, now)?
    })
}

/// How a campaign without a plan stands.
///
/// # Errors
/// The ledger's.
pub fn unplanned(ledger: &mut dyn Ledger, campaign: &str, now: Timestamp) -> LedgerResult<Standing> {
    Ok(Standing {
        campaign: campaign.to_owned(),
        plan: None,
        digest: None,
        live: false,
        paused: ledger.paused(campaign)?,
        inputs_changed: false,
        counts: Counts::default(),
        held_back: BTreeMap::new(),
        seconds: 0.0,
        per_second: 0.0,
        earlier_plans: Unsettled::default(),
        cancelled_for_good: ledger.cancelled(campaign)?,
        slowed: slowed_now(ledger, now)?.iter().map(SlowedDown::new).collect(),
    })
}

/// Files that differ between a plan and today, by path; a file that came or went counts too.
pub fn changed_files(planned: &BTreeMap<String, String>, today: &BTreeMap<String, String>) -> Vec<String> {
    let mut changed: Vec<String> = planned
        .iter()
        .filter(|(path, digest)| today.get(*path) != Some(digest))
        .chain(today.iter().filter(|(path, _)| !planned.contains_key(*path)))
        .map(|(path, _)| path.clone())
        .collect();
    changed.sort();
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_came_or_went_is_named_once() {
        let files = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let planned = files(&[("same", "1"), ("changed", "1"), ("gone", "1")]);
        let today = files(&[("same", "1"), ("changed", "2"), ("new", "1")]);
        assert_eq!(changed_files(&planned, &today), ["changed", "gone", "new"]);
    }
}
