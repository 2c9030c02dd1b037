//! How messages go through a lane's connection: one after the other, or several in flight.

use tokio::time::Instant;

use super::super::ledger_thread::{Failed, gone};
use super::{Attempt, Fate, IntentVerdict, Lane, LaneTask, News, Permit, RelayTrouble, Stop, Waiting};
use crate::engine::ports::Intent;

impl LaneTask {
    /// Carries what waits: one message, or as many as the connection takes in flight until none is left.
    pub(super) async fn carry(&mut self) -> Result<(), Stop> {
        let capacity = self.open().await?;
        self.give_back_the_late();
        if self.waiting.is_empty() {
            return Ok(());
        }
        let carried = if capacity > 1 { self.carry_in_flight(capacity).await } else { self.carry_one().await };
        self.with_relay = 0;
        carried?;
        let is_left = !self.announced && self.connection.as_ref().is_some_and(|connection| !connection.is_usable());
        if is_left {
            self.close().await;
        }
        Ok(())
    }

    /// Opens a connection where there is none; how many messages it takes in flight.
    async fn open(&mut self) -> Result<usize, Stop> {
        if let Some(connection) = &self.connection {
            return Ok(connection.capacity());
        }
        self.hand_in();
        // A server may take minutes to greet; a run that is over does not wait for it.
        let opened = tokio::select! {
            opened = self.shared.relay.open() => opened,
            _ = self.over.wait_for(|over| *over) => {
                Err(RelayTrouble::Passing { detail: "the run is over".to_owned(), reply: None })
            }
        };
        match opened {
            Ok(connection) => {
                let capacity = connection.capacity();
                self.connection = Some(connection);
                self.tell(News::Opened);
                Ok(capacity)
            }
            Err(trouble) => {
                // Whoever asked for an intent has it by now, or has none to get.
                self.hear_verdicts().await?;
                Err(Stop::Unopened(trouble))
            }
        }
    }

    /// Sees the first message that waits through: announced, permitted, handed over, answered.
    async fn carry_one(&mut self) -> Result<(), Stop> {
        // The ledger records the intent while the relay thinks about the recipient.
        self.ask();
        let (Some(mut connection), Some(first)) = (self.connection.take(), self.waiting.front()) else { return Ok(()) };
        if !std::mem::take(&mut self.announced) {
            connection.announce(&first.parcel).await;
        }
        self.with_relay = 1;
        let go_ahead = self.patiently(connection.go_ahead()).await;
        if !self.is_first_permitted().await? {
            // A relay that waits for content it must not get is left without a word.
            self.keep(go_ahead.is_err().then_some(connection));
            return Ok(());
        }
        if let Err(delivery) = go_ahead {
            self.connection = Some(connection);
            self.conclude_first(delivery);
            return Ok(());
        }
        self.load_up_to(2);
        let Some(first) = self.waiting.front() else { return Ok(()) };
        let next = self.waiting.get(1).map(|waiting| &waiting.parcel);
        let announced = connection.hand_over(&first.parcel, next).await;
        // There is time until the answer comes.
        self.load_up_to(self.depth());
        self.with_relay = 1 + usize::from(announced);
        let since = Instant::now();
        let delivery = self.patiently(connection.answer()).await;
        self.note_answer(since);
        // What was announced on a connection that is lost comes to nothing, and waits for another one.
        self.announced = announced && connection.is_open();
        self.keep(connection.is_open().then_some(connection));
        self.conclude_first(delivery);
        Ok(())
    }

    /// Goes on with the connection, or says that it is gone.
    fn keep(&mut self, connection: Option<Box<dyn Lane>>) {
        if connection.is_none() {
            self.tell(News::Closed);
        }
        self.connection = connection;
    }

    /// Waits for the relay. What waits behind a slow answer goes to other lanes, and so does whatever is given meanwhile.
    async fn patiently<T>(&mut self, answer: impl Future<Output = T>) -> T {
        tokio::pin!(answer);
        tokio::select! {
            biased;
            given = &mut answer => {
                self.find_slow(false);
                return given;
            }
            () = tokio::time::sleep(self.patience()) => self.find_slow(true),
        }
        let mut more = true;
        loop {
            tokio::select! {
                given = &mut answer => return given,
                job = self.jobs.recv(), if more => match job {
                    Some(job) => self.tell(News::GivenBack { jobs: vec![job] }),
                    None => more = false,
                },
            }
        }
    }

    /// Keeps the connection full until nothing is in flight and nothing may follow.
    async fn carry_in_flight(&mut self, capacity: usize) -> Result<(), Stop> {
        let mut more = true;
        loop {
            if *self.over.borrow() {
                self.give_back_but(0);
            }
            if self.flying.is_empty()
                && let Some(failed) = self.shared.ledger.failure()
            {
                return Err(Stop::Ledger(failed));
            }
            self.give_back_the_late();
            self.ask();
            self.launch(capacity).await;
            let is_usable = self.connection.as_ref().is_some_and(|connection| connection.is_usable());
            if self.flying.is_empty() && (self.waiting.is_empty() || !is_usable || self.is_to_rest) {
                return self.hear_verdicts().await;
            }
            let room = more && self.waiting.len() < self.depth();
            let patience = self.patience();
            let Some(connection) = &mut self.connection else { return Ok(()) };
            let verdicts = self.asked.as_mut().map(|(_, verdicts)| verdicts);
            tokio::select! {
                answer = async { match verdicts { Some(verdicts) => verdicts.await, None => std::future::pending().await } } => {
                    self.take_verdicts(answer.unwrap_or_else(|_| Err(gone())))?;
                }
                delivery = connection.answer(), if !self.flying.is_empty() => {
                    if let Some((since, attempt)) = self.flying.pop_front() {
                        self.note_answer(since);
                        self.conclude(attempt, delivery);
                    }
                    self.find_slow(false);
                }
                job = self.jobs.recv(), if room => match job {
                    Some(job) => self.load(job),
                    None => more = false,
                },
                () = tokio::time::sleep(patience), if !self.is_slow && !self.flying.is_empty() => self.find_slow(true),
            }
        }
    }

    /// Hands over what may leave.
    async fn launch(&mut self, capacity: usize) {
        while !self.is_to_rest
            && self.flying.len() < capacity
            && self.shared.ledger.failure().is_none()
            && let Some(connection) = self.connection.as_mut().filter(|connection| connection.is_usable())
            && let Some(Waiting { permit: Permit::Granted { attempt, began }, .. }) = self.waiting.front()
        {
            let (attempt, began) = (*attempt, *began);
            let Some(Waiting { job, parcel, .. }) = self.waiting.pop_front() else { return };
            connection.hand_over(&parcel, None).await;
            self.flying.push_back((Instant::now(), Attempt { job, attempt, began }));
        }
    }

    /// Hands in outcomes, and asks for the intents that the window has room for, in one request.
    ///
    /// Half a window at a time: while one half is on its way, the ledger records the other.
    fn ask(&mut self) {
        let window = self.shared.window.max(1);
        let asked = self.waiting.iter().take_while(|waiting| !matches!(waiting.permit, Permit::Unasked)).count();
        let many = window.saturating_sub(asked + self.flying.len()).min(self.waiting.len() - asked);
        let is_worth_it = many > 0 && (many >= (window / 2).max(1) || asked == 0);
        if self.asked.is_some() || !is_worth_it {
            return self.hand_in();
        }
        let intents = self.waiting.iter_mut().skip(asked).take(many).map(|waiting| {
            waiting.permit = Permit::Asked;
            Intent {
                invitation: waiting.job.row.id,
                stamp: waiting.stamp.clone(),
                digest: waiting.job.row.planned.digest.clone(),
            }
        });
        let intents = intents.collect();
        let began = self.shared.clock.now();
        self.asked = Some((began, self.shared.ledger.record(std::mem::take(&mut self.outcomes), intents)));
    }

    /// Waits for the ledger's answer about whoever asked.
    async fn hear_verdicts(&mut self) -> Result<(), Stop> {
        if let Some((_, verdicts)) = &mut self.asked {
            let answer = verdicts.await.unwrap_or_else(|_| Err(gone()));
            self.take_verdicts(answer)?;
        }
        Ok(())
    }

    /// Nothing of a message leaves before its intent is committed and synced: whether the first that waits may leave.
    async fn is_first_permitted(&mut self) -> Result<bool, Stop> {
        let first = self.waiting.front().map(|waiting| waiting.job.row.id);
        if self.waiting.front().is_some_and(|waiting| matches!(waiting.permit, Permit::Asked)) {
            self.hear_verdicts().await?;
        }
        if let Some(failed) = self.shared.ledger.failure() {
            return Err(Stop::Ledger(failed));
        }
        Ok(self.waiting.front().is_some_and(|waiting| {
            Some(waiting.job.row.id) == first && matches!(waiting.permit, Permit::Granted { .. })
        }))
    }

    /// Those that were refused are told; the others may leave.
    fn take_verdicts(&mut self, answer: Result<Vec<IntentVerdict>, Failed>) -> Result<(), Stop> {
        let verdicts = answer.map_err(Stop::Ledger)?;
        let Some((began, _)) = self.asked.take() else { return Ok(()) };
        let first = self.waiting.iter().take_while(|waiting| matches!(waiting.permit, Permit::Granted { .. })).count();
        let mut refused = 0;
        for (place, verdict) in (first..).zip(verdicts) {
            let fate = match verdict {
                IntentVerdict::Recorded { attempt } => {
                    if let Some(waiting) = self.waiting.get_mut(place - refused) {
                        waiting.permit = Permit::Granted { attempt, began };
                    }
                    continue;
                }
                IntentVerdict::Suppressed => Fate::Suppressed,
                IntentVerdict::Withdrawn => Fate::Withdrawn,
                IntentVerdict::Halted { reason } => Fate::Halted { reason },
            };
            if let Some(Waiting { job, .. }) = self.waiting.remove(place - refused) {
                self.tell(News::Carried { job, fate });
            }
            refused += 1;
        }
        Ok(())
    }
}
