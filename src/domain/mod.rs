//! The nouns of outreach and the rules about them. Pure: time, randomness and secrets are arguments.

pub mod address;
pub mod campaign;
pub mod chain;
pub mod contact;
pub mod geography;
pub mod hold_back;
pub mod invitation;
pub mod keys;
pub mod language;
pub mod message;
pub mod organisation;
pub mod outcome;
pub mod pace;
pub mod participation;
pub mod plan;
pub mod problem;
pub mod refusals;
pub mod retry;
pub mod segment;
pub mod stop_rule;
pub mod suggestion;
pub mod suppression;
pub mod token;
pub mod verdict;
