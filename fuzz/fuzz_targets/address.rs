#![no_main]

use convoke::domain::address::{EmailAddress, mask_cell};
use libfuzzer_sys::fuzz_target;

// An address that is taken is taken again from its own text, and its mask hides it.
fuzz_target!(|cell: &str| {
    let _ = mask_cell(cell);
    if let Ok(address) = EmailAddress::parse(cell) {
        let again = EmailAddress::parse(&address.to_string()).map(|again| again.normalised());
        assert_eq!(again.ok(), Some(address.normalised()));
        assert!(!address.to_string().contains(['\r', '\n', '\0']));
    }
});
