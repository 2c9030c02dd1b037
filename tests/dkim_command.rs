//! From `convoke dkim new` to signatures that dkimpy verifies with the record it printed, at every place a message leaves.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

#[path = "support/judge.rs"]
mod judge;
#[path = "support/postfix.rs"]
mod postfix;
#[path = "support/sink.rs"]
mod sink;
#[path = "support/smtp_server.rs"]
mod smtp_server;
#[path = "support/workspace.rs"]
mod workspace;
use postfix::Postfix;
use sink::Sink;
use smtp_server::{Act, At, Server};
use workspace::{OUTBOX, Ran, Workspace, number, relay};

/// Makes keys of these types, adds their lines to the settings, and gives their records.
fn with_keys(workspace: &Workspace, relay: &str, types: &[&str]) -> Value {
    let (mut settings, mut records) = (relay.to_owned(), serde_json::Map::new());
    for kind in types {
        let made = workspace.must(&["dkim", "new", "--type", kind, "--format", "json"]).json();
        settings.push_str(made["settings"].as_str().unwrap());
        records.insert(made["record"]["name"].as_str().unwrap().to_owned(), made["record"]["value"].clone());
    }
    workspace.settings(&settings);
    Value::Object(records)
}

fn messages_in(folder: &Path) -> Vec<Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|e| e == "eml")).map(|path| fs::read(path).unwrap()).collect()
}

#[track_caller]
fn assert_signed(records: &Value, messages: &[Vec<u8>], count: usize) {
    assert_eq!(messages.len(), count);
    let each = vec![json!(true); records.as_object().unwrap().len()];
    for verdict in judge::dkim_verdicts(records, messages.iter().map(Vec::as_slice)) {
        assert_eq!(verdict, json!(each));
    }
}

fn codes(check: &Ran, what: &str) -> Vec<String> {
    let found = check.json()[what].as_array().unwrap().clone();
    found.iter().map(|problem| problem["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_new_key_is_private_and_its_record_and_settings_can_be_copied() {
    let workspace = Workspace::new(1, OUTBOX);
    let made = workspace.must(&["dkim", "new", "--selector", "K2"]);
    let file = workspace.path(".convoke/keys/k2._domainkey.forum.example.pem");
    assert!(fs::read_to_string(&file).unwrap().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    #[cfg(unix)]
    for (path, mode) in [(&file, 0o600), (&workspace.path(".convoke/keys"), 0o700)] {
        let rights = fs::metadata(path).unwrap().permissions();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&rights) & 0o777, mode);
    }
    assert_eq!(
        fs::read_to_string(workspace.path(".convoke/.gitignore")).unwrap(),
        "*\n",
        "no key gets into a repository"
    );
    assert!(made.stdout.contains("k2._domainkey.forum.example. IN TXT (\n  \"v=DKIM1; k=rsa; p="), "{}", made.stdout);
    assert!(made.stderr.contains("next: convoke check"), "{}", made.stderr);
    assert!(![made.stdout.as_str(), &made.stderr].concat().contains("PRIVATE KEY"));
    let lines = made.stdout.split("[[dkim]]").nth(1).unwrap();
    workspace.settings(&format!("{OUTBOX}[[dkim]]{lines}"));
    workspace.must(&["check"]);
    let record = made.stdout.split("\n\n").next().unwrap().trim();
    assert_eq!(workspace.must(&["dkim", "show"]).stdout.trim(), record, "the same record, any time");
}

#[test]
fn a_key_that_is_there_is_never_written_over() {
    let workspace = Workspace::new(1, OUTBOX);
    workspace.must(&["dkim", "new", "--selector", "k2"]);
    let file = workspace.path(".convoke/keys/k2._domainkey.forum.example.pem");
    let before = fs::read(&file).unwrap();
    for arguments in [&["--selector", "k2"][..], &["--out", ".convoke/keys/k2._domainkey.forum.example.pem"]] {
        let again = workspace.run(&[&["dkim", "new"], arguments].concat());
        assert_eq!(again.code, Some(2), "{}", again.stderr);
        assert!(again.stderr.contains("never written over") && again.stderr.contains("help:"), "{}", again.stderr);
    }
    workspace.settings(&format!("{OUTBOX}[[dkim]]\nselector = 'k2'\nkey_file = 'elsewhere.pem'\n"));
    let known = workspace.run(&["dkim", "new", "--selector", "k2", "--out", "new.pem"]);
    assert_eq!(known.code, Some(2));
    assert!(known.stderr.contains("have a key `k2` of forum.example already"), "{}", known.stderr);
    assert!(!workspace.path("new.pem").exists());
    assert_eq!(fs::read(&file).unwrap(), before);
    for name in ["a b", "a_b", "", "ä..b", "k2\n", &"x".repeat(64)] {
        let refused = workspace.run(&["dkim", "new", "--selector", name]);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{name:?}");
    }
}

#[test]
fn whatever_the_outbox_files_is_signed_as_are_previews_and_tests() {
    let workspace = Workspace::new(6, OUTBOX);
    let unsigned = workspace.must(&["plan", "spring", "--format", "json"]).json();
    let records = with_keys(&workspace, OUTBOX, &["rsa", "ed25519"]);
    let plan = workspace.must(&["plan", "spring", "--format", "json"]).json();
    assert_eq!((&plan["plan"], &plan["digest"]), (&unsigned["plan"], &unsigned["digest"]), "keys change no plan");
    workspace.must(&["preview", "spring", "--out", "preview"]);
    assert_signed(&records, &messages_in(&workspace.path("preview")), 6);
    workspace.must(&["preview", "spring", "--made-up", "--out", "made-up"]);
    assert_signed(&records, &messages_in(&workspace.path("made-up")), 1);
    workspace.must(&["test", "spring", "--to", "us@forum.example"]);
    assert_signed(&records, &messages_in(&workspace.path(".convoke/outbox/test")), 6);
    let sent = workspace.send(&[]);
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    assert_signed(&records, &messages_in(&workspace.path(".convoke/outbox/spring")), 6);
    workspace.must(&["audit", "verify"]);
}

#[test]
fn signatures_survive_the_wire() {
    let sink = Sink::start();
    let relay = relay(sink.port(), 4);
    let workspace = Workspace::new(40, &relay);
    // Lines that begin with dots are stuffed on the way; blanks at line ends are the relay's to drop.
    let template = "+++\nsubject = 'Dots for {{given_name}}'\n+++\nDear {{given_name}},\n\n.\n\n..two\n\n...\n";
    workspace.write("templates/spring/en.md", template);
    let records = with_keys(&workspace, &relay, &["ed25519", "rsa"]);
    let sent = workspace.send(&[]);
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    assert_eq!(number(&sent.json(), "accepted"), 40);
    let messages: Vec<Vec<u8>> = sink.messages().into_iter().map(|(_, octets)| octets).collect();
    assert_signed(&records, &messages, 40);
}

#[test]
fn a_key_that_cannot_be_used_stops_a_live_send_before_anything_leaves() {
    let workspace = Workspace::new(2, OUTBOX);
    with_keys(&workspace, OUTBOX, &["ed25519"]);
    let keys = workspace.path(".convoke/keys");
    let file =
        fs::read_dir(&keys).unwrap().map(|e| e.unwrap().path()).find(|p| p.extension().unwrap() == "pem").unwrap();
    let other =
        |name: &str| fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dkim").join(name)).unwrap();
    workspace.must(&["plan", "spring"]);
    for (content, said) in [
        (Some(other("rsa-2048.pub")), "the public half of a key, not the private key"),
        (Some(other("rsa-1024.pem")), "fewer than 2,048 bits"),
        (Some(other("ec-p256.pem")), "neither RSA nor Ed25519"),
        (Some(other("rsa-2048-encrypted.pem")), "locked by a passphrase"),
        (Some(b"-----BEGIN PRIVATE KEY-----\n\0\xff".to_vec()), "no private key that can be read"),
        (Some(vec![b'A'; 70_000]), "larger than 65536 octets"),
        (None, "there is no such file"),
    ] {
        match content {
            Some(content) => fs::write(&file, content).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        assert_refused(&workspace, said);
    }
    fs::create_dir(&file).unwrap();
    assert_refused(&workspace, "it is no file");
    assert!(!workspace.path(".convoke/outbox").exists(), "nothing left");
    assert_eq!(number(&workspace.status(), "unsent"), 2);
}

#[track_caller]
fn assert_refused(workspace: &Workspace, said: &str) {
    let check = workspace.run(&["check", "--format", "json"]);
    assert_eq!((check.code, codes(&check, "problems")), (Some(3), vec!["dkim-key".to_owned()]), "{said}");
    assert!(check.stdout.contains(said), "{said}: {}", check.stdout);
    let send = workspace.send(&[]);
    assert_eq!(send.code, Some(6), "{said}: {}", send.stderr);
    assert!(send.stderr.contains(said) && send.stderr.contains("help:"), "{said}: {}", send.stderr);
    workspace.must(&["send", "spring"]);
    let preview = workspace.must(&["preview", "spring", "--out", "preview"]);
    assert!(preview.stderr.contains(said), "{said}: whoever looks at words is only warned: {}", preview.stderr);
}

#[test]
#[cfg(unix)]
fn a_key_that_everybody_may_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let workspace = Workspace::new(1, OUTBOX);
    with_keys(&workspace, OUTBOX, &["rsa"]);
    let file: PathBuf = fs::read_dir(workspace.path(".convoke/keys"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().unwrap() == "pem")
        .unwrap();
    workspace.must(&["plan", "spring"]);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert_refused(&workspace, "everybody on this computer may read or change it");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    workspace.must(&["check"]);
}

#[test]
fn check_warns_where_a_relay_gets_mail_that_no_domain_stands_for() {
    let smtp = "[relay]\nkind = 'smtp'\nhost = 'smtp.forum.example'\n";
    let workspace = Workspace::new(1, smtp);
    let warnings = || codes(&workspace.must(&["check", "--format", "json"]), "warnings");
    assert_eq!(warnings(), ["no-dkim"]);
    workspace.settings(&format!("{smtp}signs_dkim = true\n"));
    assert!(warnings().is_empty());
    workspace.must(&["dkim", "new", "--domain", "elsewhere.example", "--selector", "k2", "--out", "k2.pem"]);
    let key = |domain: &str| format!("[[dkim]]\ndomain = '{domain}'\nselector = 'k2'\nkey_file = 'k2.pem'\n");
    for (domain, expected) in [
        ("elsewhere.example", &["dkim-not-aligned"][..]),
        ("xforum.example", &["dkim-not-aligned"]),
        ("news.forum.example", &[]),
        ("forum.example", &[]),
    ] {
        workspace.settings(&format!("{smtp}{}", key(domain)));
        assert_eq!(warnings(), expected, "{domain}");
    }
    workspace.settings(&format!("{smtp}{}{}", key("elsewhere.example"), key("forum.example")));
    assert!(warnings().is_empty(), "a second signature for somebody else does no harm");
    workspace.settings(OUTBOX);
    assert!(warnings().is_empty(), "nothing leaves");
}

#[test]
fn a_retry_is_the_same_octets_with_the_same_signatures() {
    let asked = AtomicUsize::new(0);
    let server = Server::builder()
        .script(move |moment| match moment.at {
            At::Dot if asked.fetch_add(1, Ordering::SeqCst) < 3 => Act::say("451 4.7.1 greylisted\r\n"),
            _ => Act::Go,
        })
        .start();
    let relay = format!("{}retry.first_delay = '2s'\n", relay(server.port(), 1));
    let workspace = Workspace::new(3, &relay);
    let records = with_keys(&workspace, &relay, &["rsa", "ed25519"]);
    let sent = workspace.send(&[]);
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    let messages: Vec<Vec<u8>> = server.log().into_iter().map(|entry| entry.content).collect();
    assert_eq!(messages.len(), 6, "each was tried twice");
    assert_eq!(messages.iter().collect::<BTreeSet<_>>().len(), 3, "and was the same");
    assert_signed(&records, &messages, 6);
}

#[test]
fn signatures_survive_a_real_postfix() {
    let Some(postfix) = Postfix::start(&[]) else { return };
    let relay = relay(postfix.port(), 2);
    let workspace = Workspace::new(20, &relay);
    let records = with_keys(&workspace, &relay, &["rsa", "ed25519"]);
    let sent = workspace.send(&[]);
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    // A Maildir keeps messages with the line ends of its system, under Postfix's trace lines.
    let delivered = postfix.delivered(20);
    let messages: Vec<Vec<u8>> = delivered.iter().map(|file| with_crlf(file)).collect();
    assert_signed(&records, &messages, 20);
}

fn with_crlf(file: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(file).replace("\r\n", "\n").replace('\n', "\r\n").into_bytes()
}
