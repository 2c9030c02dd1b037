//! One SMTP session (RFC 5321), one message at a time.
//!
//! The point of no return is issuing the write that holds the last octet of `CRLF.CRLF`. So the content goes out first,
//! in writes of its own, and the final dot alone: whatever fails before the dot is certainly not delivered, whatever
//! fails from then on until a whole reply is read is in doubt (RFC 1047).

use std::time::Duration;

use crate::domain::outcome::{Delivery, Step};
use crate::engine::ports::{Parcel, RelayTrouble};

use super::commands::Commands;
use super::config::Config;
use super::dot::DotStuffer;
use super::ehlo::Capabilities;
use super::opening;
use super::tls::Tls;
use super::wire::{Wire, WireError};
use crate::domain::timeouts::Timeouts;

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
    /// A session whose connection is ready for MAIL.
    pub(super) async fn open(config: &Config, tls: Option<&Tls>) -> Result<Self, RelayTrouble> {
        let (wire, offers) = opening::open(config, tls).await?;
        Ok(Self { wire, offers, timeouts: config.timeouts, standing: Standing::Ready })
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
