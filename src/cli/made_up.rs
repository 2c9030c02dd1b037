//! Invented people, for looking at a template without any contact data.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::failure::Failure;
use super::plan::return_path;
use crate::domain::address::EmailAddress;
use crate::domain::columns::{Columns, Field, Subject};
use crate::domain::contact::{Contact, Country, Stakeholder, Tier};
use crate::domain::geography::{CountryCode, RegionalGroups};
use crate::domain::invitation::PlannedInvitation;
use crate::domain::keys::Keyring;
use crate::domain::language::LanguageTag;
use crate::domain::plan::Snapshot;
use crate::engine::letter::{Composer, Recipient, contact_fields, display_name, organisation_to_json};
use crate::files::campaign_folder::CampaignFolder;
use crate::files::survey::Survey;
use crate::files::table;
use crate::files::template_folder;

/// Tokens of invented people are signed with a key that opens nothing.
const NO_SECRET: [u8; 32] = [0; 32];

/// Given name, family name, organisation and country of an invented person, by language. The words mean "example".
const PEOPLE: &[(&str, &str, &str, &str, &str)] = &[
    ("ar", "نور", "المثالي", "وزارة المثال", "EG"),
    ("en", "Sam", "Example", "Example Network", "KE"),
    ("es", "Sol", "Ejemplo", "Red Ejemplo", "PE"),
    ("fr", "Camille", "Exemple", "Réseau Exemple", "SN"),
    ("ru", "Саша", "Примерова", "Сеть «Пример»", "KZ"),
    ("zh", "小示", "例", "示例网络", "CN"),
];

/// The custom columns that the campaign's contact lists bring, read from their headers. A list that cannot be read brings
/// none: `check` and `import` say why.
pub fn custom_columns(folder: &CampaignFolder) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for input in &folder.campaign.inputs.contacts {
        let path = folder.path_of(&input.file);
        let survey = Survey::of(&path).and_then(|survey| survey.read_as(input.encoding.as_deref()));
        let table = survey.and_then(|survey| table::open(&path, &survey, input.sheet.as_deref()));
        let columns = table.ok().and_then(|table| Columns::read(table.header(), Subject::Contacts, &[]).ok());
        for field in columns.into_iter().flat_map(|c| c.fields) {
            if let Field::Custom(name) = field {
                names.insert(name);
            }
        }
    }
    names
}

/// The campaign's words as a plan would freeze them, without the ledger.
///
/// # Errors
/// Exit code 3 for problems of the templates' files, 6 for settings.
pub fn snapshot(context: &Context, folder: &CampaignFolder) -> Result<Snapshot, Failure> {
    let campaign = &folder.campaign;
    Ok(Snapshot {
        template: campaign.template.clone(),
        templates: template_folder::read(&folder.workspace, &campaign.template).map_err(Failure::bad_input)?,
        columns: custom_columns(folder).into_iter().collect(),
        variables: campaign.variables.clone(),
        default_language: campaign.default_language.to_string(),
        organisation: organisation_to_json(&context.settings()?.organisation),
        topic: campaign.topic.clone(),
    })
}

/// For every variant somebody of whom much is known, and somebody of whom only the address is, where the text allows it.
///
/// # Errors
/// Exit code 3 for problems of the templates.
pub fn people(context: &Context, folder: &CampaignFolder) -> Result<(Composer, Vec<PlannedInvitation>), Failure> {
    let snapshot = snapshot(context, folder)?;
    let keys = Keyring::from_secret(&NO_SECRET);
    let composer = Composer::new(&snapshot, &folder.campaign.name, &keys, return_path(context.settings()?))
        .map_err(Failure::bad_input)?;
    let mut rows = Vec::new();
    for language in composer.templates.variants() {
        for contact in [known(&language, &snapshot.columns, &keys), bare(&language, &keys)].into_iter().flatten() {
            rows.extend(row(&contact, &language, &composer));
        }
    }
    Ok((composer, rows))
}

fn bare(language: &LanguageTag, keys: &Keyring) -> Option<Contact> {
    let address = EmailAddress::parse(&format!("mailbox.{language}@example.org")).ok()?;
    let key = keys.address_key(&address.normalised());
    Some(Contact::bare(keys.contact_id(key), key, address))
}

fn known(language: &LanguageTag, columns: &[String], keys: &Keyring) -> Option<Contact> {
    let base = language.base();
    let person = PEOPLE.iter().find(|p| p.0 == base.as_str()).or_else(|| PEOPLE.iter().find(|p| p.0 == "en"));
    let &(_, given, family, organisation, country) = person?;
    let mut contact = bare(language, keys)?;
    contact.given_name = given.to_owned();
    contact.family_name = family.to_owned();
    contact.organisation = organisation.to_owned();
    contact.country = CountryCode::parse(country).map_or(Country::Missing, Country::Known);
    contact.stakeholder = Stakeholder::CivilSociety;
    contact.custom = columns.iter().map(|name| (name.clone(), format!("({name})"))).collect::<BTreeMap<_, _>>();
    Some(contact)
}

/// The row of an invented person; none where the text needs a value that is not known of them.
fn row(contact: &Contact, language: &LanguageTag, composer: &Composer) -> Option<PlannedInvitation> {
    // Invented people come from member states, whose group the table knows.
    let region = contact.region(&RegionalGroups::default());
    let fields = contact_fields(contact, Tier::Public, region, language);
    let name = display_name(contact);
    let recipient = Recipient { key: contact.key, address: &contact.address, name: &name, language, fields: &fields };
    composer.compose(&recipient).ok()?;
    Some(PlannedInvitation {
        key: contact.key,
        contact_id: contact.id.clone(),
        address: contact.address.clone(),
        segment: if name.is_empty() { "only an address known" } else { "much known" }.to_owned(),
        name,
        tier: Tier::Public.as_str().to_owned(),
        region: region.as_str().to_owned(),
        stakeholder: contact.stakeholder.as_str().to_owned(),
        language: language.to_string(),
        fields,
        digest: String::new(),
        message_id_local: format!("made-up-{}", contact.id),
        zone: None,
    })
}
