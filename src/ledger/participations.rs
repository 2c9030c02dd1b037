//! Who took part, by year, and who registered for a coming meeting.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::domain::contact::{Country, Gender, Stakeholder};
use crate::domain::geography::Region;
use crate::domain::keys::AddressKey;
use crate::domain::language::LanguageTag;
use crate::domain::participation::{Base, Participation};
use crate::engine::ports::{LedgerResult, Participations};

use super::contacts::{country_columns, read_country, word};
use super::events::Writer;
use super::sqlite::{SqliteLedger, fault};
use super::{links, sql};

/// Took part in a past meeting.
const PAST: &str = "participation";
/// Registered for a coming one.
const COMING: &str = "registration";

impl Participations for SqliteLedger {
    fn store_participations(&mut self, batch: &[Participation], now: Timestamp) -> LedgerResult<Vec<bool>> {
        self.write(now, |writer| batch.iter().map(|p| store(writer, PAST, p)).collect())
    }

    fn participation_years(&mut self) -> LedgerResult<Vec<i16>> {
        self.read(|connection| {
            connection
                .prepare_cached(sql!("participation_years"))
                .and_then(|mut s| s.query_map([], |row| row.get(0))?.collect())
                .map_err(fault)
        })
    }

    fn each_participation(&mut self, year: i16, visit: &mut dyn FnMut(Participation)) -> LedgerResult<()> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql!("participations_of_year")).map_err(fault)?;
            let mut rows = statement.query([year]).map_err(fault)?;
            while let Some(row) = rows.next().map_err(fault)? {
                visit(read_participation(row)?);
            }
            Ok(())
        })
    }

    fn attendance(&mut self) -> LedgerResult<HashMap<AddressKey, Vec<i16>>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql!("attendance")).map_err(fault)?;
            let mut rows = statement.query([]).map_err(fault)?;
            let mut years: HashMap<AddressKey, Vec<i16>> = HashMap::new();
            while let Some(row) = rows.next().map_err(fault)? {
                let key = AddressKey(row.get(0).map_err(fault)?);
                years.entry(key).or_default().push(row.get(1).map_err(fault)?);
            }
            Ok(years)
        })
    }

    fn store_registrations(&mut self, batch: &[Participation], now: Timestamp) -> LedgerResult<Vec<bool>> {
        self.write(now, |writer| batch.iter().map(|p| store(writer, COMING, p)).collect())
    }

    fn registered(&mut self) -> LedgerResult<HashSet<AddressKey>> {
        self.read(|connection| {
            connection
                .prepare_cached(sql!("registered"))
                .and_then(|mut s| s.query_map([], |row| row.get(0).map(AddressKey))?.collect())
                .map_err(fault)
        })
    }
}

/// Gives the meetings of a replaced mailbox to the one that stands for it.
pub(super) fn hand_over(writer: &mut Writer<'_>, old: AddressKey, current: AddressKey) -> LedgerResult<()> {
    let read = |row: &Row<'_>| Ok((row.get::<_, String>(10)?, read_participation(row)));
    let meetings = writer.ask_all(sql!("participations_of_mailbox"), [old.0], read)?;
    writer.execute(sql!("participations_drop"), [old.0])?;
    for (stage, participation) in meetings {
        store(writer, &stage, &Participation { key: current, ..participation? })?;
    }
    Ok(())
}

/// Writes one participation under the person's current mailbox, merged with what was known; returns whether it was new.
fn store(writer: &mut Writer<'_>, stage: &str, given: &Participation) -> LedgerResult<bool> {
    let given = &Participation { key: links::current_key(writer, given.key)?, ..given.clone() };
    let known = writer
        .ask(sql!("participation_by_key"), params![stage, given.year, given.key.0], |row| Ok(read_participation(row)))?
        .transpose()?;
    let is_new = known.is_none();
    let merged = known.map_or_else(|| given.clone(), |known| merge(known, given));
    let (country_kind, country) = country_columns(&merged.country);
    writer.execute(
        sql!("participation_store"),
        params![
            stage,
            merged.year,
            merged.key.0,
            merged.base.as_str(),
            country_kind,
            country,
            merged.stated_region.map(Region::as_str),
            merged.stakeholder.as_str(),
            merged.gender.as_str(),
            merged.language.as_ref().map(LanguageTag::as_str),
            merged.newcomer
        ],
    )?;
    Ok(is_new)
}

/// The stronger base; what was unknown is filled in, what is known stays.
fn merge(known: Participation, given: &Participation) -> Participation {
    Participation {
        base: known.base.max(given.base),
        country: match known.country {
            Country::Known(_) => known.country,
            _ if given.country == Country::Missing => known.country,
            _ => given.country.clone(),
        },
        stated_region: known.stated_region.or(given.stated_region),
        stakeholder: if known.stakeholder == Stakeholder::Unknown { given.stakeholder } else { known.stakeholder },
        gender: if known.gender == Gender::Unknown { given.gender } else { known.gender },
        language: known.language.or_else(|| given.language.clone()),
        newcomer: known.newcomer.or(given.newcomer),
        ..known
    }
}

fn read_participation(row: &Row<'_>) -> LedgerResult<Participation> {
    let text = |column: usize| row.get::<_, String>(column).map_err(fault);
    let optional = |column: usize| row.get::<_, Option<String>>(column).map_err(fault);
    Ok(Participation {
        year: row.get(0).map_err(fault)?,
        key: AddressKey(row.get(1).map_err(fault)?),
        base: if text(2)? == Base::CheckedIn.as_str() { Base::CheckedIn } else { Base::Registered },
        country: read_country(&text(3)?, text(4)?)?,
        stated_region: optional(5)?.map(|w| word(&w, Region::from_word)).transpose()?,
        stakeholder: word(&text(6)?, Stakeholder::from_word)?,
        gender: word(&text(7)?, Gender::from_word)?,
        language: optional(8)?.map(|w| word(&w, LanguageTag::parse)).transpose()?,
        newcomer: row.get(9).map_err(fault)?,
    })
}
