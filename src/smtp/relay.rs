//! An SMTP relay: opens sessions as lanes.

use crate::domain::outcome::Delivery;
use crate::engine::ports::{Lane, Parcel, PortFuture, Relay, RelayTrouble};

use super::admission::Admission;
use super::config::{Config, Encryption};
use super::in_flight::InFlight;
use super::session::Session;

/// A relay reached by SMTP.
pub struct SmtpRelay {
    admission: Admission,
}

impl SmtpRelay {
    /// Prepares a relay; nothing is connected yet.
    ///
    /// # Errors
    /// What is wrong with the private authority's certificates or the host name, and what to do.
    pub fn new(config: Config) -> Result<Self, String> {
        Ok(Self { admission: Admission::new(config)? })
    }
}

impl Relay for SmtpRelay {
    fn open(&self) -> PortFuture<'_, Result<Box<dyn Lane>, RelayTrouble>> {
        Box::pin(async move {
            let (wire, offers) = self.admission.connect().await?;
            let config = &self.admission.config;
            tracing::info!(
                pipelining = offers.pipelining,
                chunking = offers.chunking,
                dsn = offers.dsn,
                smtputf8 = offers.smtputf8,
                size = offers.size,
                in_clear = config.encryption == Encryption::None,
                "greeted"
            );
            let (timeouts, left) = (config.timeouts, config.messages_per_connection.max(1));
            // Commands behind one another need PIPELINING too (RFC 3030 §4.2).
            Ok(match config.in_flight {
                Some(capacity) if offers.chunking && offers.pipelining => {
                    Box::new(InFlight::new(wire, offers, timeouts, capacity, left)) as Box<dyn Lane>
                }
                _ => Box::new(SmtpLane { session: Session::new(wire, offers, timeouts), left }),
            })
        })
    }

    fn closing_line(&self) -> String {
        let config = &self.admission.config;
        format!("messages left this computer through {}:{}", config.host, config.port)
    }

    fn leaves_this_computer(&self) -> bool {
        true
    }
}

/// One session, and how many messages it may still carry.
struct SmtpLane {
    session: Session,
    left: usize,
}

impl Lane for SmtpLane {
    fn announce<'a>(&'a mut self, parcel: &'a Parcel) -> PortFuture<'a, ()> {
        self.left = self.left.saturating_sub(1);
        Box::pin(self.session.announce(parcel))
    }

    fn go_ahead(&mut self) -> PortFuture<'_, Result<(), Delivery>> {
        Box::pin(self.session.go_ahead())
    }

    fn hand_over<'a>(&'a mut self, parcel: &'a Parcel, next: Option<&'a Parcel>) -> PortFuture<'a, bool> {
        Box::pin(async move {
            let announced = self.session.hand_over(parcel, next.filter(|_| self.left > 0)).await;
            self.left = self.left.saturating_sub(usize::from(announced));
            announced
        })
    }

    fn answer(&mut self) -> PortFuture<'_, Delivery> {
        Box::pin(self.session.answer())
    }

    fn is_usable(&self) -> bool {
        self.left > 0 && self.session.is_alive()
    }

    fn is_open(&self) -> bool {
        self.session.is_open()
    }

    fn close(self: Box<Self>) -> PortFuture<'static, ()> {
        Box::pin(self.session.quit())
    }
}
