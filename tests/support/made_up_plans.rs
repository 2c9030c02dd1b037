//! Plans of made-up people, and what happens to them, for tests that need a ledger with something in it.

#![allow(dead_code, clippy::unwrap_used, reason = "each test takes what it needs, and says where it cannot go on")]

use std::collections::BTreeMap;

use convoke::domain::address::EmailAddress;
use convoke::domain::invitation::{PlannedInvitation, State};
use convoke::domain::keys::{AddressKey, Keyring};
use convoke::domain::outcome::Reply;
use convoke::domain::plan::Plan;
use convoke::domain::suppression::{Reason, Suppression};
use convoke::engine::ports::Conclusion;
use jiff::Timestamp;

pub const CAMPAIGN: &str = "igf-2027";

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + seconds).unwrap()
}

pub fn keys() -> Keyring {
    Keyring::from_secret(&[7; 32])
}

pub fn key(n: usize) -> AddressKey {
    keys().address_key(&format!("person{n}@example.org"))
}

pub fn row(n: usize) -> PlannedInvitation {
    PlannedInvitation {
        key: key(n),
        contact_id: keys().contact_id(key(n)),
        address: EmailAddress::parse(&format!("person{n}@example.org")).unwrap(),
        name: format!("Person {n}"),
        segment: if n.is_multiple_of(2) { "even" } else { "odd" }.to_owned(),
        tier: "field".to_owned(),
        region: "African Group".to_owned(),
        stakeholder: "Civil Society".to_owned(),
        language: "fr".to_owned(),
        fields: serde_json::Map::from_iter([("given_name".to_owned(), "Ada".into())]),
        digest: format!("digest-{n}"),
        message_id_local: format!("local-{n}"),
        zone: None,
    }
}

pub fn plan(id: &str) -> Plan {
    Plan {
        id: id.to_owned(),
        campaign: CAMPAIGN.to_owned(),
        digest: format!("sha256:{id}"),
        at: at(0),
        by: "lin".to_owned(),
        inputs: BTreeMap::from([("campaign.toml".to_owned(), "abc".to_owned())]),
        snapshot: serde_json::from_value(serde_json::json!({
            "templates": {}, "variables": {}, "organisation": null, "topic": "annual-meeting"
        }))
        .unwrap(),
        analysis: String::new(),
        held_back: BTreeMap::new(),
        by_segment: BTreeMap::new(),
        by_language: BTreeMap::new(),
    }
}

pub fn ended(attempt: i64, state: State) -> Conclusion {
    let code = match state {
        State::Accepted => Some(250),
        State::Deferred => Some(451),
        State::Rejected => Some(550),
        _ => None,
    };
    Conclusion {
        attempt,
        state,
        reply: code.map(|code| Reply { code, enhanced: Some((code / 100, 0, 0)), text: "said so".to_owned() }),
        detail: "the line was cut".to_owned(),
        next_at: (state == State::Deferred).then(|| at(1000)),
        suppress: None,
    }
}

pub fn opt_out(n: usize, topic: &str) -> Suppression {
    Suppression {
        key: key(n),
        address: format!("person{n}@example.org"),
        topic: topic.to_owned(),
        reason: Reason::OptedOut,
        note: "by phone".to_owned(),
        since: at(500),
        source: "command".to_owned(),
    }
}
