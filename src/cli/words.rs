//! The words people read for what the program names shortly.

use crate::domain::plan::HoldBack;
use crate::domain::template::choice::LanguageStep;

/// Why somebody is left out, as the end of "left out because …".
pub fn left_out(reason: HoldBack) -> &'static str {
    match reason {
        HoldBack::Erased => "forgotten at their own wish",
        HoldBack::OptedOut => "they opted out",
        HoldBack::Complained => "they complained about an earlier message",
        HoldBack::HardBounce => "the mailbox does not exist",
        HoldBack::InvalidAddress => "today's policy refuses the address",
        HoldBack::UnsupportedAddress => "the relay cannot carry the address",
        HoldBack::NoBasis => "no basis for writing to them, or another purpose",
        HoldBack::AlreadyInvited => "they have this invitation already",
        HoldBack::AlreadyRegistered => "they are registered already",
        HoldBack::ContactedRecently => "they were written to recently",
        HoldBack::DuplicateAddress => "the same person at another address",
        HoldBack::HoldOut => "comparison group",
        HoldBack::NoVariant => "no text in a language of theirs",
        HoldBack::MissingValue => "a value that the text needs is empty",
        HoldBack::OverLimit => "the limit of the audience or the organisation is reached",
    }
}

/// What decided a message's language, after a number.
pub fn language_step(step: LanguageStep) -> &'static str {
    match step {
        LanguageStep::Own => "their own language",
        LanguageStep::Base => "the base of their language",
        LanguageStep::Country => "an official language of their country",
        LanguageStep::Default => "the campaign's default",
    }
}
