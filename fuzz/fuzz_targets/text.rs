//! Formats of text: the first byte chooses which, the rest is the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wafaa_fuzz::knowledge::parse::parse;

const NAMES: [&str; 7] = ["a.txt", "a.md", "a.html", "a.csv", "a.tsv", "a.eml", "a.rtf"];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let name = NAMES[usize::from(*first) % NAMES.len()];
    let start: &[u8] = if name == "a.rtf" { b"{\\rtf1 " } else { b"" };
    let _ = parse(&[start, rest].concat(), name);
});
