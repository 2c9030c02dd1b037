//! Messages as octets, judged by somebody else's parser: Python's, under its strict policy.

#![allow(clippy::unwrap_used, clippy::expect_used)] // in the helpers too: a test that cannot go on must end

use std::collections::BTreeMap;

use convoke::domain::address::EmailAddress;
use convoke::domain::contact::Tier;
use convoke::domain::geography::RegionalGroups;
use convoke::domain::language::LanguageTag;
use convoke::domain::message::{Letter, Stamp};
use convoke::domain::organisation::Mailbox;
use convoke::domain::plan::Snapshot;
use convoke::domain::template::escape::clean;
use convoke::engine::letter::{
    Composer, Recipient, ReturnPath, contact_fields, organisation_from_json, organisation_to_json,
};
use convoke::engine::ports::MessageWriter;
use convoke::files::preview::{self, PreviewEntry, PreviewPage};
use convoke::smtp::mime::MimeWriter;
use serde_json::{Value, json};
use shipped_letter::{composed, contact, keys, organisation, snapshot};

#[path = "support/judge.rs"]
mod judge;
#[path = "support/shipped_letter.rs"]
mod shipped_letter;

/// What Python's parser says about a message; panics on any defect.
fn judged(octets: &[u8]) -> Value {
    let report = judge::report(octets);
    assert_eq!(report["problems"], json!([]), "{}", String::from_utf8_lossy(octets));
    assert_eq!(report["twice"], json!([]));
    assert_eq!(report["type"], "multipart/alternative");
    assert!(report["longest_line"].as_u64().unwrap() <= 998);
    assert!(report["longest_encoded_line"].as_u64().unwrap() <= 76, "RFC 2047 §2: {report}");
    report
}

fn mailbox(name: &str, address: &str) -> Mailbox {
    Mailbox { name: name.into(), address: EmailAddress::parse(address).unwrap() }
}

fn letter() -> Letter {
    Letter {
        from: mailbox("IGF Secretariat", "invitations@igf.example"),
        to: mailbox("Ada Example", "ada@people.example"),
        reply_to: Some(mailbox("", "outreach@igf.example")),
        subject: "Invitation".into(),
        text: "Dear colleague,\n\nHello.\n".into(),
        html: "<!DOCTYPE html><html><body><p>Hello.</p></body></html>".into(),
        language: LanguageTag::parse("en").unwrap(),
        list_id: "igf-invitations.igf.example".into(),
        opt_out_url: Some("https://outreach.igf.example/u/token".into()),
        opt_out_mailto: "u+token@bounces.igf.example".into(),
    }
}

fn stamp() -> Stamp {
    Stamp { message_id: "abc@igf.example".into(), date: "2026-11-23T09:05:07Z".parse().unwrap() }
}

#[test]
fn the_headers_are_those_a_recipient_may_rely_on() {
    let report = judged(&MimeWriter.write(&letter(), &stamp()).unwrap());
    let expected = json!([
        "date",
        "message-id",
        "from",
        "to",
        "subject",
        "reply-to",
        "mime-version",
        "list-id",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "content-language",
        "content-type"
    ]);
    assert_eq!(report["names"], expected);
    let headers = &report["headers"];
    assert_eq!(headers["date"], "Mon, 23 Nov 2026 09:05:07 +0000");
    assert_eq!(headers["message-id"], "<abc@igf.example>");
    assert_eq!(headers["list-id"], "<igf-invitations.igf.example>");
    assert_eq!(headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
    assert_eq!(
        headers["list-unsubscribe"],
        "<https://outreach.igf.example/u/token>, <mailto:u+token@bounces.igf.example?subject=unsubscribe>"
    );
    assert_eq!(report["recipients"], json!([{ "name": "Ada Example", "address": "ada@people.example" }]));
    let parts = report["parts"].as_array().unwrap();
    assert_eq!(parts.iter().map(|p| p["type"].as_str().unwrap()).collect::<Vec<_>>(), ["text/plain", "text/html"]);
    assert!(parts.iter().all(|p| p["charset"] == "utf-8"));
}

#[test]
fn without_opt_out_pages_one_click_is_not_promised() {
    let letter = Letter { opt_out_url: None, reply_to: None, ..letter() };
    let report = judged(&MimeWriter.write(&letter, &stamp()).unwrap());
    assert_eq!(report["headers"]["list-unsubscribe"], "<mailto:u+token@bounces.igf.example?subject=unsubscribe>");
    assert!(report["headers"].get("list-unsubscribe-post").is_none() && report["headers"].get("reply-to").is_none());
}

#[test]
fn the_canonical_form_is_the_message_without_date_and_message_id() {
    let written = String::from_utf8(MimeWriter.write(&letter(), &stamp()).unwrap()).unwrap();
    let without: String = written
        .split_inclusive("\r\n")
        .filter(|line| !line.starts_with("Date: ") && !line.starts_with("Message-ID: "))
        .collect();
    assert_eq!(String::from_utf8(MimeWriter.canonical(&letter()).unwrap()).unwrap(), without);
    let other = Letter { html: "<p>Other</p>".into(), ..letter() };
    let boundary =
        |octets: Vec<u8>| String::from_utf8(octets).unwrap().split("boundary=").nth(1).unwrap()[..36].to_owned();
    assert_ne!(boundary(MimeWriter.canonical(&letter()).unwrap()), boundary(MimeWriter.canonical(&other).unwrap()));
}

#[test]
fn a_hostile_name_stays_one_recipient_and_one_header() {
    for name in [
        "Ada\r\nBcc: eve@people.example",
        "Ada\nSubject: x",
        "Ada\0",
        "Ada\u{85}Bcc: x\u{2028}y\u{2029}",
        "\u{202e}elpmaxE\u{202c}",
        "\"Ada\" <eve@people.example>, Bob",
        "Ada, Bob; Eve: <x@y.example>;",
        "back\\slash \" quote",
        "=?utf-8?B?QmNjOiBldmU=?=",
        "(comment) @here",
        "Дуэйн «Скала», (пример)",
        "欧阳松柏",
        "ياسمين النهري",
        " leading, trailing ",
        "two  blanks",
        "Ümit 😀👩‍👧",
        ".",
        "",
    ] {
        let letter = Letter { to: mailbox(name, "ada@people.example"), subject: format!("For {name}"), ..letter() };
        let report = judged(&MimeWriter.write(&letter, &stamp()).unwrap());
        let expected = clean(name).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(report["recipients"], json!([{ "name": expected, "address": "ada@people.example" }]), "{name:?}");
        assert_eq!(report["headers"]["subject"], clean(&format!("For {name}")).trim(), "{name:?}");
    }
    let long = "Ada Ёжикова ".repeat(1_000);
    let letter = Letter { to: mailbox(&long, "ada@people.example"), subject: long.trim().to_owned(), ..letter() };
    let report = judged(&MimeWriter.write(&letter, &stamp()).unwrap());
    assert_eq!(report["recipients"].as_array().unwrap().len(), 1);
    assert_eq!(report["headers"]["subject"], long.trim());
}

#[test]
fn what_no_header_can_carry_is_refused() {
    for broken in [
        Letter { list_id: "x>\r\nBcc: eve@people.example".into(), ..letter() },
        Letter { opt_out_url: Some("https://x.example/\r\n".into()), ..letter() },
        Letter { opt_out_mailto: "u+x @x.example".into(), ..letter() },
        Letter { html: "x".repeat(200_000), ..letter() },
    ] {
        assert!(MimeWriter.canonical(&broken).is_err());
    }
    let bad_stamp = Stamp { message_id: "a>\r\nX: y".into(), ..stamp() };
    assert!(MimeWriter.write(&letter(), &bad_stamp).is_err());
}

#[test]
fn bodies_arrive_as_they_were_written() {
    for text in [
        "Plain.\n",
        ".\n..\nFrom here\n",
        "trailing \nblank\t\n",
        "é = ü, à la carte\n",
        "中文内容，编码后应保持不变。\n",
        "سطر أول\nسطر ثانٍ\n",
        "=_not_a_boundary=20\n",
    ] {
        let long = format!("{text}{}\n", "word and word ".repeat(200).trim());
        for text in [text.to_owned(), long] {
            let html = format!("<p>{}</p>\n", text.trim());
            let report = judged(
                &MimeWriter.write(&Letter { text: text.clone(), html: html.clone(), ..letter() }, &stamp()).unwrap(),
            );
            assert_eq!(report["parts"][0]["text"], text);
            assert_eq!(report["parts"][1]["text"], html);
        }
    }
}

#[test]
fn every_shipped_letter_passes_the_judge_in_six_languages() {
    let frames: BTreeMap<&str, &str> = [
        ("ar", "عدم تلقي هذه الدعوات بعد الآن"),
        ("en", "Stop receiving these invitations"),
        ("es", "Dejar de recibir estas invitaciones"),
        ("fr", "Ne plus recevoir ces invitations"),
        ("ru", "Больше не получать такие приглашения"),
        ("zh", "不再接收此类邀请"),
    ]
    .into();
    for (language, opt_out) in frames {
        for public_url in [Some("https://outreach.igf.example"), None] {
            let letter = composed(public_url, language, "Ада «Пример» O’Neill");
            let octets = MimeWriter.write(&letter, &stamp()).unwrap();
            assert!(octets.len() <= 30_000, "{language}: {} octets", octets.len());
            let report = judged(&octets);
            assert_eq!(report["headers"]["subject"], letter.subject.as_str());
            assert_eq!(report["headers"]["content-language"], language);
            assert_eq!(report["parts"][0]["text"], letter.text.as_str());
            assert_eq!(report["parts"][1]["text"].as_str().unwrap().trim_end(), letter.html.trim_end());
            let link = public_url.map_or("mailto:u+", |_| "https://outreach.igf.example/u/");
            for part in [&letter.text, &letter.html] {
                for needed in [opt_out, link, "IGF Secretariat", "Example Street 1, 1211 Example City", "Ада «Пример»"]
                {
                    assert!(part.contains(needed), "{language}: `{needed}` in\n{part}");
                }
                assert!(!part.contains("nri-list"), "the source's code is never shown");
            }
            let direction = if language == "ar" { "rtl" } else { "ltr" };
            assert!(letter.html.contains(&format!("<html lang=\"{language}\" dir=\"{direction}\">")));
            assert!(
                letter.html.contains("Example &lt;Org&gt; &amp; Söhne")
                    && letter.text.contains("Example <Org> & Söhne")
            );
        }
    }
}

#[test]
fn the_same_snapshot_gives_the_same_octets_and_survives_the_ledger() {
    let first = snapshot(Some("https://outreach.igf.example"));
    let stored: Snapshot = serde_json::from_str(&serde_json::to_string(&first).unwrap()).unwrap();
    let organisation = organisation(None);
    assert_eq!(organisation_from_json(&organisation_to_json(&organisation)), Some(organisation));
    let octets = |snapshot: &Snapshot| {
        let composer = Composer::new(snapshot, "igf", &keys(), ReturnPath::Fixed).unwrap();
        let (contact, tag) = (contact("Ada"), LanguageTag::parse("fr").unwrap());
        let fields = contact_fields(&contact, Tier::Public, contact.region(&RegionalGroups::default()), &tag);
        let to =
            Recipient { key: contact.key, address: &contact.address, name: "Ada", language: &tag, fields: &fields };
        let (letter, envelope) = composer.compose(&to).unwrap();
        assert_eq!(envelope.mail_from, "invitations@igf.example", "the fixed return path");
        MimeWriter.canonical(&letter).unwrap()
    };
    assert_eq!(octets(&first), octets(&stored));
}

#[test]
fn a_preview_shows_messages_without_letting_them_act() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("preview");
    let mut hostile = composed(Some("https://outreach.igf.example"), "en", "<img src=x onerror=alert(1)>\"");
    hostile.subject = "</bdi><script>alert(1)</script>".into();
    let octets = MimeWriter.write(&hostile, &stamp()).unwrap();
    let arabic = composed(None, "ar", "Ada");
    let entries = [
        PreviewEntry { letter: &hostile, octets: &octets, segment: "Silent / field" },
        PreviewEntry { letter: &arabic, octets: b"x", segment: "" },
    ];
    let page = |show_addresses| PreviewPage { campaign: "igf & co", remarks: &[], show_addresses };
    let index = preview::write(&out, page(false), &entries).unwrap();
    let shown = std::fs::read_to_string(&index).unwrap();
    assert!(!shown.contains("<script") && !shown.contains("<img"), "nothing of the data is markup");
    assert!(shown.contains("a***@people.example") && !shown.contains("ada@people.example"), "masked unless asked");
    assert_eq!(shown.matches("<iframe").count(), shown.matches(" sandbox srcdoc=").count());
    assert!(!shown.contains("<link") && !shown.contains("src=\"http"), "nothing is fetched");
    assert_eq!(std::fs::read(out.join("01-en-silent---field.eml")).unwrap(), octets);
    assert!(out.join("02-ar.txt").is_file() && out.join("02-ar.html").is_file());
    std::fs::write(out.join("mine.txt"), "kept").unwrap();
    preview::write(&out, page(true), &entries[1..]).unwrap();
    assert!(out.join("mine.txt").is_file() && out.join("01-ar.eml").is_file(), "foreign files stay");
    assert!(!out.join("02-ar.eml").exists() && !out.join("01-en-silent---field.eml").exists(), "old previews go");
    assert!(std::fs::read_to_string(&index).unwrap().contains("ada@people.example"));
}
