//! Kinds of relay as they are: what each sets where `[relay]` says nothing. A written key always goes before it.

use super::{AppliedPreset, RelayKind, RelaySettings, Tls};
use crate::files::toml_reader::Section;

/// What a kind of relay sets.
pub(super) struct Preset {
    /// Its word in `relay.kind`.
    pub word: &'static str,
    /// How messages are handed over.
    pub kind: RelayKind,
    /// Host, where the kind knows it.
    pub host: Option<&'static str>,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// Port, where it is another one than [`Tls`] suggests.
    pub port: Option<u16>,
    /// Whether one sender address is all that is permitted.
    pub fixed_return_path: bool,
    /// Whether signing in means OAuth2.
    pub oauth2: bool,
    /// Whether there is no way in without a user name.
    pub needs_username: bool,
    /// Connections at once.
    pub connections: usize,
    /// Messages after which a connection is closed.
    pub messages_per_connection: usize,
    /// Messages a second; 0 means no limit.
    pub per_second: f64,
    /// Messages in any 24 hours.
    pub per_day: Option<u32>,
}

/// Every word of `relay.kind`.
pub(super) const KINDS: [&str; 4] = ["outbox", "smtp", "microsoft365", "postfix"];

/// A folder needs no limit.
const OUTBOX: Preset = Preset { word: "outbox", kind: RelayKind::Outbox, per_second: 0.0, ..SMTP };

/// Any mail server: slow enough for every one of them.
const SMTP: Preset = Preset {
    word: "smtp",
    kind: RelayKind::Smtp,
    host: None,
    tls: Tls::StartTls,
    port: None,
    fixed_return_path: false,
    oauth2: false,
    needs_username: false,
    connections: 8,
    messages_per_connection: 100,
    per_second: 10.0,
    per_day: None,
};

/// Exchange Online by SMTP AUTH client submission.
///
/// * Host, port and STARTTLS: Microsoft Learn, "How to set up a multifunction device or application to send email using
///   Microsoft 365 or Office 365".
/// * Three connections a mailbox: Exchange Team Blog, 2018-04-20, "Changes coming to the SMTP Authenticated Submission
///   client protocol".
/// * 30 messages a minute, and 10,000 recipients in any 24 hours: Microsoft Learn, "Exchange Online limits", sending
///   limits.
/// * A mailbox sends as itself, or as an address it has Send As rights for (`5.7.60`): so one return path for all.
/// * OAuth2: Exchange Team Blog, "Exchange Online to retire Basic auth for Client Submission (SMTP AUTH)".
const MICROSOFT365: Preset = Preset {
    word: "microsoft365",
    host: Some("smtp.office365.com"),
    port: Some(587),
    fixed_return_path: true,
    oauth2: true,
    needs_username: true,
    connections: 3,
    per_second: 0.5,
    per_day: Some(10_000),
    ..SMTP
};

/// A Postfix of one's own, on this computer: what is on loopback needs no TLS, and Postfix takes any number of messages in
/// one session (postconf(5): `smtpd_client_message_rate_limit` is 0). The pace stays: what is in its queue can no longer be
/// paused or cancelled here.
const POSTFIX: Preset =
    Preset { word: "postfix", host: Some("127.0.0.1"), tls: Tls::None, messages_per_connection: 1_000, ..SMTP };

impl Preset {
    /// The preset of a word of [`KINDS`].
    ///
    /// * `is_loopback`: whether the written host, if any, is this computer.
    /// * `signs_in`: whether a user name is written.
    pub fn of(word: &str, is_loopback: bool, signs_in: bool) -> Self {
        match word {
            "smtp" => SMTP,
            "microsoft365" => MICROSOFT365,
            // Submission by who signs in (RFC 6409), else by whom the server knows (`mynetworks`).
            "postfix" if !is_loopback => {
                Preset { tls: Tls::StartTls, port: Some(if signs_in { 587 } else { 25 }), ..POSTFIX }
            }
            "postfix" => POSTFIX,
            _ => OUTBOX,
        }
    }

    /// What a preset set and no written key replaced, for whoever asks `check`.
    pub fn applied(&self, section: &Section<'_>, relay: &RelaySettings) -> Option<AppliedPreset> {
        if !matches!(self.word, "microsoft365" | "postfix") {
            return None;
        }
        let quoted = |word: &str| format!("\"{word}\"");
        let rate = section.section("rate");
        let in_rate = |key| rate.as_ref().is_some_and(|rate| rate.has(key));
        let mut sets = Vec::new();
        let mut add =
            |key: &'static str, is_written: bool, value: String| sets.extend((!is_written).then_some((key, value)));
        add("host", section.has("host"), quoted(&relay.host));
        add("port", section.has("port"), relay.port.to_string());
        add("tls", section.has("tls"), quoted(relay.tls.as_str()));
        if self.oauth2 {
            add("auth", section.has("auth"), quoted("oauth2"));
        }
        if self.fixed_return_path {
            add("return_path", section.has("return_path"), quoted("fixed"));
        }
        add("connections", section.has("connections"), relay.connections.to_string());
        let per_connection = section.has("messages_per_connection");
        add("messages_per_connection", per_connection, relay.messages_per_connection.to_string());
        add("rate.per_second", in_rate("per_second"), relay.rate.relay.per_second.to_string());
        if let Some(per_day) = self.per_day {
            add("rate.per_day", in_rate("per_day"), per_day.to_string());
        }
        Some(AppliedPreset { kind: self.word, sets })
    }
}
