//! The gap table: who is missing, by how many, and of what kind the gap is.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ring::digest;

use super::campaign::{Dimension, GapKind, GapQuery};
use super::cell::{Cell, Value};
use super::contact::Role;
use super::geography::{CountryCode, Region, RegionalGroups};
use super::multiplier::{Multipliers, Reach};
use super::participation::Base;
use super::reference::Reference;
use super::statistics::{benjamini_hochberg, score_test_below, wilson_interval};

/// A representation ratio from here upwards is no gap, whatever its interval says.
const GAP_BELOW: f64 = 0.8;
/// Accepted share of false gaps among all gaps of a table (Benjamini-Hochberg).
const FALSE_GAPS: f64 = 0.05;

/// Contacts of a cell, or of a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ContactCount {
    /// All of them.
    pub contacts: u64,
    /// Those who may be written to.
    pub mailable: u64,
}

#[derive(Debug, Clone, Default)]
struct Count {
    participants: u64,
    all: ContactCount,
    lapsed_mailable: u64,
    split: BTreeMap<Cell, ContactCount>,
}

/// Counts by cell, gathered one person at a time: it grows with the number of cells, not of people.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    groups: RegionalGroups,
    cells: HashMap<Cell, Count>,
    multipliers: HashMap<Reach, Multipliers>,
    beside: BTreeMap<Region, u64>,
    unknown: u64,
}

impl Tally {
    /// Nobody counted yet; countries are counted in these groups.
    pub fn new(groups: &RegionalGroups) -> Self {
        Self { groups: groups.clone(), ..Self::default() }
    }

    /// Counts one participant. Whoever does not belong to a state with a regional group stands beside the whole.
    pub fn add_participant(&mut self, cell: Cell, group: Region) {
        let unknown = cell.0.contains(&Value::Unknown) || group == Region::Unknown;
        self.unknown += u64::from(unknown);
        if !group.is_group_of_states() {
            *self.beside.entry(group).or_default() += 1;
        }
        // A cell that is part of the whole holds participants of states only, so that N is the sum of its cells.
        if group.is_group_of_states() || !cell.counts(&self.groups) {
            self.cells.entry(cell).or_default().participants += 1;
        }
    }

    /// Counts one who passes on, by how far they reach; without a role they belong to the community.
    pub fn add_multiplier(&mut self, reach: Reach, role: Option<Role>, mailable: bool) {
        self.multipliers.entry(reach).or_default().add(role, mailable);
    }

    /// Counts one contact, under its cell and its part of the cell.
    pub fn add_contact(&mut self, cell: Cell, part: Cell, mailable: bool, lapsed: bool) {
        let count = self.cells.entry(cell).or_default();
        count.all.add(mailable);
        count.lapsed_mailable += u64::from(mailable && lapsed);
        if !part.0.is_empty() {
            count.split.entry(part).or_default().add(mailable);
        }
    }
}

impl ContactCount {
    fn add(&mut self, mailable: bool) {
        self.contacts += 1;
        self.mailable += u64::from(mailable);
    }
}

/// What is known of one cell. Figures that need a reference are `None` for cells beside the whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its values, in the order of the table's dimensions.
    pub cell: Cell,
    /// Stable id ([`Cell::id`]).
    pub id: String,
    /// Contacts there.
    pub contacts: u64,
    /// Contacts there who may be written to.
    pub mailable: u64,
    /// n: participants.
    pub participants: u64,
    /// p = n/N.
    pub share: Option<f64>,
    /// q: share in the reference.
    pub reference_share: Option<f64>,
    /// R = p/q: the representation ratio, 1 is parity.
    pub ratio: Option<f64>,
    /// Binary logarithm of R, so that twice and half look alike; `None` for R = 0.
    pub log2: Option<f64>,
    /// Wilson 95 % interval of p, divided by q.
    pub interval: Option<(f64, f64)>,
    /// R if none, and if all, of the participants who stand beside as unknown belonged here.
    pub bounds: Option<(f64, f64)>,
    /// Participants per million Internet users, where the reference counts them.
    pub per_million: Option<f64>,
    /// Seats short of parity at fixed N: max(0, qN − n).
    pub seats: Option<f64>,
    /// Further participants needed for parity, everybody else unchanged: max(0, ⌈(qN − n)/(1 − q)⌉). Larger than `seats`,
    /// since those who come enlarge N.
    pub needed: Option<u64>,
    /// Kind of gap.
    pub kind: GapKind,
    /// Place by `needed`, 1 for the largest.
    pub rank: Option<usize>,
    /// Who can pass an invitation on there.
    pub multipliers: Multipliers,
    /// Its contacts, divided.
    pub split: Vec<(Cell, ContactCount)>,
}

/// A measured table.
#[derive(Debug, Clone, PartialEq)]
pub struct GapTable {
    /// Dimensions of the cells.
    pub by: Vec<Dimension>,
    /// Dimensions that divide the contacts of a cell.
    pub split: Vec<Dimension>,
    /// Cells by rank, then those beside the whole.
    pub rows: Vec<Row>,
    /// What the participants are compared with; the shares of the cells.
    pub reference: Reference,
    /// What counts as having taken part.
    pub base: Base,
    /// The meeting measured; `None` where no participation is known.
    pub year: Option<i16>,
    /// N: participants of states with a regional group whose cell is known.
    pub participants: u64,
    /// D = ½Σ|p − q|: the share of seats that would have to change hands for parity.
    pub dissimilarity: Option<f64>,
    /// Participants of whom a dimension or the regional group is not known.
    pub unknown: u64,
    /// Participants who belong to no state with a regional group, by class.
    pub beside: BTreeMap<Region, u64>,
    /// The host country whose participants are left out.
    pub without_host: Option<CountryCode>,
    /// The last two meetings, which tell the lapsed from the present.
    pub recent: Vec<i16>,
    /// `sha256:` over the canonical figures.
    pub digest: String,
    index: HashMap<Cell, usize>,
}

/// What a table is measured from besides the counts.
#[derive(Debug, Clone)]
pub struct Basis {
    /// Whom the participants are compared with.
    pub reference: Reference,
    /// What counts as having taken part.
    pub base: Base,
    /// The meeting measured.
    pub year: Option<i16>,
    /// The last two meetings.
    pub recent: Vec<i16>,
}

impl GapTable {
    /// Measures every cell.
    pub fn measure(query: &GapQuery, basis: Basis, tally: Tally) -> GapTable {
        let host = query.without_host.map(Value::Country);
        let mut tally = tally;
        let groups = std::mem::take(&mut tally.groups);
        let is_whole = |cell: &Cell| cell.counts(&groups) && !host.as_ref().is_some_and(|h| cell.0.contains(h));
        for cell in basis.reference.shares.keys() {
            tally.cells.entry(cell.clone()).or_default();
        }
        let total: u64 = tally.cells.iter().filter(|(cell, _)| is_whole(cell)).map(|(_, c)| c.participants).sum();
        let cells: BTreeMap<Cell, Count> = tally.cells.into_iter().collect();
        let mut rows: Vec<Row> = cells
            .into_iter()
            .map(|(cell, count)| {
                let share = is_whole(&cell).then(|| basis.reference.shares.get(&cell).copied().unwrap_or(0.0));
                let figures = Figures { total, unknown: tally.unknown, internet_users: basis.reference.internet_users };
                row(query, cell, count, share, figures)
            })
            .collect();
        name_kinds(query, total, &mut rows);
        for row in &mut rows {
            let theirs = tally.multipliers.iter().filter(|(reach, _)| reach.covers(&query.by, &row.cell));
            theirs.for_each(|(_, multipliers)| row.multipliers.add_all(multipliers));
        }
        rank(&mut rows);
        let dissimilarity = (total > 0)
            .then(|| rows.iter().filter_map(|r| Some((r.share? - r.reference_share?).abs())).sum::<f64>() / 2.0);
        let index = rows.iter().enumerate().map(|(i, r)| (r.cell.clone(), i)).collect();
        let mut table = GapTable {
            by: query.by.clone(),
            split: query.split.clone(),
            rows,
            reference: basis.reference,
            base: basis.base,
            year: basis.year,
            participants: total,
            dissimilarity,
            unknown: tally.unknown,
            beside: tally.beside,
            without_host: query.without_host,
            recent: basis.recent,
            digest: String::new(),
            index,
        };
        table.digest = table.analysis_digest();
        table
    }

    /// The row of a cell.
    pub fn row_of(&self, cell: &Cell) -> Option<&Row> {
        self.index.get(cell).and_then(|i| self.rows.get(*i))
    }

    /// The row with this id.
    pub fn row_by_id(&self, id: &str) -> Option<&Row> {
        self.rows.iter().find(|r| r.id == id)
    }

    /// Rows that are a gap.
    pub fn gaps(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|r| r.kind != GapKind::None)
    }

    /// Whether somebody who attended these meetings took part before, but not in the last two meetings.
    pub fn is_lapsed(&self, attended: &[i16]) -> bool {
        is_lapsed(attended, &self.recent)
    }

    /// SHA-256 over what the table says, one line a figure, in an order that nothing but the figures decides.
    fn analysis_digest(&self) -> String {
        let names = |dimensions: &[Dimension]| dimensions.iter().map(Dimension::as_str).collect::<Vec<_>>().join(",");
        let mut lines = BTreeSet::new();
        for row in &self.rows {
            let split: Vec<String> =
                row.split.iter().map(|(part, n)| format!("{part}={}/{}", n.mailable, n.contacts)).collect();
            let multipliers = match &row.multipliers {
                nobody if nobody.is_nobody() => String::new(),
                m => format!(" passed on by {:?} {} {}", m.by_role, m.community, m.out_of_reach),
            };
            lines.insert(format!(
                "{} {} {} {} {:?} {:?} {} {}{multipliers}",
                row.id,
                row.contacts,
                row.mailable,
                row.participants,
                row.reference_share,
                row.needed,
                row.kind,
                split.join(";")
            ));
        }
        let head = format!(
            "convoke gaps 1\nby {}\nsplit {}\nreference {} {} {}\nbase {}\nyear {:?}\nwithout {:?}\nN {}\nunknown {}\nbeside {:?}\n",
            names(&self.by),
            names(&self.split),
            self.reference.name,
            self.reference.year,
            self.reference.method,
            self.base.as_str(),
            self.year,
            self.without_host,
            self.participants,
            self.unknown,
            self.beside,
        );
        let text = lines.into_iter().fold(head, |text, line| text + &line + "\n");
        let hash = digest::digest(&digest::SHA256, text.as_bytes());
        format!("sha256:{}", data_encoding::HEXLOWER.encode(hash.as_ref()))
    }
}

/// Took part before, but in none of the `recent` meetings.
pub fn is_lapsed(attended: &[i16], recent: &[i16]) -> bool {
    !attended.is_empty() && !attended.iter().any(|year| recent.contains(year))
}

#[derive(Clone, Copy)]
struct Figures {
    total: u64,
    unknown: u64,
    internet_users: Option<f64>,
}

fn row(query: &GapQuery, cell: Cell, count: Count, reference_share: Option<f64>, figures: Figures) -> Row {
    let (n, total) = (count.participants, figures.total);
    let share = (reference_share.is_some() && total > 0).then(|| n as f64 / total as f64);
    // Over a share of nothing no ratio can be taken.
    let positive = reference_share.filter(|q| *q > 0.0);
    let ratio = share.zip(positive).map(|(p, q)| p / q);
    let lapsed_mostly = count.lapsed_mailable * 2 > count.all.mailable;
    let unknown = figures.unknown;
    Row {
        id: cell.id(&query.by),
        contacts: count.all.contacts,
        mailable: count.all.mailable,
        participants: n,
        share,
        reference_share,
        ratio,
        log2: ratio.filter(|r| *r > 0.0).map(f64::log2),
        interval: ratio.and(positive).zip(wilson_interval(n, total)).map(|(q, (lo, hi))| (lo / q, hi / q)),
        bounds: ratio.and(positive).map(|q| {
            let all = (total + unknown) as f64;
            (n as f64 / all / q, (n + unknown) as f64 / all / q)
        }),
        per_million: positive.zip(figures.internet_users).map(|(q, users)| n as f64 / (q * users) * 1e6),
        seats: reference_share.map(|q| seats_short(n, total, q)),
        needed: reference_share.and_then(|q| needed_for_parity(n, total, q)),
        kind: if lapsed_mostly { GapKind::Lapsed } else { GapKind::Silent },
        rank: None,
        multipliers: Multipliers::default(),
        split: count.split.into_iter().collect(),
        cell,
    }
}

/// max(0, qN − n): seats short of a share `q` of `total`, at fixed total.
pub fn seats_short(n: u64, total: u64, q: f64) -> f64 {
    (q * total as f64 - n as f64).max(0.0)
}

/// max(0, ⌈(qN − n)/(1 − q)⌉): how many more must come for a share `q`, everybody else unchanged. `None` where no number
/// would do, because the reference leaves no room for anybody else.
pub fn needed_for_parity(n: u64, total: u64, q: f64) -> Option<u64> {
    let short = seats_short(n, total, q);
    if short <= 0.0 {
        return Some(0);
    }
    if q >= 1.0 {
        return None;
    }
    // The tolerance keeps the rounding errors of q and N from adding a whole person.
    Some((short / (1.0 - q) - 1e-9 * total as f64).ceil().max(0.0) as u64)
}

/// Decides which rows are gaps and of what kind. On entry `kind` says lapsed or silent, as the contacts are.
fn name_kinds(query: &GapQuery, total: u64, rows: &mut [Row]) {
    let tested: Vec<(usize, f64)> = rows
        .iter()
        .enumerate()
        .filter_map(|(i, r)| Some((i, score_test_below(r.participants, total, r.reference_share?)?)))
        .collect();
    let p_values: Vec<f64> = tested.iter().map(|(_, p)| *p).collect();
    let significant: BTreeSet<usize> = tested
        .iter()
        .zip(benjamini_hochberg(&p_values, FALSE_GAPS))
        .filter(|(_, yes)| *yes)
        .map(|((i, _), _)| *i)
        .collect();
    for (i, row) in rows.iter_mut().enumerate() {
        let small = row.ratio.is_some_and(|r| r < GAP_BELOW) && row.interval.is_some_and(|(_, high)| high < 1.0);
        let too_few = row.needed.is_none_or(|needed| row.mailable as f64 * query.response < needed as f64);
        row.kind = match (small && significant.contains(&i), too_few) {
            (false, _) => GapKind::None,
            (true, true) => GapKind::Uncontacted,
            (true, false) => row.kind,
        };
    }
}

/// Orders by people needed, then by ratio, then by name; cells beside the whole come last, without a rank.
fn rank(rows: &mut [Row]) {
    let size = |r: &Row| (r.reference_share.is_some(), r.reference_share.map(|_| r.needed.unwrap_or(u64::MAX)));
    rows.sort_by(|a, b| {
        let ratio = |r: &Row| r.ratio.unwrap_or(f64::INFINITY);
        size(b).cmp(&size(a)).then(ratio(a).total_cmp(&ratio(b))).then_with(|| a.cell.cmp(&b.cell))
    });
    for (place, row) in (1..).zip(rows.iter_mut().filter(|r| r.reference_share.is_some())) {
        row.rank = Some(place);
    }
}

#[cfg(test)]
mod tests;
