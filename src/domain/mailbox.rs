//! Who reads a mailbox, where nobody said so: what its address and the names that came for it suggest.

use std::fmt;

use super::address::EmailAddress;
use super::contact::{Contact, Kind};
use super::person_name::is_somebody_else;
use super::role_names::{RoleName, role_name};

/// Why a contact is taken for something else than a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// The part before the `@` is the name of an office.
    RoleName,
    /// It throws away what comes; nobody is written to there ([`is_read_by_nobody`]).
    Nobody,
    /// Several people's names came for it.
    SeveralNames,
    /// It stands on a machine for mailing lists.
    ListServer,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Why::RoleName => "the name of an office, not of a person",
            Why::Nobody => "a mailbox that nobody reads",
            Why::SeveralNames => "several people's names came for this address",
            Why::ListServer => "an address of a mailing list",
        })
    }
}

/// The kind a contact seems to be of, and why, where nobody stated one. A person is asked; nothing follows from it by
/// itself but for several names, which are greeted together ([`Contact::kind`]).
pub fn proposed_kind(contact: &Contact) -> Option<(Kind, Why)> {
    if contact.stated_kind.is_some() {
        return None;
    }
    match role_name(contact.address.local()) {
        Some(RoleName::Nobody) => return Some((Kind::Shared, Why::Nobody)),
        Some(RoleName::Shared) => return Some((Kind::Shared, Why::RoleName)),
        None => {}
    }
    if is_list_server(contact.address.domain()) {
        return Some((Kind::List, Why::ListServer));
    }
    (!contact.other_names.is_empty()).then_some((Kind::Shared, Why::SeveralNames))
}

/// Whether the mailbox throws away what comes: an invitation there reaches nobody, and an opt-out cannot come back.
pub fn is_read_by_nobody(address: &EmailAddress) -> bool {
    role_name(address.local()) == Some(RoleName::Nobody)
}

fn is_list_server(domain: &str) -> bool {
    const HOSTS: &[&str] = &["googlegroups.com", "groups.io", "freelists.org"];
    let opens_with = ["lists", "list", "listserv", "mailman", "groups", "listes", "listas"];
    HOSTS.contains(&domain)
        || domain.split_once('.').is_some_and(|(first, rest)| opens_with.contains(&first) && rest.contains('.'))
}

/// Names kept of one mailbox; a list with more is no list of names.
pub const MOST_NAMES: usize = 50;

/// Keeps the contact's name as one of several where `later` brings somebody else's for the same mailbox. Returns whether
/// it did: the contact's own name is empty then, for `later`'s to take its place. `None` where `later`'s name is already
/// among the others, and nothing about names is to change.
pub fn make_room_for_name(contact: &mut Contact, later: &Contact) -> Option<bool> {
    let (name, new) = (contact.full_name(), later.full_name());
    if name.is_empty() || !is_somebody_else(&name, &new) {
        return Some(false);
    }
    if contact.other_names.iter().any(|known| !is_somebody_else(known, &new)) {
        return None;
    }
    if contact.other_names.len() < MOST_NAMES {
        contact.other_names.push(name);
    }
    contact.name.clear();
    contact.given_name.clear();
    contact.family_name.clear();
    Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::keys::AddressKey;

    fn named(address: &str, name: &str) -> Contact {
        let address = EmailAddress::parse(address).unwrap();
        Contact { name: name.to_owned(), ..Contact::bare("c1".to_owned(), AddressKey([1; 16]), address) }
    }

    #[test]
    fn what_nobody_stated_is_proposed_with_its_reason() {
        for (address, proposal) in [
            ("info@example.org", Some((Kind::Shared, Why::RoleName))),
            ("no-reply@example.org", Some((Kind::Shared, Why::Nobody))),
            ("discuss@lists.example.org", Some((Kind::List, Why::ListServer))),
            (&format!("igf-africa@{}", "googlegroups.com"), Some((Kind::List, Why::ListServer))),
            ("ada@lists.example", None),
            ("ada@example.org", None),
        ] {
            assert_eq!(proposed_kind(&named(address, "Ada Sample")), proposal, "{address}");
        }
        let mut two = named("samples@example.org", "Ada Sample");
        two.other_names = vec!["Grace Example".to_owned()];
        assert_eq!(proposed_kind(&two), Some((Kind::Shared, Why::SeveralNames)));
        assert_eq!(two.kind(), Kind::Shared);
        two.stated_kind = Some(Kind::Person);
        assert_eq!((proposed_kind(&two), two.kind()), (None, Kind::Person), "who decided is not asked again");
    }

    #[test]
    fn the_names_of_a_mailbox_are_kept_once_each() {
        let mut contact = named("samples@example.org", "Ada Sample");
        assert_eq!(make_room_for_name(&mut contact, &named("samples@example.org", "A. Sample")), Some(false));
        assert_eq!(make_room_for_name(&mut contact, &named("samples@example.org", "Grace Example")), Some(true));
        contact.name = "Grace Example".to_owned();
        assert_eq!(make_room_for_name(&mut contact, &named("samples@example.org", "SAMPLE Ada")), None);
        assert_eq!((contact.name.as_str(), contact.other_names.len()), ("Grace Example", 1));
    }

    #[test]
    fn a_mailbox_keeps_no_endless_list_of_names() {
        let mut contact = named("all@example.org", "Name aa");
        for n in 0..200_u32 {
            let letters: String = format!("{n:03}").bytes().map(|b| char::from(b'a' + b - b'0')).collect();
            let later = named("all@example.org", &format!("Person{letters}{letters} Q{letters}x{letters}"));
            if make_room_for_name(&mut contact, &later) == Some(true) {
                contact.name = later.name;
            }
        }
        assert_eq!(contact.other_names.len(), MOST_NAMES);
    }
}
