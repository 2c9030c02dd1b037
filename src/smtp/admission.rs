//! How lanes get in: who may try to sign in, with which token, and what is remembered of being refused.
//!
//! Eight lanes that open at once must not be eight failed attempts at a password, or eight runs of a command: providers lock
//! accounts for less. So one lane tries until somebody got in; and whatever makes a token, tries it first.

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::engine::ports::RelayTrouble;

use super::auth::{Login, Proof};
use super::config::{Config, Encryption, Secret, TokenCommand};
use super::ehlo::Capabilities;
use super::opening;
use super::tls::Tls;
use super::token::{self, Token};
use super::wire::Wire;

type Opened = Result<(Wire, Capabilities), RelayTrouble>;

/// The way into a relay.
pub(super) struct Admission {
    pub(super) config: Config,
    tls: Option<Tls>,
    standing: Mutex<Standing>,
}

/// What is known of the relay. Whoever holds the lock is the one who tries.
#[derive(Default)]
struct Standing {
    /// Somebody got in, with the token that is held where there is one.
    is_proven: bool,
    /// A person must act: nobody tries again.
    refused: Option<RelayTrouble>,
    token: Option<Token>,
    /// When the command last printed no token, and what that was.
    failed: Option<(Instant, RelayTrouble)>,
    /// It has printed one before.
    has_worked: bool,
}

impl Admission {
    /// # Errors
    /// What is wrong with the private authority's certificates or the host name, and what to do.
    pub(super) fn new(config: Config) -> Result<Self, String> {
        let tls = match config.encryption {
            Encryption::None => None,
            _ => Some(Tls::new(&config.host, config.private_ca.as_deref())?),
        };
        Ok(Self { config, tls, standing: Mutex::default() })
    }

    /// Opens a connection that is greeted, encrypted and signed in.
    pub(super) async fn connect(&self) -> Opened {
        let asked_at = token::now();
        let mut standing = self.standing.lock().await;
        if let Some(trouble) = &standing.refused {
            return Err(trouble.clone());
        }
        let held = standing.token.clone().filter(|held| self.is_young(held));
        if !standing.is_proven || (held.is_none() && self.token_command().is_some()) {
            return self.try_to_open(&mut standing, asked_at).await;
        }
        drop(standing);
        let opened = self.open(held.as_ref()).await;
        let Err(trouble @ RelayTrouble::Lasting { .. }) = opened else { return opened };
        let mut standing = self.standing.lock().await;
        match held {
            Some(held) if is_refused_token(&trouble) && standing.refused.is_none() => {
                if standing.token.as_ref().is_some_and(|token| token.is(&held)) {
                    (standing.token, standing.is_proven) = (None, false);
                }
                self.try_to_open(&mut standing, asked_at).await
            }
            _ => Err(standing.refused.get_or_insert(trouble).clone()),
        }
    }

    /// Tries to get in, with a new token where the one at hand is refused. A refused new one is the end.
    async fn try_to_open(&self, standing: &mut Standing, asked_at: Instant) -> Opened {
        loop {
            let is_new = match self.token_command() {
                Some(command) => self.see_to_a_token(standing, command, asked_at).await?,
                None => false,
            };
            let opened = self.open(standing.token.as_ref()).await;
            match &opened {
                Ok(_) => standing.is_proven = true,
                Err(trouble) if standing.token.is_some() && !is_new && is_refused_token(trouble) => {
                    (standing.token, standing.is_proven) = (None, false);
                    continue;
                }
                Err(trouble @ RelayTrouble::Lasting { .. }) => standing.refused = Some(trouble.clone()),
                Err(RelayTrouble::Passing { .. }) => {}
            }
            return opened;
        }
    }

    /// Makes a token unless a young one is held; whether it did.
    ///
    /// # Errors
    /// None could be made. Lasting at first: the command is wrong as it stands. Once it has worked, what it needs may only be
    /// out of reach.
    async fn see_to_a_token(
        &self,
        standing: &mut Standing,
        command: &TokenCommand,
        asked_at: Instant,
    ) -> Result<bool, RelayTrouble> {
        if standing.token.as_ref().is_some_and(|held| self.is_young(held)) {
            return Ok(false);
        }
        // It was run while this lane waited for its turn.
        if let Some((_, trouble)) = standing.failed.as_ref().filter(|(at, _)| *at > asked_at) {
            return Err(trouble.clone());
        }
        (standing.token, standing.is_proven) = (None, false);
        match Token::make(command, self.config.timeouts.auth).await {
            Ok(token) => {
                (standing.token, standing.has_worked) = (Some(token), true);
                Ok(true)
            }
            Err(what) => {
                let detail = format!("relay.token_command: {what}");
                let trouble = if standing.has_worked {
                    RelayTrouble::Passing { detail, reply: None }
                } else {
                    let trouble = RelayTrouble::Lasting { detail, reply: None };
                    standing.refused.insert(trouble).clone()
                };
                standing.failed = Some((token::now(), trouble.clone()));
                Err(trouble)
            }
        }
    }

    async fn open(&self, token: Option<&Token>) -> Opened {
        let login = self.config.credentials.as_ref().and_then(|credentials| {
            let proof = match &credentials.secret {
                Secret::Password(password) => Proof::Password(password),
                Secret::Token(_) => Proof::Token(token?),
            };
            Some(Login { username: &credentials.username, proof })
        });
        opening::open(&self.config, self.tls.as_ref(), login.as_ref()).await
    }

    fn token_command(&self) -> Option<&TokenCommand> {
        match &self.config.credentials.as_ref()?.secret {
            Secret::Token(command) => Some(command),
            Secret::Password(_) => None,
        }
    }

    fn is_young(&self, token: &Token) -> bool {
        self.token_command().is_some_and(|command| token.is_within(command.lifetime))
    }
}

/// 535 (RFC 4954 §6): a token that was good may have expired.
fn is_refused_token(trouble: &RelayTrouble) -> bool {
    matches!(trouble, RelayTrouble::Lasting { reply: Some(reply), .. } if reply.code == 535)
}
