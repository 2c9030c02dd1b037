//! AUTH by a token: each mechanism as it asks to be spoken, tokens made when they are needed and only then, and nothing of a
//! token, or of what a command prints, where a person could read it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use convoke::domain::outcome::{Delivery, Step};
use convoke::domain::timeouts::Timeouts;
use convoke::engine::ports::{Relay, RelayTrouble};
use convoke::smtp::config::{Config, Credentials, Encryption, Secret, TokenCommand};
use convoke::smtp::relay::SmtpRelay;

#[path = "support/parcels.rs"]
mod parcels;
#[path = "support/smtp_relays.rs"]
mod relays;
#[path = "support/smtp_server.rs"]
mod smtp_server;
#[path = "support/token_command.rs"]
mod token_command;
use relays::config;
use smtp_server::certificates::Identity;
use smtp_server::{Act, At, Server};
use token_command::{Counted, SECRET};

const HOUR: Duration = Duration::from_secs(3600);
const MECHANISMS: [&str; 2] = ["OAUTHBEARER", "XOAUTH2"];

fn with_token(config: Config, command: &str, lifetime: Duration) -> Config {
    let secret = Secret::Token(TokenCommand { line: command.to_owned(), lifetime });
    Config { credentials: Some(Credentials { username: "outreach".to_owned(), secret }), ..config }
}

async fn trouble(relay: &SmtpRelay) -> RelayTrouble {
    relay.open().await.map(|_| ()).unwrap_err()
}

/// Eight lanes that open at once.
async fn eight(relay: &Arc<SmtpRelay>) -> Vec<Result<(), RelayTrouble>> {
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let relay = relay.clone();
        opening.spawn(async move { relay.open().await.map(|_| ()) });
    }
    opening.join_all().await
}

/// A server that takes the token of one number, and no other.
fn server_that_takes(mechanisms: &str, current: &Arc<AtomicUsize>) -> Server {
    let current = current.clone();
    Server::builder()
        .tokens(mechanisms, move |token| token == format!("{SECRET}-{}", current.load(Ordering::SeqCst)))
        .start()
}

#[tokio::test]
async fn a_token_opens_by_each_mechanism_and_the_standard_is_preferred() {
    let short = Counted::new();
    let long = "x".repeat(2_000);
    for (offered, chosen) in
        [("XOAUTH2 OAUTHBEARER", "OAUTHBEARER"), ("XOAUTH2", "XOAUTH2"), ("OAUTHBEARER", "OAUTHBEARER")]
    {
        for (command, in_the_line) in [(short.command(), true), (format!("echo {SECRET}{long}"), false)] {
            let server = Server::builder().tokens(offered, |token| token.starts_with(SECRET)).start();
            let relay = SmtpRelay::new(with_token(config(&server), &command, HOUR)).unwrap();
            let mut lane = relay.open().await.unwrap();
            let delivery = lane.deliver(&[parcels::parcel("ada@example.org", 1)]).await.remove(0);
            assert!(matches!(&delivery, Delivery::Replied { step: Step::Dot, .. }), "{offered}: {delivery:?}");
            let commands = server.commands();
            let auth = commands.iter().find(|(_, line)| line.starts_with("AUTH")).unwrap();
            assert!(auth.1.starts_with(&format!("AUTH {chosen}")), "{auth:?}");
            assert_eq!(auth.1.split(' ').count() == 3, in_the_line, "a long response waits until it is asked for");
        }
    }
}

#[tokio::test]
async fn a_token_opens_inside_tls_and_the_certificate_is_checked_first() {
    let identity = Identity::good();
    let server = Server::builder().starttls(identity.clone()).tokens("XOAUTH2", |token| token == SECRET).start();
    let through = |ca: &str| Config {
        encryption: Encryption::StartTls,
        private_ca: Some(ca.as_bytes().to_vec()),
        ..with_token(config(&server), &format!("echo {SECRET}"), HOUR)
    };
    assert!(SmtpRelay::new(through(&identity.ca_pem)).unwrap().open().await.is_ok());
    let stranger = SmtpRelay::new(through(&Identity::good().ca_pem)).unwrap();
    assert!(trouble(&stranger).await.to_string().contains("nobody we trust"));
    assert_eq!(server.count("AUTH"), 1);
}

#[tokio::test]
async fn a_refused_new_token_is_tried_once_and_the_server_says_why() {
    for mechanism in MECHANISMS {
        let server = Server::builder().tokens(mechanism, |_| false).start();
        let counted = Counted::new();
        let config = with_token(config(&server), &counted.command(), HOUR);
        assert!(!format!("{config:?}").contains(SECRET) && !format!("{config:?}").contains("echo"), "{config:?}");
        let relay = Arc::new(SmtpRelay::new(config).unwrap());
        for opened in eight(&relay).await {
            let trouble = opened.unwrap_err();
            let said = format!("{trouble} {trouble:?}");
            assert!(
                matches!(&trouble, RelayTrouble::Lasting { reply: Some(reply), .. } if reply.code == 535),
                "{said}"
            );
            assert!(said.contains("invalid_token, scope mail") && said.contains("relay.token_command"), "{said}");
            assert!(!said.contains(SECRET), "{said}");
        }
        assert_eq!((server.count("AUTH"), server.connections(), counted.runs()), (1, 1, 1));
    }
}

#[tokio::test]
async fn a_server_that_refuses_without_a_reason_or_asks_to_wait_is_understood_too() {
    let server = Server::builder().tokens("XOAUTH2", |_| false).challenge("").start();
    let relay = SmtpRelay::new(with_token(config(&server), "echo t", HOUR)).unwrap();
    assert!(trouble(&relay).await.to_string().contains("535 5.7.8; relay.token_command"));
    // Office 365 puts sign-ins off with 454 and 432.
    let server = Server::builder()
        .tokens("XOAUTH2", |_| true)
        .script(|m| if m.at == At::Auth { Act::say("454 4.7.0 try later\r\n") } else { Act::Go })
        .start();
    let counted = Counted::new();
    let relay = SmtpRelay::new(with_token(config(&server), &counted.command(), HOUR)).unwrap();
    for _ in 0..3 {
        assert!(matches!(trouble(&relay).await, RelayTrouble::Passing { .. }));
    }
    assert_eq!(counted.runs(), 1, "the token is as good as it was");
}

#[tokio::test]
async fn what_a_hostile_server_says_about_a_token_stays_outside_and_never_repeats_it() {
    let many = "[".repeat(3_000);
    for challenge in [
        "{\"status\":\"\u{1b}[2J\"}",
        &format!("{{\"status\":\"400\",\"scope\":\"{SECRET}\"}}"),
        &format!("{{\"status\":\"the token was {SECRET}-1\"}}"),
        &many,
        "no JSON",
    ] {
        let server = Server::builder().tokens("OAUTHBEARER", |_| false).challenge(challenge).start();
        let relay = SmtpRelay::new(with_token(config(&server), &format!("echo {SECRET}-1"), HOUR)).unwrap();
        let trouble = trouble(&relay).await;
        let said = trouble.to_string();
        assert!(said.contains("535"), "{said}");
        assert!(!said.contains(SECRET) && !said.contains('\u{1b}') && !said.contains("[["), "{said}");
    }
}

#[tokio::test]
async fn a_server_that_challenges_for_ever_is_left() {
    let server = Server::builder()
        .tokens("XOAUTH2", |_| false)
        .script(|m| if m.at == At::Auth { Act::say("334 e30=\r\n") } else { Act::Go })
        .start();
    let relay = SmtpRelay::new(with_token(config(&server), "echo t", HOUR)).unwrap();
    assert!(matches!(trouble(&relay).await, RelayTrouble::Passing { .. }));
    assert_eq!(server.count("AUTH"), 1);
}

#[tokio::test]
async fn an_expired_token_is_made_anew_once_however_many_lanes_open() {
    for mechanism in MECHANISMS {
        let current = Arc::new(AtomicUsize::new(1));
        let server = server_that_takes(mechanism, &current);
        let counted = Counted::new();
        let relay = Arc::new(SmtpRelay::new(with_token(config(&server), &counted.command(), HOUR)).unwrap());
        assert!(eight(&relay).await.iter().all(Result::is_ok));
        assert_eq!((server.count("AUTH"), counted.runs()), (8, 1));
        current.store(2, Ordering::SeqCst);
        assert!(eight(&relay).await.iter().all(Result::is_ok));
        assert_eq!(counted.runs(), 2);
        assert!(server.count("AUTH") <= 8 + 16, "each lane at most once with the old one and once with the new one");
    }
}

#[tokio::test]
async fn a_new_token_that_is_refused_too_is_the_end() {
    let current = Arc::new(AtomicUsize::new(1));
    let server = server_that_takes("XOAUTH2", &current);
    let counted = Counted::new();
    let relay = Arc::new(SmtpRelay::new(with_token(config(&server), &counted.command(), HOUR)).unwrap());
    assert!(relay.open().await.is_ok());
    current.store(99, Ordering::SeqCst);
    for opened in eight(&relay).await {
        assert!(matches!(opened, Err(RelayTrouble::Lasting { .. })));
    }
    assert_eq!(counted.runs(), 2);
    let tried = server.count("AUTH");
    assert!(tried <= 1 + 8 + 1, "{tried}: the new token is tried by one lane");
    assert!(matches!(trouble(&relay).await, RelayTrouble::Lasting { .. }));
    assert_eq!((server.count("AUTH"), counted.runs()), (tried, 2), "nobody tries again");
}

#[tokio::test]
async fn a_token_past_its_lifetime_is_not_tried_any_more() {
    let current = Arc::new(AtomicUsize::new(1));
    let server = server_that_takes("OAUTHBEARER", &current);
    let counted = Counted::new();
    let lifetime = Duration::from_millis(300);
    let relay = Arc::new(SmtpRelay::new(with_token(config(&server), &counted.command(), lifetime)).unwrap());
    assert!(relay.open().await.is_ok());
    tokio::time::sleep(lifetime).await;
    current.store(2, Ordering::SeqCst);
    assert!(eight(&relay).await.iter().all(Result::is_ok));
    assert_eq!((server.count("AUTH"), counted.runs()), (9, 2), "no attempt was refused");
}

#[tokio::test]
async fn a_command_that_gives_no_token_is_told_once_and_nothing_is_connected() {
    let loud = format!("yes {SECRET}");
    for (command, word) in [
        (format!("echo {SECRET}; exit 3"), "exit status: 3"),
        ("no-such-program-as-this".to_owned(), "exit status: 127"),
        ("kill -9 $$".to_owned(), "signal: 9"),
        ("true".to_owned(), "printed nothing"),
        ("echo".to_owned(), "printed nothing"),
        (format!("echo {SECRET}; echo {SECRET}"), "several lines"),
        (format!("printf '{{\"access_token\": \"{SECRET}\"}}'"), "no JSON"),
        (format!("printf 'Bearer {SECRET}'"), "no token"),
        (format!("printf '{SECRET}\\001auth=Bearer x'"), "no token"),
        (format!("printf '{SECRET}\\000'"), "no token"),
        (format!("printf '\\033]0;{SECRET}\\007'"), "no token"),
        (format!("printf '{SECRET}\\377'"), "no text"),
        (loud, "more than 65536 octets"),
        (format!("head -c 20000 /dev/zero | tr '\\000' x # {SECRET}"), "cannot be said"),
    ] {
        let server = Server::builder().tokens("XOAUTH2", |_| true).start();
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().join("runs");
        let counting = format!("echo >> {}; {command}", runs.display());
        let relay = Arc::new(SmtpRelay::new(with_token(config(&server), &counting, HOUR)).unwrap());
        for opened in eight(&relay).await {
            let trouble = opened.unwrap_err();
            let said = format!("{trouble} {trouble:?}");
            assert!(matches!(trouble, RelayTrouble::Lasting { .. }), "{command}: {said}");
            assert!(said.contains(word) && !said.contains(SECRET), "{command}: {said}");
        }
        assert_eq!(fs::read_to_string(&runs).unwrap().lines().count(), 1, "{command}");
        assert_eq!(server.count("AUTH"), 0, "{command}");
    }
}

#[tokio::test]
async fn a_command_that_hangs_is_ended_with_what_it_started() {
    let server = Server::builder().tokens("XOAUTH2", |_| true).start();
    let folder = tempfile::tempdir().unwrap();
    let timeouts = Timeouts { auth: Duration::from_millis(500), ..Timeouts::default() };
    // The second has ended, but what it left behind holds its output.
    for (n, end) in ["wait", "exit 0"].into_iter().enumerate() {
        let child = folder.path().join(n.to_string());
        let command = format!("sleep 300 & echo $! > {}; {end}", child.display());
        let relay = SmtpRelay::new(Config { timeouts, ..with_token(config(&server), &command, HOUR) }).unwrap();
        assert!(trouble(&relay).await.to_string().contains("did not end within 0.5 s"));
        assert!(has_ended(&child).await, "{end}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_command_nobody_waits_for_any_more_is_ended() {
    let server = Server::builder().tokens("XOAUTH2", |_| true).start();
    let folder = tempfile::tempdir().unwrap();
    let child = folder.path().join("child");
    let command = format!("sleep 300 & echo $! > {}; wait", child.display());
    let relay = SmtpRelay::new(with_token(config(&server), &command, HOUR)).unwrap();
    let open = tokio::time::timeout(Duration::from_millis(500), relay.open()).await;
    assert!(open.is_err());
    assert!(has_ended(&child).await);
}

#[tokio::test]
async fn a_command_that_fails_after_it_has_worked_may_work_again() {
    let current = Arc::new(AtomicUsize::new(1));
    let server = server_that_takes("XOAUTH2", &current);
    let counted = Counted::new();
    let broken = counted.path("broken");
    let command = format!("test ! -e {} || exit 1; {}", broken.display(), counted.command());
    let relay = Arc::new(SmtpRelay::new(with_token(config(&server), &command, HOUR)).unwrap());
    assert!(relay.open().await.is_ok());
    current.store(2, Ordering::SeqCst);
    fs::write(&broken, "").unwrap();
    for opened in eight(&relay).await {
        let trouble = opened.unwrap_err();
        assert!(
            matches!(&trouble, RelayTrouble::Passing { detail, .. } if detail.contains("exit status: 1")),
            "{trouble}"
        );
    }
    fs::remove_file(&broken).unwrap();
    assert!(eight(&relay).await.iter().all(Result::is_ok));
    assert_eq!(counted.runs(), 2);
}

#[tokio::test]
async fn a_server_that_takes_passwords_only_is_told_nothing_and_the_other_way_round() {
    let server = Server::builder().login("outreach", "sesame").start();
    let relay = SmtpRelay::new(with_token(config(&server), "echo t", HOUR)).unwrap();
    assert!(trouble(&relay).await.to_string().contains("neither AUTH OAUTHBEARER nor XOAUTH2"));
    let server = Server::builder().tokens("XOAUTH2", |_| true).start();
    let secret = Secret::Password("sesame".into());
    let credentials = Some(Credentials { username: "outreach".to_owned(), secret });
    let relay = SmtpRelay::new(Config { credentials, ..config(&server) }).unwrap();
    assert!(trouble(&relay).await.to_string().contains("relay.auth = \"oauth2\""));
    assert_eq!(server.count("AUTH"), 0);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_token_is_never_among_the_arguments_of_a_process() {
    let seen = Arc::new(AtomicUsize::new(0));
    let looked = Arc::new(AtomicUsize::new(0));
    let (see, look) = (seen.clone(), looked.clone());
    let server = Server::builder()
        .tokens("XOAUTH2", |_| true)
        .script(move |m| {
            if m.at == At::Auth {
                let (found, all) = processes_with("token-in-a-file");
                see.fetch_add(found, Ordering::SeqCst);
                look.fetch_add(all, Ordering::SeqCst);
            }
            Act::Go
        })
        .start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kept");
    fs::write(&file, "token-in-a-file\n").unwrap();
    let relay = SmtpRelay::new(with_token(config(&server), &format!("cat {}", file.display()), HOUR)).unwrap();
    assert!(relay.open().await.is_ok());
    assert!(looked.load(Ordering::SeqCst) > 1, "processes were looked at");
    assert_eq!(seen.load(Ordering::SeqCst), 0);
}

/// How many processes have this among their arguments or variables, of how many.
fn processes_with(text: &str) -> (usize, usize) {
    let ids = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let told = |path: PathBuf| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
    let told =
        ids.filter(|id| id.join("cmdline").exists()).map(|id| told(id.join("cmdline")) + &told(id.join("environ")));
    told.fold((0, 0), |(found, all), told| (found + usize::from(told.contains(text)), all + 1))
}

/// Whether the process whose number stands in a file is gone, or waits to be buried.
async fn has_ended(file: &Path) -> bool {
    let number = fs::read_to_string(file).unwrap();
    for _ in 0..100 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", number.trim())).unwrap_or_default();
        if stat.is_empty() || stat.contains(") Z ") {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}
