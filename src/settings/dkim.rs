//! `[[dkim]]`: the keys that sign every message.

use std::path::Path;

use super::organisation::domain_in_a_labels;
use super::{DkimSettings, RelayKind, RelaySettings};
use crate::domain::organisation::Organisation;
use crate::files::toml_reader::{Entry, Section};

/// Octets of a domain name as people write it (RFC 1035 §2.3.4, without lengths and root).
const LONGEST_NAME: usize = 253;

/// Reads every key. Gives nothing where one of them is wrong (and was complained about).
pub(super) fn read(
    root: &Section<'_>,
    organisation: Option<&Organisation>,
    relay: &RelaySettings,
    workspace: &Path,
) -> Option<Vec<DkimSettings>> {
    let from = organisation.map(|organisation| organisation.from.address.domain());
    let list = root.entry("dkim");
    let mut keys: Vec<DkimSettings> = Vec::new();
    let mut is_sound = true;
    for section in list.as_ref().map(Entry::sections).unwrap_or_default() {
        match read_one(section, from, &keys, workspace) {
            Some(key) => keys.push(key),
            None => is_sound = false,
        }
    }
    if let Some(from) = from.filter(|_| is_sound && relay.kind == RelayKind::Smtp && !relay.signs_dkim) {
        warn_where_nothing_counts(root, list.as_ref(), &keys, from);
    }
    is_sound.then_some(keys)
}

/// Large mailbox providers ask bulk senders for a signature whose domain belongs to the one in From (DMARC, RFC 7489 §3.1).
fn warn_where_nothing_counts(root: &Section<'_>, list: Option<&Entry<'_>>, keys: &[DkimSettings], from: &str) {
    if let (Some(list), false) = (list, keys.is_empty()) {
        if !keys.iter().any(|key| is_aligned(&key.domain, from)) {
            list.warn(
                "dkim-not-aligned",
                format!("no DKIM key is of `{from}`, the domain in `organisation.from`"),
                format!(
                    "receivers that follow DMARC count a signature by the domain in From or by one above or below it: \
                     make a key with `convoke dkim new --domain {from}`"
                ),
            );
        }
        return;
    }
    root.warn(
        "no-dkim",
        format!("no message is signed with DKIM for `{from}`"),
        "large mailbox providers refuse or hide unsigned bulk mail: make a key with `convoke dkim new`; where the relay \
         signs for this domain by itself, say so with `signs_dkim = true` in `[relay]`",
    );
}

/// Whether one is the other or lies above or below it. Two domains beside each other may belong together too (RFC 7489
/// §3.2); saying so needs the list of public suffixes, and a warning is no refusal.
fn is_aligned(signing: &str, from: &str) -> bool {
    let lies_below = |below: &str, above: &str| below.strip_suffix(above).is_some_and(|rest| rest.ends_with('.'));
    signing == from || lies_below(signing, from) || lies_below(from, signing)
}

fn read_one(
    section: Section<'_>,
    from: Option<&str>,
    others: &[DkimSettings],
    workspace: &Path,
) -> Option<DkimSettings> {
    if let Some(entry) = section.unwanted("key") {
        entry.complain_at_key(
            "secret-in-file",
            "a private key must not stand in `convoke.toml`",
            "keep it in a file of its own, which `key_file` names, and make another key: this one may have been read",
        );
    }
    // An entry that is there and wrong must not fall back to the default.
    let domain = match section.entry("domain") {
        Some(entry) => read_name(&entry, as_domain, "write one with a dot, such as `example.org`"),
        None => from.map(str::to_owned),
    };
    let selector = section
        .required("selector", "write the name that `convoke dkim new` gave the key, such as \"rsa-2027-01\"")
        .and_then(|entry| read_name(&entry, as_selector, "write letters, digits and hyphens, such as `rsa-2027-01`"));
    let key_file = section
        .required("key_file", "write the file that `convoke dkim new` wrote the private key to")
        .and_then(|entry| entry.line().map(|path| workspace.join(path)));
    let key = domain.zip(selector).zip(key_file).map(|((domain, selector), key_file)| DkimSettings {
        domain,
        selector,
        key_file,
    });
    let key = key.filter(|key| is_new_and_short(key, others, &section));
    section.finish();
    key
}

fn is_new_and_short(key: &DkimSettings, others: &[DkimSettings], section: &Section<'_>) -> bool {
    let DkimSettings { domain, selector, .. } = key;
    if others.iter().any(|other| (&other.domain, &other.selector) == (domain, selector)) {
        section.complain(
            "duplicate",
            format!("the key `{selector}` of {domain} stands here twice"),
            "keep one of them; every key has a selector of its own",
        );
        return false;
    }
    let is_short = selector.len() + "._domainkey.".len() + domain.len() <= LONGEST_NAME;
    if !is_short {
        section.complain(
            "bad-domain",
            "selector and domain are too long for a name in the DNS",
            "shorten the selector",
        );
    }
    is_short
}

fn read_name(entry: &Entry<'_>, parse: fn(&str) -> Option<String>, help: &str) -> Option<String> {
    let written = entry.line()?;
    let name = parse(written);
    if name.is_none() {
        entry.complain("bad-domain", format!("`{}` cannot be `{written}`", entry.path()), help);
    }
    name
}

/// A signing domain in A-labels, if it is one.
pub fn as_domain(written: &str) -> Option<String> {
    domain_in_a_labels(written)
}

/// A selector in A-labels, if it is one: labels as a domain has them, one being enough (RFC 6376 §3.1).
pub fn as_selector(written: &str) -> Option<String> {
    domain_in_a_labels(&format!("{}.example", written.trim()))?.strip_suffix(".example").map(str::to_owned)
}
