//! AUTH (RFC 4954): PLAIN (RFC 4616) where offered, else LOGIN. Only where nobody can read along; tried once.

use std::time::Duration;

use data_encoding::BASE64;
use secrecy::ExposeSecret;

use crate::domain::outcome::{Reply, Step};
use crate::engine::ports::RelayTrouble;

use super::config::Credentials;
use super::ehlo::Capabilities;
use super::trouble::{lasting, trouble_of_reply, trouble_of_wire};
use super::wire::Wire;

/// The longest command line (RFC 4954 §4 allows 12,288 octets for AUTH; a server may know 512 only).
const COMMAND_LINE: usize = 510;

/// Signs in.
///
/// # Errors
/// Passing where the server asks to try later, lasting where it refuses or offers no way.
pub(super) async fn sign_in(
    wire: &mut Wire,
    offers: &Capabilities,
    credentials: &Credentials,
    limit: Duration,
) -> Result<(), RelayTrouble> {
    if !wire.stream().is_private() {
        return Err(lasting(
            "AUTH is refused over a connection in clear: set relay.tls to \"starttls\" or \"implicit\"",
        ));
    }
    let (name, password) = (&credentials.username, credentials.password.expose_secret());
    if name.contains('\0') || password.contains('\0') {
        return Err(lasting("relay.username or its password holds a NUL"));
    }
    let offered = |mechanism: &str| offers.auth.iter().any(|offer| offer == mechanism);
    let reply = if offered("PLAIN") {
        let response = BASE64.encode(format!("\0{name}\0{password}").as_bytes());
        if response.len() + "AUTH PLAIN ".len() <= COMMAND_LINE {
            say(wire, &format!("AUTH PLAIN {response}"), limit).await?
        } else {
            answer(wire, "AUTH PLAIN", &[&response], limit).await?
        }
    } else if offered("LOGIN") {
        let (name, password) = (BASE64.encode(name.as_bytes()), BASE64.encode(password.as_bytes()));
        answer(wire, "AUTH LOGIN", &[&name, &password], limit).await?
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

/// Begins an exchange and answers each 334 with the next response.
async fn answer(wire: &mut Wire, command: &str, responses: &[&str], limit: Duration) -> Result<Reply, RelayTrouble> {
    let mut reply = say(wire, command, limit).await?;
    for response in responses {
        if reply.code != 334 {
            return Err(trouble_of_reply(Step::Auth, reply));
        }
        reply = say(wire, response, limit).await?;
    }
    Ok(reply)
}

async fn say(wire: &mut Wire, line: &str, limit: Duration) -> Result<Reply, RelayTrouble> {
    wire.ask(format!("{line}\r\n").as_bytes(), limit).await.map_err(|error| trouble_of_wire(Step::Auth, &error))
}
