//! What is shown of a send while it goes on: a bar on a terminal, lines of JSON for a program, or remarks alone.

use std::sync::{Arc, Mutex, MutexGuard};

use clap::ValueEnum;
use indicatif::ProgressBar;

use super::bar::bar;
use super::picture::{Picture, locked};
use super::stream::Stream;
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
            Form::Bar if has_bar && total > 0 => {
                bar(&picture, clock).map_or(Shown::Nothing, |bar| Shown::Bar { picture, bar })
            }
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
            Shown::Json(stream) => Some(stream.picture()),
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
            Shown::Json(stream) => stream.remark(words),
        }
    }
}
