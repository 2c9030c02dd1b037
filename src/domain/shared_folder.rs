//! Folders in which private state must not lie: those that a service copies to other machines, and those that a server
//! lends over the network.
//!
//! Two machines would write one ledger; SQLite's write-ahead log needs all its readers on one machine
//! (<https://www.sqlite.org/wal.html>, section 1); and a copy of the keys and of everybody's address would lie with a third
//! party. A name alone is no sign: a folder that is merely called `Box` or `Dropbox` is none of these.

use std::fmt;
use std::path::{Component, PathBuf};

mod mounts;

pub use mounts::{Mount, mount_of};

/// Why a folder is no place for private state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedFolder {
    /// A service copies it to other machines.
    Synced {
        /// Which one.
        service: &'static str,
        /// The folder it copies.
        folder: PathBuf,
        /// What tells: a file's name, a variable, or nothing where the path itself does.
        sign: Option<String>,
    },
    /// A server lends it.
    Network {
        /// Type of the file system.
        kind: String,
        /// Where it is mounted.
        mount: PathBuf,
    },
}

impl fmt::Display for SharedFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SharedFolder::Synced { service, folder, sign } => {
                write!(f, "{service} copies {} to other machines", folder.display())?;
                sign.as_ref().map_or(Ok(()), |sign| write!(f, " (as {sign} says)"))
            }
            SharedFolder::Network { kind, mount } => write!(f, "{} is a network folder ({kind})", mount.display()),
        }
    }
}

/// What lies in a folder, as far as it can be a sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// The folder.
    pub folder: PathBuf,
    /// Name of the file or folder in it.
    pub name: String,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// What is known of the place of a folder.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The folder: absolute, symbolic links followed.
    pub folder: PathBuf,
    /// The person's home, likewise.
    pub home: Option<PathBuf>,
    /// Folders that variables of the environment name as OneDrive's, with the variable.
    pub one_drive: Vec<(String, PathBuf)>,
    /// Hidden entries of the folder and of those above it.
    pub signs: Vec<Sign>,
    /// `/proc/self/mountinfo`, where the system has one.
    pub mounts: Option<String>,
}

impl Place {
    /// Whether the folder is shared, and how. What lies nearest to the folder is told.
    pub fn shared(&self) -> Option<SharedFolder> {
        self.by_sign().or_else(|| self.by_variable()).or_else(|| self.by_path()).or_else(|| self.by_mount())
    }

    fn by_sign(&self) -> Option<SharedFolder> {
        self.folder.ancestors().find_map(|folder| {
            let here = self.signs.iter().filter(|sign| sign.folder == folder);
            here.filter_map(|sign| Some((service_of(sign)?, sign))).next().map(|(service, sign)| SharedFolder::Synced {
                service,
                folder: folder.to_owned(),
                sign: Some(format!("`{}` there", sign.name)),
            })
        })
    }

    fn by_variable(&self) -> Option<SharedFolder> {
        let (variable, folder) = self.one_drive.iter().find(|(_, folder)| self.folder.starts_with(folder))?;
        let sign = Some(format!("the variable {variable}"));
        Some(SharedFolder::Synced { service: "OneDrive", folder: folder.clone(), sign })
    }

    /// Places that belong to a service wherever they are met.
    fn by_path(&self) -> Option<SharedFolder> {
        let names: Vec<&str> = self.folder.components().filter_map(|part| part.as_os_str().to_str()).collect();
        let upto = |count: usize| self.folder.components().take(count).collect::<PathBuf>();
        let synced = |service, count| SharedFolder::Synced { service, folder: upto(count), sign: None };
        for (at, window) in names.windows(3).enumerate() {
            match window {
                ["Library", "Mobile Documents", _] => return Some(synced("iCloud Drive", at + 2)),
                ["Library", "CloudStorage", provider] => return Some(synced(provider_of(provider), at + 3)),
                ["Users", _, name] if is_one_drive(name) => return Some(synced("OneDrive", at + 3)),
                _ => {}
            }
        }
        let home = self.home.as_ref()?;
        let Component::Normal(first) = self.folder.strip_prefix(home).ok()?.components().next()? else { return None };
        let first = first.to_str()?;
        let service = if is_one_drive(first) {
            "OneDrive"
        } else if first == "Google Drive" {
            "Google Drive"
        } else {
            return None;
        };
        Some(SharedFolder::Synced { service, folder: home.join(first), sign: None })
    }

    fn by_mount(&self) -> Option<SharedFolder> {
        let mount = mount_of(&self.folder, self.mounts.as_deref()?)?;
        mount.is_network().then_some(SharedFolder::Network { kind: mount.kind, mount: mount.point })
    }
}

/// `OneDrive`, `OneDrive - Example Organisation`: as its programs name the folder they make.
fn is_one_drive(name: &str) -> bool {
    name == "OneDrive" || name.starts_with("OneDrive - ")
}

/// The service behind a folder in macOS's `Library/CloudStorage`, such as `GoogleDrive-somebody`.
fn provider_of(name: &str) -> &'static str {
    let known = [("OneDrive", "OneDrive"), ("GoogleDrive", "Google Drive"), ("Dropbox", "Dropbox"), ("Box", "Box")];
    known.iter().find(|(beginning, _)| name.starts_with(beginning)).map_or("a cloud service", |(_, service)| service)
}

/// The service that leaves such an entry in the folder it copies.
fn service_of(sign: &Sign) -> Option<&'static str> {
    let name = sign.name.as_str();
    let is_journal = |beginning: &str| name.starts_with(beginning) && name.ends_with(".db");
    match name {
        ".dropbox.cache" if sign.is_folder => Some("Dropbox"),
        // In a home, `.dropbox` is a folder with the program's settings.
        ".dropbox" if !sign.is_folder => Some("Dropbox"),
        ".stfolder" => Some("Syncthing"),
        ".tmp.drivedownload" | ".tmp.driveupload" if sign.is_folder => Some("Google Drive"),
        ".owncloudsync.log" => Some("ownCloud"),
        ".nextcloudsync.log" => Some("Nextcloud"),
        _ if !sign.is_folder && (is_journal(".sync_") || is_journal("._sync_")) => Some("Nextcloud or ownCloud"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
