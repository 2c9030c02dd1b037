//! The one thread that writes to the ledger while sending.
//!
//! Lanes ask for intents and hand in outcomes; the thread takes everything that waits and makes one durable commit of
//! each kind, so that one sync serves every lane. The first failure is the last call: from then on every request is
//! answered with it and the ledger is left alone, because an attempt that cannot be recorded must not be made.

use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use crate::engine::ports::{Clock, Conclusion, Intent, IntentVerdict, Ledger, LedgerError, LedgerResult};

/// Why the ledger is no longer asked; the same for everybody who asks.
pub type Failed = Arc<LedgerError>;

type Call = Box<dyn FnOnce(Result<&mut dyn Ledger, Failed>) -> Option<Failed> + Send>;

enum Request {
    Intent(Intent, oneshot::Sender<Result<IntentVerdict, Failed>>),
    Outcome(Conclusion),
    Call(Call),
}

/// The way to the ledger's thread. The thread ends when the last handle is gone.
#[derive(Clone)]
pub struct LedgerHandle {
    requests: mpsc::UnboundedSender<Request>,
}

impl LedgerHandle {
    /// Hands the ledger to a thread of its own, which gives it back when the last handle is gone.
    ///
    /// # Errors
    /// The system would not start a thread.
    pub fn start(
        ledger: Box<dyn Ledger>,
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<(Self, JoinHandle<Box<dyn Ledger>>)> {
        let (requests, waiting) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || Writer { ledger, clock, failed: None }.serve(waiting))?;
        Ok((Self { requests }, thread))
    }

    /// Records intents; answers when they are committed and synced.
    ///
    /// # Errors
    /// The ledger failed, now or before.
    pub async fn record_intents(&self, intents: Vec<Intent>) -> Result<Vec<IntentVerdict>, Failed> {
        let mut answers = Vec::with_capacity(intents.len());
        for intent in intents {
            let (answer, waiting) = oneshot::channel();
            self.ask(Request::Intent(intent, answer));
            answers.push(waiting);
        }
        let mut verdicts = Vec::with_capacity(answers.len());
        for answer in answers {
            verdicts.push(answer.await.unwrap_or_else(|_| Err(gone()))?);
        }
        Ok(verdicts)
    }

    /// Hands in how an attempt ended, and does not wait: whatever is asked of the ledger later comes after it, the next
    /// intent of the same lane too, and fails if this fails.
    pub fn record_outcome(&self, conclusion: Conclusion) {
        self.ask(Request::Outcome(conclusion));
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

    fn ask(&self, request: Request) {
        // A thread that is gone drops the answer's sender with the request, and the asker learns it there.
        let _ = self.requests.send(request);
    }
}

fn gone() -> Failed {
    Arc::new(LedgerError::Unwritable("its thread ended early".to_owned()))
}

struct Writer {
    ledger: Box<dyn Ledger>,
    clock: Arc<dyn Clock>,
    failed: Option<Failed>,
}

impl Writer {
    fn serve(mut self, mut waiting: mpsc::UnboundedReceiver<Request>) -> Box<dyn Ledger> {
        while let Some(first) = waiting.blocking_recv() {
            let mut intents = Vec::new();
            let mut outcomes = Vec::new();
            let mut calls = Vec::new();
            let mut next = Some(first);
            while let Some(request) = next {
                match request {
                    Request::Intent(intent, answer) => intents.push((intent, answer)),
                    Request::Outcome(conclusion) => outcomes.push(conclusion),
                    Request::Call(call) => calls.push(call),
                }
                next = waiting.try_recv().ok();
            }
            // Outcomes first: a lane's next intent must not be on record while its last outcome is not, or a death in
            // between would leave two messages of one lane in doubt.
            self.write_outcomes(&outcomes);
            self.write_intents(intents);
            for call in calls {
                self.call(call);
            }
        }
        self.ledger
    }

    fn write_outcomes(&mut self, outcomes: &[Conclusion]) {
        if outcomes.is_empty() || self.failed.is_some() {
            return;
        }
        let now = self.clock.now();
        if let Err(error) = self.ledger.record_outcomes(outcomes, now) {
            self.failed = Some(Arc::new(error));
        }
    }

    fn write_intents(&mut self, intents: Vec<(Intent, oneshot::Sender<Result<IntentVerdict, Failed>>)>) {
        if intents.is_empty() {
            return;
        }
        let (intents, answers): (Vec<_>, Vec<_>) = intents.into_iter().unzip();
        let verdicts = match &self.failed {
            Some(failed) => Err(Arc::clone(failed)),
            None => self.ledger.record_intents(&intents, self.clock.now()).map_err(Arc::new),
        };
        match verdicts {
            Ok(verdicts) => {
                for (answer, verdict) in answers.into_iter().zip(verdicts) {
                    let _ = answer.send(Ok(verdict));
                }
            }
            Err(failed) => {
                for answer in answers {
                    let _ = answer.send(Err(Arc::clone(&failed)));
                }
                self.failed = Some(failed);
            }
        }
    }

    fn call(&mut self, call: Call) {
        let failed = match &self.failed {
            Some(failed) => call(Err(Arc::clone(failed))),
            None => call(Ok(&mut *self.ledger)),
        };
        self.failed = self.failed.take().or(failed);
    }
}
