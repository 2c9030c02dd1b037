//! Template and layout files of a workspace, read whole: what a plan freezes.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use crate::domain::file_name::is_portable;
use crate::domain::problem::Problem;
use crate::domain::suggestion::did_you_mean;

/// Letters are short: a longer file is something else.
const LARGEST: u64 = 256 * 1024;
/// A template in every language of the world stays below this.
const MOST_FILES: usize = 400;

/// The shared frames.
const LAYOUTS: &str = "templates/layouts";
/// The layout `default`, where the workspace has none.
const BUILT_IN_LAYOUT: &[(&str, &str)] = &[
    ("templates/layouts/default.html", include_str!("../../templates/layouts/default.html")),
    ("templates/layouts/default.txt", include_str!("../../templates/layouts/default.txt")),
    ("templates/layouts/default.toml", include_str!("../../templates/layouts/default.toml")),
];

/// Reads `templates/<template>/` and `templates/layouts/` below a workspace, by path relative to the workspace
/// (`templates/participation-invitation/en.md`).
///
/// Only plain files directly in the two folders count; symbolic links are refused, so that nothing outside the workspace
/// ever becomes part of a letter. Hidden files and editors' backups are passed over. Where the workspace has no layout
/// `default`, the built-in one takes its place.
///
/// # Errors
/// Every problem found: a missing folder (with the nearest name), a link, a file too large or not in UTF-8.
pub fn read(workspace: &Path, template: &str) -> Result<BTreeMap<String, String>, Vec<Problem>> {
    let mut files = BTreeMap::new();
    let mut problems = Vec::new();
    if !is_portable(template) {
        let help = "give the name of a folder under `templates/`, without slashes, that every system can keep";
        return Err(vec![Problem::in_file(
            "templates",
            "bad-template-name",
            format!("`{template}` is no folder name"),
            help,
        )]);
    }
    read_folder(workspace, &format!("templates/{template}"), &mut files, &mut problems);
    if fs::symlink_metadata(workspace.join(LAYOUTS)).is_ok() {
        read_folder(workspace, LAYOUTS, &mut files, &mut problems);
    }
    // A workspace without a frame of its own gets the one this project's clone shows.
    if !BUILT_IN_LAYOUT.iter().any(|(path, _)| files.contains_key(*path)) {
        files.extend(BUILT_IN_LAYOUT.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
    }
    if problems.is_empty() { Ok(files) } else { Err(problems) }
}

fn read_folder(workspace: &Path, folder: &str, files: &mut BTreeMap<String, String>, problems: &mut Vec<Problem>) {
    let on_disk = workspace.join(folder);
    if fs::symlink_metadata(&on_disk).is_ok_and(|m| m.file_type().is_symlink()) {
        return problems.push(link(folder));
    }
    let Ok(entries) = fs::read_dir(&on_disk) else {
        return problems.push(no_folder(workspace, folder));
    };
    let mut names: Vec<_> = entries.filter_map(Result::ok).map(|e| e.file_name()).collect();
    names.sort();
    if names.len() > MOST_FILES {
        return problems.push(Problem::in_file(
            folder,
            "too-many-files",
            "too many files for a template",
            "remove what does not belong there",
        ));
    }
    for name in names {
        let Some(name) = name.to_str() else {
            problems.push(Problem::in_file(folder, "bad-file-name", "a file name is not in UTF-8", "rename it"));
            continue;
        };
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        let path = format!("{folder}/{name}");
        match read_file(&on_disk.join(name), &path) {
            Ok(Some(content)) => {
                files.insert(path, content);
            }
            Ok(None) => {}
            Err(problem) => problems.push(problem),
        }
    }
}

fn read_file(on_disk: &Path, path: &str) -> Result<Option<String>, Problem> {
    let unreadable = |e: std::io::Error| Problem::in_file(path, "unreadable", format!("it cannot be read: {e}"), "");
    let metadata = fs::symlink_metadata(on_disk).map_err(unreadable)?;
    if metadata.file_type().is_symlink() {
        return Err(link(path));
    }
    if metadata.is_dir() {
        return Ok(None);
    }
    let mut octets = Vec::new();
    fs::File::open(on_disk).map_err(unreadable)?.take(LARGEST + 1).read_to_end(&mut octets).map_err(unreadable)?;
    if octets.len() as u64 > LARGEST {
        return Err(Problem::in_file(path, "template-too-long", "the file is over 256 kB", "letters are short"));
    }
    // The same words whatever the line ends: git changes them on its way to Windows.
    String::from_utf8(octets).map(|text| Some(text.replace("\r\n", "\n"))).map_err(|e| {
        let line = e.as_bytes().iter().take(e.utf8_error().valid_up_to()).filter(|b| **b == b'\n').count() + 1;
        Problem::at(path, line, 0, "not-utf-8", "the file is not in UTF-8", "save it as UTF-8")
    })
}

fn link(path: &str) -> Problem {
    Problem::in_file(path, "symbolic-link", "symbolic links are not followed", "put the file itself there")
}

fn no_folder(workspace: &Path, folder: &str) -> Problem {
    let name = folder.rsplit('/').next().unwrap_or("");
    let known: Vec<String> = fs::read_dir(workspace.join("templates"))
        .map(|entries| entries.filter_map(Result::ok).filter_map(|e| e.file_name().into_string().ok()).collect())
        .unwrap_or_default();
    let guess = did_you_mean(name, known.iter().map(String::as_str).filter(|k| *k != "layouts"));
    let help = match guess.is_empty() {
        true => format!("`convoke new template {name}` makes it, with one file per language"),
        false => guess,
    };
    Problem::in_file(folder, "no-template", format!("there is no folder `{folder}`"), help)
}
