//! The one thread that writes to the ledger while sending.
//!
//! Lanes ask for intents and hand in outcomes; the thread takes everything that waits and makes one durable commit of it, so
//! that one sync serves every lane. The first failure is the last call: from then on every request is
//! answered with it and the ledger is left alone, because an attempt that cannot be recorded must not be made.

use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::trace::Commit;
use crate::engine::ports::{Clock, Conclusion, Intent, IntentVerdict, Ledger, LedgerError, LedgerResult};

/// Why the ledger is no longer asked; the same for everybody who asks.
pub type Failed = Arc<LedgerError>;

type Call = Box<dyn FnOnce(Result<&mut dyn Ledger, Failed>) -> Option<Failed> + Send>;

/// The ledger's answer about intents, in their order; it comes when they are committed and synced.
pub type Verdicts = oneshot::Receiver<Result<Vec<IntentVerdict>, Failed>>;

/// The other end of [`Verdicts`].
type Answer = oneshot::Sender<Result<Vec<IntentVerdict>, Failed>>;

enum Request {
    Record { outcomes: Vec<Conclusion>, intents: Vec<Intent>, answer: Answer },
    Outcomes(Vec<Conclusion>),
    Call(Call),
}

/// The way to the ledger's thread. The thread ends when the last handle is gone.
#[derive(Clone)]
pub struct LedgerHandle {
    requests: mpsc::UnboundedSender<Request>,
    failed: Arc<OnceLock<Failed>>,
}

impl LedgerHandle {
    /// Hands the ledger to a thread of its own, which gives it back when the last handle is gone. Called within a runtime.
    ///
    /// # Errors
    /// The system would not start a thread.
    pub fn start(
        ledger: Box<dyn Ledger>,
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<(Self, JoinHandle<Box<dyn Ledger>>)> {
        let (requests, waiting) = mpsc::unbounded_channel();
        let (answers, answered) = mpsc::unbounded_channel();
        tokio::spawn(pass_on(answered));
        let failed = Arc::new(OnceLock::new());
        let told = Arc::clone(&failed);
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || Writer { ledger, clock, answers, failed: told }.serve(waiting))?;
        Ok((Self { requests, failed }, thread))
    }

    /// Records how attempts ended and intents that follow, in one commit: no intent is on record while an outcome handed in
    /// before it is not, or a death in between would leave more messages in doubt than the window allows.
    ///
    /// The answer is an error where the ledger failed, now or before.
    pub fn record(&self, outcomes: Vec<Conclusion>, intents: Vec<Intent>) -> Verdicts {
        let (answer, verdicts) = oneshot::channel();
        self.ask(Request::Record { outcomes, intents, answer });
        verdicts
    }

    /// Hands in how attempts ended, and does not wait: whatever is asked of the ledger later comes after it, the next
    /// intent of the same lane too, and fails if this fails.
    pub fn record_outcomes(&self, outcomes: Vec<Conclusion>) {
        self.ask(Request::Outcomes(outcomes));
    }

    /// Anything else, after everything asked before.
    ///
    /// # Errors
    /// The ledger failed, now or before.
    pub async fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&mut dyn Ledger) -> LedgerResult<T> + Send + 'static,
    ) -> Result<T, Failed> {
        let (answer, waiting) = oneshot::channel();
        self.ask(Request::Call(Box::new(move |ledger| {
            let result = ledger.and_then(|ledger| call(ledger).map_err(Arc::new));
            let failed = result.as_ref().err().cloned();
            // Nobody waits any more where the asker was dropped; the change stands all the same.
            let _ = answer.send(result);
            failed
        })));
        waiting.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Why the ledger is no longer asked, if it is not: then nothing may be handed over any more, not even what has its
    /// intent, because how that ended could not be recorded.
    pub fn failure(&self) -> Option<Failed> {
        self.failed.get().cloned()
    }

    fn ask(&self, request: Request) {
        // A thread that is gone drops the answer's sender with the request, and the asker learns it there.
        let _ = self.requests.send(request);
    }
}

/// The ledger's thread is not there to answer.
pub(super) fn gone() -> Failed {
    Arc::new(LedgerError::Unwritable("its thread ended early".to_owned()))
}

/// What waited together and is committed together.
#[derive(Default)]
struct Batch {
    outcomes: Vec<Conclusion>,
    intents: Vec<Intent>,
    /// Who asked, and for how many intents, in order.
    answers: Vec<(usize, Answer)>,
}

/// The answers of one commit.
type Answers = Vec<(Answer, Result<Vec<IntentVerdict>, Failed>)>;

/// Gives each lane its answer. The ledger's thread wakes this task once a commit; to wake every lane from there would cost a call
/// of the system each.
async fn pass_on(mut answered: mpsc::UnboundedReceiver<Answers>) {
    while let Some(answers) = answered.recv().await {
        for (answer, verdicts) in answers {
            // Nobody waits any more where a lane has gone.
            let _ = answer.send(verdicts);
        }
    }
}

struct Writer {
    ledger: Box<dyn Ledger>,
    clock: Arc<dyn Clock>,
    answers: mpsc::UnboundedSender<Answers>,
    failed: Arc<OnceLock<Failed>>,
}

impl Writer {
    fn serve(mut self, mut waiting: mpsc::UnboundedReceiver<Request>) -> Box<dyn Ledger> {
        while let Some(first) = waiting.blocking_recv() {
            let mut batch = Batch::default();
            let mut calls = Vec::new();
            let mut next = Some(first);
            while let Some(request) = next {
                match request {
                    Request::Record { outcomes, intents, answer } => {
                        batch.outcomes.extend(outcomes);
                        batch.answers.push((intents.len(), answer));
                        batch.intents.extend(intents);
                    }
                    Request::Outcomes(outcomes) => batch.outcomes.extend(outcomes),
                    Request::Call(call) => calls.push(call),
                }
                next = waiting.try_recv().ok();
            }
            self.write(batch);
            for call in calls {
                self.call(call);
            }
        }
        self.ledger
    }

    fn write(&mut self, batch: Batch) {
        let verdicts = match self.failed.get() {
            Some(failed) => Err(Arc::clone(failed)),
            None => self.commit(&batch.outcomes, &batch.intents).map_err(Arc::new),
        };
        let answers: Answers = match verdicts {
            Ok(verdicts) => {
                let mut verdicts = verdicts.into_iter();
                let answer = |(many, answer)| (answer, Ok(verdicts.by_ref().take(many).collect()));
                batch.answers.into_iter().map(answer).collect()
            }
            Err(failed) => {
                // Before anybody is answered: others look at it on their way to the relay.
                let _ = self.failed.set(Arc::clone(&failed));
                batch.answers.into_iter().map(|(_, answer)| (answer, Err(Arc::clone(&failed)))).collect()
            }
        };
        if !answers.is_empty() {
            // With the runtime gone, nobody is left to hear it.
            let _ = self.answers.send(answers);
        }
    }

    fn commit(&mut self, outcomes: &[Conclusion], intents: &[Intent]) -> LedgerResult<Vec<IntentVerdict>> {
        if outcomes.is_empty() && intents.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let commit = Commit::begin();
        let recorded = self.ledger.record(outcomes, intents, now);
        commit.end(outcomes.len(), intents.len(), recorded.as_ref().err());
        if recorded.is_err() && !outcomes.is_empty() && !intents.is_empty() {
            // It may have failed over an intent: what is known already need not be in doubt. The failure stands either way.
            let _ = self.ledger.record_outcomes(outcomes, now);
        }
        recorded
    }

    fn call(&mut self, call: Call) {
        let failed = match self.failed.get() {
            Some(failed) => call(Err(Arc::clone(failed))),
            None => call(Ok(&mut *self.ledger)),
        };
        if let Some(failed) = failed {
            // The first failure stays.
            let _ = self.failed.set(failed);
        }
    }
}
