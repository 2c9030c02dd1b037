//! Streams that asked us to slow down.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::params;

use crate::domain::slowdown::Slowdown;
use crate::domain::stream::Stream;
use crate::engine::ports::{Learned, LedgerError, LedgerResult, Paces};

use super::events::time;
use super::sql;
use super::sqlite::{SqliteLedger, fault};

impl Paces for SqliteLedger {
    fn slowed(&mut self) -> LedgerResult<Vec<(Stream, Slowdown, Timestamp)>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql!("paces_all")).map_err(fault)?;
            let mut rows = statement.query([]).map_err(fault)?;
            let mut slowed = Vec::new();
            while let Some(row) = rows.next().map_err(fault)? {
                let text = |at: usize| row.get_ref(at).and_then(|text| Ok(text.as_str()?)).map_err(fault);
                let number = |at: usize| row.get::<_, i64>(at).map_err(fault);
                let stream = Stream::from_parts(text(0)?, text(1)?)
                    .ok_or_else(|| LedgerError::Damaged("a pace belongs to nothing known".to_owned()))?;
                let rest = |at: usize| Ok(Duration::from_micros(u64::try_from(number(at)?).unwrap_or(0)));
                slowed.push((stream, Slowdown::from_rests(rest(2)?, rest(3)?, time(number(4)?)?), time(number(5)?)?));
            }
            Ok(slowed)
        })
    }

    fn remember_paces(&mut self, learned: &[Learned], now: Timestamp) -> LedgerResult<()> {
        let micros = |rest: Duration| i64::try_from(rest.as_micros()).unwrap_or(i64::MAX);
        self.write(now, |writer| {
            for learned in learned {
                match learned {
                    Learned::Slowed(stream, slowdown) => {
                        let (kind, name) = stream.parts();
                        let (rest, longest) = (micros(slowdown.rest()), micros(slowdown.longest_rest()));
                        let since = slowdown.since.as_millisecond();
                        writer.execute(sql!("pace_store"), params![kind, name, rest, longest, since, writer.at()])?;
                    }
                    Learned::Over(stream) => {
                        let (kind, name) = stream.parts();
                        writer.execute(sql!("pace_forget"), params![kind, name])?;
                    }
                }
            }
            Ok(())
        })
    }
}
