//! `convoke gaps` on a small made-up workspace with gaps of all three kinds: the table, JSON, files, and what is refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use convoke::cli::open;
use convoke::domain::address::EmailAddress;
use convoke::domain::contact::{Contact, Country, Gender, Stakeholder, Tier};
use convoke::domain::geography::CountryCode;
use convoke::domain::keys::Keyring;
use convoke::domain::participation::{Base, Participation};
use convoke::domain::suppression::{EVERYTHING, Reason, Suppression};
use convoke::engine::ports::{ContactChange, Contacts, Participations, Suppressions};
use jiff::Timestamp;
use serde_json::Value;

const SETTINGS: &str = r#"
[organisation]
name = "Example Forum"
postal_address = "Example Street 1, Example City"
from = "Example Forum <invitations@forum.example>"
list_id = "invitations.forum.example"
bounce_domain = "bounces.forum.example"
[policy]
refuse_domains = ["closed.example"]
"#;

const CAMPAIGN: &str = r#"
title = "Come to the forum"
topic = "forum"
purpose = "invitation to the forum"
template = "invitation"
[gaps]
by = ["region"]
against = ["members"]
split = ["tier"]
without_host = "NO"
response = 1.0
[[audience]]
gap = "silent"
"#;

/// Who took part in 2025, and how many: 100 from member states, 30 of them from the host, and 9 beside.
const PARTICIPANTS: &[(&str, u32)] =
    &[("NO", 30), ("DE", 40), ("PL", 15), ("KE", 5), ("IN", 5), ("BR", 5), ("HK", 2), ("", 3)];
/// Intergovernmental organisations there.
const ORGANISATIONS: u32 = 4;

struct Workspace(tempfile::TempDir);

impl Workspace {
    /// Africa has contacts who never came, the GRULAC contacts who came in 2022, Asia-Pacific has nobody.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("convoke.toml"), SETTINGS).unwrap();
        let campaign = folder.path().join("campaigns/forum");
        fs::create_dir_all(&campaign).unwrap();
        fs::write(campaign.join("campaign.toml"), CAMPAIGN).unwrap();
        let template = folder.path().join("templates/invitation");
        fs::create_dir_all(&template).unwrap();
        fs::write(template.join("en.md"), "+++\nsubject = 'Come'\n+++\nPlease come.\n").unwrap();
        fill(folder.path());
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.run_on_terminal("110", arguments)
    }

    fn run_on_terminal(&self, columns: &str, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_convoke"))
            .current_dir(self.path())
            .args(["gaps", "--as", "officer"])
            .args(arguments)
            .env("COLUMNS", columns)
            .env_remove("NO_COLOR")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn words(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Cells, and the summary.
    fn json(&self, arguments: &[&str]) -> (Vec<Value>, Value) {
        let text = self.words(&[arguments, &["--format", "json"]].concat());
        let mut objects: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let last = objects.pop().unwrap();
        (objects, last["summary"].clone())
    }

    fn refusal(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        assert!(output.stdout.is_empty());
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }
}

fn fill(workspace: &Path) {
    let (keys, mut ledger) = open::state(workspace, &workspace.join(".convoke/ledger.db"), "officer", true).unwrap();
    let now: Timestamp = "2026-01-15T09:00:00Z".parse().unwrap();
    let mut contacts = Vec::new();
    for i in 0..40 {
        contacts.push(contact(&keys, &format!("silent{i}@office.example"), "KE"));
    }
    let lapsed: Vec<Contact> = (0..20).map(|i| contact(&keys, &format!("lapsed{i}@office.example"), "BR")).collect();
    contacts.extend(lapsed.clone());
    contacts.push(contact(&keys, "only@office.example", "IN"));
    // Four in Kenya who may not be written to, each for another reason.
    let suppressed = contact(&keys, "no@office.example", "KE");
    let without_basis = Contact { basis: String::new(), ..contact(&keys, "unasked@office.example", "KE") };
    let elsewhere = Contact { purpose: "newsletter".to_owned(), ..contact(&keys, "letters@office.example", "KE") };
    let closed = contact(&keys, "gone@closed.example", "KE");
    ledger.suppress(&[opt_out(&suppressed, now)], now).unwrap();
    contacts.extend([suppressed, without_basis, elsewhere, closed]);
    let changes: Vec<ContactChange> = contacts.into_iter().map(ContactChange::New).collect();
    ledger.store_contacts(&changes, "", now).unwrap();
    let mut participations: Vec<Participation> =
        lapsed.iter().map(|c| took_part(&keys, 2022, &c.address.normalised(), "BR")).collect();
    participations.push(took_part(&keys, 2024, "another@office.example", "KE"));
    for (country, count) in PARTICIPANTS {
        for i in 0..*count {
            participations.push(took_part(&keys, 2025, &format!("{country}{i}@people.example"), country));
        }
    }
    for i in 0..ORGANISATIONS {
        let who = took_part(&keys, 2025, &format!("igo{i}@people.example"), "CH");
        participations.push(Participation { stakeholder: Stakeholder::IntergovernmentalOrganization, ..who });
    }
    let absent = took_part(&keys, 2025, "registered-only@people.example", "IN");
    participations.push(Participation { base: Base::Registered, ..absent });
    ledger.store_participations(&participations, now).unwrap();
}

fn contact(keys: &Keyring, address: &str, country: &str) -> Contact {
    let address = EmailAddress::parse(address).unwrap();
    let key = keys.address_key(&address.normalised());
    let mut contact = Contact::bare(keys.contact_id(key), key, address);
    contact.country = Country::Known(CountryCode::parse(country).unwrap());
    contact.basis = "mandate".to_owned();
    contact.stated_tier = Some(if country == "BR" { Tier::Field } else { Tier::Public });
    contact
}

fn took_part(keys: &Keyring, year: i16, who: &str, country: &str) -> Participation {
    Participation {
        year,
        key: keys.address_key(who),
        base: Base::CheckedIn,
        country: CountryCode::parse(country).map_or(Country::Missing, Country::Known),
        stated_region: None,
        stakeholder: Stakeholder::CivilSociety,
        gender: if who.contains('1') { Gender::Female } else { Gender::Male },
        language: None,
        newcomer: None,
    }
}

fn opt_out(contact: &Contact, since: Timestamp) -> Suppression {
    Suppression {
        key: contact.key,
        address: contact.address.to_string(),
        topic: EVERYTHING.to_owned(),
        reason: Reason::OptedOut,
        note: String::new(),
        since,
        source: "command".to_owned(),
    }
}

fn cell<'a>(cells: &'a [Value], region: &str) -> &'a Value {
    cells.iter().find(|c| c["cell"]["region"] == region).unwrap()
}

fn close(actual: &Value, expected: f64) {
    assert!((actual.as_f64().unwrap() - expected).abs() < 1e-9, "{actual} is not {expected}");
}

#[test]
fn the_table_for_people_reads_as_it_should() {
    insta::assert_snapshot!(Workspace::new().words(&["forum"]));
}

#[test]
fn a_table_by_country_shows_its_largest_gaps_and_says_that_there_is_more() {
    let text = Workspace::new().words(&["--by", "country", "--against", "internet-users"]);
    assert!(text.contains("India (IN)"), "{text}");
    assert!(text.contains("more rows; --output FILE.csv has all of them"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 110), "{text}");
}

#[test]
fn the_table_fits_the_terminal_and_keeps_what_matters() {
    let workspace = Workspace::new();
    let question = ["--by", "region,stakeholder", "--against", "participation:2025", "--without-host", "NO"];
    for columns in [70, 80, 110, 200] {
        let output = workspace.run_on_terminal(&columns.to_string(), &question);
        let text = String::from_utf8(output.stdout).unwrap();
        for line in text.lines() {
            assert!(line.chars().count() <= columns, "{columns}: {line}");
        }
        for header in ["ratio", "needed", "gap", "0··"] {
            assert!(text.contains(header), "{columns}: no {header}");
        }
    }
}

#[test]
fn every_cell_has_the_agreed_keys_and_figures() {
    let (cells, summary) = Workspace::new().json(&["forum"]);
    let keys: BTreeSet<&str> = cells[0].as_object().unwrap().keys().map(String::as_str).collect();
    for key in [
        "cell",
        "id",
        "contacts",
        "mailable",
        "participants",
        "share",
        "reference_share",
        "ratio",
        "log2",
        "interval",
        "seats",
        "needed",
        "kind",
        "rank",
        "split",
    ] {
        assert!(keys.contains(key), "no `{key}`");
    }
    let africa = cell(&cells, "African Group");
    // Without Norway there are 192 members and 70 participants.
    let (p, q) = (5.0 / 70.0, 54.0 / 192.0);
    close(&africa["share"], p);
    close(&africa["reference_share"], q);
    close(&africa["ratio"], p / q);
    close(&africa["log2"], (p / q).log2());
    close(&africa["seats"], q * 70.0 - 5.0);
    assert_eq!(africa["needed"], ((q * 70.0 - 5.0) / (1.0 - q)).ceil() as u64);
    assert_eq!((&africa["contacts"], &africa["mailable"]), (&44.into(), &40.into()), "each of four for its own reason");
    assert_eq!(africa["split"], serde_json::json!([{"tier": "public", "contacts": 44, "mailable": 40}]));
    let kinds: Vec<&Value> =
        ["African Group", "GRULAC", "Asia-Pacific Group", "WEOG"].iter().map(|r| &cell(&cells, r)["kind"]).collect();
    assert_eq!(kinds, ["silent", "lapsed", "uncontacted", "none"]);
    for beside in ["Intergovernmental Organizations", "none", "unknown"] {
        let cell = cell(&cells, beside);
        assert!(["ratio", "share", "needed", "rank", "interval"].iter().all(|key| cell[key].is_null()), "{cell}");
    }
    assert_eq!(cell(&cells, "Intergovernmental Organizations")["participants"], ORGANISATIONS);
    let ranks: Vec<u64> = cells.iter().filter_map(|c| c["rank"].as_u64()).collect();
    assert_eq!(ranks, [1, 2, 3, 4, 5]);
    for (key, value) in [
        ("reference", Value::from("members")),
        ("method", "joint".into()),
        ("base", "checked_in".into()),
        ("year", 2025.into()),
        ("N", 70.into()),
        ("unknown", 3.into()),
    ] {
        assert_eq!(summary[key], value, "{key}");
    }
    assert!(summary["source"].as_str().unwrap().contains("United Nations"));
    assert!(summary["digest"].as_str().unwrap().starts_with("sha256:"));
    assert!(summary["dissimilarity"].as_f64().unwrap() > 0.3);
    assert!(summary.as_object().unwrap().contains_key("reference_year"));
}

#[test]
fn asked_again_the_answer_and_its_digest_are_the_same() {
    let workspace = Workspace::new();
    assert_eq!(workspace.words(&["forum", "--format", "json"]), workspace.words(&["forum", "--format", "json"]));
    let (_, with) = workspace.json(&["forum"]);
    let (_, without) = workspace.json(&["forum", "--without-host", "DE"]);
    assert_ne!(with["digest"], without["digest"]);
    assert_eq!(without["N"], 60);
}

#[test]
fn a_dimension_without_a_reference_is_refused_with_those_that_have_one() {
    let workspace = Workspace::new();
    for (arguments, expected) in [
        (
            &["--by", "region,gender"][..],
            "no reference in `against` covers `gender`; those that do: participation:YEAR, and targets:FILE",
        ),
        (&["--by", "tier"], "`split`"),
        (&["--by", "gender", "--against", "participation:2019"], "the ledger has no participants of 2019"),
    ] {
        let (code, message) = workspace.refusal(arguments);
        assert_eq!(code, 3, "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn words_that_are_none_are_refused_with_the_nearest() {
    let workspace = Workspace::new();
    for (arguments, expected) in [
        (&["--by", "regoin"][..], "did you mean `region`?"),
        (&["--against", "internet-user"], "did you mean `internet-users`?"),
        (&["--without-host", "Norway"], "two letters"),
        (&["--output", "gaps.html"], "gap tables cannot be written as .html yet"),
        (&["--output", "gaps"], "the ending .csv or .json"),
        (&["forums"], "did you mean `forum`?"),
    ] {
        let (code, message) = workspace.refusal(arguments);
        assert_eq!(code, 2, "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn an_earlier_meeting_and_declared_targets_are_references_too() {
    let workspace = Workspace::new();
    let (cells, summary) = workspace.json(&["--by", "region", "--against", "participation:2022"]);
    close(&cell(&cells, "GRULAC")["reference_share"], 1.0);
    assert_eq!(cell(&cells, "GRULAC")["needed"], Value::Null, "no number of newcomers fills a share of one");
    assert!(cell(&cells, "WEOG")["ratio"].is_null());
    assert_eq!(summary["reference_year"], "2022");
    fs::write(workspace.path().join("targets.csv"), "dimension,value,share\ngender,female,50\ngender,male,50\n")
        .unwrap();
    let (cells, summary) = workspace.json(&["--by", "region,gender", "--against", "members,targets:targets.csv"]);
    assert_eq!(summary["method"], "product of margins");
    assert!(summary["source"].as_str().unwrap().contains("targets declared in targets.csv, not a population"));
    let whole: f64 = cells.iter().filter_map(|c| c["reference_share"].as_f64()).sum();
    assert!((whole - 1.0).abs() < 1e-9);
}

#[test]
fn a_faulty_targets_file_is_refused_with_its_line() {
    let workspace = Workspace::new();
    fs::write(workspace.path().join("targets.csv"), "dimension,value,share\ngender,femal,1\n").unwrap();
    let (code, message) = workspace.refusal(&["--by", "gender", "--against", "targets:targets.csv"]);
    assert_eq!(code, 3);
    assert!(message.contains("targets.csv:2: `femal` is no value of `gender`; did you mean `female`?"), "{message}");
}

#[test]
fn files_hold_what_the_screen_shows() {
    let workspace = Workspace::new();
    workspace.words(&["forum", "--output", "gaps.csv"]);
    workspace.words(&["forum", "--output", "gaps.json"]);
    let (cells, summary) = workspace.json(&["forum"]);
    let document: Value = serde_json::from_slice(&fs::read(workspace.path().join("gaps.json")).unwrap()).unwrap();
    assert_eq!((&document["cells"], &document["summary"]), (&Value::from(cells.clone()), &summary));
    let mut csv = csv::Reader::from_path(workspace.path().join("gaps.csv")).unwrap();
    let header = csv.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|h| h == name).unwrap();
    let (region, ratio, kind, reference) = (column("region"), column("ratio"), column("kind"), column("reference"));
    let (public, year) = (column("mailable: public"), column("year"));
    let rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), cells.len());
    for (row, cell) in rows.iter().zip(&cells) {
        assert_eq!(row[region], *cell["cell"]["region"].as_str().unwrap());
        match cell["ratio"].as_f64() {
            Some(expected) => assert!((row[ratio].parse::<f64>().unwrap() - expected).abs() < 1e-12),
            None => assert_eq!(&row[ratio], ""),
        }
        assert_eq!(row[kind], *cell["kind"].as_str().unwrap());
        assert_eq!((&row[reference], &row[year]), ("members", "2025"));
    }
    assert_eq!(&rows.iter().find(|r| &r[region] == "African Group").unwrap()[public], "40");
}

#[test]
fn colours_stay_away_unless_asked_for() {
    let workspace = Workspace::new();
    assert!(!workspace.words(&["forum"]).contains('\u{1b}'));
    assert!(workspace.words(&["forum", "--color", "always"]).contains("\u{1b}[33m"));
}

#[test]
fn an_empty_workspace_says_what_to_import() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("convoke.toml"), SETTINGS).unwrap();
    let workspace = Workspace(folder);
    let output = workspace.run(&[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains("Nobody is known to have taken part yet"));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("next: convoke import FILE --as participation --year YEAR")
    );
}

#[test]
fn a_decision_about_a_regional_group_is_counted_everywhere_and_named() {
    let workspace = Workspace::new();
    let (before, summary) = workspace.json(&["forum"]);
    assert_eq!(summary["method"], "joint");
    let text = format!("{SETTINGS}[regions]\nHK = \"Asia-Pacific Group\"\nPL = \"none\"\n");
    fs::write(workspace.path().join("convoke.toml"), text).unwrap();
    let (after, decided) = workspace.json(&["forum"]);
    let in_group = |rows: &[Value], group: &str, figure: &str| {
        let row = rows.iter().find(|row| row["cell"]["region"] == group).cloned().unwrap_or_default();
        row[figure].clone()
    };
    let (asia, east) = ("Asia-Pacific Group", "Eastern European Group");
    assert_eq!(in_group(&before, asia, "participants"), 5);
    assert_eq!(in_group(&after, asia, "participants"), 7, "Hong Kong is counted in the group");
    assert_eq!(in_group(&before, east, "participants"), 15);
    assert_eq!(in_group(&after, east, "participants"), 0, "Poland is not");
    // Without the host there are 192 member states; Poland leaves the reference with its participants.
    let states =
        |rows: &[Value], total: f64| (in_group(rows, east, "reference_share").as_f64().unwrap() * total).round();
    assert_eq!((states(&before, 192.0), states(&after, 191.0)), (23.0, 22.0));
    assert_eq!(decided["method"], "joint; counted by decision: HK in Asia-Pacific Group, PL in none");
    assert_ne!(decided["digest"], summary["digest"]);
    assert!(workspace.words(&["forum"]).contains("counted by decision: HK in Asia-Pacific Group, PL in none"));
}

#[test]
fn a_decision_that_repeats_the_table_changes_nothing() {
    let workspace = Workspace::new();
    let (_, before) = workspace.json(&["forum"]);
    let text = format!("{SETTINGS}[regions]\nKE = \"African Group\"\nHK = \"none\"\n");
    fs::write(workspace.path().join("convoke.toml"), text).unwrap();
    assert_eq!(workspace.json(&["forum"]).1, before);
}
