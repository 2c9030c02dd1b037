//! From a contact and a template to a letter and its envelope. Plan, preview, test and send all come through here, from
//! the same snapshot, so that what was read is what leaves.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::domain::address::EmailAddress;
use crate::domain::contact::{Contact, Gender, Kind, Stakeholder, Tier};
use crate::domain::geography::Region;
use crate::domain::invitation::PlannedInvitation;
use crate::domain::keys::{AddressKey, Keyring};
use crate::domain::language::LanguageTag;
use crate::domain::message::{Envelope, Letter};
use crate::domain::organisation::{Mailbox, Organisation};
use crate::domain::plan::Snapshot;
use crate::domain::problem::Problem;
use crate::domain::template::{Fields, KnownNames, PerMessage, RenderError, Sender, TemplateSet};
use crate::domain::token::{opt_out_token, return_path_token};

/// Who a letter goes to, as frozen in a plan.
#[derive(Clone, Copy)]
pub struct Recipient<'a> {
    /// Key of the mailbox the letter is about; tokens name it.
    pub key: AddressKey,
    /// Where the letter goes.
    pub address: &'a EmailAddress,
    /// Name for the To header; may be empty.
    pub name: &'a str,
    /// Variant.
    pub language: &'a LanguageTag,
    /// Fields of [`contact_fields`].
    pub fields: &'a Fields,
}

/// Composes the letters of one campaign from its snapshot.
pub struct Composer {
    /// The compiled template.
    pub templates: TemplateSet,
    organisation: Organisation,
    topic: String,
    campaign: String,
    keys: Keyring,
    return_path: ReturnPath,
}

/// Where bounces go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReturnPath {
    /// `b+<token>@bounce_domain`, one per invitation.
    Verp,
    /// The From address, for relays that allow one sender only.
    Fixed,
    /// This address, which the relay permits.
    Address(EmailAddress),
}

impl Composer {
    /// Compiles a snapshot.
    ///
    /// # Errors
    /// Every problem of the templates, or that the snapshot's organisation cannot be read.
    pub fn new(
        snapshot: &Snapshot,
        campaign: &str,
        keys: &Keyring,
        return_path: ReturnPath,
    ) -> Result<Self, Vec<Problem>> {
        let damaged = |what: &str| {
            vec![Problem::in_file(
                "plan",
                "damaged-snapshot",
                format!("the plan's {what} cannot be read"),
                "plan again",
            )]
        };
        let organisation = organisation_from_json(&snapshot.organisation).ok_or_else(|| damaged("organisation"))?;
        let default_language =
            LanguageTag::parse(&snapshot.default_language).ok_or_else(|| damaged("default language"))?;
        let names = KnownNames {
            columns: snapshot.columns.iter().cloned().collect::<BTreeSet<_>>(),
            variables: snapshot.variables.clone(),
            default_language,
            sender: Sender { name: organisation.name.clone(), postal_address: organisation.postal_address.clone() },
        };
        let templates = TemplateSet::compile(&snapshot.templates, &snapshot.template, &names)?;
        Ok(Self {
            templates,
            organisation,
            topic: snapshot.topic.clone(),
            campaign: campaign.to_owned(),
            keys: keys.clone(),
            return_path,
        })
    }

    /// Whether a recipient with these fields could get a letter, without writing it.
    ///
    /// # Errors
    /// [`RenderError`]: the recipient is to be left out.
    pub fn probe(&self, language: &LanguageTag, fields: &Fields) -> Result<(), RenderError> {
        let source = fields.get("source").and_then(Value::as_str).unwrap_or("");
        self.templates.probe(language, fields, PerMessage { opt_out_url: "https://opt-out.example", source })
    }

    /// The letter to one recipient, and its envelope. The same arguments always give the same letter.
    ///
    /// # Errors
    /// [`RenderError`]: the recipient is to be left out.
    pub fn compose(&self, to: &Recipient<'_>) -> Result<(Letter, Envelope), RenderError> {
        let organisation = &self.organisation;
        let token = opt_out_token(&self.keys, to.key, &self.topic);
        let opt_out_mailto = format!("u+{token}@{}", organisation.bounce_domain);
        let opt_out_url = organisation.public_url.as_ref().map(|origin| format!("{origin}/u/{token}"));
        let shown = opt_out_url.clone().unwrap_or_else(|| format!("mailto:{opt_out_mailto}?subject=unsubscribe"));
        let source = to.fields.get("source").and_then(Value::as_str).unwrap_or("");
        let rendered = self.templates.render(to.language, to.fields, PerMessage { opt_out_url: &shown, source })?;
        let letter = Letter {
            from: organisation.from.clone(),
            to: Mailbox { name: to.name.to_owned(), address: to.address.clone() },
            reply_to: organisation.reply_to.clone(),
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            language: to.language.clone(),
            list_id: organisation.list_id.clone(),
            opt_out_url,
            opt_out_mailto,
        };
        let mail_from = match &self.return_path {
            ReturnPath::Verp => {
                let token = return_path_token(&self.keys, to.key, &self.campaign);
                format!("b+{token}@{}", organisation.bounce_domain)
            }
            ReturnPath::Fixed => organisation.from.address.to_string(),
            ReturnPath::Address(address) => address.to_string(),
        };
        Ok((letter, Envelope { mail_from, rcpt_to: to.address.clone() }))
    }

    /// The letter of a planned row.
    ///
    /// # Errors
    /// As [`Composer::compose`].
    pub fn compose_planned(&self, row: &PlannedInvitation) -> Result<(Letter, Envelope), RenderError> {
        let language = LanguageTag::parse(&row.language).ok_or_else(|| RenderError::NoVariant(row.language.clone()))?;
        self.compose(&Recipient {
            key: row.key,
            address: &row.address,
            name: &row.name,
            language: &language,
            fields: &row.fields,
        })
    }
}

/// A contact's fields as templates see them, in the language of the variant: text only, empty where not known. Tier and
/// regional group are what the settings make of the contact ([`Contact::region`]).
///
/// Regions and stakeholder groups keep their canonical words, so that conditions can name them; the layout's words say
/// them in the letter's language. A mailbox that no single person reads has no person's name: its greeting falls back, and
/// `shared` is `yes`, so that a variant can greet several.
/// A title that contradicts the gender is left out ([`title_contradicts_gender`]). `source` is there for the frame's label;
/// templates cannot name it.
pub fn contact_fields(contact: &Contact, tier: Tier, region: Region, language: &LanguageTag) -> Fields {
    let mut fields = Fields::new();
    let mut put = |name: &str, value: &str| {
        fields.insert(name.to_owned(), Value::from(value));
    };
    for (column, value) in &contact.custom {
        put(column, value);
    }
    let one_person = contact.kind() == Kind::Person;
    let of_person = |value: &str| if one_person { value.to_owned() } else { String::new() };
    let title = if title_contradicts_gender(contact) { "" } else { &contact.title };
    put("title", &of_person(title));
    put("given_name", &of_person(&contact.given_name));
    put("family_name", &of_person(&contact.family_name));
    put("name", &of_person(&display_name(contact)));
    put("gender", &of_person(if contact.gender == Gender::Unknown { "" } else { contact.gender.as_str() }));
    put("organisation", &contact.organisation);
    put("position", &of_person(&contact.position));
    put("country", contact.country.code().map_or("", |code| code.name_in(language)));
    put("region", if matches!(region, Region::Unknown | Region::None) { "" } else { region.as_str() });
    let known = contact.stakeholder != Stakeholder::Unknown;
    put("stakeholder", if known { contact.stakeholder.as_str() } else { "" });
    put("tier", tier.as_str());
    put("language", language.as_str());
    put("kind", contact.kind().as_str());
    put("shared", if one_person { "" } else { "yes" });
    put("source", &contact.source);
    fields
}

/// The name to show: as given, else built from its parts in the order their script puts them (family name first, without
/// a blank, where both are written in Chinese, Japanese or Korean characters).
pub fn display_name(contact: &Contact) -> String {
    let east_asian = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'))
    };
    if contact.name.is_empty() && east_asian(&contact.given_name) && east_asian(&contact.family_name) {
        return format!("{}{}", contact.family_name, contact.given_name);
    }
    contact.full_name()
}

/// The name for the To header: one of several people's would be the wrong one for all others.
pub fn addressee(contact: &Contact) -> String {
    match contact.kind() {
        Kind::Person => display_name(contact),
        Kind::Shared => contact.organisation.clone(),
        Kind::Organisation | Kind::List => contact.organisation_name().to_owned(),
    }
}

/// Whether a title says another gender than the gender column: one of them is wrong, and a wrong one offends.
pub fn title_contradicts_gender(contact: &Contact) -> bool {
    const FEMALE: &[&str] = &[
        "mrs",
        "ms",
        "miss",
        "madam",
        "mme",
        "mlle",
        "madame",
        "sra",
        "srta",
        "señora",
        "frau",
        "г-жа",
        "السيدة",
        "女士",
    ];
    const MALE: &[&str] = &["mr", "sir", "m", "monsieur", "sr", "señor", "herr", "г-н", "السيد", "先生"];
    let title = contact.title.trim().trim_end_matches('.').to_lowercase();
    match contact.gender {
        Gender::Female => MALE.contains(&title.as_str()),
        Gender::Male => FEMALE.contains(&title.as_str()),
        Gender::Other | Gender::Unknown => false,
    }
}

/// The organisation's settings as a snapshot keeps them.
pub fn organisation_to_json(organisation: &Organisation) -> Value {
    let mailbox = |m: &Mailbox| json!({ "name": m.name, "address": m.address.to_string() });
    json!({
        "name": organisation.name,
        "postal_address": organisation.postal_address,
        "from": mailbox(&organisation.from),
        "reply_to": organisation.reply_to.as_ref().map(mailbox),
        "list_id": organisation.list_id,
        "bounce_domain": organisation.bounce_domain,
        "public_url": organisation.public_url,
    })
}

/// Reads what [`organisation_to_json`] writes.
pub fn organisation_from_json(value: &Value) -> Option<Organisation> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let mailbox = |m: &Value| {
        Some(Mailbox {
            name: m.get("name")?.as_str()?.to_owned(),
            address: EmailAddress::parse(m.get("address")?.as_str()?).ok()?,
        })
    };
    Some(Organisation {
        name: text("name")?,
        postal_address: text("postal_address")?,
        from: mailbox(value.get("from")?)?,
        reply_to: match value.get("reply_to") {
            None | Some(Value::Null) => None,
            Some(m) => Some(mailbox(m)?),
        },
        list_id: text("list_id")?,
        bounce_domain: text("bounce_domain")?,
        public_url: text("public_url"),
    })
}
