//! Random sequences of what senders, people and crashes do to a ledger: its invariants hold after every step.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::{HashMap, HashSet};

use convoke::domain::invitation::{Invitation, State};
use convoke::domain::keys::AddressKey;
use convoke::domain::message::Stamp;
use convoke::domain::suppression::EVERYTHING;
use convoke::engine::ports::*;
use convoke::ledger::SqliteLedger;
use proptest::prelude::*;

#[path = "support/made_up_plans.rs"]
mod made_up_plans;
use made_up_plans::{CAMPAIGN, at, ended, key, opt_out, plan, row};

/// Few, so that steps meet the same person again and again.
const PEOPLE: usize = 3;

#[derive(Debug, Clone)]
enum Step {
    Plan,
    Claim(usize),
    /// Claim everything and record the intents at once.
    Attempt,
    Release,
    Intents,
    Conclude(State),
    Crash,
    OptOut(usize, bool),
    Pause,
    Resume,
    Settle(Settlement),
    Expire,
    Reopen,
    Wait,
    Cancel,
}

fn step() -> impl Strategy<Value = Step> {
    let ends = prop::sample::select(vec![
        State::Accepted,
        State::Deferred,
        State::Rejected,
        State::InDoubt,
        State::Planned,
        State::Cancelled,
        State::InDoubt,
    ]);
    let ways = prop::sample::select(vec![Settlement::Sent, Settlement::Again, Settlement::GiveUp, Settlement::GiveUp]);
    prop_oneof![
        3 => Just(Step::Plan),
        2 => (1..4_usize).prop_map(Step::Claim),
        6 => Just(Step::Attempt),
        1 => Just(Step::Release),
        2 => Just(Step::Intents),
        6 => ends.prop_map(Step::Conclude),
        2 => Just(Step::Crash),
        1 => (0..PEOPLE, any::<bool>()).prop_map(|(n, all)| Step::OptOut(n, all)),
        1 => Just(Step::Pause),
        3 => Just(Step::Resume),
        3 => ways.prop_map(Step::Settle),
        1 => Just(Step::Expire),
        1 => Just(Step::Reopen),
        2 => Just(Step::Wait),
        1 => Just(Step::Cancel),
    ]
}

/// What the world outside knows: who was really handed a message, and what the sender holds in memory.
struct World {
    folder: tempfile::TempDir,
    ledger: SqliteLedger,
    now: i64,
    plans: Vec<String>,
    claimed: Vec<Invitation>,
    open: Vec<(i64, AddressKey)>,
    accepted: HashMap<AddressKey, u32>,
    /// Copies a person decided to send again.
    decided: HashMap<AddressKey, u32>,
    opted_out: HashSet<AddressKey>,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = open(&folder);
        Self {
            folder,
            ledger,
            now: 10,
            plans: Vec::new(),
            claimed: Vec::new(),
            open: Vec::new(),
            accepted: HashMap::new(),
            decided: HashMap::new(),
            opted_out: HashSet::new(),
        }
    }

    /// The rows of every plan that stands.
    fn rows(&mut self) -> Vec<Invitation> {
        let mut rows = Vec::new();
        for plan in self.ledger.plans(CAMPAIGN).unwrap() {
            self.ledger.each_invitation(&plan.id, &mut |row| rows.push(row)).unwrap();
        }
        rows
    }

    fn take(&mut self, step: &Step) {
        self.now += 1;
        let now = at(self.now);
        match step {
            Step::Plan => self.make_plan(),
            Step::Claim(n) => self.claim(*n),
            Step::Attempt => {
                self.claim(PEOPLE);
                self.record_intents();
            }
            Step::Release => {
                let ids: Vec<i64> = self.claimed.drain(..).map(|i| i.id).collect();
                self.ledger.release(&ids, now).unwrap();
            }
            Step::Intents => self.record_intents(),
            Step::Conclude(state) => {
                if let Some((attempt, key)) = self.open.pop() {
                    let mut end = ended(attempt, *state);
                    end.next_at = (*state == State::Deferred).then(|| at(self.now + 5));
                    self.ledger.record_outcomes(&[end], now).unwrap();
                    // In doubt means that the server may well have taken it.
                    if matches!(state, State::Accepted | State::InDoubt) {
                        *self.accepted.entry(key).or_default() += 1;
                    }
                }
            }
            Step::Crash => {
                // Whatever was under way may have arrived all the same.
                for (_, key) in self.open.drain(..) {
                    *self.accepted.entry(key).or_default() += 1;
                }
                self.claimed.clear();
                self.ledger = open(&self.folder);
                self.ledger.recover(now).unwrap();
            }
            Step::OptOut(n, everything) => {
                let topic = if *everything { EVERYTHING } else { "annual-meeting" };
                open(&self.folder).suppress(&[opt_out(*n, topic)], now).unwrap();
                self.opted_out.insert(key(*n));
            }
            Step::Pause => drop(open(&self.folder).pause(CAMPAIGN, "a person said so", now)),
            Step::Resume => drop(self.ledger.resume(CAMPAIGN, now)),
            Step::Settle(Settlement::Again) => {
                let doubtful: Vec<_> = self.rows().into_iter().filter(|r| r.state == State::InDoubt).collect();
                if self.ledger.settle(CAMPAIGN, None, Settlement::Again, "they were asked", now).is_ok() {
                    doubtful.iter().for_each(|r| *self.decided.entry(r.planned.key).or_default() += 1);
                }
            }
            Step::Settle(how) => drop(self.ledger.settle(CAMPAIGN, None, *how, "they were asked", now)),
            Step::Expire => {
                if let Some(plan) = self.plans.last() {
                    drop(self.ledger.expire(plan, at(self.now - 8), now));
                }
            }
            Step::Reopen => {
                let rejected: Vec<i64> =
                    self.rows().iter().filter(|r| r.state == State::Rejected).map(|r| r.id).collect();
                self.ledger.reopen_rejected(&rejected, "it was about us", now).unwrap();
            }
            Step::Wait => self.now += 10,
            Step::Cancel => drop(self.ledger.cancel(CAMPAIGN, "for good", now)),
        }
    }

    fn claim(&mut self, n: usize) {
        if let Some(plan) = self.plans.last() {
            let claimed = self.ledger.claim(plan, n, ClaimFilter::default(), at(self.now)).unwrap();
            self.claimed.extend(claimed);
        }
    }

    /// Plans everybody whom a planner would.
    fn make_plan(&mut self) {
        let past = self.ledger.past_invitations().unwrap();
        let reached: HashSet<AddressKey> =
            past.iter().filter(|p| matches!(p.state, State::Accepted | State::InDoubt)).map(|p| p.key).collect();
        let people: Vec<_> = (0..PEOPLE).map(row).filter(|r| !reached.contains(&r.key)).collect();
        let id = format!("p{}", self.now);
        match self.ledger.store_plan(&plan(&id), &people, &[], at(self.now)) {
            Ok(()) => self.plans.push(id),
            Err(LedgerError::Refused(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }

    fn record_intents(&mut self) {
        let claimed = std::mem::take(&mut self.claimed);
        let intents: Vec<Intent> = claimed
            .iter()
            .map(|i| Intent {
                invitation: i.id,
                stamp: Stamp {
                    message_id: format!("{}@example.org", i.planned.message_id_local),
                    date: i.date.unwrap_or(at(self.now)),
                },
                digest: i.planned.digest.clone(),
            })
            .collect();
        let verdicts = self.ledger.record(&[], &intents, at(self.now)).unwrap();
        for (invitation, verdict) in claimed.iter().zip(verdicts) {
            if let IntentVerdict::Recorded { attempt } = verdict {
                // Invariant 6: no intent after the opt-out.
                assert!(!self.opted_out.contains(&invitation.planned.key), "an opt-out was not honoured");
                self.open.push((attempt, invitation.planned.key));
            }
        }
    }

    fn check(&mut self) {
        // Invariant 12, and the chain.
        let found = self.ledger.verify().unwrap();
        assert_eq!((found.broken, found.miscounted), (None, Vec::new()));
        // Invariant 3: every row in exactly one state, and the sums are right.
        for plan in self.ledger.plans(CAMPAIGN).unwrap() {
            let c = self.ledger.counts(&plan.id).unwrap();
            let sum =
                c.accepted + c.rejected + c.deferred + c.in_doubt + c.suppressed + c.expired + c.cancelled + c.unsent;
            assert_eq!(c.planned, sum);
        }
        // Nobody has two invitations that arrived or may still leave.
        let mut live = HashSet::new();
        for row in self.rows() {
            let over = [State::Cancelled, State::Rejected, State::Expired, State::Suppressed];
            assert!(over.contains(&row.state) || live.insert(row.planned.key), "two live invitations");
        }
    }
}

fn open(folder: &tempfile::TempDir) -> SqliteLedger {
    SqliteLedger::open(&folder.path().join("ledger.db"), &folder.path().join("opt-outs.log"), "lin").unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_nobody_is_lost_and_nobody_gets_two(steps in prop::collection::vec(step(), 1..80)) {
        let mut world = World::new();
        world.make_plan();
        for step in &steps {
            world.take(step);
            world.check();
        }
        // Invariant 2: more than one copy only where a person decided so.
        for (key, copies) in &world.accepted {
            let decided = world.decided.get(key).copied().unwrap_or(0);
            prop_assert!(*copies <= 1 + decided, "{key:?} was sent {copies} copies, {decided} by decision");
        }
    }
}
