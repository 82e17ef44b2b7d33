//! Small files that unpack, expand or nest without end, to try the [`Sandbox`](super::Sandbox) with.

use std::io::{self, Write as _};

use flate2::{Compression, write::ZlibEncoder};
use zip::{ZipWriter, write::SimpleFileOptions};

/// Bytes that those which unpack come to: more than anything may.
const UNPACKED: usize = 300 << 20;
/// How deep those that nest do.
const DEPTH: usize = 4 << 20;
/// Rows of the long tables.
const ROWS: usize = 1_000_000;

/// A file to be careful with.
#[derive(Debug)]
pub struct Bomb {
    /// What it would be uploaded as.
    pub name: &'static str,
    /// What it does.
    pub does: &'static str,
    /// It.
    pub bytes: Vec<u8>,
}

/// One of each kind.
///
/// # Errors
/// None, unless there is no memory to make them in.
pub fn bombs() -> io::Result<Vec<Bomb>> {
    let strings = format!(
        "<sst xmlns='{SHEETS}'>{}</sst>",
        "<si><t>ha</t></si>".repeat(8 << 20)
    );
    let first = "<row r='1'><c r='A1' t='s'><v>0</v></c></row>";
    let rows: Vec<String> = (1..=ROWS)
        .map(|row| format!("<row r='{row}'><c r='A{row}'><v>{row}</v></c></row>"))
        .collect();
    let long = "name,price\n".to_owned() + &"falafel,32\n".repeat(ROWS);
    Ok(vec![
        bomb(
            "unpacks.zip",
            "a member unpacks to 300 MB",
            zipped(&[("menu.txt", zeros())])?,
        ),
        bomb(
            "unpacks.docx",
            "its text unpacks to 300 MB",
            document(zeros())?,
        ),
        bomb(
            "entities.docx",
            "nine levels of ten entities",
            document(laughs("w:document"))?,
        ),
        bomb(
            "entities.xlsx",
            "the same among shared strings",
            workbook(first, laughs("sst"))?,
        ),
        bomb(
            "strings.xlsx",
            "eight million shared strings",
            workbook(first, strings)?,
        ),
        bomb(
            "rows.xlsx",
            "a million rows",
            workbook(&rows.concat(), format!("<sst xmlns='{SHEETS}'/>"))?,
        ),
        bomb("rows.csv", "a million rows", long.into_bytes()),
        bomb(
            "nested.pdf",
            "four million arrays in each other",
            nested(b"%PDF-1.7\n1 0 obj\n", b"["),
        ),
        bomb(
            "unpacks.pdf",
            "a page unpacks to 300 MB of saved states",
            page()?,
        ),
        bomb(
            "nested.rtf",
            "four million groups in each other",
            nested(b"{\\rtf1 ", b"{"),
        ),
        bomb(
            "nested.html",
            "a million elements in each other",
            nested(b"<html><body>", b"<div>"),
        ),
    ])
}

const fn bomb(name: &'static str, does: &'static str, bytes: Vec<u8>) -> Bomb {
    Bomb { name, does, bytes }
}

fn zeros() -> Vec<u8> {
    vec![b'0'; UNPACKED]
}

fn nested(begin: &[u8], level: &[u8]) -> Vec<u8> {
    [begin.to_vec(), level.repeat(DEPTH / level.len())].concat()
}

/// XML in which each entity is ten of the one before, under this element.
fn laughs(root: &str) -> Vec<u8> {
    let mut entities = "<!ENTITY e0 'ha'>".to_owned();
    for level in 1..10 {
        let ten = format!("&e{};", level - 1).repeat(10);
        entities.push_str(&format!("<!ENTITY e{level} '{ten}'>"));
    }
    format!("<?xml version='1.0'?><!DOCTYPE l [{entities}]><{root}>&e9;</{root}>").into_bytes()
}

fn zipped(members: &[(&str, Vec<u8>)]) -> io::Result<Vec<u8>> {
    let mut archive = ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, content) in members {
        archive.start_file(*name, SimpleFileOptions::default())?;
        archive.write_all(content)?;
    }
    Ok(archive.finish()?.into_inner())
}

const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const SHEETS: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const TYPES: &str = "http://schemas.openxmlformats.org/package/2006/content-types";

/// An office file of these parts, the first of which is the main one.
fn office(kind: &str, parts: Vec<(&str, Vec<u8>)>) -> io::Result<Vec<u8>> {
    let main = parts.first().map_or("", |(name, _)| name);
    let types = format!(
        "<Types xmlns='{TYPES}'><Override PartName='/{main}' ContentType=\
         'application/vnd.openxmlformats-officedocument.{kind}.main+xml'/></Types>"
    );
    let relations = relations(&[("officeDocument", main)]);
    let mut members = vec![
        ("[Content_Types].xml", types.into_bytes()),
        ("_rels/.rels", relations.into_bytes()),
    ];
    members.extend(parts);
    zipped(&members)
}

/// Relations `r0`, `r1` and on, by kind and target.
fn relations(to: &[(&str, &str)]) -> String {
    let relation = |(number, (kind, target)): (usize, &(&str, &str))| {
        format!("<Relationship Id='r{number}' Type='{RELATION}/{kind}' Target='{target}'/>")
    };
    let relations: Vec<String> = to.iter().enumerate().map(relation).collect();
    format!(
        "<Relationships xmlns='{RELATIONS}'>{}</Relationships>",
        relations.concat()
    )
}

/// A Word document of this XML.
fn document(xml: Vec<u8>) -> io::Result<Vec<u8>> {
    office(
        "wordprocessingml.document",
        vec![("word/document.xml", xml)],
    )
}

/// A workbook of one sheet with these rows and shared strings.
fn workbook(rows: &str, strings: impl Into<Vec<u8>>) -> io::Result<Vec<u8>> {
    let book = format!(
        "<workbook xmlns='{SHEETS}' xmlns:r='{RELATION}'><sheets><sheet name='s' sheetId='1' r:id='r0'/></sheets></workbook>"
    );
    let relations = relations(&[
        ("worksheet", "worksheets/sheet1.xml"),
        ("sharedStrings", "sharedStrings.xml"),
    ]);
    let sheet = format!("<worksheet xmlns='{SHEETS}'><sheetData>{rows}</sheetData></worksheet>");
    office(
        "spreadsheetml.sheet",
        vec![
            ("xl/workbook.xml", book.into_bytes()),
            ("xl/_rels/workbook.xml.rels", relations.into_bytes()),
            ("xl/worksheets/sheet1.xml", sheet.into_bytes()),
            ("xl/sharedStrings.xml", strings.into()),
        ],
    )
}

/// A PDF whose one page saves the state of drawing and saves it again.
fn page() -> io::Result<Vec<u8>> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&b"q ".repeat(UNPACKED / 2))?;
    let packed = packed.finish()?;
    let mut pdf = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n\
        2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n\
        3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R >>\nendobj\n"
        .to_vec();
    write!(
        pdf,
        "4 0 obj\n<< /Length {} /Filter /FlateDecode >>\nstream\n",
        packed.len()
    )?;
    pdf.extend(packed);
    // No table of objects: readers look for them, as in many a damaged file.
    pdf.extend(b"\nendstream\nendobj\ntrailer\n<< /Size 5 /Root 1 0 R >>\n%%EOF\n");
    Ok(pdf)
}
