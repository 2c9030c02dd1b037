//! Private keys as other programs write them, and files that are none.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

use std::fs;
use std::path::Path;

use convoke::smtp::dkim::key::{Algorithm, KeyError, PrivateKey};
use data_encoding::BASE64;
use proptest::prelude::*;

fn pem(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dkim").join(name)).unwrap()
}

fn refusal(pem: &[u8]) -> KeyError {
    PrivateKey::from_pem(pem).map(|_| ()).unwrap_err()
}

#[test]
fn keys_of_openssl_have_the_public_half_that_openssl_says() {
    for (name, public, algorithm) in [
        ("rsa-2048-pkcs1.pem", "rsa-2048.pub", Algorithm::Rsa),
        ("rsa-2048-pkcs8.pem", "rsa-2048.pub", Algorithm::Rsa),
        ("ed25519-pkcs8.pem", "ed25519.pub", Algorithm::Ed25519),
    ] {
        let key = PrivateKey::from_pem(&pem(name)).unwrap();
        assert_eq!(key.algorithm(), algorithm, "{name}");
        let public = String::from_utf8(pem(public)).unwrap();
        let base64: String = public.lines().filter(|line| !line.starts_with("-----")).collect();
        let info = BASE64.decode(base64.as_bytes()).unwrap();
        match algorithm {
            Algorithm::Rsa => assert_eq!(key.public(), info, "{name}: a SubjectPublicKeyInfo"),
            Algorithm::Ed25519 => assert_eq!(key.public(), info[info.len() - 32..], "{name}: the bare key"),
        }
    }
    let both = [pem("rsa-2048.pub"), b"some words\n".to_vec(), pem("ed25519-pkcs8.pem")].concat();
    assert_eq!(PrivateKey::from_pem(&both).unwrap().algorithm(), Algorithm::Ed25519, "words around it do no harm");
}

#[test]
fn what_is_no_key_for_dkim_is_told_apart() {
    for (name, expected) in [
        ("rsa-1024.pem", KeyError::TooSmall),
        ("rsa-8192.pem", KeyError::TooLarge),
        ("ec-p256.pem", KeyError::WrongKind),
        ("ec-sec1.pem", KeyError::WrongKind),
        ("rsa-2048-encrypted.pem", KeyError::Encrypted),
        ("rsa-2048.pub", KeyError::SomethingElse("the public half of a key".into())),
    ] {
        let error = refusal(&pem(name));
        assert_eq!(error, expected, "{name}");
        assert!(!error.to_string().is_empty() && !error.help().is_empty());
    }
    for text in
        ["", "opens sesame", "\0\0\0", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\n!!\n-----END"]
    {
        assert_eq!(refusal(text.as_bytes()), KeyError::NoKey, "{text:?}");
    }
    let certificate = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    assert_eq!(refusal(certificate.as_bytes()), KeyError::SomethingElse("a certificate".into()));
    let empty = "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n";
    assert_eq!(refusal(empty.as_bytes()), KeyError::Damaged);
}

proptest! {
    /// One octet of the numbers changed: the key is refused, or, where the octet said nothing, still the same key.
    #[test]
    fn a_damaged_key_never_signs_as_another(at in 0_usize..1190, octet in any::<u8>()) {
        let text = String::from_utf8(pem("rsa-2048-pkcs8.pem")).unwrap();
        let base64: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
        let mut der = BASE64.decode(base64.as_bytes()).unwrap();
        prop_assume!(at < der.len());
        der[at] = octet;
        let damaged = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64.encode(&der));
        if let Ok(key) = PrivateKey::from_pem(damaged.as_bytes()) {
            let whole = PrivateKey::from_pem(text.as_bytes()).unwrap();
            prop_assert_eq!(key.public(), whole.public());
            prop_assert_eq!(key.sign(b"words"), whole.sign(b"words"));
        }
    }

    #[test]
    fn any_octets_are_read_or_refused(octets in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = PrivateKey::from_pem(&octets);
        let framed = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64.encode(&octets));
        prop_assert!(PrivateKey::from_pem(framed.as_bytes()).is_err());
    }
}
