//! The few DER structures (X.690) that keys are written in, and PEM around them (RFC 7468).

use data_encoding::BASE64;
use secrecy::SecretString;

/// AlgorithmIdentifier of RSA (RFC 8017 appendix C): its object identifier, and NULL.
const RSA: &[u8] = &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
/// AlgorithmIdentifier of Ed25519 (RFC 8410 §3).
const ED25519: &[u8] = &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;

/// SubjectPublicKeyInfo (RFC 5280 §4.1) around an RSAPublicKey.
pub(super) fn rsa_public_key_info(rsa_public_key: &[u8]) -> Vec<u8> {
    // A bit string says first how many bits of its last octet are unused.
    let bits = value(BIT_STRING, &[&[0], rsa_public_key].concat());
    value(SEQUENCE, &[RSA, &bits].concat())
}

/// PKCS #8 (RFC 5208) around an RSAPrivateKey (RFC 8017 appendix A.1.2), as PEM.
///
/// * `numbers`: n, e, d, p, q, d mod p-1, d mod q-1, q⁻¹ mod p, each big-endian.
pub(super) fn rsa_private_key(numbers: [&[u8]; 8]) -> SecretString {
    let mut fields = integer(&[0]);
    fields.extend(numbers.into_iter().flat_map(integer));
    pkcs8(RSA, &value(SEQUENCE, &fields))
}

/// PKCS #8 around the 32 octets of an Ed25519 key (RFC 8410 §7), as PEM.
pub(super) fn ed25519_private_key(seed: &[u8; 32]) -> SecretString {
    pkcs8(ED25519, &value(OCTET_STRING, seed))
}

fn pkcs8(algorithm: &[u8], key: &[u8]) -> SecretString {
    let fields = [&integer(&[0]), algorithm, &value(OCTET_STRING, key)].concat();
    let base64 = BASE64.encode(&value(SEQUENCE, &fields));
    let mut pem = String::with_capacity(2048);
    pem.push_str("-----BEGIN PRIVATE KEY-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, later) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = later;
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    SecretString::from(pem)
}

/// An unsigned number, without needless zeros, and with one where its first bit would make it negative.
fn integer(big_endian: &[u8]) -> Vec<u8> {
    let zeros = big_endian.iter().take_while(|octet| **octet == 0).count().min(big_endian.len().saturating_sub(1));
    let number = big_endian.get(zeros..).unwrap_or_default();
    let sign: &[u8] = if number.first().is_some_and(|octet| octet & 0x80 != 0) { &[0] } else { &[] };
    value(INTEGER, &[sign, number].concat())
}

/// Tag, length, content.
fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = length.iter().skip_while(|octet| **octet == 0).copied();
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            out.push(0x80 | significant.clone().count() as u8);
            out.extend(significant);
        }
    }
    out.extend_from_slice(content);
    out
}
