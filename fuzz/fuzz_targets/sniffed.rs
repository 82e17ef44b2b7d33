//! Whatever it is: the format is found from the bytes alone.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wafaa_fuzz::knowledge::parse::parse;

fuzz_target!(|bytes: &[u8]| {
    // Any answer will do; a panic, an abort or a hang is the finding.
    let _ = parse(bytes, "upload");
});
