//! `[relay]`: through what, how carefully and how fast messages leave.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use super::organisation::domain_in_a_labels;
use super::reading::integer;
use super::{Chunking, RelayKind, RelaySettings, ReturnPath, Tls};
use crate::domain::pace::{RateLimits, RatePolicy};
use crate::domain::retry::{OnDoubt, RetryPolicy};
use crate::domain::timeouts::Timeouts;
use crate::files::toml_reader::{Entry, Section};

mod sign_in;

/// Messages a second where the settings say nothing: slow enough for any relay. An outbox folder needs no limit.
const PER_SECOND: f64 = 10.0;
const DAY: Duration = Duration::from_secs(86_400);
/// Kinds that the contract names for later.
const LATER_KINDS: &[&str] = &["microsoft365", "postfix"];

/// Reads the section, or gives the defaults: an outbox folder.
pub(super) fn read(section: Option<Section<'_>>, workspace: &Path) -> RelaySettings {
    let Some(section) = section else { return outbox() };
    // After a complaint reading goes on, so that every problem is found; settings with problems are never used.
    let kind = section.entry("kind").and_then(|e| read_kind(&e)).unwrap_or(RelayKind::Outbox);
    let tls = section.entry("tls").and_then(|e| e.choice(&["implicit", "starttls", "none"]));
    let tls = [Tls::Implicit, Tls::StartTls, Tls::None].get(tls.unwrap_or(1)).copied().unwrap_or(Tls::StartTls);
    let host = read_host(&section, kind, tls);
    let sign_in = sign_in::read(&section, workspace);
    let base = outbox();
    let relay = RelaySettings {
        kind,
        host,
        port: integer(&section, "port", 1..=u16::MAX, usual_port(tls)),
        tls,
        ca_file: section.entry("ca_file").and_then(|e| e.line().map(|path| workspace.join(path))),
        username: sign_in.username,
        password: sign_in.password,
        token: sign_in.token,
        return_path: match section.entry("return_path").and_then(|e| e.choice(&["verp", "fixed"])) {
            Some(1) => ReturnPath::Fixed,
            _ => ReturnPath::Verp,
        },
        connections: positive(&section, "connections", 256, base.connections),
        messages_per_connection: positive(&section, "messages_per_connection", 1_000_000, base.messages_per_connection),
        window: positive(&section, "window", 1_024, base.window),
        chunking: read_chunking(&section),
        smtputf8: section.entry("smtputf8").and_then(|e| e.boolean()).unwrap_or(false),
        timeouts: section.section("timeouts").map(read_timeouts).unwrap_or_default(),
        rate: read_rate(section.section("rate"), kind),
        retry: section.section("retry").map(read_retry).unwrap_or_default(),
    };
    section.finish();
    relay
}

fn outbox() -> RelaySettings {
    RelaySettings {
        kind: RelayKind::Outbox,
        host: String::new(),
        port: usual_port(Tls::StartTls),
        tls: Tls::StartTls,
        ca_file: None,
        username: None,
        password: None,
        token: None,
        return_path: ReturnPath::Verp,
        connections: 8,
        messages_per_connection: 100,
        window: 1,
        chunking: Chunking::Off,
        smtputf8: false,
        timeouts: Timeouts::default(),
        rate: RatePolicy::default(),
        retry: RetryPolicy::default(),
    }
}

fn read_kind(entry: &Entry<'_>) -> Option<RelayKind> {
    if LATER_KINDS.contains(&entry.line()?) {
        entry.complain_not_in_this_version("use kind = \"smtp\" with the host, port and password of that service");
        return None;
    }
    match entry.choice(&["outbox", "smtp"])? {
        0 => Some(RelayKind::Outbox),
        _ => Some(RelayKind::Smtp),
    }
}

/// Submission over implicit TLS and STARTTLS (RFC 8314 §7.3, RFC 6409 §3.1), and plain SMTP.
fn usual_port(tls: Tls) -> u16 {
    match tls {
        Tls::Implicit => 465,
        Tls::StartTls => 587,
        Tls::None => 25,
    }
}

fn read_host(section: &Section<'_>, kind: RelayKind, tls: Tls) -> String {
    let host = match kind {
        RelayKind::Outbox => section.entry("host"),
        RelayKind::Smtp => section.required("host", "write the name of your mail server, such as \"smtp.example.org\""),
    };
    let Some(entry) = host else { return String::new() };
    let Some(written) = entry.line() else { return String::new() };
    let sound = written.parse::<IpAddr>().is_ok() || idna::domain_to_ascii_strict(written).is_ok();
    if !sound {
        entry.complain(
            "bad-host",
            format!("`{}` is no host name: `{written}`", entry.path()),
            "write a name or an address, without a port",
        );
    } else if kind == RelayKind::Smtp && tls == Tls::None && !is_loopback(written) {
        entry.complain(
            "clear-text-relay",
            format!("`relay.tls = \"none\"` is for loopback addresses only, not for `{written}`"),
            "set tls = \"starttls\" or \"implicit\": addresses and words would travel in clear",
        );
    }
    if written.parse::<IpAddr>().is_ok() {
        return written.to_owned();
    }
    idna::domain_to_ascii_strict(written).unwrap_or_default()
}

/// Whether a host is this computer: 127.0.0.0/8, ::1 or `localhost`.
pub(super) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Several messages in flight need room for several.
fn read_chunking(section: &Section<'_>) -> Chunking {
    let Some(entry) = section.entry("chunking") else { return Chunking::Off };
    if entry.choice(&["off", "in-flight"]) != Some(1) {
        return Chunking::Off;
    }
    if positive(section, "window", 1_024, 1) < 2 {
        entry.complain(
            "contradiction",
            "`relay.chunking = \"in-flight\"` sends several messages ahead, and `relay.window` allows one",
            "set `window` to 2 or more: as many messages may be in doubt on each connection that is lost",
        );
    }
    Chunking::InFlight
}

fn positive(section: &Section<'_>, key: &'static str, most: u32, default: usize) -> usize {
    section.entry(key).and_then(|e| e.integer(1..=most)).map_or(default, |n| n as usize)
}

fn read_timeouts(section: Section<'_>) -> Timeouts {
    let default = Timeouts::default();
    let seconds = |key, default: Duration| {
        section.entry(key).and_then(|e| e.number(0.001..=86_400.0)).map_or(default, Duration::from_secs_f64)
    };
    let timeouts = Timeouts {
        connect: seconds("connect", default.connect),
        greeting: seconds("greeting", default.greeting),
        ehlo: seconds("ehlo", default.ehlo),
        mail: seconds("mail", default.mail),
        rcpt: seconds("rcpt", default.rcpt),
        data: seconds("data", default.data),
        body: seconds("body", default.body),
        dot: seconds("dot", default.dot),
        tls: seconds("tls", default.tls),
        auth: seconds("auth", default.auth),
    };
    section.finish();
    timeouts
}

fn read_rate(section: Option<Section<'_>>, kind: RelayKind) -> RatePolicy {
    let per_second = if kind == RelayKind::Smtp { PER_SECOND } else { 0.0 };
    let default = RateLimits { per_second, ..RateLimits::default() };
    let Some(section) = section else { return RatePolicy { relay: default, ..RatePolicy::default() } };
    let mut policy = RatePolicy { relay: read_limits(&section, &default), ..RatePolicy::default() };
    if let Some(domains) = section.section("domains") {
        for entry in domains.entries() {
            let Some(domain) = domain_in_a_labels(entry.key()) else {
                entry.complain_at_key(
                    "bad-domain",
                    format!("`{}` is no domain", entry.path()),
                    "write it in quotes: `[relay.rate.domains.\"example.org\"]`",
                );
                continue;
            };
            let Some(limits) = entry.section() else { continue };
            let read = read_limits(&limits, &RateLimits::default());
            limits.finish();
            if policy.domains.insert(domain.clone(), read).is_some() {
                entry.complain_at_key("duplicate", format!("`{domain}` stands here twice"), "keep one of them");
            }
        }
    }
    section.finish();
    policy
}

fn read_limits(section: &Section<'_>, default: &RateLimits) -> RateLimits {
    let cap = |key| section.entry(key).and_then(|e| e.integer(1..=1_000_000_000_u32));
    RateLimits {
        per_second: section.entry("per_second").and_then(|e| e.number(0.0..=1_000_000.0)).unwrap_or(default.per_second),
        burst: integer(section, "burst", 1..=1_000_000, default.burst),
        per_hour: cap("per_hour"),
        per_day: cap("per_day"),
    }
}

fn read_retry(section: Section<'_>) -> RetryPolicy {
    let default = RetryPolicy::default();
    let first = section.entry("first_delay").and_then(|e| e.duration(Duration::from_secs(1)..=30 * DAY));
    let last = section.entry("give_up_after").and_then(|e| e.duration(Duration::from_secs(1)..=365 * DAY));
    let policy = RetryPolicy {
        first_delay: first.unwrap_or(default.first_delay),
        give_up_after: last.unwrap_or(default.give_up_after),
        on_doubt: match section.entry("on_doubt").and_then(|e| e.choice(&["hold", "resend"])) {
            Some(1) => OnDoubt::Resend,
            _ => OnDoubt::Hold,
        },
    };
    section.finish();
    policy
}
