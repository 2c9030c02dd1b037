//! `convoke backup` and `restore`: everything comes back, nobody gets two, an opt-out is never lost, no half is usable.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

#[path = "support/command.rs"]
mod command;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use command::{Workspace, text};
use convoke::cli::restore::steps::{Restoring, STEPS};
use convoke::domain::suppression::{Reason, Suppression};
use convoke::engine::ports::{Contacts, Suppressions};
use jiff::Timestamp;
use secrecy::SecretString;

const PASSPHRASE: &str = "tin roof lantern quarry";

const CAMPAIGN: &str = r#"
title = "Come to the forum"
topic = "forum"
purpose = "invitation to the forum"
template = "invitation"
inputs.contacts = [{ file = "contacts.csv", source = "made-up", basis = "consent" }]
[[audience]]
where = { stakeholder = ["Government"] }
"#;

/// Five people planned for; two of them were sent to.
fn workspace() -> Workspace {
    let workspace = Workspace::new();
    let campaign = workspace.path().join("campaigns/forum");
    fs::create_dir_all(&campaign).unwrap();
    // Decisions about values are among a plan's inputs, and no file.
    let mut settings = fs::read_to_string(workspace.path().join("convoke.toml")).unwrap();
    settings.push_str("\n[tiers]\ncommunity_if_attended_last = 3\n\n[countries]\n\"Congo\" = \"CD\"\n");
    fs::write(workspace.path().join("convoke.toml"), settings).unwrap();
    fs::write(campaign.join("campaign.toml"), CAMPAIGN).unwrap();
    let people: String = (1..=5).map(|n| format!("p{n}@example.org,P{n},Example,Net {n},Government,KE,en\n")).collect();
    let header = "email,given_name,family_name,organisation,stakeholder_group,country,language\n";
    fs::write(campaign.join("contacts.csv"), format!("{header}{people}")).unwrap();
    let template = workspace.path().join("templates/invitation");
    fs::create_dir_all(&template).unwrap();
    fs::write(template.join("en.md"), "+++\nsubject = 'Come'\n+++\nDear {{given_name}},\n\nplease come.\n").unwrap();
    workspace.json(&["plan", "forum"]);
    workspace.expect(0, &["send", "forum", "--live", "--limit", "2"]);
    workspace
}

fn with_passphrase(folder: &Path, passphrase: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_convoke"))
        .current_dir(folder)
        .env("BACKUP_PASSPHRASE", passphrase)
        .args(["--as", "lin"])
        .args(arguments)
        .args(["--passphrase-env", "BACKUP_PASSPHRASE"])
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn must(folder: &Path, arguments: &[&str]) -> String {
    let output = with_passphrase(folder, PASSPHRASE, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// A backup of the workspace in a file outside it.
fn backup(workspace: &Workspace) -> tempfile::TempDir {
    let shelf = tempfile::tempdir().unwrap();
    must(workspace.path(), &["backup", shelf.path().join("all.backup").to_str().unwrap()]);
    shelf
}

fn empty() -> Workspace {
    let workspace = Workspace::new();
    fs::remove_file(workspace.path().join("convoke.toml")).unwrap();
    workspace
}

fn in_outbox(workspace: &Workspace) -> usize {
    let Ok(entries) = fs::read_dir(workspace.path().join(".convoke/outbox/forum")) else { return 0 };
    entries.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|e| e == "eml")).count()
}

/// Addresses that the outbox has a message for.
fn recipients(workspace: &Workspace) -> Vec<String> {
    let entries = fs::read_dir(workspace.path().join(".convoke/outbox/forum")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "json"));
    paths
        .map(|path| serde_json::from_slice::<serde_json::Value>(&fs::read(path).unwrap()).unwrap())
        .map(|envelope| envelope["rcpt_to"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn on_another_machine_everything_is_there_and_nothing_leaves_before_a_decision() {
    let old = workspace();
    let shelf = backup(&old);
    let archive = shelf.path().join("all.backup");
    old.expect(0, &["send", "forum", "--live"]);
    assert_eq!(in_outbox(&old), 5);

    let new = empty();
    must(new.path(), &["restore", archive.to_str().unwrap()]);
    for file in
        ["convoke.toml", "campaigns/forum/campaign.toml", "campaigns/forum/contacts.csv", ".convoke/keys/workspace.key"]
    {
        assert_eq!(fs::read(old.path().join(file)).unwrap(), fs::read(new.path().join(file)).unwrap(), "{file}");
    }
    new.expect(0, &["audit", "verify"]);
    let status = new.json(&["status", "forum"]);
    assert_eq!((&status["accepted"], &status["unsent"]), (&2.into(), &3.into()));

    let refused = new.run(&["send", "forum", "--live"]);
    assert_eq!(refused.status.code(), Some(4), "{}", text(&refused.stderr));
    assert!(text(&refused.stderr).contains("convoke restore --decide"), "{}", text(&refused.stderr));
    assert_eq!(in_outbox(&new), 0);

    new.expect(0, &["restore", "--decide", "unsent-in-doubt", "--reason", "the old machine went on"]);
    assert_eq!(new.json(&["status", "forum"])["in_doubt"], 3);
    new.run(&["send", "forum", "--live"]);
    assert_eq!(in_outbox(&new), 0, "whoever may have got one gets no second");
    new.expect(0, &["settle", "forum", "--in-doubt", "sent", "--reason", "the relay's log"]);
    let status = new.json(&["status", "forum"]);
    assert_eq!((&status["accepted"], &status["in_doubt"]), (&5.into(), &0.into()));
    new.expect(0, &["audit", "verify"]);
    assert_eq!(new.run(&["restore", "--decide", "nothing-sent", "--reason", "again"]).status.code(), Some(4));
}

#[test]
fn on_an_emptied_folder_the_rest_is_sent_once_a_person_says_that_nothing_was() {
    let workspace = workspace();
    let shelf = backup(&workspace);
    for entry in fs::read_dir(workspace.path()).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { fs::remove_dir_all(entry).unwrap() } else { fs::remove_file(entry).unwrap() }
    }
    must(workspace.path(), &["restore", shelf.path().join("all.backup").to_str().unwrap()]);
    workspace.expect(0, &["restore", "--decide", "nothing-sent", "--reason", "the folder was emptied at once"]);
    workspace.expect(0, &["send", "forum", "--live"]);
    assert_eq!(in_outbox(&workspace), 3, "the other two had theirs before");
    workspace.expect(0, &["audit", "verify"]);
}

#[test]
fn an_opt_out_after_the_backup_survives_a_restore_over_the_old_folder() {
    let workspace = workspace();
    let shelf = backup(&workspace);
    let archive = shelf.path().join("all.backup");
    let archive = archive.to_str().unwrap();
    // Somebody whose message has not left yet.
    let sent = recipients(&workspace);
    let who = (1..=5).map(|n| format!("p{n}@example.org")).find(|address| !sent.contains(address)).unwrap();
    workspace.expect(0, &["opt-out", "add", &who]);
    let refused = with_passphrase(workspace.path(), PASSPHRASE, &["restore", archive]);
    assert_eq!(refused.status.code(), Some(4), "there is a ledger: {}", text(&refused.stderr));
    fs::remove_file(workspace.ledger_file()).unwrap();
    must(workspace.path(), &["restore", archive]);
    assert!(workspace.expect(0, &["--format", "json", "opt-out", "check", &who]).contains("\"suppressed\":true"));
    workspace.expect(0, &["restore", "--decide", "nothing-sent", "--reason", "known"]);
    workspace.run(&["send", "forum", "--live"]);
    assert_eq!(in_outbox(&workspace), 4, "two before, two now, nobody who opted out");
    assert!(!recipients(&workspace).contains(&who));
    workspace.expect(0, &["audit", "verify"]);
}

#[test]
fn whoever_was_forgotten_after_the_backup_is_gone_again_after_the_restore() {
    let workspace = workspace();
    let shelf = backup(&workspace);
    let (keys, mut ledger) = workspace.state();
    let address = convoke::domain::address::EmailAddress::parse("p5@example.org").unwrap();
    let key = keys.address_key(&address.normalised());
    let now = Timestamp::from_second(1_900_000_000).unwrap();
    let erased = Suppression {
        key,
        topic: "*".into(),
        reason: Reason::Erased,
        address: String::new(),
        note: String::new(),
        since: now,
        source: "their wish".into(),
    };
    ledger.suppress(&[erased], now).unwrap();
    drop(ledger);
    fs::remove_file(workspace.ledger_file()).unwrap();
    must(workspace.path(), &["restore", shelf.path().join("all.backup").to_str().unwrap()]);
    let mut left = 0;
    workspace
        .state()
        .1
        .each_contact(&mut |contact| left += usize::from(contact.address.to_string() == "p5@example.org"))
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn a_restore_stopped_after_any_step_is_unusable_until_it_is_run_again() {
    let old = workspace();
    let shelf = backup(&old);
    let archive = shelf.path().join("all.backup");
    for done in 1..STEPS.len() {
        let new = empty();
        let passphrase = SecretString::from(PASSPHRASE);
        let now = Timestamp::from_second(1_900_000_000).unwrap();
        let mut restoring = Restoring::new(new.path(), &archive, passphrase, "lin", now).unwrap();
        for step in &STEPS[..done] {
            restoring.run(*step).unwrap();
        }
        drop(restoring);
        let last = STEPS[done - 1];
        for arguments in [&["send", "forum", "--live"][..], &["plan", "forum"], &["opt-out", "list"]] {
            let output = new.run(arguments);
            assert!(matches!(output.status.code(), Some(2 | 4)), "{last:?} {arguments:?}: {}", text(&output.stderr));
        }
        assert_eq!(in_outbox(&new), 0);
        must(new.path(), &["restore", archive.to_str().unwrap()]);
        assert_eq!(new.run(&["send", "forum", "--live"]).status.code(), Some(4), "{last:?}");
        new.expect(0, &["audit", "verify"]);
        assert_eq!(new.json(&["status", "forum"])["unsent"], 3);
    }
}

#[test]
fn a_wrong_passphrase_and_a_damaged_file_leave_nothing_behind() {
    let old = workspace();
    let shelf = backup(&old);
    let archive = shelf.path().join("all.backup");
    let whole = fs::read(&archive).unwrap();
    let damaged = shelf.path().join("damaged.backup");
    let mut cases = vec![("wrong passphrase".to_owned(), whole.clone(), "something else entirely")];
    for at in [0, 30, 100, 180, 400, whole.len() / 2, whole.len() - 1] {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        cases.push((format!("a bit at {at}"), flipped, PASSPHRASE));
        cases.push((format!("cut at {at}"), whole[..at].to_vec(), PASSPHRASE));
    }
    cases.push(("octets after the end".to_owned(), [&whole[..], b"more"].concat(), PASSPHRASE));
    for (what, octets, passphrase) in cases {
        fs::write(&damaged, octets).unwrap();
        let new = empty();
        let output = with_passphrase(new.path(), passphrase, &["restore", damaged.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1), "{what}: {}", text(&output.stderr));
        assert_eq!(fs::read_dir(new.path()).unwrap().count(), 0, "{what}");
    }
}

#[test]
fn an_archive_that_reaches_out_of_its_folder_is_refused() {
    for (name, kind) in [
        ("../escaped", tar::EntryType::Regular),
        ("/tmp/escaped", tar::EntryType::Regular),
        ("a/../../escaped", tar::EntryType::Regular),
        ("link", tar::EntryType::Symlink),
        ("link", tar::EntryType::Link),
        ("folder", tar::EntryType::Directory),
        ("device", tar::EntryType::Char),
    ] {
        let shelf = tempfile::tempdir().unwrap();
        let archive = shelf.path().join("hostile.backup");
        let mut recipient = age::scrypt::Recipient::new(SecretString::from(PASSPHRASE));
        recipient.set_work_factor(10);
        let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient)).unwrap();
        let sealed = encryptor.wrap_output(fs::File::create(&archive).unwrap()).unwrap();
        let mut tar = tar::Builder::new(sealed);
        let mut header = tar::Header::new_gnu();
        // The crate refuses such names where it can: they are written as octets.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        if matches!(kind, tar::EntryType::Symlink | tar::EntryType::Link) {
            header.set_link_name("/etc/hostname").unwrap();
        }
        header.set_size(0);
        header.set_cksum();
        tar.append(&header, &b""[..]).unwrap();
        tar.into_inner().unwrap().finish().unwrap();
        let new = empty();
        let output = with_passphrase(new.path(), PASSPHRASE, &["restore", archive.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1), "{name}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains("no backup holds"), "{name}: {}", text(&output.stderr));
        assert_eq!(fs::read_dir(new.path()).unwrap().count(), 0, "{name}");
    }
}

#[test]
fn a_backup_is_private_never_overwrites_and_wants_a_long_passphrase() {
    let workspace = workspace();
    let shelf = backup(&workspace);
    let archive = shelf.path().join("all.backup");
    let archive = archive.to_str().unwrap();
    let before = fs::read(archive).unwrap();
    let stanza = String::from_utf8_lossy(before.splitn(3, |octet| *octet == b'\n').nth(1).unwrap()).into_owned();
    assert!(stanza.starts_with("-> scrypt ") && stanza.ends_with(" 18"), "256 MiB to open it, anywhere: {stanza}");
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(archive).unwrap().permissions()) & 0o777, 0o600);
    assert_eq!(with_passphrase(workspace.path(), PASSPHRASE, &["backup", archive]).status.code(), Some(2));
    let short = shelf.path().join("short.backup");
    assert_eq!(
        with_passphrase(workspace.path(), "too short", &["backup", short.to_str().unwrap()]).status.code(),
        Some(2)
    );
    assert!(!short.exists());
    assert_eq!(workspace.run(&["backup", short.to_str().unwrap()]).status.code(), Some(2), "nobody can be asked");
    assert_eq!(fs::read(archive).unwrap(), before);
    must(workspace.path(), &["backup", archive, "--force"]);
    assert!(!before.windows(11).any(|octets| octets == b"example.org"), "nothing in it can be read");
    assert!(!workspace.path().join(".convoke/backup").exists(), "no copy of the ledger lies about");
}

#[test]
fn a_ledger_without_its_key_refuses_and_another_workspaces_key_is_not_replaced() {
    let workspace = workspace();
    let shelf = backup(&workspace);
    let key = workspace.path().join(".convoke/keys/workspace.key");
    fs::remove_file(&key).unwrap();
    assert_eq!(workspace.run(&["send", "forum", "--live"]).status.code(), Some(1));
    fs::write(&key, format!("{}\n", "ab".repeat(32))).unwrap();
    fs::remove_file(workspace.ledger_file()).unwrap();
    let output =
        with_passphrase(workspace.path(), PASSPHRASE, &["restore", shelf.path().join("all.backup").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
    assert!(!workspace.ledger_file().exists());
}
