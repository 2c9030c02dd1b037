//! Files that another program has open: what is read of them may be half of what their author means.

use std::io;
use std::path::Path;

use crate::domain::table::TableError;
use crate::system::in_use::is_in_use;

/// Refuses a file beside which a spreadsheet program keeps the mark that it is being edited, and such a mark itself.
///
/// # Errors
/// [`TableError::InUse`].
pub(super) fn refuse_edited(path: &Path) -> Result<(), TableError> {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return Ok(()) };
    if let Some(meant) = marked_by(name) {
        return Err(TableError::InUse(format!(
            "this is the mark that {} has `{meant}` open; close it there and import `{meant}`",
            if name.starts_with("~$") { "Excel" } else { "LibreOffice" }
        )));
    }
    for (mark, program) in [(format!("~${name}"), "Excel"), (format!(".~lock.{name}#"), "LibreOffice")] {
        if path.with_file_name(&mark).exists() {
            return Err(TableError::InUse(format!(
                "{program} has it open: save and close it there first; if nobody has it open, delete the mark `{mark}` \
                 beside it"
            )));
        }
    }
    Ok(())
}

/// The file whose mark of being edited this name is.
fn marked_by(name: &str) -> Option<&str> {
    let by_excel = name.strip_prefix("~$");
    by_excel.or_else(|| name.strip_prefix(".~lock.")?.strip_suffix('#')).filter(|meant| !meant.is_empty())
}

/// A file that cannot be opened or read.
pub(super) fn unreadable(error: &io::Error) -> TableError {
    if is_in_use(error) {
        return TableError::InUse("another program has it open: close it there (in Excel, say) first".to_owned());
    }
    TableError::Unreadable(error.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test that cannot go on must end

    use super::*;

    #[test]
    fn a_file_being_edited_is_refused_until_its_mark_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("people.xlsx");
        assert_eq!(refuse_edited(&file), Ok(()));
        for mark in ["~$people.xlsx", ".~lock.people.xlsx#"] {
            let mark = folder.path().join(mark);
            std::fs::write(&mark, "").unwrap();
            let said = refuse_edited(&file).unwrap_err().to_string();
            assert!(said.contains("close it") && said.contains(mark.file_name().unwrap().to_str().unwrap()), "{said}");
            let said = refuse_edited(&mark).unwrap_err().to_string();
            assert!(said.contains("import `people.xlsx`"), "{said}");
            std::fs::remove_file(mark).unwrap();
        }
        assert_eq!(refuse_edited(&folder.path().join("~$")), Ok(()));
    }
}
