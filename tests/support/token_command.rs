//! A command that prints another token each time it is run.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]
#![allow(dead_code, reason = "every test file takes what it needs")]

use std::path::PathBuf;

/// What every token begins with.
pub const SECRET: &str = "ya29.made-up";

/// Prints `ya29.made-up-1`, then `ya29.made-up-2`, and so on.
pub struct Counted {
    folder: tempfile::TempDir,
}

impl Counted {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// The command line; slow enough that whoever does not wait for it runs it again.
    pub fn command(&self) -> String {
        let runs = self.path("runs");
        let runs = runs.display();
        format!("sleep 0.1; echo >> {runs}; echo {SECRET}-$(wc -l < {runs})")
    }

    /// How often it was run.
    pub fn runs(&self) -> usize {
        std::fs::read_to_string(self.path("runs")).unwrap_or_default().lines().count()
    }

    /// A path beside its own files.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
