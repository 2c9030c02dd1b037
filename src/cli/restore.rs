//! `convoke restore`

use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::json;

use super::context::Context;
use super::failure::{Failure, exit};
use super::open;
use super::passphrase::PassphraseArgs;
use crate::files::starter::check_surroundings;
use crate::ledger::SinceCopy;

pub mod steps;

use steps::{Restoring, STEPS};

/// Puts back what `backup` wrote, here or in the folder named with -C
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file that `backup` wrote
    #[arg(required_unless_present = "decide")]
    file: Option<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// After a restore: what was sent after the backup was made
    #[arg(long, value_enum, value_name = "DECISION", conflicts_with = "file", requires = "reason")]
    decide: Option<Decision>,
    /// How you know, for the audit
    #[arg(long, value_name = "TEXT", requires = "decide")]
    reason: Option<String>,
}

/// `--decide`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Decision {
    /// Nothing was sent after the backup, by no campaign: what was unsent then is sent now
    NothingSent,
    /// Something may have been sent, or nobody knows: every unsent message is in doubt, and `settle` decides
    UnsentInDoubt,
}

pub(super) fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    match (&args.file, args.decide) {
        (_, Some(decision)) => decide(decision, args.reason.as_deref().unwrap_or_default(), context),
        (Some(file), None) => {
            let source = context.current_folder()?.join(file);
            restore(&source, &args.passphrase, context)
        }
        (None, None) => Err(Failure::usage("name the file that `convoke backup` wrote")),
    }
}

fn restore(source: &std::path::Path, passphrase: &PassphraseArgs, context: &Context) -> Result<u8, Failure> {
    let current = context.current_folder()?;
    let root = context.global.workspace.as_ref().map_or_else(|| current.clone(), |given| current.join(given));
    check_surroundings(&root)?;
    let passphrase = passphrase.recall(context)?;
    let failed = |e: std::io::Error| Failure::failed(format!("{}: {e}", root.display()));
    std::fs::create_dir_all(&root).map_err(failed)?;
    let mut restoring = Restoring::new(&root, source, passphrase, context.actor(), context.clock().now())?;
    for step in STEPS {
        restoring.run(step)?;
    }
    let Some(manifest) = &restoring.manifest else { return Err(Failure::failed("nothing was unpacked")) };
    for name in &restoring.kept {
        context.output.warn(format!("{name}: it is there and differs from the backup; it was kept"));
    }
    if context.is_json() {
        context.output.json(&json!({
            "folder": root.display().to_string(), "at": manifest.at, "files": manifest.members.len(),
            "contacts": manifest.contacts, "suppressions": manifest.suppressions, "kept": restoring.kept,
            "in_doubt": restoring.recovered.in_doubt,
        }))?;
    }
    context.output.say(format!(
        "{}: restored as of {}; {} contacts, {} suppressions, {} attempts newly in doubt",
        root.display(),
        manifest.at,
        manifest.contacts,
        manifest.suppressions,
        restoring.recovered.in_doubt
    ));
    context.output.say(
        "nothing left this computer, and nothing will until you have decided what was sent after the backup; campaigns \
         begun after it are not in this ledger",
    );
    context.output.next("convoke restore --decide unsent-in-doubt --reason 'not known'");
    Ok(exit::DONE)
}

fn decide(decision: Decision, reason: &str, context: &Context) -> Result<u8, Failure> {
    if reason.trim().is_empty() {
        return Err(Failure::usage("--reason is empty\n  help: say how you know, in a few words"));
    }
    let (_, mut ledger) = open::existing(context)?;
    let how = match decision {
        Decision::NothingSent => SinceCopy::NothingSent,
        Decision::UnsentInDoubt => SinceCopy::UnsentInDoubt,
    };
    let doubtful = ledger.decide_since_copy(how, reason.trim(), context.clock().now())?;
    if context.is_json() {
        context.output.json(&json!({ "in_doubt": doubtful }))?;
    }
    context.output.say(match how {
        SinceCopy::NothingSent => "recorded: nothing was sent after the backup; messages may be sent again".to_owned(),
        SinceCopy::UnsentInDoubt => format!(
            "recorded: {doubtful} unsent messages are in doubt; look in the relay's log which of them went out, then \
             `convoke settle` decides"
        ),
    });
    context.output.say(
        "campaigns first planned after the backup are not in this ledger: plan none of them again unless you know that \
         nothing of it was sent, for whoever has their message would get another",
    );
    context.output.next("convoke status");
    Ok(exit::DONE)
}
