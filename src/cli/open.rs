//! Opening a workspace's private state: keys and ledger belong together, or neither is touched.

use std::fs;
use std::path::Path;

use crate::domain::keys::Keyring;
use crate::engine::ports::LedgerError;
use crate::files::{key_file, whereabouts};
use crate::ledger::SqliteLedger;
use crate::system::private;

use super::context::Context;
use super::failure::Failure;
use super::restore::steps::MARK;

/// Keys and ledger of the workspace a command runs in. Makes them where the workspace has neither.
///
/// # Errors
/// As [`state`]; where there is no workspace or its settings have errors; and exit code 6 for a workspace in a synced or
/// network folder.
pub fn workspace(context: &Context) -> Result<(Keyring, SqliteLedger), Failure> {
    refuse_if_shared(context)?;
    state(context.workspace()?, &context.settings()?.ledger, context.actor(), true)
}

/// As [`workspace`] for commands that look things up, and for those that stop mail: what lies in a synced or network folder
/// already is used with a warning, but nothing is begun there.
///
/// # Errors
/// As [`workspace`].
pub fn workspace_anywhere(context: &Context) -> Result<(Keyring, SqliteLedger), Failure> {
    match context.settings()?.ledger.exists() {
        true => existing_anywhere(context),
        false => workspace(context),
    }
}

/// Keys and ledger of the workspace a command runs in, which must be there.
///
/// # Errors
/// As [`workspace`]; exit code 1 where there is no ledger yet.
pub fn existing(context: &Context) -> Result<(Keyring, SqliteLedger), Failure> {
    refuse_if_shared(context)?;
    state(context.workspace()?, &context.settings()?.ledger, context.actor(), false)
}

/// As [`existing`], where [`workspace_anywhere`] would do.
///
/// # Errors
/// As [`state`]; exit code 1 where there is no ledger yet.
pub fn existing_anywhere(context: &Context) -> Result<(Keyring, SqliteLedger), Failure> {
    if let Some(shared) = shared(context.workspace()?, &context.settings()?.ledger) {
        context.output.warn(shared);
    }
    state(context.workspace()?, &context.settings()?.ledger, context.actor(), false)
}

fn refuse_if_shared(context: &Context) -> Result<(), Failure> {
    shared(context.workspace()?, &context.settings()?.ledger)
        .map_or(Ok(()), |shared| Err(Failure::configuration(shared)))
}

/// What is wrong with the place of the workspace or of its private state, and what to do; nothing where all is well.
pub fn shared(workspace: &Path, ledger: &Path) -> Option<String> {
    let found = [Some(workspace), ledger.parent()].into_iter().flatten().find_map(whereabouts::shared)?;
    Some(format!(
        "the workspace {} is in no place for a ledger: {found}\n  why: two machines would write one ledger and break it, and \
         copies of the keys and of everybody's address would lie elsewhere\n  help: stop every convoke, move the whole \
         folder with its `.convoke` to this computer's own disk, and go on there",
        workspace.display()
    ))
}

/// Opens keys and ledger of the workspace at `workspace`, whose ledger is the file `ledger`, on behalf of `by`. With
/// `create`, a workspace that has neither gets both.
///
/// # Errors
/// Exit code 1: a ledger without keys, or keys and opt-outs without a ledger. New ones would match neither the opt-outs
/// nor the links that were sent, so nothing is made.
pub fn state(workspace: &Path, ledger: &Path, by: &str, create: bool) -> Result<(Keyring, SqliteLedger), Failure> {
    let private = workspace.join(".convoke");
    if exists(&workspace.join(MARK))? {
        return Err(Failure::stopped(format!(
            "{}: a restore was interrupted here, and what there is may be half\n  help: run `convoke restore FILE` again",
            workspace.display()
        )));
    }
    let key = private.join("keys/workspace.key");
    let log = private.join("opt-outs.log");
    let secret = key_file::read(&key).map_err(Failure::failed)?;
    let (has_ledger, has_log) = (exists(ledger)?, exists(&log)? || exists(&private.join("witness"))?);
    let secret = match (secret, has_ledger, has_log) {
        (Some(secret), true, _) => secret,
        (None, false, false) if !create => {
            return Err(Failure::failed(format!(
                "{}: there is no ledger yet; `convoke import` makes one",
                workspace.display()
            )));
        }
        (secret, false, false) => {
            make_private_folder(&private)?;
            match secret {
                Some(secret) => secret,
                None => key_file::create(&key).map_err(Failure::failed)?,
            }
        }
        (None, _, _) => {
            return Err(Failure::failed(format!(
                "{}: the workspace key is missing, but there is a ledger or an opt-out log made with it. \
                 Put the key back from a backup: with a new one, opt-outs and the links already sent would no longer match",
                key.display()
            )));
        }
        (Some(_), false, true) => {
            let left = if exists(&log)? { log } else { private.join("witness") };
            return Err(Failure::failed(format!(
                "{}: the ledger is missing, but this workspace had one ({} is there). Put it back from a backup: \
                 without it people would be written to twice. Only if nobody was ever written to from this workspace: \
                 remove {} and start anew",
                ledger.display(),
                left.display(),
                private.display()
            )));
        }
    };
    let ledger = SqliteLedger::open(ledger, &log, by).map_err(|e| in_file(ledger, e))?;
    Ok((Keyring::from_secret(&secret), ledger))
}

fn exists(path: &Path) -> Result<bool, Failure> {
    path.try_exists().map_err(|e| Failure::failed(format!("{}: {e}", path.display())))
}

/// `.convoke`, for its owner only and out of git's sight.
///
/// # Errors
/// Exit code 1 where it cannot be made.
pub(super) fn make_private_folder(folder: &Path) -> Result<(), Failure> {
    let ignore = folder.join(".gitignore");
    private::make_folder(folder)
        .and_then(|()| if ignore.exists() { Ok(()) } else { fs::write(&ignore, "*\n") })
        .map_err(|e| Failure::failed(format!("{}: {e}", folder.display())))
}

fn in_file(path: &Path, error: LedgerError) -> Failure {
    Failure::failed(format!("{}: {error}", path.display()))
}
