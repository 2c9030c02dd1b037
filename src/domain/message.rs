//! A message as data, before it becomes octets.

use jiff::Timestamp;

use super::language::LanguageTag;
use super::organisation::Mailbox;

/// Everything a message says, for one recipient. What the digest is taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// From.
    pub from: Mailbox,
    /// To: exactly one recipient.
    pub to: Mailbox,
    /// Reply-To, where set.
    pub reply_to: Option<Mailbox>,
    /// Subject, decoded.
    pub subject: String,
    /// Plain text part; lines end with `\n`.
    pub text: String,
    /// HTML part.
    pub html: String,
    /// Language of both parts.
    pub language: LanguageTag,
    /// List-Id, without angle brackets.
    pub list_id: String,
    /// One-click opt-out link (RFC 8058), where there are opt-out pages.
    pub opt_out_url: Option<String>,
    /// Address of the mailto opt-out.
    pub opt_out_mailto: String,
}

/// What is fixed at the first intent and reused on every retry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Message-ID without angle brackets.
    pub message_id: String,
    /// Date header.
    pub date: Timestamp,
}

/// SMTP envelope of one message. Commands are built from checked parts only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Return path (VERP), an address in ASCII.
    pub mail_from: String,
    /// The recipient.
    pub rcpt_to: super::address::EmailAddress,
}
