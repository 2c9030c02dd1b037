//! Replies as services document them, against the table.

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

/// Replies as the services document them, each with the line that must be found: its meaning.
type Said = (Step, u16, Option<(u16, u16, u16)>, &'static str, &'static str);
#[rustfmt::skip]
const DOCUMENTED: &[Said] = &[
    (
        Step::Dot,
        554,
        Some((5, 2, 0)),
        "STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
        "our mailbox's daily limit of recipients",
    ),
    (Step::Rcpt, 550, Some((5, 2, 2)), "Submission quota exceeded", "our mailbox's daily limit of recipients"),
    (
        Step::Dot,
        554,
        Some((5, 2, 0)),
        "STOREDRV.Submission.Exception:SendAsDeniedException",
        "our mailbox may not submit this",
    ),
    (
        Step::Dot,
        550,
        Some((5, 2, 251)),
        "Sender throttled due to continuous mailbox full errors",
        "our own mailbox is full",
    ),
    (Step::Dot, 554, Some((5, 2, 252)), "SendAsDenied", "no right to send as this sender"),
    (
        Step::Dot,
        550,
        Some((5, 2, 253)),
        "Sender throttled due to continuous invalid license errors",
        "our mailbox has no licence",
    ),
    (
        Step::Dot,
        550,
        Some((5, 2, 255)),
        "Sender throttled due to continuous invalid recipients errors",
        "too many of our messages were refused lately",
    ),
    (
        Step::Dot,
        550,
        Some((5, 7, 60)),
        "SMTP; Client does not have permissions to send as this sender",
        "no right to send as this sender",
    ),
    (
        Step::Dot,
        530,
        Some((5, 7, 57)),
        "Client was not authenticated to send anonymous mail during MAIL FROM",
        "not authenticated",
    ),
    (
        Step::Data,
        550,
        Some((5, 7, 64)),
        "TenantAttribution; Relay Access Denied",
        "our computer may not use this relay",
    ),
    (
        Step::Dot,
        550,
        Some((5, 7, 232)),
        "Your message can't be sent because your trial tenant has exceeded its daily limit",
        "our organisation's daily limit of outside recipients",
    ),
    (
        Step::Dot,
        550,
        Some((5, 7, 233)),
        "Your tenant has exceeded its daily limit",
        "our organisation's daily limit of outside recipients",
    ),
    (
        Step::Dot,
        550,
        Some((5, 1, 90)),
        "You've reached your daily limit for message recipients",
        "our mailbox's daily limit of recipients",
    ),
    (Step::Dot, 550, Some((5, 1, 8)), "Access denied, bad outbound sender", "our account is blocked for spam"),
    (Step::Dot, 550, Some((5, 7, 502)), "Access denied, banned sender", "our account is blocked for spam"),
    (Step::Dot, 550, Some((5, 7, 506)), "Access Denied, Bad HELO", "our computer may not use this relay"),
    (
        Step::Dot,
        550,
        Some((5, 7, 508)),
        "has exceeded permitted limits",
        "our address sends too much or has a bad name",
    ),
    (
        Step::Dot,
        550,
        Some((5, 7, 509)),
        "does not pass DMARC verification",
        "SPF, DKIM or DMARC of our domain failed",
    ),
    (
        Step::Dot,
        550,
        Some((5, 7, 511)),
        "Access denied, banned sender",
        "our address sends too much or has a bad name",
    ),
    (
        Step::Dot,
        550,
        Some((5, 7, 606)),
        "Access denied, banned sending IP",
        "our address sends too much or has a bad name",
    ),
    (
        Step::Dot,
        550,
        Some((5, 7, 705)),
        "Access denied, tenant has exceeded threshold",
        "our organisation is blocked",
    ),
    (
        Step::Dot,
        550,
        Some((5, 7, 708)),
        "Access denied, traffic not accepted from this IP",
        "our organisation is blocked",
    ),
    (
        Step::Dot,
        550,
        Some((5, 7, 750)),
        "Client blocked from sending from unregistered domain",
        "our domain is not registered with the relay",
    ),
    (Step::Dot, 550, Some((5, 4, 5)), "Daily user sending limit exceeded", "our daily sending limit"),
    (Step::Rcpt, 550, Some((5, 4, 5)), "Daily user sending limit exceeded", "our daily sending limit"),
    (Step::Rcpt, 550, Some((5, 7, 1)), "Daily SMTP relay limit exceeded for customer", "our daily relay limit"),
    (Step::Rcpt, 550, None, "Sending limit exceeded", "our sending limit"),
    (Step::Rcpt, 550, None, "Daily sending quota exceeded", "our sending limit"),
    (Step::Rcpt, 550, Some((5, 7, 0)), "Mail relay denied", "our computer may not use this relay"),
    (Step::Rcpt, 550, Some((5, 7, 0)), "Mail Sending denied", "our account may not send"),
    (
        Step::Rcpt,
        550,
        Some((5, 7, 1)),
        "Invalid credentials for relay",
        "our domain is not registered with the relay",
    ),
    (Step::Dot, 550, Some((5, 7, 1)), "Email quota exceeded", "our own mailbox is full"),
    (Step::Dot, 550, Some((5, 7, 1)), "this message is likely unsolicited mail", "taken for spam"),
    (
        Step::Dot,
        550,
        Some((5, 7, 1)),
        "an unusual rate of unsolicited mail originating from your IP address",
        "our address sends too much or has a bad name",
    ),
    (
        Step::Dot,
        550,
        Some((5, 7, 26)),
        "This mail is unauthenticated",
        "SPF, DKIM or the reverse name of our domain failed",
    ),
    (
        Step::Dot,
        550,
        Some((5, 7, 30)),
        "blocked because DKIM does not pass",
        "SPF, DKIM or DMARC of our domain failed",
    ),
    (Step::Dot, 552, Some((5, 7, 0)), "its content presents a potential security issue", "content blocked"),
    (Step::Dot, 554, None, "Throttling failure: Daily message quota exceeded", "our daily limit"),
    (Step::Dot, 554, None, "Message rejected: Email address is not verified", "our From address is not verified"),
    (Step::Dot, 554, None, "Message rejected: Sending paused for this account", "our account is paused"),
    (
        Step::Dot,
        554,
        None,
        "Access denied: User arn is not authorized to perform ses:SendRawEmail",
        "our account may not send",
    ),
    (
        Step::Rcpt,
        550,
        Some((5, 7, 1)),
        "<b@x.example>: Sender address rejected: Access denied",
        "our return path is refused",
    ),
    (
        Step::Rcpt,
        553,
        Some((5, 7, 1)),
        "<b@x.example>: not owned by user forum",
        "our account may not use this return path",
    ),
    (
        Step::Rcpt,
        554,
        Some((5, 7, 1)),
        "<ada@example.org>: Relay access denied",
        "our computer may not use this relay",
    ),
    (
        Step::Rcpt,
        554,
        Some((5, 7, 1)),
        "<host>: Client host rejected: Access denied",
        "our computer may not use this relay",
    ),
    (
        Step::Rcpt,
        550,
        Some((5, 7, 1)),
        "<host>: Helo command rejected: Host not found",
        "our computer may not use this relay",
    ),
    (Step::Rcpt, 550, Some((5, 7, 1)), "ada@example.org... Relaying denied", "our computer may not use this relay"),
    (Step::Rcpt, 550, None, "relay not permitted", "our computer may not use this relay"),
    (Step::Dot, 550, Some((5, 7, 1)), "message content rejected", "content blocked"),
    (Step::Dot, 554, Some((5, 7, 1)), "Spam message rejected", "taken for spam"),
    (Step::Rcpt, 552, Some((5, 2, 2)), "sender's mailbox is full", "our own mailbox is full"),
    (Step::Rcpt, 552, None, "your mailbox is full", "our own mailbox is full"),
    (Step::Dot, 553, Some((5, 1, 7)), "bad sender's mailbox address syntax", "our return path is refused"),
    (Step::Dot, 550, Some((5, 7, 27)), "sender address has null MX", "our return path takes no mail"),
];

#[test]
fn each_documented_refusal_finds_its_line_and_each_line_has_one() {
    let mut found = std::collections::BTreeSet::new();
    for (step, code, status, text, meaning) in DOCUMENTED {
        let line = sender_refusal(*step, &reply(*code, *status, text)).unwrap_or_else(|| panic!("no line: {text}"));
        assert_eq!(line.meaning, *meaning, "{code} {status:?} {text}");
        found.insert(std::ptr::from_ref(line));
    }
    for line in SENDER_REFUSALS {
        assert!(found.contains(&std::ptr::from_ref(line)), "never found, or behind another line: {:?}", line.sign);
    }
}

#[test]
fn what_a_service_says_of_the_recipient_is_not_ours() {
    for (code, status, text) in [
        (550, (5, 7, 504), "Recipient address rejected: Access denied"),
        (550, (5, 7, 505), "Access denied, banned recipient"),
        (550, (5, 7, 507), "Access denied, rejected by recipient"),
        (550, (5, 7, 513), "Client host blocked by the recipient's domain using Customer Block list"),
        (550, (5, 7, 703), "blocked by your organization's tenant recipient block policy"),
        (550, (5, 7, 124), "Sender not in allowed-senders list"),
        (550, (5, 7, 133), "Sender not authenticated for group"),
        (550, (5, 2, 122), "Recipient's per hour message receive limit exceeded"),
        (550, (5, 2, 1), "The email account that you tried to reach is disabled"),
        (552, (5, 2, 2), "The recipient's inbox is out of storage space"),
    ] {
        for step in [Step::Rcpt, Step::Dot] {
            assert_eq!(sender_refusal(step, &reply(code, Some(status), text)), None, "{step:?} {status:?}");
        }
    }
}

#[test]
fn a_quota_of_the_day_is_known_with_a_temporary_code_too() {
    let amazon = reply(454, None, "Throttling failure: Daily message quota exceeded");
    assert_eq!(spent_quota(&amazon).map(|line| line.meaning), Some("our daily limit"));
    assert_eq!(spent_quota(&reply(454, None, "Throttling failure: Maximum sending rate exceeded")), None);
    assert_eq!(spent_quota(&reply(554, None, "Daily message quota exceeded")), None, "that one is no temporary reply");
}

#[test]
fn every_line_is_written_the_way_it_is_compared() {
    for line in SENDER_REFUSALS {
        assert!(!line.meaning.is_empty() && !line.remedy.is_empty() && !line.source.is_empty());
        if let Sign::Words(phrase) = line.sign {
            assert_eq!(phrase, phrase.to_lowercase());
        }
    }
    for (phrase, source) in [NO_SUCH_USER, RATE_WORDS, CONNECTION_WORDS, CLIENT_WORDS, ERROR_WORDS].concat() {
        assert_eq!(phrase, phrase.to_lowercase());
        assert!(!source.is_empty());
    }
}
