//! Why a session could not be opened, in words that say what to do and name nobody.

use crate::domain::outcome::{Reply, Step};
use crate::engine::ports::RelayTrouble;

use super::wire::WireError;

/// Trouble a person must see to.
pub(super) fn lasting(detail: &str) -> RelayTrouble {
    RelayTrouble::Lasting { detail: detail.to_owned(), reply: None }
}

/// A connection that fails may work the next time.
pub(super) fn trouble_of_wire(step: Step, error: &WireError) -> RelayTrouble {
    RelayTrouble::Passing { detail: format!("{}: {error}", name(step)), reply: None }
}

const PASSWORD_REFUSED: &str = "check relay.username and its password; it was tried once and is not tried again";
const TOKEN_REFUSED: &str = "relay.token_command had printed the token just before: check that it is one for relay.username at \
                             this relay, with the right to send; it is not tried again";

/// A reply other than 235 to a token, and the reason the relay gave before it.
pub(super) fn trouble_of_token(reply: Reply, reason: Option<&str>) -> RelayTrouble {
    let mut detail = answered(Step::Auth, &reply);
    if let Some(reason) = reason {
        detail.push_str(&format!(" ({reason})"));
    }
    match reply.code {
        500..600 => RelayTrouble::Lasting { detail: format!("{detail}; {TOKEN_REFUSED}"), reply: Some(reply) },
        _ => RelayTrouble::Passing { detail, reply: Some(reply) },
    }
}

fn answered(step: Step, reply: &Reply) -> String {
    let status = reply.enhanced.map(|(c, s, d)| format!(" {c}.{s}.{d}")).unwrap_or_default();
    format!("{}: the relay answered with {}{status}", name(step), reply.code)
}

/// A reply other than the one hoped for: 5yz lasts, anything else may pass.
pub(super) fn trouble_of_reply(step: Step, reply: Reply) -> RelayTrouble {
    let detail = answered(step, &reply);
    match reply.code {
        500..600 => {
            let remedy = match step {
                Step::Auth => PASSWORD_REFUSED,
                Step::StartTls => "check relay.tls and relay.port",
                _ => "the relay refuses this computer: check relay.host and relay.port, and ask its operator",
            };
            RelayTrouble::Lasting { detail: format!("{detail}; {remedy}"), reply: Some(reply) }
        }
        _ => RelayTrouble::Passing { detail, reply: Some(reply) },
    }
}

fn name(step: Step) -> &'static str {
    match step {
        Step::Connect => "connecting",
        Step::Greeting => "greeting",
        Step::Ehlo => "EHLO",
        Step::StartTls => "TLS",
        Step::Auth => "AUTH",
        Step::Mail => "MAIL",
        Step::Rcpt => "RCPT",
        Step::Data => "DATA",
        Step::Body => "content",
        Step::Dot => "final dot",
    }
}
