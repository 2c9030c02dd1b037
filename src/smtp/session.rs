//! One SMTP session (RFC 5321), one message after the other.
//!
//! The point of no return is issuing the write that holds the last octet of `CRLF.CRLF`. Whatever fails before that write
//! is certainly not delivered, whatever fails from then on until a whole reply is read is in doubt (RFC 1047).
//!
//! Where the server offers PIPELINING (RFC 2920), MAIL, RCPT and DATA leave in one write, and behind a final dot in the
//! same write as the dot: DATA may end such a group and content may begin one (§3.1), so that a message costs one round
//! trip. Every command's reply is read and counted. Where it does not, each command waits for its reply.

use std::time::Duration;

use crate::domain::outcome::{Delivery, Reply, Step};
use crate::domain::timeouts::Timeouts;
use crate::engine::ports::Parcel;

use super::commands::Commands;
use super::dot::DotStuffer;
use super::ehlo::Capabilities;
use super::wire::{Wire, WireError};

/// Content handed to the system at once.
const PIECE: usize = 64 * 1024;
/// How long a closing word may take.
pub(super) const FAREWELL: Duration = Duration::from_secs(5);

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

/// MAIL, RCPT and DATA of the message whose turn is next.
struct Announcement {
    commands: Commands,
    /// RSET goes before them.
    reset: bool,
    /// They are on their way, all together.
    is_written: bool,
    /// They stand behind a message that the server has refused since, and it may not have been ready for them.
    follows_refusal: bool,
}

/// A session that was greeted, encrypted and authenticated as the configuration asks.
pub(super) struct Session {
    wire: Wire,
    offers: Capabilities,
    timeouts: Timeouts,
    standing: Standing,
    /// The announced message, or what became of it before a word was said.
    announced: Option<Result<Announcement, End>>,
    /// How handing over ended, where there is no answer to wait for.
    ended: Option<End>,
    /// What is written at once; kept for its space.
    outgoing: Vec<u8>,
}

impl Session {
    /// A session on a connection that is ready for MAIL.
    pub(super) fn new(wire: Wire, offers: Capabilities, timeouts: Timeouts) -> Self {
        Self { wire, offers, timeouts, standing: Standing::Ready, announced: None, ended: None, outgoing: Vec::new() }
    }

    /// Whether another message may be announced.
    pub(super) fn is_alive(&self) -> bool {
        matches!(self.standing, Standing::Ready | Standing::NeedsReset)
    }

    /// Whether the connection stands.
    pub(super) fn is_open(&self) -> bool {
        self.standing != Standing::Over
    }

    /// Announces a message. What fails is told by [`Session::go_ahead`].
    pub(super) async fn announce(&mut self, parcel: &Parcel) {
        let mut announcement = match self.announcement(parcel) {
            Ok(announcement) => announcement,
            Err(end) => {
                self.announced = Some(Err(end));
                return;
            }
        };
        self.standing = Standing::InFlight;
        let begun = self.begin(&mut announcement).await;
        self.announced = Some(begun.map(|()| announcement));
    }

    fn announcement(&self, parcel: &Parcel) -> Result<Announcement, End> {
        let standing = self.standing;
        if !self.is_alive() {
            let delivery = not_sent(Step::Mail, "the connection was lost before this message's turn");
            return Err(End { delivery, standing });
        }
        let commands = Commands::new(parcel, &self.offers)
            .map_err(|detail| End { delivery: Delivery::Unsupported { detail }, standing })?;
        let reset = standing == Standing::NeedsReset;
        Ok(Announcement { commands, reset, is_written: false, follows_refusal: false })
    }

    /// What the server says unasked is heard first; then the commands leave, where they may leave together.
    async fn begin(&mut self, announcement: &mut Announcement) -> Result<(), End> {
        if self.wire.is_disturbed().await {
            return Err(self.unasked(Step::Mail).await);
        }
        if self.offers.pipelining {
            let mut group = Vec::new();
            announcement.write_to(&mut group);
            self.wire.write(&group, self.timeouts.mail).await.map_err(|error| End::lost(Step::Mail, &error))?;
        }
        Ok(())
    }

    /// Waits until the server asks for the content of the announced message.
    ///
    /// # Errors
    /// What became of the message instead.
    pub(super) async fn go_ahead(&mut self) -> Result<(), Delivery> {
        let heard = match self.announced.take() {
            None => return Err(not_sent(Step::Mail, "the connection was lost before this message's turn")),
            Some(Err(end)) => Err(end),
            Some(Ok(announcement)) if announcement.is_written => self.hear_group(&announcement).await,
            Some(Ok(announcement)) => self.ask_one_by_one(&announcement).await,
        };
        heard.map_err(|end| {
            self.standing = end.standing;
            end.delivery
        })
    }

    async fn ask_one_by_one(&mut self, announcement: &Announcement) -> Result<(), End> {
        let limits = self.timeouts;
        if announcement.reset {
            let reply = self.ask(Step::Mail, "RSET\r\n", limits.mail).await?;
            after_reset(reply)?;
        }
        let commands = &announcement.commands;
        for (step, line, limit) in [
            (Step::Mail, commands.mail.as_str(), limits.mail),
            (Step::Rcpt, commands.rcpt.as_str(), limits.rcpt),
            (Step::Data, "DATA\r\n", limits.data),
        ] {
            let reply = self.ask(step, line, limit).await?;
            if let Some(refusal) = refusal(step, reply)? {
                return Err(refusal);
            }
        }
        Ok(())
    }

    async fn ask(&mut self, step: Step, line: &str, limit: Duration) -> Result<Reply, End> {
        self.wire.ask(line.as_bytes(), limit).await.map_err(|error| End::lost(step, &error))
    }

    /// Reads a reply for every command of the group. The first refusal says what became of the message; what the server
    /// makes of the commands behind it follows from that.
    async fn hear_group(&mut self, announcement: &Announcement) -> Result<(), End> {
        let limits = self.timeouts;
        if announcement.reset {
            let reply = self.wire.reply(limits.mail).await.map_err(|error| End::lost(Step::Mail, &error))?;
            after_reset(reply)?;
        }
        let mut first = None;
        for (step, limit) in [(Step::Mail, limits.mail), (Step::Rcpt, limits.rcpt), (Step::Data, limits.data)] {
            let heard = match self.wire.reply(limit).await {
                Ok(reply) => refusal(step, reply),
                Err(error) => Err(End::lost(step, &error)),
            };
            match (heard, first.is_some()) {
                // Every recipient was refused and the server asks for content all the same: an empty one (RFC 2920 §3.1).
                (Ok(None), true) if step == Step::Data => self.nothing_to_say().await,
                (Ok(None), _) => {}
                (Ok(Some(end)), false) => {
                    let is_last_word = end.standing == Standing::Over;
                    first = Some(end);
                    if is_last_word {
                        break;
                    }
                }
                (Ok(Some(_)), true) => {}
                // The connection is lost, and what was said before counts.
                (Err(lost), _) => {
                    first = Some(match first {
                        Some(end) => End { standing: Standing::Over, ..end },
                        None => lost,
                    });
                    break;
                }
            }
        }
        match first {
            None => Ok(()),
            Some(end) if announcement.follows_refusal && end.is_out_of_sequence() => Err(End {
                delivery: not_sent(Step::Mail, "the relay had not finished with the message before"),
                standing: Standing::Over,
            }),
            Some(mut end) => {
                if self.standing == Standing::Over {
                    end.standing = Standing::Over;
                }
                Err(end)
            }
        }
    }

    /// Ends a message without recipients. Its answer changes nothing for anybody.
    async fn nothing_to_say(&mut self) {
        let written = self.wire.write(b".\r\n", self.timeouts.body).await;
        if written.is_err() || self.wire.reply(self.timeouts.dot).await.is_err() {
            self.standing = Standing::Over;
        }
    }

    /// Hands the content over, and announces `next` behind it where the server takes that; says whether it did.
    pub(super) async fn hand_over(&mut self, parcel: &Parcel, next: Option<&Parcel>) -> bool {
        match self.content(parcel, next).await {
            Ok(()) => self.announced.is_some(),
            Err(end) => {
                self.ended = Some(end);
                false
            }
        }
    }

    async fn content(&mut self, parcel: &Parcel, next: Option<&Parcel>) -> Result<(), End> {
        let limit = self.timeouts.body;
        let (mut stuffer, mut outgoing) = (DotStuffer::new(), std::mem::take(&mut self.outgoing));
        outgoing.clear();
        let mut pieces = parcel.octets.chunks(PIECE).peekable();
        while let Some(piece) = pieces.next() {
            outgoing.clear();
            stuffer.stuff(piece, &mut outgoing);
            if pieces.peek().is_some() {
                self.wire.write(&outgoing, limit).await.map_err(|error| End::lost(Step::Body, &error))?;
            }
        }
        // A server that has given up, or hung up, must not be given the dot: what it says now is no answer to it.
        if self.wire.is_disturbed().await {
            return Err(self.unasked(Step::Body).await);
        }
        outgoing.extend_from_slice(b".\r\n");
        if let Some(next) = next.filter(|_| self.offers.pipelining) {
            self.announced = self.behind_the_dot(next, &mut outgoing);
        }
        // The point of no return.
        let written = self.wire.write(&outgoing, limit).await;
        self.outgoing = outgoing;
        written.map_err(|error| in_doubt(&error))
    }

    /// Announces a message in the same write as the dot before it. One that this relay cannot carry is left for its turn.
    fn behind_the_dot(&self, next: &Parcel, outgoing: &mut Vec<u8>) -> Option<Result<Announcement, End>> {
        let commands = Commands::new(next, &self.offers).ok()?;
        let mut announcement = Announcement { commands, reset: false, is_written: false, follows_refusal: false };
        announcement.write_to(outgoing);
        Some(Ok(announcement))
    }

    /// What became of the message that was handed over.
    pub(super) async fn answer(&mut self) -> Delivery {
        let end = match self.ended.take() {
            Some(end) => end,
            None => match self.wire.reply(self.timeouts.dot).await {
                Ok(reply) => {
                    End { standing: after_dot(reply.code), delivery: Delivery::Replied { step: Step::Dot, reply } }
                }
                Err(error) => in_doubt(&error),
            },
        };
        match (&mut self.announced, end.standing) {
            // The session goes on with the next message, whose replies come next.
            (Some(Ok(next)), Standing::Ready) => next.follows_refusal = false,
            (Some(Ok(next)), Standing::NeedsReset) => next.follows_refusal = true,
            (announced, standing) => {
                self.standing = standing;
                *announced = None;
            }
        }
        end.delivery
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

impl Announcement {
    fn write_to(&mut self, group: &mut Vec<u8>) {
        if self.reset {
            group.extend_from_slice(b"RSET\r\n");
        }
        group.extend_from_slice(self.commands.mail.as_bytes());
        group.extend_from_slice(self.commands.rcpt.as_bytes());
        group.extend_from_slice(b"DATA\r\n");
        self.is_written = true;
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

    /// Whether the server says that MAIL has no place here (503, RFC 5321 §4.2.4).
    fn is_out_of_sequence(&self) -> bool {
        matches!(&self.delivery, Delivery::Replied { step: Step::Mail, reply } if reply.code == 503)
    }
}

/// What a reply to MAIL, RCPT or DATA makes of the message, if it ends it.
///
/// # Errors
/// It is no answer to what was asked: the session is over.
fn refusal(step: Step, reply: Reply) -> Result<Option<End>, End> {
    let wanted = if step == Step::Data { 3 } else { 2 };
    match reply.code {
        code if code / 100 == wanted => Ok(None),
        421 => Ok(Some(End { delivery: Delivery::Replied { step, reply }, standing: Standing::Over })),
        400..600 => Ok(Some(End { delivery: Delivery::Replied { step, reply }, standing: Standing::NeedsReset })),
        code => Err(End {
            delivery: not_sent(step, &format!("the relay answered with {code}, which is no answer to what was asked")),
            standing: Standing::Over,
        }),
    }
}

/// RSET, which no server has a reason to refuse (RFC 5321 §4.1.1.5): one that does has lost its place.
fn after_reset(reply: Reply) -> Result<(), End> {
    match reply.code {
        200..300 => Ok(()),
        421 => Err(End { delivery: Delivery::Replied { step: Step::Mail, reply }, standing: Standing::Over }),
        code => Err(End {
            delivery: not_sent(Step::Mail, &format!("the relay answered RSET with {code}")),
            standing: Standing::Over,
        }),
    }
}

fn after_dot(code: u16) -> Standing {
    match code {
        421 => Standing::Over,
        200..300 => Standing::Ready,
        400..600 => Standing::NeedsReset,
        _ => Standing::Over,
    }
}

pub(super) fn not_sent(step: Step, detail: &str) -> Delivery {
    Delivery::NotSent { step, detail: detail.to_owned() }
}

fn in_doubt(error: &WireError) -> End {
    let detail = format!("after the message was handed over: {error}");
    End { delivery: Delivery::InDoubt { detail }, standing: Standing::Over }
}
