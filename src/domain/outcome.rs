//! What the mail server said about one attempt, and what it means.

use std::fmt;

/// A complete SMTP reply.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// Three digits.
    pub code: u16,
    /// Enhanced status code (RFC 3463), where the reply carries one.
    pub enhanced: Option<(u16, u16, u16)>,
    /// The reply's text, lines joined by `\n`, without codes; bytes that are no UTF-8 replaced; bounded.
    pub text: String,
}

impl Reply {
    /// 2yz.
    pub fn is_positive(&self) -> bool {
        (200..300).contains(&self.code)
    }
    /// 4yz.
    pub fn is_temporary(&self) -> bool {
        (400..500).contains(&self.code)
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some((class, subject, detail)) = self.enhanced {
            write!(f, " {class}.{subject}.{detail}")?;
        }
        write!(f, " {}", self.text.replace('\n', " "))
    }
}

impl fmt::Debug for Reply {
    /// Code only: reply texts quote addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({})", self.code)
    }
}

/// The step of a session a reply belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// TCP connection.
    Connect,
    /// The server's 220.
    Greeting,
    /// EHLO.
    Ehlo,
    /// STARTTLS and the handshake.
    StartTls,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA.
    Data,
    /// Message content, before its final dot.
    Body,
    /// The final dot.
    Dot,
}

/// What happened on the wire to one message: facts, not yet judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The server decided: the first negative reply, or the reply to the final dot.
    Replied {
        /// Where in the session.
        step: Step,
        /// The whole reply.
        reply: Reply,
    },
    /// The connection was lost, or a step timed out, before the point of no return: certainly not delivered.
    NotSent {
        /// Where in the session.
        step: Step,
        /// What happened, without personal data.
        detail: String,
    },
    /// The connection was lost, or the reply did not come, after the point of no return (RFC 1047).
    InDoubt {
        /// What happened, without personal data.
        detail: String,
    },
    /// The relay cannot carry this message (SMTPUTF8 or size), seen before anything was sent.
    Unsupported {
        /// What is missing.
        detail: String,
    },
}

/// What one attempt came to; the state the invitation takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// 2yz to the end of the data: the next hop took responsibility.
    Accepted {
        /// The reply to the final dot.
        reply: Reply,
    },
    /// Worth another try later (RFC 5321 §4.2.1).
    Deferred {
        /// The server's reply, or none where the connection was lost before the point of no return.
        reply: Option<Reply>,
        /// What happened, without personal data; empty where the reply says it.
        detail: String,
    },
    /// The same request will fail the same way.
    Rejected {
        /// The server's reply.
        reply: Reply,
        /// The mailbox does not exist: it must not be written to again.
        suppress: bool,
    },
    /// The connection broke after the point of no return. The server may or may not have it, so we must not guess.
    InDoubt {
        /// What happened, without personal data.
        detail: String,
    },
    /// Nothing was decided about this recipient: back to planned, the attempt does not count as one.
    Returned {
        /// The relay's reply about us, where there is one.
        reply: Option<Reply>,
        /// What happened, without personal data.
        detail: String,
    },
    /// The relay cannot carry this message: cancelled, never counted in stop rules.
    Cancelled {
        /// What is missing.
        detail: String,
    },
}
