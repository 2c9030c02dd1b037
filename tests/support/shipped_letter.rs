//! The shipped invitation, composed for a made-up contact as a plan would.

use std::path::Path;

use convoke::domain::address::EmailAddress;
use convoke::domain::contact::{Contact, Tier};
use convoke::domain::geography::RegionalGroups;
use convoke::domain::keys::Keyring;
use convoke::domain::language::LanguageTag;
use convoke::domain::message::Letter;
use convoke::domain::organisation::{Mailbox, Organisation};
use convoke::domain::plan::Snapshot;
use convoke::engine::letter::{Composer, Recipient, ReturnPath, contact_fields, organisation_to_json};
use convoke::files::template_folder;
use serde_json::json;

pub fn keys() -> Keyring {
    Keyring::from_secret(&[1; 32])
}

pub fn organisation(public_url: Option<&str>) -> Organisation {
    let address = EmailAddress::parse("invitations@igf.example").unwrap();
    Organisation {
        name: "IGF Secretariat".into(),
        postal_address: "Example Street 1, 1211 Example City".into(),
        from: Mailbox { name: "IGF Secretariat".into(), address },
        reply_to: None,
        list_id: "igf-invitations.igf.example".into(),
        bounce_domain: "bounces.igf.example".into(),
        public_url: public_url.map(str::to_owned),
    }
}

/// The shipped invitation as a plan would freeze it.
pub fn snapshot(public_url: Option<&str>) -> Snapshot {
    let variables = json!({ "event": {
        "name": "IGF 2027", "place": "Example City", "dates": "15-19 November 2027", "url": "https://www.igf.example/2027",
    }});
    Snapshot {
        templates: template_folder::read(Path::new(env!("CARGO_MANIFEST_DIR")), "participation-invitation").unwrap(),
        template: "participation-invitation".into(),
        default_language: "en".into(),
        columns: Vec::new(),
        variables: variables.as_object().unwrap().clone(),
        organisation: organisation_to_json(&organisation(public_url)),
        topic: "annual-meeting".into(),
    }
}

pub fn contact(name: &str) -> Contact {
    let address = EmailAddress::parse("ada@people.example").unwrap();
    let key = keys().address_key(&address.normalised());
    let mut contact = Contact::bare(keys().contact_id(key), key, address);
    contact.name = name.into();
    contact.organisation = "Example <Org> & Söhne".into();
    contact.source = "nri-list".into();
    contact
}

pub fn composed(public_url: Option<&str>, language: &str, name: &str) -> Letter {
    let composer = Composer::new(&snapshot(public_url), "igf", &keys(), ReturnPath::Verp).unwrap();
    let (contact, tag) = (contact(name), LanguageTag::parse(language).unwrap());
    let fields = contact_fields(&contact, Tier::Field, contact.region(&RegionalGroups::default()), &tag);
    let to = Recipient { key: contact.key, address: &contact.address, name, language: &tag, fields: &fields };
    composer.compose(&to).unwrap().0
}
