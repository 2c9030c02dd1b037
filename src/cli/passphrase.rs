//! The passphrase of a backup: asked for on the terminal, or read from a file or the environment; never an argument,
//! which other users of the machine could read.

use std::fs;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use super::context::Context;
use super::failure::Failure;

/// Each guess costs a good part of a second and 256 MiB, so this many letters keep.
const SHORTEST: usize = 12;

/// Where a passphrase comes from.
#[derive(Debug, clap::Args)]
pub struct PassphraseArgs {
    /// Read the passphrase from the first line of this file
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_env")]
    passphrase_file: Option<PathBuf>,
    /// Read the passphrase from this environment variable
    #[arg(long, value_name = "NAME")]
    passphrase_env: Option<String>,
}

impl PassphraseArgs {
    /// The passphrase for a new backup: asked for twice, and not a short one.
    ///
    /// # Errors
    /// Exit code 2 where there is none, or a short one, or nobody can be asked.
    pub fn choose(&self, context: &Context) -> Result<SecretString, Failure> {
        let passphrase = match self.given()? {
            Some(given) => given,
            None => {
                let first = ask(context, "passphrase for the backup: ")?;
                let again = ask(context, "the same again: ")?;
                if first.expose_secret() != again.expose_secret() {
                    return Err(Failure::usage("the two passphrases differ; nothing was written"));
                }
                first
            }
        };
        if passphrase.expose_secret().chars().count() < SHORTEST {
            return Err(Failure::usage(format!(
                "the passphrase is shorter than {SHORTEST} letters; nothing was written\n  help: five or six words that \
                 have nothing to do with each other are easy to keep and hard to guess"
            )));
        }
        Ok(passphrase)
    }

    /// The passphrase of a backup that is there.
    ///
    /// # Errors
    /// Exit code 2 where there is none, or nobody can be asked.
    pub fn recall(&self, context: &Context) -> Result<SecretString, Failure> {
        self.given()?.map_or_else(|| ask(context, "passphrase of the backup: "), Ok)
    }

    fn given(&self) -> Result<Option<SecretString>, Failure> {
        let (text, place) = if let Some(path) = &self.passphrase_file {
            let place = path.display().to_string();
            (fs::read_to_string(path).map_err(|e| Failure::usage(format!("{place}: {e}")))?, place)
        } else if let Some(name) = &self.passphrase_env {
            let unset = |_| Failure::usage(format!("the environment variable `{name}` is not set, or not in UTF-8"));
            (std::env::var(name).map_err(unset)?, format!("`{name}`"))
        } else {
            return Ok(None);
        };
        match text.lines().next() {
            Some(line) if !line.is_empty() => Ok(Some(SecretString::from(line))),
            _ => Err(Failure::usage(format!("{place}: the first line is empty"))),
        }
    }
}

fn ask(context: &Context, prompt: &str) -> Result<SecretString, Failure> {
    if !context.can_ask() {
        return Err(Failure::usage(
            "nobody can be asked for the passphrase here\n  help: --passphrase-file FILE or --passphrase-env NAME",
        ));
    }
    rpassword::prompt_password(prompt).map(SecretString::from).map_err(Failure::failed)
}
