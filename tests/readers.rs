//! The same forty people from every program that may have written them: the same contacts, the same refused rows.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on says so where it stands")]

#[path = "support/command.rs"]
mod command;

use std::collections::BTreeMap;
use std::fs;

use command::{Workspace, text};
use convoke::domain::contact::Contact;
use convoke::domain::participation::Base;
use convoke::engine::ports::{Contacts, Participations};
use encoding_rs::{Encoding, GBK, WINDOWS_1251, WINDOWS_1252};
use serde_json::Value;

const CSV: &[u8] = include_bytes!("data/people/people.csv");
const INDICO_CSV: &[u8] = include_bytes!("data/people/indico.csv");
const INDICO_XLSX: &[u8] = include_bytes!("data/people/indico.xlsx");

/// The people's cells, header first.
fn people() -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(CSV);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// The people as another program would write them.
fn written(rows: &[Vec<String>], delimiter: u8, crlf: bool) -> String {
    let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).terminator(terminator).from_writer(Vec::new());
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// What came of one file.
#[derive(Debug, PartialEq)]
struct Outcome {
    /// Rows, accepted, merged, refused.
    counts: [u64; 4],
    /// Address and what is known of its owner.
    contacts: BTreeMap<String, String>,
    /// Column, value and reason.
    refused: Vec<[String; 3]>,
}

/// Imports a file as contacts; gives the outcome and the lines of its refused rows.
fn import(name: &str, octets: &[u8], more: &[&str], tell: fn(&Contact) -> String) -> (Outcome, Vec<u64>) {
    let workspace = Workspace::new();
    fs::write(workspace.path().join(name), octets).unwrap();
    let output = workspace.run(&[&["--format", "json", "import", name, "--as", "contacts"], more].concat());
    let said = text(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{name}: {said}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut contacts = BTreeMap::new();
    let (_, mut ledger) = workspace.state();
    ledger.each_contact(&mut |contact| drop(contacts.insert(contact.address.normalised(), tell(&contact)))).unwrap();
    let rejects = report["rejects"].as_array().unwrap();
    let lines = rejects.iter().map(|r| r["line"].as_u64().unwrap()).collect();
    let word = |r: &Value, key: &str| r[key].as_str().unwrap().to_owned();
    let refused = rejects.iter().map(|r| ["column", "value", "reason"].map(|key| word(r, key))).collect();
    let counts = ["rows", "accepted", "merged", "rejected"].map(|key| report[key].as_u64().unwrap());
    (Outcome { counts, contacts, refused }, lines)
}

/// Everything a contact list says of somebody.
fn everything(contact: &Contact) -> String {
    format!(
        "{}|{}|{}|{}|{:?}|{:?}|{:?}|{}|{:?}",
        contact.title,
        contact.given_name,
        contact.family_name,
        contact.organisation,
        contact.country,
        contact.stakeholder,
        contact.gender,
        contact.obtained_on,
        contact.custom
    )
}

/// What visiting cards and Indico's form say of somebody as well.
fn common(contact: &Contact) -> String {
    let (name, organisation) = (contact.full_name(), &contact.organisation);
    format!("{}|{name}|{organisation}|{:?}|{:?}", contact.title, contact.country, contact.gender)
}

fn in_utf16(text: &str, of: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(of).collect()
}

#[test]
fn csv_of_every_dialect_and_encoding_and_workbooks_of_every_program_say_the_same() {
    let rows = people();
    let comma = written(&rows, b',', true);
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("semicolon.csv", written(&rows, b';', false).into_bytes()),
        ("tab.txt", written(&rows, b'\t', true).into_bytes()),
        ("mark.csv", format!("\u{feff}{comma}").into_bytes()),
        ("sep.csv", format!("sep=;\r\n{}", written(&rows, b';', true)).into_bytes()),
        ("utf-16le.csv", in_utf16(&comma, u16::to_le_bytes)),
        ("utf-16be.csv", in_utf16(&format!("\u{feff}{comma}"), u16::to_be_bytes)),
    ];
    let (expected, lines) = import("people.csv", CSV, &[], everything);
    assert_eq!((expected.counts, expected.contacts.len()), ([40, 35, 1, 4], 35));
    assert_eq!(lines, [12, 13, 14, 46], "physical lines: seven organisations take two each, one of them above");
    for (name, octets) in files {
        let (outcome, _) = import(name, &octets, &[], everything);
        assert_eq!(outcome, expected, "{name}");
    }
    for (name, octets, sheet) in [
        ("openpyxl.xlsx", include_bytes!("data/people/openpyxl.xlsx").as_slice(), ["--sheet", "People"].as_slice()),
        ("libreoffice.xlsx", include_bytes!("data/people/libreoffice.xlsx"), &[]),
        ("libreoffice.ods", include_bytes!("data/people/libreoffice.ods"), &[]),
    ] {
        let (outcome, lines) = import(name, octets, sheet, everything);
        assert_eq!(outcome, expected, "{name}");
        assert_eq!(lines, [11, 12, 13, 40], "{name}: rows of the sheet");
    }
}

#[test]
fn old_code_pages_give_what_unicode_gives_of_the_people_they_can_write() {
    let rows = people();
    for (encoding, network, place) in [
        (WINDOWS_1252, "Réseau Éducation", "Hélène & François"),
        (WINDOWS_1251, "Образовательная сеть", "Рабочая группа"),
        (GBK, "示例教育网络协会", "国家工作小组"),
    ] {
        let local = |row: &Vec<String>| -> Vec<String> {
            row.iter().map(|cell| cell.replace("Example Réseau", network).replace("two\nlines", place)).collect()
        };
        // In a list of one country hardly a letter is from elsewhere; what no letter says, no reader can guess.
        let fits = |row: &Vec<String>| {
            let foreign = encoding == GBK && row.concat().chars().any(|c| matches!(u32::from(c), 0x80..=0x2fff));
            !foreign && !encodes(encoding, &row.concat()).1
        };
        let some: Vec<Vec<String>> = rows.iter().map(local).filter(fits).collect();
        assert!(some.len() > 20, "{}: {}", encoding.name(), some.len());
        let unicode = written(&some, b';', true);
        let (expected, lines) = import("people.csv", unicode.as_bytes(), &[], everything);
        let octets = encodes(encoding, &unicode).0;
        assert_eq!(import("people.csv", &octets, &[], everything), (expected, lines), "{}", encoding.name());
    }
}

fn encodes(encoding: &'static Encoding, text: &str) -> (Vec<u8>, bool) {
    let (octets, _, failed) = encoding.encode(text);
    (octets.into_owned(), failed)
}

#[test]
fn visiting_cards_give_the_same_people() {
    let rows = people();
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('\n', "\\n").replace(',', "\\,").replace(';', "\\;");
    let card = |row: &Vec<String>| {
        let [email, title, given, family, organisation, country] = [0, 1, 2, 3, 4, 5].map(|i| escaped(&row[i]));
        format!(
            "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:{given} {family}\r\nN:{family};{given};;{title};\r\nEMAIL;TYPE=work:{email}\r\n\
             ORG:{organisation}\r\nADR:;;;;;;{country}\r\nGENDER:{}\r\nNOTE:kept out\r\nEND:VCARD\r\n",
            row[7]
        )
    };
    let cards: String = rows.iter().skip(1).map(card).collect();
    let (outcome, lines) = import("people.vcf", cards.as_bytes(), &[], common);
    let (expected, _) = import("people.csv", CSV, &[], common);
    assert_eq!(outcome, expected);
    assert_eq!(lines, [91, 101, 111, 381], "the line on which the card begins");
}

#[test]
fn an_export_of_indico_gives_the_same_people_from_csv_and_workbook() {
    let (expected, _) = import("people.csv", CSV, &[], common);
    for (name, octets) in [("indico.csv", INDICO_CSV), ("indico.xlsx", INDICO_XLSX)] {
        let (outcome, lines) = import(name, octets, &["--map", "Email Address=email"], common);
        assert_eq!(outcome.contacts, expected.contacts, "{name}");
        assert_eq!((outcome.counts, lines), (expected.counts, vec![11, 12, 13, 40]), "{name}");
        let column = |refused: &[String; 3]| (refused[1].clone(), refused[2].clone());
        assert!(outcome.refused.iter().map(column).eq(expected.refused.iter().map(column)), "{name}");
    }
}

#[test]
fn participation_and_registrations_count_by_state_whatever_the_file() {
    for (name, octets) in [("indico.csv", INDICO_CSV), ("indico.xlsx", INDICO_XLSX)] {
        for kind in ["participation", "registrations"] {
            let workspace = Workspace::new();
            fs::write(workspace.path().join(name), octets).unwrap();
            let arguments = ["--format", "json", "import", name, "--as", kind, "--year", "2025"];
            let report: Value = serde_json::from_slice(&workspace.run(&arguments).stdout).unwrap();
            let count = |key: &str| report[key].as_u64().unwrap();
            // Pending, withdrawn, rejected and unpaid ones are skipped, four of every eight.
            assert_eq!(["rows", "accepted", "merged", "rejected", "skipped"].map(count), [40, 18, 1, 1, 20], "{name}");
            if kind == "participation" {
                let (_, mut ledger) = workspace.state();
                let mut there = 0;
                ledger.each_participation(2025, &mut |p| there += usize::from(p.base == Base::CheckedIn)).unwrap();
                assert_eq!(there, 6, "{name}: every third, of those who completed and can be read");
            }
        }
    }
}

#[test]
fn a_campaign_names_the_sheet_of_its_input() {
    let workspace = Workspace::example();
    let folder = workspace.path().join("campaigns");
    let campaign = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).find(|p| p.is_dir()).unwrap();
    fs::write(campaign.join("people.xlsx"), include_bytes!("data/people/openpyxl.xlsx")).unwrap();
    let file = campaign.join("campaign.toml");
    let before = fs::read_to_string(&file).unwrap();
    let start = before.find("contacts = [").unwrap();
    let end = start + before[start..].find(']').unwrap() + 1;
    let name = campaign.file_name().unwrap().to_str().unwrap();
    for (input, wanted) in [
        ("{ file = \"people.xlsx\" }", "rows on 2 sheets"),
        ("{ file = \"people.xlsx\", sheet = \"Peeple\" }", "did you mean `People`?"),
        ("{ file = \"people.xlsx\", sheet = \"People\" }", "4 rows"),
        ("{ file = \"people.xlsx\", sheet = 1 }", "4 rows"),
    ] {
        let after = format!("{}contacts = [{input}]{}", &before[..start], &before[end..]);
        fs::write(&file, after).unwrap();
        let output = workspace.run(&["check", name]);
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        let refused = said.matches("this row is left out").count();
        assert!(said.contains(wanted) || refused == 4 && wanted == "4 rows", "{input}: {said}");
    }
}

#[test]
fn of_several_sheets_the_one_with_addresses_is_the_next_to_type() {
    let workspace = Workspace::new();
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, header, cell) in [
        ("Read me", "Lists of the outreach unit", "as of March"),
        ("Old", "E-mail", "old@example.org"),
        ("People 2026", "E-mail", "ada@example.org"),
    ] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        sheet.write_string(0, 0, header).unwrap().write_string(1, 0, cell).unwrap();
        sheet.write_string(0, 1, "Name").unwrap().write_string(1, 1, "Ada Sample").unwrap();
        sheet.set_hidden(name == "Old");
    }
    book.save(workspace.path().join("lists.xlsx")).unwrap();
    let asked = workspace.run(&["import", "lists.xlsx", "--as", "contacts", "--basis", "mandate"]);
    assert_eq!(asked.status.code(), Some(2));
    let next = "next: convoke import lists.xlsx --as contacts --sheet 'People 2026' --basis mandate\n";
    assert!(text(&asked.stderr).ends_with(next), "{}", text(&asked.stderr));
    workspace.expect(0, &["import", "lists.xlsx", "--as", "contacts", "--sheet", "People 2026", "--basis", "mandate"]);
}

#[test]
fn a_wrong_guess_of_the_encoding_is_shown_by_a_cell_and_mended_by_the_printed_command() {
    let workspace = Workspace::new();
    // So few octets tell no detector from which of the old code pages they come.
    let list = "email,name,country\nada@example.org,\u{414}\u{430}\u{440}\u{44c}\u{44f},KE\n";
    fs::write(workspace.path().join("list.csv"), GBK.encode(list).0).unwrap();
    let arguments = ["import", "list.csv", "--as", "contacts"];
    let output = workspace.run(&arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let shown = said.lines().find(|line| line.contains("was read as")).unwrap_or_default();
    assert!(shown.contains("not in Unicode") && shown.contains("line 2 says"), "{said}");
    let printed = said.lines().find_map(|line| line.split("name the encoding: convoke ").nth(1)).unwrap();
    assert!(printed.starts_with("import list.csv --as contacts --encoding "), "{said}");
    workspace.expect(0, &printed.split(' ').collect::<Vec<_>>());

    let output = workspace.run(&[arguments.as_slice(), &["--encoding", "GB2312"]].concat());
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains("was read as"), "who named the encoding is not asked again: {said}");
    let (_, mut ledger) = workspace.state();
    let mut names = Vec::new();
    ledger.each_contact(&mut |contact| names.push(contact.name)).unwrap();
    assert_eq!(names, ["\u{414}\u{430}\u{440}\u{44c}\u{44f}"], "the same octets read otherwise are another import");
}

#[test]
fn an_encoding_that_is_none_is_refused_with_the_nearest() {
    let workspace = Workspace::new();
    fs::write(workspace.path().join("list.csv"), "email\nada@example.org\n").unwrap();
    let said = workspace.run(&["import", "list.csv", "--as", "contacts", "--encoding", "windows-125"]);
    let words = text(&said.stderr);
    assert!(said.status.code() == Some(2) && words.contains("did you mean `windows-125"), "{words}");
    fs::write(workspace.path().join("people.xlsx"), include_bytes!("data/people/openpyxl.xlsx")).unwrap();
    let said = workspace.run(&["import", "people.xlsx", "--sheet", "1", "--as", "contacts", "--encoding", "gbk"]);
    assert!(said.status.code() == Some(3) && text(&said.stderr).contains("leave the encoding out"));
}

#[test]
fn a_dry_run_and_a_chosen_sheet_keep_the_named_encoding_in_the_next_command() {
    let workspace = Workspace::new();
    fs::write(workspace.path().join("list.csv"), GBK.encode("email,name\nada@example.org,\u{738b}\n").0).unwrap();
    let said = workspace.run(&["import", "list.csv", "--as", "contacts", "--encoding", "gbk", "--dry-run"]);
    assert!(text(&said.stderr).contains("import list.csv --as contacts --encoding gbk"), "{}", text(&said.stderr));
}

#[test]
fn a_campaign_names_the_encoding_of_its_input() {
    let workspace = Workspace::example();
    let folder = workspace.path().join("campaigns");
    let campaign = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).find(|p| p.is_dir()).unwrap();
    // Under the header `имя` a name: read as another code page the header is none that is known.
    let list = "email,\u{438}\u{43c}\u{44f},country\nada@example.org,\u{414}\u{430}\u{440}\u{44c}\u{44f},KE\n";
    fs::write(campaign.join("list.csv"), GBK.encode(list).0).unwrap();
    let file = campaign.join("campaign.toml");
    let before = fs::read_to_string(&file).unwrap();
    let start = before.find("contacts = [").unwrap();
    let end = start + before[start..].find(']').unwrap() + 1;
    let name = campaign.file_name().unwrap().to_str().unwrap();
    let check = |input: &str| {
        fs::write(&file, format!("{}contacts = [{input}]{}", &before[..start], &before[end..])).unwrap();
        let output = workspace.run(&["check", name]);
        format!("{}{}", text(&output.stdout), text(&output.stderr))
    };
    let said = check("{ file = \"list.csv\", encoding = \"gbkk\" }");
    assert!(said.contains("is no encoding; did you mean `gbk`?"), "{said}");
    let said = check("{ file = \"list.csv\", encoding = \"gbk\" }");
    assert!(!said.contains("encoding") && !said.contains("bad-header"), "{said}");
}
