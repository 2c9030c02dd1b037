//! What OAUTHBEARER (RFC 7628) and XOAUTH2 (Google's, and Microsoft's) say: a token instead of a password.
//!
//! A server that refuses a token says why in a challenge, and its refusal comes only after that was answered.

use data_encoding::BASE64;
use serde_json::Value;

use crate::domain::outcome::Reply;

use super::ehlo::Capabilities;

/// The longest response (RFC 4954 §4: 12,288 octets with its line end).
pub(super) const RESPONSE: usize = 12_286;

/// A reason is shown up to this length.
const REASON: usize = 120;

/// A mechanism that takes a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mechanism {
    OauthBearer,
    XOauth2,
}

impl Mechanism {
    /// The standard's where it is offered.
    pub(super) fn choose(offers: &Capabilities) -> Option<Self> {
        [Self::OauthBearer, Self::XOauth2]
            .into_iter()
            .find(|mechanism| offers.auth.iter().any(|offer| offer == mechanism.name()))
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::OauthBearer => "OAUTHBEARER",
            Self::XOauth2 => "XOAUTH2",
        }
    }

    /// Who signs in where with which token, in base64.
    pub(super) fn response(self, user: &str, token: &str, host: &str, port: u16) -> String {
        let said = match self {
            Self::OauthBearer => {
                // A name of the older framework (RFC 5801 §4): the comma ends it.
                let user = user.replace('=', "=3D").replace(',', "=2C");
                format!("n,a={user},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01")
            }
            Self::XOauth2 => format!("user={user}\x01auth=Bearer {token}\x01\x01"),
        };
        BASE64.encode(said.as_bytes())
    }

    /// The answer to the challenge that tells why a token is refused: 0x01 (RFC 7628 §3.2.3), or nothing.
    pub(super) fn acknowledgement(self) -> &'static str {
        match self {
            Self::OauthBearer => "AQ==",
            Self::XOauth2 => "",
        }
    }
}

/// Why a token is refused, from the challenge that says so. Whatever else a server writes there is left out, and so is
/// whatever repeats the token.
pub(super) fn reason(challenge: &Reply, token: &str) -> Option<String> {
    let octets = BASE64.decode(challenge.text.trim().as_bytes()).ok()?;
    let told: Value = serde_json::from_slice(&octets).ok()?;
    let word = |key: &str| {
        let said = told.get(key)?;
        let said =
            said.as_str().map_or_else(|| said.as_i64().map(|number| number.to_string()), |s| Some(s.to_owned()))?;
        let is_sound = !said.is_empty() && said.len() <= REASON && said.bytes().all(|b| matches!(b, b' '..=b'~'));
        (is_sound && !repeats(&said, token)).then_some(said)
    };
    let status = word("status")?;
    Some(match word("scope") {
        Some(scope) => format!("{status}, scope {scope}"),
        None => status,
    })
}

/// Whether a text holds eight characters of a secret in a row.
fn repeats(text: &str, secret: &str) -> bool {
    text.as_bytes().windows(8).any(|piece| secret.as_bytes().windows(8).any(|of_secret| piece == of_secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(text: &str) -> Reply {
        Reply { code: 334, enhanced: None, text: BASE64.encode(text.as_bytes()) }
    }

    fn decoded(response: &str) -> String {
        String::from_utf8(BASE64.decode(response.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn responses_are_those_of_the_standard_and_of_its_forerunner() {
        // The example of RFC 7628 §4.1 has exactly these parts.
        let standard = Mechanism::OauthBearer.response(
            "user@example.com",
            "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29t",
            "server.example.com",
            143,
        );
        assert_eq!(
            standard,
            "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0AQE="
        );
        // The example of Google's "OAuth 2.0 Mechanism".
        let forerunner = Mechanism::XOauth2.response(
            "someuser@example.com",
            "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg",
            "x",
            1,
        );
        assert_eq!(
            decoded(&forerunner),
            "user=someuser@example.com\x01auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\x01\x01"
        );
        assert!(decoded(&Mechanism::OauthBearer.response("a=b,c", "t", "h", 1)).starts_with("n,a=a=3Db=2Cc,\x01"));
    }

    #[test]
    fn the_standard_is_preferred() {
        let offering = |auth: &[&str]| Capabilities {
            auth: auth.iter().map(|name| (*name).to_owned()).collect(),
            ..Capabilities::default()
        };
        assert_eq!(Mechanism::choose(&offering(&["PLAIN", "XOAUTH2", "OAUTHBEARER"])), Some(Mechanism::OauthBearer));
        assert_eq!(Mechanism::choose(&offering(&["XOAUTH2", "LOGIN"])), Some(Mechanism::XOauth2));
        assert_eq!(Mechanism::choose(&offering(&["PLAIN", "XOAUTH"])), None);
    }

    #[test]
    fn a_reason_is_shown_and_nothing_else_a_server_says() {
        let token = "ya29.secret-of-somebody";
        let shown = |text: &str| reason(&challenge(text), token);
        assert_eq!(shown(r#"{"status":"invalid_token"}"#).unwrap(), "invalid_token");
        assert_eq!(
            shown(r#"{"status":"400","schemes":"Bearer","scope":"https://mail.example/"}"#).unwrap(),
            "400, scope https://mail.example/"
        );
        assert_eq!(shown(r#"{"status":401}"#).unwrap(), "401");
        for hostile in [
            "",
            "{",
            "[]",
            "\"status\"",
            r#"{"status":null}"#,
            r#"{"status":""}"#,
            r#"{"status":"a\r\nb"}"#,
            r#"{"status":"\u001b[2J"}"#,
            r#"{"status":"Bearer ya29.secret-of"}"#,
            &format!(r#"{{"status":"{}"}}"#, "x".repeat(500)),
            &"[".repeat(10_000),
        ] {
            assert_eq!(shown(hostile), None, "{hostile:.40}");
        }
        assert_eq!(shown(r#"{"status":"400","scope":"-secret-of-"}"#).unwrap(), "400");
        let garbled = Reply { code: 334, enhanced: None, text: "not base64\nat all".to_owned() };
        assert_eq!(reason(&garbled, token), None);
    }
}
