//! `convoke plan`: the same again for the same campaign, one reason for everybody left out, nobody reached twice.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

#[path = "support/command.rs"]
mod command;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use command::Workspace;

const CAMPAIGN: &str = r#"
title = "Come to the forum"
topic = "forum"
purpose = "invitation to the forum"
template = "invitation"
inputs.contacts = [{ file = "contacts.csv", source = "made-up" }]
inputs.opt_outs = ["opt-outs.csv"]
[[audience]]
name = "civil"
where = { stakeholder = ["Civil Society"] }
limit = 2
[[audience]]
name = "rest"
where = { not = { stakeholder = ["Civil Society"] } }
"#;

const CONTACTS: &str = "\
email,given_name,family_name,organisation,stakeholder_group,country,language,basis,purpose
ana@example.org,Ana,Exemplo,Rede,Government,PT,en,consent,
ana+list@example.org,Ana,Exemplo,Rede,Government,PT,en,consent,
bo@example.org,Bo,Example,Net,Government,KE,en,consent,any
no@example.org,No,Example,Net,Government,KE,en,consent,
no.too@example.net,No,Example,Net,Government,KE,en,consent,
gone@example.org,Gone,Example,Net,Government,KE,en,consent,
gone.new@example.net,Gone,Example,Net,Government,KE,en,consent,
bare@example.org,Bare,Example,Net,Government,KE,en,,
other@example.org,Other,Example,Net,Government,KE,en,consent,newsletter
jörg@example.org,Jörg,Beispiel,Netz,Government,DE,en,consent,
nameless@example.org,,,Net,Government,KE,en,consent,
c1@example.org,Ca,Example,Net,Civil Society,KE,en,consent,
c2@example.org,Cb,Example,Net,Civil Society,KE,en,consent,
c3@example.org,Cc,Example,Net,Civil Society,KE,en,consent,
";

const OPT_OUTS: &str = "email,reason\nno@example.org,opted_out\ngone@example.org,hard_bounce\n";

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    let campaign = workspace.path().join("campaigns/forum");
    fs::create_dir_all(&campaign).unwrap();
    fs::write(campaign.join("campaign.toml"), CAMPAIGN).unwrap();
    fs::write(campaign.join("contacts.csv"), CONTACTS).unwrap();
    fs::write(campaign.join("opt-outs.csv"), OPT_OUTS).unwrap();
    let template = workspace.path().join("templates/invitation");
    fs::create_dir_all(&template).unwrap();
    fs::write(template.join("en.md"), "+++\nsubject = 'Come'\n+++\nDear {{given_name}},\n\nplease come.\n").unwrap();
    workspace
}

#[test]
fn everybody_left_out_has_the_first_reason_that_fits() {
    let workspace = workspace();
    let plan = workspace.json(&["plan", "forum", "--held-back", "left-out.csv"]);
    let mode = fs::metadata(workspace.path().join("left-out.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it names people");
    assert_eq!(plan["planned"], 5);
    assert_eq!(plan["by_segment"], serde_json::json!({"civil": 2, "rest": 3}));
    assert_eq!(plan["by_language"], serde_json::json!({"en": 5}));
    let expected = serde_json::json!({
        "opted_out": 1, "hard_bounce": 1, "unsupported_address": 1, "no_basis": 2, "duplicate_address": 2,
        "missing_value": 1, "over_limit": 1,
    });
    assert_eq!(plan["held_back"], expected);
    for key in ["campaign", "plan", "digest", "estimated_seconds", "finishes_at"] {
        assert!(!plan[key].is_null(), "{key}");
    }
    let listed = fs::read_to_string(workspace.path().join("left-out.csv")).unwrap();
    assert_eq!(listed.lines().next(), Some("contact_id,email,name,reason,column,value,problem,suggestions,answer"));
    for (address, reason) in [
        ("no@example.org", "opted_out"),
        // Who said no at one address said it for the person; who has another mailbox that works did not.
        ("no.too@example.net", "duplicate_address"),
        ("gone@example.org", "hard_bounce"),
        ("ana+list@example.org", "duplicate_address"),
        ("bare@example.org", "no_basis,basis,"),
        ("other@example.org", "no_basis,purpose,newsletter"),
        ("nameless@example.org", "missing_value,given_name,"),
    ] {
        let line = listed.lines().find(|line| line.contains(&format!(",{address},"))).unwrap_or_default();
        assert!(line.contains(reason), "{address}: {line}");
    }
    assert!(!listed.contains("gone.new@example.net"));
}

#[test]
fn planning_again_without_a_change_gives_the_same_plan() {
    let workspace = workspace();
    let first = workspace.json(&["plan", "forum"]);
    let again = workspace.json(&["plan", "forum"]);
    assert_eq!((&first["plan"], &first["digest"]), (&again["plan"], &again["digest"]));
    assert_eq!(workspace.json(&["status", "forum", "--all"]).as_array().map_or(1, Vec::len), 1);

    let template = workspace.path().join("templates/invitation/en.md");
    fs::write(template, "+++\nsubject = 'Come'\n+++\nDear {{given_name}},\n\nplease do come.\n").unwrap();
    let changed = workspace.json(&["plan", "forum"]);
    assert_ne!(first["digest"], changed["digest"]);
    assert_eq!(workspace.json(&["status", "forum"])["plan"], changed["plan"]);
}

#[test]
fn a_later_plan_reaches_nobody_twice_and_keeps_the_limits_of_the_campaign() {
    let workspace = workspace();
    assert_eq!(workspace.json(&["send", "forum", "--live"])["accepted"], 5);
    let again = workspace.json(&["plan", "forum"]);
    assert_eq!(again["planned"], 0, "{again}");
    assert_eq!(again["held_back"]["already_invited"], 5);
    assert_eq!(again["held_back"]["over_limit"], 1);
    // The second address of somebody who has the invitation is still a second address.
    assert_eq!(again["held_back"]["duplicate_address"], 2);
}

#[test]
fn an_organisation_gets_no_more_invitations_than_the_campaign_allows_it() {
    let workspace = workspace();
    let campaign = workspace.path().join("campaigns/forum/campaign.toml");
    let capped = |most: u32| {
        fs::write(&campaign, format!("max_per_organisation = {most}\n{CAMPAIGN}").replace("limit = 2\n", "")).unwrap();
    };
    fs::write(
        workspace.path().join("campaigns/forum/contacts.csv"),
        "email,kind,given_name,organisation,basis\n\
         a@example.org,,Ana,Réseau,consent\n\
         b@example.org,,Bo,RESEAU,consent\n\
         c@example.org,,Cy,réseau.,consent\n\
         desk@example.org,organisation,Desk,Réseau,consent\n\
         d@example.org,,Di,,consent\n\
         e@example.org,,El,,consent\n\
         f@example.org,,Fi,Netz,consent\n",
    )
    .unwrap();
    let template = workspace.path().join("templates/invitation/en.md");
    fs::write(template, "+++\nsubject = 'Come'\n+++\nDear {{fallback given_name \"colleague\"}},\n\nplease come.\n")
        .unwrap();
    capped(2);
    let plan = workspace.json(&["plan", "forum", "--held-back", "left-out.csv"]);
    assert_eq!((&plan["planned"], &plan["held_back"]), (&5.into(), &serde_json::json!({"over_limit": 2})), "{plan}");
    let listed = fs::read_to_string(workspace.path().join("left-out.csv")).unwrap();
    for line in listed.lines().skip(1) {
        let (_, organisation) = line.split_once(",over_limit,organisation,").unwrap_or_default();
        let organisation = organisation.split(',').next().unwrap_or_default();
        assert!(["Réseau", "RESEAU", "réseau."].contains(&organisation), "{line}");
    }
    assert_eq!(workspace.json(&["plan", "forum"])["plan"], plan["plan"], "the same people each time");

    assert_eq!(workspace.json(&["send", "forum", "--live"])["accepted"], 5);
    capped(3);
    let again = workspace.json(&["plan", "forum"]);
    let held = serde_json::json!({"already_invited": 5, "over_limit": 1});
    assert_eq!((&again["planned"], &again["held_back"]), (&1.into(), &held), "those of the plan before count");
}

#[test]
fn a_person_written_to_by_another_campaign_is_left_alone_for_the_contact_gap() {
    let workspace = workspace();
    let other = workspace.path().join("campaigns/second");
    fs::create_dir_all(&other).unwrap();
    let campaign = "title = \"Again\"\ntopic = \"forum\"\ntemplate = \"invitation\"\n[[audience]]\nwhere = { stakeholder = [\"Government\"] }\n";
    fs::write(other.join("campaign.toml"), campaign).unwrap();
    workspace.json(&["send", "forum", "--live"]);
    let plan = workspace.json(&["plan", "second"]);
    assert_eq!(plan["held_back"]["contacted_recently"], 3, "{plan}");
}

#[test]
fn a_cancelled_campaign_cannot_be_planned_again() {
    let workspace = workspace();
    workspace.json(&["plan", "forum"]);
    workspace.expect(0, &["cancel", "forum"]);
    workspace.expect(4, &["plan", "forum"]);
}

/// What a command writes to both streams, with what differs from workspace to workspace taken out.
fn as_read(workspace: &Workspace, arguments: &[&str]) -> String {
    let output = workspace.run(arguments);
    let words = format!("{}---\n{}", command::text(&output.stdout), command::text(&output.stderr));
    let hexadecimal = |word: &str| word.len() == 16 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let lines = words.lines().map(|line| {
        let words = line.split(' ').map(|word| if hexadecimal(word.trim_end_matches(',')) { "PLAN" } else { word });
        words.collect::<Vec<_>>().join(" ").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n").replace(&workspace.path().display().to_string(), "WORKSPACE")
}

#[test]
fn a_plan_reads_well() {
    let workspace = workspace();
    insta::assert_snapshot!("plan", as_read(&workspace, &["plan", "forum", "--held-back", "left-out.csv"]));
    insta::assert_snapshot!("plan_again", as_read(&workspace, &["plan", "forum"]));
}

#[test]
fn a_preview_shows_every_segment_and_says_why_somebody_gets_nothing() {
    let workspace = workspace();
    insta::assert_snapshot!("preview", as_read(&workspace, &["preview", "forum", "--sample", "2"]));
    let index = fs::read_to_string(workspace.path().join(".convoke/preview/forum/index.html")).unwrap();
    for segment in ["civil", "rest"] {
        assert!(index.contains(segment), "{segment}");
    }
    assert!(!index.contains("c1@example.org"), "addresses are masked on the page");
    insta::assert_snapshot!("preview_of_nobody", as_read(&workspace, &["preview", "forum", "--to", "no@example.org"]));
    // Looking leaves no plan behind.
    assert_eq!(workspace.json(&["status"]), serde_json::json!([]));
    let made_up = workspace.json(&["preview", "forum", "--made-up", "--out", "made-up"]);
    assert_eq!(made_up["messages"], 1, "who is known; the text cannot do without a given name");
}

#[test]
fn a_test_message_counts_for_nobody_and_opts_out_nobody_else() {
    let workspace = workspace();
    assert_eq!(workspace.json(&["test", "forum", "--sample", "2", "--to", "officer@forum.example"])["accepted"], 2);
    let plan = workspace.json(&["plan", "forum"]);
    assert_eq!(plan["planned"], 5, "nobody of the plan was written to");
    let outbox = workspace.path().join(".convoke/outbox/test");
    for file in fs::read_dir(outbox).unwrap().filter_map(Result::ok) {
        let text = fs::read_to_string(file.path()).unwrap();
        assert!(text.contains("officer@forum.example"));
        assert!(!text.contains("@example.org"), "the recipient's own address is in it");
    }
    workspace.expect(0, &["opt-out", "add", "officer@forum.example"]);
    workspace.expect(4, &["test", "forum", "--to", "officer@forum.example"]);
}

#[test]
fn with_nobody_to_write_to_the_next_command_is_the_one_that_helps() {
    let workspace = workspace();
    let next = |arguments: &[&str]| {
        let said = command::text(&workspace.run(arguments).stderr);
        said.lines().last().unwrap_or_default().to_owned()
    };
    let contacts = workspace.path().join("campaigns/forum/contacts.csv");
    fs::write(&contacts, "email,given_name,stakeholder_group\nada@example.org,Ada,Government\n").unwrap();
    assert_eq!(next(&["plan", "forum"]), "next: convoke plan forum --held-back left-out.xlsx");
    let answered = "next: write answers into left-out.xlsx, then convoke import --apply left-out.xlsx";
    assert_eq!(next(&["plan", "forum", "--held-back", "left-out.xlsx"]), answered);
    fs::write(&contacts, "email,given_name,basis\nada@example.org,Ada,consent\n").unwrap();
    assert_eq!(next(&["plan", "forum"]), "next: convoke preview forum");
    workspace.expect(0, &["send", "forum", "--live"]);
    assert_eq!(next(&["plan", "forum"]), "next: convoke status forum");
}

#[test]
fn a_form_with_nobody_left_out_says_so_and_can_be_applied() {
    let workspace = workspace();
    let contacts = workspace.path().join("campaigns/forum/contacts.csv");
    fs::write(&contacts, "email,given_name,basis\nada@example.org,Ada,consent\n").unwrap();
    let said = command::text(&workspace.run(&["plan", "forum", "--held-back", "none.xlsx"]).stderr);
    assert!(said.contains("0 contacts left out listed in none.xlsx\n"), "{said}");
    workspace.expect(0, &["import", "--apply", "none.xlsx"]);
}
