//! The shares the IGF published for 2022 and 2025 (`tests/data/igf_regions.csv`; facts, each with its page) must give
//! the representation ratios calculated from them by hand against the same reference data.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::collections::BTreeMap;

use convoke::domain::campaign::{Dimension, GapQuery, ReferenceSpec};
use convoke::domain::cell::{Cell, Value};
use convoke::domain::gap::{Basis, GapTable, Tally};
use convoke::domain::geography::{Region, RegionalGroups};
use convoke::domain::participation::Base;
use convoke::domain::reference::{Reference, country_margin, share_out};

/// A meeting of 10,000 with the published shares, whole percents as they are.
fn table(year: i16, against: ReferenceSpec) -> GapTable {
    let by = vec![Dimension::Region];
    let parts = share_out(&by, std::slice::from_ref(&against), &[]).unwrap();
    let groups = RegionalGroups::default();
    let reference = Reference::join(&by, &[country_margin(&parts[0], None, &groups).unwrap()], &groups);
    let query = GapQuery { by, against: vec![against], split: vec![], without_host: None, response: 0.1 };
    let mut tally = Tally::default();
    let mut rows = csv::Reader::from_path("tests/data/igf_regions.csv").unwrap();
    for row in rows.records().map(Result::unwrap).filter(|r| r[0] == year.to_string()) {
        let region = Region::from_word(&row[2]).unwrap();
        for _ in 0..row[3].parse::<usize>().unwrap() * 100 {
            tally.add_participant(Cell(vec![Value::Region(region)]), region);
        }
    }
    let basis = Basis { reference, base: Base::Registered, year: Some(year), recent: vec![year] };
    GapTable::measure(&query, basis, tally)
}

fn ratios(table: &GapTable) -> BTreeMap<String, f64> {
    table.rows.iter().filter_map(|r| Some((r.cell.to_string(), r.ratio?))).collect()
}

fn close(actual: f64, expected: f64, within: f64) {
    assert!((actual - expected).abs() <= within, "{actual} is not {expected}");
}

#[test]
fn in_2022_africa_had_four_times_its_share_of_internet_users_and_asia_pacific_a_quarter() {
    let table = table(2022, ReferenceSpec::InternetUsers);
    let ratio = ratios(&table);
    close(ratio["African Group"], 4.4, 0.05);
    close(ratio["WEOG"], 1.45, 0.005);
    close(ratio["GRULAC"], 0.92, 0.005);
    close(ratio["Eastern European Group"], 0.82, 0.005);
    close(ratio["Asia-Pacific Group"], 0.28, 0.005);
    close(table.dissimilarity.unwrap(), 0.44, 0.005);
    assert_eq!(table.participants, 9200, "intergovernmental organisations stand beside");
}

#[test]
fn in_2025_the_host_region_had_four_times_its_share() {
    let table = table(2025, ReferenceSpec::InternetUsers);
    let ratio = ratios(&table);
    close(ratio["WEOG"], 4.27, 0.005);
    close(ratio["African Group"], 0.98, 0.005);
    close(ratio["Eastern European Group"], 0.81, 0.005);
    close(ratio["GRULAC"], 0.68, 0.005);
    close(ratio["Asia-Pacific Group"], 0.20, 0.005);
    close(table.dissimilarity.unwrap(), 0.51, 0.005);
}

#[test]
fn the_reference_changes_the_verdict() {
    close(ratios(&table(2025, ReferenceSpec::Population))["African Group"], 0.57, 0.005);
}
