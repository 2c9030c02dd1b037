//! `convoke.toml` and the environment, checked once. Secrets never appear in Debug.

use std::path::PathBuf;
use std::time::Duration;

use crate::domain::address::EmailAddress;
use crate::domain::decisions::Decisions;
use crate::domain::geography::RegionalGroups;
use crate::domain::organisation::Organisation;
use crate::domain::pace::RatePolicy;
use crate::domain::retry::RetryPolicy;
use crate::domain::segment::TierRules;
use crate::domain::timeouts::Timeouts;

mod decisions;
mod dkim;
mod endpoint;
mod organisation;
mod preset;
mod rate;
mod reading;
mod relay;

pub use dkim::{as_domain, as_selector};
pub use reading::FILE_NAME;

/// Everything `convoke.toml` says, with defaults filled in.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `[organisation]`
    pub organisation: Organisation,
    /// `[organisation] time_zone`: the name of its time zone, where it is said.
    pub time_zone: Option<String>,
    /// `[relay]`
    pub relay: RelaySettings,
    /// `[[dkim]]`: the keys that sign every message, in their order.
    pub dkim: Vec<DkimSettings>,
    /// `[ledger] url`: the SQLite file, absolute.
    pub ledger: PathBuf,
    /// `[policy]`
    pub policy: PolicySettings,
    /// `[tiers]`
    pub tiers: TierRules,
    /// `[regions]`: decisions about the regional group of a country or territory.
    pub regions: RegionalGroups,
    /// `[countries]` and `[words]`: decisions about values of contact lists.
    pub decisions: Decisions,
}

/// `[relay]`
#[derive(Debug, Clone)]
pub struct RelaySettings {
    /// Which relay.
    pub kind: RelayKind,
    /// Host of an SMTP relay.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// PEM file of a private CA, absolute.
    pub ca_file: Option<PathBuf>,
    /// User name for AUTH.
    pub username: Option<String>,
    /// Where the password comes from; read when the relay is built, not when settings are checked.
    pub password: Option<SecretSource>,
    /// For `auth = "oauth2"`: where tokens come from, instead of a password.
    pub token: Option<TokenSource>,
    /// Return path: VERP, or one fixed address.
    pub return_path: ReturnPath,
    /// Connections at once.
    pub connections: usize,
    /// Messages after which a connection is closed.
    pub messages_per_connection: usize,
    /// Intents ahead on one connection.
    pub window: usize,
    /// Whether messages follow one another without waiting for answers.
    pub chunking: Chunking,
    /// Whether non-ASCII local parts may be sent.
    pub smtputf8: bool,
    /// Whether the relay signs with DKIM for the domain of `organisation.from`.
    pub signs_dkim: bool,
    /// `[relay.timeouts]`
    pub timeouts: Timeouts,
    /// `[relay.rate]`
    pub rate: RatePolicy,
    /// `[relay.retry]`
    pub retry: RetryPolicy,
    /// What its kind set, where the kind is a preset.
    pub preset: Option<AppliedPreset>,
}

/// What a preset set, and no written key replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedPreset {
    /// The word of `relay.kind`.
    pub kind: &'static str,
    /// Keys of `[relay]` with their values as they would be written.
    pub sets: Vec<(&'static str, String)>,
}

/// One of `[[dkim]]`. The key itself is read when messages are signed, not when settings are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DkimSettings {
    /// Signing domain, in A-labels; the domain of `organisation.from` unless the settings say otherwise.
    pub domain: String,
    /// Selector, in A-labels.
    pub selector: String,
    /// PEM file of the private key, absolute.
    pub key_file: PathBuf,
}

/// `relay.kind`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayKind {
    /// A folder of .eml files: nothing leaves this computer.
    Outbox,
    /// An SMTP server.
    Smtp,
}

/// `relay.tls`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first octet (RFC 8314).
    Implicit,
    /// STARTTLS, required (RFC 3207).
    StartTls,
    /// In clear; loopback addresses only.
    None,
}

/// `relay.chunking`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunking {
    /// One message after the other.
    Off,
    /// As many in flight as the window holds (BDAT, RFC 3030), where the relay offers CHUNKING.
    InFlight,
}

impl Tls {
    /// The word of `relay.tls`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Implicit => "implicit",
            Self::StartTls => "starttls",
            Self::None => "none",
        }
    }
}

/// Where a secret is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// Environment variable.
    Env(String),
    /// File, absolute; its first line.
    File(PathBuf),
    /// Command; the first line it prints.
    Command(String),
}

/// `relay.token_command` and `relay.token_lifetime`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSource {
    /// Command; the one line it prints.
    pub command: String,
    /// How long a token is used before the command is run again.
    pub lifetime: Duration,
}

/// `relay.return_path`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReturnPath {
    /// `b+<token>@bounce_domain`, one per invitation.
    Verp,
    /// The From address.
    Fixed,
    /// This address, which the relay permits.
    Address(EmailAddress),
}

/// `[policy]`
#[derive(Debug, Clone, PartialEq)]
pub struct PolicySettings {
    /// At most `contact_gap_messages` to one person within this many days, across campaigns.
    pub contact_gap_days: u32,
    /// See `contact_gap_days`.
    pub contact_gap_messages: u32,
    /// Counts below this are never published (used by `release`).
    pub min_cell: u32,
    /// Hold people back when no variant fits, instead of using the campaign's default language.
    pub hold_missing_variant: bool,
    /// Domains that are not written to any more (stored contacts there are left out as `invalid_address`).
    pub refuse_domains: Vec<String>,
    /// Retention period, as written.
    pub retention: String,
}

impl Default for PolicySettings {
    fn default() -> Self {
        Self {
            contact_gap_days: 14,
            contact_gap_messages: 1,
            min_cell: 10,
            hold_missing_variant: false,
            refuse_domains: Vec::new(),
            retention: "3y".to_owned(),
        }
    }
}
