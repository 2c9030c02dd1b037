//! The witness (`.convoke/witness`): a ledger that is older than what was sent is noticed, whichever way it came to be, and a
//! killed sender is never taken for one. The server's own log is the judge.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use serde_json::Value;

#[path = "support/smtp_server.rs"]
mod smtp_server;
#[path = "support/workspace.rs"]
mod workspace;
use smtp_server::{Act, At, Server};
use workspace::{Ran, Workspace, assert_sum, number, relay};

const LEDGER: &str = ".convoke/ledger.db";
const PARTS: [&str; 3] = ["", "-wal", "-shm"];
const NOTICED: &str = "is not the one that was last used here";

/// The ledger with its companions, as octets.
fn copy(workspace: &Workspace) -> Vec<Option<Vec<u8>>> {
    PARTS.iter().map(|part| fs::read(workspace.path(&format!("{LEDGER}{part}"))).ok()).collect()
}

fn put(workspace: &Workspace, copy: &[Option<Vec<u8>>]) {
    for (part, octets) in PARTS.iter().zip(copy) {
        let path = workspace.path(&format!("{LEDGER}{part}"));
        let _ = fs::remove_file(&path);
        if let Some(octets) = octets {
            fs::write(path, octets).unwrap();
        }
    }
}

fn slow_server() -> Server {
    Server::builder()
        .script(|moment| match moment.at {
            At::Dot => Act::Wait(Duration::from_millis(3), Box::new(Act::Go)),
            _ => Act::Go,
        })
        .start()
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..30_000 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("{what}: not within half a minute");
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn assert_noticed(ran: &Ran) {
    assert_eq!(ran.code, Some(4), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains(NOTICED) && ran.stderr.contains("restore --decide unsent-in-doubt"), "{}", ran.stderr);
}

#[test]
fn yesterdays_ledger_put_back_by_hand_sends_nothing_until_a_person_decides() {
    let server = Server::builder().start();
    let workspace = Workspace::new(30, &relay(server.port(), 2));
    workspace.must(&["plan", "spring"]);
    assert_eq!(workspace.send(&["--limit", "10"]).code, Some(0));
    let yesterday = copy(&workspace);
    assert_eq!(workspace.send(&["--limit", "10"]).code, Some(0));
    let today = copy(&workspace);

    put(&workspace, &yesterday);
    for _ in 0..2 {
        assert_noticed(&workspace.send(&[]));
    }
    assert_noticed(&workspace.run(&["plan", "spring"]));
    // What stops mail, and what only looks, goes on.
    workspace.must(&["status", "spring"]);
    workspace.must(&["opt-out", "add", "person0@example.org", "--reason", "said so"]);
    workspace.must(&["pause", "spring"]);
    assert_eq!(server.stored().len(), 20, "nothing was handed over");

    // The newest ledger is all it takes, and it knows the opt-out.
    put(&workspace, &today);
    assert_eq!(workspace.send(&["--limit", "5"]).code, Some(0));
    assert_eq!(server.stored().len(), 25);
    let suppressed = workspace.must(&["opt-out", "check", "person0@example.org", "--format", "json"]).json();
    assert_eq!(suppressed.get("suppressed"), Some(&Value::Bool(true)));

    put(&workspace, &yesterday);
    assert_noticed(&workspace.send(&[]));
    let witness = fs::read(workspace.path(".convoke/witness")).unwrap();
    workspace.must(&["restore", "--decide", "unsent-in-doubt", "--reason", "the disk broke"]);
    // As if the process had died before the witness knew of the decision.
    fs::write(workspace.path(".convoke/witness"), witness).unwrap();
    let decided = workspace.send(&[]);
    assert_eq!(decided.code, Some(5), "{}", decided.stderr);
    let standing = workspace.status();
    assert_sum(&standing);
    assert_eq!((number(&standing, "accepted"), number(&standing, "in_doubt")), (10, 20));
    assert_eq!(server.stored().len(), 25, "nobody got a second copy");
    workspace.must(&["settle", "spring", "--in-doubt", "give-up", "--reason", "nobody knows"]);
    assert_eq!(workspace.send(&[]).code, Some(0));
    workspace.must(&["audit", "verify"]);

    // Now the other one is the wrong one.
    put(&workspace, &today);
    assert_noticed(&workspace.send(&[]));
}

#[test]
fn who_knows_that_nothing_was_sent_goes_on() {
    let server = Server::builder().start();
    let workspace = Workspace::new(12, &relay(server.port(), 2));
    workspace.must(&["plan", "spring"]);
    let planned = copy(&workspace);
    workspace.must(&["opt-out", "add", "person3@example.org", "--reason", "said so"]);
    put(&workspace, &planned);
    assert_noticed(&workspace.send(&[]));
    workspace.must(&["restore", "--decide", "nothing-sent", "--reason", "I copied the file before the first send"]);
    let sent = workspace.send(&[]);
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    let reached: Vec<String> = server.stored().into_iter().map(|entry| entry.recipient).collect();
    assert_eq!(reached.len(), 11, "the opt-out of the log holds: {reached:?}");
    assert!(!reached.iter().any(|address| address.starts_with("person3@")));
    let nothing = workspace.run(&["restore", "--decide", "nothing-sent", "--reason", "again"]);
    assert_eq!(nothing.code, Some(4), "{}", nothing.stderr);
}

#[test]
fn a_lost_wal_of_a_killed_sender_is_noticed() {
    let server = slow_server();
    let workspace = Workspace::new(60, &relay(server.port(), 3));
    workspace.must(&["plan", "spring"]);
    let sender = workspace.start_sending();
    wait_until("ten messages", || server.stored().len() >= 10);
    kill(sender);
    let left = copy(&workspace);
    for part in ["-wal", "-shm"] {
        fs::remove_file(workspace.path(&format!("{LEDGER}{part}"))).unwrap();
    }
    let stored = server.stored().len();
    assert_noticed(&workspace.send(&[]));
    assert_eq!(server.stored().len(), stored);
    // With it, the same ledger goes on as after any crash.
    put(&workspace, &left);
    let rest = workspace.send(&[]);
    assert!(!rest.stderr.contains(NOTICED) && rest.code != Some(4), "{}", rest.stderr);
}

#[test]
fn an_old_file_beside_the_newest_wal_is_refused_and_stays_as_it_is() {
    let server = slow_server();
    let workspace = Workspace::new(120, &relay(server.port(), 3));
    workspace.must(&["plan", "spring"]);
    let yesterday = fs::read(workspace.path(LEDGER)).unwrap();
    assert_eq!(workspace.send(&["--limit", "60"]).code, Some(0));
    let sender = workspace.start_sending();
    wait_until("seventy messages", || server.stored().len() >= 70);
    kill(sender);
    let newest = fs::read(workspace.path(LEDGER)).unwrap();
    let wal = fs::read(workspace.path(&format!("{LEDGER}-wal"))).unwrap();
    assert!(yesterday.len() < newest.len());
    fs::write(workspace.path(LEDGER), &yesterday).unwrap();
    for arguments in [&["send", "spring"][..], &["status", "spring"], &["plan", "spring"]] {
        let refused = workspace.run(arguments);
        assert_eq!(refused.code, Some(1), "{}", refused.stderr);
        assert!(refused.stderr.contains("do not belong together"), "{}", refused.stderr);
    }
    assert!(fs::read(workspace.path(LEDGER)).unwrap() == yesterday, "it was written to");
    assert!(fs::read(workspace.path(&format!("{LEDGER}-wal"))).unwrap() == wal, "it was written to");
    fs::write(workspace.path(LEDGER), newest).unwrap();
    let rest = workspace.send(&[]);
    assert!(rest.code == Some(0) || rest.code == Some(5), "{}", rest.stderr);
    let mut reached: Vec<String> = server.stored().into_iter().map(|entry| entry.recipient).collect();
    let all = reached.len();
    reached.sort();
    reached.dedup();
    assert_eq!(reached.len(), all, "somebody got two");
}

#[test]
fn a_ledger_of_another_machine_is_noticed() {
    let server = Server::builder().start();
    let [here, elsewhere] = [8, 9].map(|people| Workspace::new(people, &relay(server.port(), 1)));
    for workspace in [&here, &elsewhere] {
        workspace.must(&["plan", "spring"]);
        assert_eq!(workspace.send(&["--limit", "5"]).code, Some(0));
    }
    put(&here, &copy(&elsewhere));
    assert_noticed(&here.run(&["send", "spring", "--live", "--confirm", "9"]));
    assert_eq!(server.stored().len(), 10);
}

#[test]
fn a_ledger_that_is_gone_or_empty_is_refused() {
    let server = Server::builder().start();
    let workspace = Workspace::new(5, &relay(server.port(), 1));
    assert_eq!(workspace.send(&[]).code, Some(0));
    let sent = copy(&workspace);
    let log = fs::read(workspace.path(".convoke/opt-outs.log")).unwrap();
    put(&workspace, &[Some(Vec::new()), None, None]);
    let empty = workspace.send(&[]);
    assert_eq!(empty.code, Some(1));
    assert!(empty.stderr.contains("it is empty"), "{}", empty.stderr);
    for keeps_log in [true, false] {
        put(&workspace, &[None, None, None]);
        if !keeps_log {
            fs::remove_file(workspace.path(".convoke/opt-outs.log")).unwrap();
        }
        for arguments in [&["send", "spring"][..], &["status"]] {
            let gone = workspace.run(arguments);
            assert_eq!(gone.code, Some(1));
            assert!(gone.stderr.contains("the ledger is missing"), "{}", gone.stderr);
        }
    }
    put(&workspace, &sent);
    workspace.write(".convoke/opt-outs.log", std::str::from_utf8(&log).unwrap());
    assert_eq!(workspace.send(&[]).code, Some(0));
    assert_eq!(server.stored().len(), 5);
}

#[test]
fn without_a_witness_nothing_is_sent_and_what_stops_mail_still_does() {
    let server = Server::builder().start();
    let workspace = Workspace::new(10, &relay(server.port(), 2));
    workspace.must(&["plan", "spring"]);
    fs::remove_file(workspace.path(".convoke/witness")).unwrap();
    fs::create_dir(workspace.path(".convoke/witness")).unwrap();
    let stopped = workspace.send(&[]);
    assert_eq!(stopped.code, Some(1), "{}", stopped.stderr);
    assert!(stopped.stderr.contains(".convoke/witness: "), "{}", stopped.stderr);
    assert_eq!(server.log().len(), 0);
    workspace.must(&["opt-out", "add", "person3@example.org", "--reason", "said so"]);
    workspace.must(&["pause", "spring"]);
    fs::remove_dir(workspace.path(".convoke/witness")).unwrap();
    workspace.must(&["resume", "spring"]);
    // A missing one (of a workspace made by an earlier version) is made.
    let rest = workspace.send(&[]);
    assert!(rest.code == Some(0) || rest.code == Some(5), "{}", rest.stderr);
    assert!(workspace.path(".convoke/witness").is_file());
}

/// Lives cut short at random, with a copy of the ledger taken at a random moment of each: what the killed sender left is
/// never taken for an old copy, and the copy always is where the server was handed something that it does not know of.
/// `CONVOKE_SEED=17 cargo test --test send_witness killed` runs one again.
#[test]
fn killed_at_any_moment_no_alarm_is_false_and_none_is_missed() {
    let seeds = match std::env::var("CONVOKE_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => seed..seed + 1,
        None if std::env::var_os("CONVOKE_LONG").is_some() => 0..500,
        None => 0..25,
    };
    let many = seeds.end - seeds.start;
    let (mut noticed, mut deaths) = (0, 0);
    for seed in seeds {
        let (found, died) = one_seed(seed);
        noticed += found;
        deaths += died;
    }
    assert!(many == 1 || (noticed > many && deaths > many), "{noticed} old copies noticed, {deaths} deaths");
    println!("{many} campaigns: {noticed} old copies noticed, {deaths} deaths");
}

fn one_seed(seed: u64) -> (u64, u64) {
    let mut chance = Chance(seed);
    let server = slow_server();
    let settings = relay(server.port(), 4).replacen("[relay]\n", "[relay]\nwindow = 2\n", 1);
    let workspace = Workspace::new(60, &settings);
    workspace.must(&["plan", "spring"]);
    let (mut noticed, mut deaths) = (0, 0);
    for _ in 0..3 {
        let before = server.stored().len();
        let mut life = workspace.start_sending();
        let first = before + chance.below(8) as usize;
        wait_until("messages", || server.stored().len() >= first || life.try_wait().unwrap().is_some());
        signal(&life, "-STOP");
        wait_until("a stop", || is_stopped(life.id()));
        let taken = copy(&workspace);
        signal(&life, "-CONT");
        let second = server.stored().len() + chance.below(8) as usize;
        wait_until("more messages", || server.stored().len() >= second || life.try_wait().unwrap().is_some());
        std::thread::sleep(Duration::from_micros(chance.below(3_000)));
        life.kill().unwrap();
        deaths += u64::from(life.wait().unwrap().code().is_none());

        let handed_over = server.log().len();
        let ours = tempfile::tempdir().unwrap();
        let old = tempfile::tempdir().unwrap();
        for (folder, ledger) in [(&ours, &copy(&workspace)), (&old, &taken)] {
            copy_private(&workspace, folder.path(), ledger);
        }
        assert!(!is_to_be_decided(ours.path()), "seed {seed}: a killed sender's own ledger was taken for an old copy");
        let is_noticed = is_to_be_decided(old.path());
        let known = attempts(old.path());
        assert!(
            is_noticed || handed_over <= known,
            "seed {seed}: {handed_over} messages were handed over, the copy knows of {known}, and nobody noticed"
        );
        noticed += u64::from(is_noticed);
    }
    (noticed, deaths)
}

/// Another workspace with the private state of this one, and this ledger.
fn copy_private(workspace: &Workspace, folder: &Path, ledger: &[Option<Vec<u8>>]) {
    fs::create_dir_all(folder.join(".convoke/keys")).unwrap();
    for file in ["convoke.toml", ".convoke/witness", ".convoke/opt-outs.log", ".convoke/keys/workspace.key"] {
        fs::copy(workspace.path(file), folder.join(file)).unwrap();
    }
    // As cp would: without the shared memory, which belongs to processes.
    for (part, octets) in PARTS.iter().zip(ledger).filter(|(part, _)| **part != "-shm") {
        if let Some(octets) = octets {
            fs::write(folder.join(format!("{LEDGER}{part}")), octets).unwrap();
        }
    }
}

/// Whether a decision is asked for here; it is made then.
fn is_to_be_decided(folder: &Path) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_convoke"));
    command.current_dir(folder).args(["restore", "--decide", "nothing-sent", "--reason", "a test"]);
    let ran = Ran::from(command.output().unwrap());
    match ran.code {
        Some(0) => true,
        Some(4) if ran.stderr.contains("nothing is to be decided") => false,
        _ => panic!("{}", ran.stderr),
    }
}

/// Attempts that a ledger knows of.
fn attempts(folder: &Path) -> usize {
    let ledger = rusqlite::Connection::open(folder.join(LEDGER)).unwrap();
    ledger.query_row("SELECT count(*) FROM attempt", [], |row| row.get(0)).unwrap()
}

fn signal(child: &Child, name: &str) {
    // One that has ended takes no signal.
    Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
}

/// Whether all of a process stands still, or it has ended.
fn is_stopped(process: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return true };
    threads.filter_map(Result::ok).all(|thread| {
        let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with(['T', 'Z', 'X']))
    })
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
