#![no_main]

use libfuzzer_sys::fuzz_target;

// Octets behind the mark of a ZIP file.
fuzz_target!(|octets: &[u8]| convoke_fuzz::read_file(&[b"PK\x03\x04", octets].concat()));
