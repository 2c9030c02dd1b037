//! What a session needs to know about its relay.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

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

/// User name and password for AUTH.
#[derive(Clone)]
pub struct Credentials {
    /// User name.
    pub username: String,
    /// Password.
    pub password: SecretString,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// The longest each step may take. The default is the minimum of RFC 5321 §4.5.3.2 where it names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// TCP connect, for each address of the host.
    pub connect: Duration,
    /// The server's 220.
    pub greeting: Duration,
    /// EHLO.
    pub ehlo: Duration,
    /// STARTTLS, and the handshake.
    pub tls: Duration,
    /// Each exchange of AUTH.
    pub auth: Duration,
    /// MAIL, and RSET before it.
    pub mail: Duration,
    /// RCPT.
    pub rcpt: Duration,
    /// DATA.
    pub data: Duration,
    /// Each write of content.
    pub body: Duration,
    /// The reply to the final dot.
    pub dot: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let minutes = |m: u64| Duration::from_secs(60 * m);
        Self {
            connect: Duration::from_secs(30),
            greeting: minutes(5),
            ehlo: minutes(5),
            tls: minutes(1),
            auth: minutes(2),
            mail: minutes(5),
            rcpt: minutes(5),
            data: minutes(2),
            body: minutes(3),
            dot: minutes(10),
        }
    }
}
