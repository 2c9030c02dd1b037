//! How commands speak.
//!
//! **Data goes to standard output, talk to standard error.** A command run with `--format json` prints one JSON document
//! ([`Output::json`]), or one object a line where the contract says so ([`Output::json_line`]); nothing else may reach
//! standard output then. Everything a person reads besides the result goes through [`Output::say`], which `-q` silences;
//! [`Output::detail`] speaks only with `-v`; [`Output::warn`] always speaks.
//!
//! **How it should read.** Plain words, lower case at the start of a line of counts, no exclamation marks. "left out" for
//! held back, "comparison group" for hold-out, "refused rows" for import rejects. Numbers with their noun: `12 planned,
//! 3 left out`. A table has a header and no borders ([`table`]). An address on the screen goes through
//! [`Output::address`], which masks it unless the person asked for it whole; JSON and exports carry it whole. The last
//! lines give the counts, say what left this computer, and name the next command ([`Output::next`]).
//!
//! A reader that goes away (`convoke gaps | head`) is no error: the rest is not printed, the command ends as it would
//! have.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

use super::context::{Color, GlobalArgs};
use super::failure::Failure;
use super::shell::shell_word;
use crate::domain::address::{EmailAddress, mask_cell};
use crate::domain::problem::Problem;

/// Where a command's words go.
#[derive(Debug)]
pub struct Output {
    is_quiet: bool,
    verbosity: u8,
    has_color: bool,
    talk_has_color: bool,
    shows_addresses: bool,
    /// The workspace as named with `-C`.
    workspace: Option<String>,
    reader_left: Cell<bool>,
}

impl Output {
    /// By the global flags and the environment (`NO_COLOR`, `TERM=dumb`).
    pub fn new(global: &GlobalArgs) -> Self {
        Self {
            is_quiet: global.quiet,
            verbosity: global.verbose,
            has_color: wants_color(global.color, io::stdout().is_terminal()),
            talk_has_color: wants_color(global.color, io::stderr().is_terminal()),
            shows_addresses: global.show_addresses,
            workspace: global.workspace.as_deref().map(shell_word),
            reader_left: Cell::new(false),
        }
    }

    /// Whether what goes to standard output may carry colours.
    pub fn has_color(&self) -> bool {
        self.has_color
    }

    /// One JSON document.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub fn json(&self, document: &impl serde::Serialize) -> Result<(), Failure> {
        self.json_line(document)
    }

    /// One JSON object of several, on a line of its own.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub fn json_line(&self, object: &impl serde::Serialize) -> Result<(), Failure> {
        let line = serde_json::to_string(object).map_err(Failure::failed)?;
        self.print(&line)
    }

    /// Objects on lines of their own, as many as a ledger holds: they go out together as blocks, since a line at a time
    /// is most of the time a long list takes. [`Lines::finish`] says what remains.
    pub fn lines(&self) -> Lines<'_> {
        Lines { output: self, waiting: String::new() }
    }

    /// A line (or several) of the result, for people.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        self.write(&format!("{text}\n"))
    }

    fn write(&self, text: &str) -> Result<(), Failure> {
        if self.reader_left.get() {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.reader_left.set(true);
                Ok(())
            }
            Err(error) => Err(Failure::failed(format!("standard output cannot be written: {error}"))),
            Ok(()) => Ok(()),
        }
    }

    /// Talk: what is being done, what came of it. Silent with `-q`.
    pub fn say(&self, text: impl AsRef<str>) {
        if !self.is_quiet {
            to_stderr(text.as_ref());
        }
    }

    /// Talk for those who want to know more: only with `-v`.
    pub fn detail(&self, text: impl AsRef<str>) {
        if self.verbosity > 0 && !self.is_quiet {
            to_stderr(text.as_ref());
        }
    }

    /// Something a person should know although the command goes on; `-q` does not silence it.
    pub fn warn(&self, text: impl AsRef<str>) {
        to_stderr(&format!("{} {}", label("warning:", self.talk_has_color), text.as_ref()));
    }

    /// The next command to type; one of ours goes to the workspace that this one was told.
    pub fn next(&self, command: impl AsRef<str>) {
        self.say(format!("next: {}", self.typed(command.as_ref())));
    }

    /// A command as it has to be typed where this one was: with the workspace named again, where it was named.
    pub fn typed(&self, command: &str) -> String {
        match &self.workspace {
            // Changing into a workspace finds it, and a restore names its own.
            Some(workspace) if !command.starts_with("cd ") && !command.contains("convoke -C ") => {
                command.replace("convoke ", &format!("convoke -C {workspace} "))
            }
            _ => command.to_owned(),
        }
    }

    /// An address as the screen may show it: `l***@example.org`, or whole with `--show-addresses`.
    pub fn address(&self, address: &EmailAddress) -> String {
        if self.shows_addresses { address.to_string() } else { address.masked() }
    }

    /// Text of a mail server or a person, as the screen may show it: on one line, and addresses in it masked as
    /// [`Output::address`] masks them.
    pub fn foreign_text(&self, text: &str) -> String {
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if self.shows_addresses {
            return line;
        }
        let ends_word = |c: char| c.is_whitespace() || "<>()[]\"',;:".contains(c);
        line.split_inclusive(ends_word)
            .map(|part| {
                let word = part.trim_end_matches(ends_word);
                let masked = if word.contains('@') { mask_cell(word) } else { word.to_owned() };
                masked + part.strip_prefix(word).unwrap_or_default()
            })
            .collect()
    }

    /// Problems of files, each with its place and its help, as errors.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub fn problems(&self, problems: &[Problem], warnings: &[Problem]) -> Result<(), Failure> {
        for problem in problems {
            self.print(&format!("{} {problem}", label("error:", self.has_color)))?;
        }
        for warning in warnings {
            self.print(&format!("{} {warning}", label("warning:", self.has_color)))?;
        }
        Ok(())
    }
}

/// Lines of JSON on their way to standard output.
#[derive(Debug)]
pub struct Lines<'a> {
    output: &'a Output,
    waiting: String,
}

/// Octets that go out together.
const BLOCK: usize = 64 * 1024;

impl Lines<'_> {
    /// One JSON object, on a line of its own.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub fn json(&mut self, object: &impl serde::Serialize) -> Result<(), Failure> {
        self.waiting += &serde_json::to_string(object).map_err(Failure::failed)?;
        self.waiting.push('\n');
        if self.waiting.len() < BLOCK {
            return Ok(());
        }
        let block = std::mem::take(&mut self.waiting);
        self.output.write(&block)
    }

    /// Sends out what still waits.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub fn finish(self) -> Result<(), Failure> {
        self.output.write(&self.waiting)
    }
}

/// Whether words to a stream carry colours: `--color`, else a terminal that is not `dumb`, unless `NO_COLOR` says no
/// (no-color.org: set and not empty).
fn wants_color(wish: Color, is_terminal: bool) -> bool {
    match wish {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            is_terminal
                && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
                && std::env::var_os("TERM").is_none_or(|v| v != "dumb")
        }
    }
}

/// `error:` in bold red, `warning:` in bold yellow, where colours are wanted.
fn label(word: &str, has_color: bool) -> String {
    match (has_color, word) {
        (false, _) => word.to_owned(),
        (true, "error:") => format!("\x1b[1;31m{word}\x1b[0m"),
        (true, _) => format!("\x1b[1;33m{word}\x1b[0m"),
    }
}

/// The label of the one error a command ends with, as standard error shows it.
pub fn error_label(color: Color) -> String {
    label("error:", wants_color(color, io::stderr().is_terminal()))
}

/// Standard error may be closed or full; a lost remark must not end a send.
fn to_stderr(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A table without borders: a header, then rows. On a terminal it keeps within its width, long cells in several lines.
pub fn table(header: &[&str]) -> Table {
    table_within(terminal_width(), header)
}

fn table_within(width: Option<u16>, header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(header.to_vec());
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    table
}

/// Columns of the terminal that standard output is, if it is one.
pub fn terminal_width() -> Option<u16> {
    let terminal = || terminal_size::terminal_size_of(io::stdout());
    io::stdout().is_terminal().then(terminal).flatten().map(|(width, _)| width.0)
}

/// `1 problem`, `2 problems`: a count with its noun.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_keeps_within_the_terminal_and_loses_no_word() {
        let sentence = "the name of an office, not of a person: say kind = shared if so, kind = person if not";
        let shown = |width| {
            let mut table = table_within(width, &["cells", "first line", "column", "worth a look"]);
            table.add_row(["12", "1048576", "Stakeholder group", sentence]);
            table.to_string()
        };
        let narrow = shown(Some(80));
        assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
        assert!(
            narrow.contains("Stakeholder group") && sentence.split(' ').all(|word| narrow.contains(word)),
            "{narrow}"
        );
        assert_eq!(shown(None).lines().count(), 2, "whoever reads a pipe finds one line a row");
    }
}
