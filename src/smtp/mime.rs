//! Letters become octets: multipart/alternative, text first, 7bit, quoted-printable or base64 only, CRLF line ends. Date
//! and Message-ID come first, so that all that follows them is the canonical form, octet for octet.
//!
//! The writer is our own because the same letter must always be the same octets, and because what lettre refuses by
//! panicking (CR or LF in a display name) is data here. The tests hold its output against lettre's, and Python's parser
//! judges it.
//!
//! Standards: RFC 5322 (headers), RFC 2045 to 2047 (bodies, encoded words), RFC 2919 (List-Id), RFC 2369 and RFC 8058
//! (List-Unsubscribe). Non-ASCII local parts, sent only where `smtputf8` allows them, stand in headers as they are
//! (RFC 6532).

use std::borrow::Cow;

use super::encoding::{self, TransferEncoding};
use crate::domain::address::EmailAddress;
use crate::domain::message::{Letter, Stamp};
use crate::domain::organisation::Mailbox;
use crate::domain::template::escape::clean;
use crate::engine::ports::MessageWriter;

/// A line of a header that holds encoded words ends here (RFC 2047 §2).
const LINE: usize = 76;
/// More of a name is not worth showing.
const LONGEST_NAME: usize = 120;
/// message.md: at most 100 kB a message; the two lines of the stamp are not counted.
const LARGEST: usize = 100_000;

/// Writes letters as multipart/alternative.
#[derive(Debug, Clone, Copy, Default)]
pub struct MimeWriter;

impl MessageWriter for MimeWriter {
    fn canonical(&self, letter: &Letter) -> Result<Vec<u8>, String> {
        let boundary = boundary(letter);
        let mut out = Vec::with_capacity(2 * (letter.html.len() + letter.text.len()) + 2048);
        out.extend_from_slice(headers(letter, &boundary)?.as_bytes());
        for (kind, text) in [("plain", &letter.text), ("html", &letter.html)] {
            let encoding = TransferEncoding::suiting(text);
            let name = encoding.name();
            out.extend_from_slice(
                format!(
                    "\r\n--{boundary}\r\n\
                     Content-Type: text/{kind}; charset=utf-8\r\n\
                     Content-Transfer-Encoding: {name}\r\n\r\n"
                )
                .as_bytes(),
            );
            encoding.write(text, &mut out);
        }
        out.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        if out.len() > LARGEST {
            return Err(format!("the message has {} octets; {LARGEST} is the most we send", out.len()));
        }
        Ok(out)
    }

    fn stamped(&self, canonical: &[u8], stamp: &Stamp) -> Result<Vec<u8>, String> {
        Ok([stamp_lines(stamp)?.as_bytes(), canonical].concat())
    }
}

/// The two lines that stand before the canonical message.
pub(super) fn stamp_lines(stamp: &Stamp) -> Result<String, String> {
    let date = stamp.date.strftime("%a, %d %b %Y %H:%M:%S +0000");
    let message_id = token("Message-ID", &stamp.message_id)?;
    Ok(format!("Date: {date}\r\nMessage-ID: <{message_id}>\r\n"))
}

/// Every header but those of the stamp.
fn headers(letter: &Letter, boundary: &str) -> Result<String, String> {
    let mut out = String::with_capacity(2048);
    mailbox("From", &letter.from, &mut out)?;
    mailbox("To", &letter.to, &mut out)?;
    text_header("Subject", &letter.subject, &mut out);
    if let Some(reply_to) = &letter.reply_to {
        mailbox("Reply-To", reply_to, &mut out)?;
    }
    out.push_str("MIME-Version: 1.0\r\n");
    out.push_str(&format!("List-Id: <{}>\r\n", token("List-Id", &letter.list_id)?));
    let mailto = token("List-Unsubscribe", &letter.opt_out_mailto)?;
    match &letter.opt_out_url {
        Some(url) => {
            let url = token("List-Unsubscribe", url)?;
            out.push_str(&format!("List-Unsubscribe: <{url}>,\r\n <mailto:{mailto}?subject=unsubscribe>\r\n"));
            out.push_str("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
        }
        // One-Click is a promise about an https link (RFC 8058 §3.1); without one it is not made.
        None => out.push_str(&format!("List-Unsubscribe: <mailto:{mailto}?subject=unsubscribe>\r\n")),
    }
    out.push_str(&format!("Content-Language: {}\r\n", letter.language));
    out.push_str(&format!("Content-Type: multipart/alternative;\r\n boundary=\"{boundary}\"\r\n"));
    Ok(out)
}

/// A boundary that follows from the content, so that the same letter is always the same octets. `=_` occurs neither in
/// quoted-printable nor in base64 (RFC 2045 §6.7).
fn boundary(letter: &Letter) -> String {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for part in [&letter.text, &letter.html] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    let digest = data_encoding::HEXLOWER.encode(context.finish().as_ref());
    format!("=_{}", digest.get(..32).unwrap_or(&digest))
}

/// What stands in a header as one word: ids, links, addresses we made. Nothing in it may end the line or the brackets.
fn token<'a>(header: &str, value: &'a str) -> Result<&'a str, String> {
    let sound =
        !value.is_empty() && value.len() < 900 && value.bytes().all(|b| b.is_ascii_graphic() && !b"<>".contains(&b));
    if sound { Ok(value) } else { Err(format!("{header} would hold what no header can carry")) }
}

fn mailbox(header: &str, mailbox: &Mailbox, out: &mut String) -> Result<(), String> {
    let address = header_address(header, &mailbox.address)?;
    let name = clean(&mailbox.name).split_whitespace().collect::<Vec<_>>().join(" ");
    let name = name.chars().take(LONGEST_NAME).collect::<String>();
    let name = name.trim_end();
    let start = out.len();
    out.push_str(header);
    out.push_str(": ");
    if name.is_empty() {
        out.push_str(&address);
        out.push_str("\r\n");
        return Ok(());
    }
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b" !#$%&'*+-/=?^_`{|}~".contains(&b));
    if !name.is_ascii() || name.contains("=?") || name.len() > 60 {
        encoding::words(name, out.len() - start, LINE, out);
    } else if plain {
        out.push_str(name);
    } else {
        out.push('"');
        for c in name.chars() {
            if matches!(c, '"' | '\\') {
                out.push('\\');
            }
            out.push(c);
        }
        out.push('"');
    }
    let last_line = out.len() - out.rfind('\n').map_or(start, |at| at + 1);
    out.push_str(if last_line + address.len() + 3 > LINE { "\r\n " } else { " " });
    out.push_str(&format!("<{address}>\r\n"));
    Ok(())
}

/// The address as it stands in a header. It was parsed long ago; a stored one is looked at again at the last gate.
fn header_address(header: &str, address: &EmailAddress) -> Result<String, String> {
    let (local, domain) = (address.local(), address.domain());
    let quoted = local.len() > 1 && local.starts_with('"') && local.ends_with('"');
    let sound_local = if quoted {
        !local.chars().any(char::is_control)
    } else {
        matches!(clean(local), Cow::Borrowed(_)) && !local.chars().any(|c| c.is_whitespace() || "<>,;".contains(c))
    };
    let sound_domain = domain.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    if sound_local && sound_domain && !local.is_empty() && !domain.is_empty() {
        Ok(address.to_string())
    } else {
        Err(format!("{header} would hold an address no header can carry"))
    }
}

fn text_header(header: &str, value: &str, out: &mut String) {
    let value = clean(value);
    let value = value.trim();
    out.push_str(header);
    out.push_str(": ");
    let mut column = header.len() + 2;
    let foldable =
        value.is_ascii() && !value.contains("=?") && value.split(' ').all(|w| (1..LINE - 20).contains(&w.len()));
    if !foldable && !value.is_empty() {
        encoding::words(value, column, LINE, out);
        out.push_str("\r\n");
        return;
    }
    for (i, word) in value.split(' ').enumerate() {
        if i > 0 && column + 1 + word.len() > LINE {
            out.push_str("\r\n");
            column = 0;
        }
        if i > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += word.len();
    }
    out.push_str("\r\n");
}
