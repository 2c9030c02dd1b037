//! Suppressions: addresses we must not write to, known by a keyed hash and kept apart from contacts.

use jiff::Timestamp;

use super::contact::vocabulary;
use super::keys::AddressKey;

/// The topic that covers every topic.
pub const EVERYTHING: &str = "*";

vocabulary! {
    /// Why an address must not be written to, in the order hold-backs name it.
    Reason {
        /// The person asked to be forgotten.
        Erased = "erased",
        /// The person said no.
        OptedOut = "opted_out",
        /// The person complained about spam.
        Complained = "complained",
        /// The mailbox does not exist.
        HardBounce = "hard_bounce",
    }
}

/// One address that must not be written to about one topic, or about anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Key of the normalised address.
    pub key: AddressKey,
    /// The address; empty once forgotten.
    pub address: String,
    /// A campaign topic, or [`EVERYTHING`].
    pub topic: String,
    /// Why.
    pub reason: Reason,
    /// The person's or officer's own words, or the reply's code; may be empty.
    pub note: String,
    /// Since when.
    pub since: Timestamp,
    /// Where it came from: `import <file>`, `command`, `relay`, `one-click` …
    pub source: String,
}

impl Reason {
    /// Whether it is what a person said, wherever they are written to; a mailbox that does not exist says nothing about
    /// its person.
    pub fn is_of_the_person(self) -> bool {
        self != Reason::HardBounce
    }

    /// Whether it says more than a reason that stands already: it takes the other's place, whichever came first.
    pub fn outweighs(self, standing: Reason) -> bool {
        self < standing
    }
}

impl Suppression {
    /// Whether it stands in the way of a message about `topic`, in whichever case either was written.
    pub fn covers(&self, topic: &str) -> bool {
        self.topic == EVERYTHING || self.topic.to_lowercase() == topic.to_lowercase()
    }

    /// Whether it would add nothing beside those that stand for the same mailbox.
    pub fn is_told_by(&self, standing: &[Suppression]) -> bool {
        standing.iter().any(|s| s.topic == self.topic && !self.reason.outweighs(s.reason))
    }
}

/// What stands against writing to one mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Topics that must not be written about, sorted; [`EVERYTHING`] among them means none may.
    pub topics: Vec<String>,
    /// Since when the first of them stands.
    pub since: Option<Timestamp>,
}

impl Standing {
    /// What these suppressions of one mailbox say: about one topic, or about any.
    pub fn of(suppressions: &[Suppression], topic: Option<&str>) -> Self {
        let standing: Vec<_> = suppressions.iter().filter(|s| topic.is_none_or(|topic| s.covers(topic))).collect();
        let mut topics: Vec<String> = standing.iter().map(|s| s.topic.clone()).collect();
        topics.sort();
        Self { topics, since: standing.iter().map(|s| s.since).min() }
    }

    /// Whether anything stands.
    pub fn is_suppressed(&self) -> bool {
        !self.topics.is_empty()
    }
}

/// Octets a topic may have.
const LONGEST_TOPIC: usize = 100;

/// A topic as a person typed it: blanks around it trimmed; `None` where it is empty, longer than 100 octets, or holds
/// control characters.
pub fn checked_topic(text: &str) -> Option<&str> {
    let topic = text.trim();
    let sound = !topic.is_empty() && topic.len() <= LONGEST_TOPIC && !topic.chars().any(char::is_control);
    sound.then_some(topic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opt_out(topic: &str, since: i64) -> Suppression {
        Suppression {
            key: AddressKey([1; 16]),
            address: String::new(),
            topic: topic.to_owned(),
            reason: Reason::OptedOut,
            note: String::new(),
            since: Timestamp::from_second(since).unwrap(),
            source: String::new(),
        }
    }

    #[test]
    fn a_topic_is_suppressed_by_itself_and_by_everything() {
        let all = [opt_out("meetings", 20), opt_out("news", 10)];
        assert!(Standing::of(&all, Some("news")).is_suppressed());
        assert!(Standing::of(&all, Some("News")).is_suppressed(), "people write topics in any case");
        assert!(!Standing::of(&all, Some("surveys")).is_suppressed());
        assert_eq!(Standing::of(&all, None).topics, ["meetings", "news"]);
        assert_eq!(Standing::of(&all, None).since, Timestamp::from_second(10).ok());
        assert!(Standing::of(&[opt_out(EVERYTHING, 5)], Some("surveys")).is_suppressed());
        assert_eq!(Standing::of(&[], None), Standing::default());
    }

    #[test]
    fn topics_are_short_words_on_one_line() {
        assert_eq!(checked_topic(" annual-meeting "), Some("annual-meeting"));
        for bad in ["", "  ", "a\nb", "a\0b", &"x".repeat(101)] {
            assert_eq!(checked_topic(bad), None, "{bad:?}");
        }
    }
}
