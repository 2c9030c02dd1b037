//! The progress of a send as lines of JSON on standard error, for a program that watches (docs/operating.md has the keys).

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::picture::{Picture, locked};
use crate::engine::ports::Clock;

/// Domains a line of JSON tells of.
const DOMAINS_IN_JSON: usize = 20;
const EVERY: Duration = Duration::from_secs(1);

/// Lines of JSON on standard error, written by a thread of its own, so that a run that waits is seen to wait.
pub struct Stream {
    campaign: String,
    picture: Arc<Mutex<Picture>>,
    clock: &'static dyn Clock,
    over: mpsc::Sender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Stream {
    /// Writes the first line; the others follow by themselves.
    pub fn start(campaign: &str, picture: Arc<Mutex<Picture>>, clock: &'static dyn Clock) -> Self {
        let (over, is_over) = mpsc::channel();
        let (seen, name) = (Arc::clone(&picture), campaign.to_owned());
        to_stderr(&line("began", campaign, &mut locked(&picture), clock.now()));
        // Where the system gives no thread, the first line and the last must do.
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(move || {
            while is_over.recv_timeout(EVERY) == Err(mpsc::RecvTimeoutError::Timeout) {
                let line = line("sending", &name, &mut locked(&seen), clock.now());
                to_stderr(&line);
            }
        });
        Self { campaign: campaign.to_owned(), picture, clock, over, thread: thread.ok() }
    }

    /// What the lines are drawn from.
    pub fn picture(&self) -> MutexGuard<'_, Picture> {
        locked(&self.picture)
    }

    /// A line of its own for something to say.
    pub fn remark(&self, words: &str) {
        to_stderr(&json!({
            "progress": "remark", "at": self.clock.now().to_string(), "campaign": self.campaign, "text": words,
        }));
    }

    /// Writes the last line.
    pub fn end(self) {
        let _ = self.over.send(());
        if let Some(thread) = self.thread {
            let _ = thread.join();
        }
        to_stderr(&line("ended", &self.campaign, &mut locked(&self.picture), self.clock.now()));
    }
}

fn line(progress: &str, campaign: &str, picture: &mut Picture, now: Timestamp) -> serde_json::Value {
    picture.look(now);
    let tenth = |number: f64| (number * 10.0).round() / 10.0;
    let tally = picture.tally;
    let domains: Vec<_> = picture
        .largest_domains(DOMAINS_IN_JSON, now)
        .into_iter()
        .map(|(domain, share, pace)| {
            json!({
                "domain": domain, "accepted": share.tally.accepted, "rejected": share.tally.rejected,
                "deferred": share.tally.deferred, "in_doubt": share.tally.in_doubt, "per_second": tenth(pace),
            })
        })
        .collect();
    json!({
        "progress": progress, "at": now.to_string(), "campaign": campaign, "total": picture.total, "done": tally.done(),
        "accepted": tally.accepted, "rejected": tally.rejected, "deferred": tally.deferred, "in_doubt": tally.in_doubt,
        "suppressed": tally.suppressed, "cancelled": tally.cancelled, "seconds": tenth(picture.seconds(now)),
        "per_second": tenth(picture.per_second(now)), "seconds_left": picture.seconds_left(now).map(tenth),
        "domains": domains,
    })
}

/// A program that no longer listens must not end a send.
fn to_stderr(line: &serde_json::Value) {
    let _ = std::io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}
