//! One SMTP session (RFC 5321): opened until it is ready for mail, then one message at a time.
//!
//! The point of no return is issuing the write that holds the last octet of `CRLF.CRLF`. So the content goes out first,
//! in writes of its own, and the final dot alone: whatever fails before the dot is certainly not delivered, whatever
//! fails from then on until a whole reply is read is in doubt (RFC 1047).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::domain::outcome::{Delivery, Reply, Step};
use crate::engine::ports::{Parcel, RelayTrouble};

use super::auth;
use super::commands::Commands;
use super::config::{Config, Encryption, Timeouts};
use super::dot::DotStuffer;
use super::ehlo::Capabilities;
use super::stream::Stream;
use super::tls::Tls;
use super::wire::{Wire, WireError};

/// Content handed to the system at once.
const PIECE: usize = 64 * 1024;
/// How long a closing word may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Ready for MAIL.
    Ready,
    /// A transaction was refused half way: RSET comes before the next MAIL.
    NeedsReset,
    /// In the middle of a message. A future that was dropped leaves it so, and the session is then of no use: the next
    /// reply would belong to the message before.
    InFlight,
    /// Closed, or not to be trusted.
    Over,
}

/// A session that was greeted, encrypted and authenticated as the configuration asks.
pub(super) struct Session {
    wire: Wire,
    offers: Capabilities,
    timeouts: Timeouts,
    standing: Standing,
}

impl Session {
    /// Opens a session and brings it to where MAIL may be said.
    pub(super) async fn open(config: &Config, tls: Option<&Tls>) -> Result<Self, RelayTrouble> {
        let limits = &config.timeouts;
        let tcp = connect(config).await?;
        let wire = match (config.encryption, tls) {
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
        let mut session = Self { wire, offers: Capabilities::default(), timeouts: *limits, standing: Standing::Ready };
        session.offers = ehlo(&mut session.wire, limits.ehlo).await?;
        if let Some(credentials) = &config.credentials {
            auth::sign_in(&mut session.wire, &session.offers, credentials, limits.auth).await?;
        }
        Ok(session)
    }

    /// Whether another message may be tried.
    pub(super) fn is_alive(&self) -> bool {
        matches!(self.standing, Standing::Ready | Standing::NeedsReset)
    }

    /// Sends one message and says what happened.
    pub(super) async fn deliver(&mut self, parcel: &Parcel) -> Delivery {
        if !self.is_alive() {
            return not_sent(Step::Mail, "the connection was lost before this message's turn");
        }
        let commands = match Commands::new(parcel, &self.offers) {
            Ok(commands) => commands,
            Err(detail) => return Delivery::Unsupported { detail },
        };
        let reset = self.standing == Standing::NeedsReset;
        self.standing = Standing::InFlight;
        let end = self.transact(&commands, &parcel.octets, reset).await;
        self.standing = end.standing;
        end.delivery
    }

    async fn transact(&mut self, commands: &Commands, octets: &[u8], reset: bool) -> End {
        match self.up_to_content(commands, octets, reset).await {
            Ok(()) => self.final_dot().await,
            Err(end) => end,
        }
    }

    /// Everything before the point of no return.
    async fn up_to_content(&mut self, commands: &Commands, octets: &[u8], reset: bool) -> Result<(), End> {
        let limits = self.timeouts;
        if self.wire.is_disturbed().await {
            return Err(self.unasked(Step::Mail).await);
        }
        if reset {
            self.reset().await?;
        }
        self.command(Step::Mail, &commands.mail, limits.mail, 2).await?;
        self.command(Step::Rcpt, &commands.rcpt, limits.rcpt, 2).await?;
        self.command(Step::Data, "DATA\r\n", limits.data, 3).await?;
        let (mut stuffer, mut stuffed) = (DotStuffer::new(), Vec::with_capacity(octets.len().min(PIECE) + 64));
        for piece in octets.chunks(PIECE) {
            stuffed.clear();
            stuffer.stuff(piece, &mut stuffed);
            self.wire.write(&stuffed, limits.body).await.map_err(|error| End::lost(Step::Body, &error))?;
        }
        // A server that has given up, or hung up, must not be given the dot: what it says now is no answer to it.
        if self.wire.is_disturbed().await {
            return Err(self.unasked(Step::Body).await);
        }
        Ok(())
    }

    /// The point of no return, and the answer to it.
    async fn final_dot(&mut self) -> End {
        let answer = match self.wire.write(b".\r\n", self.timeouts.body).await {
            Ok(()) => self.wire.reply(self.timeouts.dot).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(reply) => {
                let standing = match reply.code {
                    421 => Standing::Over,
                    200..300 => Standing::Ready,
                    400..600 => Standing::NeedsReset,
                    _ => Standing::Over,
                };
                End { delivery: Delivery::Replied { step: Step::Dot, reply }, standing }
            }
            Err(error) => End {
                delivery: Delivery::InDoubt { detail: format!("after the message was handed over: {error}") },
                standing: Standing::Over,
            },
        }
    }

    /// A command whose reply must begin with `digit`.
    async fn command(&mut self, step: Step, line: &str, limit: Duration, digit: u16) -> Result<(), End> {
        let reply = self.wire.ask(line.as_bytes(), limit).await.map_err(|error| End::lost(step, &error))?;
        match reply.code {
            code if code / 100 == digit => Ok(()),
            421 => Err(End { delivery: Delivery::Replied { step, reply }, standing: Standing::Over }),
            400..600 => Err(End { delivery: Delivery::Replied { step, reply }, standing: Standing::NeedsReset }),
            code => Err(End {
                delivery: not_sent(
                    step,
                    &format!("the relay answered with {code}, which is no answer to what was asked"),
                ),
                standing: Standing::Over,
            }),
        }
    }

    /// RSET, which no server has a reason to refuse (RFC 5321 §4.1.1.5): one that does has lost its place.
    async fn reset(&mut self) -> Result<(), End> {
        self.command(Step::Mail, "RSET\r\n", self.timeouts.mail, 2).await.map_err(|end| match end.delivery {
            Delivery::Replied { reply, .. } if reply.code != 421 => End {
                delivery: not_sent(Step::Mail, &format!("the relay answered RSET with {}", reply.code)),
                standing: Standing::Over,
            },
            _ => end,
        })
    }

    /// The server spoke, or went, out of turn before the point of no return.
    async fn unasked(&mut self, step: Step) -> End {
        let delivery = match self.wire.reply(FAREWELL).await {
            Ok(reply) if matches!(reply.code, 400..600) => Delivery::Replied { step, reply },
            Ok(reply) => not_sent(step, &format!("the relay said {} without being asked", reply.code)),
            Err(error) => not_sent(step, &error.to_string()),
        };
        End { delivery, standing: Standing::Over }
    }

    /// Says goodbye, if the session is in a state to.
    pub(super) async fn quit(self) {
        if self.is_alive() {
            self.wire.quit(FAREWELL).await;
        }
    }
}

/// How one message ended, and what that leaves of the session.
struct End {
    delivery: Delivery,
    standing: Standing,
}

impl End {
    fn lost(step: Step, error: &WireError) -> Self {
        Self { delivery: not_sent(step, &error.to_string()), standing: Standing::Over }
    }
}

fn not_sent(step: Step, detail: &str) -> Delivery {
    Delivery::NotSent { step, detail: detail.to_owned() }
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

/// Trouble a person must see to.
pub(super) fn lasting(detail: &str) -> RelayTrouble {
    RelayTrouble::Lasting { detail: detail.to_owned(), reply: None }
}

/// A connection that fails may work the next time.
pub(super) fn trouble_of_wire(step: Step, error: &WireError) -> RelayTrouble {
    RelayTrouble::Passing { detail: format!("{}: {error}", name(step)), reply: None }
}

/// A reply other than the one hoped for: 5yz lasts, anything else may pass.
pub(super) fn trouble_of_reply(step: Step, reply: Reply) -> RelayTrouble {
    let (code, what) = (reply.code, name(step));
    let status = reply.enhanced.map(|(c, s, d)| format!(" {c}.{s}.{d}")).unwrap_or_default();
    let detail = format!("{what}: the relay answered with {code}{status}");
    match code {
        500..600 => {
            let remedy = match step {
                Step::Auth => "check relay.username and its password; it was tried once and is not tried again",
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
