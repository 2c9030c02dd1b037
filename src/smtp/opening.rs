//! Opening a session: connected, greeted, encrypted and signed in as the configuration asks.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::domain::outcome::Step;
use crate::engine::ports::RelayTrouble;

use super::auth::{self, Login};
use super::config::{Config, Encryption};
use super::ehlo::Capabilities;
use super::stream::Stream;
use super::tls::Tls;
use super::trouble::{lasting, trouble_of_reply, trouble_of_wire};
use super::wire::{Wire, WireError};
use crate::domain::timeouts::Timeouts;

/// Opens a connection and brings it to where MAIL may be said.
pub(super) async fn open(
    config: &Config,
    tls: Option<&Tls>,
    login: Option<&Login<'_>>,
) -> Result<(Wire, Capabilities), RelayTrouble> {
    let limits = &config.timeouts;
    let tcp = connect(config).await?;
    let mut wire = match (config.encryption, tls) {
        (Encryption::Implicit, Some(tls)) => {
            let mut wire = Wire::new(encrypt(tls, tcp, limits.tls).await?);
            greeting(&mut wire, limits.greeting).await?;
            wire
        }
        (Encryption::StartTls, Some(tls)) => {
            let mut wire = Wire::new(Stream::Clear(tcp));
            greeting(&mut wire, limits.greeting).await?;
            start_tls(wire, tls, limits).await?
        }
        (Encryption::None, _) => {
            let mut wire = Wire::new(Stream::Clear(tcp));
            greeting(&mut wire, limits.greeting).await?;
            wire
        }
        (_, None) => return Err(lasting("TLS is asked for and not set up")),
    };
    let offers = ehlo(&mut wire, limits.ehlo).await?;
    if let Some(login) = login {
        auth::sign_in(&mut wire, &offers, login, (&config.host, config.port), limits.auth).await?;
    }
    Ok((wire, offers))
}

/// The first address of the host that answers.
async fn connect(config: &Config) -> Result<TcpStream, RelayTrouble> {
    let (host, port, limit) = (&config.host, config.port, config.timeouts.connect);
    let passing = |detail: String| RelayTrouble::Passing { detail, reply: None };
    let looked_up = timeout(limit, lookup_host((host.as_str(), port))).await;
    let addresses: Vec<SocketAddr> = match looked_up {
        Ok(Ok(found)) => found.collect(),
        Ok(Err(_)) => {
            return Err(passing(format!("relay.host: `{host}` was not found: check the name and the network")));
        }
        Err(_) => return Err(passing(format!("relay.host: `{host}` was not found within {} s", limit.as_secs_f64()))),
    };
    if config.encryption == Encryption::None && !addresses.iter().all(|a| a.ip().to_canonical().is_loopback()) {
        return Err(lasting(&format!(
            "relay.tls = \"none\" is for loopback addresses only, and `{host}` is elsewhere: use \"starttls\" or \"implicit\""
        )));
    }
    let mut last = "it has no address".to_owned();
    for address in addresses {
        match timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => {
                // A command waits for its reply: holding it back for a fuller packet only costs time.
                tcp.set_nodelay(true).map_err(|error| passing(error.to_string()))?;
                return Ok(tcp);
            }
            Ok(Err(error)) => last = error.kind().to_string(),
            Err(_) => last = format!("no answer within {} s", limit.as_secs_f64()),
        }
    }
    Err(passing(format!("no connection to {host}:{port}: {last}; check relay.host and relay.port, or try again later")))
}

async fn encrypt(tls: &Tls, tcp: TcpStream, limit: Duration) -> Result<Stream, RelayTrouble> {
    match timeout(limit, tls.wrap(tcp)).await {
        Ok(wrapped) => Ok(Stream::Encrypted(Box::new(wrapped?))),
        Err(_) => Err(trouble_of_wire(Step::StartTls, &WireError::Late(limit))),
    }
}

async fn greeting(wire: &mut Wire, limit: Duration) -> Result<(), RelayTrouble> {
    let reply = wire.reply(limit).await.map_err(|error| trouble_of_wire(Step::Greeting, &error))?;
    if reply.code == 220 { Ok(()) } else { Err(trouble_of_reply(Step::Greeting, reply)) }
}

async fn ehlo(wire: &mut Wire, limit: Duration) -> Result<Capabilities, RelayTrouble> {
    let ours = wire.stream().local_ip().map_err(|error| trouble_of_wire(Step::Ehlo, &WireError::Lost(error)))?;
    // The address literal (RFC 5321 §4.1.3): it needs no DNS to be true and tells nobody how this computer is called.
    let literal = match ours {
        IpAddr::V4(ip) => format!("[{ip}]"),
        IpAddr::V6(ip) => format!("[IPv6:{ip}]"),
    };
    let reply = wire
        .ask(format!("EHLO {literal}\r\n").as_bytes(), limit)
        .await
        .map_err(|error| trouble_of_wire(Step::Ehlo, &error))?;
    if reply.code == 250 { Ok(Capabilities::read(&reply)) } else { Err(trouble_of_reply(Step::Ehlo, reply)) }
}

/// STARTTLS, required: an offer that is missing may have been taken out on the way.
async fn start_tls(mut wire: Wire, tls: &Tls, limits: &Timeouts) -> Result<Wire, RelayTrouble> {
    if !ehlo(&mut wire, limits.ehlo).await?.starttls {
        return Err(lasting(
            "the relay does not offer STARTTLS (or someone on the way removed the offer): nothing is sent in clear; \
             check relay.port, or use relay.tls = \"implicit\"",
        ));
    }
    let reply = wire.ask(b"STARTTLS\r\n", limits.tls).await.map_err(|error| trouble_of_wire(Step::StartTls, &error))?;
    if reply.code != 220 {
        return Err(trouble_of_reply(Step::StartTls, reply));
    }
    match wire.into_stream() {
        Ok(Stream::Clear(tcp)) => Ok(Wire::new(encrypt(tls, tcp, limits.tls).await?)),
        Ok(Stream::Encrypted(_)) => Err(lasting("STARTTLS inside TLS")),
        Err(_) => Err(lasting(
            "the relay spoke in clear between STARTTLS and the handshake: someone on the way may be adding to what it says",
        )),
    }
}
