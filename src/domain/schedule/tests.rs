//! Windows by wall clocks that jump: time is always an argument, zones come from the compiled-in database.

use jiff::tz::TimeZoneDatabase;
use proptest::prelude::*;

use super::*;

fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn window(days: &[&str], hours: &str) -> Window {
    let positions = days.iter().map(|day| Days::WORDS.iter().position(|word| word == day).unwrap());
    let days = if days.is_empty() { Days::ALL } else { Days::at(positions) };
    Window { days, hours: Hours::read(hours).unwrap(), clock: WallClock::Recipient }
}

const WEEKDAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri"];

/// Opening from a moment on, and the closing that follows, as text.
fn opens(window: &Window, name: &str, from: &str) -> (String, String) {
    let zone = zone(name);
    let opening = window.opening(&zone, at(from)).unwrap();
    (opening.to_string(), window.next_change(&zone, opening).unwrap().to_string())
}

#[test]
fn hours_are_read_as_people_write_them() {
    for text in ["09:00-17:00", "9:00-17:00", "22:00-06:00", "00:00-24:00", "09:00 – 17:00", "17:00-00:00"] {
        assert!(Hours::read(text).is_some(), "{text}");
    }
    for text in
        ["", "9-17", "09:00", "09:00-25:00", "24:00-06:00", "09:00-09:00", "09:60-17:00", "9:0-17:00", "+9:00-17:00"]
    {
        assert_eq!(Hours::read(text), None, "{text}");
    }
}

#[test]
fn an_office_week_opens_and_closes_by_the_clock_of_each_place() {
    let office = window(WEEKDAYS, "09:00-17:00");
    // 2026-11-27 is a Friday.
    for (name, from, opening, closing) in [
        ("Africa/Nairobi", "2026-11-27T05:59:59Z", "2026-11-27T06:00:00Z", "2026-11-27T14:00:00Z"),
        ("Asia/Kathmandu", "2026-11-27T00:00:00Z", "2026-11-27T03:15:00Z", "2026-11-27T11:15:00Z"),
        ("America/St_Johns", "2026-11-27T20:30:00Z", "2026-11-30T12:30:00Z", "2026-11-30T20:30:00Z"),
        ("Pacific/Auckland", "2026-11-27T04:00:00Z", "2026-11-29T20:00:00Z", "2026-11-30T04:00:00Z"),
    ] {
        assert_eq!(opens(&office, name, from), (opening.to_owned(), closing.to_owned()), "{name}");
    }
}

#[test]
fn the_end_is_not_within_and_the_beginning_is() {
    let (office, utc) = (window(&[], "09:00-17:00"), zone("UTC"));
    assert!(office.is_open(&utc, at("2026-11-27T09:00:00Z")));
    assert!(office.is_open(&utc, at("2026-11-27T16:59:59.999Z")));
    assert!(!office.is_open(&utc, at("2026-11-27T17:00:00Z")));
}

#[test]
fn a_night_belongs_to_the_day_it_begins_on() {
    let night = window(&["fri"], "22:00-06:00");
    assert_eq!(
        opens(&night, "UTC", "2026-11-27T05:00:00Z"),
        ("2026-11-27T22:00:00Z".to_owned(), "2026-11-28T06:00:00Z".to_owned()),
        "the small hours of Friday are Thursday's night"
    );
    assert!(night.is_open(&zone("UTC"), at("2026-11-28T03:00:00Z")));
}

#[test]
fn where_clocks_go_forward_the_skipped_hour_is_nobodys() {
    // Berlin, 2027-03-28: 02:00 becomes 03:00.
    let early = window(&[], "02:15-04:00");
    assert_eq!(
        opens(&early, "Europe/Berlin", "2027-03-28T00:00:00Z"),
        ("2027-03-28T01:00:00Z".to_owned(), "2027-03-28T02:00:00Z".to_owned()),
        "open from the moment the clock shows 03:00"
    );
    let gone = window(&[], "02:15-02:45");
    assert_eq!(
        gone.opening(&zone("Europe/Berlin"), at("2027-03-28T00:00:00Z")),
        Some(at("2027-03-29T00:15:00Z")),
        "no clock shows 02:15 that night"
    );
    let sundays = window(&["sun"], "02:15-02:45");
    assert_eq!(sundays.opening(&zone("Europe/Berlin"), at("2027-03-28T00:00:00Z")), Some(at("2027-04-04T00:15:00Z")));
}

#[test]
fn where_clocks_go_back_an_hour_shown_twice_counts_twice() {
    // Berlin, 2026-10-25: 03:00 becomes 02:00.
    let early = window(&[], "02:15-02:45");
    let first = opens(&early, "Europe/Berlin", "2026-10-25T00:00:00Z");
    assert_eq!(first, ("2026-10-25T00:15:00Z".to_owned(), "2026-10-25T00:45:00Z".to_owned()));
    let second = opens(&early, "Europe/Berlin", &first.1);
    assert_eq!(second, ("2026-10-25T01:15:00Z".to_owned(), "2026-10-25T01:45:00Z".to_owned()));
    let morning = window(&[], "02:30-09:00");
    assert_eq!(
        opens(&morning, "Europe/Berlin", "2026-10-25T00:00:00Z"),
        ("2026-10-25T00:30:00Z".to_owned(), "2026-10-25T01:00:00Z".to_owned()),
        "when the clock shows 02:00 again it is too early again"
    );
}

#[test]
fn half_an_hour_is_a_change_of_clocks_too() {
    // Lord Howe, 2027-04-04: 02:00 becomes 01:30.
    let early = window(&[], "01:45-08:00");
    let first = opens(&early, "Australia/Lord_Howe", "2027-04-03T14:30:00Z");
    assert_eq!(first, ("2027-04-03T14:45:00Z".to_owned(), "2027-04-03T15:00:00Z".to_owned()));
    assert_eq!(opens(&early, "Australia/Lord_Howe", &first.1).0, "2027-04-03T15:15:00Z");
}

#[test]
fn on_both_sides_of_the_date_line_each_place_has_its_own_day() {
    let mondays = window(&["mon"], "09:00-17:00");
    // The same Monday, 2026-11-30: Kiritimati is 25 hours ahead of Pago Pago.
    assert_eq!(opens(&mondays, "Pacific/Kiritimati", "2026-11-28T00:00:00Z").0, "2026-11-29T19:00:00Z");
    assert_eq!(opens(&mondays, "Pacific/Pago_Pago", "2026-11-28T00:00:00Z").0, "2026-11-30T20:00:00Z");
}

#[test]
fn a_day_that_a_place_skipped_is_skipped() {
    // Apia went from Thursday 2011-12-29 to Saturday 2011-12-31.
    let fridays = window(&["fri"], "09:00-17:00");
    assert_eq!(
        fridays.opening(&zone("Pacific/Apia"), at("2011-12-29T20:00:00Z")),
        Some(at("2012-01-05T19:00:00Z")),
        "the next Friday that Apia had"
    );
    let saturdays = window(&["sat"], "00:00-24:00");
    assert_eq!(saturdays.opening(&zone("Pacific/Apia"), at("2011-12-29T20:00:00Z")), Some(at("2011-12-30T10:00:00Z")));
}

#[test]
fn all_hours_of_all_days_never_change() {
    let always = window(&[], "00:00-24:00");
    assert_eq!(always.next_change(&zone("Europe/Berlin"), at("2026-10-24T00:00:00Z")), None);
}

#[test]
fn the_end_of_time_is_no_panic() {
    let office = window(WEEKDAYS, "09:00-17:00");
    for moment in [Timestamp::MIN, Timestamp::MAX] {
        let _ = office.opening(&zone("Pacific/Kiritimati"), moment);
        let _ = office.next_change(&zone("Pacific/Pago_Pago"), moment);
    }
}

proptest! {
    /// Between a moment and the next change nothing changes, whatever the zone and the hours.
    #[test]
    fn nothing_changes_before_the_next_change(
        name in prop::sample::select(vec![
            "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Asia/Tehran",
            "America/Sao_Paulo", "Pacific/Kiritimati", "Antarctica/Troll", "UTC",
        ]),
        start in 1_300_000_000_i64..1_830_000_000,
        days in prop::collection::vec(0_usize..7, 1..7),
        from in 0_i8..24, minute in prop::sample::select(vec![0_i8, 15, 30, 59]), length in 1_i8..24,
    ) {
        let until = (from + length) % 24;
        let hours = format!("{from:02}:{minute:02}-{until:02}:{minute:02}");
        let Some(hours) = Hours::read(&hours) else { return Ok(()) };
        let window = Window { days: Days::at(days), hours, clock: WallClock::Ours };
        let (zone, start) = (zone(name), Timestamp::from_second(start).unwrap());
        let change = window.next_change(&zone, start).unwrap();
        let span = change.as_second() - start.as_second();
        for part in 0..40 {
            let between = Timestamp::from_second(start.as_second() + span * part / 40).unwrap();
            prop_assert_eq!(window.is_open(&zone, between), window.is_open(&zone, start), "{}", between);
        }
        prop_assert_ne!(window.is_open(&zone, change), window.is_open(&zone, start));
    }
}
