//! The XML of a workbook's parts, piece by piece. Entities other than XML's own five are refused with the document type
//! that would define them: nothing in a workbook needs them, and they can be made to grow without end.

use std::io::BufReader;

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::package::{BROKEN, Metered, too_large};
use crate::domain::table::TableError;

/// A part being read.
pub(super) struct Xml<'a> {
    reader: Reader<BufReader<Metered<'a>>>,
    buffer: Vec<u8>,
}

/// What comes next.
pub(super) enum Piece<'b> {
    /// A tag opens. An empty element opens and closes.
    Open(BytesStart<'b>),
    /// A tag closes: its name without prefix, where it is one that matters.
    Close(&'static str),
    /// Text, entities resolved.
    Text(std::borrow::Cow<'b, str>),
    /// The part ends.
    End,
}

impl<'a> Xml<'a> {
    pub(super) fn new(part: Metered<'a>) -> Self {
        let mut reader = Reader::from_reader(BufReader::new(part));
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = false;
        Self { reader, buffer: Vec::new() }
    }

    /// The next piece.
    ///
    /// # Errors
    /// [`TableError`] where the part is no XML, defines entities, or is too large.
    pub(super) fn next(&mut self) -> Result<Piece<'_>, TableError> {
        self.buffer.clear();
        self.reader.get_mut().get_mut().begin_piece();
        // Two borrows of one buffer are not seen to exclude each other, so what ended is asked first.
        let spent = |reader: &Reader<BufReader<Metered<'a>>>| reader.get_ref().get_ref().is_spent();
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(_) if spent(&self.reader) => return Err(too_large()),
            Err(_) if self.reader.get_ref().get_ref().is_overlong() => return Err(OVERLONG),
            Err(_) => return Err(BROKEN),
        };
        Ok(match event {
            Event::Start(tag) | Event::Empty(tag) => Piece::Open(tag),
            Event::End(tag) => Piece::Close(closing(local(tag.name().into_inner()))),
            Event::Text(text) => Piece::Text(text.xml10_content()),
            Event::CData(text) => Piece::Text(text.xml10_content()),
            Event::GeneralRef(name) => match resolve_xml_entity(&name) {
                Some(text) => Piece::Text(text.into()),
                None => match name.resolve_char_ref() {
                    Ok(Some(c)) => Piece::Text(c.to_string().into()),
                    _ => return Err(ENTITIES),
                },
            },
            Event::DocType(_) => return Err(ENTITIES),
            Event::Eof => Piece::End,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => Piece::Text("".into()),
        })
    }

    /// Reads past the end of the element that has just opened.
    ///
    /// # Errors
    /// As [`Xml::next`].
    pub(super) fn skip(&mut self) -> Result<(), TableError> {
        let mut depth = 1_u64;
        while depth > 0 {
            match self.next()? {
                Piece::Open(_) => depth += 1,
                Piece::Close(_) => depth -= 1,
                Piece::Text(_) => {}
                Piece::End => return Err(BROKEN),
            }
        }
        Ok(())
    }
}

const OVERLONG: TableError = TableError::Refused(
    "this workbook has a tag or a text of millions of letters, which no spreadsheet program writes; it was made to do harm \
     or is damaged",
);
const ENTITIES: TableError = TableError::Refused(
    "this workbook defines XML entities, which no spreadsheet program does; it was made to do harm or is damaged",
);

/// The closing tags that readers wait for.
fn closing(name: &str) -> &'static str {
    const AWAITED: [&str; 11] =
        ["v", "t", "c", "rPh", "si", "cellXfs", "table-cell", "covered-table-cell", "table-row", "table", "row"];
    AWAITED.into_iter().find(|awaited| *awaited == name).unwrap_or("")
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// The local name of a tag.
pub(super) fn name_of<'t>(tag: &'t BytesStart<'_>) -> &'t str {
    local(tag.name().into_inner())
}

/// An attribute by its local name, entities resolved; empty where it is not there.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> String {
    // Looking for attributes given twice would take the square of their number.
    let mut attributes = tag.attributes();
    let found = attributes.with_checks(false).flatten().find(|a| local(a.key.into_inner()) == name);
    let Some(found) = found else { return String::new() };
    match quick_xml::escape::unescape(&found.value) {
        Ok(text) => text.into_owned(),
        Err(_) => found.value.into_owned(),
    }
}

/// Whether an attribute says yes.
pub(super) fn is_set(tag: &BytesStart<'_>, name: &str) -> bool {
    matches!(attribute(tag, name).as_str(), "1" | "true" | "on")
}
