//! `[regions]`: the regional group in which an organisation counts a country or territory, where it is not the table's.

use std::collections::BTreeMap;

use super::{CountryCode, Region};

/// Decisions about regional groups. Whatever they do not name is counted as the table says: member states in their group,
/// territories and observers in none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegionalGroups(BTreeMap<CountryCode, Region>);

impl RegionalGroups {
    /// From the decisions; those that only repeat the table count as none.
    pub fn new(decided: impl IntoIterator<Item = (CountryCode, Region)>) -> Self {
        Self(decided.into_iter().filter(|(code, group)| by_table(*code) != *group).collect())
    }

    /// The group in which a country is counted.
    pub fn of(&self, code: CountryCode) -> Region {
        self.0.get(&code).copied().unwrap_or_else(|| by_table(code))
    }

    /// `PS in Asia-Pacific Group, XK in none`; empty where the table decides everywhere.
    pub fn as_sentence(&self) -> String {
        let said: Vec<String> = self.0.iter().map(|(code, group)| format!("{code} in {group}")).collect();
        said.join(", ")
    }
}

fn by_table(code: CountryCode) -> Region {
    code.record().region.unwrap_or(Region::None)
}
