#![no_main]

use libfuzzer_sys::fuzz_target;

// What may stand in a card.
fuzz_target!(|octets: &[u8]| convoke_fuzz::read_file(&[b"BEGIN:VCARD\n", octets].concat()));
