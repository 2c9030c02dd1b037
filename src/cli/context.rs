//! What every command needs: the global flags, the workspace, and the way to speak.

use std::cell::OnceCell;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{ArgAction, Args, ValueEnum};

use super::failure::Failure;
use super::output::Output;
use crate::clock::SystemClock;
use crate::engine::ports::Clock;
use crate::files::campaign_folder::{CampaignFolder, find_campaign};
use crate::settings::{FILE_NAME, Settings};

/// Flags every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
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
    // After the command's name it is declared by `super::actor`, since `import` has another `--as` beside it.
    #[arg(long = "as", value_name = "NAME")]
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

/// The global flags, made useful. Settings and campaigns are read when a command first asks for them.
#[derive(Debug)]
pub struct Context {
    /// As given.
    pub global: GlobalArgs,
    /// How the command speaks.
    pub output: Output,
    actor: String,
    workspace: OnceCell<PathBuf>,
    settings: OnceCell<Settings>,
}

/// Letters a name on events may have.
const ACTOR_LENGTH: usize = 100;

impl Context {
    /// Checks the global flags.
    ///
    /// # Errors
    /// A name for `--as` that cannot stand on events.
    pub fn new(global: GlobalArgs) -> Result<Self, Failure> {
        let actor = match &global.actor {
            Some(name) => checked_actor(name)?,
            None => system_user(),
        };
        let output = Output::new(&global);
        Ok(Self { global, output, actor, workspace: OnceCell::new(), settings: OnceCell::new() })
    }

    /// Who does it, as written on every event.
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Whether standard output is JSON.
    pub fn is_json(&self) -> bool {
        self.global.format == Format::Json
    }

    /// Whether a progress bar is wanted: on a terminal, without `-q` and `--no-progress`.
    pub fn shows_progress(&self) -> bool {
        !self.global.no_progress && !self.global.quiet && std::io::stderr().is_terminal()
    }

    /// Whether a person can be asked.
    pub fn can_ask(&self) -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// The clock.
    pub fn clock(&self) -> &'static dyn Clock {
        &SystemClock
    }

    /// The workspace, absolute: `-C`, else the nearest folder upwards with a `convoke.toml`.
    ///
    /// # Errors
    /// Where there is none.
    pub fn workspace(&self) -> Result<&Path, Failure> {
        if let Some(found) = self.workspace.get() {
            return Ok(found);
        }
        let found = self.find_workspace()?;
        Ok(self.workspace.get_or_init(|| found))
    }

    fn find_workspace(&self) -> Result<PathBuf, Failure> {
        if let Some(given) = &self.global.workspace {
            let no_workspace = || {
                Failure::usage(format!(
                    "{} is no workspace: it holds no {FILE_NAME}\n  help: give -C the folder with a {FILE_NAME}",
                    given.display()
                ))
            };
            let folder = given.canonicalize().map_err(|_| no_workspace())?;
            return if folder.join(FILE_NAME).is_file() { Ok(folder) } else { Err(no_workspace()) };
        }
        let current = self.current_folder()?;
        let found = current.ancestors().find(|folder| folder.join(FILE_NAME).is_file()).map(Path::to_owned);
        found.ok_or_else(|| {
            Failure::usage(format!(
                "there is no {FILE_NAME} in {} or above it\n  help: change into a workspace, or name one with -C DIR",
                current.display()
            ))
        })
    }

    /// The folder the command was started in, absolute.
    ///
    /// # Errors
    /// Where it is gone.
    pub fn current_folder(&self) -> Result<PathBuf, Failure> {
        std::env::current_dir()
            .map_err(|error| Failure::failed(format!("the current folder cannot be looked up: {error}")))
    }

    /// The settings of the workspace. Problems end the command with exit code 6; warnings are `check`'s to show.
    ///
    /// # Errors
    /// Every problem of `convoke.toml`.
    pub fn settings(&self) -> Result<&Settings, Failure> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let read = Settings::load(self.workspace()?).into_result().map_err(Failure::bad_settings)?;
        Ok(self.settings.get_or_init(|| read))
    }

    /// The folder of the campaign a person named, by base name or path.
    ///
    /// # Errors
    /// Exit code 2 where there is none, with the nearest name.
    pub fn campaign_path(&self, word: &str) -> Result<PathBuf, Failure> {
        find_campaign(self.workspace()?, &self.current_folder()?, word).map_err(Failure::usage)
    }

    /// The campaign a person named, checked.
    ///
    /// # Errors
    /// Exit code 2 where there is none; exit code 3 with every problem where it has some.
    pub fn campaign(&self, word: &str) -> Result<CampaignFolder, Failure> {
        let folder = self.campaign_path(word)?;
        CampaignFolder::load(self.workspace()?, &folder).into_result().map_err(Failure::bad_input)
    }
}

fn checked_actor(name: &str) -> Result<String, Failure> {
    let name = name.trim();
    let sound = !name.is_empty() && name.chars().count() <= ACTOR_LENGTH && !name.chars().any(char::is_control);
    if sound { Ok(name.to_owned()) } else { Err(Failure::usage("--as takes a name of 1 to 100 letters, on one line")) }
}

/// The name of the system user, else the number.
fn system_user() -> String {
    let named = crate::system::user::names().find_map(|name| checked_actor(&name).ok());
    named.unwrap_or_else(|| "unknown".to_owned())
}
