//! The progress bar of a send.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::cli::output::Output;
use crate::engine::send::progress::{Progress, Tally};

/// A bar on standard error where a terminal is there to see it; otherwise remarks only.
pub struct Bar<'a> {
    bar: Option<ProgressBar>,
    output: &'a Output,
}

impl<'a> Bar<'a> {
    /// * `total`: messages this run may send.
    pub fn new(total: u64, shown: bool, output: &'a Output) -> Self {
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {pace} a second  {eta} left  {msg}");
        let bar = style.ok().filter(|_| shown && total > 0).map(|style| {
            ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(8))
                .with_style(style.with_key("pace", pace))
        });
        Self { bar, output }
    }

    /// Takes the bar away, so that the closing lines stand alone.
    pub fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Messages a second with one digit after the point.
fn pace(state: &ProgressState, line: &mut dyn std::fmt::Write) {
    // A line that cannot be written is not drawn; the next one may be.
    let _ = write!(line, "{:.1}", state.per_sec());
}

impl Progress for Bar<'_> {
    fn show(&mut self, tally: &Tally) {
        if let Some(bar) = &self.bar {
            bar.set_position(tally.done());
            let counts = [
                (tally.rejected, "refused"),
                (tally.deferred, "put off"),
                (tally.in_doubt, "in doubt"),
                (tally.suppressed, "opted out meanwhile"),
            ];
            let said: Vec<String> =
                counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
            bar.set_message(said.join(", "));
        }
    }

    fn say(&mut self, words: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| self.output.say(words)),
            None => self.output.say(words),
        }
    }
}
