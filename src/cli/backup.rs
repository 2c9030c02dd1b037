//! `convoke backup`

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::context::Context;
use super::failure::{Failure, exit};
use super::open;
use super::passphrase::PassphraseArgs;
use super::shell::shell_word;
use crate::files::archive::{self, ArchiveError, Manifest};
use crate::files::campaign_folder::{CAMPAIGNS, CampaignFolder, TEMPLATES, campaign_names, within};
use crate::ledger::SqliteLedger;
use crate::settings::FILE_NAME;
use crate::system::private;

/// Writes ledger, keys, opt-outs, settings, campaigns and templates to one encrypted file
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to write
    file: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
    /// The messages in the outbox folder too
    #[arg(long)]
    with_outbox: bool,
}

pub fn run(args: Args, context: &Context) -> Result<u8, Failure> {
    let workspace = context.workspace()?;
    let (_, ledger) = open::existing(context)?;
    if !args.force && fs::symlink_metadata(&args.file).is_ok() {
        return Err(ArchiveError::Exists(args.file.display().to_string()).into());
    }
    let place = within(workspace, &context.settings()?.ledger);
    if !archive::is_inner(&place) {
        return Err(Failure::configuration(format!(
            "{place}: the ledger lies outside the workspace, and a backup could not be restored elsewhere\n  help: move \
             it into .convoke and correct `[ledger] url`"
        )));
    }
    let passphrase = args.passphrase.choose(context)?;
    let scratch = Scratch::make(workspace)?;
    let copy = scratch.folder.join("ledger.db");
    let failed = |e: io::Error| Failure::failed(format!("{}: {e}", scratch.folder.display()));
    drop(private::create_new(&copy).map_err(failed)?);
    let at = context.clock().now();
    ledger.copy_to(&copy).map_err(|e| {
        Failure::failed(format!(
            "{}: no copy of the ledger could be made there, so no backup was written: {e}\n  help: make room; the copy \
             needs as much as the ledger has",
            copy.display()
        ))
    })?;
    let log = workspace.join(".convoke/opt-outs.log");
    let summary = SqliteLedger::open_read_only(&copy, &log)?.summary()?;
    let mut found = Found::default();
    found.gather(workspace, args.with_outbox)?;
    // The log after the ledger: what it knows more is taken over when the copy is opened.
    let mut files = vec![(place.clone(), copy)];
    files.extend(found.files.into_iter().filter(|(name, _)| *name != place));
    let manifest = Manifest {
        version: 0,
        convoke: env!("CARGO_PKG_VERSION").to_owned(),
        at: format!("{at:.3}"),
        ledger: place,
        head: summary.head,
        contacts: summary.contacts,
        suppressions: summary.suppressions,
        members: BTreeMap::new(),
    };
    let manifest = archive::write(&args.file, &files, manifest, &passphrase, args.force)?;
    drop(scratch);
    for link in &found.left_out {
        context.output.warn(format!("{link}: a link out of the workspace, or no file; it is not in the backup"));
    }
    let shown = args.file.display();
    if context.is_json() {
        context.output.json(&json!({
            "file": shown.to_string(), "at": manifest.at, "files": manifest.members.len(),
            "contacts": manifest.contacts, "suppressions": manifest.suppressions, "left_out": found.left_out,
        }))?;
    }
    context.output.say(format!(
        "{shown}: {} files, {} contacts, {} opt-outs and other suppressions, as of {at:.0}",
        manifest.members.len(),
        manifest.contacts,
        manifest.suppressions
    ));
    context.output.say("nothing left this computer; without the passphrase nobody can open the file, nor can we");
    context.output.next(format!("convoke -C DIR restore {}", shell_word(&args.file)));
    Ok(exit::DONE)
}

/// What a backup takes besides the ledger, and what it leaves.
#[derive(Debug, Default)]
struct Found {
    files: BTreeMap<String, PathBuf>,
    left_out: BTreeSet<String>,
}

impl Found {
    fn gather(&mut self, workspace: &Path, with_outbox: bool) -> Result<(), Failure> {
        let root = workspace.canonicalize().map_err(|e| Failure::failed(format!("{}: {e}", workspace.display())))?;
        let mut parts = vec![FILE_NAME, ".convoke/opt-outs.log", ".convoke/keys", CAMPAIGNS, TEMPLATES];
        if with_outbox {
            parts.push(".convoke/outbox");
        }
        for part in parts {
            if fs::symlink_metadata(workspace.join(part)).is_ok() {
                self.take(&root, &workspace.join(part), part)?;
            }
        }
        // Inputs may lie elsewhere in the workspace.
        for name in campaign_names(workspace) {
            let folder = workspace.join(CAMPAIGNS).join(name);
            let campaign = CampaignFolder::load(workspace, &folder);
            for input in campaign.value.iter().flat_map(CampaignFolder::files) {
                self.take(&root, &workspace.join(input), input)?;
            }
        }
        Ok(())
    }

    /// Takes a file, or everything in a folder. Links are followed only to files within the workspace.
    fn take(&mut self, root: &Path, path: &Path, name: &str) -> Result<(), Failure> {
        let failed = |e: io::Error| Failure::failed(format!("{}: {e}", path.display()));
        let kind = fs::symlink_metadata(path).map_err(failed)?.file_type();
        if kind.is_dir() {
            for entry in fs::read_dir(path).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                match entry.file_name().to_str() {
                    Some(inner) => self.take(root, &entry.path(), &format!("{name}/{inner}"))?,
                    None => {
                        self.left_out.insert(entry.path().display().to_string());
                    }
                }
            }
            return Ok(());
        }
        let real = path.canonicalize().ok().filter(|real| real.is_file() && real.starts_with(root));
        let is_ours = kind.is_file() || real.as_ref().is_some_and(|real| !real.starts_with(root.join(".convoke")));
        match real {
            Some(real) if is_ours && archive::is_inner(name) => {
                self.files.insert(name.to_owned(), real);
            }
            _ => {
                self.left_out.insert(name.to_owned());
            }
        }
        Ok(())
    }
}

/// A private folder for the copy of the ledger; removed when dropped, and by the next backup where this one was killed:
/// no copy lies about in which somebody is who was forgotten since.
struct Scratch {
    folder: PathBuf,
    _lock: File,
}

impl Scratch {
    fn make(workspace: &Path) -> Result<Self, Failure> {
        let folder = workspace.join(".convoke/backup");
        let failed = |e: io::Error| Failure::failed(format!("{}: {e}", folder.display()));
        let lock = workspace.join(".convoke/backup.lock");
        let lock = private::options().write(true).create(true).truncate(false).open(lock).map_err(failed)?;
        lock.try_lock().map_err(|e| match e {
            TryLockError::WouldBlock => Failure::stopped("another backup of this workspace is running"),
            TryLockError::Error(e) => failed(e),
        })?;
        match fs::remove_dir_all(&folder) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failed(e)),
            _ => private::make_folder(&folder).map_err(failed)?,
        }
        Ok(Self { folder, _lock: lock })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
