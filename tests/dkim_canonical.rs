//! The canonical forms of DKIM, by the RFCs' examples, by a slow and plain reading of their rules, and by dkimpy.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use convoke::smtp::dkim::canonical;
use convoke::smtp::dkim::key::PrivateKey;
use data_encoding::BASE64;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

#[path = "support/judge.rs"]
mod judge;

fn header(name: &str, value: &str) -> String {
    let mut out = Vec::new();
    canonical::header(name.trim_end().as_bytes(), value.as_bytes(), &mut out);
    String::from_utf8(out).unwrap()
}

fn body(body: &str) -> String {
    let mut out = Vec::new();
    canonical::body(body.as_bytes(), &mut |part| out.extend_from_slice(part));
    String::from_utf8(out).unwrap()
}

/// RFC 6376 §3.4.4, rule by rule, one pass and one copy each.
fn plain_body(body: &str) -> String {
    let mut lines: Vec<String> =
        body.split("\r\n").map(|line| one_blank_each(line).trim_end_matches(' ').into()).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.iter().map(|line| format!("{line}\r\n")).collect()
}

fn one_blank_each(line: &str) -> String {
    let mut line = line.replace('\t', " ");
    while line.contains("  ") {
        line = line.replace("  ", " ");
    }
    line
}

/// RFC 6376 §3.4.2.
fn plain_header(name: &str, value: &str) -> String {
    format!("{}:{}", name.to_lowercase().trim_end(), one_blank_each(&value.replace("\r\n", "")).trim_matches(' '))
}

#[test]
fn the_example_of_rfc_6376() {
    // §3.4.5: "A: X", "B : Y<HTAB>", "<HTAB>Z", an empty line, " C ", "D <HTAB> E", two empty lines.
    let message = b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n";
    let (fields, body_part) = canonical::split(message);
    let fields: Vec<String> = canonical::fields(fields)
        .map(|(name, value)| header(std::str::from_utf8(name).unwrap(), std::str::from_utf8(value).unwrap()))
        .collect();
    assert_eq!(fields, ["a:X", "b:Y Z"]);
    assert_eq!(body(std::str::from_utf8(body_part).unwrap()), " C\r\nD E\r\n");
}

#[test]
fn a_body_without_words_is_empty() {
    // §3.4.4 gives its SHA-256.
    for empty in ["", "\r\n", "\r\n\r\n", " \t\r\n\r\n \r\n"] {
        assert_eq!(body(empty), "");
        let hash = BASE64.encode(canonical::body_hash(empty.as_bytes()).as_ref());
        assert_eq!(hash, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}

#[test]
fn most_bodies_are_one_stretch() {
    let mut parts = Vec::new();
    canonical::body(b"Dear Ada,\r\n\r\n please come.\r\nWe wait.\r\n\r\n", &mut |part| parts.push(part.to_vec()));
    assert_eq!(parts, [b"Dear Ada,\r\n\r\n please come.\r\nWe wait.".to_vec(), b"\r\n".to_vec()]);
}

/// The message of RFC 8463 appendix A.3, its fields in the order of its `h=`.
const FIELDS: [(&str, &str); 5] = [
    ("From", " Joe SixPack <joe@football.example.com>"),
    ("To", " Suzie Q <suzie@shopping.example.net>"),
    ("Subject", " Is dinner ready?"),
    ("Date", " Fri, 11 Jul 2003 21:00:37 -0700 (PDT)"),
    ("Message-ID", " <20030712040037.46341.5F8J@football.example.com>"),
];
const BODY: &str = "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
const BODY_HASH: &str = "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=";

/// What a signature of that message is taken over.
fn signed_octets(own_field: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    for (name, value) in FIELDS {
        canonical::header(name.as_bytes(), value.as_bytes(), &mut octets);
        octets.extend_from_slice(b"\r\n");
    }
    canonical::header(b"DKIM-Signature", own_field.as_bytes(), &mut octets);
    octets
}

#[test]
fn the_signatures_of_rfc_8463() {
    assert_eq!(BASE64.encode(canonical::body_hash(BODY.as_bytes()).as_ref()), BODY_HASH);
    // A.2: the seed, put into PKCS #8 as RFC 8410 §7 has it.
    let seed = BASE64.decode(b"nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=").unwrap();
    let around = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let der = BASE64.encode(&[&around[..], &seed].concat());
    let key =
        PrivateKey::from_pem(format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n").as_bytes())
            .unwrap();
    assert_eq!(BASE64.encode(&key.public()), "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    let own = format!(
        " v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n \
         q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n \
         bh={BODY_HASH};\r\n b="
    );
    assert_eq!(
        BASE64.encode(&key.sign(&signed_octets(&own)).unwrap()),
        "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
    );
    // Its RSA key has 1,024 bits, too few for us to sign with; its signature is over the same octets as ours would be.
    let own = format!(
        " v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n \
         q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n date : message-id : from : subject : date;\r\n \
         bh={BODY_HASH};\r\n b="
    );
    let public = BASE64
        .decode(
            b"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W\
              91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
        )
        .unwrap();
    let signature = BASE64
        .decode(
            b"F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeef\
              Osk2JzdA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=",
        )
        .unwrap();
    // After 22 octets of SubjectPublicKeyInfo stands what ring takes.
    let public = ring::signature::UnparsedPublicKey::new(
        &ring::signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        &public[22..],
    );
    public.verify(&signed_octets(&own), &signature).unwrap();
}

fn text() -> impl Strategy<Value = String> {
    "([ab.:=]{1,3}|[ ]|\t|\r\n|[ \t]{2,4}|(\r\n){2,3}|\r|\n|é){0,40}"
}

/// Lines with CRLF between them and at the end, as bodies have in transit.
fn body_in_transit() -> impl Strategy<Value = String> {
    prop::collection::vec("([ab.]{1,3}|[ ]|\t|[ \t]{2,4}){0,6}", 0..12).prop_map(|lines| lines.join("\r\n") + "\r\n")
}

fn folded_value() -> impl Strategy<Value = String> {
    "([ab.:=]{1,3}|[ ]|\t|\r\n[ \t]{1,3}|[ \t]{2,4}|é){0,20}"
}

proptest! {
    #[test]
    fn a_body_is_what_the_plain_reading_gives(text in text()) {
        prop_assert_eq!(body(&text), plain_body(&text));
    }

    #[test]
    fn a_canonical_body_stays_as_it_is(text in text()) {
        prop_assert_eq!(body(&body(&text)), body(&text));
    }

    #[test]
    fn a_field_is_what_the_plain_reading_gives(name in "[A-Za-z-]{1,20}", value in folded_value()) {
        prop_assert_eq!(header(&name, &value), plain_header(&name, &value));
    }

    #[test]
    fn a_header_is_taken_apart_and_nothing_is_lost(fields in prop::collection::vec(("[A-Za-z-]{1,9}", folded_value()), 0..6)) {
        let text: String = fields.iter().map(|(name, value)| format!("{name}:{value}\r\n")).collect();
        let found: Vec<(String, String)> = canonical::fields(text.as_bytes())
            .map(|(name, value)| [name, value].map(|part| String::from_utf8(part.to_vec()).unwrap()).into())
            .collect();
        prop_assert_eq!(found, fields);
    }
}

#[test]
fn dkimpy_gives_the_same_forms() {
    let mut runner = TestRunner::deterministic();
    let bodies: Vec<String> = (0..300).map(|_| body_in_transit().new_tree(&mut runner).unwrap().current()).collect();
    let values: Vec<String> = (0..300).map(|_| folded_value().new_tree(&mut runner).unwrap().current()).collect();
    let answer = judge::ask_dkimpy(&json!({
        "headers": values.iter().map(|v| [BASE64.encode(b"X-Name"), BASE64.encode(v.as_bytes())]).collect::<Vec<_>>(),
        "bodies": bodies.iter().map(|b| BASE64.encode(b.as_bytes())).collect::<Vec<_>>(),
    }));
    let said = |kind: &str, at: usize| {
        let octets = BASE64.decode(answer[kind][at].as_str().unwrap().as_bytes()).unwrap();
        String::from_utf8(octets).unwrap()
    };
    for (at, text) in bodies.iter().enumerate() {
        assert_eq!(body(text), said("bodies", at), "{text:?}");
    }
    for (at, value) in values.iter().enumerate() {
        assert_eq!(format!("{}\r\n", header("X-Name", value)), said("headers", at), "{value:?}");
    }
}
