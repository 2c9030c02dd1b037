//! What a session needs to know about its relay.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

use crate::domain::timeouts::Timeouts;

/// An SMTP relay, as the settings describe it.
#[derive(Debug, Clone)]
pub struct Config {
    /// Host name or IP address; a certificate must carry it.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// Certificates (PEM) of a private authority, trusted instead of the public ones.
    pub private_ca: Option<Vec<u8>>,
    /// For AUTH, where the relay asks for it.
    pub credentials: Option<Credentials>,
    /// Messages after which a connection is closed.
    pub messages_per_connection: usize,
    /// Several messages in flight on one connection, where the relay offers CHUNKING: how many at most. `None`: one after the
    /// other.
    pub in_flight: Option<usize>,
    /// Time limits.
    pub timeouts: Timeouts,
}

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// TLS from the first octet (RFC 8314 §3.3).
    Implicit,
    /// STARTTLS, required (RFC 3207).
    StartTls,
    /// In clear; refused unless every address of the host is a loopback address.
    None,
}

/// User name and proof for AUTH.
#[derive(Clone)]
pub struct Credentials {
    /// User name.
    pub username: String,
    /// What proves it.
    pub secret: Secret,
}

/// What proves who we are.
#[derive(Clone)]
pub enum Secret {
    /// A password.
    Password(SecretString),
    /// A token of OAuth 2.0.
    Token(TokenCommand),
}

/// Where tokens come from.
#[derive(Clone)]
pub struct TokenCommand {
    /// A command line that prints one.
    pub line: String,
    /// After this long a token is not tried any more; a new one is made.
    pub lifetime: Duration,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}
