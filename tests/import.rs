//! `convoke import`, run as a program: dialects and encodings, merging, refused rows, opt-outs, and what it says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use convoke::cli::open;
use convoke::domain::address::EmailAddress;
use convoke::domain::chain::What;
use convoke::domain::contact::{Contact, Country};
use convoke::domain::participation::{Base, Participation};
use convoke::engine::ports::{Audit, Contacts, Participations, Suppressions};
use serde_json::Value;

const SETTINGS: &str = r#"
[organisation]
name = "Example Forum"
postal_address = "Example Street 1, Example City"
from = "Example Forum <invitations@forum.example>"
list_id = "invitations.forum.example"
bounce_domain = "bounces.forum.example"
[countries]
Korea = "KR"
"#;

/// Four people and two rows that cannot be used, on the lines 2 to 8; the third person's organisation breaks over a line.
const PEOPLE: &[[&str; 6]] = &[
    ["email", "Prénom", "last_name", "Affiliation", "country", "consent_basis"],
    ["ada@example.org", "Ada", "Sample", "Réseau Éducation", "Côte d'Ivoire", "consent"],
    [" Zoë.Müller@bücher.example\u{a0}", "Zoë", "Müller", "Hélène & François", "Österreich", ""],
    ["mailto:ines@example.org", "Inês", "Gonçalves", "first line\nsecond", "Congo", "mandate"],
    ["nobody.example.org", "No", "Body", "", "", ""],
    ["a@example.org, b@example.org", "Two", "People", "", "", ""],
    ["Jean Test <jean@example.org>", "Jean", "Test", "", "Atlantis", ""],
];

struct Workspace(tempfile::TempDir);

impl Workspace {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("convoke.toml"), SETTINGS).unwrap();
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path().join(name), content).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_convoke"));
        command.current_dir(self.path()).env("NO_COLOR", "1").args(arguments).output().unwrap()
    }

    /// Imports a file and gives the JSON and the exit code.
    fn import(&self, arguments: &[&str]) -> (Value, i32) {
        let output = self.run(&[&["import", "--format", "json"], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no JSON: {said}"));
        (json, output.status.code().unwrap())
    }

    /// What a failing import says, and its exit code.
    fn complaint(&self, arguments: &[&str]) -> (String, i32) {
        let output = self.run(&[&["import"], arguments].concat());
        (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code().unwrap())
    }

    fn contacts(&self) -> BTreeMap<String, Contact> {
        let (_, mut ledger) = open::state(self.path(), &self.path().join(".convoke/ledger.db"), "test", true).unwrap();
        let mut all = BTreeMap::new();
        ledger
            .each_contact(&mut |contact| {
                all.insert(contact.address.normalised(), contact);
            })
            .unwrap();
        all
    }

    /// Topics an address is suppressed for.
    fn suppressed(&self, address: &str) -> Vec<String> {
        let (keys, mut ledger) =
            open::state(self.path(), &self.path().join(".convoke/ledger.db"), "test", true).unwrap();
        let key = keys.address_key(&EmailAddress::parse(address).unwrap().normalised());
        ledger.suppressions_of(key).unwrap().into_iter().map(|s| format!("{} {}", s.topic, s.reason)).collect()
    }

    fn participations(&self, year: i16) -> Vec<Participation> {
        let (_, mut ledger) = open::state(self.path(), &self.path().join(".convoke/ledger.db"), "test", true).unwrap();
        let mut all = Vec::new();
        ledger.each_participation(year, &mut |p| all.push(p)).unwrap();
        all
    }
}

/// The people as CSV.
fn csv(delimiter: &str, line_end: &str) -> String {
    let cell = |c: &str| if c.contains([',', ';', '\n', '"']) { format!("\"{c}\"") } else { c.to_owned() };
    PEOPLE.iter().map(|row| row.map(cell).join(delimiter) + line_end).collect()
}

fn counts(json: &Value) -> [u64; 6] {
    ["rows", "accepted", "merged", "rejected", "skipped", "suppressed"].map(|key| json[key].as_u64().unwrap())
}

fn lines(json: &Value) -> Vec<u64> {
    json["rejects"].as_array().unwrap().iter().map(|r| r["line"].as_u64().unwrap()).collect()
}

#[test]
fn every_dialect_and_encoding_gives_the_same_contacts_and_refused_rows() {
    let comma = csv(",", "\n");
    let le: Vec<u8> = comma.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let be: Vec<u8> = comma.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let latin = encoding_rs::WINDOWS_1252.encode(&csv(";", "\r\n")).0.into_owned();
    let files: Vec<(&str, Vec<u8>, u64)> = vec![
        ("plain", comma.clone().into_bytes(), 0),
        ("mark", format!("\u{feff}{comma}").into_bytes(), 0),
        ("semicolon", csv(";", "\r\n").into_bytes(), 0),
        ("tab", csv("\t", "\n").into_bytes(), 0),
        ("mac", csv(",", "\r").into_bytes(), 0),
        ("sep", format!("sep=;\r\n{}", csv(";", "\r\n")).into_bytes(), 1),
        ("padded", comma.replacen("email,Prénom", " \u{a0}email ,\" Prénom\u{a0}\"", 1).into_bytes(), 0),
        ("utf-16le", le.clone(), 0),
        ("utf-16be", be.clone(), 0),
        ("utf-16le mark", [b"\xff\xfe".as_slice(), &le].concat(), 0),
        ("utf-16be mark", [b"\xfe\xff".as_slice(), &be].concat(), 0),
        ("windows-1252", latin, 0),
    ];
    let mut first: Option<Vec<(String, String, Country)>> = None;
    for (name, octets, further) in files {
        let workspace = Workspace::new();
        workspace.write("people.csv", octets);
        let (json, exit) = workspace.import(&["people.csv", "--as", "contacts"]);
        assert_eq!((counts(&json), exit), ([6, 4, 0, 2, 0, 0], 3), "{name}: {json}");
        assert_eq!(lines(&json), [6 + further, 7 + further], "{name}");
        let people: Vec<_> = workspace
            .contacts()
            .into_iter()
            .map(|(address, c)| (address, format!("{}|{}|{}", c.full_name(), c.organisation, c.basis), c.country))
            .collect();
        let expected = first.get_or_insert_with(|| people.clone());
        assert_eq!(&people, expected, "{name}");
    }
    let people = first.unwrap();
    assert_eq!(people[0].1, "Ada Sample|Réseau Éducation|consent");
    assert_eq!(people[1].1, "Inês Gonçalves|first line second|mandate");
    assert_eq!(people[1].2, Country::Ambiguous("Congo".to_owned()));
    assert_eq!(people[2].2, Country::Unknown("Atlantis".to_owned()));
    assert_eq!(people[3].0, "zoë.müller@xn--bcher-kva.example");
}

#[test]
fn one_mailbox_in_another_case_or_form_is_one_contact_and_later_values_win() {
    let workspace = Workspace::new();
    let rows = "email,first_name,organisation,country,basis,favourite colour\n\
        Ada@Bücher.example,Ada,Old,Kenya,consent,red\n\
        ada@xn--bcher-kva.EXAMPLE,,New,,,\n\
        ada+igf@bücher.example,Ada,,,,\n";
    workspace.write("a.csv", rows);
    let (json, exit) = workspace.import(&["a.csv", "--as", "contacts", "--basis", "mandate", "--source", "list"]);
    assert_eq!((counts(&json), exit), ([3, 2, 1, 0, 0, 0], 0));
    let contacts = workspace.contacts();
    let ada = &contacts["ada@xn--bcher-kva.example"];
    assert_eq!((ada.given_name.as_str(), ada.organisation.as_str(), ada.basis.as_str()), ("Ada", "New", "consent"));
    assert_eq!((ada.country.code().unwrap().as_str(), ada.source.as_str()), ("KE", "list"));
    assert_eq!(ada.custom["favourite_colour"], "red");
    assert_eq!(contacts["ada+igf@xn--bcher-kva.example"].basis, "mandate");
    // Again: nothing new, and no further event for a row that changes nothing.
    let (json, _) = workspace.import(&["a.csv", "--as", "contacts", "--basis", "mandate", "--source", "list"]);
    assert_eq!(counts(&json), [3, 0, 3, 0, 0, 0]);
    assert_eq!(workspace.contacts()["ada@xn--bcher-kva.example"].organisation, "New");
    let (keys, mut ledger) =
        open::state(workspace.path(), &workspace.path().join(".convoke/ledger.db"), "test", true).unwrap();
    let story = ledger.story(keys.address_key("ada+igf@xn--bcher-kva.example")).unwrap();
    assert_eq!(story.iter().map(|e| e.what).collect::<Vec<_>>(), [What::Imported]);
}

#[test]
fn unsubscribed_sticks_in_whichever_row_and_import_it_stands() {
    let workspace = Workspace::new();
    workspace.write(
        "a.csv",
        "email,unsubscribed\nada@example.org,2023-05-04\nADA@example.org,no\nbob@example.org,\neve@example.org,oui\n",
    );
    let (json, _) = workspace.import(&["a.csv", "--as", "contacts"]);
    assert_eq!(counts(&json), [4, 3, 1, 0, 0, 2]);
    workspace.write("b.csv", "email,unsubscribed\nada@example.org,no\n");
    let (json, _) = workspace.import(&["b.csv", "--as", "contacts"]);
    assert_eq!(counts(&json), [1, 0, 1, 0, 0, 0]);
    assert_eq!(workspace.suppressed("Ada@Example.org"), ["* opted_out"]);
    assert_eq!(workspace.suppressed("eve@example.org"), ["* opted_out"]);
    assert!(workspace.suppressed("bob@example.org").is_empty());
}

#[test]
fn what_only_says_that_nothing_was_told_is_a_gap_and_no_value() {
    let workspace = Workspace::new();
    let gaps = ["-", "N/A", "n.a.", "?", "#N/A", "not specified"];
    let cells = |gap: &str| [gap; 11].join(",");
    let rows: String = gaps.iter().enumerate().map(|(n, gap)| format!("p{n}@example.org,{}\n", cells(gap))).collect();
    let header =
        "email,first name,last name,organisation,country,language,tier,region,obtained on,kind,time zone,unsubscribed";
    workspace.write("list.csv", format!("{header}\n{rows}"));
    let (json, code) = workspace.import(&["list.csv", "--as", "contacts", "--basis", "consent", "--review", "fix.csv"]);
    assert_eq!((counts(&json), code), ([6, 6, 0, 0, 0, 0], 0), "nobody is taken for unsubscribed");
    let form = fs::read_to_string(workspace.path().join("fix.csv")).unwrap();
    assert_eq!(form.lines().filter(|line| line.starts_with("values")).collect::<Vec<_>>(), [""; 0]);
    for contact in workspace.contacts().values() {
        let said = (contact.full_name(), contact.organisation.as_str(), &contact.country, &contact.language);
        assert_eq!(said, (String::new(), "", &Country::Missing, &None));
        assert_eq!((contact.obtained_on.as_str(), contact.time_zone.as_str()), ("", ""));
    }
}

#[test]
fn a_basis_is_no_gap_to_fill_where_a_row_says_there_is_none() {
    let workspace = Workspace::new();
    let rows = "a@example.org,N/A,Null\nb@example.org,none,Na\nc@example.org,Unknown,N. A. Sample\n";
    workspace.write("list.csv", format!("email,basis,name\n{rows}"));
    let (json, _) = workspace.import(&["list.csv", "--as", "contacts", "--basis", "consent"]);
    let contacts = workspace.contacts();
    let basis = |address: &str| (contacts[address].basis.clone(), contacts[address].has_basis());
    assert_eq!(basis("a@example.org"), ("consent".to_owned(), true));
    assert!(workspace.run(&["contacts", "set", "a@example.org", "basis=N/A"]).status.success());
    assert!(!workspace.contacts()["a@example.org"].has_basis(), "nor is what a person sets a gap to");
    assert_eq!(basis("b@example.org"), ("none".to_owned(), false));
    assert_eq!(basis("c@example.org"), ("Unknown".to_owned(), false));
    assert_eq!(json["without_basis"], 0, "another import with --basis changes nothing about them");
    let names = contacts.values().map(|contact| contact.name.as_str()).collect::<Vec<_>>();
    assert_eq!(names, ["Null", "Na", "N. A. Sample"], "people have these names");
}

#[test]
fn an_opt_out_whose_topic_was_left_open_is_for_everything() {
    let workspace = Workspace::new();
    workspace.write("no.csv", "email,topic,reason\na@example.org,N/A,-\nb@example.org,-,unknown\n");
    workspace.import(&["no.csv", "--as", "opt-outs"]);
    for address in ["a@example.org", "b@example.org"] {
        assert_eq!(workspace.suppressed(address), ["* opted_out"]);
    }
}

#[test]
fn a_row_refused_for_its_name_still_opts_out() {
    let workspace = Workspace::new();
    workspace.write("a.csv", format!("email,name,unsubscribed\nada@example.org,{},yes\n", "x".repeat(1001)));
    let (json, exit) = workspace.import(&["a.csv", "--as", "contacts"]);
    assert_eq!((counts(&json), exit), ([1, 0, 0, 1, 0, 1], 3));
    assert_eq!(workspace.suppressed("ada@example.org"), ["* opted_out"]);
}

#[test]
fn refused_rows_can_be_mended_and_imported_again() {
    let workspace = Workspace::new();
    workspace.write(
        "a.csv",
        "email,organisation,reason\nada@example..org,=1+1,friend\nbob@example.org,Fine,colleague\neve@example.org,short\n",
    );
    let (json, exit) = workspace.import(&["a.csv", "--as", "contacts", "--rejects", "refused.csv"]);
    assert_eq!((counts(&json), exit), ([3, 1, 0, 2, 0, 0], 3));
    let refused = fs::read_to_string(workspace.path().join("refused.csv")).unwrap();
    assert_eq!(refused.lines().next(), Some("line,column,reason,email,organisation,reason"));
    assert!(refused.contains("2,email,") && refused.contains(",'=1+1,friend"), "{refused}");
    assert!(refused.contains("4,,\"the row has 2 cells, the header 3\",eve@example.org,short"), "{refused}");
    workspace.write("mended.csv", refused.replace("..", ".").replace(",short", ",Whole,none"));
    let (json, exit) = workspace.import(&["mended.csv", "--as", "contacts"]);
    assert_eq!((counts(&json), exit), ([2, 2, 0, 0, 0, 0], 0), "{json}");
    let ada = &workspace.contacts()["ada@example.org"];
    assert_eq!((ada.organisation.as_str(), ada.custom["reason"].as_str()), ("=1+1", "friend"));
    assert_eq!(ada.custom.len(), 1, "line, column and reason of the refusal are no fields");
    let (said, exit) = workspace.complaint(&["a.csv", "--as", "contacts", "--rejects", "a.csv"]);
    assert_eq!(exit, 2, "{said}");
}

#[test]
fn hostile_cells_are_refused_or_cleaned_and_reported() {
    let workspace = Workspace::new();
    let rows = "email,name,organisation\n\
        \"a@example.org\r\nRCPT TO:<x@example.org>\",A,\n\
        \"\"\"a> SIZE=1\"\"@example.org\",B,\n\
        a\u{0}b@example.org,C,\n\
        c@example.org,\"Cy\r\nBcc: x@example.org\",\n\
        d@example.org,\u{202e}elpmaxe\u{85}\u{2028},Lef\u{c3}\u{a8}vre\n\
        e@example.org,{{given_name}}<script>,=cmd\n";
    workspace.write("a.csv", rows);
    let (json, exit) = workspace.import(&["a.csv", "--as", "contacts"]);
    assert_eq!((counts(&json), exit), ([6, 3, 0, 3, 0, 0], 3), "{json}");
    assert_eq!(lines(&json), [2, 4, 5]);
    assert_eq!(json["warnings"], 4);
    let contacts = workspace.contacts();
    assert_eq!(contacts["c@example.org"].name, "Cy Bcc: x@example.org");
    assert_eq!(
        (contacts["d@example.org"].name.as_str(), contacts["d@example.org"].organisation.as_str()),
        ("elpmaxe", "Lefèvre")
    );
    assert_eq!(contacts["e@example.org"].name, "{{given_name}}<script>", "data stays data");
}

#[test]
fn participation_counts_by_state_and_creates_no_contacts() {
    let workspace = Workspace::new();
    let rows = "ID,Name,Email Address,Country,Stakeholder group,Gender,First IGF?,Registration state,Checked in\r\n\
        1,Ada Made,ada@example.org,Kenia,Civil Society,F,Yes,Completed,Yes\r\n\
        2,Bob Made,bob@example.org,Fidschi,Government,M,No,Completed,No\r\n\
        3,Cy Made,cy@example.org,Kenya,,,,Pending,No\r\n\
        4,Di Made,di@example.org,Kenya,,,,Withdrawn,No\r\n\
        5,Ed Made,ed@example.org,Kenya,,,,Rejected,No\r\n\
        6,Ada Made,ADA@example.org,,,,,Completed,No\r\n\
        7,Fay Made,,Korea,,,,Completed,\r\n\
        8,Gil Made,gil@example.org,Kenya,,,,Pending moderation,No\r\n\
        9,Hal Made,hal@example.org,Kenya,,,,Withdrawn by user,No\r\n\
        10,Ivy Made,no address at all,Kenya,,,,Rejected,No\r\n";
    workspace.write("indico.csv", format!("\u{feff}{rows}"));
    let (json, exit) = workspace.import(&["indico.csv", "--as", "participation", "--year", "2022"]);
    assert_eq!((counts(&json), exit), ([10, 3, 1, 0, 6, 0], 0), "{json}");
    assert!(workspace.contacts().is_empty());
    let people = workspace.participations(2022);
    assert_eq!(people.len(), 3);
    let kenyan = people.iter().find(|p| p.country.code().is_some_and(|c| c.as_str() == "KE")).unwrap();
    assert_eq!((kenyan.base, kenyan.newcomer), (Base::CheckedIn, Some(true)));
    assert!(people.iter().any(|p| p.country.code().is_some_and(|c| c.as_str() == "KR")), "decided under [countries]");
    let (said, exit) = workspace.complaint(&["indico.csv", "--as", "participation"]);
    assert!(exit == 2 && said.contains("year"), "{said}");
}

#[test]
fn opt_out_lists_suppress_by_topic_and_reason() {
    let workspace = Workspace::new();
    workspace.write(
        "out.csv",
        "address;topic;reason;since\nADA@example.org;forum;;2024-01-02\nada@example.org;forum;;\nbob@example.org;;spam;\n\
         cy@example.org;*;hard bounce;\nnobody;;;\n",
    );
    let (json, exit) = workspace.import(&["out.csv", "--as", "opt-outs"]);
    assert_eq!((counts(&json), exit), ([5, 3, 1, 1, 0, 3], 3), "{json}");
    assert_eq!(workspace.suppressed("ada@example.org"), ["forum opted_out"]);
    assert_eq!(workspace.suppressed("bob@example.org"), ["* complained"]);
    assert_eq!(workspace.suppressed("cy@example.org"), ["* hard_bounce"]);
}

#[test]
fn a_workbook_written_by_another_program_is_read_by_its_rows() {
    let workspace = Workspace::new();
    // Made by openpyxl 3.1: dates, numbers, true and false as such; an empty row; a second sheet.
    fs::write(workspace.path().join("people.xlsx"), include_bytes!("data/people.xlsx")).unwrap();
    let (said, exit) = workspace.complaint(&["people.xlsx", "--as", "contacts"]);
    assert!(exit == 2 && said.contains("rows on 2 sheets"), "{said}");
    let next = said.lines().find_map(|line| line.strip_prefix("next: convoke import ")).unwrap();
    let arguments: Vec<&str> = next.split(' ').collect();
    let (json, exit) = workspace.import(&arguments);
    assert_eq!((counts(&json), lines(&json), exit), ([3, 2, 0, 1, 0, 1], vec![4], 3), "{json}");
    let contacts = workspace.contacts();
    let ada = &contacts["ada@example.org"];
    assert_eq!((ada.given_name.as_str(), ada.obtained_on.as_str()), ("Àda", "2025-01-02"));
    assert_eq!((ada.custom["seats"].as_str(), ada.custom["note"].as_str()), ("12", "two lines"));
    assert_eq!(workspace.suppressed("ada@example.org"), ["* opted_out"]);
}

#[test]
fn a_bare_list_of_addresses_suppresses_its_first_too() {
    let workspace = Workspace::new();
    workspace.write("out.csv", "ada@example.org\nbob@example.org\nnobody\n");
    let (json, exit) = workspace.import(&["out.csv", "--as", "opt-outs"]);
    assert_eq!((counts(&json), lines(&json), exit), ([3, 2, 0, 1, 0, 2], vec![3], 3), "{json}");
    assert_eq!(workspace.suppressed("ada@example.org"), ["* opted_out"]);
    let (said, exit) = workspace.complaint(&["out.csv", "--as", "contacts"]);
    assert!(exit == 3 && said.contains("add a header row"), "{said}");
}

#[test]
fn a_name_beside_half_of_a_name_is_the_other_half() {
    for (header, row) in [
        ("Prénom;Nom;Courriel", "Amina;Kato;a@example.org"),
        ("Name;Vorname;E-Mail", "Kato;Amina;a@example.org"),
        ("Nome;Sobrenome;E-mail", "Amina;Kato;a@example.org"),
        ("First name;Name;E-mail", "Amina;Amina Kato;a@example.org"),
    ] {
        let workspace = Workspace::new();
        workspace.write("f.csv", format!("{header}\n{row}\n"));
        workspace.import(&["f.csv", "--as", "contacts"]);
        let contact = &workspace.contacts()["a@example.org"];
        assert_eq!((contact.given_name.as_str(), contact.full_name().as_str()), ("Amina", "Amina Kato"), "{header}");
    }
}

#[test]
fn a_dry_run_counts_the_same_and_changes_nothing() {
    let workspace = Workspace::new();
    let rows = "email,unsubscribed\nada@example.org,\nAda@example.org,\nbob@example.org,yes\nbroken,\n";
    workspace.write("a.csv", rows);
    let (dry, exit) = workspace.import(&["a.csv", "--as", "contacts", "--dry-run"]);
    assert_eq!((counts(&dry), exit), ([4, 2, 1, 1, 0, 1], 3));
    assert!(!workspace.path().join(".convoke").exists(), "not even a ledger is made");
    let (real, _) = workspace.import(&["a.csv", "--as", "contacts"]);
    assert_eq!(real, dry);
    let (again, _) = workspace.import(&["a.csv", "--as", "contacts", "--dry-run"]);
    assert_eq!(counts(&again), [4, 0, 3, 1, 0, 0]);
}

#[test]
fn a_file_that_cannot_be_imported_says_what_to_do() {
    let workspace = Workspace::new();
    for (name, content, exit, said) in [
        ("empty.csv", "", 3, "the file is empty"),
        ("header.csv", "email,name\n", 3, "a header and no rows"),
        ("typo.csv", "emial,name\na@example.org,A\n", 3, "did you mean `emial`?"),
        ("headless.csv", "a@example.org,A\nb@example.org,B\n", 3, "add a header row"),
        ("twice.csv", "email,Country,country\na@example.org,,\n", 3, "columns 2 and 3"),
        ("book.csv", "PK\u{3}\u{4}", 3, "save it as CSV"),
        ("~$people.xlsx", "x", 3, "import `people.xlsx`"),
        ("photo.csv", &"\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\u{8}x".repeat(9), 3, "neither text nor a workbook"),
        ("wide.csv", &",".repeat(1_000_000), 3, "more than 1000 cells"),
    ] {
        workspace.write(name, content);
        let (stderr, code) = workspace.complaint(&[name, "--as", "contacts"]);
        assert!(code == exit && stderr.contains(said) && stderr.contains(name), "{name}: {code} {stderr}");
    }
    workspace.write("fine.csv", "Kontakt,name\na@example.org,A\n");
    let usage: [(&[&str], &str); 5] = [
        (&["none.csv", "--as", "contacts"], "there is no file"),
        (&["fine.csv", "--as", "contacts", "--rejects", "none/refused.csv"], "there is no folder none"),
        (&["fine.csv", "--as", "contact"], "did you mean `contacts`?"),
        (&["fine.csv", "--as", "contacts", "--map", "Kontakte=email"], "did you mean `Kontakt`?"),
        (&["fine.csv", "--as", "contacts", "--map", "Kontakt=emial"], "did you mean `email`?"),
    ];
    for (arguments, said) in usage {
        let (stderr, code) = workspace.complaint(arguments);
        assert!(code == 2 && stderr.contains(said), "{arguments:?}: {code} {stderr}");
    }
    let (json, exit) = workspace.import(&["fine.csv", "--as", "contacts", "--map", "Kontakt=email"]);
    assert_eq!((json["accepted"].as_u64(), exit), (Some(1), 0));
}

#[test]
fn who_imports_is_named_beside_what() {
    let workspace = Workspace::new();
    workspace.write("a.csv", "email\nada@example.org\n");
    for arguments in [
        ["--as", "maria", "import", "a.csv", "--as", "contacts"].as_slice(),
        &["import", "a.csv", "--as", "contacts", "--as", "maria"],
    ] {
        assert!(workspace.run(arguments).status.success());
    }
    let (keys, mut ledger) =
        open::state(workspace.path(), &workspace.path().join(".convoke/ledger.db"), "test", true).unwrap();
    let story = ledger.story(keys.address_key("ada@example.org")).unwrap();
    assert!(!story.is_empty() && story.iter().all(|event| event.by == "maria"));
}

#[test]
fn the_summary_reads_as_it_should() {
    let workspace = Workspace::new();
    workspace.write("people.csv", csv(",", "\n") + "eve@example.org,Eve,LefÃ¨vre,,,\n");
    let output = workspace.run(&["import", "people.csv", "--as", "contacts"]);
    let trimmed = |octets: &[u8]| {
        let text = String::from_utf8_lossy(octets).into_owned();
        text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(format!("{}\n--- talk\n{}", trimmed(&output.stdout), trimmed(&output.stderr)));
}
