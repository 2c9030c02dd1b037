//! The example workspace, by the binary: what the README's first command shows, and that running it again is harmless.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

#[path = "support/command.rs"]
mod command;
#[path = "support/judge.rs"]
mod judge;
use command::Workspace;

const CAMPAIGN: &str = "campaigns/igf-2027-participation";
const FIRST: &str = "campaigns/igf-2027-save-the-date";

#[test]
fn the_example_is_sent_into_the_outbox_and_a_second_run_changes_nothing() {
    let workspace = Workspace::example();
    let sent = workspace.json(&["send", CAMPAIGN, "--live"]);
    let accepted = number(&sent, "accepted");
    assert!((100..300).contains(&accepted), "{sent}");
    assert_eq!(number(&sent, "planned"), accepted, "{sent}");
    assert_eq!(messages(&workspace), accepted);
    let again = workspace.run(&["send", CAMPAIGN, "--live"]);
    assert_eq!(again.status.code(), Some(0));
    assert!(command::text(&again.stderr).contains("nothing left this computer"), "{}", command::text(&again.stderr));
    assert_eq!(messages(&workspace), accepted);
    let status = workspace.json(&["status", CAMPAIGN]);
    assert_eq!((number(&status, "accepted"), number(&status, "unsent")), (accepted, 0), "{status}");
    workspace.expect(0, &["audit", "verify"]);
}

/// Words that only the letter of this language has, as its reader must see them.
const WORDS: &[(&str, &str)] = &[
    ("ar", "من 15 إلى 19 نوفمبر 2027"),
    ("en", "15 to 19 November 2027"),
    ("es", "del 15 al 19 de noviembre de 2027"),
    ("fr", "du 15 au 19 novembre 2027"),
    ("ru", "15–19 ноября 2027 года"),
    ("zh", "2027年11月15日至19日"),
];

#[test]
fn every_message_of_the_example_reads_well_to_another_parser() {
    let workspace = Workspace::example();
    workspace.json(&["send", CAMPAIGN, "--live"]);
    let outbox = workspace.path().join(".convoke/outbox/igf-2027-participation");
    let mut files: Vec<_> = fs::read_dir(outbox).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "eml"));
    let mut seen = BTreeSet::new();
    for (file, report) in files.iter().zip(judge::reports(&files)) {
        assert_eq!(report["problems"], serde_json::json!([]));
        assert_eq!(report["twice"], serde_json::json!([]));
        assert_eq!(report["recipients"].as_array().unwrap().len(), 1);
        assert!(report["longest_line"].as_u64().unwrap() <= 998);
        assert!(fs::metadata(file).unwrap().len() <= 30 * 1024, "message.md: at most 30 kB");
        let headers = &report["headers"];
        let language = headers["content-language"].as_str().unwrap();
        let unsubscribe = headers["list-unsubscribe"].as_str().unwrap();
        assert!(unsubscribe.starts_with("<https://outreach.igf.example/u/"), "{unsubscribe}");
        assert!(unsubscribe.contains("<mailto:u+"), "{unsubscribe}");
        assert_eq!(headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
        let link = unsubscribe.trim_start_matches('<').split('>').next().unwrap();
        let words = WORDS.iter().find(|(tag, _)| *tag == language).unwrap().1;
        let parts = report["parts"].as_array().unwrap();
        let types: Vec<&str> = parts.iter().map(|p| p["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["text/plain", "text/html"]);
        for part in parts.iter().map(|p| p["text"].as_str().unwrap()) {
            for needed in [words, link, "IGF Secretariat", "Example Street 1, 1211 Example City"] {
                assert!(part.contains(needed), "{language}: no `{needed}` in\n{part}");
            }
        }
        let direction = if language == "ar" { "rtl" } else { "ltr" };
        assert!(parts[1]["text"].as_str().unwrap().contains(&format!("<html lang=\"{language}\" dir=\"{direction}\"")));
        let envelope: Value = serde_json::from_slice(&fs::read(file.with_extension("json")).unwrap()).unwrap();
        assert!(envelope["mail_from"].as_str().unwrap().starts_with("b+"));
        assert_eq!(envelope["rcpt_to"], report["recipients"][0]["address"]);
        seen.insert(language.to_owned());
    }
    assert_eq!(seen.len(), WORDS.len());
}

#[test]
fn the_example_leaves_people_out_for_every_reason_a_first_send_can_have() {
    let plan = Workspace::example().json(&["plan", CAMPAIGN]);
    let reasons: BTreeSet<&str> = plan["held_back"].as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = [
        "opted_out",
        "hard_bounce",
        "invalid_address",
        "unsupported_address",
        "no_basis",
        "duplicate_address",
        "no_variant",
        "missing_value",
        "over_limit",
    ];
    assert_eq!(reasons, wanted.into_iter().collect(), "{plan}");
}

#[test]
fn the_example_writes_in_all_six_languages_to_all_four_audiences() {
    let plan = Workspace::example().json(&["plan", CAMPAIGN]);
    let keys = |name: &str| plan[name].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys("by_language"), ["ar", "en", "es", "fr", "ru", "zh"]);
    assert_eq!(keys("by_segment"), ["come-back", "first-time", "initiatives", "pass-it-on"]);
}

#[test]
fn the_example_has_gaps_of_all_three_kinds() {
    let workspace = Workspace::example();
    workspace.expect(0, &["plan", CAMPAIGN]);
    let table = workspace.expect(0, &["--format", "json", "gaps", CAMPAIGN]);
    let mut kinds = BTreeMap::new();
    for row in table.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        if let Some(kind) = row["kind"].as_str().filter(|kind| *kind != "none") {
            let cell = (row["cell"]["region"].as_str().unwrap().to_owned(), row["cell"]["stakeholder"].to_string());
            kinds.insert(kind.to_owned(), cell);
        }
    }
    let asia = |group: &str| ("Asia-Pacific Group".to_owned(), format!("\"{group}\""));
    let wanted = [
        ("lapsed".to_owned(), asia("Technical Community")),
        ("silent".to_owned(), asia("Civil Society")),
        ("uncontacted".to_owned(), asia("Private Sector")),
    ];
    assert_eq!(kinds, BTreeMap::from(wanted));
}

#[test]
fn whoever_was_told_the_date_is_not_written_to_again_so_soon() {
    let workspace = Workspace::example();
    let told = number(&workspace.json(&["send", FIRST, "--live"]), "accepted");
    assert_eq!(told, 6);
    let plan = workspace.json(&["plan", CAMPAIGN]);
    assert_eq!(number(&plan["held_back"], "contacted_recently"), told, "{plan}");
}

/// The campaign that README.md walks a new user through is a working one.
#[test]
fn the_campaign_of_the_readme_can_be_planned_as_printed() {
    let workspace = Workspace::example();
    let readme = include_str!("../README.md");
    let block = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let campaign: String = block.lines().map(|line| format!("{}\n", line.trim_start())).collect();
    let spring = workspace.path().join("campaigns/spring");
    fs::create_dir(&spring).unwrap();
    fs::write(spring.join("campaign.toml"), campaign).unwrap();
    for (from, to) in [("contacts.csv", "contacts.csv"), ("participation-2025.csv", "registrations-2025.csv")] {
        fs::copy(workspace.path().join(CAMPAIGN).join(from), spring.join(to)).unwrap();
    }
    workspace.expect(0, &["check", "spring"]);
    let plan = workspace.json(&["plan", "spring"]);
    assert!(number(&plan, "planned") > 50, "{plan}");
    let rehearsal = workspace.json(&["send", "spring"]);
    assert_eq!(number(&rehearsal, "unsent"), number(&plan, "planned"), "a rehearsal sends nothing");
}

#[test]
fn whoever_has_the_message_is_left_out_of_the_next_plan() {
    let workspace = Workspace::example();
    let accepted = number(&workspace.json(&["send", CAMPAIGN, "--live"]), "accepted");
    let settings = workspace.path().join(CAMPAIGN).join("campaign.toml");
    let text = fs::read_to_string(&settings).unwrap().replace("limit = 60 ", "limit = 70 ");
    fs::write(&settings, text).unwrap();
    let plan = workspace.json(&["plan", CAMPAIGN]);
    assert_eq!(number(&plan["held_back"], "already_invited"), accepted, "{plan}");
    assert!(number(&plan, "planned") > 0, "those who were over the limit have a place now: {plan}");
}

fn number(object: &Value, name: &str) -> u64 {
    object[name].as_u64().unwrap_or_else(|| panic!("no number `{name}` in {object}"))
}

/// Files in the outbox.
fn messages(workspace: &Workspace) -> u64 {
    let outbox = workspace.path().join(".convoke/outbox/igf-2027-participation");
    let names = fs::read_dir(outbox).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().ends_with(".eml")).count() as u64
}
