//! What mail servers say in words and private codes: the one place that lists them, each line with its meaning and where
//! it is documented.
//!
//! Nobody is marked for what a relay says about its own client. So a refusal that speaks about us (our quota, our rights,
//! our reputation, our content) stands in [`SENDER_REFUSALS`], and a refusal that says "no such user" without a code
//! (RFC 3463) must stand in [`NO_SUCH_USER`] before anybody is suppressed for it. Words are compared in lower case,
//! with everything between angle brackets left out: addresses are quoted there, and an address may contain any words.

use super::outcome::{Reply, Step};

mod about_us;

pub use about_us::SENDER_REFUSALS;

/// From which step on a line counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// Also in the reply to RCPT: the words name the sender or the client, whatever command they answer. Postfix delays
    /// such refusals to RCPT (`smtpd_delay_reject`).
    Rcpt,
    /// Only once DATA was asked for: said about RCPT, the same code speaks of the recipient.
    Data,
}

/// What a line looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Enhanced status codes `class.subject.from` to `class.subject.to`.
    Status(u16, u16, u16, u16),
    /// A reply code together with an enhanced status code.
    CodeAndStatus(u16, (u16, u16, u16)),
    /// Words, in lower case.
    Words(&'static str),
}

/// One refusal that is about us, not about the recipient.
#[derive(Debug, PartialEq, Eq)]
pub struct SenderRefusal {
    /// What to look for.
    pub sign: Sign,
    /// From which step on.
    pub since: Since,
    /// What it means.
    pub meaning: &'static str,
    /// What a person should do.
    pub remedy: &'static str,
    /// Where it is documented.
    pub source: &'static str,
}

/// Words for "no such user" that count where a 550 to 553 carries no enhanced status code.
pub const NO_SUCH_USER: &[(&str, &str)] = &[
    ("user unknown", "Postfix, Sendmail, Courier"),
    ("unknown user", "Exim, qmail"),
    ("no such user", "Exim, many others"),
    ("no such mailbox", "several"),
    ("no such recipient", "Exchange, several"),
    ("no such address", "several"),
    ("no mailbox here by that name", "qmail's qmail-smtpd patches"),
    ("no mail-box here by that name", "Sohu and others with qmail's words"),
    ("unknown recipient", "several"),
    ("recipient unknown", "several"),
    ("recipient not found", "Exchange"),
    ("user not found", "several"),
    ("mailbox not found", "Yahoo, several"),
    ("user does not exist", "several"),
    ("user doesn't exist", "several"),
    ("mailbox does not exist", "several"),
    ("recipient does not exist", "several"),
    ("address does not exist", "several"),
    ("not a valid user", "several"),
    ("not a valid mailbox", "several"),
    ("invalid mailbox", "mail.ru"),
    ("unknown local part", "Exim"),
    ("utilisateur inconnu", "French servers"),
    ("usuario desconocido", "Spanish servers"),
];

/// Words that turn the meaning around: the server tried *our* address and did not find it (Exim's sender verification
/// quotes the refusal it got, "no such user" included).
const ABOUT_THE_SENDER: &[&str] = &["sender", "return path", "return-path", "envelope from", "mail from", "callout"];

/// Quotas of a day, which some servers tell with a temporary code: what is spent is not there again in half an hour.
const DAILY_QUOTAS: &[&str] = &["daily message quota exceeded", "daily smtp relay", "daily user sending limit"];

/// Words by which a server asks us to slow down.
const RATE_WORDS: &[(&str, &str)] = &[
    ("rate limit", "several"),
    ("rate-limit", "several"),
    ("ratelimit", "several"),
    ("throttl", "Amazon SES, Exchange"),
    ("too many", "Postfix anvil: connections, messages, recipients"),
    ("too quickly", "Gmail"),
    ("too fast", "several"),
    ("too much mail", "Postfix: smtpd_client_message_rate_limit"),
    ("slow down", "several"),
    ("unusual rate", "Gmail"),
    ("receiving mail at a rate", "Gmail"),
    ("limit exceeded", "Gmail, Exchange: thread, relay and peak limits"),
    ("server busy", "Gmail, Exchange"),
];

/// Words by which a relay says that we have more connections than it takes.
const CONNECTION_WORDS: &[(&str, &str)] = &[
    ("too many connections", "Postfix anvil: smtpd_client_connection_count_limit"),
    ("too many concurrent", "Exim: smtp_accept_max; several"),
    ("concurrent connection", "Exchange Online: 432 4.3.2"),
    ("thread limit exceeded", "Exchange Online: 432 4.3.2 STOREDRV"),
    ("too many sessions", "several"),
];

/// Words by which a relay says that our client, not a recipient's domain, is too fast.
const CLIENT_WORDS: &[(&str, &str)] = &[
    ("too many recipients from", "Postfix anvil: smtpd_client_recipient_rate_limit"),
    ("too much mail from", "Postfix anvil: smtpd_client_message_rate_limit"),
    ("too many messages from", "several"),
    ("maximum sending rate", "Amazon SES: 454 Throttling failure"),
];

/// The line that says a refusal is about us, if any. Consult it for RCPT, DATA and the final dot.
pub fn sender_refusal(step: Step, reply: &Reply) -> Option<&'static SenderRefusal> {
    let words = words_of(reply);
    SENDER_REFUSALS.iter().find(|line| {
        (line.since == Since::Rcpt || step > Step::Rcpt)
            && match line.sign {
                Sign::Status(class, subject, from, to) => {
                    reply.enhanced.is_some_and(|(c, s, d)| c == class && s == subject && (from..=to).contains(&d))
                }
                Sign::CodeAndStatus(code, status) => reply.code == code && reply.enhanced == Some(status),
                Sign::Words(phrase) => words.contains(phrase),
            }
    })
}

/// The line that says, with a temporary code, that our quota of the day is spent.
pub fn spent_quota(reply: &Reply) -> Option<&'static SenderRefusal> {
    let words = words_of(reply);
    let is_daily = reply.is_temporary() && DAILY_QUOTAS.iter().any(|phrase| words.contains(phrase));
    if !is_daily {
        return None;
    }
    SENDER_REFUSALS.iter().find(|line| matches!(line.sign, Sign::Words(phrase) if words.contains(phrase)))
}

/// Whether a refusal of RCPT says that the mailbox does not exist: an enhanced status code that says so (RFC 3463 §3.2,
/// RFC 7505 for 5.1.10), or, where there is none, a 550 to 553 with listed words.
pub fn says_no_such_user(reply: &Reply) -> bool {
    match reply.enhanced {
        Some(status) => matches!(status, (5, 1, 1 | 2 | 3 | 6 | 10)),
        None => {
            let words = words_of(reply);
            (550..=553).contains(&reply.code)
                && NO_SUCH_USER.iter().any(|(phrase, _)| words.contains(phrase))
                && !ABOUT_THE_SENDER.iter().any(|phrase| words.contains(phrase))
        }
    }
}

/// Words by which a server ends a session for the errors in it.
const ERROR_WORDS: &[(&str, &str)] = &[
    ("too many errors", "Postfix: smtpd_hard_error_limit"),
    ("too many syntax or protocol errors", "Exim: smtp_max_synprot_errors"),
];

/// Whether a temporary reply asks us to slow down: 421, 4.7.x, 4.4.5 (congestion, RFC 3463 §3.5), or words.
pub fn asks_to_slow_down(reply: &Reply) -> bool {
    if !reply.is_temporary() {
        return false;
    }
    let by_status = matches!(reply.enhanced, Some((4, 7, _) | (4, 4, 5)));
    reply.code == 421 || by_status || contains_any(reply, RATE_WORDS)
}

/// Whether a server ends a session because it has counted too many errors in it. Recipients that it refused were errors; others
/// may go through the next session, and no slower.
pub fn ends_for_errors(reply: &Reply) -> bool {
    reply.is_temporary() && contains_any(reply, ERROR_WORDS)
}

/// Whether a temporary reply says that there are more connections than the relay takes.
pub fn asks_for_fewer_connections(reply: &Reply) -> bool {
    reply.is_temporary() && contains_any(reply, CONNECTION_WORDS)
}

/// Whether a reply that asks to slow down names our client: the relay speaks for itself.
pub fn speaks_of_us(reply: &Reply) -> bool {
    contains_any(reply, CLIENT_WORDS)
}

fn contains_any(reply: &Reply, phrases: &[(&str, &str)]) -> bool {
    let words = words_of(reply);
    phrases.iter().any(|(phrase, _)| words.contains(phrase))
}

/// The reply's text in lower case on one line, without what stands between angle brackets.
fn words_of(reply: &Reply) -> String {
    let mut words = String::with_capacity(reply.text.len());
    let mut quoted = false;
    for character in reply.text.chars() {
        match character {
            '<' => quoted = true,
            '>' => quoted = false,
            '\n' => words.push(' '),
            _ if quoted => {}
            _ => words.extend(character.to_lowercase()),
        }
    }
    words
}

#[cfg(test)]
mod tests;
