//! MAIL and RCPT for one message, built from parts that are checked once more where they leave.

use crate::engine::ports::Parcel;

use super::dot;
use super::ehlo::Capabilities;

/// The commands of one message, each with its line end.
pub(super) struct Commands {
    pub(super) mail: String,
    pub(super) rcpt: String,
}

impl Commands {
    /// Builds the commands for what the server offers.
    ///
    /// # Errors
    /// Why this relay cannot carry the message, without personal data.
    pub(super) fn new(parcel: &Parcel, offers: &Capabilities) -> Result<Self, String> {
        let (from, to) = (&parcel.envelope.mail_from, parcel.envelope.rcpt_to.to_string());
        let eight_bit = parcel.envelope.rcpt_to.needs_smtputf8();
        if eight_bit && !offers.smtputf8 {
            return Err("the relay does not offer SMTPUTF8, which this address needs".to_owned());
        }
        let ascii = from.is_ascii() && (eight_bit || to.is_ascii());
        if !ascii || !is_sound_path(from) || !is_sound_path(&to) {
            return Err("an address of the envelope cannot stand in an SMTP command".to_owned());
        }
        dot::check(&parcel.octets, eight_bit).map_err(|error| error.to_string())?;
        let size = parcel.octets.len() as u64;
        if let Some(limit) = offers.size.filter(|&limit| size > limit) {
            return Err(format!("the message has {size} octets, the relay takes {limit}"));
        }

        let (mut mail, mut rcpt) = (format!("MAIL FROM:<{from}>"), format!("RCPT TO:<{to}>"));
        if offers.takes_size {
            mail.push_str(&format!(" SIZE={size}"));
        }
        if eight_bit {
            // An address beyond ASCII stands in the To header too (RFC 6532).
            mail.push_str(" BODY=8BITMIME SMTPUTF8");
        }
        if offers.dsn {
            // A bounce names our Message-ID then, and carries the headers only (RFC 3461 §4.3, §4.4).
            mail.push_str(&format!(" RET=HDRS ENVID={}", xtext(&parcel.message_id_local)));
            rcpt.push_str(" NOTIFY=FAILURE,DELAY");
            if !eight_bit {
                rcpt.push_str(&format!(" ORCPT=rfc822;{}", xtext(&to)));
            }
        }
        mail.push_str("\r\n");
        rcpt.push_str("\r\n");
        Ok(Self { mail, rcpt })
    }
}

/// Whether an address can stand between angle brackets: nothing in it ends the command, the path or, outside a quoted
/// local part, the word (RFC 5321 §4.1.2).
fn is_sound_path(address: &str) -> bool {
    let quoted = address.starts_with('"');
    !address.is_empty()
        && address.len() <= 254
        && address.chars().all(|c| !c.is_control() && !matches!(c, '<' | '>') && (quoted || !c.is_whitespace()))
}

/// RFC 3461 §4: printable ASCII except `+` and `=`, the rest in hexadecimal digits.
fn xtext(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'!'..=b'~' if byte != b'+' && byte != b'=' => out.push(char::from(byte)),
            _ => out.push_str(&format!("+{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_an_address_ends_the_command() {
        for address in ["a@x.example", "\"a b\"@x.example", "a+b=c@x.example", "été@x.example"] {
            assert!(is_sound_path(address), "{address}");
        }
        for address in [
            "",
            "a b@x.example",
            "a@x.example>\r\nRCPT TO:<b@x.example",
            "\"a\r\nDATA\"@x.example",
            "\"a> NOTIFY=NEVER\"@x.example",
            "a\0@x.example",
            "a\u{85}b@x.example",
            "<a@x.example>",
        ] {
            assert!(!is_sound_path(address), "{address:?}");
        }
    }

    #[test]
    fn xtext_escapes_what_would_read_as_syntax() {
        assert_eq!(xtext("b+1=2@x.example"), "b+2B1+3D2@x.example");
        assert_eq!(xtext("\"a b\"@x"), "\"a+20b\"@x");
    }
}
