//! What every ledger promises about learned paces, and about claims that leave slow domains out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::HashSet;

use convoke::domain::address::EmailAddress;
use convoke::domain::slowdown::Slowdown;
use convoke::domain::stream::Stream;
use convoke::engine::ports::{ClaimFilter, Learned, Ledger, Paces, Plans, Sending};
use convoke::ledger::SqliteLedger;

#[path = "support/made_up_plans.rs"]
mod made_up_plans;
use made_up_plans::{at, plan, row};

fn open(folder: &std::path::Path) -> SqliteLedger {
    SqliteLedger::open(&folder.join("ledger.db"), &folder.join("opt-outs.log"), "lin").unwrap()
}

fn domain(name: &str) -> Stream {
    Stream::Domain(name.into())
}

/// To the microsecond, which is what a ledger keeps.
fn rests(ledger: &mut dyn Ledger) -> Vec<(Stream, u128, u128)> {
    let all = ledger.slowed().unwrap().into_iter();
    all.map(|(stream, slow, _)| (stream, slow.rest().as_micros(), slow.longest_rest().as_micros())).collect()
}

#[test]
fn learned_paces_are_there_for_the_next_run_the_slowest_first() {
    let folder = tempfile::tempdir().unwrap();
    let slow = Slowdown::of_domain(1.0, at(5));
    let mut regained = Slowdown::of_domain(8.0, at(6));
    assert!(!regained.taken());
    let learned = [
        Learned::Slowed(domain("fast.example"), regained),
        Learned::Slowed(domain("slow.example"), slow),
        Learned::Slowed(Stream::Group("provider".into()), Slowdown::of_domain(4.0, at(7))),
        Learned::Slowed(Stream::Relay, Slowdown::of_relay(1_000.0, at(8))),
    ];
    open(folder.path()).remember_paces(&learned, at(10)).unwrap();
    let mut another = open(folder.path());
    let known = another.slowed().unwrap();
    let streams: Vec<&Stream> = known.iter().map(|(stream, ..)| stream).collect();
    assert_eq!(
        streams,
        [&domain("slow.example"), &Stream::Group("provider".into()), &domain("fast.example"), &Stream::Relay]
    );
    assert_eq!(known.first(), Some(&(domain("slow.example"), slow, at(10))));
    let fast = rests(&mut another).into_iter().nth(2).unwrap();
    assert_eq!((fast.1, fast.2), (regained.rest().as_micros(), 250_000));
}

#[test]
fn of_a_stream_the_last_word_counts_and_what_is_over_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(folder.path());
    let slowed = |pace: f64| Learned::Slowed(domain("slow.example"), Slowdown::of_domain(pace, at(5)));
    ledger.remember_paces(&[slowed(8.0), Learned::Over(domain("never-slowed.example"))], at(10)).unwrap();
    ledger.remember_paces(&[slowed(2.0)], at(11)).unwrap();
    assert_eq!(rests(&mut ledger), [(domain("slow.example"), 1_000_000, 1_000_000)]);
    assert_eq!(
        ledger.slowed().unwrap().first().map(|(_, slow, written)| (slow.since, *written)),
        Some((at(5), at(11)))
    );
    ledger.remember_paces(&[Learned::Over(domain("slow.example"))], at(12)).unwrap();
    assert_eq!(ledger.slowed().unwrap(), []);
}

#[test]
fn a_claim_leaves_domains_out_and_goes_on_behind_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(folder.path());
    let rows: Vec<_> = (0..12)
        .map(|n| {
            let host = ["slow.example", "slower.example", "fast.example"][n % 3];
            let mut row = row(n);
            row.address = EmailAddress::parse(&format!("person{n}@{host}")).unwrap();
            row
        })
        .collect();
    ledger.store_plan(&plan("p1"), &rows, &[], at(1)).unwrap();
    let left_out: HashSet<String> = ["slow.example", "slower.example"].map(str::to_owned).into();
    let fast = ClaimFilter { not_domains: Some(&left_out), ..ClaimFilter::default() };
    let people = |claimed: &[convoke::domain::invitation::Invitation]| -> Vec<String> {
        claimed.iter().map(|row| row.planned.address.local().to_owned()).collect()
    };
    let first = ledger.claim("p1", 2, fast, at(2)).unwrap();
    assert_eq!(people(&first), ["person2", "person5"]);
    let behind = first.last().map(|row| row.id);
    let next = ledger.claim("p1", 3, ClaimFilter { behind, ..ClaimFilter::default() }, at(2)).unwrap();
    assert_eq!(people(&next), ["person6", "person7", "person8"], "nothing before the row, whatever its domain");
    let anew = ledger.claim("p1", 9, ClaimFilter::default(), at(3)).unwrap();
    assert_eq!(people(&anew), ["person0", "person1", "person3", "person4", "person9", "person10", "person11"]);
}
