//! Convoke sends targeted invitations to the people a meeting is missing, and can prove what it did.
//!
//! # The map
//!
//! | module | what it is | may use |
//! |---|---|---|
//! | [`domain`] | the nouns and rules; pure: no files, sockets, database, clock, randomness, async | nothing here |
//! | [`engine`] | the use cases, and the ports they need | `domain` |
//! | [`files`], [`smtp`], [`ledger`], [`clock`] | adapters; they do not know each other | `engine::ports`, `domain`, `system` |
//! | [`system`] | where operating systems differ: private files, synced folders, interruptions | nothing here |
//! | [`settings`] | `convoke.toml` and the environment, checked once | `domain`, `files::toml_reader` |
//! | [`cli`] | one file per command: parse, call one engine function, print | everything |
//!
//! `tests/import_rule.rs` reads the sources and keeps these directions.

pub mod cli;
pub mod clock;
pub mod domain;
pub mod engine;
pub mod files;
pub mod ledger;
pub mod settings;
pub mod smtp;
pub mod system;
