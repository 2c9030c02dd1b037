//! `[[audience]]`: whom a campaign addresses.

use std::collections::BTreeSet;

use super::{lines, word};
use crate::domain::campaign::{Audience, GapKind};
use crate::domain::segment::{Condition, Where};
use crate::files::campaign_folder::Surroundings;
use crate::files::toml_reader::Section;
use crate::files::toml_reader::conditions::{read_tiers, read_where};

/// Reads the audiences in their order; `has_gaps` says whether there is an analysis that `gap` can speak of.
pub(super) fn read_audiences(sections: Vec<Section<'_>>, has_gaps: bool, around: Surroundings<'_>) -> Vec<Audience> {
    let mut names = BTreeSet::new();
    let mut audiences = Vec::new();
    for (number, section) in (1..).zip(sections) {
        let audience = read_audience(&section, number);
        if audience.gap.is_some() && !has_gaps {
            section.complain(
                "missing-key",
                "an audience by `gap` needs `[gaps]`",
                "add `[gaps]` with `by` and `against`",
            );
        }
        for campaign in invited_in(&audience.filter) {
            if let Err((code, message, help)) = around.campaign(campaign) {
                section.complain(code, message, help);
            }
        }
        if !names.insert(audience.name.clone()) {
            section.complain(
                "duplicate",
                format!("two audiences are called `{}`", audience.name),
                "give one of them another `name`",
            );
        }
        section.finish();
        audiences.push(audience);
    }
    audiences
}

fn read_audience(section: &Section<'_>, number: usize) -> Audience {
    let kinds = [GapKind::Silent, GapKind::Lapsed, GapKind::Uncontacted];
    let gap = section.entry("gap").and_then(|e| word(&e, &kinds, GapKind::as_str));
    let name = section.entry("name").and_then(|e| e.line().map(str::to_owned));
    let cells = section.entry("cells").map(|e| lines(&e)).unwrap_or_default();
    if gap.is_some() && !cells.is_empty() {
        section.complain("contradiction", "an audience takes `gap` or `cells`, not both", "make two audiences of it");
    }
    Audience {
        name: name.or_else(|| gap.map(|g| g.as_str().to_owned())).unwrap_or_else(|| format!("audience-{number}")),
        gap,
        cells,
        tiers: section.entry("tier").map(|e| read_tiers(&e)).unwrap_or_default(),
        filter: section.section("where").map(|s| read_where(&s)).unwrap_or_default(),
        limit: section.entry("limit").and_then(|e| e.integer(1..=100_000_000_u32)).map(|n| n as usize),
    }
}

/// Campaigns that conditions speak of.
fn invited_in(filter: &Where) -> Vec<&str> {
    let mut names = Vec::new();
    for condition in &filter.all {
        match condition {
            Condition::InvitedIn { campaigns, .. } => names.extend(campaigns.iter().map(String::as_str)),
            Condition::Not(inner) => names.extend(invited_in(inner)),
            _ => {}
        }
    }
    names
}
