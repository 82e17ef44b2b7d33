//! Presentations, OpenDocument texts, e-books: packages of XML made here, member by member.

use wafaa_pipelines::knowledge::block::{BlockKind, MediaType};

use super::fixture::{package, parse, refusal, texts};

const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const SLIDES: &str = "xmlns:p='http://schemas.openxmlformats.org/presentationml/2006/main' \
    xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main' \
    xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships'";

/// A presentation of slides, each a title and a line; the last may be hidden.
fn pptx(slides: &[(&str, &str)], hide_last: bool) -> Vec<u8> {
    let types = "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'>\
        <Default Extension='rels' ContentType='application/vnd.openxmlformats-package.relationships+xml'/>\
        <Default Extension='xml' ContentType='application/xml'/>\
        <Override PartName='/ppt/presentation.xml' ContentType=\
        'application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml'/></Types>";
    let root = format!(
        "<Relationships xmlns='{RELATIONS}'><Relationship Id='r1' Type='{OFFICE}/officeDocument' \
         Target='ppt/presentation.xml'/></Relationships>"
    );
    let mut ids = String::new();
    let mut relations = String::new();
    let mut parts: Vec<(String, String)> = Vec::new();
    for (at, (title, line)) in slides.iter().enumerate() {
        let number = at + 1;
        ids += &format!("<p:sldId id='{}' r:id='s{number}'/>", 255 + number);
        relations += &format!(
            "<Relationship Id='s{number}' Type='{OFFICE}/slide' Target='slides/slide{number}.xml'/>"
        );
        let show = if hide_last && number == slides.len() {
            " show='0'"
        } else {
            ""
        };
        let shape = |kind: &str, text: &str| {
            format!(
                "<p:sp><p:nvSpPr><p:cNvPr id='2' name='x'/><p:cNvSpPr/><p:nvPr><p:ph type='{kind}'/></p:nvPr>\
                 </p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
            )
        };
        parts.push((
            format!("ppt/slides/slide{number}.xml"),
            format!(
                "<p:sld {SLIDES}{show}><p:cSld><p:spTree>{}{}</p:spTree></p:cSld></p:sld>",
                shape("title", title),
                shape("body", line)
            ),
        ));
    }
    let presentation =
        format!("<p:presentation {SLIDES}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>");
    let relations = format!("<Relationships xmlns='{RELATIONS}'>{relations}</Relationships>");
    let mut members: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", root.as_bytes()),
        ("ppt/presentation.xml", presentation.as_bytes()),
        ("ppt/_rels/presentation.xml.rels", relations.as_bytes()),
    ];
    members.extend(
        parts
            .iter()
            .map(|(name, xml)| (name.as_str(), xml.as_bytes())),
    );
    package(&members)
}

#[test]
fn slides_are_pages_and_hidden_ones_stay_hidden() {
    let deck = pptx(
        &[
            ("Menu", "Falafel plate, 32 SAR"),
            ("Hours", "Daily from 9"),
            ("Costs", "secret"),
        ],
        true,
    );
    let document = parse(&deck, "a.pptx");
    assert_eq!(document.media_type, MediaType::Pptx);
    assert_eq!(document.pages, 3);
    assert_eq!(
        texts(&document),
        ["Menu", "Falafel plate, 32 SAR", "Hours", "Daily from 9"]
    );
    assert_eq!(document.blocks[3].page, Some(2));
    assert!(matches!(document.blocks[0].kind, BlockKind::Heading { .. }));
    assert!(
        document
            .notes
            .iter()
            .any(|note| note.contains("hidden slides"))
    );
}

#[test]
fn an_open_document_text_is_read() {
    let content = "<office:document-content><office:body><office:text>\
        <text:h text:outline-level='1'>Returns</text:h><text:p>Within 14 days.</text:p>\
        </office:text></office:body></office:document-content>";
    let odt = package(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", content.as_bytes()),
        ("meta.xml", b"<m><dc:title>Our rules</dc:title></m>"),
    ]);
    let document = parse(&odt, "a.odt");
    assert_eq!(document.media_type, MediaType::Odt);
    assert_eq!(document.title.as_deref(), Some("Our rules"));
    assert_eq!(texts(&document), ["Returns", "Within 14 days."]);
    let empty = package(&[("mimetype", b"application/vnd.oasis.opendocument.text")]);
    assert_eq!(refusal(&empty, "a.odt").code(), "corrupt");
}

#[test]
fn chapters_come_in_the_order_of_the_spine() {
    let container =
        "<container><rootfiles><rootfile full-path='OEBPS/book.opf'/></rootfiles></container>";
    let package_document = "<package><metadata><dc:title>House rules</dc:title></metadata><manifest>\
        <item id='n' href='nav.xhtml' properties='nav'/><item id='a' href='one.xhtml'/><item id='b' href='two%20.xhtml'/>\
        </manifest><spine><itemref idref='n'/><itemref idref='b'/><itemref idref='a'/></spine></package>";
    let epub = package(&[
        ("mimetype", b"application/epub+zip"),
        ("META-INF/container.xml", container.as_bytes()),
        ("OEBPS/book.opf", package_document.as_bytes()),
        (
            "OEBPS/nav.xhtml",
            b"<html><body><p>Contents</p></body></html>",
        ),
        (
            "OEBPS/one.xhtml",
            b"<html><body><h1>Second</h1></body></html>",
        ),
        (
            "OEBPS/two .xhtml",
            b"<html><body><h1>First</h1></body></html>",
        ),
    ]);
    let document = parse(&epub, "a.epub");
    assert_eq!(document.media_type, MediaType::Epub);
    assert_eq!(document.title.as_deref(), Some("House rules"));
    assert_eq!(texts(&document), ["First", "Second"]);
}

#[test]
fn messages_and_rich_text_are_known_by_their_content() {
    let message = b"From: a@example.org\r\nMessage-ID: <1@example.org>\r\nSubject: Parking\r\n\r\nLevel 2.\r\n> Where?\r\n";
    let document = parse(message, "upload");
    assert_eq!(document.media_type, MediaType::Email);
    assert_eq!(
        texts(&document),
        ["Parking", "From: a@example.org", "Level 2."]
    );
    let document = parse(br"{\rtf1\ansi Open daily\par}", "upload.doc");
    assert_eq!(document.media_type, MediaType::Rtf);
    assert_eq!(texts(&document), ["Open daily"]);
}

#[test]
fn deep_nesting_is_refused() {
    let deep = format!("<office:body>{}", "<text:section>".repeat(100_000));
    let odt = package(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", deep.as_bytes()),
    ]);
    assert_eq!(refusal(&odt, "a.odt").code(), "too_complex");
}
