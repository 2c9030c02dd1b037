//! The hours of the schedule, zone by zone, with a real ledger, a real SMTP session and a clock that begins where the test
//! says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::sync::Arc;
use std::time::Duration;

use convoke::clock::SystemClock;
use convoke::domain::campaign::Schedule;
use convoke::domain::invitation::{Invitation, State};
use convoke::domain::pace::RateLimits;
use convoke::domain::schedule::{Days, Hours, WallClock, Window};
use convoke::engine::ports::Clock;
use convoke::engine::send::progress::{Progress, Tally};
use convoke::engine::send::{Ending, SendOrder, Sent, send};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

#[path = "support/small_plan.rs"]
mod small_plan;
#[path = "support/smtp_relays.rs"]
mod smtp_relays;
#[path = "support/smtp_server.rs"]
mod smtp_server;
use small_plan::{SmallPlan, press};
use smtp_relays::clear;
use smtp_server::{Act, At, Server};

const NAIROBI: &str = "Africa/Nairobi";
const TOKYO: &str = "Asia/Tokyo";
/// 2026-11-27 is a Friday. Nairobi is at work from 06:00 to 14:00 UTC, Tokyo from 00:00 to 08:00.
const FRIDAY_NOON: &str = "2026-11-27T12:00:00Z";
const MONDAY_NINE_IN_TOKYO: &str = "2026-11-30T00:00:00Z";
const MONDAY_NINE_IN_NAIROBI: &str = "2026-11-30T06:00:00Z";

/// The computer's clock, set to another day.
struct Shifted(SignedDuration);

impl Shifted {
    fn to(moment: &str) -> Arc<Self> {
        Arc::new(Self(at(moment).duration_since(SystemClock.now())))
    }
}

impl Clock for Shifted {
    fn now(&self) -> Timestamp {
        SystemClock.now() + self.0
    }
}

/// Nobody watches.
struct Unseen;
impl Progress for Unseen {
    fn show(&mut self, _tally: &Tally) {}
    fn say(&mut self, _words: &str) {}
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Everything, on weekdays from nine to five by the recipient's clock, one message after the other.
fn office_hours(plan: &SmallPlan) -> SendOrder {
    let window =
        Window { days: Days::at(0..5), hours: Hours::read("09:00-17:00").unwrap(), clock: WallClock::Recipient };
    SendOrder { schedule: Schedule { window: Some(window), ..Schedule::default() }, connections: 1, ..plan.order() }
}

fn a_second(messages: f64, order: SendOrder) -> SendOrder {
    let mut order = order;
    order.rate.relay = RateLimits { per_second: messages, ..RateLimits::default() };
    order
}

async fn send_from(plan: &SmallPlan, order: &SendOrder, server: &Server, moment: &str) -> Sent {
    let (_never, interrupt) = watch::channel(false);
    let ledger = Box::new(plan.ledger());
    let mut unseen = Unseen;
    let sending = send(order, ledger, Arc::new(clear(server)), press(), Shifted::to(moment), interrupt, &mut unseen);
    tokio::time::timeout(Duration::from_secs(60), sending).await.unwrap().unwrap()
}

fn in_zone<'a>(rows: &'a [Invitation], zone: &str) -> Vec<&'a Invitation> {
    rows.iter().filter(|row| row.planned.zone.as_deref() == Some(zone)).collect()
}

/// Until when and by whose clock a run that ended outside the hours waits.
fn outside(sent: &Sent) -> (String, String) {
    match &sent.ending {
        Ending::OutsideHours { until, zone } => (until.to_string(), zone.iana_name().unwrap().to_owned()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_zone_holds_nobody_elses_message_back() {
    // More than one claim's worth of people whose hours are over stand before everybody else, at the same domain.
    let plan = SmallPlan::by_clocks(&[(600, TOKYO), (20, NAIROBI), (5, "")]);
    let server = Server::builder().start();
    let sent = send_from(&plan, &office_hours(&plan), &server, FRIDAY_NOON).await;
    assert_eq!(outside(&sent), (MONDAY_NINE_IN_TOKYO.to_owned(), TOKYO.to_owned()));
    let rows = plan.rows();
    assert!(in_zone(&rows, NAIROBI).iter().all(|row| row.state == State::Accepted));
    assert!(in_zone(&rows, "").iter().all(|row| row.state == State::Accepted), "ours is UTC here");
    assert!(in_zone(&rows, TOKYO).iter().all(|row| row.state == State::Planned && row.attempts == 0));
    assert_eq!((server.stored().len(), sent.open), (25, 600));
    let again = send_from(&plan, &office_hours(&plan), &server, FRIDAY_NOON).await;
    assert_eq!((outside(&again).0, again.tally.done()), (MONDAY_NINE_IN_TOKYO.to_owned(), 0));
    let monday = send_from(&plan, &office_hours(&plan), &server, MONDAY_NINE_IN_TOKYO).await;
    assert!(matches!(monday.ending, Ending::Done), "{:?}", monday.ending);
    assert_eq!((server.stored().len(), monday.open), (625, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hours_that_end_while_a_run_goes_on_end_it() {
    let (plan, server) = (SmallPlan::by_clocks(&[(30, NAIROBI)]), Server::builder().start());
    let order = a_second(4.0, office_hours(&plan));
    let sent = send_from(&plan, &order, &server, "2026-11-27T13:59:58.5Z").await;
    assert_eq!(outside(&sent), (MONDAY_NINE_IN_NAIROBI.to_owned(), NAIROBI.to_owned()));
    let rows = plan.rows();
    let tried: Vec<_> = rows.iter().filter_map(|row| row.last_attempt_at).collect();
    assert!((1..=7).contains(&tried.len()), "{} messages in a second and a half", tried.len());
    assert!(tried.iter().all(|moment| *moment < at("2026-11-27T14:00:00Z")), "{tried:?}");
    assert_eq!(server.stored().len(), tried.len());
    assert!(rows.iter().all(|row| row.state != State::Sending), "what was claimed is given back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hours_that_end_while_a_server_greets_hold_too() {
    let greets_late = |moment: &smtp_server::Moment<'_>| match moment.at {
        At::Greeting => Act::Wait(Duration::from_millis(2500), Box::new(Act::Go)),
        _ => Act::Go,
    };
    let server = Server::builder().script(greets_late).start();
    let plan = SmallPlan::by_clocks(&[(5, NAIROBI)]);
    let sent = send_from(&plan, &office_hours(&plan), &server, "2026-11-27T13:59:59Z").await;
    assert_eq!(outside(&sent).0, MONDAY_NINE_IN_NAIROBI);
    assert_eq!((server.log().len(), plan.counts().unsent), (0, 5));
    assert!(plan.rows().iter().all(|row| row.state == State::Planned && row.attempts == 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hours_that_begin_within_a_minute_are_waited_for() {
    let (plan, server) = (SmallPlan::by_clocks(&[(5, NAIROBI)]), Server::builder().start());
    let sent = send_from(&plan, &office_hours(&plan), &server, "2026-11-27T05:59:58.8Z").await;
    assert!(matches!(sent.ending, Ending::Done), "{:?}", sent.ending);
    let nine = at("2026-11-27T06:00:00Z");
    assert!(plan.rows().iter().all(|row| row.first_attempt_at.is_some_and(|moment| moment >= nine)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_zone_that_opens_while_another_is_served_is_served_too() {
    let plan = SmallPlan::by_clocks(&[(5, "Europe/London"), (10, NAIROBI)]);
    let server = Server::builder().start();
    let order = a_second(5.0, office_hours(&plan));
    let sent = send_from(&plan, &order, &server, "2026-11-27T08:59:59Z").await;
    assert!(matches!(sent.ending, Ending::Done), "{:?}", sent.ending);
    let (rows, nine) = (plan.rows(), at("2026-11-27T09:00:00Z"));
    assert!(
        in_zone(&rows, "Europe/London").iter().all(|row| row.first_attempt_at.is_some_and(|moment| moment >= nine))
    );
    assert!(in_zone(&rows, NAIROBI).iter().any(|row| row.first_attempt_at.is_some_and(|moment| moment < nine)));
    assert_eq!(server.stored().len(), 15);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_zone_that_opens_does_not_wait_for_a_message_that_is_long_under_way() {
    let slow = |moment: &smtp_server::Moment<'_>| match (moment.at, moment.recipient) {
        (At::Dot, "person0@example.org") => Act::Wait(Duration::from_secs(5), Box::new(Act::Go)),
        _ => Act::Go,
    };
    let server = Server::builder().script(slow).start();
    let plan = SmallPlan::by_clocks(&[(1, NAIROBI), (3, "Europe/London")]);
    let order = SendOrder { connections: 2, ..office_hours(&plan) };
    let sent = send_from(&plan, &order, &server, "2026-11-27T08:59:59Z").await;
    assert!(matches!(sent.ending, Ending::Done), "{:?}", sent.ending);
    let rows = plan.rows();
    let begun: Vec<_> = in_zone(&rows, "Europe/London").iter().filter_map(|row| row.first_attempt_at).collect();
    assert!(begun.len() == 3 && begun.iter().all(|moment| *moment < at("2026-11-27T09:00:03Z")), "{begun:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_put_off_beyond_the_hours_waits_for_the_next_ones() {
    let put_off = |moment: &smtp_server::Moment<'_>| match moment.at {
        At::Rcpt => Act::say("451 4.3.0 later\r\n"),
        _ => Act::Go,
    };
    let server = Server::builder().script(put_off).start();
    let plan = SmallPlan::by_clocks(&[(2, NAIROBI)]);
    let sent = send_from(&plan, &office_hours(&plan), &server, "2026-11-27T13:45:00Z").await;
    assert_eq!(outside(&sent), (MONDAY_NINE_IN_NAIROBI.to_owned(), NAIROBI.to_owned()));
    assert_eq!(plan.counts().deferred, 2);
    let sunday = send_from(&plan, &office_hours(&plan), &server, "2026-11-29T12:00:00Z").await;
    assert_eq!((outside(&sunday).0, sunday.tally.done()), (MONDAY_NINE_IN_NAIROBI.to_owned(), 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hours_by_one_clock_are_everybodys() {
    let (plan, server) = (SmallPlan::by_clocks(&[(3, TOKYO), (3, NAIROBI)]), Server::builder().start());
    let mut order = office_hours(&plan);
    order.schedule.window.as_mut().unwrap().clock = WallClock::Named(NAIROBI.to_owned());
    let saturday = send_from(&plan, &order, &server, "2026-11-28T12:00:00Z").await;
    assert_eq!(outside(&saturday), (MONDAY_NINE_IN_NAIROBI.to_owned(), NAIROBI.to_owned()));
    let friday = send_from(&plan, &order, &server, FRIDAY_NOON).await;
    assert!(matches!(friday.ending, Ending::Done), "{:?}", friday.ending);
    assert_eq!(server.stored().len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hours_that_never_come_again_before_the_end_end_the_schedule() {
    let (plan, server) = (SmallPlan::by_clocks(&[(3, TOKYO), (3, NAIROBI)]), Server::builder().start());
    let mut order = office_hours(&plan);
    order.schedule.not_after = Some(at("2026-11-29T00:00:00Z"));
    let sent = send_from(&plan, &order, &server, FRIDAY_NOON).await;
    assert!(matches!(sent.ending, Ending::ScheduleOver), "{:?}", sent.ending);
    assert_eq!((server.stored().len(), plan.counts().unsent), (3, 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_that_begins_on_a_sunday_says_monday() {
    let (plan, server) = (SmallPlan::by_clocks(&[(3, TOKYO)]), Server::builder().start());
    let mut order = office_hours(&plan);
    order.schedule.not_before = Some(at("2026-11-29T01:00:00Z"));
    let sent = send_from(&plan, &order, &server, FRIDAY_NOON).await;
    let Ending::TooEarly { until } = sent.ending else { panic!("{:?}", sent.ending) };
    assert_eq!(until, at(MONDAY_NINE_IN_TOKYO));
}
