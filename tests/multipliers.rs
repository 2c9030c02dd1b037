//! Who can pass an invitation on where contacts are too few: organisations and lists come in with country and role, count
//! as nobody's contact, are told in the gap table, and are whom a campaign writes to; where there are none, whom to find.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

#[path = "support/command.rs"]
mod command;

use std::fs;

use command::Workspace;
use serde_json::{Value, json};

const CAMPAIGN: &str = r#"
title = "Please pass it on"
purpose = "invitation to the forum"
template = "pass-it-on"
[gaps]
by = ["region"]
against = ["members"]
response = 1.0
[[audience]]
name = "pass-it-on"
gap = "uncontacted"
[[audience]]
name = "readers"
gap = "silent"
"#;

const LETTER: &str =
    "+++\nsubject = 'Please pass it on'\n+++\nDear {{#if shared}}colleagues{{else}}colleague{{/if}},\n\nplease do.\n";

const MULTIPLIERS: &str = "\
email,Contact type,name,country,UN regional group,Role,consent_basis
desk@nri.ke.example,organisation,Kenya Forum,KE,,NRI,mandate
desk@nic.ke.example,organization,Kenya Names,KE,,ccTLD registry,mandate
discuss@example.org,mailing list,Discuss,,African Group,Mailing list,mandate
desk@closed.ke.example,organisation,Closed,KE,,Association,
desk@house.pe.example,organisation,Casa,PE,,,mandate
ada@example.org,,Ada Sample,KE,,Director,mandate
";

/// 100 people of the meeting of 2025: hardly anybody from Africa, nobody from Asia or Latin America.
fn participants() -> String {
    let of = |country: &str, n: u32| {
        (0..n).map(|i| format!("p{i}@{}.example,{country}\n", country.to_lowercase())).collect::<String>()
    };
    format!("email,country\n{}{}{}", of("DE", 70), of("PL", 28), of("KE", 2))
}

fn workspace(contacts: &str) -> Workspace {
    let workspace = Workspace::new();
    let campaign = workspace.path().join("campaigns/forum");
    fs::create_dir_all(&campaign).unwrap();
    fs::write(campaign.join("campaign.toml"), CAMPAIGN).unwrap();
    let template = workspace.path().join("templates/pass-it-on");
    fs::create_dir_all(&template).unwrap();
    fs::write(template.join("en.md"), LETTER).unwrap();
    fs::write(workspace.path().join("p.csv"), participants()).unwrap();
    workspace.expect(0, &["import", "p.csv", "--as", "participation", "--year", "2025"]);
    fs::write(workspace.path().join("m.csv"), contacts).unwrap();
    workspace.expect(0, &["import", "m.csv", "--as", "contacts"]);
    workspace
}

fn cells(workspace: &Workspace) -> Vec<Value> {
    let lines = workspace.expect(0, &["--format", "json", "gaps", "forum"]);
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn cell<'a>(cells: &'a [Value], region: &str) -> &'a Value {
    cells.iter().find(|cell| cell["cell"]["region"] == region).unwrap()
}

#[test]
fn a_column_of_roles_says_what_a_multiplier_is_and_for_a_person_what_they_do() {
    let workspace = workspace(MULTIPLIERS);
    let contact = |address: &str| workspace.json(&["audit", "contact", address])["contact"].clone();
    for (address, kind, role) in [
        ("desk@nri.ke.example", "organisation", json!("nri")),
        ("desk@nic.ke.example", "organisation", json!("cctld-registry")),
        ("discuss@example.org", "list", json!("mailing-list")),
        ("desk@house.pe.example", "organisation", json!(null)),
        ("ada@example.org", "person", json!(null)),
    ] {
        let contact = contact(address);
        assert_eq!((&contact["kind"], &contact["role"]), (&kind.into(), &role), "{address}");
    }
    assert_eq!(contact("ada@example.org")["position"], "Director");
}

#[test]
fn organisations_and_lists_are_multipliers_of_their_place_and_nobody_s_contact() {
    let cells = cells(&workspace(MULTIPLIERS));
    let africa = cell(&cells, "African Group");
    assert_eq!(
        (&africa["kind"], &africa["contacts"], &africa["mailable"]),
        (&"uncontacted".into(), &1.into(), &1.into())
    );
    assert_eq!(africa["multipliers"], 3, "the closed one may not be written to: {africa}");
    assert_eq!(africa["multipliers_by_role"], json!({"nri": 1, "cctld-registry": 1, "mailing-list": 1}));
    assert_eq!(cell(&cells, "GRULAC")["multipliers_by_role"], json!({"other": 1}));
    assert_eq!(cell(&cells, "Asia-Pacific Group")["multipliers"], 0);
}

#[test]
fn the_table_names_multipliers_and_whom_to_look_for() {
    let workspace = workspace(MULTIPLIERS);
    let table = workspace.expect(0, &["gaps", "forum"]);
    let table = table.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "African: 3 multipliers known (1 NRI, 1 ccTLD registry, 1 mailing list), 1 more who may not be written to",
        "Asia-Pacific: none known: look for NRIs, ccTLD registries, missions to the UN, associations",
    ] {
        assert!(table.contains(words), "{words}\n{table}");
    }
}

#[test]
fn a_campaign_writes_to_the_multipliers_of_uncontacted_cells_and_says_where_none_are() {
    let workspace = workspace(MULTIPLIERS);
    let plan = workspace.json(&["plan", "forum"]);
    assert_eq!(plan["by_segment"], json!({"pass-it-on": 4, "readers": 1}), "Ada is a reader, and nobody else: {plan}");
    let wanted = plan["multipliers_wanted"].as_array().unwrap();
    assert_eq!(wanted.len(), 1, "{wanted:?}");
    assert_eq!(wanted[0]["cell"], json!({"region": "Asia-Pacific Group"}));
    assert_eq!(wanted[0]["look_for"], json!(["nri", "cctld-registry", "mission", "association"]));
}

#[test]
fn an_empty_plan_says_whom_to_find_for_which_cell() {
    let workspace = workspace("email,name,country,basis\nada@example.org,Ada Sample,DE,mandate\n");
    let plan = workspace.expect(0, &["plan", "forum"]);
    assert!(plan.contains("pass-it-on  (no contact belongs to it)"), "{plan}");
    assert!(plan.contains("nobody known there can pass the invitation on:"), "{plan}");
    for region in ["African", "Asia-Pacific", "GRULAC"] {
        let line = plan.lines().find(|line| line.trim_start().starts_with(region)).unwrap_or_default();
        assert!(line.contains(" needed): look for NRIs, ccTLD registries, "), "{region}: {plan}");
    }
}

#[test]
fn by_country_the_whole_region_s_multipliers_count_and_the_registry_is_named() {
    let workspace = workspace(MULTIPLIERS);
    let campaign = workspace.path().join("campaigns/forum/campaign.toml");
    fs::write(campaign, CAMPAIGN.replace("[\"region\"]", "[\"country\"]").replace("members", "internet-users"))
        .unwrap();
    let cells = cells(&workspace);
    let of = |code: &str| cells.iter().find(|cell| cell["cell"]["country"] == code).unwrap()["multipliers"].clone();
    assert_eq!((of("KE"), of("NG"), of("IN")), (3.into(), 1.into(), 0.into()));
    let table = workspace.expect(0, &["gaps", "forum"]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        table.contains("India (IN): none known: look for the NRI, the registry of .in, the mission to the UN"),
        "{table}"
    );
}

#[test]
fn an_audience_chooses_kinds_and_roles_and_names_the_nearest_for_a_slip() {
    let workspace = workspace(MULTIPLIERS);
    let campaign = workspace.path().join("campaigns/forum/campaign.toml");
    let audience = |filter: &str| {
        let head = CAMPAIGN.split("[[audience]]").next().unwrap();
        fs::write(&campaign, format!("{head}[[audience]]\nwhere = {{ {filter} }}\n")).unwrap();
    };
    audience("kind = [\"organisation\"], role = [\"nri\", \"cctld-registry\"]");
    assert_eq!(workspace.json(&["plan", "forum"])["planned"], 2);
    audience("role = [\"cctld-registy\"]");
    let output = workspace.run(&["plan", "forum"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        command::text(&output.stderr).contains("did you mean `cctld-registry`?"),
        "{}",
        command::text(&output.stderr)
    );
}
