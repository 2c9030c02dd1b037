//! How messages leave: their octets and signatures, one SMTP session of our own, the relay made of such sessions, and the folder relay.
//!
//! A [`relay::SmtpRelay`] opens lanes. `admission` says who may try, and `opening` greets, encrypts and signs in (`auth`: with
//! a password, or by `oauth` with a `token`). A lane is a `session` (one message after the other, PIPELINING where offered) or,
//! where the settings ask for it, one with several messages `in_flight`. It speaks through a `wire` (bounded replies, a time
//! limit for every step) over a `stream` (in clear or `tls`). What happened is told as facts
//! ([`crate::domain::outcome::Delivery`]); what it means is decided in [`crate::domain::verdict`].

pub mod config;
pub mod dkim;
pub mod dot;
pub mod mime;
pub mod outbox;
pub mod relay;
pub mod reply;

mod admission;
mod auth;
mod commands;
mod ehlo;
mod encoding;
mod in_flight;
mod oauth;
mod opening;
mod session;
mod stream;
mod tls;
mod token;
mod trouble;
mod wire;
