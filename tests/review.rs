//! The review form: what import leaves to a person, and the person's answers on their way back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

#[path = "support/command.rs"]
mod command;
#[path = "support/judge.rs"]
mod judge;

use std::fs;
use std::path::Path;

use command::{Workspace, text};
use convoke::domain::contact::Contact;
use convoke::domain::review::{Line, Part, Slot};
use convoke::engine::ports::Contacts;
use convoke::engine::review::form::PARTS;
use convoke::files::review_form;

const DIRTY: &str = "\
email,title,name,gender,country,language,stakeholder_group,tier,consent_date,basis,time_zone
a@one.example,Mr,Ada Example,f,Korea,en,Academia-ish,Inner,03/04/2025,consent,
ben@two.example,,Ben Sample,??,Atlantis,lingua,Government,1,31/12/2024,consent,
nobody.example,,Chen Example,m,Kenya,sw,Government,1,2025-01-01,consent,
shared@three.example,,Dia Sample,f,Kenya,sw,Government,1,2025-01-01,consent,
shared@three.example,,Eli Other,m,Kenya,sw,Government,1,2025-01-01,consent,
nameless@four.example,,,,Kenya,sw,Government,1,2025-01-01,consent,
info@five.example,,,,Kenya,sw,Government,1,2025-01-01,consent,
ira@six.(ng),,Ira Sample,f,Niger,ha,Government,1,2025-01-01,consent,
";

fn workspace(list: &str) -> Workspace {
    let workspace = Workspace::new();
    // A country-code domain is evidence, and no reserved name has one.
    fs::write(workspace.path().join("people.csv"), list.replace("(ng)", "ng")).unwrap();
    workspace
}

fn read(workspace: &Workspace, form: &str) -> Vec<Line> {
    review_form::read(&workspace.path().join(form), form).unwrap()
}

/// Writes answers into a form, by what stands in its value column, else by its column.
fn answer(workspace: &Workspace, form: &str, answers: &[(&str, &str)]) {
    let lines: Vec<Line> = read(workspace, form)
        .into_iter()
        .map(|line| {
            let is_asked = |(about, _): &&(&str, &str)| {
                matches!(line.part, Part::Values | Part::Rows)
                    && (line.cell(Slot::Value) == *about
                        || line.cell(Slot::Value).is_empty() && line.cell(Slot::Column) == *about)
            };
            let given = answers.iter().find(is_asked).map(|(_, answer)| *answer);
            given.map_or(line.clone(), |given| line.with(Slot::Answer, given))
        })
        .collect();
    review_form::write(&workspace.path().join(form), &PARTS, &lines).unwrap();
}

fn contact(workspace: &Workspace, address: &str) -> Option<Contact> {
    let mut found = None;
    workspace
        .state()
        .1
        .each_contact(&mut |contact| {
            if contact.address.to_string() == address.replace("(ng)", "ng") {
                found = Some(contact);
            }
        })
        .unwrap();
    found
}

/// Events in the chain.
fn events(workspace: &Workspace) -> i64 {
    workspace.state().1.last_event().unwrap()
}

#[test]
fn three_hundred_unclear_rows_cost_the_distinct_values() {
    let mut list = "email,name,country,stakeholder_group,basis\n".to_owned();
    for n in 0..300 {
        let (country, group) = (["Korea", "Congo", "Atlantis"][n % 3], ["Academia-ish", "Thinktank"][n % 2]);
        list.push_str(&format!("person{n}@office{n}.example,Person Number{n},{country},{group},consent\n"));
    }
    let workspace = workspace(&list);
    let report = workspace.json(&["import", "people.csv", "--as", "contacts", "--review", "fix.xlsx"]);
    assert_eq!((&report["unclear"], &report["open"], &report["review"]), (&5.into(), &5.into(), &"fix.xlsx".into()));
    let answers = [
        ("Korea", "kr"),
        ("Congo", "Kongoland"),
        ("Atlantis", "Unknown"),
        ("Academia-ish", " technical community"),
        ("Thinktank", "ONG"),
    ];
    answer(&workspace, "fix.xlsx", &answers);
    let refused = workspace.run(&["import", "--apply", "fix.xlsx"]);
    assert_eq!(refused.status.code(), Some(3), "`Kongoland` is no country: {}", text(&refused.stdout));
    assert!(text(&refused.stdout).contains("fix.xlsx:Values:"), "{}", text(&refused.stdout));
    answer(&workspace, "fix.xlsx", &[("Congo", "République démocratique du Congo")]);
    let report = workspace.json(&["import", "--apply", "fix.xlsx"]);
    assert_eq!((&report["decided"], &report["open"]), (&1.into(), &0.into()), "{report}");
    let country = |n: usize| contact(&workspace, &format!("person{n}@office{n}.example")).unwrap().text_of("country");
    assert_eq!([country(0), country(1), country(2)], ["KR", "CD", "Atlantis"]);
    let settings = fs::read_to_string(workspace.path().join("convoke.toml")).unwrap();
    assert!(
        settings.ends_with(
            "[countries]\nKorea = \"KR\"\nAtlantis = \"unknown\"\nCongo = \"CD\"\n\n[words.stakeholder_group]\n\
         Academia-ish = \"Technical Community\"\nThinktank = \"Civil Society\"\n"
        ),
        "{settings}"
    );
    // What was decided is asked no more, by no file.
    fs::write(workspace.path().join("more.csv"), "email,name,country,basis\nx@more.example,New Person,korea,consent\n")
        .unwrap();
    let report = workspace.json(&["import", "more.csv", "--as", "contacts", "--review", "again.csv"]);
    assert_eq!(report["open"], 0);
    assert_eq!(contact(&workspace, "x@more.example").unwrap().text_of("country"), "KR");
}

#[test]
fn the_csv_form_reads_as_it_should() {
    let workspace = workspace(DIRTY);
    workspace.expect(3, &["import", "people.csv", "--as", "contacts", "--review", "fix.csv", "--dry-run"]);
    let form = fs::read_to_string(workspace.path().join("fix.csv")).unwrap();
    let root = workspace.path().canonicalize().unwrap();
    insta::assert_snapshot!(form.replace(&root.to_string_lossy().into_owned(), "(folder)"));
    assert!(!workspace.ledger_file().exists(), "a dry run makes no ledger");
}

#[test]
fn every_answer_reaches_its_contact_and_applying_twice_changes_nothing() {
    let workspace = workspace(DIRTY);
    workspace.expect(3, &["import", "people.csv", "--as", "contacts", "--review", "fix.xlsx"]);
    let answers = [
        ("Korea", "South Korea"),
        ("Atlantis", "skip"),
        ("Niger", "Nigeria"),
        ("lingua", "português"),
        ("??", "unknown"),
        ("Academia-ish", "Academia"),
        ("Inner", "1"),
        ("consent_date", "day first"),
        ("nobody.example", "chen@eight.example"),
        ("Mr / female", "male"),
        ("Dia Sample / Eli Other", "eli@three.example"),
        ("name", "Noor Sample"),
        ("kind", "shared"),
    ];
    answer(&workspace, "fix.xlsx", &answers);
    let report = workspace.json(&["import", "--apply", "fix.xlsx"]);
    assert_eq!(
        (&report["open"], &report["unusable"], &report["rejected"]),
        (&0.into(), &serde_json::json!([]), &0.into()),
        "{report}"
    );
    for (address, field, value) in [
        ("a@one.example", "country", "KR"),
        ("a@one.example", "gender", "male"),
        ("a@one.example", "tier", "community"),
        ("a@one.example", "stakeholder_group", "Technical Community"),
        ("a@one.example", "obtained_on", "2025-04-03"),
        ("ben@two.example", "language", "pt"),
        ("ben@two.example", "country", "Atlantis"),
        ("chen@eight.example", "name", "Chen Example"),
        ("shared@three.example", "name", "Dia Sample"),
        ("eli@three.example", "name", "Eli Other"),
        ("nameless@four.example", "name", "Noor Sample"),
        ("info@five.example", "kind", "shared"),
        ("ira@six.(ng)", "country", "NG"),
    ] {
        assert_eq!(contact(&workspace, address).unwrap().text_of(field), value, "{address}");
    }
    let settings = fs::read_to_string(workspace.path().join("convoke.toml")).unwrap();
    assert!(!settings.contains("Niger"), "the name stays the name of Niger: {settings}");
    let before = events(&workspace);
    let again = workspace.json(&["import", "--apply", "fix.xlsx"]);
    assert_eq!((&again["decided"], &again["corrected"], &again["accepted"]), (&0.into(), &0.into(), &0.into()));
    assert_eq!(events(&workspace), before, "applying twice writes nothing");
    // The list as it is does not undo what was answered.
    workspace.expect(0, &["import", "people.csv", "--as", "contacts"]);
    assert_eq!(contact(&workspace, "a@one.example").unwrap().text_of("gender"), "male");
    assert_eq!(contact(&workspace, "shared@three.example").unwrap().text_of("name"), "Dia Sample");
}

#[test]
fn a_default_language_is_one_question_and_its_answer_is_for_all() {
    let mut list = "email,name,country,language,basis\n".to_owned();
    for n in 0..15 {
        let language = if n < 10 { "en" } else { "fr" };
        list.push_str(&format!("person{n}@asso{n}.example,Person Number{n},Senegal,{language},consent\n"));
    }
    let workspace = workspace(&list);
    let report = workspace.json(&["import", "people.csv", "--as", "contacts", "--review", "fix.csv"]);
    assert_eq!(report["open"], 1);
    let line = read(&workspace, "fix.csv").into_iter().find(|line| line.part == Part::Rows).unwrap();
    assert!(line.cell(Slot::Problem).starts_with("10 of 15 contacts in Senegal say `en`"));
    answer(&workspace, "fix.csv", &[("en", "Français")]);
    assert_eq!(workspace.json(&["import", "--apply", "fix.csv"])["corrected"], 10);
    assert_eq!(workspace.json(&["import", "people.csv", "--as", "contacts", "--review", "next.csv"])["open"], 0);
    assert_eq!(contact(&workspace, "person3@asso3.example").unwrap().text_of("language"), "fr");
}

#[test]
fn a_decision_mends_contacts_of_other_files_too() {
    let workspace = workspace("email,name,country,basis\na@one.example,Ada Example,Korea,consent\n");
    fs::write(workspace.path().join("old.csv"), "email,name,country,basis\nb@two.example,Ben Sample,KOREA,consent\n")
        .unwrap();
    workspace.expect(0, &["import", "old.csv", "--as", "contacts"]);
    workspace.expect(0, &["import", "people.csv", "--as", "contacts", "--review", "fix.csv"]);
    answer(&workspace, "fix.csv", &[("Korea", "KR")]);
    let said = workspace.expect(0, &["import", "--apply", "fix.csv"]);
    assert!(said.contains("contacts of other files whose country is clear now"), "{said}");
    assert_eq!(contact(&workspace, "b@two.example").unwrap().text_of("country"), "KR");
    assert!(workspace.expect(0, &["audit", "contact", "b@two.example"]).contains("decided in convoke.toml"));
}

#[test]
fn an_answer_about_a_row_that_changed_since_is_told_and_not_applied() {
    let workspace = workspace(DIRTY);
    workspace.expect(3, &["import", "people.csv", "--as", "contacts", "--review", "fix.csv"]);
    answer(&workspace, "fix.csv", &[("nobody.example", "chen@eight.example"), ("name", "Noor Sample")]);
    let mended = DIRTY.replace("nobody.example,", "chen2@eight.example,").replace("(ng)", "ng");
    fs::write(workspace.path().join("people.csv"), mended).unwrap();
    let report = workspace.json(&["import", "--apply", "fix.csv"]);
    assert_eq!(report["stale"].as_array().unwrap().len(), 1, "{report}");
    assert!(contact(&workspace, "chen@eight.example").is_none());
    assert_eq!(contact(&workspace, "nameless@four.example").unwrap().name, "Noor Sample", "its row is what it was");
}

const ROWS: &str = "\
email,name,country,basis
chen.example,Chen Example,Kenya,consent
not yet known,Gap Sample,Kenya,consent
shared@three.example,Dia Sample,Kenya,consent
shared@three.example,Eli Other,Kenya,consent
short@four.example,Half
";

#[test]
fn answers_about_rows_hold_for_the_list_without_its_form() {
    let workspace = workspace(ROWS);
    let import = ["import", "people.csv", "--as", "contacts"];
    workspace.expect(3, &[&import[..], &["--review", "fix.csv"]].concat());
    let answers = [
        ("chen.example", "chen@one.example"),
        ("not yet known", "skip"),
        ("Dia Sample / Eli Other", "eli@three.example"),
        ("", "skip"),
    ];
    answer(&workspace, "fix.csv", &answers);
    workspace.expect(0, &["import", "--apply", "fix.csv"]);
    let report = workspace.json(&[&import[..], &["--review", "fix-2.csv", "--mirror"]].concat());
    assert_eq!((&report["rejected"], &report["skipped"], &report["merged"]), (&0.into(), &2.into(), &3.into()));
    assert_eq!((&report["open"], &report["mirror"]["gone"]), (&0.into(), &serde_json::json!([])));
    assert_eq!(report["mirror"]["unreadable"], 0);
    assert_eq!(contact(&workspace, "shared@three.example").unwrap().name, "Dia Sample");
    assert!(contact(&workspace, "shared@three.example").unwrap().other_names.is_empty());

    // The contact's address is the current one, and another answer takes the place of the first.
    workspace.expect(0, &["contacts", "set", "chen@one.example", "email=chen@two.example"]);
    workspace.expect(0, &import);
    assert!(contact(&workspace, "chen@one.example").is_none() && contact(&workspace, "chen@two.example").is_some());
    answer(&workspace, "fix.csv", &[("not yet known", "gap@five.example")]);
    workspace.expect(0, &["import", "--apply", "fix.csv"]);
    assert_eq!(contact(&workspace, "gap@five.example").unwrap().name, "Gap Sample");
    assert_eq!(workspace.json(&import)["skipped"], 1);
}

#[test]
fn a_row_that_says_anything_else_is_asked_about_again() {
    let workspace = workspace(ROWS);
    workspace.expect(3, &["import", "people.csv", "--as", "contacts", "--review", "fix.csv"]);
    answer(&workspace, "fix.csv", &[("chen.example", "chen@one.example"), ("not yet known", "skip")]);
    workspace.expect(3, &["import", "--apply", "fix.csv"]);
    let other = ROWS.replace("Chen Example", "Chia Example").replace("Gap Sample,Kenya", "Gap Sample,Ghana");
    fs::write(workspace.path().join("people.csv"), other).unwrap();
    let refused = workspace.expect(3, &["import", "people.csv", "--as", "contacts", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&refused).unwrap();
    let lines: Vec<u64> = report["rejects"].as_array().unwrap().iter().map(|r| r["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [2, 3, 6]);
    // Nor is what was said of a contact list said of another kind of list.
    fs::write(workspace.path().join("people.csv"), ROWS).unwrap();
    let participation = ["import", "people.csv", "--as", "participation", "--year", "2025", "--format", "json"];
    let report: serde_json::Value = serde_json::from_str(&workspace.expect(3, &participation)).unwrap();
    assert_eq!(report["skipped"], 0);
}

#[test]
fn hostile_and_spoiled_forms_are_refused_with_their_place() {
    let workspace = workspace(DIRTY);
    workspace.expect(3, &["import", "people.csv", "--as", "contacts", "--review", "fix.csv"]);
    let form = fs::read_to_string(workspace.path().join("fix.csv")).unwrap();
    let settings = fs::read_to_string(workspace.path().join("convoke.toml")).unwrap();
    let part = "values,2,,country,Korea,1,language en 1,,";
    assert!(form.contains(part), "{form}");
    let answered = |answer: &str| {
        let line = form.lines().find(|line| line.starts_with(part)).unwrap();
        form.replace(line, &format!("{line}{answer}"))
    };
    let twice = format!("{}values,2,,country,korea,1,,,,KP\n", answered("KR"));
    for (spoiled, complaint) in [
        (form.replacen("answer", "reply", 1), "no column `answer`"),
        (form.replace("about,,,sha256", "about,,,sha1"), "`sha256` is missing"),
        (form.replace("about,,,as,contacts", "about,,,as,spells"), "cannot be `spells`"),
        ("email,name\na@example.org,Ada\n".to_owned(), "no review form"),
        (answered("Coreia do Meio"), "answer: `Coreia do Meio` is no country"),
        (answered("\"=HYPERLINK(\"\"http://example.org\"\")\""), "is no country"),
        (twice, "neither is taken"),
        (form.clone() + "verse,1,,country,x,1,,,,KR\n", "`verse` is no part of a form"),
        (form.clone() + "rows,many,,name,x,1,,,,Ada\n", "is no line of a file"),
    ] {
        fs::write(workspace.path().join("fix.csv"), &spoiled).unwrap();
        let output = workspace.run(&["import", "--apply", "fix.csv"]);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{complaint}: {said}");
        assert!(said.contains(complaint), "{complaint}: {said}");
        let now = fs::read_to_string(workspace.path().join("convoke.toml")).unwrap();
        assert_eq!(now, settings, "{complaint}: nothing was decided");
    }
    fs::write(workspace.path().join("fix.xlsx"), b"PK\x03\x04 and nothing more").unwrap();
    workspace.expect(3, &["import", "--apply", "fix.xlsx"]);
}

#[test]
fn answers_are_not_lost_by_writing_the_form_again() {
    let workspace = workspace(DIRTY);
    let review = ["import", "people.csv", "--as", "contacts", "--review", "fix.csv"];
    workspace.expect(3, &review);
    workspace.expect(3, &review);
    answer(&workspace, "fix.csv", &[("Korea", "KR")]);
    workspace.expect(2, &review);
    workspace.expect(2, &["import", "people.csv", "--as", "contacts", "--review", "people.csv"]);
    workspace.expect(2, &["import", "people.csv", "--as", "contacts", "--review", "convoke.toml"]);
}

/// Excel's format as another program's reader sees it: frozen header, highlighted answers, offered words, nothing a formula.
#[test]
fn openpyxl_reads_the_workbook_and_answers_in_it() {
    let workspace = workspace(&DIRTY.replace("Ada Example", "\"=cmd|'/c calc'!A1\""));
    workspace.expect(3, &["import", "people.csv", "--as", "contacts", "--review", "fix.xlsx"]);
    let script = "
import sys, openpyxl
book = openpyxl.load_workbook('fix.xlsx')
print(book.sheetnames)
values = book['Values']
print(values.freeze_panes, [cell.value for cell in values[1]])
print(values['G3'].fill.fgColor.rgb, len(values.data_validations.dataValidation) > 0)
print(values.page_setup.orientation, values.sheet_properties.pageSetUpPr.fitToPage, values.print_title_rows)
print(any(cell.data_type == 'f' for sheet in book for row in sheet.iter_rows() for cell in row))
for row in values.iter_rows(min_row=3):
    if row[1].value == 'Korea':
        row[6].value = 'KR'
book.save('fix.xlsx')
";
    let python = judge::with_openpyxl().current_dir(workspace.path()).args(["-c", script]).output().unwrap();
    assert!(python.status.success(), "{}", text(&python.stderr));
    insta::assert_snapshot!(text(&python.stdout), @r"
    ['Values', 'Rows', 'About']
    A3 ['column', 'value', 'count', 'line', 'evidence', 'suggestions', 'answer']
    FFFFF2CC True
    landscape True $1:$2
    False
    ");
    workspace.expect(3, &["import", "--apply", "fix.xlsx"]);
    assert_eq!(contact(&workspace, "a@one.example").unwrap().text_of("country"), "KR");
}

#[test]
fn the_form_is_for_its_owner_only() {
    let workspace = workspace(DIRTY);
    for form in ["fix.csv", "fix.xlsx"] {
        workspace.expect(3, &["import", "people.csv", "--as", "contacts", "--review", form]);
        assert!(is_private(&workspace.path().join(form)), "{form}");
    }
}

fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777 == 0o600
}

#[test]
fn what_keeps_people_out_of_a_plan_is_answered_in_its_list() {
    let workspace = workspace(
        "email,name,organisation,country,stakeholder_group,basis,language\n\
         a@example.org,,Forum,KE,Government,consent,en\nb@example.org,Ben Sample,Net,KE,Government,,en\n\
         c@example.org,Cy Sample,Net,KE,Government,consent,en\nd@example.org,Cy Sample,Net,KE,Government,consent,en\n",
    );
    let folder = workspace.path();
    fs::create_dir_all(folder.join("campaigns/forum")).unwrap();
    fs::create_dir_all(folder.join("templates/invitation")).unwrap();
    fs::write(
        folder.join("campaigns/forum/campaign.toml"),
        "title = 'Forum'\npurpose = 'forum'\ntemplate = 'invitation'\n[[audience]]\nwhere = { country = ['KE'] }\n",
    )
    .unwrap();
    fs::write(
        folder.join("templates/invitation/en.md"),
        "+++\nsubject = 'Come'\n+++\nDear {{name}},\n\nplease come.\n",
    )
    .unwrap();
    workspace.expect(0, &["import", "people.csv", "--as", "contacts"]);
    for form in ["out.xlsx", "out.csv"] {
        let plan = workspace.json(&["plan", "forum", "--held-back", form]);
        assert_eq!((&plan["planned"], plan["held_back"].as_object().unwrap().len()), (&1.into(), 3), "{plan}");
        assert_eq!(read(&workspace, form).iter().filter(|line| line.part == Part::LeftOut).count(), 3);
    }
    let lines: Vec<Line> = read(&workspace, "out.xlsx")
        .into_iter()
        .map(|line| match line.cell(Slot::Reason) {
            "missing_value" => line.with(Slot::Answer, "Ada Example"),
            "no_basis" => line.with(Slot::Answer, "mandate"),
            "duplicate_address" => line.with(Slot::Answer, "merge"),
            _ => line,
        })
        .collect();
    review_form::write(&folder.join("out.xlsx"), &[Part::LeftOut, Part::About], &lines).unwrap();
    let output = workspace.run(&["import", "--apply", "out.xlsx"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stderr).ends_with("next: convoke plan forum\n"), "{}", text(&output.stderr));
    let plan = workspace.json(&["plan", "forum"]);
    assert_eq!((&plan["planned"], &plan["held_back"]), (&3.into(), &serde_json::json!({})), "{plan}");
    assert!(workspace.expect(0, &["audit", "contact", "b@example.org"]).contains("answered in out.xlsx"));
    let opted_out = read(&workspace, "out.xlsx").into_iter().map(|line| line.with(Slot::Reason, "opted_out"));
    review_form::write(&folder.join("out.xlsx"), &[Part::LeftOut], &opted_out.collect::<Vec<_>>()).unwrap();
    assert!(workspace.expect(3, &["import", "--apply", "out.xlsx"]).contains("nothing can be answered to `opted_out`"));
}

/// A form as people and their programs leave it: full-width figures, capitals, blanks around, a program's own separators.
#[test]
fn answers_are_read_however_a_spreadsheet_program_saved_them() {
    let answers = [
        ("Korea", "  Kr  "),
        ("Atlantis", "UNKNOWN "),
        ("Niger", "\u{a0}Nigéria"),
        ("lingua", "PORTUGUÊS"),
        ("??", "ＵＮＫＮＯＷＮ"),
        ("Academia-ish", "TECHNICAL community"),
        ("Inner", "１"),
        ("consent_date", "Day First"),
        ("nobody.example", " chen@eight.example "),
        ("Mr / female", "Male"),
        ("Dia Sample / Eli Other", "Shared"),
        ("name", "Zoë Sample"),
        ("kind", "SHARED"),
    ];
    // The workbooks are the form of this list, answered by these answers and saved by LibreOffice 7.4.
    for (name, saved, encoding) in [
        ("office.xlsx", Some(include_bytes!("data/review/office.xlsx").as_slice()), ""),
        ("office.ods", Some(include_bytes!("data/review/office.ods").as_slice()), ""),
        ("bom.csv", None, "utf-8-sig"),
        ("ansi.csv", None, "cp1252"),
    ] {
        let workspace = workspace(DIRTY);
        workspace.expect(3, &["import", "people.csv", "--as", "contacts", "--review", "fix.csv"]);
        if let Some(saved) = saved {
            fs::write(workspace.path().join(name), saved).unwrap();
        } else {
            answer(&workspace, "fix.csv", &answers);
            french(&workspace, encoding, name);
        }
        let report = workspace.json(&["import", "--apply", name]);
        assert_eq!((&report["open"], &report["unusable"]), (&0.into(), &serde_json::json!([])), "{name}: {report}");
        for (address, field, value) in [
            ("a@one.example", "country", "KR"),
            ("a@one.example", "gender", "male"),
            ("a@one.example", "tier", "community"),
            ("a@one.example", "obtained_on", "2025-04-03"),
            ("ben@two.example", "language", "pt"),
            ("chen@eight.example", "name", "Chen Example"),
            ("shared@three.example", "kind", "shared"),
            ("nameless@four.example", "name", "Zoë Sample"),
            ("info@five.example", "kind", "shared"),
            ("ira@six.(ng)", "country", "NG"),
        ] {
            assert_eq!(contact(&workspace, address).unwrap().text_of(field), value, "{name}: {address}");
        }
    }
}

/// Saves `fix.csv` as Excel does in French: semicolons, carriage returns, its own encoding.
fn french(workspace: &Workspace, encoding: &str, name: &str) {
    let script = format!(
        "import csv\nrows = list(csv.reader(open('fix.csv', newline='', encoding='utf-8-sig')))\n\
         out = open('{name}', 'w', newline='', encoding='{encoding}', errors='replace')\n\
         csv.writer(out, delimiter=';').writerows(\n    [c.replace('１', '1').replace('ＵＮＫＮＯＷＮ', 'unknown') \
         if '{encoding}' == 'cp1252' else c for c in r] for r in rows)\n"
    );
    let python = std::process::Command::new("python3").current_dir(workspace.path()).args(["-c", &script]).output();
    let python = python.unwrap();
    assert!(python.status.success(), "{}", text(&python.stderr));
}

#[test]
fn addresses_and_languages_that_keep_people_out_of_a_plan_are_answered() {
    let workspace = workspace(
        "email,name,country,basis,language,stakeholder_group\n\
         noreply@example.org,Jo Sample,KE,consent,en,Government\nb@example.org,Ben Sample,BR,consent,de,Government\n",
    );
    let folder = workspace.path();
    fs::create_dir_all(folder.join("campaigns/forum")).unwrap();
    fs::create_dir_all(folder.join("templates/invitation")).unwrap();
    fs::write(
        folder.join("campaigns/forum/campaign.toml"),
        "title = 'Forum'\npurpose = 'forum'\ntemplate = 'invitation'\n[[audience]]\nwhere = { country = ['KE', 'BR'] }\n",
    )
    .unwrap();
    let letter = "+++\nsubject = 'Come'\n+++\nDear {{name}},\n\nplease come.\n";
    fs::write(folder.join("templates/invitation/en.md"), letter).unwrap();
    let settings = fs::read_to_string(folder.join("convoke.toml")).unwrap();
    fs::write(folder.join("convoke.toml"), settings + "\n[policy]\nmissing_variant = \"hold\"\n").unwrap();
    workspace.expect(0, &["import", "people.csv", "--as", "contacts"]);
    let plan = workspace.json(&["plan", "forum", "--held-back", "out.xlsx"]);
    let held = serde_json::json!({"invalid_address": 1, "no_variant": 1});
    assert_eq!((&plan["planned"], &plan["held_back"]), (&0.into(), &held), "{plan}");
    let answered = |invalid: &str, language: &str| {
        let lines = read(&workspace, "out.xlsx").into_iter().map(|line| match line.cell(Slot::Reason) {
            "invalid_address" => line.with(Slot::Answer, invalid),
            "no_variant" => line.with(Slot::Answer, language),
            _ => line,
        });
        let lines: Vec<Line> = lines.collect();
        review_form::write(&folder.join("out.xlsx"), &[Part::LeftOut, Part::About], &lines).unwrap();
    };
    answered("nowhere", "Klingon-ish");
    let refused = workspace.expect(3, &["import", "--apply", "out.xlsx"]);
    assert!(refused.contains("out.xlsx:Left out:3:answer: ") && refused.contains("out.xlsx:Left out:4:"), "{refused}");
    answered(" Jo@Example.org ", "ENGLISH ");
    workspace.expect(0, &["import", "--apply", "out.xlsx"]);
    let before = events(&workspace);
    workspace.expect(0, &["import", "--apply", "out.xlsx"]);
    assert_eq!(events(&workspace), before, "applying twice writes nothing");
    assert!(contact(&workspace, "noreply@example.org").is_none());
    assert_eq!(contact(&workspace, "Jo@example.org").unwrap().name, "Jo Sample", "moved with what is known of it");
    assert_eq!(contact(&workspace, "b@example.org").unwrap().text_of("language"), "en");
    let plan = workspace.json(&["plan", "forum"]);
    assert_eq!((&plan["planned"], &plan["held_back"]), (&2.into(), &serde_json::json!({})), "{plan}");
}
