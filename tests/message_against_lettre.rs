//! The same letters written by another builder, lettre's, and compared octet for octet.
//!
//! lettre is told what it leaves to its caller: the order of headers, the boundary, the transfer encodings, the last line
//! end. What a row of the tables names after its letter is written differently by the two, both times in a way that is read
//! everywhere; there Python's parsers must read the same in both. The reasons:
//!
//! - **`from`, `to`, several words**: lettre puts a name with a blank into quotes; to us it is a phrase of atoms, which
//!   needs none (RFC 5322 §3.2.5).
//! - **`to`, special characters**: lettre encodes a name with any character beyond letters, digits and `-_.`; we write
//!   what is an atom as it is and quote the rest. lettre leaves `J.R.` bare, which only the obsolete syntax has (§4.1); a
//!   name that is a dot alone ends Python's parser that way, so it is not here.
//! - **`to`, long**: lettre counts two columns for the line end, so it begins another encoded word earlier; and it folds
//!   inside quotes, where we encode a name that would not fit on its line.
//! - **`subject`, beyond ASCII**: lettre encodes the words that need it and leaves the others; we encode all of it, as the
//!   blanks between two encoded words are not read (RFC 2047 §6.2).
//! - **`body`**: we encode the F of a line that begins with `From `, which old relays change.

#![allow(clippy::unwrap_used, clippy::expect_used)] // in the helpers too: a test that cannot go on must end

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use convoke::domain::address::EmailAddress;
use convoke::domain::language::LanguageTag;
use convoke::domain::message::{Letter, Stamp};
use convoke::domain::organisation::Mailbox;
use convoke::domain::template::escape::clean;
use convoke::engine::ports::MessageWriter;
use convoke::smtp::mime::MimeWriter;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{MultiPart, SinglePart};
use serde_json::Value;

#[path = "support/judge.rs"]
mod judge;
#[path = "support/shipped_letter.rs"]
mod shipped_letter;

fn mailbox(name: &str, address: &str) -> Mailbox {
    Mailbox { name: name.into(), address: EmailAddress::parse(address).unwrap() }
}

fn letter() -> Letter {
    Letter {
        from: mailbox("Secretariat", "invitations@igf.example"),
        to: mailbox("", "ada@people.example"),
        reply_to: Some(mailbox("Outreach", "outreach@igf.example")),
        subject: "Invitation".into(),
        text: "Dear colleague,\n\nHello.\n".into(),
        html: "<!DOCTYPE html><html><body><p>Hello.</p></body></html>\n".into(),
        language: LanguageTag::parse("en").unwrap(),
        list_id: "igf-invitations.igf.example".into(),
        opt_out_url: Some("https://outreach.igf.example/u/aebagbafaydqqcikbmga2dqpcaireeyuculbogazdinryhi6d4".into()),
        opt_out_mailto: "u+aebagbafaydqqcikbmga2dqpcaireeyuculbogazdinryhi6d4@bounces.igf.example".into(),
    }
}

fn stamp() -> Stamp {
    Stamp { message_id: "abc@igf.example".into(), date: "2026-11-03T09:05:07Z".parse().unwrap() }
}

fn raw(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// The letter by lettre, with the boundary and transfer encodings of the message we wrote.
fn by_lettre(letter: &Letter, ours: &str) -> String {
    let mailbox = |m: &Mailbox| {
        // lettre panics on a line break in a name; that ours does not is a matter of tests/message.rs.
        let name = clean(&m.name).split_whitespace().collect::<Vec<_>>().join(" ");
        let address: lettre::Address = m.address.to_string().parse().unwrap();
        lettre::message::Mailbox::new((!name.is_empty()).then_some(name), address)
    };
    let mailto = format!("<mailto:{}?subject=unsubscribe>", letter.opt_out_mailto);
    // lettre would read the recipients out of what it wrote, and cannot for every name.
    let envelope = lettre::address::Envelope::new(None, vec![letter.to.address.to_string().parse().unwrap()]).unwrap();
    let mut message = lettre::Message::builder()
        .envelope(envelope)
        .date(UNIX_EPOCH + Duration::from_secs(stamp().date.as_second().unsigned_abs()))
        .message_id(Some(format!("<{}>", stamp().message_id)))
        .from(mailbox(&letter.from))
        .to(mailbox(&letter.to))
        .subject(clean(&letter.subject).trim());
    if let Some(reply_to) = &letter.reply_to {
        message = message.reply_to(mailbox(reply_to));
    }
    message = message.header(MIME_VERSION_1_0).raw_header(raw("List-Id", format!("<{}>", letter.list_id)));
    message = match &letter.opt_out_url {
        Some(url) => message
            .raw_header(raw("List-Unsubscribe", format!("<{url}>, {mailto}")))
            .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into())),
        None => message.raw_header(raw("List-Unsubscribe", mailto)),
    };
    let mut encodings = ours
        .split("Content-Transfer-Encoding: ")
        .skip(1)
        .map(|rest| rest.lines().next().unwrap().parse::<ContentTransferEncoding>().unwrap());
    let mut part = |kind: ContentType, body: &str| {
        // Our last line always ends; lettre leaves that to its caller too.
        let body = format!("{}\n", body.strip_suffix('\n').unwrap_or(body));
        SinglePart::builder().header(kind).header(encodings.next().unwrap()).body(body)
    };
    let boundary = ours.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap();
    let parts = MultiPart::alternative()
        .boundary(boundary)
        .singlepart(part(ContentType::TEXT_PLAIN, &letter.text))
        .singlepart(part(ContentType::TEXT_HTML, &letter.html));
    let message = message.raw_header(raw("Content-Language", letter.language.to_string())).multipart(parts).unwrap();
    String::from_utf8(message.formatted()).unwrap()
}

/// Headers by name, folded as they are, in order; and what follows them.
fn taken_apart(message: &str) -> (Vec<(String, String)>, &str) {
    let (head, body) = message.split_once("\r\n\r\n").unwrap();
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in head.split("\r\n") {
        match headers.last_mut() {
            Some((_, value)) if line.starts_with([' ', '\t']) => *value += &format!("\r\n{line}"),
            _ => {
                let (name, value) = line.split_once(": ").unwrap();
                headers.push((name.to_ascii_lowercase(), value.to_owned()));
            }
        }
    }
    (headers, body)
}

/// Compares both builders' messages; `different` names what they write differently, and must.
fn compare(what: &str, letter: &Letter, different: &[&str]) {
    let ours = String::from_utf8(MimeWriter.write(letter, &stamp()).unwrap()).unwrap();
    let theirs = by_lettre(letter, &ours);
    let ((our_headers, our_body), (their_headers, their_body)) = (taken_apart(&ours), taken_apart(&theirs));
    let names = |headers: &[(String, String)]| headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&our_headers), names(&their_headers), "{what}");
    let mut differing: Vec<&str> = our_headers
        .iter()
        .zip(&their_headers)
        .filter(|(one, other)| one != other)
        .map(|((name, _), _)| name.as_str())
        .collect();
    if our_body != their_body {
        differing.push("body");
    }
    assert_eq!(differing, different, "{what}\n--- ours\n{ours}\n--- lettre's\n{theirs}");
    if differing.is_empty() {
        assert_eq!(ours, theirs, "{what}");
        return;
    }
    let (one, other) = (judge::report(ours.as_bytes()), judge::report(theirs.as_bytes()));
    let read = |report: &Value| {
        let mut headers: BTreeMap<String, Value> =
            serde_json::from_value(report["headers"].clone()).expect("headers by name");
        // As text they differ in their quotes; as people they are compared above.
        headers.retain(|name, _| name != "from" && name != "to");
        (report["people"].clone(), headers, report["parts"].clone())
    };
    assert_eq!(read(&one), read(&other), "{what}");
}

#[test]
fn plain_letters_are_the_same_octets() {
    compare("plain", &letter(), &[]);
    compare("without Reply-To", &Letter { reply_to: None, ..letter() }, &[]);
    compare("without opt-out pages", &Letter { opt_out_url: None, ..letter() }, &[]);
    compare("another language", &Letter { language: LanguageTag::parse("pt-br").unwrap(), ..letter() }, &[]);
    let subject =
        "An invitation to the annual meeting of the forum, with all that a long subject may bring along, twice";
    compare("a subject of two lines", &Letter { subject: subject.into(), ..letter() }, &[]);
    compare("a subject that says From ", &Letter { subject: "From here: to = there; \"on\"".into(), ..letter() }, &[]);
}

#[test]
fn bodies_are_the_same_octets_in_every_encoding() {
    let widths: String = (60..=160).map(|n| format!("{}\n", "x".repeat(n))).collect();
    let escapes: String = (60..=90).map(|n| format!("{}é = ü{}\n", "x".repeat(n), "y".repeat(n % 7))).collect();
    let blanks: String = (70..=80).map(|n| format!("{} \n{}\t\n", "x".repeat(n), "y".repeat(n))).collect();
    let rows: [(&str, &str, &str, &[&str]); 14] = [
        ("dots", "7bit", ".\n..\n.dot\n", &[]),
        ("blank lines at both ends", "7bit", "\n\nmiddle\n\n\n", &[]),
        ("a long line", "quoted-printable", &format!("{}\n", "word and word ".repeat(40).trim()), &[]),
        ("a line without a blank", "quoted-printable", &format!("{}\n", "x".repeat(3_000)), &[]),
        ("lines of every length around the limit", "quoted-printable", &widths, &[]),
        ("escapes at every column around the limit", "quoted-printable", &escapes, &[]),
        ("blanks before the line end, around the limit", "quoted-printable", &blanks, &[]),
        ("a blank and nothing else", "quoted-printable", " \n\t\nx \n", &[]),
        (
            "equals signs",
            "quoted-printable",
            "a = b, =20, and a line that ends in =\nwhere nothing goes on: Voilà\n",
            &[],
        ),
        ("a line that begins with From", "quoted-printable", "From here\nto there\n", &["body"]),
        ("Spanish", "quoted-printable", "Estimada colega: ¿Participará usted en el Foro?\n", &[]),
        ("Russian", "base64", "Уважаемые коллеги,\n\nприглашаем вас на Форум.\n", &[]),
        ("Chinese, one line", "base64", &format!("{}\n", "诚邀您参加互联网治理论坛。".repeat(30)), &[]),
        ("whole lines of base64", "base64", &"яяяяяяяяяяяяяяяяяяяяяяяяяя12\n\n".repeat(2), &[]),
    ];
    for (what, encoding, text, different) in rows {
        let letter = Letter { text: text.into(), ..letter() };
        let ours = String::from_utf8(MimeWriter.canonical(&letter).unwrap()).unwrap();
        assert!(ours.contains(&format!("Content-Transfer-Encoding: {encoding}\r\n")), "{what}: not {encoding}");
        compare(what, &letter, different);
    }
}

#[test]
fn names_are_the_same_or_read_the_same() {
    let long = "Anna ".repeat(16);
    let rows: [(&str, &[&str]); 21] = [
        ("Ada", &[]),
        ("Ada-Maria_2", &[]),
        ("Ada Example", &["to"]),
        ("Example, Ada", &["to"]),
        ("Ada \"the Count\" O\\Neill", &[]),
        ("J.R.", &["to"]),
        ("Dr. A. Example", &[]),
        ("O'Neill", &["to"]),
        ("Ada & Bob", &["to"]),
        ("Ада", &[]),
        ("欧阳松柏", &[]),
        ("ياسمين النهري", &[]),
        ("Zoë Exämple", &[]),
        ("Ümit 😀👩‍👧", &[]),
        (&"Ёжикова ".repeat(12), &["to"]),
        (&long, &["to"]),
        ("\"Ada\" <eve@people.example>, Bob", &["to"]),
        ("Ada\r\nBcc: eve@people.example", &["to"]),
        ("=?utf-8?B?QmNjOiBldmU=?=", &[]),
        ("(comment) @here", &["to"]),
        ("Ada, Bob; Eve: <x@y.example>;", &["to"]),
    ];
    for (name, different) in rows {
        compare(name, &Letter { to: mailbox(name, "ada@people.example"), ..letter() }, different);
    }
}

#[test]
fn subjects_are_the_same_or_read_the_same() {
    for (subject, different) in [
        ("Приглашение", &[][..]),
        ("诚邀参会", &[]),
        ("Invitation à Genève", &["subject"]),
        ("Приглашение на ежегодную встречу Форума по вопросам управления Интернетом", &[]),
        ("دعوة إلى المنتدى", &[]),
    ] {
        compare(subject, &Letter { subject: subject.into(), ..letter() }, different);
    }
}

#[test]
fn the_shipped_letters_are_the_same_but_for_their_names_and_subjects() {
    for (language, different) in [
        ("ar", &["from", "subject"][..]),
        ("en", &["from"]),
        ("es", &["from", "subject"]),
        ("fr", &["from", "subject"]),
        ("ru", &["from", "subject"]),
        ("zh", &["from", "subject"]),
    ] {
        for public_url in [Some("https://outreach.igf.example"), None] {
            let letter = shipped_letter::composed(public_url, language, "Алия");
            compare(language, &letter, different);
        }
    }
}
