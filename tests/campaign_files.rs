//! `campaign.toml` and the files it names, read into a campaign.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fs;
use std::path::{Path, PathBuf};

use convoke::domain::campaign::{Dimension, GapKind, Phase, ReferenceSpec};
use convoke::domain::contact::Tier;
use convoke::domain::segment::{Attended, Condition, Where};
use convoke::files::campaign_folder::{CampaignFolder, campaign_names, find_campaign};
use proptest::prelude::*;

const CAMPAIGN: &str = r#"
title = "Take part in IGF 2027"
objective = "Broaden participation"
phase = "before"
responsible = ["secretariat", "mag"]
topic = "annual-meeting"
purpose = "invitation to the annual meeting"
template = "invitation"
default_language = "en"
inputs.contacts = ["contacts.csv", { file = "more/list.csv", basis = "mandate", source = "nri-list" }]
inputs.participation = [{ file = "participation.csv", year = 2025 }]

[gaps]
by = ["region", "stakeholder"]
against = ["internet-users", "targets:targets.csv", "participation:2024"]
split = ["tier"]
without_host = "no"
response = 0.2

[[audience]]
gap = "silent"
tier = ["field", "public"]
limit = 500
[[audience]]
where = { tier = "field", region = ["asia-pacific group"], cohort = [2024, "x"], attended = { none_of = [2024] }, not = { stakeholder_group = ["Private Sector"], registered = true } }

[variables]
event.name = "IGF 2027"
event.seats = 120
event.share = 0.5
event.online = true
event.days = ["Monday", { name = "Tuesday", hours = [9, 17] }]

[schedule]
not_before = 2027-03-01T08:00:00+01:00
not_after = "2027-04-01T00:00:00Z"

[stop]
in_a_row = 5

[hold_out]
share = 0.1
"#;

struct Workspace(tempfile::TempDir);

impl Workspace {
    fn new() -> Self {
        let workspace = Self(tempfile::tempdir().unwrap());
        workspace.write("convoke.toml", "");
        workspace.write("templates/invitation/en.md", "hello");
        workspace.write("templates/layouts/page.html", "<html>");
        for file in ["contacts.csv", "more/list.csv", "participation.csv", "targets.csv"] {
            workspace.write(&format!("campaigns/spring/{file}"), "email\n");
        }
        workspace.write("campaigns/spring/campaign.toml", CAMPAIGN);
        workspace
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn path(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    fn load(&self) -> CampaignFolder {
        CampaignFolder::load(&self.path(), &self.path().join("campaigns/spring")).into_result().unwrap()
    }
}

fn field(name: &str, values: &[&str]) -> Condition {
    Condition::Field { name: name.to_owned(), values: values.iter().map(|v| (*v).to_owned()).collect() }
}

#[test]
fn a_campaign_says_all_it_can_say() {
    let campaign = Workspace::new().load().campaign;
    assert_eq!((campaign.name.as_str(), campaign.phase), ("spring", Phase::Before));
    assert_eq!(
        campaign.inputs.contacts.iter().map(|i| i.file.as_str()).collect::<Vec<_>>(),
        ["contacts.csv", "more/list.csv"]
    );
    assert_eq!(campaign.inputs.contacts[1].basis, "mandate");
    assert_eq!(campaign.inputs.participation[0].year, Some(2025));
    let gaps = campaign.gaps.unwrap();
    assert_eq!((gaps.by, gaps.split), (vec![Dimension::Region, Dimension::Stakeholder], vec![Dimension::Tier]));
    let targets = ReferenceSpec::Targets("targets.csv".to_owned());
    assert_eq!(gaps.against, [ReferenceSpec::InternetUsers, targets, ReferenceSpec::Participation(2024)]);
    assert_eq!((gaps.without_host.unwrap().as_str(), gaps.response), ("NO", 0.2));
    let names: Vec<&str> = campaign.audiences.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["silent", "audience-2"]);
    let silent = &campaign.audiences[0];
    assert_eq!((silent.gap, silent.limit), (Some(GapKind::Silent), Some(500)));
    assert_eq!(silent.tiers, [Tier::Field, Tier::Public]);
    assert_eq!(
        campaign.audiences[1].filter.all,
        [
            field("tier", &["field"]),
            field("region", &["Asia-Pacific Group"]),
            field("cohort", &["2024", "x"]),
            Condition::Attended(Attended { none_of: vec![2024], ..Attended::default() }),
            Condition::Not(Where { all: vec![field("stakeholder", &["Private Sector"]), Condition::Registered(true)] }),
        ]
    );
    assert_eq!(
        serde_json::Value::Object(campaign.variables),
        serde_json::json!({"event": {"name": "IGF 2027", "seats": 120, "share": 0.5, "online": true,
            "days": ["Monday", {"name": "Tuesday", "hours": [9, 17]}]}})
    );
    assert_eq!(campaign.schedule.not_before.unwrap().to_string(), "2027-03-01T07:00:00Z");
    assert_eq!((campaign.stop.in_a_row, campaign.stop.of_last, campaign.hold_out), (5, 100, 0.1));
}

#[test]
fn the_digests_cover_everything_a_plan_rests_on() {
    let workspace = Workspace::new();
    let before = workspace.load().digests;
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        [
            "campaigns/spring/campaign.toml",
            "campaigns/spring/contacts.csv",
            "campaigns/spring/more/list.csv",
            "campaigns/spring/participation.csv",
            "campaigns/spring/targets.csv",
            "templates/invitation/en.md",
            "templates/layouts/page.html",
        ]
    );
    // SHA-256 of "hello" (FIPS 180-4).
    assert_eq!(
        before["templates/invitation/en.md"],
        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    );
    assert_eq!(workspace.load().digests, before);
    workspace.write("templates/layouts/page.html", "<html >");
    let after = workspace.load().digests;
    let changed: Vec<&String> = before.keys().filter(|path| before[*path] != after[*path]).collect();
    assert_eq!(changed, ["templates/layouts/page.html"]);
}

#[test]
fn a_campaign_is_found_by_name_and_by_path() {
    let workspace = Workspace::new();
    let root = workspace.path();
    let folder = root.join("campaigns/spring");
    for (current, word) in [
        (root.as_path(), "spring"),
        (root.as_path(), "campaigns/spring"),
        (root.as_path(), "./campaigns/spring/"),
        (root.as_path(), "campaigns/spring/campaign.toml"),
        (folder.as_path(), "."),
        (Path::new("/"), "campaigns/spring"),
        (Path::new("/"), folder.to_str().unwrap()),
    ] {
        assert_eq!(find_campaign(&root, current, word).as_ref(), Ok(&folder), "{word}");
    }
    assert_eq!(campaign_names(&root), ["spring"]);
}

#[test]
fn a_campaign_that_is_not_there_names_the_nearest() {
    let workspace = Workspace::new();
    let root = workspace.path();
    assert!(find_campaign(&root, &root, "sprung").unwrap_err().contains("did you mean `spring`?"));
    workspace.write("drafts/summer/campaign.toml", "");
    assert!(find_campaign(&root, &root, "drafts/summer").unwrap_err().contains("is no folder of"));
    assert!(find_campaign(&root, &root, "../../etc").is_err());
    assert!(find_campaign(&root, &root, "").is_err());
}

/// The campaign above, some of its lines left out, doubled or spoiled.
fn spoiled() -> impl Strategy<Value = String> {
    let lines: Vec<String> = CAMPAIGN.lines().map(str::to_owned).collect();
    let count = lines.len();
    prop::collection::vec((0..count, 0..6_u8, "\\PC{0,12}"), 0..8).prop_map(move |changes| {
        let mut lines = lines.clone();
        for (at, how, word) in changes {
            let Some(line) = lines.get_mut(at) else { continue };
            *line = match how {
                0 => String::new(),
                1 => format!("{line}\n{line}"),
                2 => word,
                3 => line.replace('"', &word),
                4 => line.replace(['[', ']'], ""),
                _ => line.replace('=', &format!("= {{ {word} = 1 }} #")),
            };
        }
        lines.join("\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_spoiled_campaign_is_read_or_complained_about(text in spoiled()) {
        let workspace = Workspace::new();
        workspace.write("campaigns/spring/campaign.toml", &text);
        let checked = CampaignFolder::load(&workspace.path(), &workspace.path().join("campaigns/spring"));
        prop_assert_eq!(checked.value.is_some(), checked.findings.problems.is_empty());
    }
}
