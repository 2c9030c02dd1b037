//! Campaigns through a real Postfix with STARTTLS and a private authority, where Dovecot checks who signs in: by a password, and
//! by tokens that it validates itself.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

#[path = "support/certificates.rs"]
mod certificates;
#[path = "support/dovecot.rs"]
mod dovecot;
#[path = "support/postfix.rs"]
mod postfix;
#[path = "support/workspace.rs"]
mod workspace;
use certificates::Identity;
use dovecot::{Dovecot, PASSWORD, USER, token};
use postfix::Postfix;
use workspace::{Workspace, assert_sum, number};

/// A Postfix that takes mail from whoever has signed in, inside TLS, by one of these mechanisms.
struct Relay {
    postfix: Postfix,
    dovecot: Dovecot,
    identity: Identity,
    /// What is to be seen in its mailboxes.
    expected: usize,
}

impl Relay {
    fn start() -> Option<Self> {
        let dovecot = Dovecot::start()?;
        let postfix = Postfix::with(&[], "")?;
        Some(Self { postfix, dovecot, identity: Identity::good(), expected: 0 })
    }

    fn offer(&self, mechanisms: &str, tls: &str) {
        let pem = self.postfix.file("server.pem", &self.identity.server_pem);
        self.postfix.settle(&format!(
            "{}smtpd_sasl_mechanism_filter = {mechanisms}\n\
             smtpd_tls_chain_files = {}\nsmtpd_tls_auth_only = yes\nsmtpd_tls_received_header = yes\n{tls}\n",
            self.dovecot.for_postfix(),
            pem.display()
        ));
    }

    /// A workspace with so many people, whose settings go on with these lines.
    fn workspace(&self, people: usize, tls: &str, more: &str) -> Workspace {
        let port = self.postfix.port();
        let workspace = Workspace::new(
            people,
            &format!(
                "[relay]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"{tls}\"\nca_file = \"ca.pem\"\n\
                 connections = 4\nmessages_per_connection = 5\nrate.per_second = 0\nusername = \"{USER}\"\n{more}"
            ),
        );
        workspace.write("ca.pem", &self.identity.ca_pem);
        workspace.write("password", PASSWORD);
        workspace
    }

    /// Sends to everybody, and everybody must have it, signed for by whom we said we are.
    fn must_deliver(&mut self, workspace: &Workspace, people: usize, mechanism: &str) {
        let before = self.signed_in(mechanism);
        let sent = workspace.send(&[]);
        assert_eq!(sent.code, Some(0), "{mechanism}: {}{}{}", sent.stderr, self.postfix.log(), self.dovecot.log());
        assert_eq!(number(&sent.json(), "accepted"), people as u64, "{}", sent.stdout);
        assert_sum(&sent.json());
        self.expected += people;
        let delivered = self.postfix.delivered(self.expected);
        assert_eq!(delivered.len(), self.expected);
        let inside_tls =
            delivered.iter().filter(|file| String::from_utf8_lossy(file).contains("with ESMTPSA id")).count();
        assert_eq!(inside_tls, self.expected, "encrypted and signed in (RFC 3848)");
        assert_eq!(self.signed_in(mechanism) - before, people, "{}", self.postfix.log());
    }

    /// Messages whose sender had signed in by this mechanism, by Postfix's log.
    fn signed_in(&self, mechanism: &str) -> usize {
        let signed = format!("sasl_method={mechanism}, sasl_username={USER}");
        self.postfix.log().lines().filter(|line| line.contains(&signed)).count()
    }

    /// Sign-ins that were refused.
    fn refused(&self) -> usize {
        self.postfix.log().lines().filter(|line| line.contains("authentication failed")).count()
    }
}

#[test]
fn messages_go_through_starttls_and_whoever_signs_in_by_password_or_token() {
    let Some(mut relay) = Relay::start() else { return };
    let by_password = "password_file = \"password\"\n";
    let by_token = "auth = \"oauth2\"\ntoken_command = \"cat token\"\n";
    for (offered, chosen, proof) in [
        ("!external, static:rest", "PLAIN", by_password),
        ("login", "LOGIN", by_password),
        ("plain, login, oauthbearer, xoauth2", "OAUTHBEARER", by_token),
        ("xoauth2", "XOAUTH2", by_token),
    ] {
        relay.offer(offered, "smtpd_tls_security_level = encrypt");
        let workspace = relay.workspace(20, "starttls", proof);
        workspace.write("token", &format!("{}\n", token(600)));
        relay.must_deliver(&workspace, 20, chosen);
    }
    relay.offer("plain", "smtpd_tls_wrappermode = yes");
    let workspace = relay.workspace(20, "implicit", by_password);
    relay.must_deliver(&workspace, 20, "PLAIN");
    assert_eq!(relay.refused(), 0);
}

#[test]
fn what_is_refused_is_tried_once_and_the_campaign_waits_for_a_person() {
    let Some(relay) = Relay::start() else { return };
    let token_from = |file: &str| format!("auth = \"oauth2\"\ntoken_command = \"cat {file}\"\n");
    for (n, (offered, proof, said)) in [
        ("plain", "password_file = \"wrong\"\n".to_owned(), "535 5.7.8; check relay.username and its password"),
        ("login", "password_file = \"wrong\"\n".to_owned(), "535 5.7.8; check relay.username and its password"),
        ("oauthbearer", token_from("expired"), "535 5.7.8 (invalid_token); relay.token_command"),
        ("xoauth2", token_from("expired"), "535 5.7.8 (401, scope mail); relay.token_command"),
        ("oauthbearer", token_from("wrong"), "535 5.7.8 (invalid_token); relay.token_command"),
    ]
    .into_iter()
    .enumerate()
    {
        relay.offer(offered, "smtpd_tls_security_level = encrypt");
        let workspace = relay.workspace(10, "starttls", &proof);
        workspace.write("wrong", "open,sesame");
        workspace.write("expired", &token(-60));
        let sent = workspace.send(&[]);
        assert_eq!(sent.code, Some(6), "{}", sent.stderr);
        assert!(sent.stderr.contains(said), "{}", sent.stderr);
        assert_eq!(relay.refused(), n + 1, "{}", relay.postfix.log());
        assert!(workspace.status()["paused"].is_string(), "until a person acts");
    }
    assert_eq!(relay.refused(), 5);
    assert!(relay.postfix.took().is_empty());
}

#[test]
fn a_token_that_expires_on_the_way_is_made_anew() {
    let Some(mut relay) = Relay::start() else { return };
    relay.offer("oauthbearer, xoauth2", "smtpd_tls_security_level = encrypt");
    let command = "echo >> runs; sed -n $(wc -l < runs)p tokens";
    let workspace = relay.workspace(40, "starttls", &format!("auth = \"oauth2\"\ntoken_command = \"{command}\"\n"));
    // Slow enough that the first one has expired before the last connection is opened.
    let settings = std::fs::read_to_string(workspace.path("convoke.toml")).unwrap();
    workspace.write("convoke.toml", &settings.replace("rate.per_second = 0", "rate.per_second = 12"));
    workspace.write("tokens", &format!("{}\n{}\n", token(2), token(600)));
    relay.must_deliver(&workspace, 40, "OAUTHBEARER");
    assert_eq!(std::fs::read_to_string(workspace.path("runs")).unwrap().lines().count(), 2);
    assert!((1..=4).contains(&relay.refused()), "each connection at most once: {}", relay.postfix.log());
}
