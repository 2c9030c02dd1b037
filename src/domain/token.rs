//! Signed tokens in opt-out links and return paths: they name recipient and topic or campaign, and hold no address.
//!
//! A token is base32 in lower case without padding, so that it survives mail systems that fold the case of local parts.
//! Every field has a fixed length, the two kinds are signed under different labels, and the marks of topics and campaigns
//! are keyed: nobody outside can tell which campaign a token belongs to, or make one kind pass for the other.
//!
//! Tokens do not expire: a person may opt out years later. To check tokens of an older workspace key, ask again with that
//! key's [`Keyring`].

use ring::hmac;

use super::keys::{AddressKey, Keyring};

/// First octet of every token; another layout gets another number.
const VERSION: u8 = 1;
/// 128 bits (message.md asks for at least that much in a link that changes something).
const OPT_OUT_MAC: usize = 16;
/// 40 bits name a topic among the few a workspace has; more would not fit into a local part of 64 octets.
const TOPIC_MARK: usize = 5;
/// 96 bits (at least 64 are asked for).
const RETURN_PATH_MAC: usize = 12;
/// 64 bits name a campaign.
const CAMPAIGN_MARK: usize = 8;

/// What an opt-out token says, its signature checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptOutToken {
    /// Whose mailbox.
    pub key: AddressKey,
    topic: [u8; TOPIC_MARK],
}

impl OptOutToken {
    /// Whether the token was made for this topic.
    pub fn is_for(&self, keys: &Keyring, topic: &str) -> bool {
        self.topic == mark(keys, "topic", topic)
    }
}

/// What a return path says, its signature checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReturnPathToken {
    /// Whose mailbox.
    pub key: AddressKey,
    campaign: [u8; CAMPAIGN_MARK],
}

impl ReturnPathToken {
    /// Whether the token was made for this campaign.
    pub fn is_for(&self, keys: &Keyring, campaign: &str) -> bool {
        self.campaign == mark(keys, "campaign", campaign)
    }
}

/// The token of opt-out links and of `u+<token>@` addresses: 61 characters.
pub fn opt_out_token(keys: &Keyring, key: AddressKey, topic: &str) -> String {
    seal::<OPT_OUT_MAC>(keys, "opt-out", key, &mark::<TOPIC_MARK>(keys, "topic", topic))
}

/// Reads what [`opt_out_token`] writes; `None` for anything else. Takes either case.
pub fn read_opt_out_token(keys: &Keyring, token: &str) -> Option<OptOutToken> {
    let (key, topic) = open::<TOPIC_MARK, OPT_OUT_MAC>(keys, "opt-out", token)?;
    Some(OptOutToken { key, topic })
}

/// The token of `b+<token>@` return paths: 60 characters.
pub fn return_path_token(keys: &Keyring, key: AddressKey, campaign: &str) -> String {
    seal::<RETURN_PATH_MAC>(keys, "return-path", key, &mark::<CAMPAIGN_MARK>(keys, "campaign", campaign))
}

/// Reads what [`return_path_token`] writes; `None` for anything else. Takes either case.
pub fn read_return_path_token(keys: &Keyring, token: &str) -> Option<ReturnPathToken> {
    let (key, campaign) = open::<CAMPAIGN_MARK, RETURN_PATH_MAC>(keys, "return-path", token)?;
    Some(ReturnPathToken { key, campaign })
}

fn seal<const MAC: usize>(keys: &Keyring, label: &str, key: AddressKey, mark: &[u8]) -> String {
    let mut octets = Vec::with_capacity(1 + 16 + mark.len() + MAC);
    octets.push(VERSION);
    octets.extend_from_slice(&key.0);
    octets.extend_from_slice(mark);
    let tag = hmac::sign(&label_key(keys, label), &octets);
    octets.extend(tag.as_ref().iter().take(MAC));
    data_encoding::BASE32_NOPAD.encode(&octets).to_ascii_lowercase()
}

fn open<const MARK: usize, const MAC: usize>(
    keys: &Keyring,
    label: &str,
    token: &str,
) -> Option<(AddressKey, [u8; MARK])> {
    // Longer than any token: not worth decoding.
    if token.len() > 64 {
        return None;
    }
    let octets = data_encoding::BASE32_NOPAD.decode(token.to_ascii_uppercase().as_bytes()).ok()?;
    let (&version, rest) = octets.split_first()?;
    let (key, rest) = rest.split_first_chunk::<16>()?;
    let (mark, mac) = rest.split_first_chunk::<MARK>()?;
    let mac: &[u8; MAC] = mac.try_into().ok()?;
    let signed = octets.get(..octets.len() - MAC)?;
    let expected = hmac::sign(&label_key(keys, label), signed);
    (version == VERSION && same_in_constant_time(expected.as_ref(), mac)).then_some((AddressKey(*key), *mark))
}

/// Compares a full tag's first octets with a shortened one, in a time that says nothing about where they differ.
fn same_in_constant_time(tag: &[u8], short: &[u8]) -> bool {
    tag.iter().zip(short).fold(0u8, |difference, (a, b)| difference | (a ^ b)) == 0
}

/// One key per kind of token, so that a signature over one can never be shown as a signature over the other.
fn label_key(keys: &Keyring, label: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(keys.token_key(), label.as_bytes()).as_ref())
}

fn mark<const N: usize>(keys: &Keyring, label: &str, name: &str) -> [u8; N] {
    let tag = hmac::sign(&label_key(keys, label), name.as_bytes());
    let mut mark = [0; N];
    for (to, from) in mark.iter_mut().zip(tag.as_ref()) {
        *to = *from;
    }
    mark
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys() -> Keyring {
        Keyring::from_secret(&[7; 32])
    }

    #[test]
    fn a_token_names_its_recipient_and_topic_and_no_other() {
        let key = keys().address_key("ada@example.org");
        let token = opt_out_token(&keys(), key, "annual-meeting");
        let read = read_opt_out_token(&keys(), &token).expect("our own token");
        assert_eq!(read.key, key);
        assert!(read.is_for(&keys(), "annual-meeting"));
        assert!(!read.is_for(&keys(), "newsletter"));
        let back = read_return_path_token(&keys(), &return_path_token(&keys(), key, "spring")).expect("our own");
        assert_eq!(back.key, key);
        assert!(back.is_for(&keys(), "spring") && !back.is_for(&keys(), "autumn"));
    }

    #[test]
    fn both_local_parts_fit_into_sixty_four_octets() {
        let key = keys().address_key("ada@example.org");
        assert!(format!("u+{}", opt_out_token(&keys(), key, "t")).len() <= 64);
        assert!(format!("b+{}", return_path_token(&keys(), key, "c")).len() <= 64);
    }

    #[test]
    fn one_kind_of_token_never_passes_for_the_other_nor_under_another_key() {
        let key = keys().address_key("ada@example.org");
        let (out, back) = (opt_out_token(&keys(), key, "x"), return_path_token(&keys(), key, "x"));
        assert_eq!(read_opt_out_token(&keys(), &back), None);
        assert_eq!(read_return_path_token(&keys(), &out), None);
        assert_eq!(read_opt_out_token(&Keyring::from_secret(&[8; 32]), &out), None);
    }

    #[test]
    fn mail_systems_may_change_the_case_of_a_token() {
        let key = keys().address_key("ada@example.org");
        let token = opt_out_token(&keys(), key, "x").to_ascii_uppercase();
        assert!(read_opt_out_token(&keys(), &token).is_some());
    }

    proptest! {
        #[test]
        fn a_flipped_bit_is_refused(who in any::<[u8; 16]>(), at in 0usize..304, back in any::<bool>()) {
            let keys = keys();
            let token = if back {
                return_path_token(&keys, AddressKey(who), "c")
            } else {
                opt_out_token(&keys, AddressKey(who), "t")
            };
            let mut octets = data_encoding::BASE32_NOPAD.decode(token.to_ascii_uppercase().as_bytes()).unwrap();
            let at = at % (octets.len() * 8);
            octets[at / 8] ^= 1 << (at % 8);
            let forged = data_encoding::BASE32_NOPAD.encode(&octets).to_ascii_lowercase();
            prop_assert_eq!(read_opt_out_token(&keys, &forged), None);
            prop_assert_eq!(read_return_path_token(&keys, &forged), None);
        }

        #[test]
        fn a_changed_cut_or_lengthened_token_is_refused(cut in 0usize..61, c in "[a-z2-7]", extra in "[a-z2-7]{1,3}") {
            let keys = keys();
            let token = opt_out_token(&keys, AddressKey([3; 16]), "t");
            prop_assert_eq!(read_opt_out_token(&keys, &token[..cut]), None);
            let longer = format!("{token}{extra}");
            prop_assert_eq!(read_opt_out_token(&keys, &longer), None);
            let mut changed = token.clone();
            changed.replace_range(cut..cut + 1, &c);
            prop_assert_eq!(read_opt_out_token(&keys, &changed).is_some(), changed == token);
        }

        #[test]
        fn halves_of_two_tokens_do_not_make_a_third(a in any::<[u8; 16]>(), b in any::<[u8; 16]>(), at in 3usize..58) {
            prop_assume!(a != b);
            let keys = keys();
            let (one, two) = (opt_out_token(&keys, AddressKey(a), "t"), opt_out_token(&keys, AddressKey(b), "t"));
            let mixed = format!("{}{}", &one[..at], &two[at..]);
            prop_assume!(mixed != one && mixed != two);
            prop_assert_eq!(read_opt_out_token(&keys, &mixed), None);
        }

        #[test]
        fn any_text_is_read_without_panic(text in ".{0,80}") {
            prop_assert_eq!(read_opt_out_token(&keys(), &text), None);
            prop_assert_eq!(read_return_path_token(&keys(), &text), None);
        }
    }
}
