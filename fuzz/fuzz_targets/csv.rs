#![no_main]

use libfuzzer_sys::fuzz_target;

// Whatever octets: encodings, dialects, quotes.
fuzz_target!(|octets: &[u8]| convoke_fuzz::read_file(octets));
