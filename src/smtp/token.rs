//! Tokens, as a command prints them.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use crate::system::shell;

use super::config::TokenCommand;

/// More than any token.
const PRINTED: usize = 64 * 1024;

/// A token, and since when it has been one.
#[derive(Clone)]
pub(super) struct Token {
    text: SecretString,
    made_at: Instant,
}

impl Token {
    /// Has a command print one.
    ///
    /// # Errors
    /// What is wrong with the command or with what it prints, of which nothing is repeated.
    pub(super) async fn make(command: &TokenCommand, limit: Duration) -> Result<Self, String> {
        let printed = shell::printed_by(&command.line, limit, PRINTED).await.map_err(|error| error.to_string())?;
        Ok(Self { text: read(&printed)?, made_at: now() })
    }

    /// Whether it is still good, as far as its age tells.
    pub(super) fn is_within(&self, lifetime: Duration) -> bool {
        now().duration_since(self.made_at) < lifetime
    }

    /// Whether both are the same one.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.made_at == other.made_at && self.text.expose_secret() == other.text.expose_secret()
    }

    pub(super) fn text(&self) -> &str {
        self.text.expose_secret()
    }
}

/// This clock never jumps: an age measured by it is an age.
pub(super) fn now() -> Instant {
    Instant::now()
}

/// One line of visible ASCII without blanks (RFC 6750 §2.1 allows less): nothing in it can end the response, or be anything
/// but a token, such as the JSON of a token's endpoint.
fn read(printed: &[u8]) -> Result<SecretString, String> {
    let text = std::str::from_utf8(printed).map_err(|_| "what it printed is no text")?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err("it printed nothing".to_owned());
    }
    if text.contains(['\n', '\r']) {
        return Err("it printed several lines: let it print the token alone".to_owned());
    }
    if text.starts_with('{') || !text.bytes().all(|octet| matches!(octet, b'!'..=b'~')) {
        return Err("what it printed is no token: let it print the access token alone, no JSON and no words".to_owned());
    }
    Ok(SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_line_of_visible_ascii() {
        for (printed, token) in [("ya29.a_b-c~d+e/f==\n", "ya29.a_b-c~d+e/f=="), ("EwBw", "EwBw"), ("t\r\n", "t")] {
            assert_eq!(read(printed.as_bytes()).unwrap().expose_secret(), token);
        }
        for (printed, word) in [
            (&b""[..], "nothing"),
            (b"\n", "nothing"),
            (b"secret-1\nsecret-2\n", "several lines"),
            (b"\nsecret\n", "several lines"),
            (b"secret\rmore", "several lines"),
            (b"{\"access_token\":\"secret\"}\n", "no JSON"),
            (b"Bearer secret\n", "no token"),
            (b"secret\x01auth=Bearer other", "no token"),
            (b"secret\0", "no token"),
            ("sécret".as_bytes(), "no token"),
            (b"secret\xff", "no text"),
        ] {
            let error = read(printed).map(|_| ()).unwrap_err();
            assert!(error.contains(word) && !error.contains("secret"), "{error}");
        }
    }
}
