//! Contacts as JSON objects.

use serde_json::{Value, json};

use crate::cli::audit_story;
use crate::domain::contact_field::FieldChange;
use crate::domain::geography::RegionalGroups;
use crate::engine::contacts::Listed;
use crate::engine::contacts::show::Record;
use crate::engine::ports::LinkKind;

use super::show::{region_words, tier_words};

/// A line of `contacts list`. `tier` is the one the rules give; `stated_tier` is what a column said.
pub(super) fn listed(listed: &Listed<'_>, groups: &RegionalGroups) -> Value {
    let mut object = audit_story::as_json(listed.contact, groups);
    if let Some(fields) = object.as_object_mut() {
        fields.insert("tier".to_owned(), listed.tier.as_str().into());
        fields.insert("stated_tier".to_owned(), listed.contact.text_of("tier").into());
        fields.insert("attended".to_owned(), json!(listed.attended));
    }
    object
}

/// The document of `contacts show`.
pub(super) fn record(record: &Record, groups: &RegionalGroups) -> Value {
    let contact =
        Listed { contact: &record.contact, tier: record.tier.0, region: record.region.0, attended: &record.attended };
    let contact = listed(&contact, groups);
    json!({
        "contact": contact,
        "tier": { "value": record.tier.0.as_str(), "because": tier_words(record) },
        "region": { "value": record.region.0.as_str(), "because": region_words(record) },
        "languages": record.languages.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "attended": record.attended,
        "registered": record.registered,
        "came_by": record.came_by,
        "suppressions": record.suppressions.iter().map(|s| json!({
            "topic": s.topic, "reason": s.reason.as_str(), "since": s.since.to_string(), "source": s.source, "note": s.note,
        })).collect::<Vec<_>>(),
        "links": record.links.iter().map(|link| json!({
            "address": link.address,
            "kind": match link.kind { LinkKind::Moved => "moved", LinkKind::Merged => "merged" },
            "since": link.at.to_string(),
        })).collect::<Vec<_>>(),
        "corrections": record.corrections.iter().map(|(field, replaced)| json!({
            "field": field, "replaced": replaced, "now": record.contact.text_of(field),
        })).collect::<Vec<_>>(),
        "invitations": record.invitations.iter().map(|i| json!({
            "campaign": i.campaign, "plan": i.plan, "state": i.state, "at": i.at.to_string(),
        })).collect::<Vec<_>>(),
    })
}

/// Changed fields with their texts before and after.
pub(super) fn changes(changes: &[FieldChange]) -> Value {
    changes.iter().map(|c| json!({ "field": c.field, "was": c.was, "now": c.now })).collect()
}
