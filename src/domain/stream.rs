//! What has a pace of its own: everything through the relay, the domains of one receiving provider, or one domain.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use super::pace::RatePolicy;

/// Messages that share a pace. Cheap to copy.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// Everything through the relay.
    Relay,
    /// The domains of one receiving provider, by the name the settings give it.
    Group(Arc<str>),
    /// One recipient domain, in lower-case A-labels.
    Domain(Arc<str>),
}

impl Stream {
    /// The kind and the name, for whoever stores it.
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Relay => ("relay", ""),
            Self::Group(name) => ("group", name),
            Self::Domain(name) => ("domain", name),
        }
    }

    /// The stream of a kind and a name.
    pub fn from_parts(kind: &str, name: &str) -> Option<Self> {
        match kind {
            "relay" => Some(Self::Relay),
            "group" => Some(Self::Group(name.into())),
            "domain" => Some(Self::Domain(name.into())),
            _ => None,
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relay => f.write_str("the relay"),
            Self::Group(name) => write!(f, "the group {name}"),
            Self::Domain(name) => f.write_str(name),
        }
    }
}

/// Which stream a recipient's domain belongs to.
#[derive(Debug, Default)]
pub struct Streams {
    groups: HashMap<String, Stream>,
    members: BTreeMap<Stream, Vec<String>>,
}

impl Streams {
    /// Domains the settings group are one stream; every other domain is one by itself.
    pub fn new(policy: &RatePolicy) -> Self {
        let mut streams = Self::default();
        for (name, group) in &policy.groups {
            let stream = Stream::Group(name.as_str().into());
            for domain in &group.domains {
                streams.groups.insert(domain.clone(), stream.clone());
            }
            streams.members.insert(stream, group.domains.iter().cloned().collect());
        }
        streams
    }

    /// The stream of a domain.
    pub fn of(&self, domain: &str) -> Stream {
        self.groups.get(domain).cloned().unwrap_or_else(|| Stream::Domain(domain.into()))
    }

    /// The domains of a stream; none for the relay, whose are all.
    pub fn domains_of<'a>(&'a self, stream: &'a Stream) -> impl Iterator<Item = &'a str> {
        let members = self.members.get(stream).into_iter().flatten().map(String::as_str);
        let itself = match stream {
            Stream::Domain(name) => Some(&**name),
            Stream::Relay | Stream::Group(_) => None,
        };
        members.chain(itself)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::pace::{RateGroup, RateLimits};

    #[test]
    fn grouped_domains_are_one_stream_and_every_other_is_its_own() {
        let domains = ["mail.example", "post.example"].map(str::to_owned);
        let group = RateGroup { domains: domains.into(), limits: RateLimits::default() };
        let policy = RatePolicy { groups: [("provider".to_owned(), group)].into(), ..RatePolicy::default() };
        let streams = Streams::new(&policy);
        assert_eq!(streams.of("mail.example"), streams.of("post.example"));
        assert_eq!(streams.of("other.example"), Stream::Domain("other.example".into()));
        let group = Stream::Group("provider".into());
        let members: Vec<&str> = streams.domains_of(&group).collect();
        assert_eq!(members, ["mail.example", "post.example"]);
        assert_eq!(streams.domains_of(&Stream::Domain("a.example".into())).collect::<Vec<_>>(), ["a.example"]);
    }

    #[test]
    fn what_is_stored_of_a_stream_makes_it_again() {
        for stream in [Stream::Relay, Stream::Group("google".into()), Stream::Domain("google".into())] {
            let (kind, name) = stream.parts();
            assert_eq!(Stream::from_parts(kind, name), Some(stream));
        }
        assert_eq!(Stream::from_parts("planet", "earth"), None);
    }
}
