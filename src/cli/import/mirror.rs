//! `import --mirror`: contacts that first came by a file and are not in it any more.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::inputs::{failure, place_of};
use crate::cli::output::{counted, table as table_of};
use crate::cli::shell::plain;
use crate::domain::keys::Keyring;
use crate::engine::contacts::mirror::{Mirror, mirror};
use crate::engine::import::ImportOptions;
use crate::engine::ports::Store;
use crate::files::survey::Survey;
use crate::files::table;

/// Reads the file once more, for its addresses only, and compares.
///
/// # Errors
/// A file that cannot be read, or the ledger's trouble.
pub(super) fn compare(
    path: &Path,
    options: &ImportOptions,
    keyring: &Keyring,
    store: &mut (impl Store + ?Sized),
    context: &Context,
) -> Result<Mirror, Failure> {
    let fault = |error| failure(&options.file, &error);
    let survey = Survey::of(path).and_then(|s| s.read_as(options.encoding.as_deref())).map_err(|e| fault(e.into()))?;
    let mut rows = table::open(path, &survey, options.sheet.as_deref()).map_err(|e| fault(e.into()))?;
    mirror(rows.as_mut(), &options.maps, &place_of(path, context)?, keyring, store).map_err(fault)
}

/// What joins the import's JSON under `mirror`.
pub(super) fn as_json(mirror: &Mirror) -> Value {
    json!({
        "came_by": mirror.came_by,
        "gone": mirror.gone.iter().map(|gone| json!({
            "id": gone.id, "email": gone.address.to_string(), "name": gone.name,
        })).collect::<Vec<_>>(),
        "unreadable": mirror.unreadable,
    })
}

/// Contacts shown of a long list.
const SHOWN: usize = 20;

/// The comparison for people.
///
/// # Errors
/// Where standard output cannot be written.
pub(super) fn show(mirror: &Mirror, context: &Context) -> Result<(), Failure> {
    let output = &context.output;
    let came = usize::try_from(mirror.came_by).unwrap_or(usize::MAX);
    if came == 0 {
        output.say("no contact first came by this file, under the name it has and in the folder where it lies");
        return Ok(());
    }
    if !mirror.gone.is_empty() {
        let mut rows = table_of(&["no longer in the file", "address", "name"]);
        for gone in mirror.gone.iter().take(SHOWN) {
            let name = plain(&output.foreign_text(&gone.name));
            rows.add_row([gone.id.clone(), output.address(&gone.address), name]);
        }
        output.print(&format!("\n{rows}"))?;
        if mirror.gone.len() > SHOWN {
            output.print(&format!("and {} more; --format json lists them", mirror.gone.len() - SHOWN))?;
        }
    }
    output.say(format!(
        "{} first came by this file, {} of them no longer in it; none was deleted",
        counted(came, "contact"),
        mirror.gone.len()
    ));
    if mirror.unreadable > 0 && !mirror.gone.is_empty() {
        let rows = counted(usize::try_from(mirror.unreadable).unwrap_or(usize::MAX), "row");
        output.say(format!("{rows} without a readable address: somebody listed may stand there"));
    }
    Ok(())
}

/// The next command, where somebody is gone: look at them.
pub(super) fn next(mirror: &Mirror) -> Option<String> {
    mirror.gone.first().map(|gone| format!("convoke contacts show {}", gone.id))
}
