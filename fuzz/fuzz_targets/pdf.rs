//! PDF, also where mutation has broken the first bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wafaa_fuzz::knowledge::parse::parse;

fuzz_target!(|bytes: &[u8]| {
    let bytes = [b"%PDF-1.7\n", bytes].concat();
    let _ = parse(&bytes, "a.pdf");
});
