//! The use cases, over [`crate::domain`] and the [`ports`] only.

pub mod audit;
mod caps_so_far;
pub mod contacts;
pub mod countries;
pub mod find_gaps;
pub mod import;
pub mod letter;
pub mod opt_out;
pub mod plan;
pub mod ports;
pub mod review;
pub mod send;
pub mod status;
