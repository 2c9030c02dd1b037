//! References: whom the participants are compared with, as shares of a whole.
//!
//! Each dimension of a gap table takes the first reference of `against` that covers it. Dimensions whose references are
//! independent of each other are joined by the product of their margins, and the table says so.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::campaign::{Dimension, ReferenceSpec};
use super::cell::{Cell, Value};
use super::geography::{CountryCode, CountryRecord, RegionalGroups, Table};

/// Shares of a whole over the values of some dimensions.
#[derive(Debug, Clone, PartialEq)]
pub struct Margin {
    /// The dimensions, in the order of the values in `shares`.
    pub dimensions: Vec<Dimension>,
    /// Shares; they add up to 1 where there are any.
    pub shares: BTreeMap<Cell, f64>,
    /// Short name, as in `against`.
    pub name: String,
    /// Year or years of the figures.
    pub year: String,
    /// Where the figures come from.
    pub source: String,
    /// The whole in persons, where the reference counts Internet users.
    pub internet_users: Option<f64>,
}

/// Declared shares of one dimension, from a targets file.
#[derive(Debug, Clone, PartialEq)]
pub struct Targets {
    /// Path as `against` names it.
    pub file: String,
    /// For each dimension of the file, the declared share of each value.
    pub shares: BTreeMap<Dimension, BTreeMap<Value, f64>>,
}

/// The references of `against` do not cover a dimension.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no reference in `against` covers `{dimension}`; {help}")]
pub struct NotCovered {
    /// The dimension.
    pub dimension: String,
    /// Which references would, and what else can be done.
    pub help: String,
}

/// One step towards the reference shares: these dimensions come from this reference, jointly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The reference.
    pub spec: ReferenceSpec,
    /// The dimensions it is to give.
    pub dimensions: Vec<Dimension>,
}

/// `internet-users`, `participation:2024`, `targets:targets.csv` …
pub fn spec_name(spec: &ReferenceSpec) -> String {
    match spec {
        ReferenceSpec::InternetUsers => "internet-users".to_owned(),
        ReferenceSpec::Population => "population".to_owned(),
        ReferenceSpec::Members => "members".to_owned(),
        ReferenceSpec::Participation(year) => format!("participation:{year}"),
        ReferenceSpec::Targets(file) => format!("targets:{file}"),
    }
}

fn covers(spec: &ReferenceSpec, dimension: &Dimension, targets: &[Targets]) -> bool {
    match spec {
        ReferenceSpec::InternetUsers | ReferenceSpec::Population | ReferenceSpec::Members => {
            matches!(dimension, Dimension::Region | Dimension::Country)
        }
        // Having attended is what makes one community: a share by tier would be circular.
        ReferenceSpec::Participation(_) => *dimension != Dimension::Tier,
        ReferenceSpec::Targets(file) => targets.iter().any(|t| t.file == *file && t.shares.contains_key(dimension)),
    }
}

/// Shares out the dimensions of `by` over the references of `against`, the first that covers each. Declared targets give
/// one dimension at a time; where a country is asked for, its regional group follows from it.
///
/// # Errors
/// [`NotCovered`] names the first dimension without a reference.
pub fn share_out(by: &[Dimension], against: &[ReferenceSpec], targets: &[Targets]) -> Result<Vec<Part>, NotCovered> {
    let mut parts: Vec<Part> = Vec::new();
    for dimension in by.iter().filter(|d| !(**d == Dimension::Region && by.contains(&Dimension::Country))) {
        let spec =
            against.iter().find(|spec| covers(spec, dimension, targets)).ok_or_else(|| not_covered(Some(dimension)))?;
        let joint = !matches!(spec, ReferenceSpec::Targets(_));
        match parts.iter_mut().find(|part| joint && part.spec == *spec) {
            Some(part) => part.dimensions.push(dimension.clone()),
            None => parts.push(Part { spec: spec.clone(), dimensions: vec![dimension.clone()] }),
        }
    }
    Ok(parts)
}

/// The complaint about a dimension without a reference.
pub fn not_covered(dimension: Option<&Dimension>) -> NotCovered {
    let Some(dimension) = dimension else {
        return NotCovered { dimension: String::new(), help: "name at least one dimension in `by`".to_owned() };
    };
    let name = dimension.as_str();
    let help = match dimension {
        Dimension::Region | Dimension::Country => {
            "those that do: internet-users, population, members, participation:YEAR, targets:FILE".to_owned()
        }
        Dimension::Tier => format!(
            "only targets:FILE does, with rows for `{name}`; or move `{name}` to `split`, which divides the contacts \
             of each cell"
        ),
        _ => format!(
            "those that do: participation:YEAR, and targets:FILE with rows for `{name}`; or move `{name}` to `split`"
        ),
    };
    NotCovered { dimension: name.to_owned(), help }
}

/// The share of everything that is counted in a regional group, by region or by country, from the embedded table: by the
/// table those are the member states, and `members` counts no others whatever the settings decide.
/// `None` for references that are not about countries.
pub fn country_margin(part: &Part, without: Option<CountryCode>, groups: &RegionalGroups) -> Option<Margin> {
    let weight = |record: &CountryRecord| match part.spec {
        ReferenceSpec::InternetUsers => record.internet_users.map(|n| n as f64),
        ReferenceSpec::Population => record.population.map(|n| n as f64),
        _ => record.un_member.then_some(1.0),
    };
    let (source, year): (&str, fn(&CountryRecord) -> &str) = match part.spec {
        ReferenceSpec::InternetUsers => (
            "ITU individuals using the Internet by way of Our World in Data and Gapminder (CC BY 4.0), \
             World Bank population (CC BY 4.0)",
            |r| &r.internet_year,
        ),
        ReferenceSpec::Population => ("World Bank population (CC BY 4.0)", |r| &r.population_year),
        ReferenceSpec::Members => ("United Nations member states by regional group", |_| ""),
        ReferenceSpec::Participation(_) | ReferenceSpec::Targets(_) => return None,
    };
    let mut weights: BTreeMap<Cell, f64> = BTreeMap::new();
    let mut years = Vec::new();
    for record in Table::get().records.iter().filter(|r| Some(r.code) != without) {
        let group = groups.of(record.code);
        let Some(weight) = weight(record).filter(|_| group.is_group_of_states()) else { continue };
        let value = |d: &Dimension| match d {
            Dimension::Country => Value::Country(record.code),
            _ => Value::Region(group),
        };
        *weights.entry(Cell(part.dimensions.iter().map(value).collect())).or_default() += weight;
        years.push((record.code, year(record)));
    }
    let total = weights.values().sum::<f64>();
    Some(Margin {
        dimensions: part.dimensions.clone(),
        shares: normalised(weights),
        name: spec_name(&part.spec),
        year: span(&years),
        source: source.to_owned(),
        internet_users: (part.spec == ReferenceSpec::InternetUsers).then_some(total),
    })
}

/// Figures so many years older than most are named one by one.
const OLD: u16 = 5;

/// `2023`; or `2013-2024, mostly 2023; old: KP 2013` where the figures are of different years and some are old.
fn span(years: &[(CountryCode, &str)]) -> String {
    let numbers: Vec<(CountryCode, u16)> = years.iter().filter_map(|(c, y)| Some((*c, y.parse().ok()?))).collect();
    let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
    for (_, year) in &numbers {
        *counts.entry(*year).or_default() += 1;
    }
    let (Some(first), Some(last)) = (counts.keys().next(), counts.keys().last()) else { return String::new() };
    if first == last {
        return first.to_string();
    }
    let most = counts.iter().max_by_key(|(_, n)| **n).map_or(*last, |(year, _)| *year);
    let mut old: Vec<String> =
        numbers.iter().filter(|(_, y)| y + OLD < most).map(|(code, year)| format!("{code} {year}")).collect();
    old.sort();
    let old = if old.is_empty() { String::new() } else { format!("; old: {}", old.join(", ")) };
    format!("{first}-{last}, mostly {most}{old}")
}

/// The declared shares of one dimension, without the values that stand beside the whole and without the host.
pub fn target_margin(
    part: &Part,
    targets: &[Targets],
    without: Option<CountryCode>,
    groups: &RegionalGroups,
) -> Option<Margin> {
    let ReferenceSpec::Targets(file) = &part.spec else { return None };
    let dimension = part.dimensions.first()?;
    let declared = targets.iter().find(|t| t.file == *file)?.shares.get(dimension)?;
    let host = without.map(Value::Country);
    let weights = declared
        .iter()
        .filter(|(value, _)| value.counts(groups) && Some(*value) != host.as_ref())
        .map(|(value, share)| (Cell(vec![value.clone()]), *share))
        .collect();
    Some(Margin {
        dimensions: part.dimensions.clone(),
        shares: normalised(weights),
        name: spec_name(&part.spec),
        year: String::new(),
        source: format!("targets declared in {file}, not a population"),
        internet_users: None,
    })
}

/// The shares of an earlier meeting, from its participants counted by cell.
pub fn participation_margin(part: &Part, counts: &HashMap<Cell, u64>, groups: &RegionalGroups) -> Margin {
    let year = match part.spec {
        ReferenceSpec::Participation(year) => year.to_string(),
        _ => String::new(),
    };
    let weights =
        counts.iter().filter(|(cell, _)| cell.counts(groups)).map(|(cell, n)| (cell.clone(), *n as f64)).collect();
    Margin {
        dimensions: part.dimensions.clone(),
        shares: normalised(weights),
        name: spec_name(&part.spec),
        source: format!("participants of {year} in this ledger"),
        year,
        internet_users: None,
    }
}

fn normalised(weights: BTreeMap<Cell, f64>) -> BTreeMap<Cell, f64> {
    let total: f64 = weights.values().sum();
    if total <= 0.0 {
        return BTreeMap::new();
    }
    weights.into_iter().map(|(cell, weight)| (cell, weight / total)).collect()
}

/// The reference of a whole table: a share for every cell it knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Share of each cell, values in the order of the table's dimensions.
    pub shares: BTreeMap<Cell, f64>,
    /// Names, joined by ` × `.
    pub name: String,
    /// Years of the figures, in the order of the names.
    pub year: String,
    /// Sources, in the order of the names.
    pub source: String,
    /// `joint`, or `product of margins`; then the decisions about regional groups, if there are any.
    pub method: String,
    /// The whole in Internet users, where that is what the shares are taken of.
    pub internet_users: Option<f64>,
}

impl Reference {
    /// Joins margins over distinct dimensions into shares over `by`.
    ///
    /// Without a joint reference the product of the margins stands in: what would be expected if, say, every region had
    /// the same mix of stakeholder groups.
    pub fn join(by: &[Dimension], margins: &[Margin], groups: &RegionalGroups) -> Reference {
        let mut rows: Vec<(HashMap<Dimension, Value>, f64)> = vec![(HashMap::new(), 1.0)];
        for margin in margins {
            let mut longer = Vec::with_capacity(rows.len() * margin.shares.len());
            for (row, share) in &rows {
                for (cell, other) in &margin.shares {
                    let mut row = row.clone();
                    row.extend(margin.dimensions.iter().cloned().zip(cell.0.iter().cloned()));
                    longer.push((row, share * other));
                }
            }
            rows = longer;
        }
        let shares = rows.into_iter().map(|(row, share)| (ordered(by, &row, groups), share)).collect();
        let distinct = |text: fn(&Margin) -> &String| -> Vec<&str> {
            let mut seen = BTreeSet::new();
            margins.iter().map(|m| text(m).as_str()).filter(|t| !t.is_empty() && seen.insert(*t)).collect()
        };
        Reference {
            shares,
            name: distinct(|m| &m.name).join(" × "),
            year: distinct(|m| &m.year).join("; "),
            source: distinct(|m| &m.source).join("; "),
            method: method(margins, groups),
            internet_users: margins.first().filter(|_| margins.len() == 1).and_then(|m| m.internet_users),
        }
    }
}

fn method(margins: &[Margin], groups: &RegionalGroups) -> String {
    let method = if margins.len() > 1 { "product of margins" } else { "joint" };
    let decided = groups.as_sentence();
    if decided.is_empty() { method.to_owned() } else { format!("{method}; counted by decision: {decided}") }
}

fn ordered(by: &[Dimension], row: &HashMap<Dimension, Value>, groups: &RegionalGroups) -> Cell {
    let value = |dimension: &Dimension| match (row.get(dimension), row.get(&Dimension::Country)) {
        (Some(value), _) => value.clone(),
        (None, Some(Value::Country(code))) => Value::Region(groups.of(*code)),
        _ => Value::Unknown,
    };
    Cell(by.iter().map(value).collect())
}

#[cfg(test)]
mod tests;
