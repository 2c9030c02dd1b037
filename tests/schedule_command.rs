//! `[schedule]` and relay presets from the command line: what plan foresees, when send goes, what check says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use convoke::clock::SystemClock;
use convoke::engine::ports::Clock;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

#[path = "support/workspace.rs"]
mod workspace;
use workspace::{OUTBOX, Workspace, number};

/// People with these time zones and countries.
fn with_people(people: &[(&str, &str)], relay: &str) -> Workspace {
    let workspace = Workspace::new(people.len(), relay);
    let mut contacts = "email,given_name,family_name,country,language,tier,source,basis,time_zone\n".to_owned();
    for (n, (zone, country)) in people.iter().enumerate() {
        contacts.push_str(&format!("person{n}@example.org,Ada,No{n},{country},en,field,manual,mandate,{zone}\n"));
    }
    workspace.write("campaigns/spring/contacts.csv", &contacts);
    workspace
}

/// Hours around the present moment by UTC, and the same hours as seen six hours to the west are over or to come.
fn hours_around_now() -> String {
    let hour = |hours: i64| {
        let at = SystemClock.now() + SignedDuration::from_hours(hours);
        TimeZone::UTC.to_datetime(at).strftime("%H:%M").to_string()
    };
    format!("\n[schedule]\nhours = \"{}-{}\"\n", hour(-1), hour(1))
}

#[test]
fn each_recipient_gets_the_message_within_their_own_hours() {
    let people = [("Etc/GMT+6", "KE"), ("UTC", "KE"), ("Etc/GMT+6", "KE"), ("UTC", "KE")];
    let workspace = with_people(&people, OUTBOX);
    workspace.append_to_campaign(&format!("{}zone = \"recipient\"\n", hours_around_now()));
    workspace.must(&["plan", "spring"]);
    let sent = workspace.send(&[]);
    assert_eq!(sent.code, Some(5), "{}", sent.stderr);
    assert_eq!((number(&sent.json(), "accepted"), number(&sent.json(), "unsent")), (2, 2));
    assert!(
        sent.stderr.contains("outside the hours of [schedule] for everybody who is left: run again from"),
        "{}",
        sent.stderr
    );
    assert!(sent.stderr.contains("(Etc/GMT+6)"), "{}", sent.stderr);
    assert!(sent.stderr.contains("next: convoke send spring --live"), "{}", sent.stderr);
    let again = workspace.send(&[]);
    assert_eq!((again.code, number(&again.json(), "accepted")), (Some(5), 2));
}

#[test]
fn hours_by_a_named_clock_hold_for_everybody() {
    let workspace = with_people(&[("UTC", "KE"), ("UTC", "KE")], OUTBOX);
    workspace.append_to_campaign(&format!("{}zone = \"Etc/GMT+6\"\n", hours_around_now()));
    let sent = workspace.send(&[]);
    assert_eq!((sent.code, number(&sent.json(), "unsent")), (Some(5), 2), "{}", sent.stderr);
    workspace.append_to_campaign(&format!("{}zone = \"Etc/UTC\"\n", hours_around_now()));
    workspace.must(&["plan", "spring"]);
    let sent = workspace.send(&[]);
    assert_eq!((sent.code, number(&sent.json(), "accepted")), (Some(0), 2), "{}", sent.stderr);
}

#[test]
fn plan_tells_by_whose_clocks_and_what_only_stands_in() {
    let people = [("Asia/Tokyo", "KE"), ("", "KE"), ("", "US"), ("Eastern", "US"), ("Eastern", "DE")];
    let workspace = with_people(&people, OUTBOX);
    workspace.append_to_campaign(
        "\n[schedule]\ndays = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]\nzone = \"recipient\"\n",
    );
    let plan = workspace.must(&["plan", "spring", "--format", "json"]);
    assert_eq!(plan.json()["clocks"], json!({"own": 1, "country": 2, "organisation": 2, "unreadable": {"Eastern": 2}}));
    for said in
        ["1 by their own time zone, 2 by their country's, 2 by the organisation's", "stands in", "`Eastern` (2)"]
    {
        assert!(plan.stderr.contains(said), "{said}: {}", plan.stderr);
    }
    workspace.must(&["contacts", "set", "person2@example.org", "time_zone=America/Chicago"]);
    let moved = workspace.must(&["plan", "spring", "--format", "json"]).json();
    assert_ne!(moved["plan"], plan.json()["plan"], "who moved is planned anew");
    assert_eq!(moved["digest"], plan.json()["digest"], "and gets the same message");
    assert_eq!(moved["clocks"]["own"], 2);
}

#[test]
fn plan_says_when_it_will_be_done_and_counts_what_was_sent_already() {
    let relay =
        "time_zone = \"Europe/Zurich\"\n[relay]\nkind = \"outbox\"\n[relay.rate]\nper_second = 0\nper_hour = 2\n";
    let workspace = with_people(&[("", "KE"); 5], OUTBOX);
    let settings = std::fs::read_to_string(workspace.path("convoke.toml")).unwrap();
    workspace.write("convoke.toml", &settings.replace(OUTBOX, relay).replace("\n\ntime_zone", "\ntime_zone"));
    let plan = workspace.must(&["plan", "spring", "--format", "json"]);
    let seconds = |document: &serde_json::Value| document["estimated_seconds"].as_f64().unwrap();
    // Caps count by the second, and an attempt by the end of its own: each of two waits may be a second longer.
    assert!((7_200.0..=7_202.0).contains(&seconds(&plan.json())), "two, two and one: {}", plan.stdout);
    let done: Timestamp = plan.json()["finishes_at"].as_str().unwrap().parse().unwrap();
    assert!(done.duration_since(SystemClock.now()).as_secs() > 7_100);
    let zurich = TimeZone::get("Europe/Zurich").unwrap();
    let said = format!("{} (Europe/Zurich)", zurich.to_datetime(done).strftime("%A %H:%M"));
    assert!(plan.stderr.contains(&said), "{said}: {}", plan.stderr);
    assert_eq!(workspace.send(&[]).code, Some(5), "two an hour");
    let rest = workspace.must(&["plan", "spring", "--format", "json"]).json();
    assert_eq!(rest["planned"], 3);
    assert!((7_100.0..=7_202.0).contains(&seconds(&rest)), "the hour is spent, then two, then one: {rest}");
}

#[test]
fn who_finds_no_moment_in_the_schedule_is_told_at_plan() {
    let workspace = with_people(&[("", "KE"); 3], OUTBOX);
    workspace.append_to_campaign("\n[schedule]\nnot_after = \"2020-01-01T00:00:00Z\"\n");
    let plan = workspace.must(&["plan", "spring", "--format", "json"]);
    assert_eq!((&plan.json()["finishes_at"], &plan.json()["estimated_seconds"]), (&json!(null), &json!(null)));
    assert!(plan.stderr.contains("3 messages find no moment to leave"), "{}", plan.stderr);
}

#[test]
fn check_says_what_a_preset_set() {
    let workspace = Workspace::new(1, "[relay]\nkind = \"postfix\"\nconnections = 2\n");
    let checked = workspace.must(&["check", "--format", "json"]);
    let sets = &checked.json()["relay"]["sets"];
    assert_eq!(
        (&sets["host"], &sets["port"], &sets["tls"]),
        (&json!("\"127.0.0.1\""), &json!("25"), &json!("\"none\""))
    );
    assert_eq!(sets["connections"], json!(null), "written");
    assert!(
        checked.stderr.contains("relay.kind = \"postfix\" sets host = \"127.0.0.1\", port = 25"),
        "{}",
        checked.stderr
    );
    let plain = Workspace::new(1, OUTBOX).must(&["check", "--format", "json"]);
    assert_eq!(plain.json()["relay"], json!(null));
}

#[test]
fn a_fixed_return_path_stands_on_every_envelope() {
    for (written, path) in [("fixed", "invitations@forum.example"), ("bounces@forum.example", "bounces@forum.example")]
    {
        let workspace =
            Workspace::new(3, &format!("{OUTBOX}return_path = \"{written}\"\n").replace("rate.per_second = 0\n", ""));
        assert_eq!(workspace.send(&[]).code, Some(0));
        let folder = std::fs::read_dir(workspace.path(".convoke/outbox/spring")).unwrap();
        let envelopes: Vec<serde_json::Value> = folder
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .map(|path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
            .collect();
        assert_eq!(envelopes.len(), 3);
        assert!(envelopes.iter().all(|envelope| envelope["mail_from"] == path), "{envelopes:?}");
    }
}
