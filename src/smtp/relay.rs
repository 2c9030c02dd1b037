//! An SMTP relay: opens sessions as lanes, and remembers that it was refused.

use tokio::sync::Mutex;

use crate::domain::outcome::Delivery;
use crate::engine::ports::{Lane, Parcel, PortFuture, Relay, RelayTrouble};

use super::config::{Config, Encryption};
use super::ehlo::Capabilities;
use super::in_flight::InFlight;
use super::opening;
use super::session::Session;
use super::tls::Tls;
use super::wire::Wire;

/// A relay reached by SMTP.
pub struct SmtpRelay {
    config: Config,
    tls: Option<Tls>,
    standing: Mutex<Standing>,
}

/// What is known of the relay. Eight lanes that open at once must not be eight failed attempts at a password: providers
/// lock accounts for less.
enum Standing {
    /// Nobody got in yet; whoever tries holds the lock meanwhile.
    Untried,
    /// Somebody got in.
    Proven,
    /// A person must act: nobody tries again.
    Refused(RelayTrouble),
}

impl SmtpRelay {
    /// Prepares a relay; nothing is connected yet.
    ///
    /// # Errors
    /// What is wrong with the private authority's certificates or the host name, and what to do.
    pub fn new(config: Config) -> Result<Self, String> {
        let tls = match config.encryption {
            Encryption::None => None,
            _ => Some(Tls::new(&config.host, config.private_ca.as_deref())?),
        };
        Ok(Self { config, tls, standing: Mutex::new(Standing::Untried) })
    }

    async fn connect(&self) -> Result<(Wire, Capabilities), RelayTrouble> {
        let mut standing = self.standing.lock().await;
        match &*standing {
            Standing::Refused(trouble) => return Err(trouble.clone()),
            Standing::Untried => return self.try_to_open(&mut standing).await,
            Standing::Proven => drop(standing),
        }
        let opened = opening::open(&self.config, self.tls.as_ref()).await;
        if let Err(trouble @ RelayTrouble::Lasting { .. }) = &opened {
            *self.standing.lock().await = Standing::Refused(trouble.clone());
        }
        opened
    }

    async fn try_to_open(&self, standing: &mut Standing) -> Result<(Wire, Capabilities), RelayTrouble> {
        let opened = opening::open(&self.config, self.tls.as_ref()).await;
        match &opened {
            Ok(_) => *standing = Standing::Proven,
            Err(trouble @ RelayTrouble::Lasting { .. }) => *standing = Standing::Refused(trouble.clone()),
            Err(RelayTrouble::Passing { .. }) => {}
        }
        opened
    }
}

impl Relay for SmtpRelay {
    fn open(&self) -> PortFuture<'_, Result<Box<dyn Lane>, RelayTrouble>> {
        Box::pin(async move {
            let (wire, offers) = self.connect().await?;
            tracing::info!(
                pipelining = offers.pipelining,
                chunking = offers.chunking,
                dsn = offers.dsn,
                smtputf8 = offers.smtputf8,
                size = offers.size,
                in_clear = self.tls.is_none(),
                "greeted"
            );
            let (timeouts, left) = (self.config.timeouts, self.config.messages_per_connection.max(1));
            // Commands behind one another need PIPELINING too (RFC 3030 §4.2).
            Ok(match self.config.in_flight {
                Some(capacity) if offers.chunking && offers.pipelining => {
                    Box::new(InFlight::new(wire, offers, timeouts, capacity, left)) as Box<dyn Lane>
                }
                _ => Box::new(SmtpLane { session: Session::new(wire, offers, timeouts), left }),
            })
        })
    }

    fn closing_line(&self) -> String {
        format!("messages left this computer through {}:{}", self.config.host, self.config.port)
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
