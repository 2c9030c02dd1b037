//! Why a contact of the audience gets nothing: the rules that need no template and no other contact.

use ring::digest::{Context, SHA256};

use super::contact::{Contact, Kind};
use super::mailbox::is_read_by_nobody;
use super::plan::HoldBack;
use super::suppression::{EVERYTHING, Reason, Suppression};

/// What the settings say about whom not to write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactPolicy {
    /// At most this many messages to one person within `gap_days`, across campaigns.
    pub gap_messages: u32,
    /// Days of the contact gap.
    pub gap_days: u32,
    /// Domains (lower-case A-labels) that are not written to any more.
    pub refuse_domains: Vec<String>,
    /// Whether the relay takes non-ASCII local parts (RFC 6531).
    pub smtputf8: bool,
    /// Hold people back when no variant fits, instead of using the campaign's default language.
    pub hold_missing_variant: bool,
}

/// What the ledger knows about one mailbox when a plan is made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standing<'a> {
    /// Its suppressions, for whatever topic.
    pub suppressions: &'a [Suppression],
    /// Accepted or in doubt in this campaign already.
    pub already_invited: bool,
    /// Registered for the coming meeting.
    pub already_registered: bool,
    /// Messages accepted or in doubt within the contact gap, across campaigns.
    pub recent_messages: u32,
}

/// A reason, with the column it speaks of and that column's value.
pub type Because = (HoldBack, &'static str, String);

impl ContactPolicy {
    /// The first reason, in the order of [`HoldBack`], to leave a contact out of a campaign with this topic and purpose.
    pub fn reason_against(
        &self,
        contact: &Contact,
        standing: Standing<'_>,
        topic: &str,
        purpose: &str,
    ) -> Option<Because> {
        suppression_reason(standing.suppressions, topic)
            .or_else(|| self.reason_not_to_write(contact, Some(purpose)))
            .or_else(|| self.reason_not_again(standing))
    }

    /// What stands against writing to a contact at all: its address, its basis, its purpose. Without a campaign's purpose
    /// every purpose is covered.
    pub fn reason_not_to_write(&self, contact: &Contact, purpose: Option<&str>) -> Option<Because> {
        let domain = contact.address.domain();
        if self.refuse_domains.iter().any(|refused| is_or_is_under(domain, refused)) {
            return Some((HoldBack::InvalidAddress, "email", domain.to_owned()));
        }
        if is_read_by_nobody(&contact.address) {
            return Some((HoldBack::InvalidAddress, "email", contact.address.local().to_owned()));
        }
        if contact.address.needs_smtputf8() && !self.smtputf8 {
            return Some((HoldBack::UnsupportedAddress, "email", contact.address.to_string()));
        }
        if !contact.has_basis() {
            return Some((HoldBack::NoBasis, "basis", contact.basis.trim().to_owned()));
        }
        if !purpose.is_none_or(|purpose| covers(&contact.purpose, purpose)) {
            return Some((HoldBack::NoBasis, "purpose", contact.purpose.clone()));
        }
        None
    }

    /// Whether the person behind a mailbox, and not only the mailbox, must not be written to now: they said no, or have
    /// had their message. Another address of theirs changes nothing about that; about a mailbox that does not exist it
    /// does.
    pub fn speaks_of_the_person(&self, standing: Standing<'_>, topic: &str) -> bool {
        let said_no =
            suppression_reason(standing.suppressions, topic).is_some_and(|(reason, ..)| reason != HoldBack::HardBounce);
        said_no || self.reason_not_again(standing).is_some()
    }

    fn reason_not_again(&self, standing: Standing<'_>) -> Option<Because> {
        if standing.already_invited {
            return Some((HoldBack::AlreadyInvited, "", String::new()));
        }
        if standing.already_registered {
            return Some((HoldBack::AlreadyRegistered, "", String::new()));
        }
        // A gap of no days holds nobody back, whatever the number of messages.
        if self.gap_days > 0 && standing.recent_messages >= self.gap_messages.max(1) {
            return Some((HoldBack::ContactedRecently, "", standing.recent_messages.to_string()));
        }
        None
    }
}

fn suppression_reason(suppressions: &[Suppression], topic: &str) -> Option<Because> {
    let standing = suppressions.iter().filter(|s| s.covers(topic));
    let first = standing.min_by_key(|s| s.reason)?;
    let reason = match first.reason {
        Reason::Erased => HoldBack::Erased,
        Reason::OptedOut => HoldBack::OptedOut,
        Reason::Complained => HoldBack::Complained,
        Reason::HardBounce => HoldBack::HardBounce,
    };
    let scope = if first.topic == EVERYTHING { "everything" } else { &first.topic };
    Some((reason, "", scope.to_owned()))
}

/// A purpose covers a campaign if empty, `any`, or equal after case folding.
fn covers(purpose: &str, campaign_purpose: &str) -> bool {
    let purpose = purpose.trim().to_lowercase();
    purpose.is_empty() || purpose == "any" || purpose == campaign_purpose.trim().to_lowercase()
}

fn is_or_is_under(domain: &str, refused: &str) -> bool {
    domain.strip_suffix(refused).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// What two entries of one person at two addresses have in common: a digest of folded name and organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Person([u8; 16]);

impl Person {
    /// `None` where name or organisation is not known, for people without a name are not the same person; and where a
    /// mailbox is not one person's, for leaving it out would leave out the others.
    pub fn of(contact: &Contact) -> Option<Self> {
        if contact.kind() != Kind::Person {
            return None;
        }
        let mut context = Context::new(&SHA256);
        for text in [&contact.full_name(), &contact.organisation] {
            let folded = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
            if folded.is_empty() {
                return None;
            }
            context.update(folded.as_bytes());
            context.update(b"\n");
        }
        let mut digest = [0; 16];
        digest.copy_from_slice(&context.finish().as_ref()[..16]);
        Some(Self(digest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::EmailAddress;
    use crate::domain::keys::AddressKey;

    fn contact(address: &str) -> Contact {
        let mut contact = Contact::bare("c1".into(), AddressKey([1; 16]), EmailAddress::parse(address).unwrap());
        contact.basis = "consent".into();
        contact
    }

    fn policy() -> ContactPolicy {
        ContactPolicy {
            gap_messages: 1,
            gap_days: 14,
            refuse_domains: vec!["gone.example".into()],
            smtputf8: false,
            hold_missing_variant: false,
        }
    }

    fn reason(contact: &Contact, standing: Standing<'_>) -> Option<HoldBack> {
        policy().reason_against(contact, standing, "annual-meeting", "Invitation").map(|(reason, ..)| reason)
    }

    fn suppression(reason: Reason, topic: &str) -> Suppression {
        Suppression {
            key: AddressKey([1; 16]),
            address: String::new(),
            topic: topic.into(),
            reason,
            note: String::new(),
            since: jiff::Timestamp::UNIX_EPOCH,
            source: "command".into(),
        }
    }

    #[test]
    fn the_first_reason_in_order_wins() {
        let mut someone = contact("ada@gone.example");
        someone.basis.clear();
        let bounced = [suppression(Reason::HardBounce, EVERYTHING)];
        let both = [suppression(Reason::HardBounce, EVERYTHING), suppression(Reason::OptedOut, "annual-meeting")];
        let busy = Standing { already_invited: true, recent_messages: 3, ..Standing::default() };
        assert_eq!(reason(&someone, Standing { suppressions: &both, ..busy }), Some(HoldBack::OptedOut));
        assert_eq!(reason(&someone, Standing { suppressions: &bounced, ..busy }), Some(HoldBack::HardBounce));
        assert_eq!(reason(&someone, busy), Some(HoldBack::InvalidAddress));
        someone.address = EmailAddress::parse("ada@example.org").unwrap();
        assert_eq!(reason(&someone, busy), Some(HoldBack::NoBasis));
        someone.basis = "mandate".into();
        assert_eq!(reason(&someone, busy), Some(HoldBack::AlreadyInvited));
        assert_eq!(reason(&someone, Standing { already_invited: false, ..busy }), Some(HoldBack::ContactedRecently));
        assert_eq!(reason(&someone, Standing::default()), None);
    }

    #[test]
    fn an_opt_out_from_another_topic_holds_nobody_back() {
        let other = [suppression(Reason::OptedOut, "newsletter")];
        let standing = Standing { suppressions: &other, ..Standing::default() };
        assert_eq!(reason(&contact("ada@example.org"), standing), None);
    }

    #[test]
    fn a_purpose_covers_when_empty_any_or_equal_whatever_its_case() {
        for (purpose, covered) in [("", true), ("ANY", true), ("invitation ", true), ("newsletter", false)] {
            let mut someone = contact("ada@example.org");
            someone.purpose = purpose.into();
            let expected = (!covered).then_some(HoldBack::NoBasis);
            assert_eq!(reason(&someone, Standing::default()), expected, "{purpose}");
        }
    }

    #[test]
    fn a_refused_domain_covers_its_subdomains_and_nothing_else() {
        for (address, refused) in [("a@gone.example", true), ("a@mail.gone.example", true), ("a@bygone.example", false)]
        {
            assert_eq!(reason(&contact(address), Standing::default()).is_some(), refused, "{address}");
        }
    }

    #[test]
    fn a_mailbox_that_nobody_reads_is_not_written_to() {
        for (address, refused) in [("no-reply@example.org", true), ("info@example.org", false)] {
            let because = policy().reason_not_to_write(&contact(address), None);
            assert_eq!(
                because.map(|(reason, column, _)| (reason, column)),
                refused.then_some((HoldBack::InvalidAddress, "email"))
            );
        }
    }

    #[test]
    fn a_no_and_an_earlier_message_speak_of_the_person_a_dead_mailbox_does_not() {
        let no = [suppression(Reason::OptedOut, EVERYTHING)];
        let dead = [suppression(Reason::HardBounce, EVERYTHING)];
        let elsewhere = [suppression(Reason::OptedOut, "newsletter")];
        let speaks = |standing| policy().speaks_of_the_person(standing, "annual-meeting");
        assert!(speaks(Standing { suppressions: &no, ..Standing::default() }));
        assert!(speaks(Standing { already_invited: true, ..Standing::default() }));
        assert!(speaks(Standing { recent_messages: 1, ..Standing::default() }));
        assert!(!speaks(Standing { suppressions: &dead, ..Standing::default() }));
        assert!(!speaks(Standing { suppressions: &elsewhere, ..Standing::default() }));
        assert!(!speaks(Standing::default()));
    }

    #[test]
    fn people_without_a_name_are_not_the_same_person() {
        let mut someone = contact("ada@example.org");
        someone.organisation = "Example".into();
        assert_eq!(Person::of(&someone), None);
        someone.name = "Ada  Example".into();
        let known = Person::of(&someone);
        assert!(known.is_some());
        someone.name = "ADA Example ".into();
        assert_eq!(Person::of(&someone), known);
        someone.name = "Ada".into();
        someone.organisation = "Example Example".into();
        assert_ne!(Person::of(&someone), known);
        someone.other_names = vec!["Bo Example".into()];
        assert_eq!(Person::of(&someone), None, "what is sent to the mailbox is sent to others, too");
    }
}
