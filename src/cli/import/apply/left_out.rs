//! The answers of a list of people a plan left out.

use std::path::Path;

use serde_json::json;

use super::super::super::context::Context;
use super::super::super::failure::{Failure, exit};
use super::super::super::open;
use super::super::super::output::table;
use super::super::super::shell::{plain, shell_word};
use super::super::masked;
use crate::domain::review::{Line, Part, Slot};
use crate::engine::review::left_out;
use crate::engine::review::origin::Key;

/// Applies them.
///
/// # Errors
/// The ledger's.
pub(super) fn apply(form: &Path, lines: &[Line], context: &Context) -> Result<u8, Failure> {
    let (keyring, mut ledger) = open::existing(context)?;
    let reason = format!("answered in {}", form.display());
    let applied = left_out::apply(lines, &reason, &keyring, &mut ledger, context.clock().now())?;
    let code = if applied.faults.is_empty() { exit::DONE } else { exit::INPUT };
    if context.is_json() {
        context.output.json(&json!({
            "corrected": applied.corrected,
            "taken_back": applied.taken_back,
            "open": applied.open,
            "unusable": applied.faults,
        }))?;
        return Ok(code);
    }
    let mut counts = table(&["count", "what became of the answers"]);
    for (count, words) in [
        (applied.corrected, "contacts corrected"),
        (applied.taken_back, "invitations not yet sent that were taken back"),
        (applied.faults.len() as u64, "answers that cannot be used"),
        (applied.open as u64, "people still without an answer"),
    ] {
        if count > 0 || words.starts_with("contacts") {
            counts.add_row([count.to_string(), words.to_owned()]);
        }
    }
    context.output.print(&counts.to_string())?;
    for fault in &applied.faults {
        context.output.print(&masked(fault, context))?;
    }
    context.output.say("kept in the ledger; nothing left this computer");
    let campaign = lines.iter().find(|l| l.part == Part::About && l.cell(Slot::Column) == Key::Campaign.as_str());
    let name = shell_word(form);
    context.output.next(match campaign {
        _ if !applied.faults.is_empty() => format!("answer the rest in {name}, then convoke import --apply {name}"),
        Some(line) => format!("convoke plan {}", plain(line.cell(Slot::Value).trim())),
        None => "convoke status".to_owned(),
    });
    Ok(code)
}
