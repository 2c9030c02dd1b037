//! How messages leave: their octets and signatures, one SMTP session of our own, the relay made of such sessions, and the folder relay.
//!
//! A [`relay::SmtpRelay`] opens lanes; each holds a session, which `opening` has greeted, encrypted and signed in, and
//! which speaks through a `wire` (bounded replies, a time limit for every step) over a `stream` (in clear or `tls`).
//! What happened is told as facts ([`crate::domain::outcome::Delivery`]); what it means is decided in
//! [`crate::domain::verdict`].

pub mod config;
pub mod dkim;
pub mod mime;
pub mod outbox;
pub mod relay;
pub mod reply;

mod auth;
mod commands;
mod dot;
mod ehlo;
mod encoding;
mod opening;
mod session;
mod stream;
mod tls;
mod trouble;
mod wire;
