//! What a server offers in its reply to EHLO (RFC 5321 §4.1.1.1).

use crate::domain::outcome::Reply;

/// Extensions a server offers, of those we know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Capabilities {
    /// RFC 1870, and its limit in octets where it names one.
    pub(super) size: Option<u64>,
    /// RFC 1870 is offered.
    pub(super) takes_size: bool,
    /// RFC 6531.
    pub(super) smtputf8: bool,
    /// RFC 2920.
    pub(super) pipelining: bool,
    /// RFC 3030.
    pub(super) chunking: bool,
    /// RFC 3461.
    pub(super) dsn: bool,
    /// RFC 3207.
    pub(super) starttls: bool,
    /// RFC 4954: mechanisms, in upper case.
    pub(super) auth: Vec<String>,
}

impl Capabilities {
    /// Reads the lines after the first, in any case of letters. What we do not know is not our concern.
    pub(super) fn read(reply: &Reply) -> Self {
        let mut offers = Self::default();
        for line in reply.text.lines().skip(1) {
            let line = line.trim().to_ascii_uppercase();
            let mut words = line.split_ascii_whitespace();
            match words.next().unwrap_or_default() {
                "SIZE" => {
                    offers.takes_size = true;
                    // 0 means no fixed limit (RFC 1870 §4).
                    offers.size = words.next().and_then(|number| number.parse().ok()).filter(|&limit| limit > 0);
                }
                "SMTPUTF8" => offers.smtputf8 = true,
                "PIPELINING" => offers.pipelining = true,
                "CHUNKING" => offers.chunking = true,
                "DSN" => offers.dsn = true,
                "STARTTLS" => offers.starttls = true,
                "AUTH" => offers.auth.extend(words.map(str::to_owned)),
                // An old spelling some servers offer beside the standard one.
                word => {
                    if let Some(first) = word.strip_prefix("AUTH=") {
                        offers.auth.extend(std::iter::once(first).chain(words).map(str::to_owned));
                    }
                }
            }
        }
        offers
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_a_server_says_hides_an_offer(noise in prop::collection::vec("[^\n]{0,40}", 0..6)) {
            let offers = read(&format!("mail.example\n{}\nsTARTtls", noise.join("\n")));
            prop_assert!(offers.starttls);
        }
    }

    fn read(text: &str) -> Capabilities {
        Capabilities::read(&Reply { code: 250, enhanced: None, text: text.to_owned() })
    }

    #[test]
    fn offers_are_read_in_any_case_of_letters() {
        let offers = read(
            "mail.example at your service\nsize 1000\nStartTls\nauth Plain LOGIN\nDsn\nSmtpUtf8\npipeLining\nChunking\nX-ODD",
        );
        assert_eq!(offers.size, Some(1000));
        assert_eq!(offers.auth, ["PLAIN", "LOGIN"]);
        assert!(
            offers.starttls
                && offers.dsn
                && offers.smtputf8
                && offers.takes_size
                && offers.pipelining
                && offers.chunking
        );
    }

    #[test]
    fn the_greeting_line_offers_nothing() {
        assert_eq!(read("STARTTLS"), Capabilities::default());
    }

    #[test]
    fn a_size_without_a_limit_is_no_limit() {
        for line in ["SIZE", "SIZE 0", "SIZE 99999999999999999999999", "SIZE many"] {
            let offers = read(&format!("mail.example\n{line}"));
            assert_eq!((offers.takes_size, offers.size), (true, None), "{line}");
        }
    }
}
