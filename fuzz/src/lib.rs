//! What the targets share: reading octets as the file they might be.

use std::fs;
use std::io::{Cursor, Write};

use convoke::domain::columns::{Columns, Subject};
use convoke::domain::table::{Record, Row};
use convoke::files::{survey::Survey, table};

/// Rows after which a table is long enough.
const ROWS: usize = 100_000;

/// Reads octets as import would read a file that holds them, to the end.
pub fn read_file(octets: &[u8]) {
    // Memory, where the system has it as a folder: a disk would be what is measured.
    let folder = if fs::metadata("/dev/shm").is_ok() { "/dev/shm".into() } else { std::env::temp_dir() };
    let path = folder.join(format!("convoke-fuzz-{}", std::process::id()));
    if fs::write(&path, octets).is_err() {
        return;
    }
    let Ok(survey) = Survey::of(&path) else { return };
    let sheet = octets.last().filter(|octet| octet.is_ascii_digit()).map(|octet| char::from(*octet).to_string());
    let Ok(mut rows) = table::open(&path, &survey, sheet.as_deref()) else { return };
    let _ = Columns::read(rows.header(), Subject::Contacts, &[]);
    assert!(rows.findings().len() < 1000, "what is told of a file is bounded");
    let mut record = Record::default();
    for _ in 0..ROWS {
        match rows.next_row(&mut record) {
            Ok(Row::Whole) => assert_eq!(record.len(), rows.header().len(), "a whole row has the header's cells"),
            Ok(Row::Broken(_)) => {}
            Ok(Row::End) | Err(_) => return,
        }
    }
}

/// A ZIP file of these parts.
pub fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, octets) in parts {
        if zip.start_file(*name, options).and_then(|()| Ok(zip.write_all(octets)?)).is_err() {
            return Vec::new();
        }
    }
    zip.finish().map(Cursor::into_inner).unwrap_or_default()
}
