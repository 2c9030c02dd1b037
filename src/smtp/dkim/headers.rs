//! Which header fields a signature covers.

use super::LINE;
use super::canonical::{self, fields};

/// Fields that are signed where they stand, and every Content-* field. RFC 8058 §4 asks for both List-Unsubscribe fields.
const SIGNED: &[&str] = &[
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "mime-version",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "feedback-id",
];

/// Fields that are named once more than they stand, so that nobody can add one and leave the signature good (RFC 6376
/// §5.4, §8.15): those a person reads or a button follows, and the one that says how the body is read.
const CLOSED: &[&str] =
    &["from", "to", "subject", "date", "reply-to", "list-unsubscribe", "list-unsubscribe-post", "content-type"];

/// What a signature says of the header, and what it is taken over.
pub(super) struct SignedHeaders {
    /// The value of `h=`, folded.
    pub names: String,
    /// The signed fields in their canonical form, each with its line end.
    pub canonical: Vec<u8>,
}

impl SignedHeaders {
    /// * `header`: header fields, in two parts that follow each other.
    pub fn of(header: [&[u8]; 2]) -> Self {
        let mut names = Names::default();
        let mut canonical = Vec::with_capacity(2048);
        // From the bottom: that is the order in which a verifier meets several fields of one name (RFC 6376 §5.4.2).
        let [first, second] = header;
        let from_below: Vec<_> = fields(first).chain(fields(second)).collect();
        for (name, value) in from_below.into_iter().rev() {
            let Some(name) = signed_name(name) else { continue };
            names.push(&name);
            canonical::header(name.as_bytes(), value, &mut canonical);
            canonical.extend_from_slice(b"\r\n");
        }
        CLOSED.iter().for_each(|name| names.push(name));
        Self { names: names.folded, canonical }
    }
}

/// The name in lower case, if the field is one of those that are signed.
fn signed_name(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok()?.trim_ascii_end().to_ascii_lowercase();
    (SIGNED.contains(&name.as_str()) || name.starts_with("content-")).then_some(name)
}

/// Names with colons between them, folded after a colon.
#[derive(Default)]
struct Names {
    folded: String,
    column: usize,
}

impl Names {
    fn push(&mut self, name: &str) {
        if !self.folded.is_empty() {
            self.folded.push(':');
        }
        self.column += name.len() + 1;
        if self.column > LINE {
            self.folded.push_str("\r\n ");
            self.column = name.len() + 1;
        }
        self.folded.push_str(name);
    }
}
