//! Who is planned and who is left out, decided in one look at every contact. There may be a million of them, so that
//! little is kept of each; the letters of those who are planned are written afterwards.

use std::collections::HashMap;

use super::{History, PlanError, PlanOrder};
use crate::domain::audience::{Candidacy, candidacies};
use crate::domain::contact::Contact;
use crate::domain::gap::GapTable;
use crate::domain::hold_back::Person;
use crate::domain::keys::AddressKey;
use crate::domain::language::LanguageTag;
use crate::domain::place::{OrganisationKey, Place, Reached, Waiting, give_out};
use crate::domain::plan::{Held, HoldBack};
use crate::domain::segment::{Facts, tier_of};
use crate::domain::template::RenderError;
use crate::domain::template::choice::{LanguageStep, choose};
use crate::engine::letter::{Composer, contact_fields};
use crate::engine::ports::{Ledger, LedgerError};

/// What was decided.
pub(super) struct Choice {
    /// Who is planned, in the order they will be sent: by audience, largest gaps first, then by key.
    pub seated: Vec<Seated>,
    /// Who is left out.
    pub held: Vec<Held>,
    /// Audiences that no contact belongs to, by name.
    pub nobody: Vec<String>,
}

/// Somebody with a place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seated {
    /// Their mailbox.
    pub key: AddressKey,
    /// Position of the audience.
    pub audience: usize,
    /// Position of the variant among the template's.
    pub variant: usize,
    /// What decided the variant.
    pub step: LanguageStep,
}

/// A contact in an audience whom nothing of their own standing holds back.
struct Candidate {
    key: AddressKey,
    id: String,
    entries: Vec<Candidacy>,
    person: Option<Person>,
    /// Theirs, where the campaign limits organisations.
    organisation: Option<OrganisationKey>,
    /// Order among the addresses of one person: without a plus, then the shorter one, then by key.
    rank: (bool, usize, AddressKey),
    /// The variant, or why there is no letter for them.
    wording: Result<(usize, LanguageStep), (HoldBack, String, String)>,
}

/// What one look at every contact finds.
struct Found {
    candidates: Vec<Candidate>,
    held: Vec<Held>,
    /// People who must not be written to now at any address of theirs, with the contact that says so.
    spoken_for: HashMap<Person, String>,
    /// Which audiences anybody belongs to.
    has_somebody: Vec<bool>,
    /// Contacts that earlier plans of the campaign reached, by organisation, where the campaign limits organisations.
    reached_by_organisation: HashMap<OrganisationKey, usize>,
}

/// Chooses audiences, hold-backs and places.
///
/// # Errors
/// The ledger's.
pub(super) fn choose_people(
    ledger: &mut dyn Ledger,
    order: &PlanOrder<'_>,
    composer: &Composer,
    history: &History,
    table: Option<&GapTable>,
) -> Result<Choice, PlanError> {
    let audiences = &order.campaign.audiences;
    let Found { candidates, mut held, spoken_for, has_somebody, reached_by_organisation } =
        look_at_everybody(ledger, order, composer, history, table)?;
    let candidates = leave_out_second_addresses(candidates, &spoken_for, &mut held);
    let candidates = leave_out_comparison_group(candidates, order, &mut held);
    let ready = leave_out_the_wordless(candidates, &mut held);

    let waiting = |c: &Candidate| Waiting { key: c.key, entries: c.entries.clone(), organisation: c.organisation };
    let people: Vec<_> = ready.iter().map(|(c, _)| waiting(c)).collect();
    let reached = Reached { by_segment: history.reached_by_segment.clone(), by_organisation: reached_by_organisation };
    let places = give_out(audiences, &people, order.campaign.max_per_organisation, &reached);
    let (mut placed, mut crowded) = (Vec::new(), Vec::new());
    for ((candidate, (variant, step)), place) in ready.into_iter().zip(places) {
        match place {
            Some(Place::Taken(audience)) => {
                let needed = candidate.entries.iter().find(|c| c.audience == audience).map_or(0, |c| c.needed);
                placed.push((std::cmp::Reverse(needed), Seated { key: candidate.key, audience, variant, step }));
            }
            Some(Place::AudienceFull(audience)) => {
                held.push(hold(&candidate, HoldBack::OverLimit, "segment", &audiences[audience].name));
            }
            Some(Place::OrganisationFull) => crowded.push(candidate),
            None => {}
        }
    }
    hold_for_organisation(ledger, &crowded, &mut held)?;
    placed.sort_by_key(|(needed, s)| (s.audience, *needed, s.key));
    let nobody = audiences.iter().zip(has_somebody).filter(|(_, has)| !has).map(|(a, _)| a.name.clone()).collect();
    Ok(Choice { seated: placed.into_iter().map(|(_, seated)| seated).collect(), held, nobody })
}

fn look_at_everybody(
    ledger: &mut dyn Ledger,
    order: &PlanOrder<'_>,
    composer: &Composer,
    history: &History,
    table: Option<&GapTable>,
) -> Result<Found, LedgerError> {
    let campaign = order.campaign;
    let variants = composer.templates.variants();
    let mut found = Found {
        candidates: Vec::new(),
        held: Vec::new(),
        spoken_for: HashMap::new(),
        has_somebody: vec![false; campaign.audiences.len()],
        reached_by_organisation: HashMap::new(),
    };
    ledger.each_contact(&mut |contact| {
        let standing = history.standing(contact.key);
        if order.policy.speaks_of_the_person(standing, &campaign.topic)
            && let Some(person) = Person::of(&contact)
        {
            found.spoken_for.insert(person, contact.id.clone());
        }
        let organisation = campaign.max_per_organisation.and_then(|_| OrganisationKey::of(&contact));
        if let Some(organisation) = organisation.filter(|_| standing.already_invited) {
            *found.reached_by_organisation.entry(organisation).or_default() += 1;
        }
        let attended = history.attended(contact.key);
        let region = contact.region(order.groups);
        let tier = tier_of(&contact, region, attended, &history.meetings, order.tiers);
        let invited = history.invited(contact.key);
        let registered = history.is_registered(contact.key);
        let facts = Facts { contact: &contact, tier, region, attended, invited, registered };
        let entries = candidacies(&campaign.audiences, &facts, table);
        if entries.is_empty() {
            return;
        }
        entries.iter().for_each(|entry| found.has_somebody[entry.audience] = true);
        let because = order.policy.reason_against(&contact, standing, &campaign.topic, &campaign.purpose);
        if let Some((reason, column, value)) = because {
            let (key, contact_id) = (contact.key, contact.id);
            found.held.push(Held { key, contact_id, reason, column: column.to_owned(), value });
            return;
        }
        let wording = wording(&contact, &variants, order, |language| {
            composer.probe(language, &contact_fields(&contact, tier, region, language))
        });
        let address = &contact.address;
        let rank = (address.local().contains('+'), address.local().len() + address.domain().len(), contact.key);
        let person = Person::of(&contact);
        found.candidates.push(Candidate {
            key: contact.key,
            id: contact.id,
            entries,
            person,
            organisation,
            rank,
            wording,
        });
    })?;
    Ok(found)
}

/// The variant for a contact, unless there is none in a language of theirs, or it needs a value that they lack.
fn wording(
    contact: &Contact,
    variants: &[LanguageTag],
    order: &PlanOrder<'_>,
    probe: impl FnOnce(&LanguageTag) -> Result<(), RenderError>,
) -> Result<(usize, LanguageStep), (HoldBack, String, String)> {
    let default = (!order.policy.hold_missing_variant).then_some(&order.campaign.default_language);
    let own = contact.language.as_ref();
    let chosen = choose(variants, own, contact.country.code(), default)
        .and_then(|(language, step)| Some((variants.iter().position(|v| *v == language)?, step)));
    let Some((variant, step)) = chosen else {
        let own = own.map_or("", LanguageTag::as_str).to_owned();
        return Err((HoldBack::NoVariant, "language".to_owned(), own));
    };
    match probe(&variants[variant]) {
        Ok(()) => Ok((variant, step)),
        Err(RenderError::MissingValue { field }) => Err((HoldBack::MissingValue, field, String::new())),
        Err(RenderError::UnsafeLink { field }) => {
            let value = contact.custom.get(&field).cloned().unwrap_or_default();
            Err((HoldBack::MissingValue, field, value))
        }
        Err(other @ (RenderError::TooLong | RenderError::NoVariant(_))) => {
            Err((HoldBack::MissingValue, String::new(), other.to_string()))
        }
    }
}

fn hold(candidate: &Candidate, reason: HoldBack, column: &str, value: &str) -> Held {
    Held {
        key: candidate.key,
        contact_id: candidate.id.clone(),
        reason,
        column: column.to_owned(),
        value: value.to_owned(),
    }
}

/// Contacts looked up at once.
const BATCH: usize = 500;

/// Those whose organisation has its places filled, with its name: looked up only now, for them alone.
fn hold_for_organisation(
    ledger: &mut dyn Ledger,
    crowded: &[Candidate],
    held: &mut Vec<Held>,
) -> Result<(), LedgerError> {
    for batch in crowded.chunks(BATCH) {
        let keys: Vec<_> = batch.iter().map(|c| c.key).collect();
        for (candidate, contact) in batch.iter().zip(ledger.contacts_by_key(&keys)?) {
            let name = contact.map(|c| c.organisation_name().to_owned()).unwrap_or_default();
            held.push(hold(candidate, HoldBack::OverLimit, "organisation", &name));
        }
    }
    Ok(())
}

/// One person at two addresses gets one message: none where the person said no or has had theirs at the other address;
/// else at the address of the lowest rank.
fn leave_out_second_addresses(
    candidates: Vec<Candidate>,
    spoken_for: &HashMap<Person, String>,
    held: &mut Vec<Held>,
) -> Vec<Candidate> {
    let mut first: HashMap<Person, &Candidate> = HashMap::new();
    for candidate in &candidates {
        if let Some(person) = candidate.person {
            let best = first.entry(person).or_insert(candidate);
            if candidate.rank < best.rank {
                *best = candidate;
            }
        }
    }
    let other = |candidate: &Candidate| {
        let person = candidate.person?;
        let first = first.get(&person).map(|c| &c.id).filter(|id| **id != candidate.id);
        spoken_for.get(&person).or(first).cloned()
    };
    let others: Vec<Option<String>> = candidates.iter().map(other).collect();
    let mut kept = Vec::with_capacity(candidates.len());
    for (candidate, other) in candidates.into_iter().zip(others) {
        match other {
            Some(id) => held.push(hold(&candidate, HoldBack::DuplicateAddress, "email", &id)),
            None => kept.push(candidate),
        }
    }
    kept
}

/// Draws the comparison group: by a keyed hash of campaign and mailbox, so that the draw is the same in every plan.
fn leave_out_comparison_group(
    candidates: Vec<Candidate>,
    order: &PlanOrder<'_>,
    held: &mut Vec<Held>,
) -> Vec<Candidate> {
    let campaign = order.campaign;
    if campaign.hold_out <= 0.0 {
        return candidates;
    }
    let (kept, out): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|c| order.keys.draw(&campaign.name, c.key) >= campaign.hold_out);
    held.extend(out.iter().map(|c| hold(c, HoldBack::HoldOut, "", "")));
    kept
}

/// Who has no variant, or lacks a value that it needs.
fn leave_out_the_wordless(candidates: Vec<Candidate>, held: &mut Vec<Held>) -> Vec<(Candidate, (usize, LanguageStep))> {
    let mut ready = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        match candidate.wording.clone() {
            Ok(wording) => ready.push((candidate, wording)),
            Err((reason, column, value)) => held.push(hold(&candidate, reason, &column, &value)),
        }
    }
    ready
}
