use super::*;
use crate::domain::campaign::ReferenceSpec;
use crate::domain::contact::Gender;
use proptest::prelude::*;

const AFRICA: Region = Region::AfricanGroup;
const ASIA: Region = Region::AsiaPacificGroup;
const WEST: Region = Region::Weog;

fn cell(group: Region) -> Cell {
    Cell(vec![Value::Region(group)])
}

fn query(response: f64) -> GapQuery {
    GapQuery {
        by: vec![Dimension::Region],
        against: vec![ReferenceSpec::Members],
        split: vec![],
        without_host: None,
        response,
    }
}

fn basis(shares: &[(Region, f64)]) -> Basis {
    let reference = Reference {
        shares: shares.iter().map(|(r, q)| (cell(*r), *q)).collect(),
        name: "made up".to_owned(),
        year: "2025".to_owned(),
        source: String::new(),
        method: "joint".to_owned(),
        internet_users: None,
    };
    Basis { reference, base: Base::CheckedIn, year: Some(2025), recent: vec![2025, 2024] }
}

fn tally(participants: &[(Region, u64)]) -> Tally {
    let mut tally = Tally::default();
    for (group, n) in participants {
        for _ in 0..*n {
            let value = if *group == Region::Unknown { Value::Unknown } else { Value::Region(*group) };
            tally.add_participant(Cell(vec![value]), *group);
        }
    }
    tally
}

/// 200 participants: Africa 10 where 40 % are due.
fn short_of_africans() -> Tally {
    tally(&[(AFRICA, 10), (ASIA, 80), (WEST, 110), (Region::Unknown, 20), (Region::None, 3)])
}

const SHARES: &[(Region, f64)] = &[(AFRICA, 0.4), (ASIA, 0.3), (WEST, 0.3)];

fn row(table: &GapTable, group: Region) -> &Row {
    table.row_of(&cell(group)).unwrap()
}

#[test]
fn the_measures_are_what_the_hand_gives() {
    let table = GapTable::measure(&query(0.1), basis(SHARES), short_of_africans());
    let africa = row(&table, AFRICA);
    assert_eq!(table.participants, 200);
    assert_eq!(africa.share, Some(0.05));
    assert_eq!(africa.ratio, Some(0.125));
    assert_eq!(africa.log2, Some(-3.0));
    assert!((africa.seats.unwrap() - 70.0).abs() < 1e-9);
    assert_eq!(africa.needed, Some(117), "70 / 0.6 = 116.7");
    assert_eq!(africa.bounds, Some((10.0 / 220.0 / 0.4, 30.0 / 220.0 / 0.4)));
    assert_eq!(africa.rank, Some(1));
    assert!((table.dissimilarity.unwrap() - (0.35 + 0.1 + 0.25) / 2.0).abs() < 1e-12);
    assert_eq!((table.unknown, table.beside[&Region::None]), (20, 3));
    let unknown = table.row_of(&Cell(vec![Value::Unknown])).unwrap();
    assert_eq!((unknown.participants, unknown.ratio, unknown.rank), (20, None, None));
    assert_eq!(row(&table, WEST).needed, Some(0));
}

#[test]
fn people_needed_make_the_share_whole() {
    assert_eq!(needed_for_parity(10, 200, 0.4), Some(117), "127 / 317 = 0.4006, and 126 / 316 = 0.3987 is too little");
    assert_eq!(needed_for_parity(0, 100, 0.5), Some(100));
    assert_eq!(needed_for_parity(50, 100, 0.5), Some(0));
    assert_eq!(needed_for_parity(3, 100, 1.0), None);
    assert_eq!(needed_for_parity(10, 100, 0.1 + 0.2 - 0.2), Some(0), "a rounding error is no person");
}

#[test]
fn a_gap_has_one_of_three_kinds() {
    let with = |contacts: &[(bool, bool, u64)], response| {
        let mut tally = short_of_africans();
        for (mailable, lapsed, n) in contacts {
            (0..*n).for_each(|_| tally.add_contact(cell(AFRICA), Cell(vec![]), *mailable, *lapsed));
        }
        row(&GapTable::measure(&query(response), basis(SHARES), tally), AFRICA).kind
    };
    assert_eq!(with(&[], 0.1), GapKind::Uncontacted);
    assert_eq!(with(&[(true, false, 233)], 0.5), GapKind::Uncontacted, "233 × 0.5 = 116.5 < 117");
    assert_eq!(with(&[(true, false, 234)], 0.5), GapKind::Silent);
    assert_eq!(with(&[(false, true, 500), (true, false, 234)], 0.5), GapKind::Silent, "only mailable ones decide");
    assert_eq!(with(&[(true, true, 117), (true, false, 117)], 0.5), GapKind::Silent, "half is not over half");
    assert_eq!(with(&[(true, true, 118), (true, false, 116)], 0.5), GapKind::Lapsed);
}

#[test]
fn a_few_people_prove_no_gap() {
    // 1 of 10 where 2 are due: the interval reaches far above parity.
    let few = tally(&[(AFRICA, 1), (ASIA, 4), (WEST, 5)]);
    let table = GapTable::measure(&query(0.1), basis(&[(AFRICA, 0.2), (ASIA, 0.4), (WEST, 0.4)]), few);
    assert_eq!(row(&table, AFRICA).ratio, Some(0.5));
    assert_eq!(table.gaps().count(), 0);
}

#[test]
fn a_certain_but_small_shortfall_is_no_gap() {
    let many = tally(&[(AFRICA, 35_000), (ASIA, 30_000), (WEST, 35_000)]);
    let table = GapTable::measure(&query(0.1), basis(SHARES), many);
    let africa = row(&table, AFRICA);
    assert!(africa.interval.unwrap().1 < 1.0);
    assert_eq!(africa.kind, GapKind::None, "0.875 of parity");
}

#[test]
fn without_participants_there_are_no_ratios_and_no_gaps() {
    let table = GapTable::measure(&query(0.1), basis(SHARES), Tally::default());
    assert_eq!((table.participants, table.dissimilarity), (0, None));
    assert!(table.rows.iter().all(|r| r.ratio.is_none() && r.kind == GapKind::None && r.needed == Some(0)));
}

#[test]
fn the_digest_follows_the_figures() {
    let measure = |tally| GapTable::measure(&query(0.1), basis(SHARES), tally).digest;
    assert_eq!(measure(short_of_africans()), measure(short_of_africans()));
    let mut one_more = short_of_africans();
    one_more.add_participant(cell(ASIA), ASIA);
    assert_ne!(measure(short_of_africans()), measure(one_more));
    assert!(measure(Tally::default()).starts_with("sha256:"));
}

#[test]
fn a_table_without_regions_still_counts_participants_of_states_only() {
    let by_gender = |g: Gender| Cell(vec![Value::Gender(g)]);
    let mut tally = Tally::default();
    tally.add_participant(by_gender(Gender::Female), AFRICA);
    tally.add_participant(by_gender(Gender::Male), Region::IntergovernmentalOrganizations);
    let query = GapQuery { by: vec![Dimension::Gender], ..query(0.1) };
    let mut basis = basis(&[]);
    basis.reference.shares = [(by_gender(Gender::Female), 0.5), (by_gender(Gender::Male), 0.5)].into();
    let table = GapTable::measure(&query, basis, tally);
    assert_eq!(table.participants, 1);
    assert_eq!(table.beside[&Region::IntergovernmentalOrganizations], 1);
}

proptest! {
    #[test]
    fn whatever_the_counts_the_figures_hold_together(
        counts in prop::collection::vec(0u64..400, 5),
        weights in prop::collection::vec(1u32..1000, 5),
        contacts in prop::collection::vec((0usize..5, any::<bool>(), any::<bool>()), 0..60),
    ) {
        let groups = &Region::ALL[..5];
        let whole: f64 = weights.iter().map(|w| f64::from(*w)).sum();
        let shares: Vec<(Region, f64)> =
            groups.iter().zip(&weights).map(|(g, w)| (*g, f64::from(*w) / whole)).collect();
        let people: Vec<(Region, u64)> = groups.iter().copied().zip(counts.iter().copied()).collect();
        let mut tally = tally(&people);
        for (i, mailable, lapsed) in &contacts {
            tally.add_contact(cell(groups[*i]), Cell(vec![]), *mailable, *lapsed);
        }
        let table = GapTable::measure(&query(0.1), basis(&shares), tally);
        let n: u64 = counts.iter().sum();
        prop_assert_eq!(table.participants, n);
        prop_assert_eq!(table.rows.iter().map(|r| r.contacts).sum::<u64>(), contacts.len() as u64);
        if n > 0 {
            prop_assert!((table.rows.iter().filter_map(|r| r.share).sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!((0.0..=1.0).contains(&table.dissimilarity.unwrap()));
        }
        for row in &table.rows {
            let (q, needed) = (row.reference_share.unwrap(), row.needed.unwrap());
            let after = (row.participants + needed) as f64 / (n + needed).max(1) as f64;
            prop_assert!(n == 0 || after >= q - 1e-6, "{} after {needed}", after);
            prop_assert!(needed as f64 >= row.seats.unwrap() - 1e-6);
            if let (Some(r), Some((low, high))) = (row.ratio, row.interval) {
                prop_assert!(low <= r + 1e-12 && r <= high + 1e-12);
                prop_assert!(row.kind == GapKind::None || (r < 0.8 && high < 1.0));
            }
        }
        prop_assert!(table.rows.windows(2).all(|w| w[0].needed >= w[1].needed));
        prop_assert!(table.rows.iter().enumerate().all(|(i, r)| r.rank == Some(i + 1)));
    }
}
