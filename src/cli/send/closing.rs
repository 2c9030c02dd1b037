//! The last lines of a send: the counts, what left this computer, the next command; and the exit code.

use std::path::Path;

use jiff::Timestamp;

use crate::cli::failure::{Failure, exit};
use crate::cli::moment;
use crate::cli::output::{Output, counted};
use crate::domain::invitation::{Counts, Unsettled};
use crate::domain::stream::Stream;
use crate::engine::send::{Ending, Sent};
use crate::engine::status::{SlowedDown, Standing};

/// `240 planned: 231 accepted, 3 refused, …`: every row once.
pub fn counts_line(counts: &Counts) -> String {
    let states = [
        (counts.accepted, "accepted"),
        (counts.rejected, "refused"),
        (counts.deferred, "put off"),
        (counts.in_doubt, "in doubt"),
        (counts.suppressed, "opted out meanwhile"),
        (counts.expired, "given up"),
        (counts.cancelled, "cancelled"),
        (counts.unsent, "not sent yet"),
    ];
    let said: Vec<String> =
        states.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    match said.as_slice() {
        [] => format!("{} planned", counts.planned),
        said => format!("{} planned: {}", counts.planned, said.join(", ")),
    }
}

/// What earlier plans still hold, if anything.
pub fn earlier_line(earlier: &Unsettled) -> Option<String> {
    let states = [(earlier.deferred, "put off"), (earlier.in_doubt, "in doubt"), (earlier.unsent, "to be sent again")];
    let said: Vec<String> =
        states.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    (!said.is_empty()).then(|| format!("left of earlier plans: {}", said.join(", ")))
}

/// What asked us to slow down and since when, the slowest first; of many, the first few.
pub fn slowed_lines(slowed: &[SlowedDown]) -> Vec<String> {
    const SHOWN: usize = 10;
    let mut lines: Vec<String> = slowed
        .iter()
        .take(SHOWN)
        .map(|SlowedDown { kind, name, seconds_between, since }| {
            let whom = Stream::from_parts(kind, name).map_or_else(|| name.clone(), |stream| stream.to_string());
            format!("slowed down: {whom}, a message every {seconds_between:.1} s; it asked first on {since:.0}")
        })
        .collect();
    if slowed.len() > SHOWN {
        lines.push(format!("slowed down: {} more", slowed.len() - SHOWN));
    }
    lines
}

/// Says [`earlier_line`].
pub fn say_earlier(output: &Output, earlier: &Unsettled) {
    if let Some(line) = earlier_line(earlier) {
        output.say(line);
    }
}

/// Why it ended, for people; the exit code; what to type next.
pub struct Closing {
    /// The reason, where there is something to say.
    pub why: Option<String>,
    /// Whether the reason is an error.
    pub is_error: bool,
    /// Exit code.
    pub code: u8,
    /// The next command.
    pub next: String,
}

/// What an ending means to a person and to a script.
///
/// * `ledger`: its file.
/// * `again`: the command that goes on with this campaign.
pub fn closing(standing: &Standing, sent: &Sent, ledger: &Path, again: String) -> Closing {
    let campaign = &standing.campaign;
    let counts = sent.counts.unwrap_or_default();
    let in_doubt = counts.in_doubt + sent.earlier.in_doubt;
    let settle = format!("convoke settle {campaign} --in-doubt sent|again|give-up --reason TEXT");
    let done = match standing.inputs_changed {
        // A segment may be done (`--only`) while others wait.
        _ if counts.unsent + counts.deferred > 0 => format!("convoke send {campaign} --live"),
        true => format!("convoke plan {campaign}"),
        // Taken back, because an address was replaced since: a new plan finds them where they are now.
        false if counts.cancelled > 0 && !standing.cancelled_for_good => format!("convoke plan {campaign}"),
        false => format!("convoke audit campaign {campaign}"),
    };
    let resume = format!("convoke resume {campaign}");
    let said = |why: String, code: u8, next: String| Closing { why: Some(why), is_error: false, code, next };
    let failed = |why: String, code: u8, next: String| Closing { why: Some(why), is_error: true, code, next };
    let later = |at: &Timestamp| if *at == Timestamp::MAX { "never".to_owned() } else { format!("from {at:.0} on") };
    match &sent.ending {
        Ending::Done if in_doubt > 0 && sent.open > 0 => said(
            format!(
                "{} may or may not have arrived: look into the relay's log, then decide",
                counted(usize::try_from(in_doubt).unwrap_or(usize::MAX), "message")
            ),
            exit::AGAIN,
            settle,
        ),
        Ending::Done if sent.open > 0 => said("not everything is sent".to_owned(), exit::AGAIN, again),
        Ending::Done if sent.tally.done() == 0 => said(nothing_left(&counts), exit::DONE, done),
        Ending::Done => Closing { why: None, is_error: false, code: exit::DONE, next: done },
        Ending::LimitReached => {
            let next = if sent.open > 0 { again } else { done };
            said("the limit of --limit is reached".to_owned(), exit::DONE, next)
        }
        Ending::Capped { until } => {
            said(format!("the hourly or daily cap is reached: run again {}", later(until)), exit::AGAIN, again)
        }
        Ending::Deferred { until } => {
            said(format!("what was put off is due again later: run again {}", later(until)), exit::AGAIN, again)
        }
        Ending::TooEarly { until } => {
            said(format!("the schedule has not begun: run again {}", later(until)), exit::AGAIN, again)
        }
        Ending::OutsideHours { until, zone } => said(
            format!(
                "it is outside the hours of [schedule] for everybody who is left: run again from {}, that is from \
                 {until:.0} on",
                moment::in_words(*until, zone, sent.ended)
            ),
            exit::AGAIN,
            again,
        ),
        Ending::ScheduleOver => failed(
            "the schedule is over (schedule.not_after in campaign.toml); nothing more is sent".to_owned(),
            exit::STOPPED,
            format!("convoke status {campaign}"),
        ),
        Ending::Interrupted => {
            said("interrupted; every open message was finished".to_owned(), exit::INTERRUPTED, again)
        }
        Ending::Halted { reason } => {
            let next = if sent.paused.is_some() { resume } else { format!("convoke status {campaign}") };
            failed(reason.clone(), exit::STOPPED, next)
        }
        Ending::StoppedByRule { reason } => failed(
            format!(
                "{reason}; the campaign is paused\n  help: find out why (convoke audit campaign {campaign}), then resume"
            ),
            exit::STOPPED,
            resume,
        ),
        Ending::Refused { reason } => failed(format!("{reason}; the campaign is paused"), exit::CONFIGURATION, resume),
        Ending::Misconfigured { detail } => failed(detail.clone(), exit::CONFIGURATION, again),
        Ending::Unreachable { detail } => {
            said(format!("the relay does not serve us: {detail}; run again later"), exit::AGAIN, again)
        }
        Ending::Differs(differs) => failed(
            format!(
                "the message to contact {}: {}; nothing but the plan is ever sent\n  help: plan again",
                differs.contact_id, differs.why
            ),
            exit::STOPPED,
            format!("convoke plan {campaign}"),
        ),
        Ending::LedgerFailed(error) => failed(
            format!(
                "{}: {error}\n  sending stopped at once, because what cannot be recorded must not be sent; what was on its \
                 way may have arrived, and will be in doubt\n  help: put that right, then run the same command again",
                ledger.display()
            ),
            exit::FAILED,
            again,
        ),
    }
}

fn nothing_left(counts: &Counts) -> String {
    if counts.planned == 0 {
        return "nothing to send: the plan holds nobody".to_owned();
    }
    "nothing left to send: every invitation of the plan has its outcome".to_owned()
}

/// Says the closing lines.
///
/// # Errors
/// The ending, where it is an error.
pub fn close(
    output: &Output,
    standing: &Standing,
    sent: &Sent,
    ledger: &Path,
    relay_says: &str,
    again: String,
) -> Result<u8, Failure> {
    let closing = closing(standing, sent, ledger, again);
    if let Some(counts) = &sent.counts {
        output.say(counts_line(counts));
        say_earlier(output, &sent.earlier);
        slowed_lines(&standing.slowed).into_iter().for_each(|line| output.say(line));
    }
    if sent.tally.accepted > 0 {
        let (seconds, per_second) = sent.pace();
        output
            .say(format!("{} accepted now, in {seconds:.1} s: {per_second:.1} messages a second", sent.tally.accepted));
    }
    output.say(relay_says);
    match closing {
        Closing { why, is_error: false, code, next } => {
            if let Some(why) = why {
                output.say(why);
            }
            output.next(next);
            Ok(code)
        }
        Closing { why, code, next, .. } => {
            Err(Failure::new(code, format!("{}\nnext: {}", why.unwrap_or_default(), output.typed(&next))))
        }
    }
}
