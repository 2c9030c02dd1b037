//! TLS and AUTH: names and dates are verified, nothing falls back to clear, a password is tried once and never shown.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::sync::Arc;
use std::time::Duration;

use convoke::domain::outcome::{Delivery, Step};
use convoke::engine::ports::{Relay, RelayTrouble};
use convoke::smtp::config::{Config, Credentials, Encryption, Secret};
use convoke::smtp::relay::SmtpRelay;

#[path = "support/parcels.rs"]
mod parcels;
#[path = "support/smtp_relays.rs"]
mod relays;
#[path = "support/smtp_server.rs"]
mod smtp_server;
use parcels::{long_body, parcel_with_body};
use relays::{config, every_step};
use smtp_server::certificates::Identity;
use smtp_server::{Act, At, Server};

/// Encrypted, trusting this authority.
fn secure(server: &Server, encryption: Encryption, ca_pem: &str) -> Config {
    Config { encryption, private_ca: Some(ca_pem.as_bytes().to_vec()), ..config(server) }
}

fn signing_in(config: Config, password: &str) -> Config {
    let credentials = Credentials { username: "outreach".to_owned(), secret: Secret::Password(password.into()) };
    Config { credentials: Some(credentials), ..config }
}

async fn trouble(config: Config) -> RelayTrouble {
    SmtpRelay::new(config).unwrap().open().await.map(|_| ()).unwrap_err()
}

async fn lasting(config: Config, word: &str) {
    let trouble = trouble(config).await;
    assert!(matches!(trouble, RelayTrouble::Lasting { .. }), "{trouble:?}");
    assert!(trouble.to_string().contains(word), "{trouble}");
}

#[tokio::test]
async fn messages_arrive_through_starttls_and_through_implicit_tls() {
    let identity = Identity::good();
    let started = Server::builder().starttls(identity.clone()).start();
    let implicit = Server::builder().implicit_tls(identity.clone()).start();
    for (server, encryption) in [(&started, Encryption::StartTls), (&implicit, Encryption::Implicit)] {
        for host in ["127.0.0.1", "localhost"] {
            let relay = Config { host: host.to_owned(), ..secure(server, encryption, &identity.ca_pem) };
            let mut lane = SmtpRelay::new(relay).unwrap().open().await.unwrap();
            let parcel = parcel_with_body("ada@example.org", 1, &long_body(1_000_000));
            let delivery = lane.deliver(std::slice::from_ref(&parcel)).await.remove(0);
            assert!(
                matches!(&delivery, Delivery::Replied { step: Step::Dot, reply } if reply.code == 250),
                "{delivery:?}"
            );
            lane.close().await;
            assert_eq!(server.stored().last().unwrap().content, parcel.octets);
        }
    }
    assert_eq!(started.count("EHLO"), 4, "greeted again inside TLS (RFC 3207 §4.2)");
}

#[tokio::test]
async fn a_certificate_that_is_not_to_be_trusted_is_refused_with_its_reason() {
    for (identity, word) in [(Identity::expired(), "expired"), (Identity::wrong_name(), "another name")] {
        let started = Server::builder().starttls(identity.clone()).start();
        let implicit = Server::builder().implicit_tls(identity.clone()).start();
        lasting(secure(&started, Encryption::StartTls, &identity.ca_pem), word).await;
        lasting(secure(&implicit, Encryption::Implicit, &identity.ca_pem), word).await;
        assert_eq!(started.count("MAIL") + implicit.count("MAIL"), 0);
    }
}

#[tokio::test]
async fn a_certificate_of_an_authority_nobody_named_is_refused() {
    let identity = Identity::good();
    let server = Server::builder().starttls(identity.clone()).start();
    lasting(secure(&server, Encryption::StartTls, &Identity::good().ca_pem), "nobody we trust").await;
    lasting(Config { private_ca: None, ..secure(&server, Encryption::StartTls, "") }, "relay.ca_file").await;
}

#[tokio::test]
async fn a_starttls_offer_that_is_missing_is_an_error_and_nothing_is_sent_in_clear() {
    let server = Server::builder().login("outreach", "sesame").start();
    let relay = signing_in(secure(&server, Encryption::StartTls, &Identity::good().ca_pem), "sesame");
    lasting(relay, "does not offer STARTTLS").await;
    let commands: Vec<String> = server.commands().into_iter().map(|(_, line)| line).collect();
    assert_eq!(commands, ["EHLO [127.0.0.1]"]);
}

#[tokio::test]
async fn octets_slipped_in_before_the_handshake_abort_the_session() {
    let identity = Identity::good();
    let injected = "220 go ahead\r\n250-mail.example\r\n250 AUTH PLAIN\r\n";
    for injected in [injected, "220 go ahead\r\n2"] {
        let server = Server::builder()
            .starttls(identity.clone())
            .script(move |m| if m.at == At::StartTls { Act::say(injected) } else { Act::Go })
            .start();
        lasting(secure(&server, Encryption::StartTls, &identity.ca_pem), "spoke in clear").await;
    }
}

#[tokio::test]
async fn a_refused_starttls_is_told_by_its_first_digit() {
    let identity = Identity::good();
    for (reply, lasts) in [("454 4.7.0 not now\r\n", false), ("502 5.5.1 never\r\n", true)] {
        let server = Server::builder()
            .starttls(identity.clone())
            .script(move |m| if m.at == At::StartTls { Act::say(reply) } else { Act::Go })
            .start();
        let trouble = trouble(secure(&server, Encryption::StartTls, &identity.ca_pem)).await;
        assert_eq!(matches!(trouble, RelayTrouble::Lasting { .. }), lasts, "{trouble}");
    }
}

#[tokio::test]
async fn a_connection_lost_or_stuck_in_the_handshake_is_passing_trouble() {
    let identity = Identity::good();
    for act in [Act::Drop, Act::Hang] {
        let script = move |m: &smtp_server::Moment<'_>| if m.at == At::Handshake { act.clone() } else { Act::Go };
        let started = Server::builder().starttls(identity.clone()).script(script.clone()).start();
        let implicit = Server::builder().implicit_tls(identity.clone()).script(script).start();
        for (server, encryption) in [(&started, Encryption::StartTls), (&implicit, Encryption::Implicit)] {
            let relay = secure(server, encryption, &identity.ca_pem);
            let trouble = trouble(Config { timeouts: every_step(Duration::from_secs(1)), ..relay }).await;
            assert!(matches!(trouble, RelayTrouble::Passing { .. }), "{trouble}");
        }
    }
}

#[tokio::test]
async fn implicit_tls_to_a_port_that_speaks_in_clear_says_so() {
    let server = Server::builder().start();
    lasting(secure(&server, Encryption::Implicit, &Identity::good().ca_pem), "relay.tls").await;
}

#[tokio::test]
async fn no_encryption_is_for_loopback_only() {
    // 192.0.2.1 is set aside for documentation (RFC 5737): nothing is connected to find out.
    let server = Server::builder().start();
    lasting(Config { host: "192.0.2.1".to_owned(), ..config(&server) }, "loopback").await;
    lasting(Config { host: "::ffff:192.0.2.1".to_owned(), ..config(&server) }, "loopback").await;
    assert!(SmtpRelay::new(Config { host: "localhost".to_owned(), ..config(&server) }).unwrap().open().await.is_ok());
}

#[tokio::test]
async fn a_file_without_certificates_is_refused_before_anything_is_connected() {
    let server = Server::builder().start();
    for pem in ["", "not a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let error = SmtpRelay::new(secure(&server, Encryption::StartTls, pem)).map(|_| ()).unwrap_err();
        assert!(error.contains("relay.ca_file"), "{error}");
    }
}

#[tokio::test]
async fn a_password_opens_by_plain_and_by_login() {
    let long = "s".repeat(600);
    for (offer, password) in
        [("AUTH PLAIN LOGIN", "sesame"), ("AUTH LOGIN", "sesame"), ("auth=login", "sesame"), ("AUTH PLAIN", &long)]
    {
        // In clear, but over loopback: nobody can read along.
        let reply = format!("250-mail.example\r\n250 {offer}\r\n");
        let server = Server::builder()
            .login("outreach", password)
            .script(move |m| if m.at == At::Ehlo { Act::say(&reply) } else { Act::Go })
            .start();
        let mut lane = SmtpRelay::new(signing_in(config(&server), password)).unwrap().open().await.unwrap();
        let delivery = lane.deliver(&[parcels::parcel("ada@example.org", 1)]).await.remove(0);
        assert!(matches!(&delivery, Delivery::Replied { step: Step::Dot, .. }), "{offer}: {delivery:?}");
    }
}

#[tokio::test]
async fn a_refused_password_is_tried_once_however_many_lanes_open() {
    let identity = Identity::good();
    let server = Server::builder().starttls(identity.clone()).login("outreach", "sesame").start();
    let config = signing_in(secure(&server, Encryption::StartTls, &identity.ca_pem), "hunter2");
    assert!(!format!("{config:?}").contains("hunter2") && !format!("{config:?}").contains("outreach"));
    let relay = Arc::new(SmtpRelay::new(config).unwrap());
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let relay = relay.clone();
        opening.spawn(async move { relay.open().await.map(|_| ()).unwrap_err() });
    }
    for trouble in opening.join_all().await {
        assert!(matches!(&trouble, RelayTrouble::Lasting { reply: Some(reply), .. } if reply.code == 535), "{trouble}");
        assert!(trouble.to_string().contains("relay.username"), "{trouble}");
        assert!(!format!("{trouble:?} {trouble}").contains("hunter2"));
    }
    assert_eq!((server.count("AUTH"), server.connections()), (1, 1));
}

#[tokio::test]
async fn a_sign_in_put_off_is_passing_trouble() {
    let server = Server::builder()
        .login("outreach", "sesame")
        .script(|m| if m.at == At::Auth { Act::say("454 4.7.0 try later\r\n") } else { Act::Go })
        .start();
    let trouble = trouble(signing_in(config(&server), "sesame")).await;
    assert!(matches!(&trouble, RelayTrouble::Passing { reply: Some(reply), .. } if reply.code == 454), "{trouble}");
}

#[tokio::test]
async fn a_server_that_offers_no_way_to_sign_in_is_not_written_to() {
    let server = Server::builder().start();
    lasting(signing_in(config(&server), "sesame"), "neither AUTH PLAIN nor LOGIN").await;
    assert_eq!(server.count("MAIL"), 0);
}

#[tokio::test]
async fn a_server_that_drops_at_auth_is_passing_trouble() {
    let server = Server::builder()
        .login("outreach", "sesame")
        .script(|m| if m.at == At::Auth { Act::Drop } else { Act::Go })
        .start();
    assert!(matches!(trouble(signing_in(config(&server), "sesame")).await, RelayTrouble::Passing { .. }));
}
