//! Where messages leave through, and what writes them.

use std::future::Future;
use std::pin::Pin;

use crate::domain::message::Envelope;
use crate::domain::message::Letter;
use crate::domain::message::Stamp;
use crate::domain::outcome::Delivery;
use crate::domain::outcome::Reply;

/// One message on its way to the relay.
#[derive(Clone)]
pub struct Parcel {
    /// Envelope.
    pub envelope: Envelope,
    /// The exact octets: CRLF line ends, not dot-stuffed, ending in CRLF.
    pub octets: Vec<u8>,
    /// Campaign, for relays that file by it.
    pub campaign: String,
    /// Left side of the Message-ID, for relays that file by it.
    pub message_id_local: String,
}

impl std::fmt::Debug for Parcel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parcel").field("octets", &self.octets.len()).finish_non_exhaustive()
    }
}

/// The relay would not serve us: about us, not about any recipient.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelayTrouble {
    /// Worth another try after a while: connection refused or lost, 4yz to banner, EHLO, STARTTLS or AUTH.
    #[error("{detail}")]
    Passing {
        /// What happened, and the step.
        detail: String,
        /// The reply, where there was one.
        reply: Option<Reply>,
    },
    /// A person must act: 5yz to banner, EHLO or AUTH, certificate, STARTTLS missing, wrong settings.
    #[error("{detail}")]
    Lasting {
        /// What happened, and what to do about it.
        detail: String,
        /// The reply, where there was one.
        reply: Option<Reply>,
    },
}

/// A future a port gives.
pub type PortFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where messages leave through.
pub trait Relay: Send + Sync {
    /// Opens a lane: one connection that is greeted, encrypted and authenticated where the settings ask for it, before
    /// any intent is recorded.
    fn open(&self) -> PortFuture<'_, Result<Box<dyn Lane>, RelayTrouble>>;
    /// What the closing line says: `nothing left this computer: the relay is an outbox folder`.
    fn closing_line(&self) -> String;
    /// Whether anything leaves this computer (then a live send asks for confirmation).
    fn leaves_this_computer(&self) -> bool;
}

/// One connection to the next hop. Used by one task; dropped and reopened after [`Lane::is_usable`] says no.
pub trait Lane: Send {
    /// Delivers parcels in order and says for each what happened. Every parcel's intent is recorded already.
    fn deliver<'a>(&'a mut self, parcels: &'a [Parcel]) -> PortFuture<'a, Vec<Delivery>>;
    /// Whether another batch may go through (cap per connection, 421, lost connection).
    fn is_usable(&self) -> bool;
    /// QUIT, and wait for the reply briefly.
    fn close(self: Box<Self>) -> PortFuture<'static, ()>;
}

/// Turns letters into octets.
pub trait MessageWriter: Send + Sync {
    /// The message without Date and Message-ID: what the digest is taken over.
    ///
    /// # Errors
    /// What a header cannot carry.
    fn canonical(&self, letter: &Letter) -> Result<Vec<u8>, String>;
    /// The message as it leaves: the canonical one with Date and Message-ID.
    ///
    /// # Errors
    /// What a header cannot carry.
    fn stamped(&self, canonical: &[u8], stamp: &Stamp) -> Result<Vec<u8>, String>;
    /// Both steps at once.
    ///
    /// # Errors
    /// What a header cannot carry.
    fn write(&self, letter: &Letter, stamp: &Stamp) -> Result<Vec<u8>, String> {
        self.stamped(&self.canonical(letter)?, stamp)
    }
}
