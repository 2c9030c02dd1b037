//! `[relay]`: through what, how carefully and how fast messages leave.

use std::path::Path;
use std::time::Duration;

use super::endpoint::{read_host, read_return_path, usual_port, written_host_is_loopback};
use super::preset::{KINDS, Preset};
use super::rate;
use super::reading::integer;
use super::{Chunking, RelaySettings, ReturnPath, Tls};
use crate::domain::pace::RatePolicy;
use crate::domain::retry::{OnDoubt, RetryPolicy};
use crate::domain::timeouts::Timeouts;
use crate::files::toml_reader::Section;

mod sign_in;

const DAY: Duration = Duration::from_secs(86_400);

/// Reads the section, or gives the defaults: an outbox folder.
pub(super) fn read(section: Option<Section<'_>>, workspace: &Path) -> RelaySettings {
    let Some(section) = section else { return outbox() };
    // After a complaint reading goes on, so that every problem is found; settings with problems are never used.
    let kind = section.entry("kind").and_then(|e| e.choice(&KINDS)).and_then(|i| KINDS.get(i)).copied();
    let signs_in = section.has("username");
    let preset = Preset::of(kind.unwrap_or("outbox"), written_host_is_loopback(&section), signs_in);
    let tls = section.entry("tls").and_then(|e| e.choice(&["implicit", "starttls", "none"]));
    let tls = tls.and_then(|i| [Tls::Implicit, Tls::StartTls, Tls::None].get(i)).copied().unwrap_or(preset.tls);
    let host = read_host(&section, &preset, tls);
    let sign_in = sign_in::read(&section, workspace, &preset);
    let usual_port = preset.port.filter(|_| tls == preset.tls).unwrap_or(usual_port(tls));
    let relay = RelaySettings {
        kind: preset.kind,
        host,
        port: integer(&section, "port", 1..=u16::MAX, usual_port),
        tls,
        ca_file: section.entry("ca_file").and_then(|e| e.line().map(|path| workspace.join(path))),
        username: sign_in.username,
        password: sign_in.password,
        token: sign_in.token,
        return_path: read_return_path(&section, &preset),
        connections: positive(&section, "connections", 256, preset.connections),
        messages_per_connection: positive(
            &section,
            "messages_per_connection",
            1_000_000,
            preset.messages_per_connection,
        ),
        window: positive(&section, "window", 1_024, outbox().window),
        chunking: read_chunking(&section),
        smtputf8: section.entry("smtputf8").and_then(|e| e.boolean()).unwrap_or(false),
        signs_dkim: section.entry("signs_dkim").and_then(|e| e.boolean()).unwrap_or(false),
        timeouts: section.section("timeouts").map(read_timeouts).unwrap_or_default(),
        rate: rate::read(section.section("rate"), &preset),
        retry: section.section("retry").map(read_retry).unwrap_or_default(),
        preset: None,
    };
    let preset = preset.applied(&section, &relay);
    section.finish();
    RelaySettings { preset, ..relay }
}

fn outbox() -> RelaySettings {
    let preset = Preset::of("outbox", true, false);
    RelaySettings {
        kind: preset.kind,
        host: String::new(),
        port: usual_port(preset.tls),
        tls: preset.tls,
        ca_file: None,
        username: None,
        password: None,
        token: None,
        return_path: ReturnPath::Verp,
        connections: preset.connections,
        messages_per_connection: preset.messages_per_connection,
        window: 1,
        chunking: Chunking::Off,
        smtputf8: false,
        signs_dkim: false,
        timeouts: Timeouts::default(),
        rate: RatePolicy::default(),
        retry: RetryPolicy::default(),
        preset: None,
    }
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
