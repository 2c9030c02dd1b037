//! `[relay.rate]`: how fast messages leave, in all, to a domain, and to the domains of one receiving provider.

use std::collections::{BTreeMap, BTreeSet};

use super::organisation::domain_in_a_labels;
use super::preset::Preset;
use super::reading::integer;
use crate::domain::pace::{RateGroup, RateLimits, RatePolicy};
use crate::files::toml_reader::{Entry, Section};

/// Reads the section, or gives what the kind of relay sets.
pub(super) fn read(section: Option<Section<'_>>, preset: &Preset) -> RatePolicy {
    let default = RateLimits { per_second: preset.per_second, per_day: preset.per_day, ..RateLimits::default() };
    let Some(section) = section else { return RatePolicy { relay: default, ..RatePolicy::default() } };
    let relay = read_limits(&section, &default);
    let domains = section.section("domains").map(|section| read_domains(&section)).unwrap_or_default();
    let groups = section.section("groups").map(|section| read_groups(&section, &domains)).unwrap_or_default();
    section.finish();
    RatePolicy { relay, domains, groups }
}

fn read_domains(section: &Section<'_>) -> BTreeMap<String, RateLimits> {
    let mut domains = BTreeMap::new();
    for entry in section.entries() {
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
        if domains.insert(domain.clone(), read).is_some() {
            entry.complain_at_key("duplicate", format!("`{domain}` stands here twice"), "keep one of them");
        }
    }
    domains
}

fn read_groups(section: &Section<'_>, single: &BTreeMap<String, RateLimits>) -> BTreeMap<String, RateGroup> {
    let mut groups: BTreeMap<String, RateGroup> = BTreeMap::new();
    let mut group_of: BTreeMap<String, String> = BTreeMap::new();
    for entry in section.entries() {
        let Some(group) = entry.section() else { continue };
        let limits = read_limits(&group, &RateLimits::default());
        let help = "list the domains one provider receives for: domains = [\"mail.example\", \"post.example\"]";
        let mut domains = BTreeSet::new();
        for item in group.required("domains", help).iter().flat_map(Entry::items) {
            let Some(domain) = read_member(&item, single) else { continue };
            if let Some(other) = group_of.insert(domain.clone(), entry.key().to_owned()) {
                item.complain(
                    "duplicate",
                    format!("`{domain}` stands in the group `{other}` already"),
                    "keep it in one group: its messages are counted and slowed there",
                );
            }
            domains.insert(domain);
        }
        group.finish();
        groups.insert(entry.key().to_owned(), RateGroup { domains, limits });
    }
    groups
}

/// A domain of a group.
fn read_member(item: &Entry<'_>, single: &BTreeMap<String, RateLimits>) -> Option<String> {
    let written = item.line()?;
    let domain = domain_in_a_labels(written);
    match &domain {
        None => item.complain("bad-domain", format!("`{written}` is no domain"), "write one such as \"mail.example\""),
        Some(domain) if single.contains_key(domain) => item.complain(
            "contradiction",
            format!("`{domain}` is in a group and has limits of its own"),
            "keep one of them: a domain is counted and slowed in one place",
        ),
        Some(_) => {}
    }
    domain
}

fn read_limits(section: &Section<'_>, default: &RateLimits) -> RateLimits {
    let cap = |key| section.entry(key).and_then(|e| e.integer(1..=1_000_000_000_u32));
    RateLimits {
        per_second: section.entry("per_second").and_then(|e| e.number(0.0..=1_000_000.0)).unwrap_or(default.per_second),
        burst: integer(section, "burst", 1..=1_000_000, default.burst),
        per_hour: cap("per_hour").or(default.per_hour),
        per_day: cap("per_day").or(default.per_day),
    }
}
