//! `new campaign` and `new template`: what they write works at once.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use convoke::domain::analysis::{Analysis, CellFigures};
use convoke::domain::campaign::{Dimension, GapKind, GapQuery, ReferenceSpec};
use convoke::domain::language::LanguageTag;
use convoke::files::starter::{CampaignDraft, Chosen, campaign_text};

#[path = "support/typed.rs"]
mod typed;
use typed::{convoke, data, talk};

/// A folder with made-up lists, and a workspace in `outreach` below it.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("contacts.csv"), contacts()).unwrap();
        fs::write(folder.path().join("registrations.csv"), registrations()).unwrap();
        talk(0, folder.path(), &["init", "outreach"]);
        Self { folder }
    }

    /// With contacts, participation and an analysis by region.
    fn with_gaps() -> Self {
        let desk = Self::new();
        desk.talk(0, &["import", "../contacts.csv", "--as", "contacts", "--basis", "consent"]);
        desk.talk(0, &["import", "../registrations.csv", "--as", "participation", "--year", "2025"]);
        desk.talk(0, &["gaps"]);
        desk
    }

    fn workspace(&self) -> PathBuf {
        self.folder.path().join("outreach")
    }

    fn talk(&self, code: i32, arguments: &[&str]) -> String {
        talk(code, &self.workspace(), arguments)
    }

    fn campaign(&self, name: &str) -> String {
        fs::read_to_string(self.workspace().join("campaigns").join(name).join("campaign.toml")).unwrap()
    }

    fn planned(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&data(&self.workspace(), &["plan", name, "--format", "json"])).unwrap()
    }
}

/// 400 people in Kenya, of whom many more could come than did; 4 in Peru.
fn contacts() -> String {
    let mut csv = String::from("Email,First name,Last name,Affiliation,Stakeholder group,Country\n");
    for i in 0..400 {
        csv += &format!("kenya{i}@list.example,Wanja{i},Mbugua{i},Org {i},Civil Society,Kenya\n");
    }
    for i in 0..4 {
        csv += &format!("peru{i}@list.example,Rosa{i},Quispe{i},Org {i},Government,Peru\n");
    }
    csv
}

fn registrations() -> String {
    let mut csv = String::from("Email,Name,Stakeholder group,Country\n");
    for (country, came) in [("France", 20), ("India", 60), ("Poland", 12)] {
        for i in 0..came {
            csv += &format!("guest{i}@{}.example,Guest {i},Civil Society,{country}\n", country.to_lowercase());
        }
    }
    csv
}

/// What a person types where the program leaves a word to them.
const WORDS: &[(&str, &str)] = &[
    ("FILE --as contacts", "../contacts.csv --as contacts"),
    ("FILE --as participation", "../registrations.csv --as participation"),
    ("BASIS", "consent"),
    ("YEAR", "2025"),
    ("YOUR-ADDRESS", "ourselves@forum.example"),
];

#[test]
fn from_an_empty_folder_to_a_sent_campaign_every_next_command_works_as_printed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("contacts.csv"), contacts()).unwrap();
    fs::write(folder.path().join("registrations.csv"), registrations()).unwrap();
    let mut place = folder.path().to_owned();
    let mut typed = Vec::new();
    let mut next = "convoke init outreach".to_owned();
    while typed.len() < 20 && !next.starts_with("convoke audit") {
        typed.push(next.clone());
        if let Some((into, command)) = next.split_once(" && ") {
            place = place.join(into.strip_prefix("cd ").unwrap());
            next = command.to_owned();
        }
        let line = WORDS.iter().fold(next.clone(), |line, (word, ours)| line.replace(word, ours));
        let words: Vec<&str> = line.split(' ').skip(1).collect();
        let said = talk(0, &place, &words);
        next = said.lines().last().unwrap().strip_prefix("next: ").unwrap_or_else(|| panic!("{said}")).to_owned();
    }
    insta::assert_snapshot!(typed.join("\n"), @"
    convoke init outreach
    cd outreach && convoke check
    convoke import FILE --as contacts --basis BASIS
    convoke gaps
    convoke import FILE --as participation --year YEAR
    convoke gaps
    convoke new campaign african-group --gap 1
    convoke check african-group
    convoke plan african-group
    convoke preview african-group
    convoke test african-group --to YOUR-ADDRESS
    convoke send african-group
    convoke send african-group --live
    ");
    let sent = data(&place, &["status", "african-group", "--format", "json"]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&sent).unwrap()["accepted"], 400, "{sent}");
}

#[test]
fn a_list_without_a_basis_says_so_at_once_and_what_to_type() {
    let desk = Desk::new();
    let said = desk.talk(0, &["import", "../contacts.csv", "--as", "contacts", "--source", "our list"]);
    assert!(said.contains("404 of them without a basis"), "{said}");
    let next = "next: convoke import ../contacts.csv --as contacts --source 'our list' --basis BASIS\n";
    assert!(said.ends_with(next), "{said}");
    assert!(desk.talk(0, &["gaps"]).contains("none of the 404 contacts may be written to"));
    let again = desk.talk(0, &["import", "../contacts.csv", "--as", "contacts", "--basis", "consent"]);
    assert!(again.ends_with("next: convoke gaps\n"), "{again}");
    assert!(!desk.talk(0, &["gaps"]).contains("may be written to"));
}

#[test]
fn a_gap_is_chosen_by_its_number_or_its_id() {
    let desk = Desk::with_gaps();
    desk.talk(0, &["new", "campaign", "by-number", "--gap", "1"]);
    let text = desk.campaign("by-number");
    let id =
        text.lines().find_map(|line| line.strip_prefix("cells = [\"")).unwrap().split('"').next().unwrap().to_owned();
    desk.talk(0, &["new", "campaign", "by-id", "--gap", &id]);
    let without_head = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(without_head(&desk.campaign("by-id")), without_head(&text));
    assert_eq!(desk.planned("by-number")["by_segment"], serde_json::json!({"african-group": 400}));
}

#[test]
fn a_gap_that_is_not_there_is_said() {
    let desk = Desk::with_gaps();
    let said = desk.talk(2, &["new", "campaign", "x", "--gap", "77"]);
    assert!(said.contains("1 to 5"), "{said}");
    assert!(!desk.workspace().join("campaigns/x").exists());
}

#[test]
fn without_an_analysis_a_campaign_is_general_and_says_how_to_get_one() {
    let desk = Desk::new();
    let said = desk.talk(2, &["new", "campaign", "x", "--gap", "1"]);
    assert!(said.contains("run `convoke gaps` first"), "{said}");
    let said = desk.talk(0, &["new", "campaign", "x"]);
    assert!(said.contains("`convoke gaps` makes one"), "{said}");
    desk.talk(0, &["check", "x"]);
    assert!(desk.campaign("x").contains("\nby = [\"region\"]"));
}

#[test]
fn all_gaps_of_several_kinds_and_another_question() {
    let desk = Desk::with_gaps();
    desk.talk(0, &["new", "campaign", "x", "--kind", "lapsed,silent", "--by", "country", "--against", "population"]);
    let text = desk.campaign("x");
    for line in ["by = [\"country\"]", "against = [\"population\"]", "gap = \"silent\"", "gap = \"lapsed\""] {
        assert!(text.contains(&format!("\n{line}")), "{text}");
    }
    assert!(text.contains("No analysis was chosen"), "the last one asked something else: {text}");
    desk.talk(0, &["check", "x"]);
    assert!(desk.talk(2, &["new", "campaign", "y", "--by", "regoin"]).contains("did you mean `region`?"));
    assert!(desk.talk(2, &["new", "campaign", "y", "--kind", "loud"]).contains("silent, lapsed or uncontacted"));
    desk.talk(2, &["new", "campaign", "y", "--gap", "1", "--by", "country"]);
}

#[test]
fn targets_of_the_last_analysis_are_found_from_the_campaign() {
    let desk = Desk::with_gaps();
    let targets = "dimension,value,share\nstakeholder,Civil Society,0.5\nstakeholder,Government,0.5\n";
    fs::write(desk.workspace().join("targets.csv"), targets).unwrap();
    let question = ["--by", "region,stakeholder", "--against", "internet-users,targets:targets.csv"];
    desk.talk(0, &[&["gaps"], &question[..]].concat());
    desk.talk(0, &["new", "campaign", "x", "--gap", "1"]);
    assert!(desk.campaign("x").contains("\"targets:../../targets.csv\""));
    desk.talk(0, &["check", "x"]);
    // Asked of the campaign, the same question is remembered by the same file.
    desk.talk(0, &["gaps", "x"]);
    desk.talk(0, &["new", "campaign", "y", "--gap", "1"]);
    assert!(desk.campaign("y").contains("\"targets:../../targets.csv\""));
    assert_eq!(desk.planned("y")["held_back"], desk.planned("x")["held_back"]);
}

#[test]
fn what_is_remembered_of_an_analysis_is_private_and_names_nobody() {
    let desk = Desk::with_gaps();
    let path = desk.workspace().join(".convoke/last-gaps.json");
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains('@') && !text.contains("Wanja"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    fs::write(&path, "{\"at\": 1}").unwrap();
    assert!(desk.talk(2, &["new", "campaign", "x", "--gap", "1"]).contains("no analysis is remembered"));
}

#[test]
fn names_that_cannot_be_folders_are_refused_with_one_that_can() {
    let desk = Desk::new();
    for (name, would_do) in
        [("Été 2027", "`ete-2027`"), ("../up", "`up`"), (".hidden", "`hidden`"), ("a/b", "`a-b`"), ("con", "`con-1`")]
    {
        for what in ["campaign", "template"] {
            let said = desk.talk(2, &["new", what, name]);
            assert!(said.contains(would_do), "{said}");
        }
    }
    desk.talk(2, &["new", "campaign", &"x".repeat(65)]);
    desk.talk(2, &["new", "campaign", ""]);
    assert!(desk.talk(2, &["new", "template", "layouts"]).contains("frames of all templates"));
}

#[test]
fn what_is_there_is_not_written_over() {
    let desk = Desk::new();
    desk.talk(0, &["new", "campaign", "x"]);
    let file = desk.workspace().join("campaigns/x/campaign.toml");
    fs::write(&file, "ours").unwrap();
    assert!(desk.talk(2, &["new", "campaign", "x"]).contains("is there already"));
    assert_eq!(fs::read_to_string(file).unwrap(), "ours");
    assert!(desk.talk(2, &["new", "template", "participation-invitation"]).contains("is there already"));
    let said = desk.talk(3, &["new", "campaign", "y", "--template", "participation-invitatoin"]);
    assert!(said.contains("did you mean `participation-invitation`?"), "{said}");
    assert!(!desk.workspace().join("campaigns/y").exists());
}

#[test]
fn a_new_template_reads_well_in_every_language() {
    let desk = Desk::new();
    let said = desk.talk(0, &["new", "template", "hello", "--languages", "ar,en,es,fr,ru,zh,pt"]);
    assert!(said.contains("translate before you send: pt.md"), "{said}");
    assert!(said.ends_with("next: convoke new campaign hello --template hello\n"), "{said}");
    desk.talk(0, &["new", "campaign", "hello", "--template", "hello"]);
    let report = data(&desk.workspace(), &["check", "hello", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let codes: Vec<_> = report["warnings"].as_array().unwrap().iter().map(|w| w["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["no-opt-out-pages", "still-an-example", "warning-borrowed-frame"]);
    desk.talk(0, &["preview", "hello", "--made-up", "--out", "seen", "--sample", "20"]);
    let letters = fs::read_dir(desk.workspace().join("seen")).unwrap().map(|entry| entry.unwrap().path());
    let letters: Vec<String> = letters
        .filter(|path| path.extension().is_some_and(|end| end == "txt"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    assert_eq!(letters.len(), 14, "for each language somebody known and somebody of whom only the address is");
    for words in ["Dear Sam Example,", "Bonjour Camille Exemple", "رسالة", "尊敬的同仁，您好：", "Здравствуйте"]
    {
        let is_there = letters.iter().any(|letter| letter.contains(words));
        assert!(is_there || words == "رسالة", "{words}");
    }
    assert!(letters.iter().all(|letter| !letter.contains("Still in English") && !letter.contains("double braces")));
}

#[test]
fn a_template_can_begin_as_a_copy() {
    let desk = Desk::new();
    desk.talk(0, &["new", "template", "copy", "--from", "participation-invitation", "--languages", "fr,zh"]);
    let folder = |name: &str| desk.workspace().join("templates").join(name);
    for file in ["fr.md", "zh.md"] {
        let read = |name: &str| fs::read(folder(name).join(file)).unwrap();
        assert_eq!(read("copy"), read("participation-invitation"));
    }
    assert!(!folder("copy").join("en.md").exists());
    desk.talk(0, &["new", "campaign", "copy", "--template", "copy"]);
    assert!(desk.campaign("copy").contains("default_language = \"fr\""));
    desk.talk(0, &["check", "copy"]);
    let said = desk.talk(2, &["new", "template", "other", "--from", "copy", "--languages", "en"]);
    assert!(said.contains("has no variant in `en`"), "{said}");
    desk.talk(3, &["new", "template", "other", "--from", "nothing"]);
    assert!(!folder("other").exists());
}

#[test]
fn example_values_are_warned_of_and_never_leave_over_a_mail_server() {
    let desk = Desk::with_gaps();
    desk.talk(0, &["new", "campaign", "x", "--gap", "1"]);
    let report = data(&desk.workspace(), &["check", "x"]);
    assert!(report.contains("event.dates, event.name, event.place, event.url"), "{report}");
    let settings = desk.workspace().join("convoke.toml");
    let smtp = "kind = \"smtp\"\nhost = \"127.0.0.1\"\nport = 9\ntls = \"none\"\n";
    let text = fs::read_to_string(&settings).unwrap().replace("kind = \"outbox\"", smtp);
    fs::write(&settings, text).unwrap();
    let said = desk.talk(4, &["send", "x", "--live", "--confirm", "400"]);
    assert!(said.contains("event.place") && said.contains("nothing was sent"), "{said}");
    // With words of their own it goes as far as the server, which is not there.
    let file = desk.workspace().join("campaigns/x/campaign.toml");
    let ours = desk
        .campaign("x")
        .replace("1 to 5 June 2027", "8 to 12 May 2028")
        .replace("Example Forum 2027", "Forum of Examples")
        .replace("Example City", "Elsewhere")
        .replace("https://forum.example/2027", "https://forum.example/register");
    fs::write(file, ours).unwrap();
    assert!(!data(&desk.workspace(), &["check", "x"]).contains("examples it came with"));
    desk.talk(0, &["plan", "x"]);
    let output = convoke(&desk.workspace(), &["send", "x", "--live", "--confirm", "400"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("examples the campaign came with"), "{said}");
    assert_ne!(output.status.code(), Some(0), "{said}");
}

fn cell(kind: GapKind, contacts: u64, needed: u64) -> CellFigures {
    CellFigures {
        id: "gabcdefgh".to_owned(),
        values: vec!["African Group".to_owned(), "Press/Media".to_owned()],
        rank: Some(2),
        kind,
        contacts,
        mailable: contacts - 1,
        needed: Some(needed),
    }
}

fn analysis(cell: CellFigures) -> Analysis {
    Analysis {
        at: "2026-11-23T09:30:00Z".parse().unwrap(),
        query: GapQuery {
            by: vec![Dimension::Region, Dimension::Stakeholder],
            against: vec![ReferenceSpec::InternetUsers, ReferenceSpec::Targets("lists/targets.csv".to_owned())],
            split: vec![Dimension::Tier],
            without_host: Some(convoke::domain::geography::CountryCode::parse("NO").unwrap()),
            response: 0.25,
        },
        year: Some(2025),
        recent: vec![2024, 2025],
        digest: "sha256:0123".to_owned(),
        cells: vec![cell],
    }
}

fn written_for(kind: GapKind, contacts: u64) -> String {
    let analysis = analysis(cell(kind, contacts, 31));
    let variables = BTreeMap::from([("event.name".to_owned(), "Example Forum 2027".to_owned())]);
    campaign_text(&CampaignDraft {
        name: "africa-2027",
        made_by: "convoke new campaign africa-2027 --gap 2",
        template: "participation-invitation",
        default_language: &LanguageTag::parse("en").unwrap(),
        variables: &variables,
        query: &analysis.query,
        analysis: Some(&analysis),
        chosen: Chosen::Cell(&analysis.cells[0]),
        min_cell: 10,
    })
}

#[test]
fn a_campaign_around_a_silent_cell_reads_like_this() {
    insta::assert_snapshot!("campaign_silent_cell", written_for(GapKind::Silent, 300));
}

#[test]
fn a_campaign_around_an_uncontacted_cell_also_asks_those_who_can_pass_it_on() {
    insta::assert_snapshot!("campaign_uncontacted_cell", written_for(GapKind::Uncontacted, 40));
}

#[test]
fn small_counts_are_not_written_into_a_file_that_may_be_passed_on() {
    let text = written_for(GapKind::Uncontacted, 4);
    assert!(text.contains("Contacts there: fewer than 10; may be written to: fewer than 10."), "{text}");
}

/// Whatever stands in names and values, the file stays one that can be read.
#[test]
fn hostile_words_cannot_break_out_of_their_place() {
    let mut cell = cell(GapKind::Silent, 30, 3);
    cell.values = vec!["a\"]\n[relay]\nkind = \"smtp\"\n#".to_owned(), "\u{7f}\\".to_owned()];
    let analysis = analysis(cell);
    let variables = BTreeMap::from([("event.name".to_owned(), "\"\n[relay]\n".to_owned())]);
    let text = campaign_text(&CampaignDraft {
        name: "x",
        made_by: "convoke new campaign x --template 'a\n[relay]'",
        template: "a\"\n[relay]\n",
        default_language: &LanguageTag::parse("en").unwrap(),
        variables: &variables,
        query: &analysis.query,
        analysis: Some(&analysis),
        chosen: Chosen::Cell(&analysis.cells[0]),
        min_cell: 10,
    });
    let read: toml::Table = text.parse().unwrap();
    assert!(!read.contains_key("relay"), "{text}");
    assert_eq!(read["template"].as_str(), Some("a\"\n[relay]\n"));
    assert_eq!(read["variables"]["event"]["name"].as_str(), Some("\"\n[relay]\n"));
}

#[test]
fn the_manual_names_both_commands() {
    let folder = tempfile::tempdir().unwrap();
    talk(0, folder.path(), &["man", "pages"]);
    let page = |name: &str| fs::read_to_string(Path::new(folder.path()).join("pages").join(name)).unwrap();
    for (name, words) in [
        ("convoke-init.1", "convoke init outreach"),
        ("convoke-new.1", "convoke new campaign africa\\-2027"),
        ("convoke-new-campaign.1", "convoke new campaign africa\\-2027"),
        ("convoke-new-template.1", "convoke new template save\\-the\\-date"),
    ] {
        assert!(page(name).contains(words), "{name}: {}", page(name));
    }
}
