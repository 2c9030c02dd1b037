use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::domain::problem::Findings;

/// What is found while `ask` asks the document.
fn found(text: &str, ask: impl Fn(Section<'_>)) -> Findings {
    match Document::parse("file.toml", text) {
        Ok(document) => {
            ask(document.root());
            document.into_findings()
        }
        Err(problems) => Findings { problems, warnings: Vec::new() },
    }
}

fn only(findings: Findings) -> Problem {
    assert_eq!(findings.problems.len(), 1, "{findings:?}");
    findings.problems.into_iter().next().unwrap()
}

#[test]
fn a_place_is_counted_in_characters() {
    let problem = only(found("name = \"ok\"\n\"é\" = { wrong = 1 }", |root| {
        assert_eq!(root.entry("name").unwrap().line(), Some("ok"));
        let inner = root.section("é").unwrap();
        inner.entry("right");
        inner.finish();
    }));
    assert_eq!((problem.line, problem.column, problem.code), (2, 9, "unknown-key"));
    assert_eq!(problem.to_string(), "file.toml:2:9: unknown key `wrong` in `é`\n  help: it is one of `right`");
}

#[test]
fn an_unknown_key_names_the_nearest() {
    let problem = only(found("langauge = 'en'", |root| {
        root.entry("language");
        root.finish();
    }));
    assert_eq!(problem.help, "did you mean `language`?");
}

#[test]
fn a_wrong_type_says_what_is_wanted_and_what_is_there() {
    let problem = only(found("[relay]\nport = 'many'", |root| {
        root.section("relay").unwrap().entry("port").unwrap().integer(1..=65_535_u16);
    }));
    assert_eq!(problem.message, "`relay.port` must be a whole number from 1 to 65535, not a string");
    assert_eq!((problem.line, problem.column), (2, 8));
}

#[test]
fn a_number_out_of_range_is_refused_however_large() {
    for written in ["0", "70000", "-1", "99999999999999999999999999"] {
        let problem = only(found(&format!("port = {written}"), |root| {
            root.entry("port").unwrap().integer(1..=65_535_u16);
        }));
        assert_eq!(problem.code, "out-of-range", "{written}");
    }
    for written in ["nan", "inf", "-0.5", "1e999"] {
        let findings = found(&format!("share = {written}"), |root| {
            root.entry("share").unwrap().number(0.0..=1.0);
        });
        assert_eq!(findings.problems.len(), 1, "{written}");
    }
}

#[test]
fn lengths_of_time_are_read_as_people_write_them() {
    for (text, seconds) in [("30s", 30), ("30m", 1_800), ("3h", 10_800), ("2d", 172_800), ("3y", 94_608_000)] {
        assert_eq!(parse_duration(text), Some(Duration::from_secs(seconds)), "{text}");
    }
    for text in ["", "30", "m", "-3h", "1.5h", "3 h", "3w", "99999999999999999999s", "9999999999999999999y", "３h"] {
        assert_eq!(parse_duration(text), None, "{text}");
    }
}

#[test]
fn syntax_errors_carry_their_place() {
    let findings = found("a = 1\nb = \n", |_| ());
    assert_eq!(findings.problems.first().map(|p| (p.line, p.code)), Some((2, "syntax")), "{findings:?}");
}

#[test]
fn a_part_of_a_file_counts_lines_from_where_it_begins() {
    let Err(problems) = Document::parse_part("en.md", "subject = 'x\n", 2) else { panic!("that is no TOML") };
    assert_eq!(problems.first().map(|p| p.line), Some(2));
}

#[test]
fn a_file_that_is_too_large_missing_or_not_utf8_is_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.toml");
    assert_eq!(read_text(&path, "a.toml", 10).unwrap_err().code, "missing-file");
    std::fs::write(&path, "a = 1 # much longer").unwrap();
    assert_eq!(read_text(&path, "a.toml", 10).unwrap_err().code, "file-too-large");
    std::fs::write(&path, b"a = 1\nb = 'caf\xe9'\n").unwrap();
    let problem = read_text(&path, "a.toml", 100).unwrap_err();
    assert_eq!((problem.line, problem.column, problem.code), (2, 9, "not-utf8"));
    std::fs::write(&path, "\u{feff}a = 1").unwrap();
    assert_eq!(read_text(&path, "a.toml", 100).unwrap(), "a = 1");
}

fn ask_everything(root: Section<'_>) {
    conditions::read_where(&root);
    for entry in root.entries() {
        entry.json();
        entry.line();
        entry.boolean();
        entry.integer(1..=10_u32);
        entry.number(0.0..=1.0);
        entry.duration(Duration::ZERO..=Duration::from_secs(60));
        entry.moment();
        entry.scalar();
        entry.sections();
        conditions::read_tiers(&entry);
        conditions::read_country(&entry);
        conditions::read_language(&entry);
    }
    root.finish();
}

fn toml_like() -> impl Strategy<Value = String> {
    let key =
        prop_oneof!["[a-z]{1,6}", Just("not".to_owned()), Just("attended".to_owned()), Just("\"é.x\"".to_owned())];
    let value = prop_oneof![
        Just("{ not = { not = { tier = ['fild'] } } }".to_owned()),
        Just("{ none_of = [2024, 'x'] }".to_owned()),
        Just("[1, 2.5, 'three', {four = 4}, []]".to_owned()),
        Just("2027-02-30T99:00:00Z".to_owned()),
        Just("1979-05-27T07:32:00Z".to_owned()),
        "-?[0-9]{1,30}",
        "\"[^\"\\\\]{0,8}\"",
        "\\PC{0,8}",
    ];
    let line = prop_oneof![
        4 => (key.clone(), value).prop_map(|(k, v)| format!("{k} = {v}")),
        1 => key.clone().prop_map(|k| format!("[{k}]")),
        1 => key.prop_map(|k| format!("[[{k}]]")),
    ];
    prop::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn any_text_gives_findings_and_never_a_panic(text in "\\PC*|[\\x00-\\x7f]{0,200}") {
        found(&text, ask_everything);
    }

    #[test]
    fn anything_like_toml_gives_findings_within_the_file(text in toml_like()) {
        let findings = found(&text, ask_everything);
        let lines = text.matches('\n').count() + 1;
        for problem in findings.problems {
            prop_assert!(problem.line <= lines, "{problem}");
        }
    }

    #[test]
    fn any_octets_are_read_or_refused(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        std::fs::write(&path, &octets).unwrap();
        match read_text(&path, "a.toml", 150) {
            Ok(text) => prop_assert!(text.len() <= 150),
            Err(problem) => prop_assert!(["not-utf8", "file-too-large"].contains(&problem.code)),
        }
    }
}
