//! Files made by code: a PDF writer of one page, ZIP packages, workbooks and Word documents.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use wafaa_pipelines::knowledge::block::{Block, ParsedDocument};
use wafaa_pipelines::knowledge::parse::{self, Error};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub(super) fn parse(bytes: &[u8], name: &str) -> ParsedDocument {
    parse::parse(bytes, name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(super) fn refusal(bytes: &[u8], name: &str) -> Error {
    match parse::parse(bytes, name) {
        Ok(document) => panic!("{name} was read: {document:?}"),
        Err(error) => error,
    }
}

pub(super) fn texts(document: &ParsedDocument) -> Vec<&str> {
    document
        .blocks
        .iter()
        .map(|block: &Block| block.text.as_str())
        .collect()
}

/// Text placed on a page of 600 × 800 points: x, y from the bottom, size, words.
pub(super) type Placed<'a> = (u32, u32, u32, &'a str);

pub(super) fn pdf(pages: &[&[Placed<'_>]]) -> Vec<u8> {
    let streams: Vec<String> = pages.iter().map(|page| content(page)).collect();
    pdf_of(&streams, "")
}

fn content(page: &[Placed<'_>]) -> String {
    let mut out = String::new();
    for (x, y, size, text) in page {
        writeln!(out, "BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET").unwrap();
    }
    out
}

/// A PDF of the given content streams; `trailer` is added to the trailer dictionary.
pub(super) fn pdf_of(streams: &[String], trailer: &str) -> Vec<u8> {
    let kids: Vec<String> = (0..streams.len())
        .map(|page| format!("{} 0 R", 4 + 2 * page))
        .collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!(
            "<< /Type /Pages /Kids [{}] /Count {} >>",
            kids.join(" "),
            kids.len()
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
    ];
    for (page, stream) in streams.iter().enumerate() {
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {} 0 R \
             /Resources << /Font << /F1 3 0 R >> /XObject << /I {} 0 R >> >> >>",
            5 + 2 * page,
            4 + 2 * streams.len()
        ));
        objects.push(format!(
            "<< /Length {} >>\nstream\n{stream}\nendstream",
            stream.len() + 1
        ));
    }
    objects.push(
        "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 \
         /Length 1 >>\nstream\n0\nendstream"
            .to_owned(),
    );
    let mut out = "%PDF-1.7\n".to_owned();
    let mut offsets = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        write!(out, "{} 0 obj\n{object}\nendobj\n", number + 1).unwrap();
    }
    let start = out.len();
    write!(out, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for offset in offsets {
        writeln!(out, "{offset:010} 00000 n ").unwrap();
    }
    let size = objects.len() + 1;
    write!(
        out,
        "trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n"
    )
    .unwrap();
    out.into_bytes()
}

pub(super) fn package(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A workbook of one sheet. `rows` is the inside of `sheetData`, `after` what follows it.
pub(super) fn xlsx(rows: &str, after: &str, styles: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relations = "http://schemas.openxmlformats.org/package/2006/relationships";
    let types = "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'>\
        <Default Extension='rels' ContentType='application/vnd.openxmlformats-package.relationships+xml'/>\
        <Default Extension='xml' ContentType='application/xml'/>\
        <Override PartName='/xl/workbook.xml' ContentType=\
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml'/></Types>";
    let root = format!(
        "<Relationships xmlns='{relations}'><Relationship Id='r1' Type='{office}/officeDocument' \
         Target='xl/workbook.xml'/></Relationships>"
    );
    let book = format!(
        "<workbook xmlns='{main}' xmlns:r='{office}'><sheets><sheet name='Menu' sheetId='1' r:id='r1'/>\
         <sheet name='Costs' sheetId='2' state='hidden' r:id='r1'/></sheets></workbook>"
    );
    let book_relations = format!(
        "<Relationships xmlns='{relations}'><Relationship Id='r1' Type='{office}/worksheet' \
         Target='worksheets/sheet1.xml'/><Relationship Id='r2' Type='{office}/styles' Target='styles.xml'/>\
         </Relationships>"
    );
    let sheet =
        format!("<worksheet xmlns='{main}'><sheetData>{rows}</sheetData>{after}</worksheet>");
    let styles = format!("<styleSheet xmlns='{main}'>{styles}</styleSheet>");
    package(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", book_relations.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
    ])
}

/// An inline text cell.
pub(super) fn cell(at: &str, text: &str) -> String {
    format!("<c r='{at}' t='inlineStr'><is><t>{text}</t></is></c>")
}
