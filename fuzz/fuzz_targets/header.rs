#![no_main]

use convoke::domain::address::EmailAddress;
use convoke::domain::language::LanguageTag;
use convoke::domain::message::Letter;
use convoke::domain::organisation::Mailbox;
use convoke::engine::ports::MessageWriter;
use convoke::smtp::mime::MimeWriter;
use libfuzzer_sys::fuzz_target;

const FIELDS: [&str; 10] = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];

// Whatever stands in names, subject and text: the message has the fields it should and no other, in lines that may leave.
fuzz_target!(|data: (&str, &str, &str, &str)| {
    let (name, subject, text, html) = data;
    let mailbox = |address: &str, name: &str| Mailbox {
        address: EmailAddress::parse(address).expect("an address"),
        name: name.to_owned(),
    };
    let letter = Letter {
        from: mailbox("invitations@igf.example", name),
        to: mailbox("ada@example.org", subject),
        reply_to: Some(mailbox("answers@igf.example", text)),
        subject: subject.to_owned(),
        text: text.to_owned(),
        html: html.to_owned(),
        language: LanguageTag::parse("en").expect("a language"),
        list_id: "invitations.igf.example".to_owned(),
        opt_out_url: Some("https://igf.example/u/token".to_owned()),
        opt_out_mailto: "u+token@bounces.igf.example".to_owned(),
    };
    let Ok(octets) = MimeWriter.canonical(&letter) else { return };
    assert_eq!(convoke::smtp::dot::check(&octets, false), Ok(()));
    let message = std::str::from_utf8(&octets).expect("ASCII");
    assert!(message.lines().all(|line| line.len() <= 998));
    let (header, _) = message.split_once("\r\n\r\n").expect("an end of the header");
    for line in header.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])) {
        let (field, _) = line.split_once(':').expect("a field");
        assert!(FIELDS.contains(&field), "{field}");
    }
});
