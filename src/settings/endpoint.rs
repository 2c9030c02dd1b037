//! Where an SMTP relay is, how the way there is protected, and in whose name messages go it.

use std::net::IpAddr;

use super::preset::Preset;
use super::{RelayKind, ReturnPath, Tls};
use crate::domain::address::EmailAddress;
use crate::files::toml_reader::Section;

/// `verp`, `fixed`, or an address that the relay permits beside the From address.
pub(super) fn read_return_path(section: &Section<'_>, preset: &Preset) -> ReturnPath {
    let usual = if preset.fixed_return_path { ReturnPath::Fixed } else { ReturnPath::Verp };
    let Some(entry) = section.entry("return_path") else { return usual };
    let Some(written) = entry.line() else { return usual };
    if written.contains('@') {
        return match EmailAddress::parse(written) {
            Ok(address) if !address.needs_smtputf8() => ReturnPath::Address(address),
            _ => {
                entry.complain(
                    "bad-address",
                    format!("`{}` is no address: `{written}`", entry.path()),
                    "write `verp`, `fixed`, or an address that the relay lets us send as",
                );
                usual
            }
        };
    }
    match entry.choice(&["verp", "fixed"]) {
        Some(0) => {
            if preset.fixed_return_path {
                entry.warn(
                    "many-return-paths",
                    "this relay permits one sender: a return path of its own for each message will be refused",
                    "write return_path = \"fixed\", or an address the mailbox may send as",
                );
            }
            ReturnPath::Verp
        }
        Some(_) => ReturnPath::Fixed,
        None => usual,
    }
}

/// Submission over implicit TLS and STARTTLS (RFC 8314 §7.3, RFC 6409 §3.1), and plain SMTP.
pub(super) fn usual_port(tls: Tls) -> u16 {
    match tls {
        Tls::Implicit => 465,
        Tls::StartTls => 587,
        Tls::None => 25,
    }
}

/// Whether the host is this computer, as far as something is written: what a preset adds is judged by it.
pub(super) fn written_host_is_loopback(section: &Section<'_>) -> bool {
    section.entry("host").is_none_or(|e| !e.is_string() || e.line().is_none_or(is_loopback))
}

pub(super) fn read_host(section: &Section<'_>, preset: &Preset, tls: Tls) -> String {
    let kind = preset.kind;
    let host = match (kind, preset.host) {
        (RelayKind::Outbox, _) | (_, Some(_)) => section.entry("host"),
        (RelayKind::Smtp, None) => {
            section.required("host", "write the name of your mail server, such as \"smtp.example.org\"")
        }
    };
    let Some(entry) = host else {
        let host = preset.host.unwrap_or_default();
        if preset.host.is_some() && tls == Tls::None && !is_loopback(host) {
            complain_of_clear_text(section, host);
        }
        return host.to_owned();
    };
    let Some(written) = entry.line() else { return String::new() };
    let sound = written.parse::<IpAddr>().is_ok() || idna::domain_to_ascii_strict(written).is_ok();
    if !sound {
        entry.complain(
            "bad-host",
            format!("`{}` is no host name: `{written}`", entry.path()),
            "write a name or an address, without a port",
        );
    } else if kind == RelayKind::Smtp && tls == Tls::None && !is_loopback(written) {
        let (message, help) = clear_text(written);
        entry.complain("clear-text-relay", message, help);
    }
    if written.parse::<IpAddr>().is_ok() {
        return written.to_owned();
    }
    idna::domain_to_ascii_strict(written).unwrap_or_default()
}

fn complain_of_clear_text(section: &Section<'_>, host: &str) {
    let (message, help) = clear_text(host);
    section.complain("clear-text-relay", message, help);
}

fn clear_text(host: &str) -> (String, &'static str) {
    (
        format!("`relay.tls = \"none\"` is for loopback addresses only, not for `{host}`"),
        "set tls = \"starttls\" or \"implicit\": addresses and words would travel in clear",
    )
}

/// Whether a host is this computer: 127.0.0.0/8, ::1 or `localhost`.
pub(super) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
