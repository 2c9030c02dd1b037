//! Places: who gets one where an audience is limited, or where one organisation would get too many.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use ring::digest;

use super::audience::Candidacy;
use super::campaign::Audience;
use super::contact::Contact;
use super::keys::AddressKey;
use super::vocabulary::fold_words;

/// What contacts of one organisation have in common: a digest of its folded name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OrganisationKey([u8; 16]);

impl OrganisationKey {
    /// `None` where no organisation is known. Case, accents and punctuation make no other organisation.
    pub fn of(contact: &Contact) -> Option<Self> {
        let folded = fold_words(contact.organisation_name());
        if folded.is_empty() {
            return None;
        }
        let digest = digest::digest(&digest::SHA256, folded.as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&digest.as_ref()[..16]);
        Some(Self(key))
    }
}

/// Somebody without any hold-back who waits for a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Their mailbox.
    pub key: AddressKey,
    /// Audiences they belong to.
    pub entries: Vec<Candidacy>,
    /// Their organisation, where organisations are limited.
    pub organisation: Option<OrganisationKey>,
}

/// Whom earlier plans of the campaign reached. They have their places: a limit holds for the campaign, however often it
/// is planned.
#[derive(Debug, Clone, Default)]
pub struct Reached {
    /// People by segment.
    pub by_segment: BTreeMap<String, usize>,
    /// Contacts by organisation.
    pub by_organisation: HashMap<OrganisationKey, usize>,
}

/// What became of somebody's candidacies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// One in the audience at this position, which names the segment.
    Taken(usize),
    /// Every audience that would have the person is full; this is the first of them.
    AudienceFull(usize),
    /// Their organisation has as many as it may have.
    OrganisationFull,
}

/// Gives out places, audience by audience in the campaign's order, and within one to the people of the largest gaps first,
/// and of one gap in the order of their keys. Who finds an audience full can still be taken by a later one; who finds the
/// organisation full cannot. In the order of `people`; `None` for people without a candidacy.
///
/// * `per_organisation`: places for one organisation in the whole campaign; `None` for any number.
pub fn give_out(
    audiences: &[Audience],
    people: &[Waiting],
    per_organisation: Option<usize>,
    reached: &Reached,
) -> Vec<Option<Place>> {
    let mut places: Vec<Option<Place>> = vec![None; people.len()];
    let mut of_organisation = reached.by_organisation.clone();
    for (position, audience) in audiences.iter().enumerate() {
        let mut waiting: Vec<(Reverse<u64>, &Waiting, &mut Option<Place>)> = people
            .iter()
            .zip(places.iter_mut())
            .filter(|(_, place)| !matches!(place, Some(Place::Taken(_) | Place::OrganisationFull)))
            .filter_map(|(person, place)| {
                let entry = person.entries.iter().find(|c| c.audience == position)?;
                Some((Reverse(entry.needed), person, place))
            })
            .collect();
        let gone = reached.by_segment.get(&audience.name).copied().unwrap_or(0);
        let mut left = audience.limit.map_or(usize::MAX, |limit| limit.saturating_sub(gone));
        if left < waiting.len() || per_organisation.is_some() {
            waiting.sort_by_key(|(needed, person, _)| (*needed, person.key));
        }
        for (_, person, place) in waiting {
            let organisation = person.organisation.zip(per_organisation);
            let has_room = organisation.is_none_or(|(o, most)| of_organisation.get(&o).copied().unwrap_or(0) < most);
            match place {
                _ if !has_room => *place = Some(Place::OrganisationFull),
                _ if left > 0 => {
                    left -= 1;
                    *place = Some(Place::Taken(position));
                    if let Some((organisation, _)) = organisation {
                        *of_organisation.entry(organisation).or_default() += 1;
                    }
                }
                None => *place = Some(Place::AudienceFull(position)),
                Some(_) => {}
            }
        }
    }
    places
}

#[cfg(test)]
mod tests;
