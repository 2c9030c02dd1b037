#![no_main]

use convoke::domain::geography::{Decisions, Evidence, resolve, suggest};
use libfuzzer_sys::fuzz_target;

// A name, a code and a domain, parted by line breaks.
fuzz_target!(|text: &str| {
    let mut parts = text.splitn(3, '\n');
    let mut part = || parts.next().unwrap_or_default();
    let (name, code, domain) = (part(), part(), part());
    let evidence = Evidence { domain, time_zone: code, language: None, region: None, leaves_gaps_as_na: false };
    let _ = resolve(name, code, &evidence, &Decisions::default());
    let _ = suggest(name);
});
