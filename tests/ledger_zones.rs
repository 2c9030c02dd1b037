//! Time zones in the ledger: rows keep theirs, claims are narrowed to those at work, and what waits is told by zone.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use convoke::domain::invitation::{Invitation, PlannedInvitation, State};
use convoke::domain::message::Stamp;
use convoke::engine::ports::{ClaimFilter, Intent, IntentVerdict, Plans, Sending, Waiting};
use convoke::ledger::SqliteLedger;
use jiff::Timestamp;

#[path = "support/made_up_plans.rs"]
mod made_up_plans;
use made_up_plans::{at, ended, plan, row};

fn fresh() -> (SqliteLedger, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    (SqliteLedger::open(&path.join("ledger.db"), &path.join("opt-outs.log"), "lin").unwrap(), folder)
}

/// A plan of five in Nairobi, Tokyo, nowhere, Nairobi, Tokyo.
fn with_zones(ledger: &mut SqliteLedger) {
    let zones = ["Africa/Nairobi", "Asia/Tokyo", "", "Africa/Nairobi", "Asia/Tokyo"];
    let zoned = |(n, zone): (usize, &str)| PlannedInvitation { zone: Some(zone.to_owned()), ..row(n) };
    let rows: Vec<_> = zones.into_iter().enumerate().map(zoned).collect();
    ledger.store_plan(&plan("p1"), &rows, &[], at(0)).unwrap();
}

fn names(rows: &[Invitation]) -> Vec<&str> {
    rows.iter().map(|row| row.planned.name.as_str()).collect()
}

#[test]
fn a_zone_survives_the_ledger_and_narrows_claims_in_planned_order() {
    let (mut ledger, _folder) = fresh();
    with_zones(&mut ledger);
    let zones = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let (none, tokyo, both) = (zones(&[]), zones(&["Asia/Tokyo"]), zones(&["Asia/Tokyo", ""]));
    let only = |zones| ClaimFilter { zones: Some(zones), ..ClaimFilter::default() };
    assert!(ledger.claim("p1", 9, only(&none), at(1)).unwrap().is_empty());
    let first = ledger.claim("p1", 1, only(&tokyo), at(1)).unwrap();
    assert_eq!((names(&first), first[0].planned.zone.as_deref()), (vec!["Person 1"], Some("Asia/Tokyo")));
    let ids: Vec<i64> = first.iter().map(|row| row.id).collect();
    ledger.release(&ids, at(1)).unwrap();
    let odd = ClaimFilter { segment: Some("odd"), ..only(&both) };
    assert_eq!(names(&ledger.claim("p1", 9, odd, at(1)).unwrap()), ["Person 1"]);
    assert_eq!(names(&ledger.claim("p1", 9, only(&both), at(1)).unwrap()), ["Person 2", "Person 4"]);
    let rest = ledger.claim("p1", 9, ClaimFilter::default(), at(1)).unwrap();
    assert_eq!(names(&rest), ["Person 0", "Person 3"]);
}

#[test]
fn a_claim_goes_on_behind_a_row_within_the_zones() {
    let (mut ledger, _folder) = fresh();
    with_zones(&mut ledger);
    let open = ["Africa/Nairobi".to_owned(), String::new()];
    let only = ClaimFilter { zones: Some(&open), ..ClaimFilter::default() };
    let first = ledger.claim("p1", 1, only, at(1)).unwrap();
    assert_eq!(names(&first), ["Person 0"]);
    let ids: Vec<i64> = first.iter().map(|row| row.id).collect();
    ledger.release(&ids, at(1)).unwrap();
    let behind = ClaimFilter { behind: ids.first().copied(), ..only };
    assert_eq!(names(&ledger.claim("p1", 9, behind, at(1)).unwrap()), ["Person 2", "Person 3"]);
    assert_eq!(names(&ledger.claim("p1", 9, only, at(1)).unwrap()), ["Person 0"], "what came back, begun anew");
    let any = ClaimFilter { behind: ids.first().copied(), ..ClaimFilter::default() };
    assert_eq!(names(&ledger.claim("p1", 9, any, at(1)).unwrap()), ["Person 1", "Person 4"]);
}

#[test]
fn what_waits_is_told_by_zone() {
    let (mut ledger, _folder) = fresh();
    with_zones(&mut ledger);
    let waiting = |ledger: &mut SqliteLedger, segment| -> Vec<(String, Option<Timestamp>)> {
        let mut waiting: Vec<_> =
            ledger.waiting("p1", segment).unwrap().into_iter().map(|rows| (rows.zone, rows.due)).collect();
        waiting.sort();
        waiting
    };
    let planned = |zone: &str| (zone.to_owned(), None);
    let all = [planned(""), planned("Africa/Nairobi"), planned("Asia/Tokyo")];
    assert_eq!(waiting(&mut ledger, None), all);
    assert_eq!(waiting(&mut ledger, Some("odd")), [planned("Africa/Nairobi"), planned("Asia/Tokyo")]);
    let tokyo = ["Asia/Tokyo".to_owned()];
    let only = ClaimFilter { zones: Some(&tokyo), ..ClaimFilter::default() };
    for row in ledger.claim("p1", 9, only, at(10)).unwrap() {
        let message_id = format!("{}@example.org", row.planned.message_id_local);
        let intent =
            Intent { invitation: row.id, stamp: Stamp { message_id, date: at(10) }, digest: row.planned.digest };
        let verdicts = ledger.record(&[], &[intent], at(10)).unwrap();
        let IntentVerdict::Recorded { attempt } = verdicts[0] else { panic!("{verdicts:?}") };
        ledger.record_outcomes(&[ended(attempt, State::Deferred)], at(11)).unwrap();
    }
    let due = ("Asia/Tokyo".to_owned(), Some(at(1000)));
    assert_eq!(waiting(&mut ledger, None), [planned(""), planned("Africa/Nairobi"), due.clone()]);
    assert_eq!(ledger.claim("p1", 9, only, at(999)).unwrap().len(), 0, "not due");
    let nairobi = ["Africa/Nairobi".to_owned()];
    let elsewhere = ClaimFilter { zones: Some(&nairobi), ..ClaimFilter::default() };
    assert_eq!(names(&ledger.claim("p1", 9, elsewhere, at(1000)).unwrap()), ["Person 0", "Person 3"], "due elsewhere");
    assert_eq!(names(&ledger.claim("p1", 9, only, at(1000)).unwrap()), ["Person 1", "Person 4"]);
}

#[test]
fn a_plan_made_without_hours_has_no_zones_and_goes_by_ours() {
    let (mut ledger, _folder) = fresh();
    ledger.store_plan(&plan("p1"), &[row(0), row(1), row(2)], &[], at(0)).unwrap();
    assert_eq!(ledger.waiting("p1", None).unwrap(), [Waiting { zone: String::new(), due: None }]);
    let (tokyo, ours) = (["Asia/Tokyo".to_owned()], [String::new()]);
    let only = |zones| ClaimFilter { zones: Some(zones), ..ClaimFilter::default() };
    assert!(ledger.claim("p1", 9, only(&tokyo), at(1)).unwrap().is_empty());
    assert_eq!(ledger.claim("p1", 9, only(&ours), at(1)).unwrap().len(), 3);
}
