//! From an empty folder to a first campaign, without a manual.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fs;
use std::path::Path;

use convoke::files::starter::{SenderDetails, settings_text};
use convoke::settings::Settings;

#[path = "support/typed.rs"]
mod typed;
use typed::{convoke, talk};

/// Every path below a folder, sorted.
fn below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            let path = entry.path();
            found.push(path.strip_prefix(folder).unwrap().display().to_string());
            if path.is_dir() {
                open.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_new_workspace_holds_settings_a_letter_in_six_languages_and_nothing_private() {
    let folder = tempfile::tempdir().unwrap();
    let said = talk(0, folder.path(), &["init", "outreach"]);
    assert!(said.ends_with("next: cd outreach && convoke check\n"), "{said}");
    insta::assert_snapshot!(below(&folder.path().join("outreach")).join("\n"), @"
    .gitignore
    README.md
    campaigns
    convoke.toml
    templates
    templates/layouts
    templates/layouts/default.html
    templates/layouts/default.toml
    templates/layouts/default.txt
    templates/participation-invitation
    templates/participation-invitation/ar.md
    templates/participation-invitation/en.md
    templates/participation-invitation/es.md
    templates/participation-invitation/fr.md
    templates/participation-invitation/ru.md
    templates/participation-invitation/zh.md
    ");
}

#[test]
fn a_new_workspace_passes_check_with_one_remark_for_later() {
    let folder = tempfile::tempdir().unwrap();
    talk(0, folder.path(), &["init", "."]);
    let output = convoke(folder.path(), &["check", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["problems"], serde_json::json!([]));
    let codes: Vec<_> = report["warnings"].as_array().unwrap().iter().map(|w| w["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["no-opt-out-pages"]);
}

#[test]
fn the_settings_of_a_new_workspace_show_every_key() {
    insta::assert_snapshot!("convoke_toml", settings_text(&SenderDetails::default()));
}

#[test]
fn what_the_new_settings_show_as_a_default_is_the_default() {
    let shown = settings_text(&SenderDetails::default());
    let taken_up: String = shown
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(key) if is_key(key) && !key.contains("no default") => format!("{key}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    assert!(taken_up.lines().filter(|line| is_key(line)).count() > 30, "{taken_up}");
    let read = |text: &str| format!("{:#?}", Settings::parse(text, Path::new("/w")).into_result().unwrap());
    assert_eq!(read(&taken_up), read(&shown));
}

/// Take away the `# ` of any one line, and the settings can still be read: no example is misspelt or out of range.
#[test]
fn every_key_of_the_new_settings_is_known() {
    let shown = settings_text(&SenderDetails::default());
    let keys: Vec<&str> =
        shown.lines().filter_map(|line| line.strip_prefix("# ")).filter(|line| is_key(line)).collect();
    assert!(keys.len() > 40, "{keys:?}");
    for key in keys {
        let text = shown.replace(&format!("# {key}"), key);
        let problems = Settings::parse(&text, Path::new("/w")).findings.problems;
        // A user name needs a password, and each way to a password a user name.
        assert!(problems.iter().all(|p| p.message.contains("belong together")), "{key}: {problems:?}");
    }
    for needed in example_keys() {
        assert!(shown.contains(&format!("{needed} = ")), "the settings of this clone have `{needed}`, new ones do not");
    }
}

/// The keys of this clone's own settings.
fn example_keys() -> Vec<String> {
    let text = include_str!("../convoke.toml");
    let lines =
        text.lines().map(|line| line.trim_start_matches("# ")).filter(|line| is_key(line) && !line.starts_with('"'));
    lines.map(|line| line.split(" = ").next().unwrap().to_owned()).collect()
}

/// A key of ours, or a value that somebody decided about, in quotes.
fn is_key(line: &str) -> bool {
    let is_ours = |key: &str| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    line.split_once(" = ").is_some_and(|(key, _)| is_ours(key) || key.starts_with('"'))
}

#[test]
fn who_sends_can_be_said_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let details =
        ["--name", "Übung \"Ü\" e. V.", "--from", "einladung@übung.example", "--postal-address", "Weg 1\nOrt"];
    let said = talk(0, folder.path(), &[&["init", "a b"], &details[..]].concat());
    assert!(said.ends_with("next: cd 'a b' && convoke check\n"), "{said}");
    assert!(!said.contains("made up"), "{said}");
    let settings = Settings::load(&folder.path().join("a b")).into_result().unwrap();
    let organisation = settings.organisation;
    assert_eq!(organisation.name, "Übung \"Ü\" e. V.");
    assert_eq!(organisation.postal_address, "Weg 1\nOrt");
    assert_eq!(organisation.from.name, "Übung \"Ü\" e. V.");
    assert_eq!(organisation.from.address.to_string(), "einladung@xn--bung-zra.example");
    assert_eq!(organisation.bounce_domain, "bounces.xn--bung-zra.example");
}

#[test]
fn details_that_settings_cannot_hold_make_no_workspace() {
    let folder = tempfile::tempdir().unwrap();
    for details in [["--from", "nobody"], ["--name", "line\nbreak"], ["--postal-address", " "]] {
        let said = talk(2, folder.path(), &[&["init", "w"], &details[..]].concat());
        assert!(said.contains("help:"), "{said}");
    }
    assert_eq!(below(folder.path()), Vec::<String>::new());
}

#[test]
fn a_folder_that_holds_anything_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("contacts.csv"), "email\n").unwrap();
    fs::create_dir(folder.path().join("templates")).unwrap();
    let before = below(folder.path());
    let said = talk(2, folder.path(), &["init", "."]);
    assert!(said.contains("`contacts.csv`, `templates`") && said.contains("nothing was changed"), "{said}");
    let said = talk(2, folder.path(), &["init", "contacts.csv"]);
    assert!(said.contains("is a file"), "{said}");
    assert_eq!(below(folder.path()), before);
}

#[test]
fn what_a_system_leaves_in_folders_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    fs::write(folder.path().join(".DS_Store"), "").unwrap();
    talk(0, folder.path(), &["init", "."]);
}

#[test]
fn there_is_no_workspace_in_a_workspace() {
    let folder = tempfile::tempdir().unwrap();
    talk(0, folder.path(), &["init", "outer"]);
    let before = below(folder.path());
    assert!(talk(2, folder.path(), &["init", "outer"]).contains("is a workspace already"));
    assert!(talk(2, folder.path(), &["init", "outer/a/b"]).contains("inside the workspace"));
    assert_eq!(below(folder.path()), before);
}

#[cfg(unix)]
#[test]
fn a_way_round_by_a_link_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    talk(0, folder.path(), &["init", "outer"]);
    std::os::unix::fs::symlink(folder.path().join("outer/campaigns"), folder.path().join("link")).unwrap();
    assert!(talk(2, folder.path(), &["init", "link/inner"]).contains("inside the workspace"));
}

/// `/proc` takes no folders from anybody, whoever runs the test.
#[cfg(target_os = "linux")]
#[test]
fn where_nothing_can_be_written_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    assert!(talk(1, folder.path(), &["init", "/proc/outreach"]).contains("/proc/outreach cannot be made"));
}

/// A long name that no file system takes: what was made before it is taken away again.
#[test]
fn a_making_that_breaks_off_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("new/{}", "x".repeat(300));
    assert!(talk(1, folder.path(), &["init", &name]).contains("cannot be made"));
    assert_eq!(below(folder.path()), Vec::<String>::new());
}
