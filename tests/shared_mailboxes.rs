//! Mailboxes that are not one person's: told at import, asked about, greeted as several, and nobody in them forgotten.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

#[path = "support/command.rs"]
mod command;

use std::fs;

use command::{Workspace, text};
use serde_json::Value;

const CAMPAIGN: &str = r#"
title = "Come to the forum"
purpose = "invitation to the forum"
template = "invitation"
inputs.contacts = [{ file = "contacts.csv", basis = "mandate", source = "made-up" }]
[[audience]]
name = "everybody"
"#;

const LETTER: &str = "+++\nsubject = 'Come'\n+++\n{{#if shared}}Dear colleagues{{else}}Dear {{#if title}}{{title}} {{/if}}{{fallback name \"colleague\"}}{{/if}},\n\nplease come.\n";

const CONTACTS: &str = "\
email,kind,name,organisation
ada@example.org,,Ada Sample,Example Net
samples@example.org,,Ada Sample,Example Net
samples@example.org,,Grace Sample,Example Net
SAMPLES@example.org,,\"Sample, Ada\",Example Net
info@example.org,,Bo Example,Example Net
press@example.org,shared,Cy Example,Example Press
office@example.org,person,Di Office,Example Net
no-reply@example.org,,,Example Net
";

fn workspace(contacts: &str) -> Workspace {
    let workspace = Workspace::new();
    let campaign = workspace.path().join("campaigns/forum");
    fs::create_dir_all(&campaign).unwrap();
    fs::write(campaign.join("campaign.toml"), CAMPAIGN).unwrap();
    fs::write(campaign.join("contacts.csv"), contacts).unwrap();
    let template = workspace.path().join("templates/invitation");
    fs::create_dir_all(&template).unwrap();
    fs::write(template.join("en.md"), LETTER).unwrap();
    workspace
}

/// The messages of the plan, by the local part of their address: the To header and the greeting.
fn letters(workspace: &Workspace) -> Vec<(String, String)> {
    let folder = workspace.path().join("preview");
    workspace.expect(0, &["preview", "forum", "--sample", "100", "--out", folder.to_str().unwrap()]);
    let mut letters: Vec<(String, String)> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "eml"))
        .map(|path| {
            let message = fs::read_to_string(path).unwrap();
            let line = |start: &str| message.lines().find(|l| l.starts_with(start)).unwrap_or("").to_owned();
            (line("To: "), line("Dear"))
        })
        .collect();
    letters.sort();
    letters
}

#[test]
fn import_says_which_mailboxes_do_not_look_like_one_persons() {
    let workspace = workspace(CONTACTS);
    let report = workspace.json(&["import", "campaigns/forum/contacts.csv", "--as", "contacts"]);
    let notes: Vec<(u64, &str)> = report["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| (note["line"].as_u64().unwrap(), note["reason"].as_str().unwrap()))
        .collect();
    let several = "several people's names came for this address: greeted together; say kind = person if they are one";
    assert_eq!(
        notes,
        [
            (4, several),
            (5, several),
            (6, "the name of an office, not of a person: say kind = shared if so, kind = person if not"),
            (9, "a mailbox that nobody reads: left out of plans"),
        ]
    );
}

#[test]
fn several_people_at_one_address_are_greeted_together_and_an_office_as_before() {
    let workspace = workspace(CONTACTS);
    workspace.expect(0, &["plan", "forum"]);
    let expected = [
        ("To: Ada Sample <ada@example.org>", "Dear Ada Sample,"),
        ("To: Bo Example <info@example.org>", "Dear Bo Example,"),
        ("To: Di Office <office@example.org>", "Dear Di Office,"),
        ("To: Example Net <samples@example.org>", "Dear colleagues,"),
        ("To: Example Press <press@example.org>", "Dear colleagues,"),
    ];
    assert_eq!(letters(&workspace), expected.map(|(to, dear)| (to.to_owned(), dear.to_owned())));
}

#[test]
fn the_same_file_again_changes_nothing_about_a_mailbox_with_several_names() {
    let workspace = workspace(CONTACTS);
    let import = ["import", "campaigns/forum/contacts.csv", "--as", "contacts", "--basis", "mandate"];
    let story = || workspace.json(&["audit", "contact", "samples@example.org"]);
    workspace.expect(0, &import);
    let first = story();
    assert_eq!(first["contact"]["name"], "Grace Sample");
    assert_eq!(first["contact"]["other_names"], serde_json::json!(["Ada Sample"]));
    workspace.expect(0, &import);
    assert_eq!(story(), first, "no name moved, and no event was written");
}

#[test]
fn a_kind_column_decides() {
    let workspace = workspace(CONTACTS);
    workspace.expect(0, &["plan", "forum"]);
    fs::write(
        workspace.path().join("decided.csv"),
        "email,kind\nsamples@example.org,person\ninfo@example.org,shared\noffice@example.org,\n",
    )
    .unwrap();
    let report = workspace.json(&["import", "decided.csv", "--as", "contacts"]);
    assert_eq!(report["warnings"], 0, "{report}");
    let kind = |address: &str| workspace.json(&["audit", "contact", address])["contact"]["kind"].clone();
    assert_eq!(
        ["samples@example.org", "info@example.org", "office@example.org"].map(kind),
        ["person", "shared", "person"].map(Value::from)
    );
    workspace.expect(0, &["plan", "forum"]);
    let letters = letters(&workspace);
    assert!(
        letters.contains(&("To: Grace Sample <samples@example.org>".into(), "Dear Grace Sample,".into())),
        "{letters:?}"
    );
    assert!(letters.contains(&("To: Example Net <info@example.org>".into(), "Dear colleagues,".into())), "{letters:?}");
}

#[test]
fn nobody_is_invited_at_an_address_that_nobody_reads() {
    let workspace = workspace(CONTACTS);
    let plan = workspace.json(&["plan", "forum", "--held-back", "out.csv"]);
    assert_eq!((&plan["planned"], &plan["held_back"]), (&5.into(), &serde_json::json!({"invalid_address": 1})));
    let out = fs::read_to_string(workspace.path().join("out.csv")).unwrap();
    assert!(
        out.lines()
            .any(|line| line.contains("no-reply@example.org,") && line.contains(",invalid_address,email,no-reply,")),
        "{out}"
    );
    assert!(text(&workspace.run(&["plan", "forum"]).stdout).contains("everybody"));
}

#[test]
fn plan_preview_and_audit_name_everybody_a_message_is_for() {
    let workspace = workspace(CONTACTS);
    let plan = workspace.json(&["plan", "forum"]);
    let covered = plan["covered"].as_array().unwrap();
    assert_eq!(covered.len(), 1, "{plan}");
    assert_eq!(covered[0]["email"], "samples@example.org");
    assert_eq!(covered[0]["names"], serde_json::json!(["Grace Sample", "Ada Sample"]));
    let screen = workspace.expect(0, &["plan", "forum"]);
    assert!(screen.contains(" s***@example.org  Grace Sample, Ada Sample"), "{screen}");
    workspace.expect(0, &["preview", "forum", "--out", "preview"]);
    let page = fs::read_to_string(workspace.path().join("preview/index.html")).unwrap();
    assert!(page.contains("one message to s***@example.org is for Grace Sample, Ada Sample"), "{page}");
    let story = workspace.expect(0, &["audit", "contact", "samples@example.org"]);
    assert!(story.contains("the address is also that of Ada Sample"), "{story}");
}

#[test]
fn a_person_of_a_shared_mailbox_is_still_invited_at_an_address_of_their_own() {
    let workspace = workspace(
        "\
email,name,organisation
samples@example.org,Ada Sample,Example Net
samples@example.org,Grace Sample,Example Net
grace@example.net,Grace Sample,Example Net
",
    );
    let plan = workspace.json(&["plan", "forum"]);
    assert_eq!(
        (&plan["planned"], &plan["held_back"]),
        (&2.into(), &serde_json::json!({})),
        "Ada would have got nothing"
    );
}

#[test]
fn a_title_that_contradicts_the_gender_is_left_out_and_reported() {
    let workspace = workspace(
        "\
email,title,name,gender,organisation
ada@example.org,Mr,Ada Sample,female,Example Net
bo@example.org,Mr,Bo Example,male,Example Net
cy@example.org,Dr,Cy Example,female,Example Net
",
    );
    let plan = workspace.json(&["plan", "forum"]);
    let left_out = plan["titles_left_out"].as_array().unwrap();
    assert_eq!(left_out.len(), 1, "{plan}");
    let said = ["email", "name", "title", "gender"].map(|key| left_out[0][key].as_str().unwrap());
    assert_eq!(said, ["ada@example.org", "Ada Sample", "Mr", "female"]);
    let screen = workspace.expect(0, &["plan", "forum"]);
    assert!(
        screen.contains("title left out") && screen.contains("Ada Sample") && !screen.contains("Bo Example"),
        "{screen}"
    );
    let dear: Vec<String> = letters(&workspace).into_iter().map(|(_, dear)| dear).collect();
    assert_eq!(dear, ["Dear Ada Sample,", "Dear Mr Bo Example,", "Dear Dr Cy Example,"]);
}

#[test]
fn a_persons_word_about_a_mailbox_outlives_the_next_import() {
    let workspace = workspace(CONTACTS);
    workspace.expect(0, &["plan", "forum"]);
    let one = ("To: Grace Sample <samples@example.org>".to_owned(), "Dear Grace Sample,".to_owned());
    assert!(!letters(&workspace).contains(&one));
    workspace.expect(0, &["contacts", "set", "samples@example.org", "kind=person", "--reason", "she says so"]);
    workspace.expect(0, &["contacts", "set", "info@example.org", "kind=shared"]);
    // The same rows with one more, so that the file is read and not only recognised.
    let file = workspace.path().join("campaigns/forum/contacts.csv");
    fs::write(&file, format!("{CONTACTS}new@example.org,,New Sample,Example Net\n")).unwrap();
    workspace.expect(0, &["import", "campaigns/forum/contacts.csv", "--as", "contacts"]);
    workspace.expect(0, &["plan", "forum"]);
    let letters = letters(&workspace);
    assert!(letters.contains(&one), "{letters:?}");
    assert!(letters.contains(&("To: Example Net <info@example.org>".into(), "Dear colleagues,".into())), "{letters:?}");
}
