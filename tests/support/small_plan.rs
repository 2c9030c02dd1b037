//! A ledger with a small plan, and a press for it, to send from without a workspace.
#![allow(dead_code, reason = "every test file takes what it needs")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use convoke::clock::SystemClock;
use convoke::domain::address::EmailAddress;
use convoke::domain::campaign::Schedule;
use convoke::domain::invitation::{Counts, Invitation, PlannedInvitation};
use convoke::domain::keys::Keyring;
use convoke::domain::language::LanguageTag;
use convoke::domain::message::{Envelope, Letter, Stamp};
use convoke::domain::organisation::Mailbox;
use convoke::domain::pace::RatePolicy;
use convoke::domain::plan::Plan;
use convoke::domain::retry::RetryPolicy;
use convoke::domain::stop_rule::StopRule;
use convoke::domain::zones::Zones;
use convoke::engine::ports::{Clock, MessageWriter, Plans, Relay};
use convoke::engine::send::press::Press;
use convoke::engine::send::progress::{Progress, Tally};
use convoke::engine::send::{SendOrder, Sent, send};
use convoke::ledger::SqliteLedger;
use tokio::sync::watch;

/// Campaign of every small plan.
pub const CAMPAIGN: &str = "igf-2027";

/// A folder with a ledger that holds one plan.
pub struct SmallPlan {
    folder: tempfile::TempDir,
    /// Its id.
    pub plan: String,
}

impl SmallPlan {
    /// A plan for these addresses, in this order; people of an odd number are of the segment `odd`.
    pub fn of(addresses: &[String]) -> Self {
        let small = Self { folder: tempfile::tempdir().unwrap(), plan: "p1".to_owned() };
        let rows: Vec<PlannedInvitation> = addresses.iter().enumerate().map(|(n, a)| row(n, a)).collect();
        small.ledger().store_plan(&plan(&small.plan), &rows, &[], SystemClock.now()).unwrap();
        small
    }

    /// A plan for so many people, who live by these clocks one after the other, all at one domain.
    pub fn by_clocks(zones: &[(usize, &str)]) -> Self {
        let small = Self { folder: tempfile::tempdir().unwrap(), plan: "p1".to_owned() };
        let clocks = zones.iter().flat_map(|(count, zone)| std::iter::repeat_n(*zone, *count));
        let rows: Vec<PlannedInvitation> = clocks
            .enumerate()
            .map(|(n, zone)| PlannedInvitation {
                zone: Some(zone.to_owned()),
                ..row(n, &format!("person{n}@example.org"))
            })
            .collect();
        small.ledger().store_plan(&plan(&small.plan), &rows, &[], SystemClock.now()).unwrap();
        small
    }

    /// A plan for so many people at one domain.
    pub fn with_people(count: usize) -> Self {
        Self::of(&(0..count).map(|n| format!("person{n}@example.org")).collect::<Vec<_>>())
    }

    /// The ledger, as another process opens it.
    pub fn ledger(&self) -> SqliteLedger {
        SqliteLedger::open(&self.path(), &self.folder.path().join("opt-outs.log"), "lin").unwrap()
    }

    /// The ledger's file.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }

    /// Where the plan lies.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// How it stands.
    pub fn counts(&self) -> Counts {
        self.ledger().counts(&self.plan).unwrap()
    }

    /// Every row.
    pub fn rows(&self) -> Vec<Invitation> {
        let mut rows = Vec::new();
        self.ledger().each_invitation(&self.plan, &mut |row| rows.push(row)).unwrap();
        rows
    }

    /// An order for all of it: four connections, no limits.
    pub fn order(&self) -> SendOrder {
        SendOrder {
            campaign: CAMPAIGN.to_owned(),
            plan: self.plan.clone(),
            earlier: Vec::new(),
            limit: None,
            only: None,
            connections: 4,
            window: 1,
            rate: RatePolicy::default(),
            retry: RetryPolicy::default(),
            stop: StopRule::default(),
            schedule: Schedule::default(),
            zones: Zones::default(),
        }
    }

    /// Sends by an order.
    pub async fn send(&self, order: &SendOrder, relay: impl Relay + 'static) -> Sent {
        let (_never, interrupt) = watch::channel(false);
        self.send_until(order, relay, interrupt, self.ledger()).await
    }

    /// Sends by an order, through this ledger, until asked to stop.
    pub async fn send_until(
        &self,
        order: &SendOrder,
        relay: impl Relay + 'static,
        interrupt: watch::Receiver<bool>,
        ledger: SqliteLedger,
    ) -> Sent {
        let (ledger, clock) = (Box::new(ledger), Arc::new(SystemClock));
        let mut unseen = Unseen;
        let sending = send(order, ledger, Arc::new(relay), press(), clock, interrupt, &mut unseen);
        tokio::time::timeout(Duration::from_secs(60), sending).await.expect("an end within a minute").unwrap()
    }
}

/// Nobody watches.
struct Unseen;
impl Progress for Unseen {
    fn show(&mut self, _tally: &Tally) {}
    fn say(&mut self, _words: &str) {}
}

/// The workspace's keys.
pub fn keys() -> Keyring {
    Keyring::from_secret(&[7; 32])
}

/// What renders the rows of a small plan.
pub fn press() -> Press {
    Press {
        campaign: CAMPAIGN.to_owned(),
        compose: Arc::new(|row| Ok(compose(row))),
        writer: Arc::new(Plain),
        keys: keys(),
    }
}

fn compose(row: &PlannedInvitation) -> (Letter, Envelope) {
    let from = EmailAddress::parse("invitations@igf.example").unwrap();
    let letter = Letter {
        from: Mailbox { name: String::new(), address: from },
        to: Mailbox { name: String::new(), address: row.address.clone() },
        reply_to: None,
        subject: "An invitation".to_owned(),
        text: format!("Dear {},\n.\nplease come.\n", row.name),
        html: String::new(),
        language: LanguageTag::parse("en").unwrap(),
        list_id: "invitations.igf.example".to_owned(),
        opt_out_url: None,
        opt_out_mailto: "u@bounces.igf.example".to_owned(),
    };
    (letter, Envelope { mail_from: "b@bounces.igf.example".to_owned(), rcpt_to: row.address.clone() })
}

/// As little of a message as a server needs.
struct Plain;
impl MessageWriter for Plain {
    fn canonical(&self, letter: &Letter) -> Result<Vec<u8>, String> {
        let lines = letter.text.replace('\n', "\r\n");
        Ok(format!("To: <{}>\r\nSubject: {}\r\n\r\n{lines}", letter.to.address, letter.subject).into_bytes())
    }
    fn stamped(&self, canonical: &[u8], stamp: &Stamp) -> Result<Vec<u8>, String> {
        let stamp = format!("Message-ID: <{}>\r\nDate: {}\r\n", stamp.message_id, stamp.date);
        Ok([stamp.as_bytes(), canonical].concat())
    }
}

fn row(n: usize, address: &str) -> PlannedInvitation {
    let address = EmailAddress::parse(address).unwrap();
    let key = keys().address_key(&address.normalised());
    let mut row = PlannedInvitation {
        key,
        contact_id: keys().contact_id(key),
        address,
        name: format!("Person {n}"),
        segment: if n.is_multiple_of(2) { "even" } else { "odd" }.to_owned(),
        tier: "field".to_owned(),
        region: "African Group".to_owned(),
        stakeholder: "Civil Society".to_owned(),
        language: "en".to_owned(),
        fields: serde_json::Map::new(),
        digest: String::new(),
        message_id_local: String::new(),
        zone: None,
    };
    row.digest = keys().message_digest(&Plain.canonical(&compose(&row).0).unwrap());
    row.message_id_local = keys().message_id_local(CAMPAIGN, key, &row.digest);
    row
}

fn plan(id: &str) -> Plan {
    Plan {
        id: id.to_owned(),
        campaign: CAMPAIGN.to_owned(),
        digest: format!("sha256:{id}"),
        at: SystemClock.now(),
        by: "lin".to_owned(),
        inputs: BTreeMap::new(),
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
