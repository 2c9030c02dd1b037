//! Signatures as another program judges them: dkimpy, with the records given to it, so that nothing is looked up.

#![allow(clippy::unwrap_used, clippy::expect_used)] // in the helpers too: a test that cannot go on must end

use std::sync::LazyLock;

use convoke::domain::address::EmailAddress;
use convoke::domain::message::{Letter, Stamp};
use convoke::domain::organisation::Mailbox;
use convoke::engine::ports::MessageWriter;
use convoke::smtp::dkim::key::{Algorithm, PrivateKey};
use convoke::smtp::dkim::make;
use convoke::smtp::dkim::record::Record;
use convoke::smtp::dkim::{SignedWriter, Signer};
use convoke::smtp::mime::MimeWriter;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use shipped_letter::composed;

#[path = "support/judge.rs"]
mod judge;
#[path = "support/shipped_letter.rs"]
mod shipped_letter;

const DOMAIN: &str = "igf.example";

/// A signer of each kind, and their records.
static SIGNING: LazyLock<(SignedWriter, Value)> = LazyLock::new(|| {
    let signers: Vec<Signer> = [("rsa-2026-11", Algorithm::Rsa), ("ed-2026-11", Algorithm::Ed25519)]
        .map(|(selector, algorithm)| {
            let pem = make::private_key(algorithm).unwrap();
            let key = PrivateKey::from_pem(pem.expose_secret().as_bytes()).unwrap();
            Signer { domain: DOMAIN.into(), selector: selector.into(), key }
        })
        .into();
    let records: serde_json::Map<String, Value> =
        signers.iter().map(Record::of).map(|record| (record.name, json!(record.value))).collect();
    (SignedWriter::new(signers), Value::Object(records))
});

fn stamp() -> Stamp {
    Stamp { message_id: "abc@igf.example".into(), date: "2026-11-23T09:05:07Z".parse().unwrap() }
}

fn signed(letter: &Letter) -> Vec<u8> {
    SIGNING.0.write(letter, &stamp()).unwrap()
}

fn letter() -> Letter {
    let address = EmailAddress::parse("outreach@igf.example").unwrap();
    let reply_to = Some(Mailbox { name: "IGF Secretariat".into(), address });
    Letter { reply_to, ..composed(Some("https://outreach.igf.example"), "en", "Ada Example") }
}

/// What dkimpy says of both signatures of each message.
fn verdicts(messages: &[Vec<u8>]) -> Vec<Value> {
    judge::dkim_verdicts(&SIGNING.1, messages.iter().map(Vec::as_slice))
}

#[track_caller]
fn assert_good(messages: &[(String, Vec<u8>)]) {
    let octets: Vec<Vec<u8>> = messages.iter().map(|(_, octets)| octets.clone()).collect();
    for ((what, octets), verdict) in messages.iter().zip(verdicts(&octets)) {
        assert_eq!(verdict, json!([true, true]), "{what}:\n{}", String::from_utf8_lossy(octets));
    }
}

#[track_caller]
fn assert_broken(messages: &[(String, Vec<u8>)]) {
    assert!(!messages.is_empty());
    let octets: Vec<Vec<u8>> = messages.iter().map(|(_, octets)| octets.clone()).collect();
    for ((what, octets), verdict) in messages.iter().zip(verdicts(&octets)) {
        let verdict = verdict.as_array().unwrap();
        assert_eq!(verdict.len(), 2, "{what}");
        assert!(!verdict.contains(&json!(true)), "{what}: {verdict:?}\n{}", String::from_utf8_lossy(octets));
    }
}

/// Where the message after its signatures begins.
fn after_signatures(octets: &[u8]) -> usize {
    String::from_utf8_lossy(octets).find("Date: ").unwrap()
}

/// Names that the first signature's `h=` lists, as often as it lists them.
fn signed_names(octets: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(octets).replace("\r\n ", "");
    let names = text.split("h=").nth(1).unwrap().split(';').next().unwrap();
    names.split(':').map(str::to_owned).collect()
}

#[test]
fn every_shipped_letter_carries_two_signatures_that_verify() {
    let mut messages = Vec::new();
    for language in ["ar", "en", "es", "fr", "ru", "zh"] {
        for url in [Some("https://outreach.igf.example"), None] {
            let letter = composed(url, language, "Ада «Пример» O’Neill");
            let answered = Letter { reply_to: self::letter().reply_to, ..letter.clone() };
            messages.push((language.to_owned(), signed(&letter)));
            messages.push((language.to_owned(), signed(&answered)));
        }
    }
    for (language, octets) in &messages {
        let report = judge::report(octets);
        assert_eq!(report["problems"], json!([]), "{language}");
        let text = String::from_utf8_lossy(octets);
        let head = text.get(..after_signatures(octets)).unwrap();
        assert!(head.lines().all(|line| line.len() <= 78), "RFC 5322 §2.1.1:\n{head}");
    }
    assert_good(&messages);
}

#[test]
fn the_header_list_is_that_of_the_design_and_closes_what_a_person_reads() {
    let mut names = signed_names(&signed(&letter()));
    names.sort_unstable();
    let twice =
        ["from", "to", "subject", "date", "reply-to", "list-unsubscribe", "list-unsubscribe-post", "content-type"];
    let once = ["message-id", "mime-version", "list-id", "content-language"];
    let mut expected: Vec<&str> = twice.iter().chain(&twice).chain(&once).copied().collect();
    expected.sort_unstable();
    assert_eq!(names, expected);
    let bare = signed_names(&signed(&Letter { reply_to: None, opt_out_url: None, ..letter() }));
    for absent in ["reply-to", "list-unsubscribe-post"] {
        assert_eq!(bare.iter().filter(|name| *name == absent).count(), 1, "{absent}: closed though absent");
    }
}

#[test]
fn an_octet_changed_in_a_signed_field_or_in_the_body_breaks_both() {
    let good = signed(&letter());
    let text = String::from_utf8(good.clone()).unwrap();
    let start = after_signatures(&good);
    let mut broken = Vec::new();
    let mut change = |what: &str, at: usize| {
        let mut octets = good.clone();
        octets[at] = if octets[at] == b'x' { b'y' } else { b'x' };
        broken.push((format!("{what} at {at}"), octets));
    };
    let mut names = signed_names(&good);
    names.dedup();
    for name in names {
        let field = text[start..].to_lowercase().find(&format!("\n{name}: ")).map_or(start, |at| start + at + 1);
        let value = field + name.len() + 2;
        change(&name, value);
        let end = text[value..].find("\r\n").unwrap() + value - 1;
        change(&name, end);
    }
    let body = text.find("\r\n\r\n").unwrap() + 4;
    let words: Vec<usize> = (body..good.len()).filter(|at| good[*at].is_ascii_alphanumeric()).collect();
    for at in [words[0], words[words.len() / 3], words[words.len() / 2], *words.last().unwrap()] {
        change("body", at);
    }
    let appended = [good.as_slice(), b"more\r\n"].concat();
    broken.push(("a line after the end".into(), appended));
    broken.push(("a part cut off".into(), good[..good.len() - 40].to_vec()));
    assert_broken(&broken);
}

#[test]
fn a_field_added_breaks_both() {
    let mut broken = Vec::new();
    for letter in [letter(), Letter { reply_to: None, opt_out_url: None, ..letter() }] {
        let good = String::from_utf8(signed(&letter)).unwrap();
        for field in [
            "From: Eve <eve@people.example>",
            "To: Eve <eve@people.example>",
            "Subject: Win a prize",
            "Date: Mon, 01 Jan 2029 00:00:00 +0000",
            "Reply-To: eve@people.example",
            "List-Unsubscribe: <https://eve.people.example/>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "Content-Type: text/html",
        ] {
            let below = good.replacen("\r\n\r\n", &format!("\r\n{field}\r\n\r\n"), 1);
            broken.push((format!("above: {field}"), format!("{field}\r\n{good}").into_bytes()));
            broken.push((format!("below: {field}"), below.into_bytes()));
        }
    }
    assert_broken(&broken);
}

#[test]
fn what_relays_do_on_the_way_breaks_nothing() {
    let good = String::from_utf8(signed(&letter())).unwrap();
    let start = after_signatures(good.as_bytes());
    let (head, rest) = good.split_at(start);
    let (fields, body) = rest.split_once("\r\n\r\n").unwrap();
    let whole = |fields: &str, body: &str| format!("{head}{fields}\r\n\r\n{body}").into_bytes();
    let messages = [
        ("a trace line on top", format!("Received: from a by b\r\n{good}").into_bytes()),
        ("a field nobody signs", whole(&format!("{fields}\r\nX-Relay: b"), body)),
        ("names in other letters", whole(&fields.replace("From: ", "FROM:").replace("To: ", "to:\t"), body)),
        ("blanks at line ends", whole(fields, &body.replace("\r\n", " \t\r\n"))),
        ("blanks doubled", whole(&fields.replace(' ', "  "), &body.replace(' ', " \t "))),
        ("folded elsewhere", whole(&fields.replace("Mon, ", "Mon,\r\n\t "), body)),
        ("empty lines at the end", whole(fields, &format!("{body}\r\n\r\n \r\n"))),
    ];
    assert_good(&messages.map(|(what, octets)| (what.to_owned(), octets)));
}

#[test]
fn a_message_sent_again_is_the_same_octets_and_its_digest_knows_no_signature() {
    let letter = letter();
    let canonical = SIGNING.0.canonical(&letter).unwrap();
    assert_eq!(canonical, MimeWriter.canonical(&letter).unwrap());
    let first = SIGNING.0.stamped(&canonical, &stamp()).unwrap();
    assert_eq!(SIGNING.0.stamped(&canonical, &stamp()).unwrap(), first);
    let unsigned = MimeWriter.stamped(&canonical, &stamp()).unwrap();
    assert!(first.ends_with(&unsigned), "what is signed is what would have left without");
    let seconds = stamp().date.as_second();
    let text = String::from_utf8(first).unwrap();
    assert_eq!(text.matches(&format!(" t={seconds};")).count(), 2, "from the Date, so that it stays");
    assert_eq!(SignedWriter::new(Vec::new()).stamped(&canonical, &stamp()).unwrap(), unsigned);
}

#[test]
fn a_record_fits_the_dns_and_says_what_the_key_is() {
    for (name, value) in SIGNING.1.as_object().unwrap() {
        let record = Record { name: name.clone(), value: value.as_str().unwrap().to_owned() };
        assert!(record.strings().iter().all(|string| (1..=255).contains(&string.len())));
        assert_eq!(record.strings().concat(), record.value);
        let zone = record.to_string();
        assert!(zone.starts_with(&format!("{name}. IN TXT ")), "{zone}");
        let quoted: String = zone.split('"').skip(1).step_by(2).collect();
        assert_eq!(quoted, record.value);
    }
    let lengths: Vec<usize> = SIGNING.1.as_object().unwrap().values().map(|v| v.as_str().unwrap().len()).collect();
    assert!(lengths.iter().any(|length| *length > 255) && lengths.iter().any(|length| *length < 100), "{lengths:?}");
}

#[test]
fn no_secret_shows_in_debug() {
    for algorithm in [Algorithm::Rsa, Algorithm::Ed25519] {
        let pem = make::private_key(algorithm).unwrap();
        let key = PrivateKey::from_pem(pem.expose_secret().as_bytes()).unwrap();
        let signer = Signer { domain: DOMAIN.into(), selector: "a".into(), key };
        let shown = format!("{:?} {pem:?}", SignedWriter::new(vec![signer]));
        let base64: String = pem.expose_secret().lines().filter(|line| !line.starts_with("-----")).collect();
        let octets = data_encoding::BASE64.decode(base64.as_bytes()).unwrap();
        // The end of either file is a part of the secret: of the coefficient, or of the seed.
        let secret = &octets[octets.len() - 24..];
        let spellings = [data_encoding::HEXLOWER.encode(secret), format!("{secret:?}").replace(['[', ']'], "")];
        assert!(spellings.iter().all(|spelling| !shown.contains(spelling)), "{shown}");
        assert!(!shown.contains("PRIVATE KEY") && shown.contains(DOMAIN), "{shown}");
    }
}
