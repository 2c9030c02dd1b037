//! AUTH by a token, from the server's side: OAUTHBEARER (RFC 7628) and XOAUTH2.

use std::io;

use data_encoding::BASE64;

use super::At;
use super::peer::Peer;

const USER: &str = "outreach";

impl Peer<'_> {
    pub(super) fn sign_in_by_token(&mut self, line: &str) -> io::Result<()> {
        let Some(tokens) = &self.shared.builder.tokens else { return Ok(()) };
        let mut words = line.split(' ').skip(1);
        let mechanism = words.next().unwrap_or_default();
        if !tokens.mechanisms.split(' ').any(|offered| offered.eq_ignore_ascii_case(mechanism)) {
            return self.say(b"504 5.5.4 which?\r\n");
        }
        let response = match words.next() {
            Some(first) => first.to_owned(),
            None => self.challenge("334 \r\n")?,
        };
        let response = BASE64.decode(response.as_bytes()).unwrap_or_default();
        let port = self.local_port()?;
        let Some(token) = token_of(mechanism, &String::from_utf8_lossy(&response), port) else {
            return self.say(b"501 5.5.2 no response of this mechanism\r\n");
        };
        self.is_signed_in = (tokens.is_good)(&token);
        if self.is_signed_in {
            return self.step(At::Auth, "235 2.7.0 welcome\r\n").map(|_| ());
        }
        if !tokens.challenge.is_empty() {
            let challenge = BASE64.encode(tokens.challenge.as_bytes());
            let acknowledged = self.challenge(&format!("334 {challenge}\r\n"))?;
            let expected = if mechanism.eq_ignore_ascii_case("OAUTHBEARER") { "AQ==" } else { "" };
            if acknowledged != expected {
                return self.say(b"501 5.5.2 no answer to what was said about the token\r\n");
            }
        }
        self.step(At::Auth, "535 5.7.8 no\r\n").map(|_| ())
    }
}

/// The token of a response that has every part the mechanism asks for.
fn token_of(mechanism: &str, response: &str, port: u16) -> Option<String> {
    let rest = if mechanism.eq_ignore_ascii_case("OAUTHBEARER") {
        let places = ["127.0.0.1", "localhost"];
        places.iter().find_map(|host| {
            response.strip_prefix(&format!("n,a={USER},\x01host={host}\x01port={port}\x01auth=Bearer "))
        })?
    } else {
        response.strip_prefix(&format!("user={USER}\x01auth=Bearer "))?
    };
    rest.strip_suffix("\x01\x01").map(str::to_owned)
}
