//! How a command fails: one message for the person, one exit code for scripts.

use std::fmt;
use std::io;
use std::path::Path;

use crate::domain::problem::Problem;
use crate::engine::ports::LedgerError;
use crate::files::archive::ArchiveError;
use crate::files::starter::StarterError;

/// Exit codes of cli.md.
pub mod exit {
    /// Done.
    pub const DONE: u8 = 0;
    /// Failed.
    pub const FAILED: u8 = 1;
    /// Wrong usage.
    pub const USAGE: u8 = 2;
    /// The input has errors.
    pub const INPUT: u8 = 3;
    /// Stopped by a safety rule.
    pub const STOPPED: u8 = 4;
    /// Partly sent: run again later.
    pub const AGAIN: u8 = 5;
    /// Configuration, authentication, TLS, or a relay that refuses us as sender.
    pub const CONFIGURATION: u8 = 6;
    /// Interrupted.
    pub const INTERRUPTED: u8 = 130;
}

/// The one error a command ends with. Prints as one message; what to do about it stands in it.
#[derive(Debug)]
pub struct Failure {
    /// Exit code.
    pub code: u8,
    /// What went wrong, where, and what to do.
    pub message: String,
}

impl Failure {
    /// With any exit code.
    pub fn new(code: u8, message: impl fmt::Display) -> Self {
        Self { code, message: message.to_string() }
    }
    /// Exit code 1.
    pub fn failed(message: impl fmt::Display) -> Self {
        Self::new(exit::FAILED, message)
    }
    /// Exit code 2.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::new(exit::USAGE, message)
    }
    /// Exit code 3.
    pub fn input(message: impl fmt::Display) -> Self {
        Self::new(exit::INPUT, message)
    }
    /// A file named on the command line that cannot be written: exit code 2 where another name is all it takes.
    pub fn unwritable(path: &Path, error: &io::Error) -> Self {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir());
        match folder {
            Some(folder) => Self::usage(format!("{}: there is no folder {}", path.display(), folder.display())),
            None if path.is_dir() => Self::usage(format!("{}: is a folder; name a file in it", path.display())),
            None if error.kind() == io::ErrorKind::InvalidInput => Self::usage(format!("{}: {error}", path.display())),
            None => Self::failed(format!("{}: {error}", path.display())),
        }
    }
    /// Exit code 3, with every problem of a campaign and what it names.
    pub fn bad_input(problems: Vec<Problem>) -> Self {
        Self::new(exit::INPUT, joined(&problems))
    }
    /// Exit code 6, with every problem of `convoke.toml`.
    pub fn bad_settings(problems: Vec<Problem>) -> Self {
        Self::new(exit::CONFIGURATION, joined(&problems))
    }
    /// Exit code 4.
    pub fn stopped(message: impl fmt::Display) -> Self {
        Self::new(exit::STOPPED, message)
    }
    /// Exit code 6.
    pub fn configuration(message: impl fmt::Display) -> Self {
        Self::new(exit::CONFIGURATION, message)
    }
}

/// One message of several problems; the first follows the `error: ` that is printed once, the others bring their own.
fn joined(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\nerror: ")
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<LedgerError> for Failure {
    /// What the ledger does not allow (a cancelled campaign, say) is a safety rule; everything else is a failure.
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Refused(_) => Self::stopped(error),
            _ => Self::failed(error),
        }
    }
}

impl From<ArchiveError> for Failure {
    /// A file that is there already is wrong usage; a backup that cannot be used has failed.
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Exists(_) => Self::usage(error),
            _ => Self::failed(error),
        }
    }
}

impl From<StarterError> for Failure {
    /// What the system does not allow has failed; everything else is a name to choose better.
    fn from(error: StarterError) -> Self {
        match error {
            StarterError::Io { .. } => Self::failed(error),
            _ => Self::usage(error),
        }
    }
}
