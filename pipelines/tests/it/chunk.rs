//! Passages by the real tokenizer.

use proptest::prelude::*;
use wafaa_pipelines::knowledge::{
    block::{Block, BlockKind},
    chunk::{Limits, chunk, text},
};

use crate::{ENGINE, parsed, table};

#[test]
fn passages_of_a_menu_keep_rows_whole_and_name_their_columns() {
    let rows: Vec<Vec<String>> = (0..60)
        .map(|n| {
            vec![
                format!("Dish {n} with rice, herbs. And bread"),
                "vegan".into(),
                format!("{n} SAR"),
            ]
        })
        .collect();
    let rows: Vec<Vec<&str>> = rows
        .iter()
        .map(|row| row.iter().map(String::as_str).collect())
        .collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let mut blocks = vec![Block::heading(1, "Menu"), Block::heading(2, "Mains")];
    blocks.extend(table(&["Dish", "Diet", "Price"], &rows));
    let chunks = chunk(&parsed(blocks), ENGINE.tokenizer(), &Limits::default());
    assert!(chunks.len() > 5);
    for chunk in &chunks {
        assert_eq!(chunk.heading, ["Menu", "Mains"]);
        assert!(
            chunk
                .text
                .lines()
                .all(|line| line.starts_with("Dish: Dish ") && line.ends_with(" SAR")),
            "{}",
            chunk.text
        );
        assert_eq!(chunk.sentences.len(), chunk.text.lines().count());
    }
}

#[test]
fn an_arabic_sentence_is_not_cut_for_its_letters() {
    let sentence = "تقدم مطاعمنا في جميع الفروع تشكيلة واسعة من الأطباق النباتية التي تحضر يوميا من مكونات طازجة ونوصل الطلبات \
                    إلى جميع أحياء المدينة من الساعة العاشرة صباحا حتى منتصف الليل مقابل رسوم توصيل بسيطة تضاف إلى قيمة الفاتورة عند الدفع نقدا أو بالبطاقة أو عبر التطبيق، ولا تشمل هذه الرسوم الطلبات الكبيرة للمناسبات والحفلات.";
    let tokens = ENGINE.tokenizer().count(sentence);
    assert!(
        tokens > Limits::default().max_tokens,
        "the test's sentence is too short: {tokens}"
    );
    let chunks = chunk(
        &parsed(vec![Block::paragraph(sentence)]),
        ENGINE.tokenizer(),
        &Limits::for_language("ar"),
    );
    assert_eq!(chunks.len(), 1);
}

fn any_block() -> impl Strategy<Value = Block> {
    prop_oneof![
        4 => "([\\PC]{1,12}[,.?؟:]? ){1,120}".prop_map(Block::paragraph),
        1 => "[a-zA-Z0-9+/]{300,6000}".prop_map(Block::paragraph),
        1 => "[\\p{Han}\\p{Arabic}.]{300,900}".prop_map(Block::paragraph),
        2 => "\\PC{1,60}".prop_map(|text| Block::new(BlockKind::ListItem { depth: 0 }, text)),
        1 => (1_u8..4, "\\PC{1,90}").prop_map(|(level, text)| Block::heading(level, text)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_passage_is_above_the_limit_and_no_text_lost(blocks in prop::collection::vec(any_block(), 0..8)) {
        let document = parsed(blocks);
        let tokenizer = ENGINE.tokenizer();
        let limits = Limits::default();
        let whole = text(&document);
        let chunks = chunk(&document, tokenizer, &limits);
        let mut covered = vec![false; whole.len()];
        for chunk in &chunks {
            let embedded = format!("{}\n{}", chunk.heading_path(), chunk.text);
            prop_assert!(tokenizer.count(&embedded) + 2 <= limits.max_tokens);
            prop_assert_eq!(chunk.tokens, tokenizer.count(&embedded) + 2);
            prop_assert_eq!(&chunk.text, &whole[chunk.start..chunk.end]);
            covered[chunk.start..chunk.end].fill(true);
        }
        let mut start = 0;
        for block in &document.blocks {
            let range = start..start + block.text.len();
            start = range.end + 1;
            let in_a_path = chunks.iter().any(|chunk| chunk.heading.contains(&block.text));
            let lost = whole[range.clone()].char_indices().find(|(at, c)| !c.is_whitespace() && !covered[range.start + at]);
            prop_assert!(in_a_path || lost.is_none(), "lost {:?} of {:?}", lost, &block.text);
        }
    }
}
