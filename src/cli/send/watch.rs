//! What is shown of a send while it goes on: a bar on a terminal, lines of JSON for a program, or remarks alone.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use jiff::Timestamp;
use serde_json::json;

use super::picture::Picture;
use crate::cli::output::Output;
use crate::domain::outcome::Outcome;
use crate::engine::ports::Clock;
use crate::engine::send::progress::{Progress, Tally};

/// `--progress`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Form {
    /// A bar, where standard error is a terminal
    #[default]
    Bar,
    /// One JSON object a line on standard error, once a second
    Json,
}

/// Domains a bar has room for, and how long a name may be there.
const DOMAINS_ON_A_BAR: usize = 3;
const LONGEST_NAME: usize = 24;
/// Domains a line of JSON tells of.
const DOMAINS_IN_JSON: usize = 20;
const EVERY: Duration = Duration::from_secs(1);

/// Watches a run and shows it.
pub struct Watch<'a> {
    output: &'a Output,
    shown: Shown,
}

enum Shown {
    Nothing,
    Bar { picture: Arc<Mutex<Picture>>, bar: ProgressBar },
    Json(Stream),
}

impl<'a> Watch<'a> {
    /// * `total`: messages this run may send.
    /// * `has_bar`: a bar is wanted, and there is a terminal for it.
    pub fn new(
        form: Form,
        campaign: &str,
        total: u64,
        has_bar: bool,
        clock: &'static dyn Clock,
        output: &'a Output,
    ) -> Self {
        let picture = Arc::new(Mutex::new(Picture::new(total, clock.now())));
        let shown = match form {
            Form::Json => Shown::Json(Stream::start(campaign, picture, clock)),
            Form::Bar if has_bar && total > 0 => bar(picture, clock),
            Form::Bar => Shown::Nothing,
        };
        Self { output, shown }
    }

    /// Takes the bar away, so that the closing lines stand alone, or ends the stream.
    pub fn finish(self) {
        match self.shown {
            Shown::Nothing => {}
            Shown::Bar { bar, .. } => bar.finish_and_clear(),
            Shown::Json(stream) => stream.end(),
        }
    }

    fn picture(&self) -> Option<MutexGuard<'_, Picture>> {
        match &self.shown {
            Shown::Nothing => None,
            Shown::Bar { picture, .. } => Some(locked(picture)),
            Shown::Json(stream) => Some(locked(&stream.picture)),
        }
    }
}

impl Progress for Watch<'_> {
    fn show(&mut self, tally: &Tally) {
        if let Some(mut picture) = self.picture() {
            picture.tally = *tally;
        }
        if let Shown::Bar { bar, .. } = &self.shown {
            bar.set_position(tally.done());
        }
    }

    fn carried(&mut self, domain: &str, outcome: &Outcome) {
        if let Some(mut picture) = self.picture() {
            picture.note(domain, outcome);
        }
    }

    fn say(&mut self, words: &str) {
        match &self.shown {
            Shown::Nothing => self.output.say(words),
            Shown::Bar { bar, .. } => bar.suspend(|| self.output.say(words)),
            Shown::Json(stream) => to_stderr(&json!({
                "progress": "remark", "at": stream.clock.now().to_string(), "campaign": stream.campaign, "text": words,
            })),
        }
    }
}

/// What one panicked with is still what was counted.
fn locked(picture: &Mutex<Picture>) -> MutexGuard<'_, Picture> {
    picture.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bar(picture: Arc<Mutex<Picture>>, clock: &'static dyn Clock) -> Shown {
    let total = locked(&picture).total;
    let template = ProgressStyle::with_template("{bar:30} {pos}/{len}  {pace}\n{counts}");
    let Ok(style) = template else { return Shown::Nothing };
    let line = |write: fn(&mut Picture, Timestamp) -> String| {
        let picture = Arc::clone(&picture);
        move |_: &ProgressState, line: &mut dyn std::fmt::Write| {
            let now = clock.now();
            let mut picture = locked(&picture);
            picture.look(now);
            // A line that cannot be written is not drawn; the next one may be.
            let _ = line.write_str(&write(&mut picture, now));
        }
    };
    let style = style.with_key("pace", line(pace_line)).with_key("counts", line(counts_line));
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(8)).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(250));
    Shown::Bar { picture, bar }
}

/// `9.6 a second, 2 min left`
fn pace_line(picture: &mut Picture, now: Timestamp) -> String {
    let left =
        picture.seconds_left(now).map_or_else(|| "no telling how long".to_owned(), |s| format!("{} left", rough(s)));
    format!("{:.1} a second, {left}", picture.per_second(now))
}

/// `117 accepted, 2 refused  example.org 8.6/s, forum.example 1.0/s`
fn counts_line(picture: &mut Picture, now: Timestamp) -> String {
    let tally = &picture.tally;
    let others = [
        (tally.rejected, "refused"),
        (tally.deferred, "put off"),
        (tally.in_doubt, "in doubt"),
        (tally.suppressed, "opted out meanwhile"),
        (tally.cancelled, "cancelled"),
    ];
    let mut line = format!("{} accepted", tally.accepted);
    for (count, word) in others.iter().filter(|(count, _)| *count > 0) {
        line += &format!(", {count} {word}");
    }
    let domains: Vec<String> = picture
        .largest_domains(DOMAINS_ON_A_BAR, now)
        .iter()
        .map(|(domain, _, pace)| format!("{} {pace:.1}/s", shortened(domain)))
        .collect();
    if domains.is_empty() { line } else { format!("{line}   {}", domains.join(", ")) }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    name.chars().take(LONGEST_NAME - 1).chain(['…']).collect()
}

/// `40 s`, `12 min`, `3 h 20 min`: no more exact than anybody knows.
fn rough(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    let minutes = seconds.div_ceil(60);
    match seconds {
        0..=90 => format!("{seconds} s"),
        91..=5400 => format!("{minutes} min"),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

/// Lines of JSON on standard error, written by a thread of its own, so that a run that waits is seen to wait.
struct Stream {
    campaign: String,
    picture: Arc<Mutex<Picture>>,
    clock: &'static dyn Clock,
    over: mpsc::Sender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Stream {
    fn start(campaign: &str, picture: Arc<Mutex<Picture>>, clock: &'static dyn Clock) -> Self {
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

    fn end(self) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rest_is_told_no_more_exactly_than_it_is_known() {
        let said: Vec<String> = [0.0, 0.2, 89.5, 91.0, 5400.0, 5401.0, 86_400.0].map(rough).to_vec();
        assert_eq!(said, ["0 s", "1 s", "90 s", "2 min", "90 min", "1 h 31 min", "24 h 0 min"]);
    }

    #[test]
    fn a_long_name_does_not_break_the_line() {
        assert_eq!(shortened("example.org"), "example.org");
        let short = shortened("a-very-long-name-of-a-department.example.org");
        assert_eq!((short.chars().count(), short.ends_with('…')), (24, true));
    }
}
