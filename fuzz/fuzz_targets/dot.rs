#![no_main]

use convoke::smtp::dot::{DotStuffer, check};
use libfuzzer_sys::fuzz_target;

// Content that is let out ends where we end it, and arrives as it was, whatever the pieces it was written in.
fuzz_target!(|data: (u8, Vec<u8>)| {
    let (cut, octets) = data;
    if check(&octets, true).is_err() {
        return;
    }
    assert_eq!(check(&octets, false).is_ok(), octets.is_ascii());
    let (mut stuffer, mut wire) = (DotStuffer::new(), Vec::new());
    for piece in octets.chunks(usize::from(cut).max(1)) {
        stuffer.stuff(piece, &mut wire);
    }
    let mut arrived = Vec::new();
    for line in wire.split_inclusive(|octet| *octet == b'\n') {
        assert!(line.ends_with(b"\r\n") && line != b".\r\n");
        arrived.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
    }
    assert_eq!(arrived, octets);
});
