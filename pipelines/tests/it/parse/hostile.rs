//! Files that are broken, mislabelled or made to hurt: each ends in its own error, fast.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use wafaa_pipelines::knowledge::parse;

use super::fixture::{cell, package, parse, pdf, pdf_of, refusal, texts, xlsx};

#[test]
fn empty_and_blank_files() {
    assert_eq!(refusal(b"", "a.txt").code(), "empty_file");
    assert_eq!(refusal(b"  \n\t\n", "a.txt").code(), "no_text");
    assert_eq!(refusal(b"\n\n", "a.csv").code(), "no_text");
    assert_eq!(
        refusal(b"<html><body></body></html>", "a.html").code(),
        "no_text"
    );
}

#[test]
fn truncated_files_are_corrupt() {
    let whole = xlsx(&format!("<row r='1'>{}</row>", cell("A1", "Menu")), "", "");
    assert_eq!(
        refusal(&whole[..whole.len() / 2], "a.xlsx").code(),
        "corrupt"
    );
    assert_eq!(
        refusal(b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj\n<< /Type", "a.pdf").code(),
        "corrupt"
    );
}

#[test]
fn a_protected_pdf_asks_for_its_password() {
    let bytes = pdf_of(
        &["BT /F1 12 Tf 50 700 Td (secret) Tj ET".to_owned()],
        "/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>] \
         /Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -44 \
         /O <0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef> \
         /U <fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210> >>",
    );
    let error = refusal(&bytes, "a.pdf");
    assert_eq!(error.code(), "encrypted");
    assert!(error.to_string().contains("Remove the password"));
}

#[test]
fn a_scan_is_told_from_an_empty_page() {
    let scan = pdf_of(&["q 600 0 0 800 0 0 cm /I Do Q".to_owned()], "");
    assert_eq!(refusal(&scan, "a.pdf").code(), "scanned");
    assert_eq!(refusal(&pdf(&[&[]]), "a.pdf").code(), "no_text");
}

#[test]
fn mislabelled_files_are_named() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0";
    let error = refusal(png, "menu.pdf");
    assert_eq!(error.code(), "unsupported_type");
    assert!(error.to_string().contains("an image (PNG)"), "{error}");
    let zip = package(&[("a.txt", b"x")]);
    assert_eq!(refusal(&zip, "menu.docx").code(), "archive");
    let document = parse(&pdf(&[&[(50, 700, 11, "Menu of the day")]]), "menu.docx");
    assert_eq!(texts(&document), ["Menu of the day"]);
    assert_eq!(document.notes.len(), 1);
}

#[test]
fn undecodable_text_is_refused() {
    let noise: Vec<u8> = (0_u32..9000).map(|n| (n * 7 % 31 + 1) as u8).collect();
    assert_eq!(refusal(&noise, "a.txt").code(), "wrong_encoding");
}

#[test]
fn a_zip_bomb_is_stopped_by_what_it_inflates_to() {
    let big = vec![b' '; 40 << 20];
    let types = b"<Types><Override ContentType='application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml'/></Types>";
    let bomb = package(&[("[Content_Types].xml", types), ("word/document.xml", &big)]);
    assert!(bomb.len() < 1 << 20);
    assert_eq!(refusal(&bomb, "a.docx").code(), "too_complex");
}

#[test]
fn entity_declarations_are_refused() {
    let types = b"<Types><Override ContentType='application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml'/></Types>";
    let laughs = b"<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><w:document>&b;</w:document>";
    let bomb = package(&[
        ("[Content_Types].xml", types),
        ("word/document.xml", laughs),
    ]);
    assert_eq!(refusal(&bomb, "a.docx").code(), "too_complex");
}

#[test]
fn deep_and_long_html_is_read_in_time() {
    let start = Instant::now();
    let deep = format!("<html><body>{}<p>Open daily</p>", "<div>".repeat(200_000));
    assert_eq!(texts(&parse(deep.as_bytes(), "a.html")), ["Open daily"]);
    let unclosed = format!(
        "<html><body>{}",
        "<p><b><i><font color=1>word ".repeat(20_000)
    );
    assert_eq!(parse(unclosed.as_bytes(), "a.html").blocks.len(), 20_000);
    let attributes: String = (0..50_000).map(|n| format!(" a{n}=1")).collect();
    assert_eq!(
        texts(&parse(
            format!("<html><p{attributes}>Hello</p>").as_bytes(),
            "a.html"
        )),
        ["Hello"]
    );
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn cells_at_opposite_corners_cost_two_cells() {
    let rows = format!(
        "<row r='1'>{}</row><row r='1048576'>{}</row>",
        cell("A1", "first"),
        cell("XFD1048576", "last")
    );
    assert_eq!(
        texts(&parse(&xlsx(&rows, "", ""), "a.xlsx")),
        ["Menu", "first", "last"]
    );
    let merges = "<mergeCells count='1'><mergeCell ref='A1:XFD1048576'/></mergeCells>";
    parse(&xlsx(&rows, merges, ""), "a.xlsx");
}

#[test]
fn a_huge_span_costs_nothing() {
    let html =
        "<table><tr><td colspan=100000000 rowspan=100000000>a<td>b</tr><tr><td>c</tr></table>";
    assert!(!parse(html.as_bytes(), "a.html").blocks.is_empty());
}

const EXTENSIONS: [&str; 19] = [
    "pdf", "docx", "doc", "odt", "rtf", "pptx", "ppt", "xlsx", "xls", "xlsb", "ods", "epub", "eml",
    "csv", "tsv", "txt", "md", "html", "bin",
];
const STARTS: [&[u8]; 10] = [
    b"",
    b"%PDF-1.7\n",
    b"PK\x03\x04",
    b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
    b"<html>",
    b"{\\rtf1 ",
    b"From: a@example.org\r\nMIME-Version: 1.0\r\n",
    b"\xFF\xFE",
    b"# ",
    b"a,b\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_bytes_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..2000),
        start in prop::sample::select(&STARTS[..]),
        extension in prop::sample::select(&EXTENSIONS[..]),
    ) {
        let bytes = [start, &bytes].concat();
        // Any answer will do; a panic is the failure.
        let _ = parse::parse(&bytes, &format!("a.{extension}"));
    }

    #[test]
    fn arbitrary_text_never_panics(
        text in "[ -~\\n\\t<>|#;,\"'À-ÿا-ي\u{202E}\u{FEFB}]{0,400}",
        extension in prop::sample::select(&["csv", "tsv", "txt", "md", "html"][..]),
    ) {
        if let Ok(document) = parse::parse(text.as_bytes(), &format!("a.{extension}")) {
            prop_assert!(document.blocks.iter().all(|block| !block.text.trim().is_empty()));
            let overridden = document.blocks.iter().any(|block| block.text.contains('\u{202E}'));
            prop_assert!(!overridden);
        }
    }

    #[test]
    fn damaged_files_never_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), which in 0..2_usize) {
        let rows = format!("<row r='1'>{}{}</row>", cell("A1", "Dish"), cell("B1", "Price"));
        let mut bytes = match which {
            0 => pdf(&[&[(50, 700, 11, "Falafel plate"), (50, 680, 11, "Lentil soup")]]),
            _ => xlsx(&rows, "", ""),
        };
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = parse::parse(&bytes, "a.bin");
    }
}
