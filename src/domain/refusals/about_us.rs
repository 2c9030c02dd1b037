//! The table of refusals about the sender. The first line that fits counts, so that what is more exact stands first.

use super::Sign::{CodeAndStatus, Status, Words};
use super::Since::{Data, Rcpt};
use super::{SenderRefusal, Sign, Since};

/// learn.microsoft.com/exchange/troubleshoot/email-delivery/ndr/non-delivery-reports-in-exchange-online
const MICROSOFT: &str = "Microsoft Learn: NDR error codes in Exchange Online";
/// learn.microsoft.com/exchange/troubleshoot/send-emails/continuous-error-throttling-smtp-auth
const MICROSOFT_THROTTLES: &str = "Microsoft Learn: Continuous error throttling for SMTP AUTH submissions";
/// learn.microsoft.com/exchange/troubleshoot/email-delivery/fix-issues-with-printers-scanners-and-lob-applications-that-send-email-using-off
const MICROSOFT_DEVICES: &str =
    "Microsoft Learn: Fix issues with printers, scanners, and LOB applications that send email";
/// The Exchange Team Blog, 2025-02, on tenant outbound e-mail limits
const MICROSOFT_TENANTS: &str = "Exchange Team Blog: Introducing Exchange Online Tenant Outbound Email Limits";
/// support.google.com/a/answer/3726730
const GOOGLE: &str = "Google Workspace Help: Gmail SMTP errors and codes";
/// support.google.com/a/answer/6140680
const GOOGLE_RELAY: &str = "Google Workspace Help: SMTP relay service error messages";
/// docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html
const AMAZON: &str = "Amazon SES developer guide: SMTP response codes";
/// docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html
const AMAZON_ERRORS: &str = "Amazon SES developer guide: Amazon SES email sending errors";
/// postfix.org/postconf.5.html, access.5.html, header_checks.5.html
const POSTFIX: &str = "Postfix documentation: postconf(5), access(5), header_checks(5)";

const WAIT: &str = "wait until the limit has passed, lower [relay.rate] per_hour and per_day below it, then resume";
const RIGHTS: &str =
    "let the account of relay.username send as the From address and the return path, or change them, then resume";
const ACCOUNT: &str = "ask the provider why our account may not send, then resume";
const RELAYING: &str =
    "let this computer use the relay (by its address, or by relay.username and a password), then resume";
const ROOM: &str = "make room in it, then resume";
const DOMAIN: &str = "mend SPF, DKIM and DMARC of the From domain, then resume";
const NAME: &str = "ask the provider how to mend the name of our address, send less, then resume";
const LETTER: &str =
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
#[rustfmt::skip]
pub static SENDER_REFUSALS: &[SenderRefusal] = &[
    // Exchange Online
    line(Words("submissionquotaexceeded"), Data, "our mailbox's daily limit of recipients", WAIT, MICROSOFT),
    line(Words("submission quota exceeded"), Rcpt, "our mailbox's daily limit of recipients", WAIT, MICROSOFT),
    line(CodeAndStatus(554, (5, 2, 0)), Data, "our mailbox may not submit this", RIGHTS, MICROSOFT),
    line(Status(5, 2, 251, 251), Data, "our own mailbox is full", ROOM, MICROSOFT_THROTTLES),
    line(Status(5, 2, 252, 252), Data, "no right to send as this sender", RIGHTS, MICROSOFT_THROTTLES),
    line(Status(5, 2, 253, 253), Data, "our mailbox has no licence", ACCOUNT, MICROSOFT_THROTTLES),
    line(Status(5, 2, 250, 259), Data, "too many of our messages were refused lately", ACCOUNT, MICROSOFT_THROTTLES),
    line(Status(5, 7, 60, 60), Data, "no right to send as this sender", RIGHTS, MICROSOFT_DEVICES),
    line(Status(5, 7, 57, 57), Data, "not authenticated", "set relay.username and how it signs in, then resume", MICROSOFT),
    line(Status(5, 7, 64, 64), Data, "our computer may not use this relay", RELAYING, MICROSOFT),
    line(Status(5, 7, 232, 233), Data, "our organisation's daily limit of outside recipients", WAIT, MICROSOFT_TENANTS),
    line(Status(5, 1, 90, 90), Data, "our mailbox's daily limit of recipients", WAIT, MICROSOFT),
    line(Words("bad outbound sender"), Data, "our account is blocked for spam", ACCOUNT, MICROSOFT),
    // 5.7.504, 505, 507, 510 and 513 speak of the recipient, or are the recipient's own choice.
    line(Status(5, 7, 501, 503), Data, "our account is blocked for spam", ACCOUNT, MICROSOFT),
    line(Status(5, 7, 506, 506), Data, "our computer may not use this relay", ACCOUNT, MICROSOFT),
    line(Status(5, 7, 508, 508), Data, "our address sends too much or has a bad name", NAME, MICROSOFT),
    line(Status(5, 7, 509, 509), Data, "SPF, DKIM or DMARC of our domain failed", DOMAIN, MICROSOFT),
    line(Status(5, 7, 511, 511), Data, "our address sends too much or has a bad name", NAME, MICROSOFT),
    line(Status(5, 7, 606, 649), Data, "our address sends too much or has a bad name", NAME, MICROSOFT),
    line(Status(5, 7, 705, 708), Data, "our organisation is blocked", ACCOUNT, MICROSOFT),
    line(Status(5, 7, 750, 750), Data, "our domain is not registered with the relay", ACCOUNT, MICROSOFT),
    // Google Workspace
    line(CodeAndStatus(550, (5, 4, 5)), Data, "our daily sending limit", WAIT, GOOGLE),
    line(Words("daily user sending limit"), Rcpt, "our daily sending limit", WAIT, GOOGLE),
    line(Words("daily smtp relay"), Rcpt, "our daily relay limit", WAIT, GOOGLE_RELAY),
    line(Words("sending limit exceeded"), Rcpt, "our sending limit", WAIT, GOOGLE),
    line(Words("sending quota exceeded"), Rcpt, "our sending limit", WAIT, GOOGLE),
    line(Words("mail relay denied"), Rcpt, "our computer may not use this relay", RELAYING, GOOGLE_RELAY),
    line(Words("mail sending denied"), Rcpt, "our account may not send", ACCOUNT, GOOGLE),
    line(Words("invalid credentials for relay"), Rcpt, "our domain is not registered with the relay", RELAYING, GOOGLE_RELAY),
    line(Words("email quota exceeded"), Data, "our own mailbox is full", ROOM, GOOGLE),
    line(Words("unsolicited mail originating from your ip"), Data, "our address sends too much or has a bad name", NAME, GOOGLE),
    line(Words("likely unsolicited"), Data, "taken for spam", LETTER, GOOGLE),
    line(Words("potential security issue"), Data, "content blocked", LETTER, GOOGLE),
    line(Status(5, 7, 30, 30), Data, "SPF, DKIM or DMARC of our domain failed", DOMAIN, GOOGLE),
    // Amazon SES
    line(Words("daily message quota exceeded"), Rcpt, "our daily limit", WAIT, AMAZON),
    line(Words("address is not verified"), Data, "our From address is not verified", RIGHTS, AMAZON),
    line(Words("is not authorized to perform"), Data, "our account may not send", ACCOUNT, AMAZON),
    line(Words("sending paused for this account"), Data, "our account is paused", ACCOUNT, AMAZON_ERRORS),
    // Postfix and other servers of one's own
    line(Words("sender address rejected"), Rcpt, "our return path is refused", RIGHTS, POSTFIX),
    line(Words("not owned by user"), Rcpt, "our account may not use this return path", RIGHTS, POSTFIX),
    line(Words("relay access denied"), Rcpt, "our computer may not use this relay", RELAYING, POSTFIX),
    line(Words("client host rejected"), Rcpt, "our computer may not use this relay", ACCOUNT, POSTFIX),
    line(Words("helo command rejected"), Rcpt, "our computer may not use this relay", ACCOUNT, POSTFIX),
    line(Words("relaying denied"), Rcpt, "our computer may not use this relay", RELAYING, "Sendmail: cf/README, relaying"),
    line(Words("relay not permitted"), Rcpt, "our computer may not use this relay", RELAYING, "Exim: default configuration"),
    line(Words("message content rejected"), Data, "content blocked", LETTER, POSTFIX),
    line(Words("spam message rejected"), Data, "taken for spam", LETTER, "rspamd documentation: actions"),
    line(Words("sender's mailbox is full"), Rcpt, "our own mailbox is full", ROOM, "plain words"),
    line(Words("your mailbox is full"), Rcpt, "our own mailbox is full", ROOM, "plain words"),
    // Registered codes
    line(Status(5, 1, 7, 8), Data, "our return path is refused", RIGHTS, "RFC 3463 §3.2"),
    line(Status(5, 7, 20, 26), Data, "SPF, DKIM or the reverse name of our domain failed", DOMAIN, "RFC 7372 §3"),
    line(Status(5, 7, 27, 27), Data, "our return path takes no mail", RIGHTS, "RFC 7505 §4.2"),
];
