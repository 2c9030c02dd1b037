//! Visiting cards: vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350), read card by card in bounded memory.
//!
//! A card with several addresses gives one row for each, the preferred one first; a row's line is the one its card begins
//! on. Remarks (`NOTE`), telephone numbers, pictures and keys are left where they are.

mod card;
mod line;

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::decode::Text;
use super::in_use::unreadable;
use super::survey::Survey;
use crate::domain::table::{Record, Row, Rows, TableError};

use card::Card;
use line::Lines;

/// The columns a card is read into.
const COLUMNS: [&str; 14] = [
    "email",
    "kind",
    "title",
    "name",
    "given_name",
    "family_name",
    "organisation",
    "position",
    "gender",
    "country",
    "language",
    "time_zone",
    "tags",
    "source",
];

/// The line a card begins on, and the card or what is wrong with it.
type NumberedCard = (u64, Result<Card, String>);

/// Cards being read.
pub(super) struct Cards<R> {
    lines: Lines<R>,
    header: Record,
    waiting: VecDeque<Record>,
}

impl Cards<File> {
    /// Opens the file that was surveyed.
    ///
    /// # Errors
    /// [`TableError`] where it cannot be read.
    pub(super) fn open(path: &Path, survey: &Survey) -> Result<Self, TableError> {
        let file = File::open(path).map_err(|e| unreadable(&e))?;
        Ok(Self::new(Text::new(file, survey.encoding)))
    }
}

impl<R: Read> Cards<R> {
    fn new(text: Text<R>) -> Self {
        Self { lines: Lines::new(text), header: Record::from_cells(1, COLUMNS), waiting: VecDeque::new() }
    }

    /// Reads the next card; nothing at the end of the file.
    fn next_card(&mut self) -> Result<Option<NumberedCard>, TableError> {
        let first = loop {
            match self.lines.next()? {
                None => return Ok(None),
                Some(line) if line.is("BEGIN", "VCARD") => break line.number,
                Some(line) if line.text.trim().is_empty() => {}
                Some(line) => {
                    let number = line.number;
                    self.skip_stray()?;
                    return Ok(Some((
                        number,
                        Err("text outside of any card; a card begins with BEGIN:VCARD".to_owned()),
                    )));
                }
            }
        };
        let mut card = Card::default();
        let mut trouble = None;
        loop {
            let Some(line) = self.lines.next()? else {
                return Ok(Some((first, Err("the card has no end: END:VCARD is missing".to_owned()))));
            };
            if line.is("END", "VCARD") {
                break;
            }
            if line.is("BEGIN", "VCARD") {
                self.lines.push_back();
                return Ok(Some((first, Err("the card has no end: END:VCARD is missing".to_owned()))));
            }
            if let Some(reason) = line.broken {
                trouble = trouble.or(Some(format!("line {}: {reason}", line.number)));
            } else if let Err(reason) = card.take(line.text) {
                trouble = trouble.or(Some(reason));
            }
        }
        Ok(Some((first, trouble.map_or(Ok(card), Err))))
    }

    /// Goes on to the next card.
    fn skip_stray(&mut self) -> Result<(), TableError> {
        while let Some(line) = self.lines.next()? {
            if line.is("BEGIN", "VCARD") {
                self.lines.push_back();
                break;
            }
        }
        Ok(())
    }
}

impl<R: Read + Send> Rows for Cards<R> {
    fn header(&self) -> &Record {
        &self.header
    }

    fn next_row(&mut self, into: &mut Record) -> Result<Row, TableError> {
        if self.waiting.is_empty() {
            match self.next_card()? {
                None => return Ok(Row::End),
                Some((line, Ok(card))) => self.waiting = card.rows(line),
                Some((line, Err(reason))) => {
                    into.restart(line);
                    return Ok(Row::Broken(reason));
                }
            }
        }
        *into = self.waiting.pop_front().unwrap_or_default();
        Ok(Row::Whole)
    }
}

#[cfg(test)]
mod tests;
