//! Pages that are pictures: what is said of them without recognition. With it they are read in a child
//! process (`parse_sandbox`).

use wafaa_pipelines::knowledge::{
    block::{Because, Textless},
    report::{Report, Source},
};

use super::fixture::{parse, pdf_of};

#[test]
fn a_picture_among_pages_is_told_by_its_number() {
    let page = |text: &str| format!("BT /F1 12 Tf 50 700 Td ({text}) Tj ET");
    let picture = "q 600 0 0 800 0 0 cm /I Do Q".to_owned();
    let bytes = pdf_of(&[page("Menu of the day"), picture, page("Open daily")], "");
    let document = parse(&bytes, "a.pdf");
    let skipped = Textless {
        page: 2,
        because: Because::Picture,
        recognised: None,
    };
    assert_eq!(document.textless, [skipped]);
    assert!(
        document
            .notes
            .iter()
            .any(|note| note.ends_with("were skipped: 2."))
    );
    let report = Report::of(&document);
    let sources: Vec<Source> = report.pages.iter().map(|page| page.source).collect();
    assert_eq!(
        sources,
        [
            Source::Text,
            Source::Skipped(Because::Picture),
            Source::Text
        ]
    );
    assert_eq!(report.pages[2].counts.characters, 9);
}

#[test]
fn a_stamped_scan_keeps_its_stamp() {
    let stamped = "q 600 0 0 800 0 0 cm /I Do Q BT /F1 9 Tf 50 20 Td (Scanned with Phone) Tj ET";
    let document = parse(&pdf_of(&[stamped.to_owned()], ""), "a.pdf");
    assert_eq!(document.blocks[0].text, "Scanned with Phone");
    assert_eq!(document.textless[0].because, Because::Picture);
}
