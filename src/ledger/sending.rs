//! The port of the sender: each method's work lies in `claims`, `attempts` and `halts`.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::domain::invitation::Invitation;
use crate::domain::keys::AddressKey;
use crate::engine::ports::{
    ClaimFilter, Conclusion, Intent, IntentVerdict, LedgerResult, Recovered, Sending, Settlement, Waiting,
};

use super::events::time;
use super::invitations::UNTIL_RESUMED;
use super::plans::plan_number;
use super::restored::refuse_undecided;
use super::sqlite::{SqliteLedger, fault};
use super::witness::Who;
use super::{attempts, claims, halts, sql};

impl Sending for SqliteLedger {
    fn recover(&mut self, now: Timestamp) -> LedgerResult<Recovered> {
        let (found, (seq, hash)) = self.write(now, |writer| Ok((claims::recover(writer)?, writer.head())))?;
        if seq > 0 && self.strange.is_empty() {
            // Where this fails, the first intent will, and says so.
            let _ = self.witness.note(Who::Opening, seq, hash, now);
        }
        Ok(found)
    }

    fn claim(
        &mut self,
        plan: &str,
        n: usize,
        filter: ClaimFilter<'_>,
        now: Timestamp,
    ) -> LedgerResult<Vec<Invitation>> {
        self.write(now, |writer| claims::claim(writer, plan, n, filter))
    }

    fn release(&mut self, invitations: &[i64], now: Timestamp) -> LedgerResult<()> {
        self.write(now, |writer| claims::release(writer, invitations))
    }

    fn record(
        &mut self,
        outcomes: &[Conclusion],
        intents: &[Intent],
        now: Timestamp,
    ) -> LedgerResult<Vec<IntentVerdict>> {
        self.write_as(Who::Sender, now, |writer| {
            attempts::record_outcomes(writer, outcomes)?;
            if !intents.is_empty() {
                refuse_undecided(writer)?;
            }
            intents.iter().map(|intent| attempts::record_intent(writer, intent)).collect()
        })
    }

    fn record_outcomes(&mut self, batch: &[Conclusion], now: Timestamp) -> LedgerResult<()> {
        self.record(batch, &[], now).map(|_| ())
    }

    fn reopen_rejected(&mut self, invitations: &[i64], why: &str, now: Timestamp) -> LedgerResult<()> {
        self.write(now, |writer| attempts::reopen_rejected(writer, invitations, why))
    }

    fn expire(&mut self, plan: &str, first_attempt_before: Timestamp, now: Timestamp) -> LedgerResult<u64> {
        self.write(now, |writer| attempts::expire(writer, plan, first_attempt_before))
    }

    fn next_due(&mut self, plan: &str) -> LedgerResult<Option<Timestamp>> {
        self.read(|connection| {
            let number = plan_number(connection, plan)?;
            let due: Option<i64> = connection
                .prepare_cached(sql!("next_due"))
                .and_then(|mut s| s.query_row(params![number, UNTIL_RESUMED], |row| row.get(0)))
                .map_err(fault)?;
            due.map(time).transpose()
        })
    }

    fn waiting(&mut self, plan: &str, segment: Option<&str>) -> LedgerResult<Vec<Waiting>> {
        self.read(|connection| {
            let number = plan_number(connection, plan)?;
            let mut statement = connection.prepare_cached(sql!("waiting")).map_err(fault)?;
            let mut rows = statement.query(params![number, segment, UNTIL_RESUMED]).map_err(fault)?;
            let mut waiting = Vec::new();
            while let Some(row) = rows.next().map_err(fault)? {
                let due: Option<i64> = row.get(1).map_err(fault)?;
                waiting.push(Waiting { zone: row.get(0).map_err(fault)?, due: due.map(time).transpose()? });
            }
            Ok(waiting)
        })
    }

    fn attempts_since(&mut self, since: Timestamp, each: &mut dyn FnMut(Timestamp, &str)) -> LedgerResult<()> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql!("attempts_since")).map_err(fault)?;
            let mut rows = statement.query([since.as_millisecond()]).map_err(fault)?;
            while let Some(row) = rows.next().map_err(fault)? {
                let domain = row.get_ref(1).and_then(|domain| Ok(domain.as_str()?)).map_err(fault)?;
                each(time(row.get(0).map_err(fault)?)?, domain);
            }
            Ok(())
        })
    }

    fn pause(&mut self, campaign: &str, reason: &str, now: Timestamp) -> LedgerResult<()> {
        self.write(now, |writer| halts::pause(writer, campaign, reason))
    }

    fn resume(&mut self, campaign: &str, now: Timestamp) -> LedgerResult<()> {
        self.write(now, |writer| halts::resume(writer, campaign))
    }

    fn paused(&mut self, campaign: &str) -> LedgerResult<Option<String>> {
        self.halt_reason(campaign, "paused")
    }

    fn cancel(&mut self, campaign: &str, reason: &str, now: Timestamp) -> LedgerResult<u64> {
        self.write(now, |writer| halts::cancel(writer, campaign, reason))
    }

    fn cancelled(&mut self, campaign: &str) -> LedgerResult<bool> {
        Ok(self.halt_reason(campaign, "cancelled")?.is_some())
    }

    fn settle(
        &mut self,
        campaign: &str,
        who: Option<AddressKey>,
        how: Settlement,
        reason: &str,
        now: Timestamp,
    ) -> LedgerResult<u64> {
        self.write(now, |writer| halts::settle(writer, campaign, who, how, reason))
    }
}

impl SqliteLedger {
    fn halt_reason(&mut self, campaign: &str, kind: &str) -> LedgerResult<Option<String>> {
        self.read(|connection| {
            connection
                .prepare_cached(sql!("halt_reason"))
                .and_then(|mut s| s.query_row([campaign, kind], |row| row.get(0)).optional())
                .map_err(fault)
        })
    }
}
