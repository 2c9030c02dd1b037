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
///
/// A parcel goes through in four steps: it is announced (from whom, for whom), the relay gives the go-ahead, its content is
/// handed over, and the relay answers. Only handing over is a point of no return; whoever calls it has recorded the intent.
/// The steps write or read, never both, so that a caller has work to do while the relay thinks: between announcing and the
/// go-ahead the intent is recorded, and the next parcel is announced in the same write as this one's end.
pub trait Lane: Send {
    /// How many parcels may be handed over before the first of them is answered. With more than one, there is nothing to
    /// announce: every parcel goes as a whole, and its go-ahead is given.
    fn capacity(&self) -> usize {
        1
    }
    /// Says whom a parcel is from and for. What fails is told by [`Lane::go_ahead`].
    fn announce<'a>(&'a mut self, parcel: &'a Parcel) -> PortFuture<'a, ()>;
    /// Waits until the relay asks for the content of the announced parcel; else says what became of the parcel.
    fn go_ahead(&mut self) -> PortFuture<'_, Result<(), Delivery>>;
    /// Hands over the content of the parcel that has its go-ahead: the point of no return. `next` is announced behind it
    /// where the relay takes that; says whether it was.
    fn hand_over<'a>(&'a mut self, parcel: &'a Parcel, next: Option<&'a Parcel>) -> PortFuture<'a, bool>;
    /// What became of the parcel handed over longest ago. May be dropped and asked again: no answer gets lost.
    fn answer(&mut self) -> PortFuture<'_, Delivery>;
    /// Whether another parcel may be announced (cap per connection, 421, lost connection).
    fn is_usable(&self) -> bool;
    /// Whether the connection stands, so that an announced parcel may still get its go-ahead.
    fn is_open(&self) -> bool;
    /// QUIT, and wait for the reply briefly. A lane with an announced parcel is dropped instead: the relay waits for its
    /// content and would take the QUIT for it.
    fn close(self: Box<Self>) -> PortFuture<'static, ()>;

    /// Delivers parcels in order, one after the other, and says for each what happened. Every parcel's intent is recorded
    /// already.
    fn deliver<'a>(&'a mut self, parcels: &'a [Parcel]) -> PortFuture<'a, Vec<Delivery>> {
        Box::pin(async move {
            let mut deliveries = Vec::with_capacity(parcels.len());
            let mut announced = false;
            for (n, parcel) in parcels.iter().enumerate() {
                if !announced {
                    self.announce(parcel).await;
                }
                announced = false;
                if let Err(delivery) = self.go_ahead().await {
                    deliveries.push(delivery);
                    continue;
                }
                announced = self.hand_over(parcel, parcels.get(n + 1)).await;
                deliveries.push(self.answer().await);
            }
            deliveries
        })
    }
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
    /// Whether a message takes so long to write that every processor should have its share: signatures may.
    fn is_costly(&self) -> bool {
        false
    }
    /// Both steps at once.
    ///
    /// # Errors
    /// What a header cannot carry.
    fn write(&self, letter: &Letter, stamp: &Stamp) -> Result<Vec<u8>, String> {
        self.stamped(&self.canonical(letter)?, stamp)
    }
}
