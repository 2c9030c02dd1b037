//! How the stories of contacts and campaigns look, for people and as JSON.

use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, table};
use super::words::left_out;
use crate::domain::address::EmailAddress;
use crate::domain::chain::{Event, What};
use crate::domain::contact::{Contact, Country};
use crate::domain::geography::RegionalGroups;
use crate::domain::plan::HoldBack;
use crate::domain::suppression::EVERYTHING;
use crate::engine::audit::{CampaignStory, ContactStory};

/// `audit contact --format json`
pub(super) fn contact_json(story: &ContactStory, groups: &RegionalGroups) -> Value {
    json!({
        "contact": story.contact.as_ref().map(|contact| as_json(contact, groups)),
        "suppressions": story.suppressions.iter().map(|s| json!({
            "topic": s.topic, "reason": s.reason.as_str(), "since": s.since.to_string(), "source": s.source, "note": s.note,
        })).collect::<Vec<_>>(),
        "events": story.events.iter().map(event_json).collect::<Vec<_>>(),
    })
}

/// `audit campaign --format json`
pub(super) fn campaign_json(name: &str, story: &CampaignStory) -> Value {
    json!({
        "campaign": name,
        "paused": story.paused,
        "cancelled": story.is_cancelled,
        "plans": story.plans.iter().map(|(plan, counts)| json!({
            "plan": plan.id, "digest": plan.digest, "at": plan.at.to_string(), "by": plan.by,
            "counts": counts, "held_back": plan.held_back,
        })).collect::<Vec<_>>(),
        "events": story.events.iter().map(event_json).collect::<Vec<_>>(),
    })
}

fn event_json(event: &Event) -> Value {
    // Who settles a message has no reply to show: the reason is theirs.
    let (reply, detail) = match event.what {
        What::HeldBack => (event.detail.clone(), event.detail.clone()),
        What::Settled => {
            let words: Vec<_> = [event.detail.clone(), event.reply.clone()].into_iter().flatten().collect();
            (None, Some(words.join(": ")))
        }
        // What a person changed, in whole: the names of the fields stand in it.
        What::Changed => (None, event.reply.clone().or_else(|| event.detail.clone())),
        What::Moved => {
            let words: Vec<_> = [event.detail.clone(), event.reply.clone()].into_iter().flatten().collect();
            (None, Some(words.join(": ")))
        }
        _ => (event.reply.clone(), event.detail.clone()),
    };
    json!({
        "entry": event.seq,
        "at": event.at.to_string(),
        "by": event.by,
        "what": event.what.as_str(),
        "campaign": event.campaign,
        "plan": event.plan,
        "state": event.state,
        "code": event.code,
        "reply": reply,
        "message_id": event.message_id,
        "detail": detail,
    })
}

/// A contact's own fields; `tier` is the stated one.
pub(super) fn as_json(contact: &Contact, groups: &RegionalGroups) -> Value {
    json!({
        "id": contact.id,
        "email": contact.address.to_string(),
        "kind": contact.kind().as_str(),
        "role": contact.role.map(|r| r.as_str()),
        "other_names": contact.other_names,
        "title": contact.title,
        "given_name": contact.given_name,
        "family_name": contact.family_name,
        "name": contact.full_name(),
        "gender": contact.gender.as_str(),
        "organisation": contact.organisation,
        "position": contact.position,
        "stakeholder_group": contact.stakeholder.as_str(),
        "country": country(&contact.country),
        "region": contact.region(groups).as_str(),
        "language": contact.language.as_ref().map(|l| l.as_str()),
        "tier": contact.stated_tier.map(|t| t.as_str()),
        "time_zone": contact.time_zone,
        "tags": contact.tags,
        "source": contact.source,
        "basis": contact.basis,
        "purpose": contact.purpose,
        "obtained_on": contact.obtained_on,
        "custom": contact.custom,
    })
}

/// The code where it is known, else the words as they came.
fn country(country: &Country) -> Option<String> {
    match country {
        Country::Missing => None,
        Country::Known(code) => Some(code.to_string()),
        Country::Ambiguous(text) | Country::Unknown(text) => Some(text.clone()),
    }
}

/// `audit contact` for people.
pub(super) fn show_contact(output: &Output, address: &EmailAddress, story: &ContactStory) -> Result<(), Failure> {
    let shown = output.address(address);
    match &story.contact {
        Some(contact) => {
            let name = contact.full_name();
            let name = if name.is_empty() { shown.clone() } else { format!("{name}, {shown}") };
            output.print(&format!("{name} ({})", contact.id))?;
            if !contact.other_names.is_empty() {
                output.print(&format!("the address is also that of {}", contact.other_names.join(", ")))?;
            }
            let basis = if contact.basis.is_empty() { "none" } else { &contact.basis };
            let source = if contact.source.is_empty() { "unknown" } else { &contact.source };
            output.print(&format!("basis: {basis}; source: {source}"))?;
        }
        None => output.print(&format!("{shown}: no contact is stored for this address"))?,
    }
    for s in &story.suppressions {
        let about = if s.topic == EVERYTHING { "" } else { &format!(" about {}", s.topic) };
        let reason = s.reason.as_str().replace('_', " ");
        output.print(&format!("must not be written to{about}: {reason} since {}", s.since))?;
    }
    if story.events.is_empty() {
        return output.print("nothing ever happened to it");
    }
    output.print("")?;
    show_events(output, &story.events)
}

/// `audit campaign` for people.
pub(super) fn show_campaign(output: &Output, name: &str, story: &CampaignStory) -> Result<(), Failure> {
    let standing = match (&story.paused, story.is_cancelled) {
        (_, true) => ": cancelled".to_owned(),
        (Some(reason), false) => format!(": paused ({reason})"),
        (None, false) => String::new(),
    };
    output.print(&format!("{name}{standing}"))?;
    for (plan, counts) in &story.plans {
        let held: u64 = plan.held_back.values().sum();
        output.print(&format!(
            "plan {} by {}: {} planned, {} accepted, {} refused, {} put off, {} in doubt, {} unsent, {} stopped by an \
             opt-out, {} expired, {} cancelled, {held} left out",
            plan.id,
            plan.by,
            counts.planned,
            counts.accepted,
            counts.rejected,
            counts.deferred,
            counts.in_doubt,
            counts.unsent,
            counts.suppressed,
            counts.expired,
            counts.cancelled,
        ))?;
    }
    output.print("")?;
    show_events(output, &story.events)
}

fn show_events(output: &Output, events: &[Event]) -> Result<(), Failure> {
    let mut rows = table(&["when", "who", "what", "campaign", "code", "in words"]);
    for event in events {
        let code = event.code.map(|code| code.to_string()).unwrap_or_default();
        let at = event.at.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let what = plain(event.what);
        rows.add_row([&at, &event.by, what, event.campaign.as_deref().unwrap_or(""), &code, &in_words(output, event)]);
    }
    output.print(&rows.to_string())
}

/// The word people use for it.
fn plain(what: What) -> &'static str {
    match what {
        What::HeldBack => "left out",
        What::Intent => "attempt begins",
        What::Rejected => "refused",
        What::Deferred => "put off",
        What::InDoubt => "in doubt",
        What::OptedOut => "opted out",
        What::OptedIn => "opted in",
        What::PlanMade => "plan made",
        What::PlanReplaced => "plan replaced",
        What::Restored => "ledger restored",
        What::RestoreDecided => "restore decided",
        What::FileImported => "file imported",
        What::Moved => "address replaced",
        other => other.as_str(),
    }
}

/// The topic of a suppression's detail (`opted_out annual-meeting`); nothing where it covers everything.
fn about(detail: &str) -> Option<String> {
    let (_, topic) = detail.split_once(' ')?;
    (topic != EVERYTHING).then(|| format!("about {topic}"))
}

/// What a person wants to read: replies and reasons, not digests.
fn in_words(output: &Output, event: &Event) -> String {
    let detail = match event.what {
        What::Planned | What::Intent => None,
        What::Changed if event.reply.is_some() => None,
        What::HeldBack => event.detail.as_deref().map(|reason| {
            HoldBack::from_word(reason).map_or_else(|| reason.to_owned(), |known| left_out(known).to_owned())
        }),
        What::OptedOut | What::Complained | What::Forgotten => event.detail.as_deref().and_then(about),
        What::Suppressed => event.detail.as_ref().map(|detail| detail.replace('_', " ").replace(" *", "")),
        _ => event.detail.clone(),
    };
    let words: Vec<_> = [detail, event.reply.clone()].into_iter().flatten().collect();
    output.foreign_text(&words.join(": "))
}
