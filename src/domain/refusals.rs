//! What mail servers say in words and private codes: the one place that lists them, each line with its meaning and where
//! it is documented.
//!
//! Nobody is marked for what a relay says about its own client. So a refusal that speaks about us (our quota, our rights,
//! our reputation, our content) stands in [`SENDER_REFUSALS`], and a refusal that says "no such user" without a code
//! (RFC 3463) must stand in [`NO_SUCH_USER`] before anybody is suppressed for it. Words are compared in lower case,
//! with everything between angle brackets left out: addresses are quoted there, and an address may contain any words.

use super::outcome::{Reply, Step};

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

const MICROSOFT: &str = "Microsoft Learn: NDR error codes in Exchange Online";
const GOOGLE: &str = "Google Workspace Help: Gmail SMTP errors and codes";
const AMAZON: &str = "Amazon SES developer guide: SMTP response codes";
const POSTFIX: &str = "Postfix documentation: access(5), header_checks(5), postconf(5) smtpd_delay_reject";

const WAIT: &str = "wait until the limit has passed, lower [relay.rate] per_hour and per_day below it, then resume";
const RIGHTS: &str =
    "let the account of relay.username send as the From address and the return path, or change them, then resume";
const ACCOUNT: &str = "ask the provider why our account may not send, then resume";
const DOMAIN: &str = "mend SPF, DKIM and DMARC of the From domain, then resume";
const WORDS: &str =
    "read the reply: the words, links or reputation of our message were blocked; change them and plan again";

const fn line(
    sign: Sign,
    since: Since,
    meaning: &'static str,
    remedy: &'static str,
    source: &'static str,
) -> SenderRefusal {
    SenderRefusal { sign, since, meaning, remedy, source }
}

/// Refusals about the sender.
pub const SENDER_REFUSALS: &[SenderRefusal] = &[
    line(Sign::CodeAndStatus(554, (5, 2, 0)), Since::Data, "our mailbox may not submit this", RIGHTS, MICROSOFT),
    line(
        Sign::Status(5, 2, 250, 259),
        Since::Data,
        "our mailbox may not send as this sender, or is full",
        RIGHTS,
        MICROSOFT,
    ),
    line(Sign::Status(5, 7, 60, 60), Since::Data, "no right to send as this sender", RIGHTS, MICROSOFT),
    line(
        Sign::Status(5, 7, 57, 57),
        Since::Data,
        "not authenticated",
        "set relay.username and its password",
        MICROSOFT,
    ),
    line(Sign::Status(5, 7, 232, 233), Since::Data, "our organisation's limit of outside recipients", WAIT, MICROSOFT),
    line(Sign::Status(5, 1, 90, 90), Since::Data, "our mailbox's daily limit of recipients", WAIT, MICROSOFT),
    line(
        Sign::Status(5, 7, 501, 509),
        Since::Data,
        "our account is blocked or fails authentication",
        ACCOUNT,
        MICROSOFT,
    ),
    line(
        Sign::Status(5, 7, 705, 708),
        Since::Data,
        "our organisation sends too much, or from a bad address",
        ACCOUNT,
        MICROSOFT,
    ),
    line(Sign::Status(5, 7, 750, 750), Since::Data, "our domain is not registered with the relay", ACCOUNT, MICROSOFT),
    line(Sign::CodeAndStatus(550, (5, 4, 5)), Since::Data, "our daily sending limit", WAIT, GOOGLE),
    line(Sign::Words("daily smtp relay"), Since::Rcpt, "our daily relay limit", WAIT, GOOGLE),
    line(Sign::Words("sending limit exceeded"), Since::Rcpt, "our sending limit", WAIT, GOOGLE),
    line(Sign::Words("sending quota exceeded"), Since::Rcpt, "our sending limit", WAIT, GOOGLE),
    line(Sign::Words("likely unsolicited"), Since::Data, "taken for spam", WORDS, GOOGLE),
    line(Sign::Words("potential security issue"), Since::Data, "content blocked", WORDS, GOOGLE),
    line(Sign::Words("daily message quota exceeded"), Since::Rcpt, "our daily limit", WAIT, AMAZON),
    line(Sign::Words("address is not verified"), Since::Data, "our From address is not verified", RIGHTS, AMAZON),
    line(Sign::Words("sending paused for this account"), Since::Data, "our account is paused", ACCOUNT, AMAZON),
    line(Sign::Words("sender address rejected"), Since::Rcpt, "our return path is refused", RIGHTS, POSTFIX),
    line(Sign::Words("not owned by user"), Since::Rcpt, "our account may not use this return path", RIGHTS, POSTFIX),
    line(Sign::Words("client host rejected"), Since::Rcpt, "our computer may not use this relay", ACCOUNT, POSTFIX),
    line(Sign::Words("helo command rejected"), Since::Rcpt, "our computer may not use this relay", ACCOUNT, POSTFIX),
    line(Sign::Words("message content rejected"), Since::Data, "content blocked", WORDS, POSTFIX),
    line(Sign::Words("spam message rejected"), Since::Data, "taken for spam", WORDS, "rspamd documentation: actions"),
    line(
        Sign::Words("sender's mailbox is full"),
        Since::Rcpt,
        "our own mailbox is full",
        "make room in it, then resume",
        "plain words",
    ),
    line(
        Sign::Words("your mailbox is full"),
        Since::Rcpt,
        "our own mailbox is full",
        "make room in it, then resume",
        "plain words",
    ),
    line(Sign::Status(5, 1, 7, 8), Since::Data, "our return path is refused", RIGHTS, "RFC 3463 §3.2"),
    line(
        Sign::Status(5, 7, 20, 26),
        Since::Data,
        "SPF, DKIM or the reverse name of our domain failed",
        DOMAIN,
        "RFC 7372 §3",
    ),
    line(Sign::Status(5, 7, 27, 27), Since::Data, "our return path takes no mail", RIGHTS, "RFC 7505 §4.2"),
];

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

/// Whether a temporary reply asks us to slow down: 421, 4.7.x, 4.4.5 (congestion, RFC 3463 §3.5), or words.
pub fn asks_to_slow_down(reply: &Reply) -> bool {
    if !reply.is_temporary() {
        return false;
    }
    let by_status = matches!(reply.enhanced, Some((4, 7, _) | (4, 4, 5)));
    reply.code == 421 || by_status || contains_any(reply, RATE_WORDS)
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
mod tests {
    use super::*;

    fn reply(code: u16, enhanced: Option<(u16, u16, u16)>, text: &str) -> Reply {
        Reply { code, enhanced, text: text.to_owned() }
    }

    #[test]
    fn words_inside_a_quoted_address_decide_nothing() {
        assert!(!says_no_such_user(&reply(550, None, "<\"user unknown\"@example.org>: refused")));
        assert!(says_no_such_user(&reply(550, None, "<ada@example.org>: User unknown in table")));
    }

    #[test]
    fn a_refusal_of_our_own_address_is_not_the_recipients_fault() {
        let callout = "Verification failed for <b+1@bounces.example>\nResponse: 550 No such user\nSender verify failed";
        assert!(!says_no_such_user(&reply(550, None, callout)));
    }

    #[test]
    fn words_count_only_where_no_status_code_says_otherwise() {
        assert!(!says_no_such_user(&reply(550, Some((5, 7, 1)), "no such user")));
        assert!(!says_no_such_user(&reply(554, None, "no such user")));
        assert!(says_no_such_user(&reply(550, Some((5, 1, 10)), "the domain takes no mail")));
    }

    #[test]
    fn every_line_is_written_the_way_it_is_compared() {
        for line in SENDER_REFUSALS {
            assert!(!line.meaning.is_empty() && !line.remedy.is_empty() && !line.source.is_empty());
            if let Sign::Words(phrase) = line.sign {
                assert_eq!(phrase, phrase.to_lowercase());
            }
        }
        for (phrase, source) in [NO_SUCH_USER, RATE_WORDS, CONNECTION_WORDS, CLIENT_WORDS].concat() {
            assert_eq!(phrase, phrase.to_lowercase());
            assert!(!source.is_empty());
        }
    }
}
