//! Each format from a small file: structure, tables, pages, languages.

use docx_rs::{
    AbstractNumbering, Docx, IndentLevel, Level, LevelJc, LevelText, NumberFormat, Numbering,
    NumberingId,
};
use docx_rs::{Paragraph, Run, Start, Style, StyleType, Table, TableCell, TableRow};
use wafaa_pipelines::knowledge::block::{BlockKind, MediaType};

use super::fixture::{cell, parse, pdf, texts, xlsx};

#[test]
fn a_pdf_keeps_pages_headings_paragraphs_and_menu_lines() {
    let document = parse(
        &pdf(&[
            &[
                (50, 740, 24, "Falafel House"),
                (
                    50,
                    700,
                    11,
                    "We open every day from nine in the morning until mid-",
                ),
                (
                    50,
                    686,
                    11,
                    "night, and we deliver to every part of the city, free.",
                ),
                (50, 650, 11, "Falafel plate ............ 32 SAR"),
                (50, 634, 11, "Lentil soup"),
                (400, 634, 11, "18 SAR"),
            ],
            &[(50, 700, 11, "Parking is behind the house.")],
        ]),
        "menu.pdf",
    );
    assert_eq!(document.media_type, MediaType::Pdf);
    assert_eq!(
        (document.pages, document.title.as_deref()),
        (2, Some("Falafel House"))
    );
    assert_eq!(
        texts(&document),
        [
            "Falafel House",
            "We open every day from nine in the morning until midnight, and we deliver to every part of the city, free.",
            "Falafel plate | 32 SAR",
            "Lentil soup | 18 SAR",
            "Parking is behind the house.",
        ]
    );
    assert_eq!(document.blocks[0].kind, BlockKind::Heading { level: 1 });
    assert_eq!(document.blocks[4].page, Some(2));
}

#[test]
fn a_pdf_table_names_its_columns() {
    let rows = [
        ("Dish", "Diet", "Price"),
        ("Falafel plate", "vegan", "32"),
        ("Chicken", "halal", "45"),
    ];
    let mut page = Vec::new();
    for (index, (dish, diet, price)) in rows.iter().enumerate() {
        let y = 700 - 20 * u32::try_from(index).unwrap();
        page.extend([
            (50, y, 11, *dish),
            (250, y, 11, *diet),
            (400, y, 11, *price),
        ]);
    }
    let document = parse(&pdf(&[&page]), "menu.pdf");
    assert_eq!(
        texts(&document),
        [
            "Dish: Falafel plate | Diet: vegan | Price: 32",
            "Dish: Chicken | Diet: halal | Price: 45"
        ]
    );
}

#[test]
fn running_headers_and_page_numbers_are_dropped() {
    let footers = ["1", "2", "3", "4"];
    let bodies = [
        "Alpha is the first letter.",
        "Beta comes next.",
        "Gamma is third.",
        "Delta ends it.",
    ];
    let pages: Vec<Vec<(u32, u32, u32, &str)>> = footers
        .iter()
        .zip(bodies)
        .map(|(footer, body)| {
            vec![
                (50, 780, 9, "Handbook of letters"),
                (50, 600, 11, body),
                (300, 20, 9, *footer),
            ]
        })
        .collect();
    let pages: Vec<&[(u32, u32, u32, &str)]> = pages.iter().map(Vec::as_slice).collect();
    let document = parse(&pdf(&pages), "book.pdf");
    assert_eq!(
        texts(&document),
        [
            "Handbook of letters",
            bodies[0],
            bodies[1],
            bodies[2],
            bodies[3]
        ]
    );
}

/// An empty Word document with a style for headings.
fn with_headings() -> Docx {
    Docx::new().add_style(
        Style::new("Heading1", StyleType::Paragraph)
            .name("heading 1")
            .outline_lvl(0),
    )
}

#[test]
fn a_word_document_keeps_headings_lists_and_tables() {
    let level = |depth: usize| {
        let text = LevelText::new("•");
        Level::new(
            depth,
            Start::new(1),
            NumberFormat::new("bullet"),
            text,
            LevelJc::new("left"),
        )
    };
    let text = |text: &str| Paragraph::new().add_run(Run::new().add_text(text));
    let item =
        |words: &str, depth| text(words).numbering(NumberingId::new(2), IndentLevel::new(depth));
    let row = |cells: [&str; 2]| {
        TableRow::new(
            cells
                .map(|words| TableCell::new().add_paragraph(text(words)))
                .to_vec(),
        )
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    with_headings()
        .add_abstract_numbering(
            AbstractNumbering::new(2)
                .add_level(level(0))
                .add_level(level(1)),
        )
        .add_numbering(Numbering::new(2, 2))
        .add_paragraph(text("Our menu").style("Heading1"))
        .add_paragraph(text("Everything is cooked to order."))
        .add_paragraph(item("hot drinks", 0))
        .add_paragraph(item("tea", 1))
        .add_table(Table::new(vec![
            row(["Dish", "Price"]),
            row(["Soup", "18 SAR"]),
        ]))
        .build()
        .pack(&mut bytes)
        .unwrap();
    let document = parse(&bytes.into_inner(), "menu.docx");
    assert_eq!(document.media_type, MediaType::Docx);
    assert_eq!(
        texts(&document),
        [
            "Our menu",
            "Everything is cooked to order.",
            "hot drinks",
            "tea",
            "Dish: Soup | Price: 18 SAR"
        ]
    );
    assert_eq!(document.blocks[0].kind, BlockKind::Heading { level: 1 });
    assert_eq!(document.blocks[3].kind, BlockKind::ListItem { depth: 1 });
}

#[test]
fn a_contract_in_word_keeps_the_numbers_of_its_clauses() {
    let level = |depth: usize, format: &str, text: &str| {
        Level::new(
            depth,
            Start::new(1),
            NumberFormat::new(format),
            LevelText::new(text),
            LevelJc::new("left"),
        )
    };
    let text = |text: &str| Paragraph::new().add_run(Run::new().add_text(text));
    let numbered =
        |words: &str, depth| text(words).numbering(NumberingId::new(2), IndentLevel::new(depth));
    let mut bytes = std::io::Cursor::new(Vec::new());
    with_headings()
        .add_abstract_numbering(
            AbstractNumbering::new(2)
                .add_level(level(0, "decimal", "%1."))
                .add_level(level(1, "decimal", "%1.%2"))
                .add_level(level(2, "lowerLetter", "(%3)")),
        )
        .add_numbering(Numbering::new(2, 2))
        .add_paragraph(numbered("Rent", 0).style("Heading1"))
        .add_paragraph(numbered("The rent is due on the first.", 1))
        .add_paragraph(numbered("It may be paid", 1))
        .add_paragraph(numbered("by transfer", 2))
        .add_paragraph(numbered("by cheque", 2))
        .add_paragraph(text("Between the clauses."))
        .add_paragraph(numbered("Pets", 0).style("Heading1"))
        .add_paragraph(numbered("Cats are welcome.", 1))
        .build()
        .pack(&mut bytes)
        .unwrap();
    let document = parse(&bytes.into_inner(), "contract.docx");
    assert_eq!(
        texts(&document),
        [
            "1. Rent",
            "1.1 The rent is due on the first.",
            "1.2 It may be paid",
            "(a) by transfer",
            "(b) by cheque",
            "Between the clauses.",
            "2. Pets",
            "2.1 Cats are welcome."
        ]
    );
}

#[test]
fn a_workbook_shows_formats_merges_and_visible_sheets() {
    let rows = format!(
        "<row r='1'>{}</row><row r='3'>{}{}{}{}</row><row r='4'>{}{}<c r='C4' s='1'><v>32</v></c><c r='D4' s='2'>\
         <v>0.15</v></c></row><row r='5'>{}<c r='C5' s='1'><v>1018.5</v></c><c r='D5' s='3'><v>45356</v></c></row>",
        cell("A1", "Menu of the house"),
        cell("A3", "Kind"),
        cell("B3", "Dish"),
        cell("C3", "Price"),
        cell("D3", "Note"),
        cell("A4", "Plates"),
        cell("B4", "Falafel"),
        cell("B5", "Feast"),
    );
    let styles = "<numFmts count='1'><numFmt numFmtId='164' formatCode='#,##0.00\\ \"SAR\"'/></numFmts>\
        <cellXfs count='4'><xf numFmtId='0'/><xf numFmtId='164'/><xf numFmtId='9'/><xf numFmtId='14'/></cellXfs>";
    let merges = "<mergeCells count='1'><mergeCell ref='A4:A5'/></mergeCells>";
    let document = parse(&xlsx(&rows, merges, styles), "menu.xlsx");
    assert_eq!(document.media_type, MediaType::Xlsx);
    assert_eq!(
        texts(&document),
        [
            "Menu",
            "Menu of the house",
            "Kind: Plates | Dish: Falafel | Price: 32.00 SAR | Note: 15%",
            "Kind: Plates | Dish: Feast | Price: 1,018.50 SAR | Note: 2024-03-05",
        ]
    );
    assert_eq!(document.notes, ["The hidden sheet “Costs” was skipped."]);
}

#[test]
fn text_formats_are_told_apart() {
    let csv = "Dish;Price\nSoup;18\nTea;4\n";
    let document = parse(csv.as_bytes(), "menu.csv");
    assert_eq!(document.media_type, MediaType::Csv);
    assert_eq!(
        texts(&document),
        ["Dish: Soup | Price: 18", "Dish: Tea | Price: 4"]
    );

    let document = parse("# Menu\n\nSoup is *hot*.\n".as_bytes(), "menu.md");
    assert_eq!(
        (document.media_type, document.title.as_deref()),
        (MediaType::Markdown, Some("Menu"))
    );

    let document = parse(
        b"<html><body><h2>Menu</h2><p>Soup</p></body></html>",
        "menu.txt",
    );
    assert_eq!(
        (document.media_type, texts(&document)),
        (MediaType::Html, vec!["Menu", "Soup"])
    );

    let document = parse(b"Open daily.\n\nClosed on Friday.\n", "hours");
    assert_eq!(
        (document.media_type, document.blocks.len()),
        (MediaType::Text, 2)
    );
}

#[test]
fn utf16_and_arabic_code_pages_are_read() {
    let text = "القائمة\tالسعر\nفلافل\t٣٢ ريال\nشوربة\t١٨ ريال\n";
    let wide: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let document = parse(&wide, "menu.tsv");
    assert_eq!(texts(&document)[0], "القائمة: فلافل | السعر: ٣٢ ريال");
    let (bytes, _, _) =
        encoding_rs::WINDOWS_1256.encode("نفتح أبوابنا كل يوم من التاسعة صباحا حتى منتصف الليل");
    assert_eq!(
        texts(&parse(&bytes, "hours.txt")),
        ["نفتح أبوابنا كل يوم من التاسعة صباحا حتى منتصف الليل"]
    );
}
