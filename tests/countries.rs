//! `convoke countries`: what a file's country cells would be read as, and what a person has to decide.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fs;

use serde_json::Value;

#[path = "support/command.rs"]
mod command;

use command::{Workspace, text};

const LIST: &str = "\
email;Country;Name;Time zone
a@example.org;Kenya;A;
b@example.org;KENYA;B;
c@example.org;Кения;C;
d@example.org;Congo;D;Africa/Kinshasa
e@example.org;Congo;E;
f@example.org;Keniya;F;
g@example.org;Keniya;G;
h@example.org;;H;
i@example.org;Nairobi, Kenya;I;
j@example.org;USSR;J;
k@example.org;Crimea;K;
l@example.org;Korea;L;
m@example.org;Mars;M;
n@example.org;=1+1;N;
";

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    let settings = workspace.path().join("convoke.toml");
    let more = "[countries]\nKorea = \"KR\"\n[regions]\nKR = \"none\"\n";
    fs::write(&settings, fs::read_to_string(&settings).unwrap() + more).unwrap();
    fs::write(workspace.path().join("list.csv"), LIST).unwrap();
    workspace
}

fn lines(output: &str) -> Vec<Value> {
    output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn each_distinct_value_is_listed_with_what_it_means_and_problems_come_first() {
    let workspace = workspace();
    let output = workspace.run(&["countries", "check", "list.csv"]);
    assert_eq!(output.status.code(), Some(3));
    insta::assert_snapshot!(text(&output.stdout), @r#"
 cells  first line  value   needs a person because
 2      7           Keniya  no country is called `Keniya`; did you mean Kenya (KE)?
 1      15          =1+1    no country is called `=1+1`
 1      6           Congo   `Congo` may be Congo (CG) or DR Congo (CD); decide it under [countries] or give the code
 1      12          Crimea  `Crimea` is no entry of the table, which takes no side; decide it under [countries], as a country or as "unknown"
 1      14          Mars    no country is called `Mars`
 1      11          USSR    `USSR` is a country no more; where it stood: Russia (RU) or Ukraine (UA) or Belarus (BY) or Moldova (MD) or one of 11 more; decide it under [countries]

 cells  value           code  country      regional group  read by
 1      Congo           CD    DR Congo     African Group   rest of the row
 1      KENYA           KE    Kenya        African Group   name (en, es, fr, …)
 1      Kenya           KE    Kenya        African Group   name (en, es, fr, …)
 1      Korea           KR    South Korea  none            decision in [countries]
 1      Nairobi, Kenya  KE    Kenya        African Group   part of the cell
 1      Кения           KE    Kenya        African Group   name (ru)
"#);
    insta::assert_snapshot!(text(&output.stderr), @r#"
13 cells with 12 different values, 6 to decide, 1 without a country
nothing was changed, and nothing left this computer
write each under [countries] in convoke.toml: "Keniya" = "KE", or "unknown" if it is none
next: convoke countries check list.csv
"#);
    assert!(!workspace.path().join(".convoke").exists(), "it makes no ledger");
}

#[test]
fn as_json_each_value_is_an_object_with_codes_and_suggestions() {
    let answers = lines(&workspace().expect(3, &["countries", "check", "list.csv", "--format", "json"]));
    let of = |value: &str, how: &str| answers.iter().find(|a| a["value"] == value && a["how"] == how).cloned().unwrap();
    let kenya = of("KENYA", "name");
    assert_eq!((&kenya["country"], &kenya["region"]), (&"KE".into(), &"African Group".into()));
    assert_eq!(of("Кения", "name")["languages"], serde_json::json!(["ru"]));
    assert_eq!(of("Congo", "rest of the row")["country"], "CD");
    assert_eq!(of("Congo", "asked")["country"], Value::Null);
    assert_eq!(of("Korea", "decision")["region"], "none", "[regions] holds here too");
    let typo = of("Keniya", "asked");
    assert_eq!((&typo["count"], &typo["line"]), (&2.into(), &7.into()));
    assert_eq!(typo["suggestions"][0]["country"], "KE");
    assert_eq!(of("Crimea", "asked")["suggestions"], serde_json::json!([]));
}

#[test]
fn once_everything_is_decided_nothing_is_asked() {
    let workspace = workspace();
    fs::write(workspace.path().join("names.txt"), "Kenya\nFrance\nКазахстан\nGER\n").unwrap();
    let answers = lines(&workspace.expect(3, &["countries", "check", "names.txt", "--format", "json"]));
    assert_eq!(answers.len(), 4, "a bare list has no header");
    assert_eq!(answers[0]["value"], "GER");
    let settings = workspace.path().join("convoke.toml");
    let decided = fs::read_to_string(&settings).unwrap().replace("[countries]\n", "[countries]\nGER = \"DE\"\n");
    fs::write(&settings, decided).unwrap();
    let output = workspace.run(&["countries", "check", "names.txt"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn the_name_of_a_country_is_never_to_be_decided_away_and_what_the_row_means_is_suggested() {
    let workspace = workspace();
    let list = "email,country,time_zone,note\na@example.org,Dominica,America/Santo_Domingo,\nb@example.org,NA,,NA\n";
    fs::write(workspace.path().join("list.csv"), list).unwrap();
    let output = workspace.run(&["countries", "check", "list.csv"]);
    let (said, talk) = (text(&output.stdout), text(&output.stderr));
    assert!(said.contains("points to Dominican Republic; mend the row, or answer"), "{said}");
    assert!(!talk.contains("under [countries]"), "{talk}");
    assert!(talk.ends_with("next: convoke import list.csv --as contacts --review fix.xlsx\n"), "{talk}");
    let answers = lines(&workspace.expect(3, &["countries", "check", "list.csv", "--format", "json"]));
    let suggested: Vec<&Value> = answers[0]["suggestions"].as_array().unwrap().iter().map(|s| &s["country"]).collect();
    assert_eq!(suggested, ["DM", "DO"]);
    workspace.run(&["import", "list.csv", "--as", "contacts", "--review", "fix.csv"]);
    let form = fs::read_to_string(workspace.path().join("fix.csv")).unwrap();
    assert!(form.contains("DO (Dominican Republic); DM (Dominica)"), "the likelier first: {form}");
}

#[test]
fn another_column_is_named_and_a_wrong_one_is_refused_with_the_nearest() {
    let workspace = workspace();
    fs::write(workspace.path().join("forms.csv"), "Who,Where from\nA,Ghana\nB,Perú\n").unwrap();
    let refused = workspace.run(&["countries", "check", "forms.csv"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("name it with --column: `Who`, `Where from`"), "{}", text(&refused.stderr));
    let wrong = workspace.run(&["countries", "check", "forms.csv", "--column", "Where form"]);
    assert!(text(&wrong.stderr).contains("did you mean `Where from`?"), "{}", text(&wrong.stderr));
    for named in [&["--column", "where from"][..], &["--map", "Where from=country"]] {
        let arguments = [&["countries", "check", "forms.csv", "--format", "json"][..], named].concat();
        let codes: Vec<Value> = lines(&workspace.expect(0, &arguments)).iter().map(|a| a["country"].clone()).collect();
        assert_eq!(codes, ["GH", "PE"]);
    }
}

#[test]
fn the_table_lists_every_code_with_its_group() {
    let rows = lines(&workspace().expect(0, &["countries", "list", "--format", "json"]));
    assert_eq!(rows.len(), 250);
    let of = |code: &str| rows.iter().find(|r| r["country"] == code).cloned().unwrap();
    assert_eq!((&of("KE")["region"], &of("KE")["un_member"]), (&"African Group".into(), &true.into()));
    assert_eq!((&of("XK")["region"], &of("XK")["m49"]), (&"none".into(), &"".into()));
    assert_eq!((&of("KR")["region"], &of("KR")["by_decision"]), (&"none".into(), &true.into()));
}

#[test]
fn a_column_that_holds_no_countries_is_refused_before_it_fills_the_memory() {
    let workspace = workspace();
    let list: String = (0..20_100).map(|i| format!("word{i}x{}\n", i * 7919 % 1009)).collect();
    fs::write(workspace.path().join("words.txt"), list).unwrap();
    let output = workspace.run(&["countries", "check", "words.txt"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("this is no column of countries"), "{}", text(&output.stderr));
}

#[test]
fn the_next_command_says_again_what_this_one_said_of_the_file() {
    let workspace = workspace();
    fs::write(workspace.path().join("forms.csv"), "Who,Where from\nA,Ghana\nB,Congo\n").unwrap();
    let open = workspace.run(&["countries", "check", "forms.csv", "--column", "Where from"]);
    assert_eq!(open.status.code(), Some(3));
    let said = text(&open.stderr);
    assert!(said.ends_with("next: convoke countries check forms.csv --column 'Where from'\n"), "{said}");
    fs::write(workspace.path().join("forms.csv"), "Who,Where from\nA,Ghana\n").unwrap();
    let clear = workspace.run(&["countries", "check", "forms.csv", "--column", "Where from"]);
    let next = "next: convoke import forms.csv --as contacts --map 'Where from=country' --dry-run\n";
    assert!(text(&clear.stderr).ends_with(next), "{}", text(&clear.stderr));
}
