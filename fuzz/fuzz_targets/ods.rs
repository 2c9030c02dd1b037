#![no_main]

use convoke_fuzz::{read_file, zipped};
use libfuzzer_sys::fuzz_target;

// The content of a spreadsheet.
fuzz_target!(|content: &[u8]| read_file(&zipped(&[("content.xml", content)])));
