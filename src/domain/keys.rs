//! The workspace key and what is derived from it.
//!
//! One secret of 32 octets is drawn when the workspace first needs it. Every use derives a key of its own from it by
//! HMAC-SHA-256 over a label, so that no value made for one use can stand in for another.

use std::fmt;

use ring::hmac;

/// HMAC of a normalised address, 128 bits: how suppressions, invitations and participations know a mailbox
/// without holding its address.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressKey(pub [u8; 16]);

impl AddressKey {
    /// 32 lower-case hexadecimal digits.
    pub fn to_hex(self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }

    /// Reads what [`AddressKey::to_hex`] writes.
    pub fn from_hex(text: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }
}

impl fmt::Debug for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AddressKey({}…)", data_encoding::HEXLOWER.encode(&self.0[..3]))
    }
}

/// HMAC of the cells of a row, 128 bits: how a row that somebody answered about is known again, without its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowKey(pub [u8; 16]);

/// The keys derived from the workspace key. Never printed, never compared with `==`.
#[derive(Clone)]
pub struct Keyring {
    address: hmac::Key,
    contact_id: hmac::Key,
    digest: hmac::Key,
    message_id: hmac::Key,
    token: hmac::Key,
    draw: hmac::Key,
    row: hmac::Key,
}

impl Keyring {
    /// Derives every key from the workspace's secret.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derive = |label: &str| {
            hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, format!("convoke/1/{label}").as_bytes()).as_ref())
        };
        Self {
            address: derive("address"),
            contact_id: derive("contact-id"),
            digest: derive("message-digest"),
            message_id: derive("message-id"),
            token: derive("token"),
            draw: derive("comparison-group"),
            row: derive("row"),
        }
    }

    /// The key of a mailbox, from [`super::address::EmailAddress::normalised`] or, for people without an address, from
    /// another string that cannot be an address.
    pub fn address_key(&self, normalised: &str) -> AddressKey {
        AddressKey(first_16(&hmac::sign(&self.address, normalised.as_bytes())))
    }

    /// The key of a row with these cells.
    pub fn row_key<'c>(&self, cells: impl Iterator<Item = &'c str>) -> RowKey {
        let mut context = hmac::Context::with_key(&self.row);
        for cell in cells {
            context.update(&(cell.len() as u64).to_be_bytes());
            context.update(cell.as_bytes());
        }
        RowKey(first_16(&context.sign()))
    }

    /// The stable id of the contact behind a key, such as `c7kq2…`: it can be shown and exported, and says nothing.
    pub fn contact_id(&self, key: AddressKey) -> String {
        let tag = hmac::sign(&self.contact_id, &key.0);
        format!("c{}", data_encoding::BASE32_NOPAD.encode(&tag.as_ref()[..10]).to_ascii_lowercase())
    }

    /// Keyed SHA-256 of a rendered message, as `hmac-sha256` hexadecimal digits.
    pub fn message_digest(&self, canonical: &[u8]) -> String {
        data_encoding::HEXLOWER.encode(hmac::sign(&self.digest, canonical).as_ref())
    }

    /// A number from 0 to 1, the same for one campaign and mailbox in every plan: what the comparison group is drawn by.
    pub fn draw(&self, campaign: &str, key: AddressKey) -> f64 {
        let mut context = hmac::Context::with_key(&self.draw);
        context.update(&key.0);
        context.update(campaign.as_bytes());
        let tag = context.sign();
        let mut high = [0; 8];
        high.copy_from_slice(&tag.as_ref()[..8]);
        // 53 bits: what an f64 holds exactly.
        (u64::from_be_bytes(high) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Left side of a Message-ID: HMAC over campaign, recipient and digest, 128 bits in base32.
    pub fn message_id_local(&self, campaign: &str, key: AddressKey, digest: &str) -> String {
        let mut context = hmac::Context::with_key(&self.message_id);
        for part in [campaign.as_bytes(), &key.0, digest.as_bytes()] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        data_encoding::BASE32_NOPAD.encode(&first_16(&context.sign())).to_ascii_lowercase()
    }

    /// The key under which links and return paths are signed; used by [`super::token`] only.
    pub(super) fn token_key(&self) -> &hmac::Key {
        &self.token
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(…)")
    }
}

fn first_16(tag: &hmac::Tag) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&tag.as_ref()[..16]);
    out
}
