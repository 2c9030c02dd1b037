//! From the text of `convoke.toml` to [`Settings`], every problem in one go.

use std::path::{Component, Path, PathBuf};

use super::{PolicySettings, Settings, decisions, dkim, organisation, relay};
use crate::domain::geography::{Region, RegionalGroups};
use crate::domain::problem::Checked;
use crate::domain::segment::TierRules;
use crate::files::toml_reader::{Document, Entry, SIZE_LIMIT, Section, conditions, read_text};

/// The file that makes a folder a workspace.
pub const FILE_NAME: &str = "convoke.toml";

/// Where the ledger lies unless the settings say otherwise.
const LEDGER: &str = ".convoke/ledger.db";
/// Meetings that make a participant part of the community, where nothing is said.
const COMMUNITY_MEETINGS: u32 = 3;

impl Settings {
    /// Reads `convoke.toml` of a workspace (an absolute folder). Reads no secret and no other file.
    pub fn load(workspace: &Path) -> Checked<Self> {
        match read_text(&workspace.join(FILE_NAME), FILE_NAME, SIZE_LIMIT) {
            Ok(text) => Self::parse(&text, workspace),
            Err(problem) => Checked::refused(vec![problem]),
        }
    }

    /// Reads settings from a text; relative paths are taken from the workspace.
    pub fn parse(text: &str, workspace: &Path) -> Checked<Self> {
        let document = match Document::parse(FILE_NAME, text) {
            Ok(document) => document,
            Err(problems) => return Checked::refused(problems),
        };
        let settings = read(document.root(), workspace);
        Checked::new(settings, document.into_findings())
    }
}

fn read(root: Section<'_>, workspace: &Path) -> Option<Settings> {
    let organisation = root
        .required(
            "organisation",
            "say who sends: add `[organisation]` with name, postal_address, from, list_id, bounce_domain",
        )
        .and_then(|entry| entry.section())
        .and_then(organisation::read);
    let relay = relay::read(root.section("relay"), workspace);
    let dkim = dkim::read(&root, organisation.as_ref().map(|(organisation, _)| organisation), &relay, workspace);
    let ledger = root.section("ledger").map_or_else(|| Some(workspace.join(LEDGER)), |s| read_ledger(s, workspace));
    let policy = root.section("policy").map(read_policy).unwrap_or_default();
    let tiers = read_tiers(root.section("tiers"));
    let decisions = decisions::read(root.section("countries"), root.section("words"));
    let regions = root.section("regions").map(|s| read_regions(&s)).unwrap_or_default();
    root.finish();
    let (organisation, time_zone) = organisation?;
    Some(Settings { organisation, time_zone, relay, dkim: dkim?, ledger: ledger?, policy, tiers, decisions, regions })
}

fn read_ledger(section: Section<'_>, workspace: &Path) -> Option<PathBuf> {
    let path = match section.entry("url") {
        None => Some(workspace.join(LEDGER)),
        Some(entry) => ledger_path(&entry, workspace),
    };
    section.finish();
    path
}

fn ledger_path(entry: &Entry<'_>, workspace: &Path) -> Option<PathBuf> {
    let url = entry.line()?;
    let help = format!("write `sqlite:` and a path inside the workspace, such as `sqlite:{LEDGER}`");
    let Some(path) = url.strip_prefix("sqlite:") else {
        let code = if url.starts_with("postgres") { "not-in-this-version" } else { "unknown-value" };
        entry.complain(code, format!("`{}` must begin with `sqlite:`", entry.path()), help);
        return None;
    };
    let inside = Path::new(path).components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    if path.is_empty() || !inside {
        entry.complain("outside-workspace", format!("`{}` must lie inside the workspace", entry.path()), help);
        return None;
    }
    Some(workspace.join(path))
}

fn read_policy(section: Section<'_>) -> PolicySettings {
    let default = PolicySettings::default();
    let policy = PolicySettings {
        contact_gap_days: integer(&section, "contact_gap_days", 0..=3_650, default.contact_gap_days),
        contact_gap_messages: integer(&section, "contact_gap_messages", 1..=1_000, default.contact_gap_messages),
        // The floor protects small groups whatever the settings say (a release shows no count of 1 to min_cell - 1).
        min_cell: integer(&section, "min_cell", 5..=1_000_000, default.min_cell),
        hold_missing_variant: section
            .entry("missing_variant")
            .and_then(|e| e.choice(&["default", "hold"]))
            .map_or(default.hold_missing_variant, |i| i == 1),
        refuse_domains: section.entry("refuse_domains").map(|e| read_domains(&e)).unwrap_or_default(),
        retention: section
            .entry("retention")
            .filter(|e| e.duration(std::time::Duration::from_secs(86_400)..=std::time::Duration::MAX).is_some())
            .and_then(|e| e.line().map(str::to_owned))
            .unwrap_or(default.retention),
    };
    section.finish();
    policy
}

fn read_domains(entry: &Entry<'_>) -> Vec<String> {
    entry
        .items()
        .iter()
        .filter_map(|item| {
            let written = item.line()?;
            let domain = organisation::domain_in_a_labels(written);
            if domain.is_none() {
                item.complain(
                    "bad-domain",
                    format!("`{}` is no domain: `{written}`", item.path()),
                    "write one such as `example.org`",
                );
            }
            domain
        })
        .collect()
}

fn read_tiers(section: Option<Section<'_>>) -> TierRules {
    let Some(section) = section else {
        return TierRules { community_if_attended_last: COMMUNITY_MEETINGS, ..TierRules::default() };
    };
    let rules = TierRules {
        community_if_attended_last: integer(&section, "community_if_attended_last", 0..=100, COMMUNITY_MEETINGS),
        field_if: section.section("field_if").map(|s| conditions::read_where(&s)).unwrap_or_default(),
    };
    section.finish();
    rules
}

/// `PS = "Asia-Pacific Group"`, `XK = "none"`: the five groups of member states, or none of them.
fn read_regions(section: &Section<'_>) -> RegionalGroups {
    let groups: Vec<Region> =
        Region::ALL.iter().copied().filter(|r| r.is_group_of_states() || *r == Region::None).collect();
    let words: Vec<&str> = groups.iter().map(|r| r.as_str()).collect();
    let decided = section.entries().into_iter().filter_map(|entry| {
        let code = conditions::country_of_key(&entry);
        let group = entry.choice(&words).and_then(|i| groups.get(i)).copied();
        Some((code?, group?))
    });
    RegionalGroups::new(decided)
}

/// A whole number within a range, or the default where the key is missing (or wrong, which is complained about).
pub(super) fn integer<N>(section: &Section<'_>, key: &'static str, range: std::ops::RangeInclusive<N>, default: N) -> N
where
    N: TryFrom<i64> + PartialOrd + std::fmt::Display,
{
    section.entry(key).and_then(|e| e.integer(range)).unwrap_or(default)
}
