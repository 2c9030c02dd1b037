//! The shipped invitation, in its six languages, as a reader gets it.

#![allow(clippy::unwrap_used, clippy::expect_used)] // in the helpers too: a test that cannot go on must end

use std::path::Path;

use convoke::domain::address::EmailAddress;
use convoke::domain::contact::{Contact, Country, Kind, Stakeholder, Tier};
use convoke::domain::geography::{CountryCode, RegionalGroups};
use convoke::domain::keys::Keyring;
use convoke::domain::language::LanguageTag;
use convoke::domain::message::Stamp;
use convoke::domain::organisation::{Mailbox, Organisation};
use convoke::domain::plan::Snapshot;
use convoke::engine::letter::{
    Composer, Recipient, ReturnPath, addressee, contact_fields, display_name, organisation_to_json,
};
use convoke::engine::ports::MessageWriter;
use convoke::files::template_folder;
use convoke::smtp::mime::MimeWriter;
use serde_json::json;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn organisation() -> Organisation {
    let mailbox =
        |address: &str| Mailbox { name: "IGF Secretariat".into(), address: EmailAddress::parse(address).unwrap() };
    Organisation {
        name: "IGF Secretariat".into(),
        postal_address: "Example Street 1\n1211 Example City".into(),
        from: mailbox("invitations@igf.example"),
        reply_to: Some(mailbox("outreach@igf.example")),
        list_id: "igf-invitations.igf.example".into(),
        bounce_domain: "bounces.igf.example".into(),
        public_url: Some("https://outreach.igf.example".into()),
    }
}

fn snapshot() -> Snapshot {
    let variables = json!({ "event": {
        "name": "IGF 2027",
        "place": { "ar": "مدينة المثال", "en": "Example City", "es": "Ciudad Ejemplo", "fr": "Exempleville", "ru": "город Пример", "zh": "示例市" },
        "dates": { "ar": "من 15 إلى 19 نوفمبر 2027", "en": "15 to 19 November 2027", "es": "del 15 al 19 de noviembre de 2027",
                   "fr": "du 15 au 19 novembre 2027", "ru": "15–19 ноября 2027 года", "zh": "2027年11月15日至19日" },
        "url": { "ar": "https://www.igf.example/2027/ar", "en": "https://www.igf.example/2027/en" },
    }});
    Snapshot {
        templates: template_folder::read(root(), "participation-invitation").unwrap(),
        template: "participation-invitation".into(),
        default_language: "en".into(),
        columns: vec!["nri".into()],
        variables: variables.as_object().unwrap().clone(),
        organisation: organisation_to_json(&organisation()),
        topic: "annual-meeting".into(),
    }
}

fn contact(given: &str, family: &str, organisation: &str, country: &str, stakeholder: Stakeholder) -> Contact {
    let keys = Keyring::from_secret(&[1; 32]);
    let address = EmailAddress::parse("ada@people.example").unwrap();
    let key = keys.address_key(&address.normalised());
    let mut contact = Contact::bare(keys.contact_id(key), key, address);
    contact.given_name = given.into();
    contact.family_name = family.into();
    contact.organisation = organisation.into();
    contact.country = Country::Known(CountryCode::parse(country).unwrap());
    contact.stakeholder = stakeholder;
    contact.source = "nri-list".into();
    contact
}

fn people() -> Vec<(&'static str, Contact, Tier)> {
    vec![
        ("ar", contact("ياسمين", "النهري", "Open Net Alliance Jordan", "JO", Stakeholder::CivilSociety), Tier::Field),
        ("en", contact("Wanjiru", "Kipkemboi", "Ministry of Examples", "KE", Stakeholder::Government), Tier::Community),
        ("es", contact("", "", "Cámara de Ejemplos", "PE", Stakeholder::PrivateSector), Tier::Public),
        ("fr", contact("Aïcha", "N’Diaye", "Réseau d’exemples", "SN", Stakeholder::TechnicalCommunity), Tier::Field),
        ("ru", contact("Алия", "Примерова", "Газета «Пример»", "KZ", Stakeholder::PressMedia), Tier::Public),
        ("zh", contact("松柏", "欧阳", "示例协会", "CN", Stakeholder::CivilSociety), Tier::Community),
    ]
}

#[test]
fn the_six_letters_read_as_they_were_written() {
    let composer = Composer::new(&snapshot(), "igf-2027", &Keyring::from_secret(&[1; 32]), ReturnPath::Verp)
        .unwrap_or_else(|problems| panic!("{}", problems.iter().map(|p| format!("{p}\n")).collect::<String>()));
    for (language, contact, tier) in people() {
        let tag = LanguageTag::parse(language).unwrap();
        let fields = contact_fields(&contact, tier, contact.region(&RegionalGroups::default()), &tag);
        let to = Recipient {
            key: contact.key,
            address: &contact.address,
            name: &display_name(&contact),
            language: &tag,
            fields: &fields,
        };
        let (letter, envelope) = composer.compose(&to).unwrap();
        assert!(envelope.mail_from.starts_with("b+") && envelope.mail_from.ends_with("@bounces.igf.example"));
        insta::assert_snapshot!(format!("letter_{language}"), format!("{}\n\n{}", letter.subject, letter.text));
        insta::assert_snapshot!(format!("html_{language}"), letter.html);
        let stamp = Stamp { message_id: "id@igf.example".into(), date: "2026-11-23T10:00:00Z".parse().unwrap() };
        let octets = MimeWriter.write(&letter, &stamp).unwrap();
        assert!(octets.len() < 30_000, "{language}: {} octets", octets.len());
    }
}

#[test]
fn a_mailbox_of_several_people_is_greeted_as_several_in_every_language() {
    let composer = Composer::new(&snapshot(), "igf-2027", &Keyring::from_secret(&[1; 32]), ReturnPath::Verp)
        .unwrap_or_else(|_| panic!());
    let greetings = [
        ("ar", "تحية طيبة وبعد،"),
        ("en", "Dear colleagues,"),
        ("es", "Reciban un cordial saludo:"),
        ("fr", "Mesdames, Messieurs,"),
        ("ru", "Уважаемые коллеги!"),
        ("zh", "尊敬的各位同仁，大家好："),
    ];
    for ((language, mut contact, tier), (greeted, greeting)) in people().into_iter().zip(greetings) {
        assert_eq!(language, greeted);
        let person = contact.given_name.clone();
        contact.stated_kind = Some(Kind::Shared);
        let tag = LanguageTag::parse(language).unwrap();
        let fields = contact_fields(&contact, tier, contact.region(&RegionalGroups::default()), &tag);
        let name = addressee(&contact);
        let to =
            Recipient { key: contact.key, address: &contact.address, name: &name, language: &tag, fields: &fields };
        let (letter, _) = composer.compose(&to).unwrap();
        assert_eq!(letter.text.lines().find(|line| !line.is_empty()), Some(greeting), "{language}");
        assert!(
            person.is_empty() || !(letter.text.contains(&person) || letter.to.name.contains(&person)),
            "{language}"
        );
    }
}
