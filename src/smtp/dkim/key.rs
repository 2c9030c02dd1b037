//! Private keys: read from PEM, and asked to sign.

use ring::digest;
use ring::rand::SystemRandom;
use ring::rsa;
use ring::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256};
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};

use super::der;

/// What a key signs by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 (RFC 6376 §3.3.1), what every receiver can check.
    Rsa,
    /// Ed25519 (RFC 8463), short and quick, which not every receiver can check yet.
    Ed25519,
}

impl Algorithm {
    /// As in `k=`, and before `-sha256` in `a=`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }
}

/// What is wrong with a key file, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No PEM, or damaged.
    #[error("it holds no private key that can be read (a PEM file that begins with `-----BEGIN PRIVATE KEY-----`)")]
    NoKey,
    /// PEM of something else.
    #[error("it holds {0}, not the private key")]
    SomethingElse(String),
    /// Locked by a passphrase.
    #[error("its key is locked by a passphrase, which nobody could type while Convoke sends")]
    Encrypted,
    /// ECDSA and others.
    #[error("its key is neither RSA nor Ed25519, the kinds that DKIM knows")]
    WrongKind,
    /// RFC 8301 §3.2 asks signers for 2,048 bits.
    #[error("its RSA key has fewer than 2,048 bits, or an exponent below 65,537")]
    TooSmall,
    /// More than ring, and many receivers, take.
    #[error("its RSA key has more than 4,096 bits, which many receivers do not check")]
    TooLarge,
    /// The numbers in it do not fit each other.
    #[error("its key is damaged")]
    Damaged,
}

impl KeyError {
    /// The way out.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Encrypted => "write the key without one: openssl pkey -in FILE -out NEW-FILE",
            Self::NoKey | Self::SomethingElse(_) => "name the file that `convoke dkim new` or OpenSSL wrote the key to",
            Self::WrongKind | Self::TooSmall | Self::TooLarge => "make another one with `convoke dkim new`",
            Self::Damaged => "put the file back from a backup, or make another key with `convoke dkim new`",
        }
    }
}

/// A private key. Its `Debug` shows the public half.
#[derive(Debug)]
pub struct PrivateKey(Pair);

#[derive(Debug)]
enum Pair {
    Rsa(Box<rsa::KeyPair>),
    Ed25519(Ed25519KeyPair),
}

impl PrivateKey {
    /// Reads the first private key of a PEM file: PKCS #8, or PKCS #1 as older programs write RSA keys.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let der = PrivateKeyDer::from_pem_slice(pem).map_err(|error| match error {
            pem::Error::NoItemsFound => nothing_found(pem),
            _ => KeyError::NoKey,
        })?;
        let rsa = |pair| Self(Pair::Rsa(Box::new(pair)));
        let key = match &der {
            PrivateKeyDer::Pkcs1(key) => rsa::KeyPair::from_der(key.secret_pkcs1_der()).map(rsa),
            // OpenSSL leaves the public half out, which ring would compare with.
            PrivateKeyDer::Pkcs8(key) => Ed25519KeyPair::from_pkcs8_maybe_unchecked(key.secret_pkcs8_der())
                .map(|pair| Self(Pair::Ed25519(pair)))
                .or_else(|_| rsa::KeyPair::from_pkcs8(key.secret_pkcs8_der()).map(rsa)),
            _ => return Err(KeyError::WrongKind),
        }
        .map_err(|rejected| match rejected.to_string().as_str() {
            "WrongAlgorithm" => KeyError::WrongKind,
            "TooSmall" => KeyError::TooSmall,
            "TooLarge" => KeyError::TooLarge,
            _ => KeyError::Damaged,
        })?;
        // ring looks at some of an RSA key's numbers only when it checks its own signature.
        if key.sign(b"").is_some() { Ok(key) } else { Err(KeyError::Damaged) }
    }

    /// What it signs by.
    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            Pair::Rsa(_) => Algorithm::Rsa,
            Pair::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// The public half as the DNS has it, before base64: a SubjectPublicKeyInfo for RSA (RFC 6376 §3.6.1, erratum 3017), the
    /// bare 32 octets for Ed25519 (RFC 8463 §4).
    pub fn public(&self) -> Vec<u8> {
        match &self.0 {
            Pair::Rsa(_) => der::rsa_public_key_info(self.bare_public()),
            Pair::Ed25519(_) => self.bare_public().to_vec(),
        }
    }

    /// The public half as ring has it: an RSAPublicKey, or the 32 octets.
    pub(super) fn bare_public(&self) -> &[u8] {
        match &self.0 {
            Pair::Rsa(pair) => pair.public_key().as_ref(),
            Pair::Ed25519(pair) => pair.public_key().as_ref(),
        }
    }

    /// A signature over SHA-256 of the octets; `None` where the key cannot give one.
    pub fn sign(&self, octets: &[u8]) -> Option<Vec<u8>> {
        match &self.0 {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                // The randomness is for other paddings: PKCS #1 v1.5 takes none, so that the same octets come out each time.
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), octets, &mut signature).ok()?;
                Some(signature)
            }
            // RFC 8463 §3: Ed25519 over the hash, itself an input to a hash again.
            Pair::Ed25519(pair) => Some(pair.sign(digest::digest(&digest::SHA256, octets).as_ref()).as_ref().to_vec()),
        }
    }
}

/// Why a PEM file without a readable private key has none, told from the line that begins it.
fn nothing_found(pem: &[u8]) -> KeyError {
    let text = String::from_utf8_lossy(pem);
    let label = text.lines().find_map(|line| line.trim().strip_prefix("-----BEGIN ")?.strip_suffix("-----"));
    match label {
        Some("ENCRYPTED PRIVATE KEY") => KeyError::Encrypted,
        Some("PUBLIC KEY" | "RSA PUBLIC KEY") => KeyError::SomethingElse("the public half of a key".to_owned()),
        Some("CERTIFICATE") => KeyError::SomethingElse("a certificate".to_owned()),
        Some("OPENSSH PRIVATE KEY") => KeyError::SomethingElse("a key for SSH".to_owned()),
        Some("DSA PRIVATE KEY") => KeyError::WrongKind,
        _ => KeyError::NoKey,
    }
}
