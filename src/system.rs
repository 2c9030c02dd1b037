//! Where operating systems differ: rights of files and folders, syncing a folder, who we run as, how a person interrupts.
//!
//! Everything else in this crate asks the standard library in words that every system knows; `tests/portable.rs` reads
//! the sources and keeps it so. This module knows no other, so every adapter may use it.

pub mod in_use;
pub mod interrupt;
pub mod mounts;
pub mod private;
pub mod rights;
pub mod shell;
pub mod user;
