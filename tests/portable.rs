//! What a workspace means does not depend on the system it lies on; and what only one operating system knows stays in
//! `src/system`.
//!
//! The type-check for Windows in `tests/run` needs a target that is not everywhere to be had; this needs nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

#[path = "support/command.rs"]
mod command;

use std::fs;
use std::path::{Path, PathBuf};

use command::Workspace;

/// Calls, conditions and places of one system.
const OF_ONE_SYSTEM: &[&str] = &[
    "os::unix",
    "os::windows",
    "os::linux",
    "os::macos",
    "os::fd",
    "signal::unix",
    "signal::windows",
    "signal::ctrl_c",
    "cfg(unix",
    "cfg(windows",
    "cfg(not(unix",
    "cfg(not(windows",
    "cfg!(unix",
    "cfg!(windows",
    "target_os",
    "target_family",
    "from_mode(",
    "mode(0o",
    ".uid()",
    "libc::",
    "\"/proc",
    "\"/etc",
    "\"/dev",
    "\"/tmp",
    "\"/usr",
    "\"/home",
    "env::var(\"HOME",
    "Command::new(\"sh\"",
    // Windows syncs a file only where it may write it, and no folder at all: `system::private` knows both.
    "File::open(folder",
    "File::open(&folder",
];

#[test]
fn a_plan_is_the_same_whatever_the_line_ends_of_its_files() {
    let workspace = Workspace::example();
    let campaign = workspace.path().join("campaigns/igf-2027-participation/campaign.toml");
    let lines =
        fs::read_to_string(&campaign).unwrap().replace("[variables]", "[variables]\nnote = \"\"\"two\nlines\"\"\"");
    fs::write(&campaign, lines).unwrap();
    let before = workspace.json(&["plan", "igf-2027-participation"]);
    let mut changed = 0;
    for folder in ["campaigns", "templates"] {
        changed += end_lines_as_windows_does(&workspace.path().join(folder));
    }
    assert!(changed >= 10, "{changed} files have lines");
    let after = workspace.json(&["plan", "igf-2027-participation"]);
    assert!(before["planned"].as_u64() > Some(100), "{before}");
    assert_eq!((&before["plan"], &before["digest"]), (&after["plan"], &after["digest"]));
}

/// What git does to a text on its way to Windows; returns to how many files.
fn end_lines_as_windows_does(folder: &Path) -> usize {
    let mut changed = 0;
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            changed += end_lines_as_windows_does(&path);
        } else if let Ok(text) = fs::read_to_string(&path) {
            // Exports of other programs have such lines already.
            let lines = text.replace("\r\n", "\n").replace('\n', "\r\n");
            changed += usize::from(lines != text);
            fs::write(&path, lines).unwrap();
        }
    }
    changed
}

#[test]
fn a_campaign_has_a_name_that_every_system_can_keep() {
    for name in ["con", "NUL", "com1", "aux.spring", "spring."] {
        let workspace = Workspace::example();
        let campaigns = workspace.path().join("campaigns");
        fs::rename(campaigns.join("igf-2027-participation"), campaigns.join(name)).unwrap();
        let output = workspace.run(&["check", &format!("campaigns/{name}")]);
        assert_eq!(output.status.code(), Some(3), "{name}: {}", command::text(&output.stderr));
    }
}

#[test]
fn calls_of_one_system_stay_in_one_module() {
    let found: Vec<String> = sources(&root().join("src"))
        .iter()
        .filter(|path| !path.starts_with(root().join("src/system")))
        // Paths in a module of tests are data.
        .filter(|path| !path.ends_with("tests.rs"))
        .flat_map(|path| mentions(path, &fs::read_to_string(path).unwrap()))
        .collect();
    assert!(found.is_empty(), "these belong in src/system:\n{}", found.join("\n"));
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let inside = sources(&root().join("src/system"));
    let found: usize = inside.iter().map(|path| mentions(path, &fs::read_to_string(path).unwrap()).len()).sum();
    assert!(found >= 10, "{found} mentions in {inside:?}");
    assert!(mentions(Path::new("a.rs"), "// std::os::unix\nlet a = 1;").is_empty());
    assert_eq!(mentions(Path::new("a.rs"), "let a = 1;\nuse std::os::unix::fs;").len(), 1);
}

/// Lines that name what only one system knows; comments may.
fn mentions(path: &Path, source: &str) -> Vec<String> {
    let lines = source.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    lines
        .filter_map(|(at, line)| {
            let word = OF_ONE_SYSTEM.iter().find(|word| line.contains(**word))?;
            Some(format!("{}:{}: `{word}`", path.display(), at + 1))
        })
        .collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
