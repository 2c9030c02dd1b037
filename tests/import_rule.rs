//! Reads the sources and keeps the directions that docs/architecture.md and the crate's documentation draw.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What domain code must not name: files, sockets, processes, databases, clocks, randomness, async, the terminal.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::time::SystemTime",
    "SystemTime",
    "Instant",
    "Timestamp::now",
    "ZonedDateTime::now",
    "tokio",
    "rusqlite",
    "ring::rand",
    "SystemRandom",
    "rand::",
    "async fn",
    ".await",
    "println!",
    "eprintln!",
    "print!",
];

const ADAPTERS: &[&str] = &["files", "smtp", "ledger", "clock"];

#[test]
fn the_domain_is_pure_and_knows_nothing_above_it() {
    for (path, code) in sources("domain") {
        for word in IMPURE {
            assert!(!mentions(&code, word), "{}: `{word}` has no place in the domain", path.display());
        }
        assert_names_only(&path, &code, &["domain"]);
    }
}

#[test]
fn the_engine_knows_the_domain_and_its_ports_alone() {
    for (path, code) in sources("engine") {
        for word in ["std::fs", "std::net", "rusqlite", "Timestamp::now", "SystemTime"] {
            assert!(!mentions(&code, word), "{}: `{word}` belongs behind a port", path.display());
        }
        assert_names_only(&path, &code, &["domain", "engine"]);
    }
}

#[test]
fn adapters_know_ports_and_domain_and_never_each_other() {
    for adapter in ADAPTERS {
        for (path, code) in sources(adapter) {
            assert_names_only(&path, &code, &["domain", "engine", "system", adapter]);
            for part in named_after(&code, "crate::engine::") {
                assert_eq!(part, "ports", "{}: an adapter may use engine::ports only", path.display());
            }
        }
    }
}

#[test]
fn what_differs_between_systems_knows_no_other_module() {
    for (path, code) in sources("system") {
        assert_names_only(&path, &code, &["system"]);
    }
}

#[test]
fn settings_use_the_domain_and_the_toml_reader_alone() {
    for (path, code) in sources("settings") {
        assert_names_only(&path, &code, &["domain", "files", "settings"]);
        for part in named_after(&code, "crate::files::") {
            assert_eq!(part, "toml_reader", "{}: settings may use files::toml_reader only", path.display());
        }
    }
}

#[test]
fn unsafe_code_is_forbidden() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.lines().any(|line| line.trim() == r#"unsafe_code = "forbid""#));
}

#[test]
fn every_address_in_the_repository_is_at_a_reserved_name() {
    let mut real = Vec::new();
    for path in files_below(&root(), &|path| !is_generated(path)) {
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        for (number, line) in text.lines().enumerate() {
            real.extend(
                domains_of_addresses(line)
                    .filter(|domain| !is_reserved(domain))
                    .map(|domain| format!("{}:{}: …@{domain}", path.display(), number + 1)),
            );
        }
    }
    assert!(
        real.is_empty(),
        "addresses that may be somebody's (RFC 2606 and RFC 6761 reserve names):\n{}",
        real.join("\n")
    );
}

#[test]
fn the_search_for_addresses_finds_them() {
    // Put together here, because the search reads this file too.
    let line = format!("To: Ada <ada{}mail.real.org>, b@x.example; c@localhost @media d@1.2", '@');
    let found: Vec<_> = domains_of_addresses(&line).collect();
    assert_eq!(found, ["mail.real.org", "x.example", "localhost", "1.2"]);
    assert!(["x.example", "localhost", "1.2", "a.example.org", "-a.org", "a..org"].iter().all(|d| is_reserved(d)));
    assert!(!["mail.real.org", "notexample.org"].iter().any(|d| is_reserved(d)));
}

#[test]
fn the_search_for_modules_reads_groups() {
    let code = "use crate::{domain::{a, files::b}, smtp, ledger::x}; let y = crate::clock::now();";
    assert_eq!(named_after(code, "crate::").into_iter().collect::<Vec<_>>(), ["clock", "domain", "ledger", "smtp"]);
}

/// Whether code holds the word, not as the end of a longer one (`Operand::`).
fn mentions(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

fn assert_names_only(path: &Path, code: &str, allowed: &[&str]) {
    for module in named_after(code, "crate::").iter().chain(&named_after(code, "convoke::")) {
        assert!(allowed.contains(&module.as_str()), "{}: may not use `crate::{module}`", path.display());
    }
}

/// The names that follow a path prefix, those of a group included: `crate::{a::x, b}` names a and b. Macros are left out.
fn named_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let word =
        |text: &str| text.trim().split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("").to_owned();
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            let name = word(rest);
            if !rest[name.len()..].starts_with('!') {
                names.insert(name);
            }
            continue;
        };
        let (mut depth, mut start) = (1, 0);
        for (i, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 || (depth == 1 && c == ',') {
                names.insert(word(&group[start..i]));
                start = i + 1;
            }
            if depth == 0 {
                break;
            }
        }
    }
    names.remove("");
    names
}

/// The sources of a module, a file or a folder, without their comments.
fn sources(module: &str) -> Vec<(PathBuf, String)> {
    let src = root().join("src");
    let mut paths = files_below(&src.join(module), &|_| true);
    paths.push(src.join(format!("{module}.rs")));
    paths.retain(|path| path.extension().is_some_and(|e| e == "rs") && path.is_file());
    assert!(!paths.is_empty(), "src/{module} has no sources: was it renamed?");
    paths.into_iter().map(|path| (path.clone(), without_comments(&fs::read_to_string(path).unwrap()))).collect()
}

/// Line comments may name what code may not.
fn without_comments(source: &str) -> String {
    source
        .lines()
        .map(|line| if line.trim_start().starts_with("//") { "" } else { line })
        .collect::<Vec<_>>()
        .join("\n")
}

fn files_below(folder: &Path, keep: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return files };
    for entry in entries.map(Result::unwrap) {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if !keep(&path) {
            continue;
        }
        if kind.is_dir() {
            files.extend(files_below(&path, keep));
        } else if kind.is_file() {
            files.push(path);
        }
    }
    files
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What is not kept in the repository, and pictures.
fn is_generated(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    ["target", ".git", ".convoke", "__pycache__"].contains(&name.as_ref()) || name.ends_with(".png")
}

/// The right side of whatever looks like an address.
fn domains_of_addresses(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices('@').filter_map(|(at, _)| {
        let before = line[..at].chars().next_back()?;
        let rest = &line[at + 1..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '.' && c != '-').unwrap_or(rest.len());
        let domain = rest[..end].trim_end_matches(['.', '-']);
        (before.is_alphanumeric() && !domain.is_empty()).then_some(domain)
    })
}

/// Names nobody can own (RFC 2606 §2 and §3, RFC 6761 §6), and what is no name of the public DNS at all.
fn is_reserved(domain: &str) -> bool {
    let domain = domain.to_lowercase();
    let last = domain.rsplit('.').next().unwrap_or("");
    let is_name = domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    let is_public = domain.contains('.') && is_name && last.chars().all(char::is_alphabetic);
    !is_public
        || ["example", "test", "invalid", "localhost"].contains(&last)
        || ["example.org", "example.com", "example.net"]
            .iter()
            .any(|d| domain == *d || domain.ends_with(&format!(".{d}")))
}
