#![no_main]

use convoke::smtp::dkim::canonical::{body, fields, split};
use convoke::smtp::dkim::key::PrivateKey;
use libfuzzer_sys::fuzz_target;

// A message is taken apart without losing an octet, a canonical body is its own canonical form, and no file is a key by
// accident.
fuzz_target!(|octets: &[u8]| {
    let (header, text) = split(octets);
    let names_and_values: usize = fields(header).map(|(name, value)| name.len() + value.len()).sum();
    assert!(names_and_values <= header.len() && header.len() + text.len() <= octets.len());
    let once = canonical(text);
    assert_eq!(canonical(&once), once);
    assert!(once.len() <= text.len() + 2);
    let _ = PrivateKey::from_pem(octets);
});

fn canonical(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    body(text, &mut |part| out.extend_from_slice(part));
    out
}
