//! Relays that speak to the scripted server.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]
#![allow(dead_code, reason = "every test file takes what it needs")]

use std::time::Duration;

use convoke::domain::timeouts::Timeouts;
use convoke::smtp::config::{Config, Encryption};
use convoke::smtp::relay::SmtpRelay;

use super::smtp_server::Server;

/// Settings for the scripted server, in clear.
pub fn config(server: &Server) -> Config {
    Config {
        host: "127.0.0.1".to_owned(),
        port: server.port(),
        encryption: Encryption::None,
        private_ca: None,
        credentials: None,
        messages_per_connection: 1000,
        in_flight: None,
        timeouts: Timeouts::default(),
    }
}

/// A relay in clear.
pub fn clear(server: &Server) -> SmtpRelay {
    SmtpRelay::new(config(server)).unwrap()
}

/// A relay in clear with so many messages in flight on a connection, where the server offers CHUNKING.
pub fn in_flight(server: &Server, many: usize) -> SmtpRelay {
    SmtpRelay::new(Config { in_flight: Some(many), ..config(server) }).unwrap()
}

/// A relay in clear that waits only so long at every step.
pub fn with_timeout(server: &Server, limit: Duration) -> SmtpRelay {
    SmtpRelay::new(Config { timeouts: every_step(limit), ..config(server) }).unwrap()
}

/// The same limit for every step.
pub fn every_step(limit: Duration) -> Timeouts {
    Timeouts {
        connect: limit,
        greeting: limit,
        ehlo: limit,
        tls: limit,
        auth: limit,
        mail: limit,
        rcpt: limit,
        data: limit,
        body: limit,
        dot: limit,
    }
}
