//! AUTH (RFC 4954): a password by PLAIN (RFC 4616) where offered, else LOGIN; a token by OAUTHBEARER, else XOAUTH2. Only where
//! nobody can read along; tried once.

use std::time::Duration;

use data_encoding::BASE64;
use secrecy::{ExposeSecret, SecretString};

use crate::domain::outcome::{Reply, Step};
use crate::engine::ports::RelayTrouble;

use super::ehlo::Capabilities;
use super::oauth::{self, Mechanism};
use super::token::Token;
use super::trouble::{lasting, trouble_of_reply, trouble_of_token, trouble_of_wire};
use super::wire::Wire;

/// The longest command line (RFC 4954 §4 allows 12,288 octets for AUTH; a server may know 512 only).
const COMMAND_LINE: usize = 510;

/// Who signs in, and with what.
pub(super) struct Login<'a> {
    pub(super) username: &'a str,
    pub(super) proof: Proof<'a>,
}

/// What is shown to the relay.
pub(super) enum Proof<'a> {
    Password(&'a SecretString),
    Token(&'a Token),
}

/// Signs in.
///
/// * `place`: host and port, for mechanisms that name them.
///
/// # Errors
/// Passing where the server asks to try later, lasting where it refuses or offers no way.
pub(super) async fn sign_in(
    wire: &mut Wire,
    offers: &Capabilities,
    login: &Login<'_>,
    place: (&str, u16),
    limit: Duration,
) -> Result<(), RelayTrouble> {
    if !wire.stream().is_private() {
        return Err(lasting(
            "AUTH is refused over a connection in clear: set relay.tls to \"starttls\" or \"implicit\"",
        ));
    }
    match login.proof {
        Proof::Password(password) => with_password(wire, offers, login.username, password.expose_secret(), limit).await,
        Proof::Token(token) => {
            let Some(mechanism) = Mechanism::choose(offers) else {
                return Err(lasting(
                    "the relay offers neither AUTH OAUTHBEARER nor XOAUTH2: check relay.host, relay.port and relay.tls, or \
                     use relay.auth = \"password\"",
                ));
            };
            let response = mechanism.response(login.username, token.text(), place.0, place.1);
            if login.username.contains(char::is_control) || response.len() > oauth::RESPONSE {
                return Err(lasting("relay.username or its token cannot be said in an SMTP session: check both"));
            }
            with_token(wire, mechanism, &response, token.text(), limit).await
        }
    }
}

async fn with_password(
    wire: &mut Wire,
    offers: &Capabilities,
    name: &str,
    password: &str,
    limit: Duration,
) -> Result<(), RelayTrouble> {
    if name.contains('\0') || password.contains('\0') {
        return Err(lasting("relay.username or its password holds a NUL"));
    }
    let offered = |mechanism: &str| offers.auth.iter().any(|offer| offer == mechanism);
    let reply = if offered("PLAIN") {
        let response = BASE64.encode(format!("\0{name}\0{password}").as_bytes());
        first_response(wire, "PLAIN", &response, limit).await?
    } else if offered("LOGIN") {
        let (name, password) = (BASE64.encode(name.as_bytes()), BASE64.encode(password.as_bytes()));
        answer(wire, "AUTH LOGIN", &[&name, &password], limit).await?
    } else if Mechanism::choose(offers).is_some() {
        return Err(lasting(
            "the relay takes no password, only tokens: use relay.auth = \"oauth2\" with relay.token_command",
        ));
    } else {
        return Err(lasting(
            "the relay offers neither AUTH PLAIN nor LOGIN: check relay.port and relay.tls, or remove relay.username",
        ));
    };
    match reply.code {
        235 => Ok(()),
        _ => Err(trouble_of_reply(Step::Auth, reply)),
    }
}

async fn with_token(
    wire: &mut Wire,
    mechanism: Mechanism,
    response: &str,
    token: &str,
    limit: Duration,
) -> Result<(), RelayTrouble> {
    let mut reply = first_response(wire, mechanism.name(), response, limit).await?;
    let mut reason = None;
    if reply.code == 334 {
        reason = oauth::reason(&reply, token);
        reply = say(wire, mechanism.acknowledgement(), limit).await?;
    }
    match reply.code {
        235 => Ok(()),
        _ => Err(trouble_of_token(reply, reason.as_deref())),
    }
}

/// Begins an exchange in which we speak first: in the command's line where that holds it, else when asked.
async fn first_response(
    wire: &mut Wire,
    mechanism: &str,
    response: &str,
    limit: Duration,
) -> Result<Reply, RelayTrouble> {
    let command = format!("AUTH {mechanism}");
    if command.len() + 1 + response.len() <= COMMAND_LINE {
        say(wire, &format!("{command} {response}"), limit).await
    } else {
        answer(wire, &command, &[response], limit).await
    }
}

/// Begins an exchange and answers each 334 with the next response, as far as it goes.
async fn answer(wire: &mut Wire, command: &str, responses: &[&str], limit: Duration) -> Result<Reply, RelayTrouble> {
    let mut reply = say(wire, command, limit).await?;
    for response in responses {
        if reply.code != 334 {
            break;
        }
        reply = say(wire, response, limit).await?;
    }
    Ok(reply)
}

async fn say(wire: &mut Wire, line: &str, limit: Duration) -> Result<Reply, RelayTrouble> {
    wire.ask(format!("{line}\r\n").as_bytes(), limit).await.map_err(|error| trouble_of_wire(Step::Auth, &error))
}
