//! What importing contacts is measured against: a plain CSV read of the same file, each row judged as import judges it.
//!
//! One loop over the csv crate's reader, one row after the other, in memory that is used again: no ledger, no thread, no
//! memory of earlier cells. Of each row it parses the address and takes its key and contact id, cleans every text, reads
//! gender, stakeholder group, tier, language and date by their vocabularies, and resolves the country with the rest of
//! the row as evidence. It counts the rows that import would accept and those it would refuse, and prints both.
//!
//! `benches/import` builds and runs it: `cargo build --release --bench plain_csv`, then with the file as argument. The
//! file must be UTF-8 with commas, which the csv crate takes for granted and import finds out.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a measurement that cannot go on must end

use std::fs::File;
use std::hint::black_box;

use convoke::domain::address::EmailAddress;
use convoke::domain::cleaning::{LONGEST_TEXT, clean, without_guard};
use convoke::domain::columns::{Columns, Field, Subject};
use convoke::domain::date::read_date;
use convoke::domain::geography::{Decisions, Evidence, Region, resolve};
use convoke::domain::keys::Keyring;
use convoke::domain::language::LanguageTag;
use convoke::domain::table::Record;
use convoke::domain::vocabulary::{gender, kind, stakeholder, tier};

fn main() {
    let path = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).expect("usage: plain_csv FILE");
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(File::open(path).unwrap());
    let header = Record::from_cells(1, reader.headers().unwrap().iter());
    let columns = Columns::read(&header, Subject::Contacts, &[]).unwrap();
    let judge = Judge {
        keyring: Keyring::from_secret(&[7; 32]),
        decisions: Decisions::default(),
        country: columns.of("country"),
        code: columns.of("country_code"),
        zone: columns.of("time_zone"),
        columns,
    };
    let (mut accepted, mut refused) = (0_u64, 0_u64);
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).unwrap() {
        if judge.row(&row) { accepted += 1 } else { refused += 1 }
    }
    println!("{{\"accepted\": {accepted}, \"refused\": {refused}}}");
}

struct Judge {
    keyring: Keyring,
    decisions: Decisions,
    columns: Columns,
    country: Option<usize>,
    code: Option<usize>,
    zone: Option<usize>,
}

impl Judge {
    /// Whether import would take the row.
    fn row(&self, row: &csv::StringRecord) -> bool {
        let cell = |index: Option<usize>| index.and_then(|i| row.get(i)).unwrap_or("");
        let (mut domain, mut language, mut region) = (String::new(), None, None);
        for (field, raw) in self.columns.fields.iter().zip(row) {
            let cell = without_guard(raw);
            match field {
                Field::Known("email") => {
                    let Ok(address) = EmailAddress::parse(cell) else { return false };
                    let key = self.keyring.address_key(&address.normalised());
                    black_box((key, self.keyring.contact_id(key), address.to_string()));
                    domain = address.domain().to_owned();
                }
                Field::Known("gender") => drop(black_box(gender(cell))),
                Field::Known("stakeholder_group") => drop(black_box(stakeholder(cell))),
                Field::Known("tier") => drop(black_box(tier(cell))),
                Field::Known("kind") => drop(black_box(kind(cell))),
                Field::Known("language") => language = LanguageTag::read(cell),
                Field::Known("region") => region = Region::parse(cell),
                Field::Known("obtained_on") => drop(black_box(read_date(&clean(cell).0))),
                Field::Known("country" | "country_code") | Field::Ignored => {}
                Field::Known(_) | Field::Custom(_) => {
                    let (text, findings) = clean(raw);
                    black_box(findings);
                    if black_box(text).chars().nth(LONGEST_TEXT).is_some() {
                        return false;
                    }
                }
            }
        }
        let time_zone = cell(self.zone).trim();
        let evidence =
            Evidence { domain: &domain, time_zone, language: language.as_ref(), region, ..Evidence::default() };
        let (name, code) = (clean(cell(self.country)).0, clean(cell(self.code)).0);
        black_box(resolve(&name, &code, &evidence, &self.decisions));
        true
    }
}
