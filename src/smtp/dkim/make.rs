//! New keys.
//!
//! ring makes none for RSA. The primes come from crypto-primes, the arithmetic from crypto-bigint; what is built of them is
//! read back and made to sign before anybody gets it.

use std::convert::Infallible;

use crypto_bigint::rand_core::{TryCryptoRng, TryRng};
use crypto_bigint::{NonZero, Odd, U1024, U2048};
use crypto_primes::hazmat::{SetBits, SmallFactorsSieveFactory};
use crypto_primes::{Flavor, is_prime, sieve_and_find};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use secrecy::{ExposeSecret, SecretString};

use super::der;
use super::key::{Algorithm, PrivateKey};

/// The public exponent that everybody uses (RFC 8301 §3.2 and FIPS 186-5 allow no smaller one).
const EXPONENT: u32 = 65_537;

/// Why there is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MakeError {
    /// From the operating system.
    #[error("the system gives no random numbers")]
    NoRandomness,
    /// The new key did not do what keys do; it is not given out.
    #[error("the key that was made does not sign what it should; try again, and please report it")]
    Unsound,
}

/// Draws a key: RSA of 2,048 bits, or Ed25519. Gives it as PEM (PKCS #8).
///
/// # Errors
/// [`MakeError`].
pub fn private_key(algorithm: Algorithm) -> Result<SecretString, MakeError> {
    let mut system = System::default();
    let pem = match algorithm {
        Algorithm::Rsa => rsa(&mut system),
        Algorithm::Ed25519 => {
            let mut seed = [0; 32];
            system.fill(&mut seed);
            der::ed25519_private_key(&seed)
        }
    };
    if system.failed {
        return Err(MakeError::NoRandomness);
    }
    match signs(&pem, algorithm) {
        true => Ok(pem),
        false => Err(MakeError::Unsound),
    }
}

/// Draws primes until a pair makes a key. Nearly every pair does.
fn rsa(system: &mut System) -> SecretString {
    loop {
        let key = prime(system).zip(prime(system)).and_then(|(p, q)| rsa_of(p, q));
        match key {
            Some(key) => return key,
            // What would be drawn from now on is always the same.
            None if system.failed => return SecretString::default(),
            None => {}
        }
    }
}

/// A prime of 1,024 bits whose two first bits are set, so that the product of two has 2,048.
fn prime(system: &mut System) -> Option<U1024> {
    let factory = SmallFactorsSieveFactory::<U1024>::new(Flavor::Any, U1024::BITS, SetBits::TwoMsb).ok()?;
    sieve_and_find(system, factory, |_, candidate| is_prime(Flavor::Any, candidate)).ok()?
}

/// RFC 8017 §3.2, with d by the least common multiple, as FIPS 186-5 has it. `None` where the exponent has no inverse.
fn rsa_of(p: U1024, q: U1024) -> Option<SecretString> {
    // q⁻¹ mod p is for p > q.
    let (p, q) = if p > q { (p, q) } else { (q, p) };
    let (p_less, q_less) = (p.wrapping_sub(&U1024::ONE), q.wrapping_sub(&U1024::ONE));
    let n: U2048 = p.concatenating_mul(&q);
    let order: U2048 = p_less.lcm(&q_less);
    let exponent = U1024::from(EXPONENT);
    let inverse =
        |modulus: U1024| -> Option<U1024> { exponent.invert_mod(&NonZero::new(modulus).into_option()?).into_option() };
    let d = U2048::from(EXPONENT).invert_mod(&NonZero::new(order).into_option()?).into_option()?;
    let coefficient = q.invert_odd_mod(&Odd::new(p).into_option()?).into_option()?;
    Some(der::rsa_private_key([
        n.to_be_bytes().as_ref(),
        &EXPONENT.to_be_bytes(),
        d.to_be_bytes().as_ref(),
        p.to_be_bytes().as_ref(),
        q.to_be_bytes().as_ref(),
        inverse(p_less)?.to_be_bytes().as_ref(),
        inverse(q_less)?.to_be_bytes().as_ref(),
        coefficient.to_be_bytes().as_ref(),
    ]))
}

/// Whether the key can be read, and its public half accepts what it signs.
fn signs(pem: &SecretString, algorithm: Algorithm) -> bool {
    let message = b"From: Ada <ada@example.org>";
    let Ok(key) = PrivateKey::from_pem(pem.expose_secret().as_bytes()) else { return false };
    let Some(signature) = key.sign(message) else { return false };
    let public = key.bare_public();
    let verified = match algorithm {
        Algorithm::Rsa => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public).verify(message, &signature),
        Algorithm::Ed25519 => {
            let digest = ring::digest::digest(&ring::digest::SHA256, message);
            UnparsedPublicKey::new(&ED25519, public).verify(digest.as_ref(), &signature)
        }
    };
    verified.is_ok()
}

/// The system's randomness, for a library that knows none that fails: zeros from then on, and a mark that is looked at.
#[derive(Default)]
struct System {
    failed: bool,
}

impl System {
    fn fill(&mut self, octets: &mut [u8]) {
        if SystemRandom::new().fill(octets).is_err() {
            self.failed = true;
            octets.fill(0);
        }
    }
}

impl TryRng for System {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut octets = [0; 4];
        self.fill(&mut octets);
        Ok(u32::from_ne_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut octets = [0; 8];
        self.fill(&mut octets);
        Ok(u64::from_ne_bytes(octets))
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        self.fill(octets);
        Ok(())
    }
}

impl TryCryptoRng for System {}
