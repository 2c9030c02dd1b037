//! `convoke backup` and `restore` when things go wrong: killed at random moments, two at once, no room, a hostile file.
//! After each: nothing usable or everything, and nobody gets two.
//!
//! `CONVOKE_SEED=17 cargo test --test backup_faults` runs one seed alone.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]
#![allow(clippy::disallowed_methods, reason = "these tests measure real time")]

use std::fs;
use std::io::{Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use convoke::files::archive::{self, ArchiveError};
use convoke::files::send_lock::SendLock;
use jiff::Timestamp;
use proptest::prelude::*;
use secrecy::SecretString;

#[path = "support/smtp_server.rs"]
mod smtp_server;
#[path = "support/workspace.rs"]
mod workspace;
use smtp_server::{Act, At, Server};
use workspace::{OUTBOX, Workspace, assert_sum, number, relay};

const PASSPHRASE: &str = "tin roof lantern quarry";

fn secret() -> SecretString {
    SecretString::from(PASSPHRASE)
}

fn convoke(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_convoke"));
    command.current_dir(folder).env("BACKUP_PASSPHRASE", PASSPHRASE).args(["--as", "lin"]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    convoke(folder, arguments).output().unwrap()
}

fn must(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const WITH: [&str; 2] = ["--passphrase-env", "BACKUP_PASSPHRASE"];

fn back_up(folder: &Path, archive: &Path, more: &[&str]) {
    must(folder, &[&["backup", archive.to_str().unwrap()], more, &WITH].concat());
}

fn restore(archive: &Path) -> Vec<&str> {
    vec!["restore", archive.to_str().unwrap(), WITH[0], WITH[1]]
}

fn status(folder: &Path) -> serde_json::Value {
    serde_json::from_str(&must(folder, &["status", "spring", "--format", "json"])).unwrap()
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

/// What an age file holds.
fn open(sealed: &[u8]) -> Vec<u8> {
    let identity = age::scrypt::Identity::new(secret());
    let decryptor = age::Decryptor::new_buffered(sealed).unwrap();
    let mut tar = Vec::new();
    decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).unwrap().read_to_end(&mut tar).unwrap();
    tar
}

/// An age file whose passphrase costs little to try.
fn seal(tar: &[u8]) -> Vec<u8> {
    let mut recipient = age::scrypt::Recipient::new(secret());
    recipient.set_work_factor(4);
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient)).unwrap();
    let mut sealed = Vec::new();
    let mut writer = encryptor.wrap_output(&mut sealed).unwrap();
    writer.write_all(tar).unwrap();
    writer.finish().unwrap();
    sealed
}

/// A backup of eight people planned for, three of them sent to, that opens quickly.
fn quick_archive() -> &'static [u8] {
    static ARCHIVE: OnceLock<Vec<u8>> = OnceLock::new();
    ARCHIVE.get_or_init(|| {
        let workspace = Workspace::new(8, OUTBOX);
        workspace.must(&["plan", "spring"]);
        workspace.send(&["--limit", "3"]);
        let shelf = tempfile::tempdir().unwrap();
        let archive = shelf.path().join("all.backup");
        back_up(&workspace.path(""), &archive, &[]);
        seal(&open(&fs::read(archive).unwrap()))
    })
}

/// A shelf with [`quick_archive`] on it.
fn shelf() -> (tempfile::TempDir, PathBuf) {
    let shelf = tempfile::tempdir().unwrap();
    let archive = shelf.path().join("all.backup");
    fs::write(&archive, quick_archive()).unwrap();
    (shelf, archive)
}

fn seeds(usual: Range<u64>) -> Range<u64> {
    match std::env::var("CONVOKE_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => seed..seed + 1,
        None => usual,
    }
}

/// A moment within `span` that is the seed's.
fn moment(seed: u64, span: Duration) -> Duration {
    let mixed = (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    span * u32::try_from(mixed & 0xffff).unwrap() / 0x1_0000
}

/// How long something takes here and now.
fn duration_of(act: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    act();
    begun.elapsed()
}

#[test]
fn a_copy_taken_while_a_sender_runs_is_whole_and_what_was_on_its_way_is_in_doubt() {
    let server = Server::builder()
        .script(|moment| match moment.at {
            At::Dot => Act::Wait(Duration::from_millis(120), Box::new(Act::Go)),
            _ => Act::Go,
        })
        .start();
    let workspace = Workspace::new(120, &relay(server.port(), 4));
    workspace.must(&["plan", "spring"]);
    let mut sender = workspace.start_sending();
    let begun = Instant::now();
    while server.stored().len() < 10 {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing is sent");
        std::thread::sleep(Duration::from_millis(2));
    }
    let shelf = tempfile::tempdir().unwrap();
    let archive = shelf.path().join("all.backup");
    back_up(&workspace.path(""), &archive, &[]);
    assert!(sender.wait().unwrap().success());
    assert_eq!(server.stored().len(), 120, "the sender went on");

    let new = tempfile::tempdir().unwrap();
    must(new.path(), &restore(&archive));
    must(new.path(), &["audit", "verify"]);
    let standing = status(new.path());
    assert_sum(&standing);
    let (accepted, doubtful) = (number(&standing, "accepted"), number(&standing, "in_doubt"));
    assert!((1..120).contains(&accepted), "{standing}");
    assert!((1..=4).contains(&doubtful), "one a connection at most: {standing}");
    must(new.path(), &["restore", "--decide", "unsent-in-doubt", "--reason", "it went on"]);
    assert_eq!(number(&status(new.path()), "in_doubt"), 120 - accepted);
    run(new.path(), &["send", "spring", "--live", "--confirm", "120"]);
    assert_eq!(server.stored().len(), 120, "nobody gets a second");
}

#[test]
fn a_restore_killed_at_any_moment_leaves_nothing_usable_or_everything() {
    let (_shelf, archive) = shelf();
    let arguments = restore(&archive);
    let warm = tempfile::tempdir().unwrap();
    let span = duration_of(|| drop(must(warm.path(), &arguments)));
    let (mut begun, mut complete) = (0, 0);
    for seed in seeds(0..25) {
        let new = tempfile::tempdir().unwrap();
        for life in 0..2 {
            let mut child = convoke(new.path(), &arguments).spawn().unwrap();
            std::thread::sleep(moment(seed * 2 + life, span));
            child.kill().unwrap();
            child.wait().unwrap();
            let output = run(new.path(), &["send", "spring", "--live", "--confirm", "8"]);
            assert!(!output.status.success(), "{seed}: {}", said(&output));
            assert!(!new.path().join(".convoke/outbox").exists(), "{seed}: nothing is sent from a half");
            begun += u32::from(new.path().join(".convoke/restoring").exists());
        }
        let again = run(new.path(), &arguments);
        match again.status.code() {
            Some(0) => {}
            Some(4) => complete += 1,
            _ => panic!("{seed}: {}", said(&again)),
        }
        assert!(!new.path().join(".convoke/restoring").exists(), "{seed}");
        must(new.path(), &["audit", "verify"]);
        let standing = status(new.path());
        assert_eq!((number(&standing, "accepted"), number(&standing, "unsent")), (3, 5), "{seed}");
        let output = run(new.path(), &["send", "spring", "--live", "--confirm", "8"]);
        assert_eq!(output.status.code(), Some(4), "{seed}: it waits for a decision: {}", said(&output));
        if seed % 8 == 0 {
            must(new.path(), &["restore", "--decide", "nothing-sent", "--reason", "a test"]);
            must(new.path(), &["send", "spring", "--live", "--confirm", "8"]);
            assert_eq!(number(&status(new.path()), "accepted"), 8, "{seed}");
        }
    }
    println!("{begun} deaths with the mark set, {complete} restores that were complete before");
    // A test in which nobody dies in the middle would prove nothing.
    assert!(std::env::var_os("CONVOKE_SEED").is_some() || begun > 2, "only {begun} deaths in the middle");
}

#[test]
fn a_backup_killed_at_any_moment_leaves_the_older_one_or_a_whole_one_and_no_copy_of_the_ledger() {
    let workspace = Workspace::new(8, OUTBOX);
    workspace.must(&["plan", "spring"]);
    let root = workspace.path("");
    let (_shelf, archive) = shelf();
    let arguments = [&["backup", archive.to_str().unwrap(), "--force"][..], &WITH].concat();
    let span = duration_of(|| drop(must(&root, &arguments)));
    let mut before = fs::read(&archive).unwrap();
    let mut replaced = 0;
    for seed in seeds(0..12) {
        let mut child = convoke(&root, &arguments).spawn().unwrap();
        std::thread::sleep(moment(seed, span));
        child.kill().unwrap();
        child.wait().unwrap();
        let after = fs::read(&archive).unwrap();
        if after != before {
            let folder = tempfile::tempdir().unwrap();
            archive::unpack(&archive, folder.path(), &secret()).unwrap();
            before = after;
            replaced += 1;
        }
    }
    println!("{replaced} backups were complete before they were killed");
    must(&root, &arguments);
    assert!(!workspace.path(".convoke/backup").exists(), "what a killed backup left is gone");
    workspace.must(&["audit", "verify"]);
}

#[test]
fn beside_a_sender_nothing_is_restored_and_of_several_restores_one_is_done() {
    let (_shelf, archive) = shelf();
    let arguments = restore(&archive);
    let new = tempfile::tempdir().unwrap();
    let private = new.path().join(".convoke");
    fs::create_dir(&private).unwrap();
    let lock = SendLock::take(&private.join("send.lock"), Timestamp::from_second(1_900_000_000).unwrap()).unwrap();
    let refused = run(new.path(), &arguments);
    assert_eq!(refused.status.code(), Some(4), "{}", said(&refused));
    assert!(said(&refused).contains(&format!("process {}", std::process::id())), "{}", said(&refused));
    assert_eq!(fs::read_dir(&private).unwrap().count(), 1, "the lock alone");
    assert_eq!(fs::read_dir(new.path()).unwrap().count(), 1);
    drop(lock);

    let many: Vec<_> = (0..6).map(|_| convoke(new.path(), &arguments).spawn().unwrap()).collect();
    let outputs: Vec<Output> = many.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    let done = outputs.iter().filter(|output| output.status.success()).count();
    let refused = outputs.iter().filter(|output| output.status.code() == Some(4)).count();
    assert_eq!((done, refused), (1, 5), "{:?}", outputs.iter().map(said).collect::<Vec<_>>());
    must(new.path(), &["audit", "verify"]);
    assert_eq!(number(&status(new.path()), "unsent"), 5);
}

#[test]
fn the_outbox_comes_along_only_where_it_is_asked_for() {
    let workspace = Workspace::new(3, OUTBOX);
    workspace.must(&["plan", "spring"]);
    workspace.send(&[]);
    let shelf = tempfile::tempdir().unwrap();
    for (more, is_meant) in [(&[][..], false), (&["--with-outbox"], true)] {
        let archive = shelf.path().join(format!("{}.backup", more.len()));
        back_up(&workspace.path(""), &archive, more);
        let new = tempfile::tempdir().unwrap();
        must(new.path(), &restore(&archive));
        assert_eq!(new.path().join(".convoke/outbox").exists(), is_meant);
        if is_meant {
            for entry in fs::read_dir(workspace.path(".convoke/outbox/spring")).unwrap().map(Result::unwrap) {
                let copy = new.path().join(".convoke/outbox/spring").join(entry.file_name());
                assert_eq!(fs::read(entry.path()).unwrap(), fs::read(&copy).unwrap(), "{}", copy.display());
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn where_there_is_no_room_that_is_said_and_no_half_stays() {
    /// Files may have so many octets; a larger one cannot be written, as on a full disk.
    fn limited(folder: &Path, octets: u64, arguments: &[&str]) -> Output {
        let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", octets.div_ceil(512));
        let mut command = Command::new("sh");
        command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_convoke"), "--as", "lin"]).args(arguments);
        command.current_dir(folder).env("BACKUP_PASSPHRASE", PASSPHRASE).stdin(Stdio::null()).output().unwrap()
    }
    let workspace = Workspace::new(8, OUTBOX);
    workspace.must(&["plan", "spring"]);
    let shelf = tempfile::tempdir().unwrap();
    let archive = shelf.path().join("all.backup");
    let ledger = fs::metadata(workspace.path(".convoke/ledger.db")).unwrap().len();
    // No room for the copy of the ledger; room for the copy, and none for the archive, which holds more.
    for octets in [ledger / 2, ledger + 1024] {
        let arguments = [&["backup", archive.to_str().unwrap()][..], &WITH].concat();
        let output = limited(&workspace.path(""), octets, &arguments);
        assert_eq!(output.status.code(), Some(1), "{octets}: {}", said(&output));
        let expected = if octets < ledger { "help: make room" } else { "too large" };
        assert!(said(&output).to_lowercase().contains(expected), "{octets}: {}", said(&output));
        assert!(is_empty(shelf.path()), "{octets}");
        assert!(!workspace.path(".convoke/backup").exists(), "{octets}");
    }
    back_up(&workspace.path(""), &archive, &[]);
    for octets in [512, 20 * 1024, ledger / 2] {
        let new = tempfile::tempdir().unwrap();
        let output = limited(new.path(), octets, &restore(&archive));
        assert_eq!(output.status.code(), Some(1), "{octets}: {}", said(&output));
        assert!(said(&output).to_lowercase().contains("too large"), "{octets}: {}", said(&output));
        assert!(is_empty(new.path()), "{octets}: {}", said(&output));
    }
}

/// A tar archive of one member whose header says what it likes.
fn tar_of(name: &str, kind: tar::EntryType, size: u64, content: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_path(name).unwrap();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_cksum();
    let mut tar = header.as_bytes().to_vec();
    tar.extend_from_slice(content);
    tar.resize(tar.len().next_multiple_of(512) + 1024, 0);
    tar
}

#[test]
fn a_file_that_claims_too_much_or_comes_from_a_newer_version_is_refused_at_once() {
    let newer = br#"{"version":2,"anything":["that","a","later","version","says"]}"#;
    let costly = b"age-encryption.org/v1\n-> scrypt bBjlhJVYZeE4aqUdmtRHfw 40\n\
        ZV/AhotwSGqaPCU43cepl4WYUouAa17a3xpu4G2yi5k\n--- fgMiVLJHMlg9fW7CVG/hPS5EAU4Zeg19LyCP7SoH5nA\n0123456789abcdef";
    let huge = 1 << 60;
    let cases = [
        ("newer", seal(&tar_of("manifest.json", tar::EntryType::Regular, newer.len() as u64, newer)), "newer Convoke"),
        ("huge file", seal(&tar_of("big", tar::EntryType::Regular, huge, b"little")), "no whole backup"),
        ("huge manifest", seal(&tar_of("manifest.json", tar::EntryType::Regular, huge, b"{}")), "no whole backup"),
        ("sparse", seal(&tar_of("sparse", tar::EntryType::GNUSparse, huge, b"")), "no whole backup"),
        ("long name", seal(&tar_of("name", tar::EntryType::GNULongName, huge, b"a")), "no whole backup"),
        ("costly passphrase", costly.to_vec(), "no whole backup"),
        ("not age", b"PK\x03\x04 something else".to_vec(), "no whole backup"),
        ("nothing in it", seal(&[0; 1024]), "no whole backup"),
    ];
    let shelf = tempfile::tempdir().unwrap();
    let archive = shelf.path().join("hostile.backup");
    for (what, octets, expected) in cases {
        fs::write(&archive, octets).unwrap();
        let new = tempfile::tempdir().unwrap();
        let begun = Instant::now();
        let output = run(new.path(), &restore(&archive));
        assert_eq!(output.status.code(), Some(1), "{what}: {}", said(&output));
        assert!(said(&output).contains(expected), "{what}: {}", said(&output));
        assert!(is_empty(new.path()), "{what}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{what} took {:?}", begun.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_flipped_bit_or_a_cut_anywhere_is_noticed(at in any::<prop::sample::Index>(), bit in 0..8_u32, is_cut: bool) {
        let mut octets = quick_archive().to_vec();
        let at = at.index(octets.len());
        if is_cut { octets.truncate(at) } else { octets[at] ^= 1 << bit }
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("damaged");
        fs::write(&archive, octets).unwrap();
        let unpacked = folder.path().join("unpacked");
        let error = archive::unpack(&archive, &unpacked, &secret()).unwrap_err();
        prop_assert!(matches!(error, ArchiveError::Damaged(..) | ArchiveError::Passphrase(_)), "{error}");
    }
}
