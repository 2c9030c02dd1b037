//! `convoke init`

use std::path::{Path, PathBuf};

use clap::ValueHint;
use serde_json::json;

use super::context::Context;
use super::failure::{Failure, exit};
use super::shell::shell_word;
use crate::files::starter::{SenderDetails, make_workspace, settings_text};
use crate::settings::Settings;

/// Makes a workspace that works at once
///
/// A folder with settings in which every key is explained, a letter in six languages, and a relay that is a folder: nothing
/// can leave this computer until you name your mail server. A folder that holds anything is left as it is.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder; made where it is missing
    #[arg(value_hint = ValueHint::DirPath)]
    dir: PathBuf,
    /// Name of the organisation that sends
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The address invitations come from
    #[arg(long, value_name = "ADDRESS", value_hint = ValueHint::EmailAddress)]
    from: Option<String>,
    /// The organisation's postal address, as every message shows it
    #[arg(long, value_name = "TEXT")]
    postal_address: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// Exit code 2 for a folder that cannot become a workspace and for details that settings cannot hold.
pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    let folder = context.current_folder()?.join(&args.dir);
    let sender = SenderDetails { name: args.name, from: args.from, postal_address: args.postal_address };
    let is_complete = sender.name.is_some() && sender.from.is_some() && sender.postal_address.is_some();
    let text = settings_text(&sender);
    Settings::parse(&text, &folder).into_result().map_err(|problems| {
        let said: Vec<String> = problems.iter().map(|p| format!("{}\n  help: {}", p.message, p.help)).collect();
        Failure::usage(said.join("\nerror: "))
    })?;
    let files = make_workspace(&folder, &text).map_err(Failure::from)?;
    if context.is_json() {
        context.output.json(&json!({"workspace": folder.display().to_string(), "files": files}))?;
    }
    context.output.say(format!("made a workspace in {}: settings, and a letter in six languages", folder.display()));
    if !is_complete {
        context
            .output
            .say("who sends is made up so far: write your organisation into convoke.toml when you know the way around");
    }
    context
        .output
        .say("nothing left this computer, nor can it: the relay is an outbox folder until convoke.toml names another");
    context.output.next(match args.dir.as_path() == Path::new(".") {
        true => "convoke check".to_owned(),
        false => format!("cd {} && convoke check", shell_word(&args.dir)),
    });
    Ok(exit::DONE)
}
