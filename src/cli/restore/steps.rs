//! A restore in steps. Between any two of them the process may die.
//!
//! While `.convoke/restoring` is there, every command refuses, and `restore` begins anew; it goes when all is in place.
//! A ledger is put in place last of all, and made ready before: it knows the opt-outs that are newer than itself, its
//! unfinished attempts are in doubt, and it sends nothing until a person has decided.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use secrecy::SecretString;

use crate::cli::failure::Failure;
use crate::engine::ports::Recovered;
use crate::files::archive::{self, Manifest};
use crate::files::send_lock::{SendLock, SendLockError};
use crate::ledger::SqliteLedger;
use crate::system::private;

/// The mark of a restore under way, and what it unpacks to.
pub const MARK: &str = ".convoke/restoring";
const LOG: &str = ".convoke/opt-outs.log";
const KEYS: &str = ".convoke/keys/";

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Sets the mark, unpacks beside what is there and verifies it.
    Unpack,
    /// Makes the ledger ready.
    Prepare,
    /// Puts the keys in place.
    Keys,
    /// Puts the joint opt-out log in place.
    Log,
    /// Puts settings, campaigns and templates in place where there are none.
    Files,
    /// Puts the ledger in place.
    Ledger,
    /// Takes the mark away.
    Finish,
}

/// All steps, in order.
pub const STEPS: [Step; 7] =
    [Step::Unpack, Step::Prepare, Step::Keys, Step::Log, Step::Files, Step::Ledger, Step::Finish];

/// A restore under way.
#[derive(Debug)]
pub struct Restoring {
    root: PathBuf,
    source: PathBuf,
    passphrase: SecretString,
    by: String,
    now: Timestamp,
    is_again: bool,
    is_new: bool,
    _lock: SendLock,
    /// What the backup holds, once it is unpacked.
    pub manifest: Option<Manifest>,
    /// What was on its way when the backup was made.
    pub recovered: Recovered,
    /// Files that were there with another content, and stay.
    pub kept: Vec<String>,
}

impl Restoring {
    /// Into the folder `root`, which is there. Takes its send lock: nobody sends or restores there meanwhile.
    ///
    /// # Errors
    /// Exit code 4 where it has a ledger, or another holds the lock.
    pub fn new(
        root: &Path,
        source: &Path,
        passphrase: SecretString,
        by: &str,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let private = root.join(".convoke");
        let is_new = !private.exists();
        let lock = private.join("send.lock");
        private::make_folder(&private).map_err(|e| failed(&private, &e))?;
        let lock = SendLock::take(&lock, now).map_err(|e| match e {
            SendLockError::Held { .. } => Failure::stopped(e),
            SendLockError::Io { .. } => Failure::failed(e),
        })?;
        // Under the lock only: another restore may just have ended.
        let is_again = root.join(MARK).exists();
        let restoring = Self {
            root: root.to_owned(),
            source: source.to_owned(),
            passphrase,
            by: by.to_owned(),
            now,
            is_again,
            is_new,
            _lock: lock,
            manifest: None,
            recovered: Recovered::default(),
            kept: Vec::new(),
        };
        restoring.refuse_ledger(".convoke/ledger.db")?;
        Ok(restoring)
    }

    /// Does one step. Each needs those before it.
    ///
    /// # Errors
    /// Whatever stops it; what was in place before stays as it was.
    pub fn run(&mut self, step: Step) -> Result<(), Failure> {
        match step {
            Step::Unpack => self.unpack(),
            Step::Prepare => self.prepare(),
            Step::Keys => self.place(|name| name.starts_with(KEYS), false),
            Step::Log => self.place(|name| name == LOG, true),
            Step::Files => self.place_files(),
            Step::Ledger => self.place_ledger(),
            Step::Finish => {
                fs::remove_dir_all(self.root.join(MARK)).map_err(|e| failed(&self.root.join(MARK), &e))?;
                self.sync(&self.root.join(".convoke"))
            }
        }
    }

    fn staged(&self, name: &str) -> PathBuf {
        self.root.join(MARK).join("unpacked").join(name)
    }

    fn refuse_ledger(&self, place: &str) -> Result<(), Failure> {
        let ledger = self.root.join(place);
        if self.is_again || !ledger.exists() {
            return Ok(());
        }
        Err(Failure::stopped(format!(
            "{}: this workspace has a ledger; nothing was changed\n  help: restore into another folder with -C DIR. To go \
             back to the backup here, first back up what is there, then move that ledger away",
            ledger.display()
        )))
    }

    fn unpack(&mut self) -> Result<(), Failure> {
        let (private, mark) = (self.root.join(".convoke"), self.root.join(MARK));
        let result = self.unpack_marked(&private, &mark);
        // Nothing is in place yet: a first attempt leaves no trace, a repeated one leaves the mark.
        if result.is_err() && !self.is_again {
            let _ = fs::remove_dir_all(&mark);
            if self.is_new {
                let _ = fs::remove_file(private.join(".gitignore"));
                let _ = fs::remove_file(private.join("send.lock"));
                let _ = fs::remove_dir(&private);
            }
        }
        result
    }

    fn unpack_marked(&mut self, private: &Path, mark: &Path) -> Result<(), Failure> {
        let unpacked = mark.join("unpacked");
        let ignore = private.join(".gitignore");
        private::make_folder(mark)
            .and_then(|()| if ignore.exists() { Ok(()) } else { fs::write(&ignore, "*\n") })
            .and_then(|()| if unpacked.exists() { fs::remove_dir_all(&unpacked) } else { Ok(()) })
            .and_then(|()| private::make_folder(&unpacked))
            .and_then(|()| private::sync_folder(private))
            .map_err(|e| failed(mark, &e))?;
        let manifest = archive::unpack(&self.source, &unpacked, &self.passphrase)?;
        if !archive::is_inner(&manifest.ledger) || !manifest.members.contains_key(&manifest.ledger) {
            return Err(Failure::failed(format!("{}: it holds no ledger; nothing was changed", self.source.display())));
        }
        self.refuse_ledger(&manifest.ledger)?;
        for name in manifest.members.keys().filter(|name| name.starts_with(KEYS)) {
            let here = self.root.join(name);
            if here.exists() && !self.is_same(name)? {
                return Err(Failure::stopped(format!(
                    "{}: this workspace has another key than the backup; nothing was changed\n  help: restore into \
                     another folder with -C DIR",
                    here.display()
                )));
            }
        }
        self.manifest = Some(manifest);
        Ok(())
    }

    fn is_same(&self, name: &str) -> Result<bool, Failure> {
        let read = |path: PathBuf| fs::read(&path).map_err(|e| failed(&path, &e));
        Ok(read(self.root.join(name))? == read(self.staged(name))?)
    }

    fn manifest(&self) -> Result<Manifest, Failure> {
        self.manifest.clone().ok_or_else(|| Failure::failed("nothing is unpacked yet"))
    }

    fn prepare(&mut self) -> Result<(), Failure> {
        let manifest = self.manifest()?;
        let log = self.staged(LOG);
        join_logs(&log, &self.root.join(LOG)).map_err(|e| failed(&log, &e))?;
        let path = self.staged(&manifest.ledger);
        let head = SqliteLedger::open_read_only(&path, &log)?.summary()?.head;
        if head != manifest.head {
            return Err(Failure::failed(format!("{}: its ledger is not the one it says", self.source.display())));
        }
        let taken = manifest.at.parse().map_err(Failure::failed)?;
        let mut ledger = SqliteLedger::open(&path, &log, &self.by)?;
        self.recovered = ledger.adopt_copy(taken, self.now)?;
        ledger.close()?;
        private::sync_file(&path).map_err(|e| failed(&path, &e))
    }

    /// Moves members to their places, keeping what is there unless told to replace it.
    fn place(&mut self, is_meant: impl Fn(&str) -> bool, replace: bool) -> Result<(), Failure> {
        let real_root = self.root.canonicalize().map_err(|e| failed(&self.root, &e))?;
        for name in self.manifest()?.members.keys().filter(|name| is_meant(name)) {
            let (from, to) = (self.staged(name), self.root.join(name));
            if !replace && fs::symlink_metadata(&to).is_ok() {
                if !self.is_same(name)? {
                    self.kept.push(name.clone());
                }
                continue;
            }
            let folder = to.parent().unwrap_or(&self.root);
            let made =
                if name.starts_with(".convoke/") { private::make_folder(folder) } else { fs::create_dir_all(folder) };
            made.map_err(|e| failed(folder, &e))?;
            if !folder.canonicalize().is_ok_and(|real| real.starts_with(&real_root)) {
                return Err(Failure::stopped(format!("{}: a link leads out of the workspace", folder.display())));
            }
            fs::rename(&from, &to).map_err(|e| failed(&to, &e))?;
            self.sync(folder)?;
        }
        Ok(())
    }

    fn place_files(&mut self) -> Result<(), Failure> {
        let ledger = self.manifest()?.ledger;
        self.place(|name| name != LOG && name != ledger && !name.starts_with(KEYS), false)
    }

    fn place_ledger(&mut self) -> Result<(), Failure> {
        let name = self.manifest()?.ledger;
        let ledger = self.root.join(&name);
        // SQLite would mix what an earlier ledger left beside its name into this one.
        for companion in ["-wal", "-shm", "-journal"] {
            let path = PathBuf::from(format!("{}{companion}", ledger.display()));
            match fs::remove_file(&path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failed(&path, &e)),
                _ => {}
            }
        }
        self.place(|member| member == name, true)
    }

    fn sync(&self, folder: &Path) -> Result<(), Failure> {
        private::sync_folder(folder).map_err(|e| failed(folder, &e))
    }
}

/// Adds to the backup's log what only the log in the workspace holds. What the backup's ledger has taken over of its log,
/// it counts in octets from the beginning, so that log comes first.
fn join_logs(staged: &Path, here: &Path) -> io::Result<()> {
    let known = match fs::read_to_string(staged) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => String::new(),
        result => result?,
    };
    let Ok(more) = fs::read(here) else { return Ok(()) };
    let more = String::from_utf8_lossy(&more);
    let lines: HashSet<&str> = known.lines().collect();
    let mut joint = known.clone();
    for line in more.lines().filter(|line| !lines.contains(line)) {
        if !joint.is_empty() && !joint.ends_with('\n') {
            joint.push('\n');
        }
        joint.push_str(line);
        joint.push('\n');
    }
    private::write(staged, &joint)?;
    private::sync_file(staged)
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("{}: {error}", path.display()))
}
