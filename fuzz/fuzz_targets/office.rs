//! Packages of XML. Mutating a ZIP mostly breaks checksums, so the members are made here from the input: it is
//! the document's main part, in each of the formats.
#![no_main]

use std::io::{Cursor, Write};

use libfuzzer_sys::fuzz_target;
use wafaa_fuzz::knowledge::parse::parse;
use zip::{ZipWriter, write::SimpleFileOptions};

fuzz_target!(|part: &[u8]| {
    let formats: [(&[(&str, &[u8])], &str); 2] = [
        (
            &[("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", part)],
            "a.odt",
        ),
        (
            &[
                ("mimetype", b"application/epub+zip"),
                ("META-INF/container.xml", b"<rootfile full-path='a.opf'/>"),
                ("a.opf", part),
            ],
            "a.epub",
        ),
    ];
    for (members, name) in formats {
        let mut package = ZipWriter::new(Cursor::new(Vec::new()));
        for (member, content) in members {
            let begun = package.start_file(*member, SimpleFileOptions::default());
            if begun.is_err() || package.write_all(content).is_err() {
                return;
            }
        }
        if let Ok(package) = package.finish() {
            let _ = parse(&package.into_inner(), name);
        }
    }
});
