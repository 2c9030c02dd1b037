//! A session with several messages in flight (CHUNKING, RFC 3030): what costs a round trip otherwise costs a part of one.
//!
//! Every message goes as a whole: RSET, MAIL, RCPT and BDAT LAST with its content. RFC 3030 §4.2 wants BDAT after the
//! replies to RCPT, and a RSET after a BDAT that failed; so this is for relays that are known to take it, and the RSET stands
//! before each message, where it sets right whatever became of the one before. The point of no return is the write that
//! holds the last octet of the content. Every message that was handed over and not answered is in doubt when the connection
//! is lost: as many as are in flight, which the window bounds. A server that says that it closes (421) and then closes without
//! another reply has answered in order, as it must: it took none of those it did not answer.

use std::collections::VecDeque;

use crate::domain::outcome::{Delivery, Reply, Step};
use crate::domain::timeouts::Timeouts;
use crate::engine::ports::{Lane, Parcel, PortFuture};

use super::commands::Commands;
use super::ehlo::Capabilities;
use super::session::{FAREWELL, not_sent};
use super::wire::{Wire, WireError};

/// Content handed to the system at once.
const PIECE: usize = 64 * 1024;

/// The commands of one message, in the order of their replies.
const STEPS: [Step; 4] = [Step::Mail, Step::Mail, Step::Rcpt, Step::Dot];

/// A message that was handed over, or that came to nothing before it was.
enum Flight {
    /// Which of the four replies comes next, and the one that decided: the first refusal, or the last.
    Awaited {
        next: usize,
        decided: Option<(Step, Reply)>,
    },
    Ended(Delivery),
}

/// A connection with several messages in flight.
pub(super) struct InFlight {
    wire: Wire,
    offers: Capabilities,
    timeouts: Timeouts,
    capacity: usize,
    /// Messages the connection may still carry.
    left: usize,
    flights: VecDeque<Flight>,
    /// Why nothing more goes out.
    lost: Option<String>,
    /// Replies can no longer be had, or told apart.
    deaf: bool,
    /// The server said that it closes; whether it does has not been seen yet.
    is_closing: bool,
    /// It closed without another reply.
    left_unread: bool,
    outgoing: Vec<u8>,
}

impl InFlight {
    pub(super) fn new(wire: Wire, offers: Capabilities, timeouts: Timeouts, capacity: usize, left: usize) -> Self {
        let (flights, outgoing) = (VecDeque::with_capacity(capacity), Vec::new());
        Self {
            wire,
            offers,
            timeouts,
            capacity: capacity.max(1),
            left,
            flights,
            lost: None,
            deaf: false,
            is_closing: false,
            left_unread: false,
            outgoing,
        }
    }

    async fn send(&mut self, parcel: &Parcel) {
        self.left = self.left.saturating_sub(1);
        let flight = match Commands::new(parcel, &self.offers) {
            Err(detail) => Flight::Ended(Delivery::Unsupported { detail }),
            Ok(_) if self.lost.is_some() => {
                Flight::Ended(not_sent(Step::Mail, "the connection was lost before this message's turn"))
            }
            Ok(commands) => self.write(&commands, &parcel.octets).await,
        };
        self.flights.push_back(flight);
    }

    /// Writes a message whole. What fails before the last piece is certainly not delivered: the server still waits for the
    /// octets that BDAT announced.
    async fn write(&mut self, commands: &Commands, octets: &[u8]) -> Flight {
        let mut outgoing = std::mem::take(&mut self.outgoing);
        outgoing.clear();
        outgoing.extend_from_slice(b"RSET\r\n");
        outgoing.extend_from_slice(commands.mail.as_bytes());
        outgoing.extend_from_slice(commands.rcpt.as_bytes());
        outgoing.extend_from_slice(format!("BDAT {} LAST\r\n", octets.len()).as_bytes());
        let mut pieces = octets.chunks(PIECE).peekable();
        let mut flight = Flight::Awaited { next: 0, decided: None };
        while let Some(piece) = pieces.next() {
            outgoing.extend_from_slice(piece);
            if let Err(error) = self.wire.write(&outgoing, self.timeouts.body).await {
                self.lost = Some(error.to_string());
                if pieces.peek().is_some() {
                    flight = Flight::Ended(not_sent(Step::Body, &error.to_string()));
                }
                break;
            }
            outgoing.clear();
        }
        self.outgoing = outgoing;
        flight
    }

    /// Reads replies until the oldest message is decided, or nothing more can be heard.
    async fn hear(&mut self) -> Delivery {
        while let Some(step) = self.awaited().filter(|_| !self.deaf) {
            let limit = match step {
                Step::Mail => self.timeouts.mail,
                Step::Rcpt => self.timeouts.rcpt,
                _ => self.timeouts.dot,
            };
            match self.wire.reply(limit).await {
                Ok(reply) => {
                    if self.take(step, reply) {
                        break;
                    }
                }
                Err(error) => self.hang_up(error.to_string()),
            }
        }
        if self.is_closing {
            let end = self.wire.reply(FAREWELL).await;
            self.left_unread = matches!(end, Err(WireError::Closed | WireError::Lost(_)));
            self.is_closing = false;
        }
        self.land()
    }

    /// The step of the oldest message whose reply comes next.
    fn awaited(&self) -> Option<Step> {
        match self.flights.front() {
            Some(Flight::Awaited { next, .. }) => STEPS.get(*next).copied(),
            _ => None,
        }
    }

    /// Takes a reply to the oldest message; says whether nothing more is to be heard about it.
    fn take(&mut self, step: Step, reply: Reply) -> bool {
        let Some(Flight::Awaited { next, decided }) = self.flights.front_mut() else { return true };
        let (is_reset, is_last, code) = (*next == 0, *next + 1 == STEPS.len(), reply.code);
        *next += 1;
        match code {
            200..300 if !is_last => false,
            // RSET is never refused (RFC 5321 §4.1.1.5), and a reply of another kind answers nothing we asked.
            200..300 | 400..600 if !is_reset || code == 421 => {
                decided.get_or_insert((step, reply));
                if code == 421 {
                    self.hang_up("the relay closed the connection".to_owned());
                    self.is_closing = true;
                }
                is_last || code == 421
            }
            _ => {
                self.hang_up(format!("the relay answered with {code}, which is no answer to what was asked"));
                true
            }
        }
    }

    /// Nothing more is said or believed.
    fn hang_up(&mut self, why: String) {
        self.deaf = true;
        self.lost.get_or_insert(why);
    }

    /// Takes the oldest message out. What was decided about it counts; else it is in doubt.
    fn land(&mut self) -> Delivery {
        match self.flights.pop_front() {
            None => not_sent(Step::Mail, "nothing was handed over"),
            Some(Flight::Ended(delivery)) => delivery,
            Some(Flight::Awaited { decided: Some((step, reply)), .. }) => Delivery::Replied { step, reply },
            Some(Flight::Awaited { decided: None, next: 0 }) if self.left_unread => {
                not_sent(Step::Mail, "the relay closed the connection before this message's turn")
            }
            Some(Flight::Awaited { decided: None, .. }) => {
                let why = self.lost.as_deref().unwrap_or("the relay did not answer");
                Delivery::InDoubt { detail: format!("after the message was handed over: {why}") }
            }
        }
    }
}

impl Lane for InFlight {
    fn capacity(&self) -> usize {
        self.capacity
    }

    fn announce<'a>(&'a mut self, _: &'a Parcel) -> PortFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }

    fn go_ahead(&mut self) -> PortFuture<'_, Result<(), Delivery>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn hand_over<'a>(&'a mut self, parcel: &'a Parcel, _: Option<&'a Parcel>) -> PortFuture<'a, bool> {
        Box::pin(async move {
            self.send(parcel).await;
            false
        })
    }

    fn answer(&mut self) -> PortFuture<'_, Delivery> {
        Box::pin(self.hear())
    }

    fn is_usable(&self) -> bool {
        self.left > 0 && self.lost.is_none()
    }

    fn is_open(&self) -> bool {
        self.lost.is_none()
    }

    fn close(self: Box<Self>) -> PortFuture<'static, ()> {
        Box::pin(async move {
            if self.lost.is_none() && self.flights.is_empty() {
                self.wire.quit(FAREWELL).await;
            }
        })
    }
}
