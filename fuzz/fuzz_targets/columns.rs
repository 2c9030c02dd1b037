#![no_main]

use convoke::domain::columns::{Columns, Field, Subject, reads_like_header};
use convoke::domain::table::Record;
use libfuzzer_sys::fuzz_target;

// The cells of a header, one a line: every column feeds something, and no two the same.
fuzz_target!(|text: &str| {
    let header = Record::from_cells(1, text.lines());
    let _ = reads_like_header(header.cells());
    for subject in [Subject::Contacts, Subject::Participation, Subject::OptOuts] {
        let Ok(columns) = Columns::read(&header, subject, &[]) else { continue };
        assert_eq!(columns.fields.len(), header.len());
        let mut fields: Vec<&Field> = columns.fields.iter().filter(|field| **field != Field::Ignored).collect();
        fields.sort();
        assert!(fields.windows(2).all(|pair| pair[0] != pair[1]), "{fields:?}");
    }
});
