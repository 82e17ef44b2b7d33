//! With words for tokens, so that no model is needed; `tests/it/chunk.rs` uses the real tokenizer.

use proptest::prelude::*;

use super::*;
use crate::knowledge::block::{Block, BlockKind, MediaType};

const LIMITS: Limits = Limits {
    max_tokens: 40,
    target_tokens: 28,
    overlap_tokens: 6,
    max_bytes: 400,
};

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

fn document(blocks: Vec<Block>) -> ParsedDocument {
    ParsedDocument {
        media_type: MediaType::Text,
        title: None,
        pages: 0,
        blocks,
        textless: Vec::new(),
        notes: Vec::new(),
    }
}

fn cut_words(blocks: Vec<Block>) -> Vec<Chunk> {
    cut(&document(blocks), &words, &LIMITS)
}

fn item(text: &str) -> Block {
    Block::new(BlockKind::ListItem { depth: 0 }, text)
}

fn row(cells: &[&str]) -> Block {
    let cells: Vec<String> = cells.iter().map(|&cell| cell.to_owned()).collect();
    let text = cells.join(" | ");
    Block::new(
        BlockKind::TableRow {
            cells,
            header: Vec::new(),
        },
        text,
    )
}

#[test]
fn short_neighbours_under_one_heading_share_a_passage() {
    let chunks = cut_words(vec![
        Block::heading(1, "Visit us"),
        Block::paragraph("Open daily. Closed on Friday.").on_page(2),
        Block::paragraph("Parking is free."),
        Block::heading(2, "Pets"),
        Block::paragraph("Dogs are welcome."),
    ]);
    let shown: Vec<_> = chunks
        .iter()
        .map(|chunk| (chunk.heading_path(), chunk.text.as_str(), chunk.page))
        .collect();
    assert_eq!(
        shown,
        [
            (
                "Visit us".to_owned(),
                "Open daily. Closed on Friday.\nParking is free.",
                Some(2)
            ),
            ("Visit us › Pets".to_owned(), "Dogs are welcome.", None),
        ]
    );
    let sentences: Vec<&str> = chunks[0]
        .sentences
        .iter()
        .map(|range| &chunks[0].text[range.start as usize..range.end as usize])
        .collect();
    assert_eq!(
        sentences,
        ["Open daily.", "Closed on Friday.", "Parking is free."]
    );
}

#[test]
fn a_table_row_is_one_line_and_one_sentence() {
    let rows: Vec<Block> = (0..20)
        .map(|n| row(&["Dish. Nice", "vegan", &n.to_string()]))
        .collect();
    let chunks = cut_words(rows);
    assert!(chunks.len() > 1);
    for chunk in &chunks {
        assert_eq!(chunk.sentences.len(), chunk.text.lines().count());
        assert!(
            chunk
                .text
                .lines()
                .all(|line| line.starts_with("Dish. Nice | vegan | ")),
            "{}",
            chunk.text
        );
    }
}

#[test]
fn a_list_stays_with_its_introduction_and_an_answer_with_its_question() {
    let filler = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen.";
    let chunks = cut_words(vec![
        Block::paragraph(filler),
        Block::paragraph("These dishes are always vegan:"),
        item("Falafel plate with tahini and pickles"),
        item("Lentil soup"),
        Block::paragraph(filler),
        Block::paragraph("Do you deliver to the airport?"),
        Block::paragraph("Yes, every day until ten."),
    ]);
    let with = |needle: &str| {
        chunks
            .iter()
            .find(|chunk| chunk.text.contains(needle))
            .unwrap()
    };
    assert!(
        with("always vegan").text.contains("Falafel plate"),
        "{chunks:#?}"
    );
    assert!(
        with("to the airport").text.contains("until ten"),
        "{chunks:#?}"
    );
}

#[test]
fn a_long_paragraph_is_split_between_sentences_with_a_small_overlap() {
    let sentences: Vec<String> = (0..20)
        .map(|n| format!("Sentence {n} has six words."))
        .collect();
    let chunks = cut_words(vec![Block::paragraph(sentences.join(" "))]);
    assert!(chunks.len() > 2);
    for pair in chunks.windows(2) {
        assert!(pair[1].start < pair[0].end, "no overlap: {pair:#?}");
        assert!(pair[0].text.ends_with('.') && pair[1].text.starts_with("Sentence"));
    }
}

#[test]
fn a_heading_without_text_is_not_lost() {
    let chunks = cut_words(vec![
        Block::heading(1, "Menu"),
        Block::heading(1, "Call 800 123"),
    ]);
    let texts: Vec<&str> = chunks.iter().map(|chunk| chunk.text.as_str()).collect();
    assert_eq!(texts, ["Menu", "Call 800 123"]);
}

fn any_block() -> impl Strategy<Value = Block> {
    let prose = "([a-zäه]{1,9}[,.?؟:]? ?){1,90}";
    prop_oneof![
        4 => prose.prop_map(Block::paragraph),
        2 => "[a-z ]{1,40}".prop_map(|text| item(&text)),
        2 => "[a-z]{1,9}".prop_map(|cell| row(&["Dish", &cell, "vegan"])),
        1 => "[a-z]{401,1500}".prop_map(Block::paragraph),
        1 => "[a-z]{1,9}\n[a-z ]{1,200}".prop_map(|text| Block::new(BlockKind::Code, text)),
        2 => (1_u8..4, "[a-z]{1,8}( [a-z]{1,8}){0,14}").prop_map(|(level, text)| Block::heading(level, text)),
    ]
}

proptest! {
    #[test]
    fn nothing_is_lost_repeated_or_too_long(blocks in prop::collection::vec(any_block(), 0..25)) {
        let document = document(blocks);
        let text = super::text(&document);
        let chunks = cut(&document, &words, &LIMITS);
        let mut covered = vec![0_u8; text.len()];
        for (ordinal, chunk) in chunks.iter().enumerate() {
            prop_assert_eq!(chunk.ordinal as usize, ordinal);
            prop_assert_eq!(&chunk.text, &text[chunk.start..chunk.end]);
            prop_assert!(chunk.text.len() <= LIMITS.max_bytes);
            prop_assert_eq!(chunk.tokens, words(&chunk.heading_path()) + words(&chunk.text) + SPECIAL_TOKENS);
            prop_assert!(chunk.tokens <= LIMITS.max_tokens);
            let mut end = 0;
            for range in &chunk.sentences {
                prop_assert!(chunk.text[end..range.start as usize].trim().is_empty());
                end = range.end as usize;
            }
            prop_assert_eq!(end, chunk.text.len());
            covered[chunk.start..chunk.end].iter_mut().for_each(|times| *times += 1);
        }
        let mut start = 0;
        for block in &document.blocks {
            let range = start..start + block.text.len();
            start = range.end + 1;
            let in_a_path = chunks.iter().any(|chunk| chunk.heading.contains(&block.text));
            let lost = range.clone().find(|&at| covered[at] == 0 && !text.as_bytes()[at].is_ascii_whitespace());
            prop_assert!(in_a_path || lost.is_none(), "lost {:?}", &block.text);
        }
        for pair in chunks.windows(2) {
            let repeated = pair[0].end.saturating_sub(pair[1].start);
            prop_assert!(words(&pair[1].text[..repeated.min(pair[1].text.len())]) <= LIMITS.overlap_tokens);
        }
        prop_assert!(covered.iter().all(|&times| times <= 2));
    }
}
