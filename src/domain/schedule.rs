//! The hours of the week in which messages may leave: `days`, `hours` and `zone` of `[schedule]`.
//!
//! A moment lies within the hours where the clock on the wall says so, there and then. That is one rule for every day:
//! where clocks go back, an hour that is shown twice counts twice; where they go forward, one that is never shown never
//! counts; and a day that a place skips (Samoa had no 30 December 2011) is no day of anybody's.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How far ahead an opening is looked for. A week holds every day there is; a skipped hour or day can take away one
/// opening, never those of three weeks.
const HORIZON_DAYS: i64 = 22;

/// Days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days([bool; 7]);

impl Days {
    /// Monday to Sunday, as `days` names them.
    pub const WORDS: [&'static str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    /// Every day.
    pub const ALL: Self = Self([true; 7]);

    /// These days, by their positions in [`Days::WORDS`].
    pub fn at(positions: impl IntoIterator<Item = usize>) -> Self {
        let mut days = [false; 7];
        for position in positions {
            if let Some(day) = days.get_mut(position) {
                *day = true;
            }
        }
        Self(days)
    }

    fn contains(self, day: Weekday) -> bool {
        usize::try_from(day.to_monday_zero_offset()).ok().and_then(|at| self.0.get(at)).is_some_and(|is_in| *is_in)
    }
}

/// Hours of a day, the first within, the last not. An end before the beginning lies on the next day, and the night
/// belongs to the day it begins on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    from: Time,
    /// `None`: until midnight.
    until: Option<Time>,
}

impl Hours {
    /// Every hour of the day.
    pub const ALL: Self = Self { from: Time::midnight(), until: None };

    /// Reads `09:00-17:00`; `24:00` is an end. Nothing where it is not understood or no time lies within.
    pub fn read(text: &str) -> Option<Self> {
        let (from, until) = text.split_once(['-', '–'])?;
        let from = time(from)?;
        let until = match until.trim() {
            "24:00" | "00:00" => None,
            until => Some(time(until)?),
        };
        (until != Some(from)).then_some(Self { from, until })
    }

    fn spans_midnight(self) -> bool {
        self.until.is_some_and(|until| until < self.from)
    }
}

/// `9:00` or `09:00`.
fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |part: &str, most: usize| {
        let sound = (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        sound.then(|| part.parse::<i8>().ok()).flatten()
    };
    let minute = digits(minute, 2).filter(|_| minute.len() == 2)?;
    Time::new(digits(hour, 2)?, minute, 0, 0).ok()
}

/// Whose clock the hours are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WallClock {
    /// Each recipient's own.
    Recipient,
    /// The one of this zone.
    Named(String),
    /// The organisation's, else this computer's.
    Ours,
}

/// When in the week messages may leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// On which days.
    pub days: Days,
    /// At which hours.
    pub hours: Hours,
    /// By whose clock.
    pub clock: WallClock,
}

impl Window {
    /// Whether a moment lies within, by the clock of this zone.
    pub fn is_open(&self, zone: &TimeZone, at: Timestamp) -> bool {
        let now = zone.to_datetime(at);
        let Hours { from, until } = self.hours;
        let today = self.days.contains(now.weekday());
        let begun = today && now.time() >= from;
        match until {
            None => begun,
            Some(until) if self.hours.spans_midnight() => {
                let yesterday = now.date().yesterday().is_ok_and(|day| self.days.contains(day.weekday()));
                begun || yesterday && now.time() < until
            }
            Some(until) => begun && now.time() < until,
        }
    }

    /// The first moment, from this one on, that lies within; `None` where none comes.
    pub fn opening(&self, zone: &TimeZone, from: Timestamp) -> Option<Timestamp> {
        if self.is_open(zone, from) { Some(from) } else { self.next_change(zone, from) }
    }

    /// When the answer of [`Window::is_open`] next changes; `None` where it does not.
    pub fn next_change(&self, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
        let now = self.is_open(zone, after);
        let mut moments = self.edges(zone, after);
        moments.sort_unstable();
        moments.into_iter().find(|at| self.is_open(zone, *at) != now)
    }

    /// Every later moment at which the answer can change: the edges of the hours, midnights, and the moments at which the
    /// clocks of the zone are moved.
    fn edges(&self, zone: &TimeZone, after: Timestamp) -> Vec<Timestamp> {
        let horizon = after.saturating_add(SignedDuration::from_hours(24 * HORIZON_DAYS)).unwrap_or(Timestamp::MAX);
        let mut moments: Vec<Timestamp> =
            zone.following(after).map(|moved| moved.timestamp()).take_while(|at| *at <= horizon).collect();
        let mut day = zone.to_datetime(after).date().yesterday().unwrap_or(Date::MIN);
        for _ in 0..HORIZON_DAYS + 2 {
            for time in [Some(Time::midnight()), Some(self.hours.from), self.hours.until].into_iter().flatten() {
                let shown = zone.to_ambiguous_timestamp(day.to_datetime(time));
                // A time shown twice is two moments; one never shown is none, but asking for it gives harmless ones.
                moments.extend(shown.earlier().ok().into_iter().chain(shown.later().ok()));
            }
            match day.tomorrow() {
                Ok(next) => day = next,
                Err(_) => break,
            }
        }
        moments.retain(|at| *at > after);
        moments
    }
}

#[cfg(test)]
mod tests;
