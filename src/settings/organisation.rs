//! `[organisation]`: who sends.

use crate::domain::address::EmailAddress;
use crate::domain::organisation::{Mailbox, Organisation};
use crate::domain::zones::Zones;
use crate::files::toml_reader::{Entry, Section};

/// Reads the section; gives nothing where something needed is missing or wrong (and was complained about).
/// Beside who sends: in which time zone they work, where that is said.
pub(super) fn read(section: Section<'_>) -> Option<(Organisation, Option<String>)> {
    let name = section
        .required("name", "write the name recipients know, such as \"IGF Secretariat\"")
        .and_then(|e| e.line().map(str::to_owned));
    let postal_address = section
        .required("postal_address", "every message shows it; the law asks for it in many countries")
        .and_then(|e| not_empty(&e));
    let from = section
        .required("from", "write \"Name <address>\"; its domain signs and names our messages")
        .and_then(|e| mailbox(&e));
    let reply_to = section.entry("reply_to").map(|e| mailbox(&e));
    let list_id = section
        .required("list_id", "write a name in your domain, such as \"invitations.example.org\"")
        .and_then(|e| domain(&e));
    let bounce_domain = section
        .required("bounce_domain", "write the domain that receives bounces, such as \"bounces.example.org\"")
        .and_then(|e| domain(&e));
    let public_url = section.entry("public_url").map(|e| origin(&e));
    if public_url.is_none() {
        section.warn(
            "no-opt-out-pages",
            "without `organisation.public_url` messages carry the mailto opt-out only",
            "large mailbox providers expect a one-click opt-out; set `public_url` once its pages are served",
        );
    }
    let time_zone = section.entry("time_zone").and_then(|e| time_zone(&e));
    section.finish();
    let organisation = Organisation {
        name: name?,
        postal_address: postal_address?,
        from: from?,
        reply_to: reply_to.map_or(Some(None), |r| r.map(Some))?,
        list_id: list_id?,
        bounce_domain: bounce_domain?,
        public_url: public_url.map_or(Some(None), |u| u.map(Some))?,
    };
    Some((organisation, time_zone))
}

/// A name of the IANA database.
fn time_zone(entry: &Entry<'_>) -> Option<String> {
    let written = entry.line()?;
    if Zones::default().named(written).is_none() {
        entry.complain(
            "unknown-zone",
            format!("`{}` is no time zone: `{written}`", entry.path()),
            "write a name of the IANA database, such as \"Europe/Zurich\"",
        );
        return None;
    }
    Some(written.to_owned())
}

fn not_empty(entry: &Entry<'_>) -> Option<String> {
    let text = entry.text()?.trim();
    if text.is_empty() {
        entry.complain("empty-value", format!("`{}` is empty", entry.path()), "write the address people can write to");
        return None;
    }
    Some(text.to_owned())
}

/// `Name <address>` or an address alone.
fn mailbox(entry: &Entry<'_>) -> Option<Mailbox> {
    let written = entry.line()?;
    let (name, address) = match written.rsplit_once('<') {
        Some((name, rest)) => (name.trim().trim_matches('"').trim(), rest.strip_suffix('>').unwrap_or(rest)),
        None => ("", written),
    };
    match EmailAddress::parse(address) {
        Ok(address) if address.needs_smtputf8() => {
            entry.complain(
                "bad-address",
                format!("`{}` must be ASCII left of the `@`", entry.path()),
                "many servers refuse other senders; use a plain address",
            );
            None
        }
        Ok(address) => Some(Mailbox { name: name.to_owned(), address }),
        Err(error) => {
            entry.complain(
                "bad-address",
                format!("`{}` is no address: {error}", entry.path()),
                "write \"Name <name@example.org>\"",
            );
            None
        }
    }
}

fn domain(entry: &Entry<'_>) -> Option<String> {
    let written = entry.line()?;
    let domain = domain_in_a_labels(written);
    if domain.is_none() {
        entry.complain(
            "bad-domain",
            format!("`{}` is no domain: `{written}`", entry.path()),
            "write one with a dot, such as `example.org`",
        );
    }
    domain
}

/// A domain in lower-case A-labels (RFC 5890 §2.3.2.1), if it is one: letters, digits and hyphens, at least one dot.
pub(super) fn domain_in_a_labels(written: &str) -> Option<String> {
    let domain = idna::domain_to_ascii_strict(written.trim()).ok()?;
    (domain.contains('.') && !domain.ends_with('.') && domain.len() <= 253).then_some(domain)
}

/// An origin with perhaps a path, without a final slash.
fn origin(entry: &Entry<'_>) -> Option<String> {
    let written = entry.line()?;
    let local = |rest: &str| rest.split([':', '/']).next().is_some_and(super::endpoint::is_loopback);
    let rest = match (written.strip_prefix("https://"), written.strip_prefix("http://")) {
        (Some(rest), _) => Some(rest),
        (None, Some(rest)) if local(rest) => Some(rest),
        _ => None,
    };
    let sound = rest.is_some_and(|rest| {
        let host = rest.split('/').next().unwrap_or("");
        !host.is_empty()
            && !host.contains('@')
            && rest.chars().all(|c| c.is_ascii_alphanumeric() || "-._~:/[]".contains(c))
    });
    if !sound {
        entry.complain(
            "bad-url",
            format!("`{}` must be an address such as `https://outreach.example.org`", entry.path()),
            "mail programs open nothing but https, and a `?` or `#` has no place in it",
        );
        return None;
    }
    Some(written.trim_end_matches('/').to_owned())
}
