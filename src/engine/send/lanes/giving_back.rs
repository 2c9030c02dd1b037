//! What goes back to the dispatcher, for other lanes or for later: while a lane rests, waits for a slow answer, or has no
//! connection. Whatever has an intent stays, and is seen through.

use super::{Delivery, LONGEST_REST_UNOPENED, LaneTask, News, Permit, RelayTrouble, Step};

impl LaneTask {
    /// Rests; meanwhile others carry what this lane was given.
    pub(super) async fn rest_a_while(&mut self) {
        self.tell(News::Takes(0));
        self.give_back_but(usize::from(self.announced));
        let rest = tokio::time::sleep(self.rest);
        tokio::pin!(rest);
        loop {
            tokio::select! {
                job = self.jobs.recv() => match job {
                    Some(job) => self.tell(News::GivenBack { jobs: vec![job] }),
                    None => return,
                },
                () = &mut rest => break,
            }
        }
        self.tell(News::Takes(self.depth()));
    }

    /// The relay has let us wait, or no longer does: whatever waits behind its answer goes to other lanes.
    pub(super) fn find_slow(&mut self, is_slow: bool) {
        if self.is_slow != is_slow {
            self.is_slow = is_slow;
            self.tell(News::Takes(self.depth()));
        }
        if is_slow {
            self.give_back_but(self.with_relay);
            while let Ok(job) = self.jobs.try_recv() {
                self.tell(News::GivenBack { jobs: vec![job] });
            }
        }
    }

    /// Gives back whatever has no intent. A relay that waits for the content of one of those is left without a word.
    pub(super) fn give_back(&mut self) {
        if self.announced && self.waiting.front().is_some_and(|first| matches!(first.permit, Permit::Unasked)) {
            self.abandon();
        }
        self.give_back_but(0);
        while let Ok(job) = self.jobs.try_recv() {
            self.tell(News::GivenBack { jobs: vec![job] });
        }
    }

    /// Gives back whoever's hours ended while they waited: for a server that takes minutes to greet, or for others.
    pub(super) fn give_back_the_late(&mut self) {
        if self.shared.timetable.window().is_none() {
            return;
        }
        let now = self.shared.clock.now();
        let mut late = Vec::new();
        for (place, waiting) in std::mem::take(&mut self.waiting).into_iter().enumerate() {
            if matches!(waiting.permit, Permit::Unasked) && self.shared.is_late_for(&waiting.job, now) {
                if place == 0 && self.announced {
                    self.abandon();
                }
                late.push(waiting.job);
            } else {
                self.waiting.push_back(waiting);
            }
        }
        if !late.is_empty() {
            self.tell(News::Late { jobs: late });
        }
    }

    /// Gives back whatever has no intent, but for the first so many that wait.
    pub(super) fn give_back_but(&mut self, kept: usize) {
        let asked = self.waiting.iter().take_while(|waiting| !matches!(waiting.permit, Permit::Unasked)).count();
        let back = self.waiting.split_off(asked.max(kept).min(self.waiting.len()));
        if !back.is_empty() {
            self.tell(News::GivenBack { jobs: back.into_iter().map(|waiting| waiting.job).collect() });
        }
    }

    /// Leaves a relay that waits for content it must not get: closed in the middle of a message, it keeps nothing.
    pub(super) fn abandon(&mut self) {
        if self.connection.take().is_some() {
            self.tell(News::Closed);
        }
        self.announced = false;
    }

    /// There is no connection: whatever has an intent comes back undecided, the rest goes back.
    pub(super) fn stay_unopened(&mut self, trouble: RelayTrouble) {
        self.lengthen_rest(LONGEST_REST_UNOPENED);
        while self.waiting.front().is_some_and(|first| matches!(first.permit, Permit::Granted { .. })) {
            self.conclude_first(Delivery::NotSent { step: Step::Connect, detail: trouble.to_string() });
        }
        let jobs = std::mem::take(&mut self.waiting).into_iter().map(|waiting| waiting.job).collect();
        self.tell(News::Unopened { jobs, trouble });
    }
}
