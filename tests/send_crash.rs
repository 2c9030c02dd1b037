//! A sender killed at random moments: nobody gets two, nobody is lost, and little is in doubt. The server's own synced
//! log is the judge.
//!
//! Every seed decides how long each life lasts and how slow the server is, so that a failure can be run again:
//! `CONVOKE_SEED=17 cargo test --test send_crash`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeMap;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

#[path = "support/smtp_server.rs"]
mod smtp_server;
#[path = "support/workspace.rs"]
mod workspace;
use smtp_server::{Act, At, Server};
use workspace::{Workspace, assert_sum, number, relay};

const PEOPLE: usize = 60;
const CONNECTIONS: usize = 6;
/// Lives that end by kill -9, before one that may end as it likes.
const DEATHS: u64 = 3;

/// How messages go through a connection.
#[derive(Debug, Clone, Copy)]
struct Way {
    offers: &'static [&'static str],
    window: u64,
    chunking: &'static str,
}

#[test]
fn killed_while_sending_command_by_command() {
    a_sender_killed_at_any_moment_sends_nobody_two_and_loses_nobody(Way {
        offers: &["DSN"],
        window: 1,
        chunking: "off",
    });
}

#[test]
fn killed_while_announcing_the_next_message_behind_the_dot() {
    let way = Way { offers: &["PIPELINING", "DSN"], window: 1, chunking: "off" };
    a_sender_killed_at_any_moment_sends_nobody_two_and_loses_nobody(way);
}

#[test]
fn killed_with_a_window_of_intents() {
    let way = Way { offers: &["PIPELINING"], window: 4, chunking: "off" };
    a_sender_killed_at_any_moment_sends_nobody_two_and_loses_nobody(way);
}

#[test]
fn killed_with_several_messages_in_flight() {
    let way = Way { offers: &["PIPELINING", "CHUNKING"], window: 4, chunking: "in-flight" };
    a_sender_killed_at_any_moment_sends_nobody_two_and_loses_nobody(way);
}

fn a_sender_killed_at_any_moment_sends_nobody_two_and_loses_nobody(way: Way) {
    let seeds = match std::env::var("CONVOKE_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => seed..seed + 1,
        None if std::env::var_os("CONVOKE_LONG").is_some() => 0..1250,
        None => 0..75,
    };
    let mut all = Found::default();
    for seed in seeds.clone() {
        let found = one_seed(seed, way);
        all.in_doubt += found.in_doubt;
        all.deaths += found.deaths;
        all.drops += found.drops;
    }
    // A test in which nobody dies in the middle would prove nothing.
    let many = seeds.end - seeds.start;
    assert!(
        many == 1 || (all.deaths > many && all.drops > many / 3 && all.in_doubt > 0),
        "{all:?} in {many} campaigns"
    );
    println!("{many} campaigns, {way:?}: {all:?}");
}

/// What happened in one campaign, or in all.
#[derive(Debug, Default)]
struct Found {
    in_doubt: u64,
    /// Lives cut short.
    deaths: u64,
    /// Connections the server closed with a message handed over and no answer given.
    drops: u64,
}

/// Runs one campaign through its deaths.
fn one_seed(seed: u64, way: Way) -> Found {
    let mut chance = Chance(seed);
    let slowness = chance.below(6);
    let mut pauses = Chance(seed ^ 0x5eed);
    let offsets: Vec<u64> = (0..64).map(|_| pauses.below(4)).collect();
    // Now and then the server goes away after the dot, with the message or without.
    let faults: Vec<u64> = (0..64).map(|_| pauses.below(80)).collect();
    let drops = Arc::new(AtomicU64::new(0));
    let dropping = Arc::clone(&drops);
    let server = Server::builder()
        .offers(way.offers)
        .script(move |moment| match moment.at {
            At::Dot => {
                let n = (moment.connection * 7 + moment.message) % 64;
                let act = match faults.get(n).copied().unwrap_or(9) {
                    0 => Act::Drop,
                    1 => Act::Store(Box::new(Act::Drop)),
                    _ => Act::Go,
                };
                if !matches!(act, Act::Go) {
                    dropping.fetch_add(1, Ordering::SeqCst);
                }
                Act::Wait(Duration::from_millis(slowness + offsets.get(n).copied().unwrap_or(0)), Box::new(act))
            }
            _ => Act::Go,
        })
        .start();
    let settings = relay(server.port(), CONNECTIONS).replacen(
        "[relay]\n",
        &format!("[relay]\nwindow = {}\nchunking = \"{}\"\n", way.window, way.chunking),
        1,
    );
    let workspace = Workspace::new(PEOPLE, &settings);
    workspace.must(&["plan", "spring"]);
    let mut deaths = 0;
    for _ in 0..DEATHS {
        let before = server.stored().len();
        let mut life = workspace.start_sending();
        match chance.below(4) {
            // Some die by the clock, before or between messages; most by what the server has seen, however quick the
            // machine is.
            0 => std::thread::sleep(Duration::from_millis(15 + chance.below(110))),
            _ => wait_for_messages(
                &server,
                before + chance.below(15) as usize,
                &mut life,
                &format!("seed {seed}, {way:?}"),
            ),
        }
        std::thread::sleep(Duration::from_micros(chance.below(5_000)));
        life.kill().unwrap();
        let ended = life.wait().unwrap();
        deaths += u64::from(ended.code().is_none());
    }
    // What the last life left open stays open until somebody looks.
    let last = workspace.send(&[]);
    let standing = workspace.status();
    let drops = drops.load(Ordering::SeqCst);
    let context = format!("seed {seed}, {drops} connections dropped, {way:?}: {standing} {}", last.stderr);
    assert_sum(&standing);
    let in_doubt = number(&standing, "in_doubt");
    assert_eq!(last.code, Some(if in_doubt > 0 { 5 } else { 0 }), "{context}");
    assert_eq!(number(&standing, "accepted") + in_doubt, PEOPLE as u64, "nobody is lost; {context}");
    let bound = way.window * (CONNECTIONS as u64 * deaths + drops);
    assert!(in_doubt <= bound, "{in_doubt} in doubt after {deaths} deaths; {context}");

    let mut stored: BTreeMap<String, usize> = BTreeMap::new();
    for entry in server.stored() {
        *stored.entry(entry.recipient).or_default() += 1;
    }
    assert!(stored.values().all(|copies| *copies == 1), "somebody got two; {context}");
    // Whoever the server has no message for is one of those in doubt, and everybody accepted is at the server.
    let missing = PEOPLE - stored.len();
    assert!(missing as u64 <= in_doubt, "{missing} at the server missing, {context}");
    let accepted = accepted_addresses(&workspace);
    assert!(accepted.iter().all(|address| stored.contains_key(address)), "accepted, and not at the server; {context}");
    assert_eq!(accepted.len() as u64, number(&standing, "accepted"));
    workspace.must(&["audit", "verify"]);
    Found { in_doubt, deaths, drops }
}

/// Waits until the server has stored so many messages, or the sender has ended by itself.
fn wait_for_messages(server: &Server, messages: usize, life: &mut Child, context: &str) {
    // A bound in looks, not in time: ten seconds at the least.
    for _ in 0..50_000 {
        if server.stored().len() >= messages || life.try_wait().unwrap().is_some() {
            return;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    panic!("the sender neither sends nor ends; {context}");
}

/// Addresses whose row is accepted, by `audit export`.
fn accepted_addresses(workspace: &Workspace) -> Vec<String> {
    workspace.must(&["audit", "export", "--out", "audit.csv"]);
    let mut rows = csv::Reader::from_path(workspace.path("audit.csv")).unwrap();
    let columns = rows.headers().unwrap().clone();
    let column = |name: &str| columns.iter().position(|column| column == name).unwrap();
    let (address, state) = (column("address"), column("state"));
    rows.records()
        .map(Result::unwrap)
        .filter(|row| row.get(state) == Some("accepted"))
        .map(|row| row.get(address).unwrap().to_owned())
        .collect()
}

/// A small sequence of numbers that looks random and is the same for a seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
