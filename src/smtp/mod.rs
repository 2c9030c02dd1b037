//! How messages leave: their octets and signatures, one SMTP session of our own, the relay made of such sessions, and the folder relay.
//!
//! A [`relay::SmtpRelay`] opens lanes, each on a connection that `opening` has greeted, encrypted and signed in: a `session`
//! (one message after the other, PIPELINING where offered) or, where the settings ask for it, one with several messages
//! `in_flight`. It speaks through a `wire` (bounded replies, a time limit for every step) over a `stream` (in clear or
//! `tls`). What happened is told as facts ([`crate::domain::outcome::Delivery`]); what it means is decided in
//! [`crate::domain::verdict`].

pub mod config;
pub mod dkim;
pub mod dot;
pub mod mime;
pub mod outbox;
pub mod relay;
pub mod reply;

mod auth;
mod commands;
mod ehlo;
mod encoding;
mod in_flight;
mod opening;
mod session;
mod stream;
mod tls;
mod trouble;
mod wire;
