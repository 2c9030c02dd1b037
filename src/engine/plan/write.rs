//! Writes the rows of a plan: fields frozen, the message rendered once for its digest.

use super::choose::Seated;
use super::{Clocks, History, PlanError, PlanOrder};
use crate::domain::address::EmailAddress;
use crate::domain::contact::{Contact, Gender, Kind};
use crate::domain::invitation::PlannedInvitation;
use crate::domain::language::LanguageTag;
use crate::domain::segment::tier_of;
use crate::engine::letter::{Composer, Recipient, addressee, contact_fields, title_contradicts_gender};
use crate::engine::ports::Ledger;

/// Contacts looked up at once.
const BATCH: usize = 500;

/// One message for several people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// The contact it goes to.
    pub contact_id: String,
    /// Its address.
    pub address: EmailAddress,
    /// Names of the people who read there, the contact's own first.
    pub names: Vec<String>,
}

/// A title that a letter would have used, and does not, because it contradicts the gender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TitleLeftOut {
    /// The contact.
    pub contact_id: String,
    /// Its address.
    pub address: EmailAddress,
    /// The person's name.
    pub name: String,
    /// The title.
    pub title: String,
    /// The gender.
    pub gender: Gender,
}

/// What was written, and what a person should know about it.
#[derive(Default)]
pub(super) struct Written {
    pub rows: Vec<PlannedInvitation>,
    pub covered: Vec<Covered>,
    pub titles_left_out: Vec<TitleLeftOut>,
    pub clocks: Option<Clocks>,
}

impl Written {
    fn tell(&mut self, contact: &Contact, uses_title: bool) {
        let (contact_id, address) = (contact.id.clone(), contact.address.clone());
        if contact.kind() == Kind::Person {
            if uses_title && title_contradicts_gender(contact) {
                let (name, title, gender) = (contact.full_name(), contact.title.clone(), contact.gender);
                self.titles_left_out.push(TitleLeftOut { contact_id, address, name, title, gender });
            }
        } else if !contact.other_names.is_empty() {
            self.covered.push(Covered { contact_id, address, names: contact.all_names() });
        }
    }
}

/// The rows of everybody with a place, in the same order.
///
/// # Errors
/// A message that cannot be written, or the ledger's trouble.
pub(super) fn write_rows(
    ledger: &mut dyn Ledger,
    order: &PlanOrder<'_>,
    composer: &Composer,
    history: &History,
    seated: &[Seated],
) -> Result<Written, PlanError> {
    let variants = composer.templates.variants();
    let mut written =
        Written { rows: Vec::with_capacity(seated.len()), clocks: Clocks::wanted(order), ..Written::default() };
    for batch in seated.chunks(BATCH) {
        let keys: Vec<_> = batch.iter().map(|s| s.key).collect();
        for (seated, contact) in batch.iter().zip(ledger.contacts_by_key(&keys)?) {
            // A contact that went away since the look at everybody has no row.
            if let Some(contact) = contact {
                let language = &variants[seated.variant];
                let segment = &order.campaign.audiences[seated.audience].name;
                written.tell(&contact, composer.templates.fields_used(language).contains(&"title"));
                let mut row = row(&contact, language, segment, order, composer, history)?;
                row.zone = written.clocks.as_mut().map(|clocks| clocks.zone_of(&contact, order));
                written.rows.push(row);
            }
        }
    }
    Ok(written)
}

fn row(
    contact: &Contact,
    language: &LanguageTag,
    segment: &str,
    order: &PlanOrder<'_>,
    composer: &Composer,
    history: &History,
) -> Result<PlannedInvitation, PlanError> {
    let region = contact.region(order.groups);
    let tier = tier_of(contact, region, history.attended(contact.key), &history.meetings, order.tiers);
    let mut fields = contact_fields(contact, tier, region, language);
    // What the variant does not use need not be kept with the plan.
    let used = composer.templates.fields_used(language);
    fields.retain(|name, value| used.contains(&name.as_str()) || name == "source" && value.as_str() != Some(""));
    let name = addressee(contact);
    let recipient = Recipient { key: contact.key, address: &contact.address, name: &name, language, fields: &fields };
    let unwritable = |why: String| PlanError::Unwritable { contact: contact.id.clone(), why };
    let (letter, _) = composer.compose(&recipient).map_err(|error| unwritable(error.to_string()))?;
    let canonical = order.writer.canonical(&letter).map_err(unwritable)?;
    let digest = order.keys.message_digest(&canonical);
    let message_id_local = order.keys.message_id_local(&order.campaign.name, contact.key, &digest);
    Ok(PlannedInvitation {
        key: contact.key,
        contact_id: contact.id.clone(),
        address: contact.address.clone(),
        name,
        segment: segment.to_owned(),
        tier: tier.as_str().to_owned(),
        region: region.as_str().to_owned(),
        stakeholder: contact.stakeholder.as_str().to_owned(),
        language: language.to_string(),
        fields,
        digest,
        message_id_local,
        zone: None,
    })
}
