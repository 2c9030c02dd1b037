//! `convoke contacts list`

use super::filter::Filter;
use super::json;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, exit};
use crate::cli::output::{Output, counted, table, terminal_width};
use crate::cli::shell::plain;
use crate::engine::contacts::{ListError, Listed, list};

/// Lists contacts
///
/// Everybody, or whoever meets the conditions: the same as in an audience's `where`. JSON comes as one object a line.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    filter: Filter,
    /// Show at most so many; the count is of all (default: 100 on the screen, everybody as JSON)
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
}

/// Contacts shown on the screen where no limit is given.
const ON_SCREEN: u64 = 100;

/// Rows whose columns are made equally wide: as many as are kept in memory.
const ROWS_AT_ONCE: usize = 500;

/// Characters of a cell.
const WIDEST: usize = 32;

pub fn run(args: &Args, context: &Context) -> Result<u8, Failure> {
    let conditions = args.filter.conditions()?;
    let (_, mut ledger) = super::opened(context)?;
    let limit = args.limit.unwrap_or(if context.is_json() { u64::MAX } else { ON_SCREEN });
    let (mut shown, mut printed) = (0, Ok(()));
    let mut lines = context.output.lines();
    let mut page = Page { output: &context.output, rows: Vec::new(), first: None, begun: false, kept: None };
    let rules = super::rules(context)?;
    let found = list(&mut ledger, &conditions, rules, &mut |listed| {
        if shown < limit && printed.is_ok() {
            shown += 1;
            printed =
                if context.is_json() { lines.json(&json::listed(&listed, rules.groups)) } else { page.add(&listed) };
        }
    });
    let found = found.map_err(problems)?;
    printed?;
    lines.finish()?;
    page.print()?;
    let all = counted(usize::try_from(found).unwrap_or(usize::MAX), "contact");
    let rest = match (shown < found, context.is_json()) {
        (false, _) => String::new(),
        (true, true) => format!(", {shown} of them shown"),
        (true, false) => format!(", {shown} of them shown; --limit {found} shows them all"),
    };
    let left_out = page.left_out();
    if !left_out.is_empty() {
        context.output.say(format!("no room for {}: a wider window shows them", left_out.join(", ")));
    }
    context.output.say(format!("{all}{rest}; nothing left this computer"));
    context.output.next(match &page.first {
        Some(id) => format!("convoke contacts show {id}"),
        None if found > 0 => "convoke contacts export --out contacts.csv".to_owned(),
        None => "convoke contacts list".to_owned(),
    });
    Ok(exit::DONE)
}

/// Words of conditions that are not known: wrong usage.
pub(super) fn problems(error: ListError) -> Failure {
    match error {
        ListError::Conditions(problems) => {
            Failure::usage(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\nerror: "))
        }
        ListError::Ledger(error) => error.into(),
    }
}

/// Rows on their way to the screen, a table at a time.
struct Page<'a> {
    output: &'a Output,
    rows: Vec<[String; 8]>,
    /// Id of the first contact shown.
    first: Option<String>,
    begun: bool,
    /// Columns shown: those that the first rows left room for.
    kept: Option<[bool; 8]>,
}

impl Page<'_> {
    fn add(&mut self, listed: &Listed<'_>) -> Result<(), Failure> {
        let contact = listed.contact;
        if self.first.is_none() {
            self.first = Some(contact.id.clone());
        }
        self.rows.push([
            contact.id.clone(),
            self.output.address(&contact.address),
            self.fit(&contact.full_name()),
            self.fit(&contact.organisation),
            contact.stakeholder.to_string(),
            self.fit(&contact.text_of("country")),
            listed.tier.to_string(),
            contact.text_of("language"),
        ]);
        if self.rows.len() >= ROWS_AT_ONCE { self.print() } else { Ok(()) }
    }

    fn fit(&self, text: &str) -> String {
        let text = plain(&self.output.foreign_text(text));
        if text.chars().count() > WIDEST { text.chars().take(WIDEST - 1).chain(['…']).collect() } else { text }
    }

    fn print(&mut self) -> Result<(), Failure> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let kept = *self.kept.get_or_insert_with(|| columns_within(terminal_width(), &self.rows));
        let some_of = |row: &[String; 8]| -> Vec<String> {
            row.iter().zip(kept).filter(|(_, is_kept)| *is_kept).map(|(cell, _)| cell.clone()).collect()
        };
        let header = some_of(&HEADER.map(str::to_owned));
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        let mut shown = table(if self.begun { &[] } else { &header });
        for row in self.rows.drain(..) {
            shown.add_row(some_of(&row));
        }
        self.begun = true;
        self.output.print(&shown.to_string())
    }

    /// The columns a narrow terminal has no room for.
    fn left_out(&self) -> Vec<&'static str> {
        let kept = self.kept.unwrap_or([true; 8]);
        HEADER.into_iter().zip(kept).filter(|(_, is_kept)| !is_kept).map(|(name, _)| name).collect()
    }
}

const HEADER: [&str; 8] = ["id", "address", "name", "organisation", "stakeholder", "country", "tier", "language"];

/// Columns that go first where there is no room for all: an id in two lines could not be copied.
const GO_FIRST: [usize; 5] = [3, 4, 7, 6, 5];

/// Which columns fit on a terminal.
fn columns_within(width: Option<u16>, rows: &[[String; 8]]) -> [bool; 8] {
    let mut all = table(&HEADER);
    all.add_rows(rows);
    // A blank stands on both sides of a cell.
    let widths: Vec<u16> = all.column_max_content_widths().iter().map(|content| content + 2).collect();
    let mut kept = [true; 8];
    for next in GO_FIRST {
        let taken: u16 = widths.iter().zip(kept).filter(|(_, is_kept)| *is_kept).map(|(width, _)| *width).sum();
        match (width.is_some_and(|width| taken > width), kept.get_mut(next)) {
            (true, Some(column)) => *column = false,
            _ => break,
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_terminal_gets_fewer_columns_and_whole_ids() {
        let row = [
            "c3fzv4meui43ku6fa",
            "a***@example.org",
            "Ada Sample",
            "Ministry of Posts",
            "Government",
            "KE",
            "field",
            "en",
        ];
        let kept = |width| {
            let kept = columns_within(width, &[row.map(str::to_owned)]);
            HEADER.into_iter().zip(kept).filter(|(_, is_kept)| *is_kept).map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(kept(None), HEADER);
        assert_eq!(kept(Some(200)), HEADER);
        assert_eq!(kept(Some(80)), ["id", "address", "name", "country", "tier", "language"]);
        assert_eq!(kept(Some(20)), ["id", "address", "name"]);
    }
}
