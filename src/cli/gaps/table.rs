//! The gap table for people: bars, words, and under them what was compared with what.

use crate::domain::campaign::GapKind;
use crate::domain::cell::{Cell, Value};
use crate::domain::contact::Stakeholder;
use crate::domain::gap::{ContactCount, GapTable, Row};
use crate::domain::geography::Region;
use crate::domain::reference::Reference;

use super::columns::{Column, Side, fit, shortened, total, wrapped};
use super::multipliers;

/// Rows shown at most; a file holds all of them.
const ROWS: usize = 40;
/// Narrowest and widest bar.
const BAR: (usize, usize) = (9, 25);
/// Narrowest name of a cell before the line grows beyond the terminal.
const NAME: usize = 24;

/// How the table is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether colours may be used.
    pub has_color: bool,
}

impl Look {
    fn paint(self, text: &str, style: &str) -> String {
        if self.has_color && !style.is_empty() && !text.trim().is_empty() {
            format!("\u{1b}[{style}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Draws the table; `with_host` is the same meeting with the host's participants, where a host is left out.
pub fn draw(table: &GapTable, with_host: Option<&GapTable>, look: Look) -> String {
    let (rows, hidden) = rows_to_show(table);
    let mut lines = vec![look.paint(&title(table), "1"), String::new()];
    lines.extend(body(table, &rows, with_host, look));
    if hidden > 0 {
        lines.push(look.paint(&format!("… {hidden} more rows; --output FILE.csv has all of them"), "2"));
    }
    lines.push(String::new());
    for note in notes(table, &rows, with_host) {
        lines.extend(wrapped(&note, look.width));
    }
    lines.join("\n")
}

/// Cells beside the whole are shown where anybody is in them; a long table shows its largest gaps.
fn rows_to_show(table: &GapTable) -> (Vec<&Row>, usize) {
    let in_use = |r: &&Row| r.rank.is_some() || r.participants + r.contacts > 0;
    let rows: Vec<&Row> = table.rows.iter().filter(in_use).collect();
    let hidden = rows.len().saturating_sub(ROWS);
    (rows.into_iter().take(ROWS).collect(), hidden)
}

fn title(table: &GapTable) -> String {
    let by = table.by.iter().map(|d| d.as_str()).collect::<Vec<_>>().join(" × ");
    match (table.year, table.without_host) {
        (None, _) => format!("Nobody is known to have taken part yet: contacts by {by}"),
        (Some(year), None) => format!("Who was missing in {year}, by {by}"),
        (Some(year), Some(host)) => format!("Who was missing in {year}, by {by}, without {}", host.record().name),
    }
}

pub(super) fn name(cell: &Cell) -> String {
    let word = |value: &Value| match value {
        Value::Country(code) => format!("{} ({code})", code.record().name),
        Value::Region(Region::IntergovernmentalOrganizations) => "Intergovernmental".to_owned(),
        Value::Region(Region::None) => "no group".to_owned(),
        // Every group of states is a group: the word would only take room.
        Value::Region(group) => group.as_str().trim_end_matches(" Group").to_owned(),
        other => other.to_string(),
    };
    // The regional class of intergovernmental organizations says the stakeholder group already.
    let igo = Value::Region(Region::IntergovernmentalOrganizations);
    let said = |value: &&Value| {
        cell.0.contains(&igo) && **value == Value::Stakeholder(Stakeholder::IntergovernmentalOrganization)
    };
    let words: Vec<String> = cell.0.iter().filter(|value| !said(value)).map(word).collect();
    if words.is_empty() { "everybody".to_owned() } else { words.join(" · ") }
}

fn body(table: &GapTable, rows: &[&Row], with_host: Option<&GapTable>, look: Look) -> Vec<String> {
    let mut columns = figures(table, rows, with_host);
    fit(&mut columns, look.width.saturating_sub(BAR.0 + 2));
    let over = (total(&columns) + BAR.0 + 2).saturating_sub(look.width);
    if let Some(names) = columns.first_mut().filter(|_| over > 0) {
        let width = names.width().saturating_sub(over).max(NAME);
        names.cells.iter_mut().for_each(|cell| *cell = shortened(cell, width));
    }
    let bar_width = look.width.saturating_sub(total(&columns) + 2).clamp(BAR.0, BAR.1);
    let bars = rows.iter().map(|r| r.ratio.map_or(" ".repeat(bar_width), |ratio| bar(ratio, bar_width))).collect();
    let at = columns.iter().position(|c| c.header == RATIO).unwrap_or(columns.len());
    columns.insert(at, Column::new(scale(bar_width), Side::Left, 0, bars));
    let header = columns.iter().map(|c| look.paint(&c.padded(&c.header), "2")).collect::<Vec<_>>().join("  ");
    let mut lines = vec![header.trim_end().to_owned()];
    for (i, row) in rows.iter().enumerate() {
        let cells = columns.iter().enumerate().map(|(n, column)| {
            let text = column.padded(column.cells.get(i).map_or("", String::as_str));
            let is_marked = n == at || n + 1 == columns.len();
            look.paint(
                &text,
                if row.rank.is_none() {
                    "2"
                } else if is_marked {
                    color(row)
                } else {
                    ""
                },
            )
        });
        lines.push(cells.collect::<Vec<_>>().join("  ").trim_end().to_owned());
    }
    lines
}

const RATIO: &str = "ratio";

/// The number of a cell among all, by which `new campaign --gap` knows it.
fn place_of(row: &Row, digits: usize) -> String {
    row.rank.map_or(" ".repeat(digits + 1), |rank| format!("{rank:>digits$} "))
}

fn figures(table: &GapTable, rows: &[&Row], with_host: Option<&GapTable>) -> Vec<Column> {
    let column = |header: &str, side, leave_out, text: &dyn Fn(&Row) -> String| {
        Column::new(header, side, leave_out, rows.iter().map(|r| text(r)).collect())
    };
    let digits_of_places = rows.iter().filter_map(|r| r.rank).max().unwrap_or(0).to_string().len();
    let mut columns = vec![
        column("", Side::Left, 0, &|r| format!("{}{}", place_of(r, digits_of_places), name(&r.cell))),
        column("came", Side::Right, 4, &|r| digits(r.participants)),
        column("share", Side::Right, 7, &|r| r.share.map_or(String::new(), percent)),
        column("due", Side::Right, 6, &|r| r.reference_share.map_or(String::new(), percent)),
        column(RATIO, Side::Right, 0, &|r| r.ratio.map_or(String::new(), two_places)),
        column("95 %", Side::Right, 2, &|r| {
            r.interval.map_or(String::new(), |(low, high)| format!("{}–{}", two_places(low), two_places(high)))
        }),
    ];
    if let (Some(other), Some(host)) = (with_host, table.without_host) {
        let ratio = |r: &Row| other.row_of(&r.cell).and_then(|o| o.ratio).map_or(String::new(), two_places);
        columns.push(column(&format!("with {host}"), Side::Right, 3, &ratio));
    }
    columns.push(column("needed", Side::Right, 0, &|r| match (r.reference_share, r.needed) {
        (None, _) => String::new(),
        _ if table.participants == 0 => String::new(),
        (_, Some(needed)) => digits(needed),
        (_, None) => "∞".to_owned(),
    }));
    columns.push(column("contacts", Side::Right, 8, &|r| match r.contacts {
        all if all == r.mailable => digits(all),
        all => format!("{} of {}", digits(r.mailable), digits(all)),
    }));
    let parts = parts(table);
    if parts.len() <= 4 {
        for part in parts {
            let count = |r: &Row| r.split.iter().find(|(p, _)| p == part).map(|(_, n)| *n).unwrap_or_default();
            columns.push(column(&part.to_string(), Side::Right, 1, &|r| {
                let ContactCount { mailable, .. } = count(r);
                digits(mailable)
            }));
        }
    }
    columns.push(column("gap", Side::Left, 0, &|r| match r.kind {
        GapKind::None => String::new(),
        kind => kind.to_string(),
    }));
    columns
}

fn parts(table: &GapTable) -> Vec<&Cell> {
    let mut parts: Vec<&Cell> = table.rows.iter().flat_map(|r| r.split.iter().map(|(part, _)| part)).collect();
    parts.sort();
    parts.dedup();
    parts
}

fn color(row: &Row) -> &'static str {
    match row.kind {
        GapKind::Uncontacted => "31",
        GapKind::Lapsed => "35",
        GapKind::Silent => "33",
        GapKind::None if row.ratio.is_some_and(|r| r > 1.0) => "36",
        GapKind::None => "32",
    }
}

/// `0 ····· 1 ····· 2` over the bars.
fn scale(width: usize) -> String {
    let middle = width / 2;
    let dots = |n: usize| "·".repeat(n.saturating_sub(1));
    format!("0{}1{}2", dots(middle), dots(width - 1 - middle))
}

/// A bar from 0 to twice parity, with a mark at parity; `▶` says that it goes on.
fn bar(ratio: f64, width: usize) -> String {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let eighths = (ratio.clamp(0.0, 2.0) / 2.0 * width as f64 * 8.0).round() as usize;
    let cell = |i: usize| match eighths.saturating_sub(i * 8) {
        8.. => '█',
        0 if i == width / 2 => '│',
        part => EIGHTHS.get(part).copied().unwrap_or(' '),
    };
    let mut bar: String = (0..width).map(cell).collect();
    if ratio > 2.0 {
        bar.pop();
        bar.push('▶');
    }
    bar
}

fn notes(table: &GapTable, rows: &[&Row], with_host: Option<&GapTable>) -> Vec<String> {
    let mut notes = Vec::new();
    for (kind, meaning) in [
        (
            GapKind::Uncontacted,
            "uncontacted: too few contacts to fill the gap; find those who can pass the invitation on",
        ),
        (GapKind::Lapsed, "lapsed: most contacts took part once, but not in the last two meetings; win them back"),
        (GapKind::Silent, "silent: enough contacts, who stay away; invite them"),
    ] {
        if rows.iter().any(|r| r.kind == kind) {
            notes.push(meaning.to_owned());
        }
    }
    if rows.iter().any(|r| r.ratio.is_some()) {
        notes.push(
            "ratio: 1 is parity with the reference; needed: how many more must come for it, everybody else unchanged"
                .to_owned(),
        );
    }
    if rows.iter().any(|r| r.mailable < r.contacts) {
        notes.push("contacts: those who may be written to, of all there are".to_owned());
    }
    let passing_on = multipliers::by_place(table);
    if !passing_on.is_empty() {
        notes.push(String::new());
        notes.extend(passing_on);
    }
    if !notes.is_empty() {
        notes.push(String::new());
    }
    notes.extend(counted(table));
    if let Some(d) = table.dissimilarity {
        let with = match (with_host.and_then(|t| t.dissimilarity), table.without_host) {
            (Some(other), Some(host)) => format!(" (with {}: {})", host.record().name, percent(other)),
            _ => String::new(),
        };
        notes.push(format!("{} of the seats would have to change hands for parity{with}", percent(d)));
    }
    notes.extend(compared_with(&table.reference));
    notes
}

fn counted(table: &GapTable) -> Vec<String> {
    let Some(year) = table.year else {
        return vec!["nobody can be missing from a meeting nobody is known to have attended".to_owned()];
    };
    let base = match table.base.as_str() {
        "checked_in" => "checked in",
        other => other,
    };
    let mut notes =
        vec![format!("counted: {} participants from member states, {base}, {year}", digits(table.participants))];
    let class = |group: &Region| match group {
        Region::IntergovernmentalOrganizations => "from intergovernmental organizations",
        Region::None => "from territories and observers without a regional group",
        _ => "of unknown origin",
    };
    let beside: Vec<String> =
        table.beside.iter().map(|(group, n)| format!("{} {}", digits(*n), class(group))).collect();
    if !beside.is_empty() {
        notes.push(format!("beside them, in no share: {}", beside.join(", ")));
    }
    if table.unknown > 0 {
        notes.push(format!(
            "not known in full: {} participants; JSON gives the bounds this implies",
            digits(table.unknown)
        ));
    }
    notes
}

fn compared_with(reference: &Reference) -> Vec<String> {
    let year = if reference.year.is_empty() { String::new() } else { format!(" ({})", reference.year) };
    let mut notes = vec![format!("compared with: {}{year}", reference.name)];
    if let Some(decided) = reference.method.strip_prefix("product of margins") {
        notes.push(format!("method: product of margins, as no joint reference exists{decided}"));
    } else if reference.method != "joint" {
        notes.push(format!("method: {}", reference.method));
    }
    if !reference.source.is_empty() {
        notes.push(format!("source: {}", reference.source));
    }
    notes
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn two_places(figure: f64) -> String {
    format!("{figure:.2}")
}

/// `1,234,567`
pub(super) fn digits(n: u64) -> String {
    let plain = n.to_string();
    let mut text = String::new();
    for (i, digit) in plain.chars().enumerate() {
        if i > 0 && (plain.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_reaches_as_far_as_the_ratio_and_marks_parity() {
        assert_eq!(bar(0.0, 11), "     │     ");
        assert_eq!(bar(1.0, 12), "██████│     ");
        assert_eq!(bar(2.0, 11), "███████████");
        assert_eq!(bar(4.4, 11), "██████████▶");
        assert_eq!(bar(0.5, 11), "██▊  │     ");
        assert_eq!(scale(11), "0····1····2");
    }

    #[test]
    fn figures_are_grouped_by_thousands() {
        assert_eq!([digits(0), digits(999), digits(1000), digits(1_234_567)], ["0", "999", "1,000", "1,234,567"]);
    }
}
