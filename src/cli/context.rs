//! What every command needs: the global flags, the workspace, and the way to speak.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use super::failure::Failure;

/// Flags every command takes.
#[derive(Debug, Clone, Args)]
pub struct GlobalArgs {
    /// Workspace folder (default: the nearest folder upwards with a convoke.toml)
    #[arg(short = 'C', long = "workspace", value_name = "DIR", global = true)]
    pub workspace: Option<PathBuf>,
    /// Form of what goes to standard output
    #[arg(long, value_enum, default_value_t = Format::Human, global = true)]
    pub format: Format,
    /// Say less
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more (repeatable)
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Colour on the terminal; NO_COLOR is honoured
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true)]
    pub color: Color,
    /// No progress bars
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Who does it, as written on every event (default: the system user)
    #[arg(long = "as", value_name = "NAME", global = true)]
    pub actor: Option<String>,
    /// Show addresses whole on the screen
    #[arg(long, global = true)]
    pub show_addresses: bool,
}

/// `--format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Words and tables for people.
    Human,
    /// JSON for programs.
    Json,
}

/// `--color`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The global flags, made useful.
#[derive(Debug)]
pub struct Context {
    /// As given.
    pub global: GlobalArgs,
}

impl Context {
    /// Checks the global flags.
    ///
    /// # Errors
    /// None yet.
    pub fn new(global: GlobalArgs) -> Result<Self, Failure> {
        Ok(Self { global })
    }
}
