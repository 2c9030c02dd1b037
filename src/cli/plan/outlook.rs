//! When sending will be done, and by whose clocks.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::moment;
use crate::cli::output::counted;
use crate::domain::forecast::Forecast;
use crate::domain::timetable::Timetable;
use crate::domain::zones::ZoneSource;
use crate::engine::plan::{Draft, outlook};
use crate::engine::ports::Ledger;
use crate::files::campaign_folder::CampaignFolder;

/// Values of `time_zone` shown.
const SHOWN: usize = 5;

/// When sending will be done, at best.
pub(super) struct Outlook {
    forecast: Forecast,
    now: Timestamp,
    ours: TimeZone,
}

impl Outlook {
    /// Sends the plan on paper, from now on.
    ///
    /// # Errors
    /// The ledger's.
    pub(super) fn of(
        draft: &Draft,
        context: &Context,
        folder: &CampaignFolder,
        ledger: &mut dyn Ledger,
    ) -> Result<Self, Failure> {
        let (zones, now) = (moment::zones(context)?, context.clock().now());
        let ours = zones.ours().clone();
        let timetable = Timetable::new(folder.campaign.schedule.clone(), zones);
        let rate = &context.settings()?.relay.rate;
        Ok(Self { forecast: outlook(ledger, &draft.rows, rate, &timetable, now)?, now, ours })
    }

    /// Seconds from now on, to a tenth; none where it is never done.
    pub(super) fn seconds(&self) -> Option<f64> {
        match self.forecast {
            Forecast::Done(at) => Some((at.duration_since(self.now).as_secs_f64() * 10.0).round() / 10.0),
            Forecast::Never { .. } => None,
        }
    }

    /// The moment, for programs.
    pub(super) fn finishes_at(&self) -> Option<String> {
        match self.forecast {
            Forecast::Done(at) => Some(at.to_string()),
            Forecast::Never { .. } => None,
        }
    }

    /// Says it to a person.
    pub(super) fn say(&self, context: &Context, rows: usize) {
        match (self.forecast, self.seconds()) {
            (Forecast::Never { left }, _) => context.output.warn(format!(
                "within the schedule and the limits of the relay {} find no moment to leave; give not_after, hours or \
                 [relay.rate] more room",
                counted(usize::try_from(left).unwrap_or(usize::MAX), "message")
            )),
            // Less than a minute is not worth a line.
            (Forecast::Done(at), Some(seconds)) if rows > 0 && seconds >= 60.0 => context.output.say(format!(
                "at best sending takes {}, until {}, if it begins now and goes on whenever pace, caps and schedule allow",
                length(seconds),
                moment::in_words(at, &self.ours, self.now)
            )),
            _ => {}
        }
    }
}

/// A length of time as people say it.
fn length(seconds: f64) -> String {
    let minutes = (seconds / 60.0).ceil();
    match minutes {
        m if m < 120.0 => format!("about {m} minutes"),
        m if m < 48.0 * 60.0 => format!("about {} hours", (m / 60.0).round()),
        m => format!("about {} days", (m / 60.0 / 24.0).round()),
    }
}

/// Says in whose time the recipients live, and what only stands in for it.
pub(super) fn say_clocks(context: &Context, draft: &Draft) {
    let Some(clocks) = &draft.clocks else { return };
    let of = |source| clocks.by_source.get(&source).copied().unwrap_or(0);
    context.output.say(format!(
        "hours by the recipient's clock: {} by their own time zone, {} by their country's, {} by the organisation's",
        of(ZoneSource::Own),
        of(ZoneSource::Country),
        of(ZoneSource::Organisation)
    ));
    if of(ZoneSource::Organisation) > 0 {
        let ours = moment::zones(context).ok().and_then(|zones| zones.name_of_ours().map(str::to_owned));
        context.output.say(format!(
            "  nobody knows in whose time those {} live: {} stands in; a `time_zone` column tells better",
            of(ZoneSource::Organisation),
            ours.as_deref().unwrap_or("this computer's time")
        ));
    }
    if !clocks.unreadable.is_empty() {
        let shown: Vec<String> = clocks
            .unreadable
            .iter()
            .take(SHOWN)
            .map(|(word, n)| format!("`{}` ({n})", context.output.foreign_text(word)))
            .collect();
        let more = clocks.unreadable.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        context.output.warn(format!(
            "`time_zone` holds no name of a zone: {}{more}; write one such as Africa/Nairobi",
            shown.join(", ")
        ));
    }
}

/// The same for programs; null where the schedule does not ask.
pub(super) fn clocks_json(draft: &Draft) -> Value {
    let Some(clocks) = &draft.clocks else { return Value::Null };
    let of = |source| clocks.by_source.get(&source).copied().unwrap_or(0);
    json!({
        "own": of(ZoneSource::Own),
        "country": of(ZoneSource::Country),
        "organisation": of(ZoneSource::Organisation),
        "unreadable": clocks.unreadable,
    })
}
