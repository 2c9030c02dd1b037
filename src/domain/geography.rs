//! Countries and UN regional groups: the reference table, embedded with the data it came with (see `data/`).
//!
//! A cell is read by [`resolve`], which asks instead of guessing; [`suggest`] says what a cell may mean, for the person who
//! decides. docs/standards.md tells the rules about names, entries and groups.
//!
//! Sources: country codes and names from datasets/country-codes (PDDL), regional groups from openclimatedata/countrygroups
//! (CC0), population from the World Bank (CC BY 4.0), Internet users from ITU by way of Our World in Data and Gapminder
//! (CC BY 4.0), languages from CLDR (Unicode-3.0), time zones from the tz database (public domain).

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use super::address::fold_case;
use super::contact::{Country, Stakeholder, vocabulary};
use super::language::LanguageTag;

mod codes;
mod evidence;
mod folding;
mod groups;
mod names;
mod parts;
mod questions;
mod resolve;
mod spelling;
mod suggest;

pub use evidence::Evidence;
pub use groups::RegionalGroups;
pub use names::languages_of;
pub use resolve::{Decisions, How, Resolution, resolve};
pub use suggest::{Suggestion, suggest};

/// ISO 3166-1 alpha-2 code of a country or territory in the table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CountryCode([u8; 2]);

impl CountryCode {
    /// The code, if the table has it; any case.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 2] = text.as_bytes().try_into().ok()?;
        let code = Self(bytes.map(|b| b.to_ascii_uppercase()));
        Table::get().by_code.contains_key(&code).then_some(code)
    }

    /// Two upper-case letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }

    /// The table's row.
    pub fn record(self) -> &'static CountryRecord {
        let table = Table::get();
        &table.records[table.by_code[&self]]
    }

    /// The name in a language: as the UN writes it (M49) where it does, else as CLDR does, else in English.
    pub fn name_in(self, language: &LanguageTag) -> &'static str {
        names::CountryNames::get().name_in(self, language).unwrap_or(&self.record().name)
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

vocabulary! {
    /// UN regional groups, and the classes beside them.
    Region {
        /// African Group.
        AfricanGroup = "African Group",
        /// Asia-Pacific Group.
        AsiaPacificGroup = "Asia-Pacific Group",
        /// Eastern European Group.
        EasternEuropeanGroup = "Eastern European Group",
        /// Latin American and Caribbean Group.
        Grulac = "GRULAC",
        /// Western European and Others Group.
        Weog = "WEOG",
        /// Any contact of the stakeholder group Intergovernmental Organization.
        IntergovernmentalOrganizations = "Intergovernmental Organizations",
        /// A territory or observer without a group.
        None = "none",
        /// Country not known.
        Unknown = "unknown",
    }
}

impl Region {
    /// The rule of [`super::contact::Contact::region`].
    pub fn of(stakeholder: Stakeholder, country: &Country, stated: Option<Region>, groups: &RegionalGroups) -> Region {
        if stakeholder == Stakeholder::IntergovernmentalOrganization {
            return Region::IntergovernmentalOrganizations;
        }
        match country {
            Country::Known(code) => groups.of(*code),
            _ => stated.unwrap_or(Region::Unknown),
        }
    }

    /// Reads the regional group a column states, in the table's words or the UN's longer ones.
    pub fn parse(cell: &str) -> Option<Region> {
        let folded = fold_case(cell.trim());
        let words: Vec<&str> = folded
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !matches!(*w, "" | "group" | "states" | "of" | "and" | "the" | "other" | "others"))
            .collect();
        Some(match words.join(" ").as_str() {
            "african" | "africa" | "afrique" | "áfrica" => Region::AfricanGroup,
            "asia pacific" | "asian" | "asia" | "apg" => Region::AsiaPacificGroup,
            "eastern european" | "eastern europe" | "eeg" => Region::EasternEuropeanGroup,
            "grulac" | "latin american caribbean" | "latin america caribbean" => Region::Grulac,
            "weog" | "western european" | "western europe" => Region::Weog,
            "intergovernmental organizations" | "intergovernmental organisations" | "igo" | "igos" => {
                Region::IntergovernmentalOrganizations
            }
            "none" => Region::None,
            "unknown" => Region::Unknown,
            _ => return None,
        })
    }

    /// Whether the group counts into N of a gap table: the five groups of member states.
    pub fn is_group_of_states(self) -> bool {
        !matches!(self, Region::IntergovernmentalOrganizations | Region::None | Region::Unknown)
    }
}

/// One row of the reference table.
#[derive(Debug)]
pub struct CountryRecord {
    /// ISO alpha-2.
    pub code: CountryCode,
    /// ISO alpha-3, upper case.
    pub iso3: String,
    /// M49 number.
    pub m49: u16,
    /// English name for tables.
    pub name: String,
    /// Member of the United Nations.
    pub un_member: bool,
    /// UN regional group; none for territories and observers.
    pub region: Option<Region>,
    /// Inhabitants.
    pub population: Option<u64>,
    /// Year of the population figure (or `CLDR`).
    pub population_year: String,
    /// Internet users.
    pub internet_users: Option<u64>,
    /// Year of the Internet share.
    pub internet_year: String,
    /// Official languages, most used first, as BCP 47 tags.
    pub official_languages: Vec<String>,
    /// IANA time zones.
    pub time_zones: Vec<String>,
    /// Country-code top-level domain with its dot, such as `.ke`.
    pub tld: String,
}

/// The embedded table.
pub struct Table {
    /// Rows in the file's order.
    pub records: Vec<CountryRecord>,
    by_code: HashMap<CountryCode, usize>,
}

impl Table {
    /// The table, read once.
    pub fn get() -> &'static Table {
        static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("data/reference_countries.csv")));
        &TABLE
    }

    fn read(text: &str) -> Table {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let headers = reader.headers().cloned().unwrap_or_default();
        let column = |name: &str| headers.iter().position(|h| h == name).unwrap_or(usize::MAX);
        let (iso2, iso3, m49, name) = (column("iso2"), column("iso3"), column("m49"), column("name_en"));
        let (member, group) = (column("un_member"), column("un_regional_group"));
        let (population, population_year, users, year) =
            (column("population"), column("population_year"), column("internet_users"), column("internet_year"));
        let (languages, zones, tld) = (column("official_languages"), column("time_zones"), column("tld"));
        let words = |cell: &str| cell.split_whitespace().map(str::to_owned).collect();
        let records: Vec<CountryRecord> = reader
            .records()
            .filter_map(Result::ok)
            .filter_map(|row| {
                let cell = |i: usize| row.get(i).unwrap_or("");
                Some(CountryRecord {
                    code: CountryCode(cell(iso2).as_bytes().try_into().ok()?),
                    iso3: cell(iso3).to_owned(),
                    m49: cell(m49).parse().unwrap_or(0),
                    name: cell(name).to_owned(),
                    un_member: cell(member) == "1",
                    region: Region::from_word(cell(group)),
                    population: cell(population).parse().ok(),
                    population_year: cell(population_year).to_owned(),
                    internet_users: cell(users).parse().ok(),
                    internet_year: cell(year).to_owned(),
                    official_languages: words(&cell(languages).replace('_', "-")),
                    time_zones: words(cell(zones)),
                    tld: cell(tld).to_owned(),
                })
            })
            .collect();
        let by_code = records.iter().enumerate().map(|(i, r)| (r.code, i)).collect();
        Table { records, by_code }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read() {
        assert_eq!(Table::get().records.len(), 250);
        assert_eq!(Table::get().records.iter().filter(|r| r.un_member).count(), 193);
        assert!(Table::get().records.iter().all(|r| !r.un_member || r.region.is_some()));
    }
}
