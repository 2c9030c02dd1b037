//! How long one message takes, step by step, in English and in Arabic: `cargo bench --bench compose`.
//!
//! A planner takes the first three steps for each contact; a sender takes the last, from the row of the plan to the
//! checked octets, which a key of the settings then signs. What lettre's builder takes for the same letter stands below,
//! for comparison.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a measurement that cannot go on must end
#![allow(clippy::disallowed_methods)] // measuring time is what this is for

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use convoke::domain::address::EmailAddress;
use convoke::domain::contact::{Contact, Tier};
use convoke::domain::geography::RegionalGroups;
use convoke::domain::invitation::{Invitation, PlannedInvitation, State};
use convoke::domain::keys::Keyring;
use convoke::domain::language::LanguageTag;
use convoke::domain::message::{Letter, Stamp};
use convoke::domain::organisation::{Mailbox, Organisation};
use convoke::domain::plan::Snapshot;
use convoke::engine::letter::{Composer, Recipient, ReturnPath, contact_fields, organisation_to_json};
use convoke::engine::ports::MessageWriter;
use convoke::engine::send::press::Press;
use convoke::files::template_folder;
use convoke::smtp::dkim::key::{Algorithm, PrivateKey};
use convoke::smtp::dkim::{SignedWriter, Signer, canonical, make};
use convoke::smtp::mime::MimeWriter;
use jiff::Timestamp;
use lettre::message::{MultiPart, SinglePart};
use secrecy::ExposeSecret;
use serde_json::json;

/// Calls in one sample; the best of [`SAMPLES`] counts, because whatever disturbs a sample makes it longer.
const CALLS: u32 = 1_000;
const SAMPLES: usize = 15;

fn measure<T>(what: &str, mut step: impl FnMut() -> T) -> f64 {
    let sample = |step: &mut dyn FnMut() -> T| {
        let began = Instant::now();
        for _ in 0..CALLS {
            black_box(step());
        }
        began.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS)
    };
    let best = (0..SAMPLES).map(|_| sample(&mut step)).fold(f64::INFINITY, f64::min);
    println!("  {best:7.1} µs  {what}");
    best
}

fn snapshot() -> Snapshot {
    let address = EmailAddress::parse("invitations@igf.example").unwrap();
    let organisation = Organisation {
        name: "IGF Secretariat".into(),
        postal_address: "Example Street 1\n1211 Example City".into(),
        from: Mailbox { name: "IGF Secretariat".into(), address },
        reply_to: None,
        list_id: "igf-invitations.igf.example".into(),
        bounce_domain: "bounces.igf.example".into(),
        public_url: Some("https://outreach.igf.example".into()),
    };
    let variables = json!({ "event": {
        "name": "IGF 2027",
        "place": { "ar": "مدينة المثال", "en": "Example City" },
        "dates": { "ar": "من 15 إلى 19 نوفمبر 2027", "en": "15 to 19 November 2027" },
        "url": "https://www.igf.example/2027",
    }});
    Snapshot {
        templates: template_folder::read(Path::new(env!("CARGO_MANIFEST_DIR")), "participation-invitation").unwrap(),
        template: "participation-invitation".into(),
        default_language: "en".into(),
        columns: Vec::new(),
        variables: variables.as_object().unwrap().clone(),
        organisation: organisation_to_json(&organisation),
        topic: "annual-meeting".into(),
    }
}

fn contact(keys: &Keyring, name: &str) -> Contact {
    let address = EmailAddress::parse("ada@people.example").unwrap();
    let key = keys.address_key(&address.normalised());
    let mut contact = Contact::bare(keys.contact_id(key), key, address);
    contact.name = name.into();
    contact.organisation = "Ministry of Examples".into();
    contact.source = "nri-list".into();
    contact
}

fn with_lettre(letter: &Letter) -> Vec<u8> {
    let mailbox = |m: &Mailbox| {
        lettre::message::Mailbox::new(Some(m.name.clone()), m.address.to_string().parse().expect("an address"))
    };
    lettre::Message::builder()
        .from(mailbox(&letter.from))
        .to(mailbox(&letter.to))
        .subject(letter.subject.clone())
        .message_id(Some("<abc@igf.example>".into()))
        .multipart(
            MultiPart::alternative()
                .singlepart(SinglePart::plain(letter.text.clone()))
                .singlepart(SinglePart::html(letter.html.clone())),
        )
        .unwrap()
        .formatted()
}

fn stamp() -> Stamp {
    Stamp { message_id: "abc@igf.example".into(), date: Timestamp::UNIX_EPOCH }
}

fn signing(algorithms: &[Algorithm]) -> SignedWriter {
    let signer = |algorithm: &Algorithm| {
        let pem = make::private_key(*algorithm).unwrap();
        let key = PrivateKey::from_pem(pem.expose_secret().as_bytes()).unwrap();
        Signer { domain: "igf.example".into(), selector: "bench".into(), key }
    };
    SignedWriter::new(algorithms.iter().map(signer).collect())
}

fn main() {
    let keys = Keyring::from_secret(&[1; 32]);
    let composer = Arc::new(Composer::new(&snapshot(), "igf", &keys, ReturnPath::Verp).unwrap());
    for (language, name) in [("en", "Ada Example"), ("ar", "ياسمين النهري")] {
        let (contact, tag) = (contact(&keys, name), LanguageTag::parse(language).unwrap());
        println!("{language}");
        let mut sum = measure("fields of the contact", || {
            contact_fields(&contact, Tier::Field, contact.region(&RegionalGroups::default()), &tag)
        });
        let fields = contact_fields(&contact, Tier::Field, contact.region(&RegionalGroups::default()), &tag);
        let to = Recipient { key: contact.key, address: &contact.address, name, language: &tag, fields: &fields };
        sum += measure("compose: letter and envelope", || composer.compose(&to).unwrap());
        let letter = composer.compose(&to).unwrap().0;
        sum += measure("write the octets and take their digest", || {
            keys.message_digest(&MimeWriter.canonical(&letter).unwrap())
        });
        println!("  {sum:7.1} µs  together: one contact planned");

        let compose = Arc::clone(&composer);
        let press = Press {
            campaign: "igf".into(),
            compose: Arc::new(move |row| compose.compose_planned(row).map_err(|e| e.to_string())),
            writer: Arc::new(MimeWriter),
            keys: keys.clone(),
        };
        let row = row(&contact, &letter, fields.clone(), &keys);
        measure("a row of the plan checked and written", || press.parcel(&row, Timestamp::UNIX_EPOCH).unwrap());
        let size = press.parcel(&row, Timestamp::UNIX_EPOCH).unwrap().1.octets.len();
        let canonical = MimeWriter.canonical(&letter).unwrap();
        measure("the body's canonical form hashed, for its signatures", || {
            canonical::body_hash(canonical::split(&canonical).1)
        });
        for (what, algorithms) in [
            ("Date, Message-ID and a signature by Ed25519", &[Algorithm::Ed25519][..]),
            ("the same by RSA of 2,048 bits", &[Algorithm::Rsa]),
        ] {
            let writer = signing(algorithms);
            let (canonical, stamp) = (writer.canonical(&letter).unwrap(), stamp());
            measure(what, || writer.stamped(&canonical, &stamp).unwrap());
        }
        measure("lettre's builder, for comparison", || with_lettre(&letter));
        println!("  {size:7} octets");
    }
}

fn row(contact: &Contact, letter: &Letter, fields: convoke::domain::template::Fields, keys: &Keyring) -> Invitation {
    let digest = keys.message_digest(&MimeWriter.canonical(letter).unwrap());
    let planned = PlannedInvitation {
        key: contact.key,
        contact_id: contact.id.clone(),
        address: contact.address.clone(),
        name: letter.to.name.clone(),
        segment: String::new(),
        tier: "field".into(),
        region: String::new(),
        stakeholder: String::new(),
        language: letter.language.to_string(),
        fields,
        message_id_local: keys.message_id_local("igf", contact.key, &digest),
        zone: None,
        digest,
    };
    Invitation {
        id: 1,
        planned,
        state: State::Planned,
        attempts: 0,
        first_attempt_at: None,
        last_attempt_at: None,
        next_at: None,
        date: None,
        code: None,
        reply: String::new(),
    }
}
