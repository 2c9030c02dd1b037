//! Where a folder lies: what the rules of [`crate::domain::shared_folder`] are asked about.

use std::fs;
use std::path::{Path, PathBuf};

use crate::domain::shared_folder::{Place, SharedFolder, Sign};

/// Entries of one folder looked at; signs stand in folders that people look at themselves.
const MOST_ENTRIES: usize = 20_000;
/// Variables by which OneDrive names its folders (Windows).
const ONE_DRIVE: &[&str] = &["OneDrive", "OneDriveConsumer", "OneDriveCommercial"];

/// Whether a folder is copied to other machines or lent by a server. It need not be there yet.
pub fn shared(folder: &Path) -> Option<SharedFolder> {
    let folder = real_place(folder);
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let named = ONE_DRIVE.iter().filter_map(|name| Some(((*name).to_owned(), variable(name)?.canonicalize().ok()?)));
    let home = variable("HOME").or_else(|| variable("USERPROFILE"));
    let place = Place {
        home: home.and_then(|home| home.canonicalize().ok()),
        one_drive: named.collect(),
        signs: folder.ancestors().flat_map(signs).collect(),
        mounts: crate::system::mounts::table(),
        folder,
    };
    place.shared()
}

/// The hidden entries of a folder; none where it cannot be read.
fn signs(folder: &Path) -> Vec<Sign> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let hidden = entries.take(MOST_ENTRIES).filter_map(Result::ok).filter_map(|entry| {
        let name = entry.file_name().into_string().ok().filter(|name| name.starts_with('.'))?;
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        Some(Sign { folder: folder.to_owned(), name, is_folder })
    });
    hidden.collect()
}

/// Where a folder that may not be there yet would lie, symbolic links above it followed.
pub(super) fn real_place(folder: &Path) -> PathBuf {
    let there = folder.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    match there {
        Some((above, real)) => real.join(folder.strip_prefix(above).unwrap_or(Path::new(""))),
        None => folder.to_owned(),
    }
}
