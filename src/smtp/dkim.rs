//! DKIM signatures (RFC 6376) over RSA-2048 and Ed25519 (RFC 8301, RFC 8463), relaxed/relaxed, as many as there are keys.
//!
//! A signature goes over what never changes on a retry, at the Date of the first attempt, by algorithms that give the same
//! octets each time: a message sent again is the same message. It is no part of the message's digest.
//!
//! Signing is ring's; what it is asked to sign is our own, since the libraries at hand leave List-Unsubscribe unsigned, or
//! replace a first signature by the second.

pub mod canonical;
pub mod key;
pub mod make;
pub mod record;

mod der;
mod headers;

use data_encoding::BASE64;
use jiff::Timestamp;

use super::mime::{MimeWriter, stamp_lines};
use crate::domain::message::{Letter, Stamp};
use crate::engine::ports::MessageWriter;
use headers::SignedHeaders;
use key::{Algorithm, PrivateKey};

/// Octets of a line of a signature; RFC 5322 §2.1.1 asks for at most 78.
const LINE: usize = 72;

/// A key, and the name under which the DNS has its public half.
#[derive(Debug)]
pub struct Signer {
    /// Signing domain (`d=`), in A-labels.
    pub domain: String,
    /// Selector (`s=`), in A-labels.
    pub selector: String,
    /// The private half.
    pub key: PrivateKey,
}

/// Writes messages as [`MimeWriter`] does, with a signature by every signer on top, in their order.
#[derive(Debug)]
pub struct SignedWriter {
    signers: Vec<Signer>,
}

impl SignedWriter {
    /// A writer that signs with these keys; without any it only writes.
    pub fn new(signers: Vec<Signer>) -> Self {
        Self { signers }
    }
}

impl MessageWriter for SignedWriter {
    fn canonical(&self, letter: &Letter) -> Result<Vec<u8>, String> {
        MimeWriter.canonical(letter)
    }

    /// An RSA signature takes the better part of a millisecond, an Ed25519 one some hundredths.
    fn is_costly(&self) -> bool {
        self.signers.iter().any(|signer| signer.key.algorithm() == Algorithm::Rsa)
    }

    fn stamped(&self, canonical: &[u8], stamp: &Stamp) -> Result<Vec<u8>, String> {
        let stamp_lines = stamp_lines(stamp)?;
        let signatures = signatures(&self.signers, [stamp_lines.as_bytes(), canonical], stamp.date)?;
        Ok([signatures.as_bytes(), stamp_lines.as_bytes(), canonical].concat())
    }
}

/// The DKIM-Signature fields of a message, each ending in CRLF.
///
/// * `message`: its octets, in two parts that follow each other; the first holds whole header fields only.
fn signatures(signers: &[Signer], message: [&[u8]; 2], at: Timestamp) -> Result<String, String> {
    if signers.is_empty() {
        return Ok(String::new());
    }
    let [first, second] = message;
    let (fields, body) = canonical::split(second);
    // The same for every signature, so it is worked out once.
    let headers = SignedHeaders::of([first, fields]);
    let body_hash = BASE64.encode(canonical::body_hash(body).as_ref());
    let mut signed = headers.canonical;
    let headers_end = signed.len();
    let mut out = String::with_capacity(1024 * signers.len());
    for signer in signers {
        let unsigned = signer.unsigned_value(&headers.names, &body_hash, at);
        signed.truncate(headers_end);
        // The signature's own field is signed last, with an empty b= and without a line end (RFC 6376 §3.7).
        canonical::header(b"DKIM-Signature", unsigned.as_bytes(), &mut signed);
        let signature = signer.key.sign(&signed).ok_or_else(|| signer.cannot_sign())?;
        out.push_str("DKIM-Signature:");
        out.push_str(&unsigned);
        push_folded(&BASE64.encode(&signature), &mut out);
        out.push_str("\r\n");
    }
    Ok(out)
}

impl Signer {
    /// The value of the field up to and with `b=`. There is no `l=`: it would let anybody append to the body
    /// (RFC 6376 §8.2).
    fn unsigned_value(&self, names: &str, body_hash: &str, at: Timestamp) -> String {
        let Self { domain, selector, key } = self;
        let algorithm = key.algorithm().as_str();
        let seconds = at.as_second().max(0);
        format!(
            " v=1; a={algorithm}-sha256; c=relaxed/relaxed; d={domain};\r\n s={selector}; t={seconds};\r\n \
             h={names};\r\n bh={body_hash};\r\n b="
        )
    }

    fn cannot_sign(&self) -> String {
        format!("the DKIM key `{}` of {} cannot sign", self.selector, self.domain)
    }
}

/// Base64 may be folded anywhere within `b=` (RFC 6376 §3.5).
fn push_folded(base64: &str, out: &mut String) {
    let mut rest = base64;
    while let Some((now, later)) = rest.split_at_checked(LINE).filter(|(_, later)| !later.is_empty()) {
        out.push_str(now);
        out.push_str("\r\n ");
        rest = later;
    }
    out.push_str(rest);
}
