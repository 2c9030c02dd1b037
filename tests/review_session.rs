//! From a dirty list to a clean plan, typing only what the command before printed as the next one.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

#[path = "support/typed.rs"]
mod typed;

use std::fs;
use std::path::Path;

use convoke::domain::review::{Line, Part, Slot};
use convoke::engine::review::form::PARTS;
use convoke::files::review_form;
use typed::convoke;

/// Every problem a form asks about, and nobody's basis.
fn dirty_list() -> String {
    let mut list =
        "email;title;name;gender;organisation;country;language;stakeholder_group;tier;consent_date\n".to_owned();
    for n in 1..=9 {
        list +=
            &format!("awa{n}@asso{n}.example;;Awa Sample{n};f;Asso {n};Senegal;en;Civil Society;field;2025-01-0{n}\n");
    }
    for n in 1..=12 {
        let country = if n % 2 == 0 { "Korea" } else { "Atlantis" };
        list += &format!(
            "min{n}@inst{n}.example;;Min Number{n};??;Inst {n};{country};lingua;Academia-ish;Inner;03/04/2025\n"
        );
    }
    list + "nobody.example;;Nora Example;f;Ministry;Kenya;sw;Government;1;2025-01-01\n\
            ada@example.org;Mr;Ada Example;f;Ministry of Posts;Kenya;sw;Government;1;31/12/2024\n\
            shared@office.example;;Ben Sample;m;Office;Kenya;sw;Government;1;2025-01-01\n\
            shared@office.example;;Chen Other;f;Office;Kenya;sw;Government;1;2025-01-01\n\
            nameless@example.org;;;;Ministry of Roads;Kenya;sw;Government;1;2025-01-01\n\
            info@ministry.example;;;;Ministry of Rain;Kenya;sw;Government;1;2025-01-01\n"
}

/// The officer: answers by what stands in the line.
fn officer(line: &Line) -> &'static str {
    match (line.part, line.cell(Slot::Value), line.cell(Slot::Column)) {
        (Part::Values, "Korea", _) => "South Korea",
        (Part::Values, "Atlantis", _) | (Part::Values, "??", _) => "unknown",
        (Part::Values, "Academia-ish", _) => " technical community ",
        (Part::Values, "Inner", _) => "1",
        (Part::Values, "lingua", _) => "Coreano",
        (Part::Values, "consent_date", _) => "Day first",
        (Part::Rows, "en", "language") => "Français",
        (Part::Rows, "nobody.example", _) => "nora@ministry.example",
        (Part::Rows, "Mr / female", _) => "Mrs",
        (Part::Rows, "Ben Sample / Chen Other", _) | (Part::Rows, _, "kind") => "shared",
        (Part::Rows, "", "name") => "Noor Sample",
        _ => "",
    }
}

fn answer(form: &Path) {
    let lines: Vec<Line> = review_form::read(form, "form").unwrap();
    let lines: Vec<Line> = lines.into_iter().map(|line| line.clone().with(Slot::Answer, officer(&line))).collect();
    review_form::write(form, &PARTS, &lines).unwrap();
}

#[test]
fn from_a_dirty_list_to_a_clean_plan_by_the_printed_commands() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("ws");
    assert!(convoke(folder.path(), &["init", "ws"]).status.success());
    fs::write(home.join("people.csv"), dirty_list()).unwrap();
    let came: String = (1..=30).map(|n| format!("went{n}@there.example,Kenya,Government\n")).collect();
    fs::write(home.join("2025.csv"), "email,country,stakeholder_group\n".to_owned() + &came).unwrap();
    assert!(convoke(&home, &["import", "2025.csv", "--as", "participation", "--year", "2025"]).status.success());

    let mut session = String::new();
    let mut command = "convoke import people.csv --as contacts".to_owned();
    for _ in 0..12 {
        // What a person fills in: the form, and on which basis the list is held.
        if let Some((form, then)) = command.clone().split_once(", then ") {
            answer(&home.join(form.split(' ').next_back().unwrap()));
            session += &format!("({form})\n");
            command = then.to_owned();
        }
        command = command.replace("BASIS", "mandate");
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        let output = convoke(&home, &words);
        let said = String::from_utf8(output.stderr).unwrap();
        session += &format!("$ {command}\n[{}]\n", output.status.code().unwrap());
        if words.first() == Some(&"plan") {
            session += &String::from_utf8(output.stdout).unwrap().lines().skip(1).collect::<Vec<_>>().join("\n");
            break;
        }
        command =
            said.lines().find_map(|line| line.strip_prefix("next: ")).unwrap_or_else(|| panic!("{said}")).to_owned();
    }
    insta::assert_snapshot!(session.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"));
}
