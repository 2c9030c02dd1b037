//! `convoke.toml`, read into settings.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::path::Path;
use std::time::Duration;

use convoke::domain::pace::{RateGroup, RateLimits};
use convoke::domain::retry::OnDoubt;
use convoke::domain::segment::Condition;
use convoke::domain::timeouts::Timeouts;
use convoke::settings::{RelayKind, ReturnPath, SecretSource, Settings, Tls, TokenSource};
use proptest::prelude::*;

const ORGANISATION: &str = r#"
[organisation]
name = "Example Forum"
postal_address = """Example Street 1
1211 Example City"""
from = '"Example Forum" <invitations@Forum.Example>'
list_id = "invitations.forum.example"
bounce_domain = "bounces.bücher.example"
"#;

const WORKSPACE: &str = "/workspace";

fn settings(more: &str) -> Settings {
    Settings::parse(&format!("{ORGANISATION}{more}"), Path::new(WORKSPACE)).into_result().unwrap()
}

fn codes(more: &str) -> Vec<&'static str> {
    let checked = Settings::parse(&format!("{ORGANISATION}{more}"), Path::new(WORKSPACE));
    checked.findings.problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn what_is_not_said_has_the_defaults_of_the_contract() {
    let settings = settings("");
    assert_eq!(settings.organisation.from.name, "Example Forum");
    assert_eq!(settings.organisation.from.address.to_string(), "invitations@forum.example");
    assert_eq!(settings.organisation.bounce_domain, "bounces.xn--bcher-kva.example");
    assert_eq!(settings.organisation.public_url, None);
    assert_eq!(settings.ledger, Path::new("/workspace/.convoke/ledger.db"));
    let relay = &settings.relay;
    assert_eq!((relay.kind, relay.tls, &relay.return_path), (RelayKind::Outbox, Tls::StartTls, &ReturnPath::Verp));
    assert_eq!((relay.connections, relay.messages_per_connection, relay.window), (8, 100, 1));
    assert_eq!(relay.timeouts, Timeouts::default());
    assert_eq!(relay.retry.first_delay, Duration::from_secs(1_800));
    assert_eq!(relay.retry.give_up_after, Duration::from_secs(3 * 86_400));
    assert_eq!(relay.retry.on_doubt, OnDoubt::Hold);
    let policy = &settings.policy;
    assert_eq!((policy.contact_gap_days, policy.contact_gap_messages, policy.min_cell), (14, 1, 10));
    assert!(!policy.hold_missing_variant);
    assert_eq!(settings.tiers.community_if_attended_last, 3);
}

#[test]
fn a_server_nobody_spoke_to_about_rates_is_treated_gently() {
    let smtp = "[relay]\nkind = 'smtp'\nhost = 'smtp.forum.example'\n";
    assert_eq!(settings(smtp).relay.rate.relay.per_second, 10.0);
    assert_eq!(settings(&format!("{smtp}[relay.rate]\nper_second = 0\n")).relay.rate.relay.per_second, 0.0);
    assert_eq!(settings("").relay.rate.relay.per_second, 0.0);
}

#[test]
fn domains_of_one_provider_have_limits_together() {
    let rate = settings(
        r#"
        [relay.rate.groups."google"]
        domains = ["mail.example", "Bücher.example"]
        per_second = 2
        per_day = 500
        [relay.rate.groups.alone]
        domains = "alone.example"
        "#,
    )
    .relay
    .rate;
    let domains = ["mail.example", "xn--bcher-kva.example"].map(str::to_owned).into();
    let limits = RateLimits { per_second: 2.0, per_day: Some(500), ..RateLimits::default() };
    assert_eq!(rate.groups.get("google"), Some(&RateGroup { domains, limits }));
    let alone = RateGroup { domains: ["alone.example".to_owned()].into(), limits: RateLimits::default() };
    assert_eq!(rate.groups.get("alone"), Some(&alone), "a group without limits is slowed as one");
}

#[test]
fn a_relay_says_all_it_can_say() {
    let relay = settings(
        r#"
        [relay]
        kind = "smtp"
        host = "127.0.0.1"
        port = 2525
        tls = "none"
        ca_file = "keys/ca.pem"
        username = "forum"
        password_file = "keys/password"
        auth = "password"
        return_path = "fixed"
        connections = 4
        messages_per_connection = 50
        window = 2
        smtputf8 = true
        [relay.timeouts]
        dot = 1.5
        [relay.rate]
        per_second = 2.5
        burst = 3
        per_hour = 100
        per_day = 1000
        [relay.rate.domains."Bücher.Example"]
        per_second = 1
        [relay.retry]
        first_delay = "10m"
        give_up_after = "2d"
        on_doubt = "resend"
        "#,
    )
    .relay;
    assert_eq!(
        (relay.kind, relay.host.as_str(), relay.port, relay.tls),
        (RelayKind::Smtp, "127.0.0.1", 2525, Tls::None)
    );
    assert_eq!(relay.ca_file.as_deref(), Some(Path::new("/workspace/keys/ca.pem")));
    assert_eq!(relay.password, Some(SecretSource::File("/workspace/keys/password".into())));
    assert_eq!(relay.timeouts.dot, Duration::from_millis(1_500));
    assert_eq!(relay.rate.relay, RateLimits { per_second: 2.5, burst: 3, per_hour: Some(100), per_day: Some(1000) });
    assert_eq!(relay.rate.domains.keys().collect::<Vec<_>>(), ["xn--bcher-kva.example"]);
    assert_eq!(relay.retry.on_doubt, OnDoubt::Resend);
    assert!(relay.smtputf8);
}

#[test]
fn a_token_comes_from_a_command_and_is_used_for_a_while() {
    let smtp = "[relay]\nkind = 'smtp'\nhost = 'smtp.forum.example'\nusername = 'a@forum.example'\nauth = 'oauth2'\n";
    let token = |more: &str| settings(&format!("{smtp}token_command = 'print-token a'\n{more}")).relay.token;
    let command = "print-token a".to_owned();
    assert_eq!(token(""), Some(TokenSource { command: command.clone(), lifetime: Duration::from_secs(2_700) }));
    assert_eq!(token("token_lifetime = '2h'"), Some(TokenSource { command, lifetime: Duration::from_secs(7_200) }));
    assert_eq!(codes(smtp), ["missing-key"]);
    assert_eq!(codes(&format!("{smtp}token_command = ''\n")), ["empty-value"]);
}

#[test]
fn the_usual_port_follows_the_encryption() {
    for (tls, port) in [("implicit", 465), ("starttls", 587), ("none", 25)] {
        let relay = settings(&format!("[relay]\nkind = 'smtp'\nhost = '::1'\ntls = '{tls}'\n")).relay;
        assert_eq!(relay.port, port, "{tls}");
    }
}

#[test]
fn clear_text_stays_on_this_computer() {
    let with = |host: &str| codes(&format!("[relay]\nkind = 'smtp'\nhost = '{host}'\ntls = 'none'\n"));
    for host in ["localhost", "127.0.0.1", "127.1.2.3", "::1"] {
        assert!(with(host).is_empty(), "{host}");
    }
    for host in ["10.0.0.1", "smtp.forum.example", "localhost.forum.example", "0.0.0.0"] {
        assert_eq!(with(host), ["clear-text-relay"], "{host}");
    }
}

#[test]
fn tier_rules_read_conditions() {
    let tiers = settings("[tiers]\ncommunity_if_attended_last = 2\nfield_if = { tags = ['digital-policy'] }\n").tiers;
    let tags = Condition::Field { name: "tags".to_owned(), values: vec!["digital-policy".to_owned()] };
    assert_eq!((tiers.community_if_attended_last, tiers.field_if.all), (2, vec![tags]));
}

#[test]
fn decisions_about_values_are_read_by_what_they_are_about() {
    let text = "[countries]\n\"Korea\" = \"kr\"\nCongo = \"CD\"\nAtlantis = \"unknown\"\n\
                [words.stakeholder_group]\nThinktank = \"Civil Society\"\n[words.tier]\nInner = \"community\"\n\
                [words.language]\nLingua = \"pt-br\"\n[words.gender]\n\"??\" = \"unknown\"\n\
                [words.date_order]\n\"Consent date\" = \"day-first\"\n";
    assert_eq!(
        settings(text).decisions.lines(),
        [
            "atlantis=unknown",
            "congo=CD",
            "korea=KR",
            "stakeholder_group thinktank=Civil Society",
            "tier inner=community",
            "language lingua=pt-br",
            "gender ??=unknown",
            "date_order consent_date=day-first",
        ]
    );
}

#[test]
fn a_decision_outside_its_vocabulary_names_the_nearest() {
    let text = "[words.stakeholder_group]\nThinktank = \"Civil Societey\"\n[words.tier]\nInner = \"1\"\n\
                [words.genders]\n[words.date_order]\nDate = \"day\"\n[countries]\nKorea = \"South Korea\"\n";
    let checked = Settings::parse(&format!("{ORGANISATION}{text}"), Path::new(WORKSPACE));
    let told: Vec<String> = checked.findings.problems.iter().map(|p| format!("{} {}", p.code, p.help)).collect();
    assert_eq!(
        told,
        [
            "unknown-value did you mean `Civil Society`?",
            "unknown-value did you mean `community`?",
            "unknown-key did you mean `gender`?",
            "unknown-value did you mean `day-first`?",
            "unknown-country did you mean `KR` (South Korea)?",
        ]
    );
}

#[test]
fn decisions_about_regional_groups_name_a_code_and_a_group() {
    let groups = settings("[regions]\nPS = \"Asia-Pacific Group\"\nxk = \"none\"\nTR = \"weog\"\n").regions;
    assert_eq!(groups.as_sentence(), "PS in Asia-Pacific Group", "the others only repeat the table");
    let text = format!(
        "{ORGANISATION}[regions]\nPalestine = \"none\"\nQQ = \"none\"\nXK = \"Eastern Group\"\nTW = \"unknown\"\n"
    );
    let checked = Settings::parse(&text, Path::new(WORKSPACE));
    let said: Vec<String> =
        checked.findings.problems.iter().map(|p| format!("{} {}; {}", p.code, p.message, p.help)).collect();
    assert_eq!(
        said,
        [
            "unknown-country `regions.Palestine` is no country code: `Palestine`; did you mean `PS` (Palestine)?",
            "unknown-country `regions.QQ` is no country code: `QQ`; write the two letters of ISO 3166-1, such as `KE`",
            "unknown-value `regions.XK` cannot be `Eastern Group`; did you mean `Eastern European Group`?",
            "unknown-value `regions.TW` cannot be `unknown`; it is one of `African Group`, `Asia-Pacific Group`, `Eastern European Group`, `GRULAC`, `WEOG`, `none`",
        ]
    );
}

#[test]
fn a_password_never_shows_in_a_complaint() {
    let text = format!("{ORGANISATION}[relay]\nusername = 'forum'\npassword = 'correct horse'\n");
    let checked = Settings::parse(&text, Path::new(WORKSPACE));
    assert_eq!(checked.findings.problems.iter().map(|p| p.code).collect::<Vec<_>>(), ["secret-in-file"]);
    assert!(!format!("{checked:?}").contains("correct horse"));
}

/// The settings of the repository, some of their lines left out, doubled or spoiled.
fn spoiled() -> impl Strategy<Value = String> {
    let lines: Vec<String> =
        include_str!("../convoke.toml").lines().map(|line| line.trim_start_matches("# ").to_owned()).collect();
    let count = lines.len();
    let change = (0..count, 0..6_u8, "\\PC{0,12}");
    prop::collection::vec(change, 0..10).prop_map(move |changes| {
        let mut lines = lines.clone();
        for (at, how, word) in changes {
            let Some(line) = lines.get_mut(at) else { continue };
            *line = match how {
                0 => String::new(),
                1 => format!("{line}\n{line}"),
                2 => word,
                3 => line.replace('=', &format!("= '{word}' #")),
                4 => line.replace('"', ""),
                _ => format!("{line}{word}"),
            };
        }
        lines.join("\n")
    })
}

proptest! {
    #[test]
    fn spoiled_settings_are_read_or_complained_about(text in spoiled()) {
        let checked = Settings::parse(&text, Path::new(WORKSPACE));
        prop_assert_eq!(checked.value.is_some(), checked.findings.problems.is_empty());
    }
}

const MICROSOFT: &str = "[relay]\nkind = 'microsoft365'\nusername = 'forum@forum.example'\nauth = 'password'\n\
                         password_env = 'PASSWORD'\n";

#[test]
fn microsoft_365_is_taken_as_it_is() {
    let relay = settings(MICROSOFT).relay;
    let place = (relay.kind, relay.host.as_str(), relay.port, relay.tls);
    assert_eq!(place, (RelayKind::Smtp, "smtp.office365.com", 587, Tls::StartTls));
    assert_eq!((relay.connections, relay.return_path), (3, ReturnPath::Fixed));
    assert_eq!(relay.rate.relay, RateLimits { per_second: 0.5, per_day: Some(10_000), ..RateLimits::default() });
    let preset = relay.preset.unwrap();
    let sets: Vec<&str> = preset.sets.iter().map(|(key, _)| *key).collect();
    assert_eq!(
        sets,
        [
            "host",
            "port",
            "tls",
            "return_path",
            "connections",
            "messages_per_connection",
            "rate.per_second",
            "rate.per_day"
        ],
        "auth is written"
    );
}

#[test]
fn a_written_key_goes_before_the_presets() {
    let written = "host = 'smtp-legacy.office365.com'\nreturn_path = 'bounces@forum.example'\nconnections = 2\n\
                   [relay.rate]\nper_day = 5000\nper_hour = 900\n";
    let relay = settings(&format!("{MICROSOFT}{written}")).relay;
    assert_eq!((relay.host.as_str(), relay.connections), ("smtp-legacy.office365.com", 2));
    assert_eq!(relay.rate.relay.per_second, 0.5, "what is not written stays the preset's");
    assert_eq!((relay.rate.relay.per_hour, relay.rate.relay.per_day), (Some(900), Some(5_000)));
    let ReturnPath::Address(address) = &relay.return_path else { panic!("{:?}", relay.return_path) };
    assert_eq!(address.to_string(), "bounces@forum.example");
    let sets: Vec<(&str, String)> = relay.preset.unwrap().sets;
    assert_eq!(
        sets,
        [
            ("port", "587".to_owned()),
            ("tls", "\"starttls\"".to_owned()),
            ("messages_per_connection", "100".to_owned()),
            ("rate.per_second", "0.5".to_owned()),
        ]
    );
}

#[test]
fn microsoft_365_says_what_it_needs() {
    assert_eq!(codes("[relay]\nkind = 'microsoft365'\nauth = 'password'\n"), ["missing-key"]);
    assert_eq!(codes(&format!("{MICROSOFT}tls = 'none'\n")), ["clear-text-relay"]);
    let checked = Settings::parse(&format!("{ORGANISATION}{MICROSOFT}return_path = 'verp'\n"), Path::new(WORKSPACE));
    assert!(checked.findings.warnings.iter().any(|warning| warning.code == "many-return-paths"));
    assert_eq!(codes("[relay]\nreturn_path = 'not an@address'\n"), ["bad-address"]);
}

#[test]
fn a_postfix_is_on_this_computer_unless_a_host_is_named() {
    let at = |more: &str| {
        let relay = settings(&format!("[relay]\nkind = 'postfix'\n{more}")).relay;
        (relay.host, relay.port, relay.tls, relay.messages_per_connection)
    };
    assert_eq!(at(""), ("127.0.0.1".to_owned(), 25, Tls::None, 1_000));
    assert_eq!(at("host = '::1'\n"), ("::1".to_owned(), 25, Tls::None, 1_000));
    let named = "host = 'mail.forum.example'\n";
    assert_eq!(at(named), ("mail.forum.example".to_owned(), 25, Tls::StartTls, 1_000));
    let signs_in = format!("{named}username = 'convoke'\npassword_env = 'PASSWORD'\n");
    assert_eq!(at(&signs_in), ("mail.forum.example".to_owned(), 587, Tls::StartTls, 1_000));
    assert_eq!(at(&format!("{named}tls = 'implicit'\n")).1, 465, "another encryption has its usual port");
    assert_eq!(codes(&format!("[relay]\nkind = 'postfix'\n{named}tls = 'none'\n")), ["clear-text-relay"]);
    assert_eq!(settings("[relay]\nkind = 'postfix'\n").relay.rate.relay.per_second, 10.0);
}

#[test]
fn a_time_zone_of_the_organisation_is_a_name_that_exists() {
    let with = |zone: &str| {
        let text = format!("{}time_zone = '{zone}'\n", ORGANISATION.trim_end_matches(' '));
        Settings::parse(&text, Path::new(WORKSPACE))
    };
    assert_eq!(with("Europe/Zurich").into_result().unwrap().time_zone.as_deref(), Some("Europe/Zurich"));
    assert_eq!(with("Europe/Geneva").findings.problems[0].code, "unknown-zone");
}
