//! What `init` and `new` lay down: files to fill in, each of which works as it is. Nothing that is there is ever written
//! over.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::campaign_folder::{CAMPAIGNS, TEMPLATES};
use super::whereabouts::{self, real_place};
use crate::domain::shared_folder::SharedFolder;

mod campaign_text;
mod examples;
mod letters;
mod settings_text;

pub use campaign_text::{CampaignDraft, Chosen, campaign_text};
pub use examples::{example_of, unfilled};
pub use letters::letter_text;
pub use settings_text::{SenderDetails, settings_text};

/// The file that makes a folder a workspace is written last: a folder whose making broke off is none.
const SETTINGS: &str = "convoke.toml";

/// The letter that comes with the program, and its frame: the files of this project's own workspace.
const SHIPPED: &[(&str, &str)] = &[
    shipped("participation-invitation/ar.md", include_str!("../../templates/participation-invitation/ar.md")),
    shipped("participation-invitation/en.md", include_str!("../../templates/participation-invitation/en.md")),
    shipped("participation-invitation/es.md", include_str!("../../templates/participation-invitation/es.md")),
    shipped("participation-invitation/fr.md", include_str!("../../templates/participation-invitation/fr.md")),
    shipped("participation-invitation/ru.md", include_str!("../../templates/participation-invitation/ru.md")),
    shipped("participation-invitation/zh.md", include_str!("../../templates/participation-invitation/zh.md")),
    shipped("layouts/default.html", include_str!("../../templates/layouts/default.html")),
    shipped("layouts/default.txt", include_str!("../../templates/layouts/default.txt")),
    shipped("layouts/default.toml", include_str!("../../templates/layouts/default.toml")),
];

const fn shipped(path: &'static str, text: &'static str) -> (&'static str, &'static str) {
    (path, text)
}

/// Lists hold people: whoever keeps campaigns and words in git must not keep those there by accident.
const GIT_IGNORE: &str = "\
# Personal data stays out of git: the ledger, and every list of people.
.convoke/
*.csv
*.tsv
*.xlsx
*.ods
*.vcf
# Declared shares name nobody.
!targets*.csv
";

/// What may lie in a folder that counts as empty: what systems and git put there by themselves.
const NOTHING_OF_YOURS: &[&str] = &[".git", ".DS_Store", "Thumbs.db", "desktop.ini"];

/// Why nothing was laid down.
#[derive(Debug, thiserror::Error)]
pub enum StarterError {
    /// There is a workspace already.
    #[error("{0} is a workspace already; nothing was changed\n  help: change into it and run `convoke check`")]
    IsWorkspace(PathBuf),
    /// The folder would lie in a workspace.
    #[error(
        "{folder} would lie inside the workspace {workspace}; nothing was changed\n  help: name a folder outside it: commands look \
         for their workspace upwards, and would mix up the two"
    )]
    Nested {
        /// What was asked for.
        folder: PathBuf,
        /// The workspace around it.
        workspace: PathBuf,
    },
    /// Other machines would have it too.
    #[error(
        "no workspace can lie in {folder}: {shared}; nothing was made\n  why: the ledger would be written by two machines and \
         break, and copies of the keys and of everybody's address would lie elsewhere\n  help: name a folder on this \
         computer's own disk"
    )]
    Shared {
        /// What was asked for.
        folder: PathBuf,
        /// How.
        shared: SharedFolder,
    },
    /// Something is there.
    #[error("{folder} is not empty: it holds {found}; nothing was changed\n  help: name a new folder")]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
        /// Some of what lies there.
        found: String,
    },
    /// A campaign or template of this name is there.
    #[error("{0} is there already; nothing was changed\n  help: choose another name")]
    IsThere(PathBuf),
    /// A file stands where the folder would be made.
    #[error("{0} is a file; nothing was changed\n  help: name a new folder")]
    IsFile(PathBuf),
    /// The system says no.
    #[error("{path} cannot be made: {source}")]
    Io {
        /// What was to be made.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Makes a workspace.
///
/// * `folder`: absolute; made where it is missing.
/// * `settings`: the text of its `convoke.toml`.
///
/// Gives the files written, by path within the folder.
///
/// # Errors
/// [`StarterError`]; then everything is as it was before.
pub fn make_workspace(folder: &Path, settings: &str) -> Result<Vec<String>, StarterError> {
    check_place(folder)?;
    let mut files: Vec<(String, &str)> =
        SHIPPED.iter().map(|(path, text)| (format!("{TEMPLATES}/{path}"), *text)).collect();
    files.push(("README.md".to_owned(), include_str!("starter/README.md")));
    files.push((".gitignore".to_owned(), GIT_IGNORE));
    files.push((SETTINGS.to_owned(), settings));
    lay_down(folder, &[CAMPAIGNS], &files)?;
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// Makes a folder with files in it: a campaign or a template.
///
/// * `files`: name and text of each.
///
/// # Errors
/// Where the folder is there already, or the system says no; then everything is as it was before.
pub fn make_folder(folder: &Path, files: &[(String, String)]) -> Result<(), StarterError> {
    if fs::symlink_metadata(folder).is_ok() {
        return Err(StarterError::IsThere(folder.to_owned()));
    }
    let files: Vec<(String, &str)> = files.iter().map(|(name, text)| (name.clone(), text.as_str())).collect();
    lay_down(folder, &[], &files)
}

/// Whether a workspace may be made in a folder.
fn check_place(folder: &Path) -> Result<(), StarterError> {
    if has_settings(folder) {
        return Err(StarterError::IsWorkspace(folder.to_owned()));
    }
    check_surroundings(folder)?;
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(_) if folder.is_file() => Err(StarterError::IsFile(folder.to_owned())),
        Err(source) => Err(StarterError::Io { path: folder.to_owned(), source }),
        Ok(entries) => {
            let names = entries.filter_map(Result::ok).map(|entry| entry.file_name().to_string_lossy().into_owned());
            let mut found: Vec<String> = names.filter(|name| !NOTHING_OF_YOURS.contains(&name.as_str())).collect();
            if found.is_empty() {
                return Ok(());
            }
            found.sort();
            Err(StarterError::NotEmpty { folder: folder.to_owned(), found: some_of(&found) })
        }
    }
}

/// Whether private state may lie in a folder, whatever it holds: in no other workspace, and nowhere that other machines see.
///
/// # Errors
/// [`StarterError::Nested`] and [`StarterError::Shared`].
pub fn check_surroundings(folder: &Path) -> Result<(), StarterError> {
    if let Some(workspace) = real_place(folder).ancestors().skip(1).find(|above| has_settings(above)) {
        return Err(StarterError::Nested { folder: folder.to_owned(), workspace: workspace.to_owned() });
    }
    match whereabouts::shared(folder) {
        Some(shared) => Err(StarterError::Shared { folder: folder.to_owned(), shared }),
        None => Ok(()),
    }
}

fn has_settings(folder: &Path) -> bool {
    folder.join(SETTINGS).exists()
}

/// The first names of a list, and how many more there are.
fn some_of(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(3).map(|name| format!("`{}`", name.escape_debug())).collect();
    match names.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Writes new files below a folder, and takes away again what it made where one of them cannot be.
fn lay_down(folder: &Path, folders: &[&str], files: &[(String, &str)]) -> Result<(), StarterError> {
    let mut made = Made::default();
    let laid = made
        .folder(folder)
        .and_then(|()| folders.iter().try_for_each(|name| made.folder(&folder.join(name))))
        .and_then(|()| files.iter().try_for_each(|(path, text)| made.file(&folder.join(path), text)));
    laid.inspect_err(|_| made.undo())
}

/// What was made so far, in order.
#[derive(Debug, Default)]
struct Made {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

impl Made {
    fn folder(&mut self, path: &Path) -> Result<(), StarterError> {
        if path.is_dir() {
            return Ok(());
        }
        if let Some(above) = path.parent() {
            self.folder(above)?;
        }
        fs::create_dir(path).map_err(|source| StarterError::Io { path: path.to_owned(), source })?;
        self.folders.push(path.to_owned());
        Ok(())
    }

    fn file(&mut self, path: &Path, text: &str) -> Result<(), StarterError> {
        if let Some(folder) = path.parent() {
            self.folder(folder)?;
        }
        let failed = |source| StarterError::Io { path: path.to_owned(), source };
        let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
        self.files.push(path.to_owned());
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
    }

    /// As well as it goes: the error that led here is the one to tell.
    fn undo(&self) {
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}
