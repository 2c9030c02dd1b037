//! Runs the binary in a workspace of its own.

#![allow(dead_code, clippy::unwrap_used, reason = "each test takes what it needs, and says where it cannot go on")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use convoke::cli::open;
use convoke::domain::keys::Keyring;
use convoke::ledger::SqliteLedger;

const SETTINGS: &str = r#"
[organisation]
name = "Example Forum"
postal_address = "Example Street 1, Example City"
from = "Example Forum <invitations@forum.example>"
list_id = "invitations.forum.example"
bounce_domain = "bounces.forum.example"
"#;

/// A workspace with settings and nothing else.
pub struct Workspace {
    pub folder: tempfile::TempDir,
}

impl Workspace {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("convoke.toml"), SETTINGS).unwrap();
        Self { folder }
    }

    /// A copy of the example workspace, before anything was imported.
    pub fn example() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::copy(root.join("convoke.toml"), folder.path().join("convoke.toml")).unwrap();
        for part in ["campaigns", "templates"] {
            copy_folder(&root.join(part), &folder.path().join(part));
        }
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn ledger_file(&self) -> std::path::PathBuf {
        self.path().join(".convoke/ledger.db")
    }

    /// Keys and ledger, as every command opens them.
    pub fn state(&self) -> (Keyring, SqliteLedger) {
        open::state(self.path(), &self.ledger_file(), "lin", true).unwrap()
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_convoke"))
            .current_dir(self.path())
            .env_remove("NO_COLOR")
            .args(["--as", "lin"])
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Runs a command that must end with this exit code; gives its standard output.
    pub fn expect(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    /// The JSON a command that must succeed gives.
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let arguments = [&["--format", "json"], arguments].concat();
        serde_json::from_str(&self.expect(0, &arguments)).unwrap()
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_folder(&path, &copy);
        } else {
            fs::copy(&path, &copy).unwrap();
        }
    }
}

pub fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}
