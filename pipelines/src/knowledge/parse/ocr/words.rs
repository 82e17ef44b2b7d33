//! Tesseract's table of words (TSV) becomes paragraphs.
//!
//! What must stay true: words it is not at all sure of are left out, since a pattern on paper or a logo reads
//! as letters, too; a page with none left is empty, not wrong.

use crate::knowledge::block::Block;
use crate::knowledge::parse::text;

/// Percent of certainty below which a word is noise.
const NOISE: f32 = 30.0;

/// What was read on a page.
#[derive(Debug, Default, PartialEq)]
pub(in crate::knowledge::parse) struct Page {
    pub(in crate::knowledge::parse) blocks: Vec<Block>,
    /// Mean certainty of its words, in percent.
    pub(in crate::knowledge::parse) certainty: u8,
}

impl Page {
    /// Columns: level, page, block, paragraph, line, word, left, top, width, height, certainty, text.
    pub(in crate::knowledge::parse) fn of_tsv(tsv: &str) -> Self {
        let mut paragraphs: Vec<((&str, &str), String)> = Vec::new();
        let mut last_line = "";
        let (mut sum, mut words) = (0.0, 0.0);
        for row in tsv.lines().skip(1) {
            let fields: Vec<&str> = row.splitn(12, '\t').collect();
            let [_, _, block, paragraph, line, _, _, _, _, _, certainty, word] = fields.as_slice()
            else {
                continue;
            };
            let certainty: f32 = certainty.parse().unwrap_or(-1.0);
            let word = word.trim();
            if certainty < NOISE || word.is_empty() {
                continue;
            }
            sum += certainty;
            words += 1.0;
            match paragraphs.last_mut() {
                Some((place, text)) if *place == (*block, *paragraph) => {
                    text.push(if *line == last_line { ' ' } else { '\n' });
                    text.push_str(word);
                }
                _ => paragraphs.push(((block, paragraph), word.to_owned())),
            }
            last_line = *line;
        }
        let blocks = paragraphs
            .iter()
            .flat_map(|(_, text)| text::paragraphs(text))
            .collect();
        // Within 0 to 100 by Tesseract's word; `as` cuts what isn't.
        let certainty = if words > 0.0 { (sum / words) as u8 } else { 0 };
        Self { blocks, certainty }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_paragraphs_and_noise_goes() {
        let tsv = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
            1\t1\t0\t0\t0\t0\t0\t0\t9\t9\t-1\t\n\
            5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t96.5\tLentil\n\
            5\t1\t1\t1\t1\t2\t0\t0\t9\t9\t93.5\tsoup\n\
            5\t1\t1\t1\t2\t1\t0\t0\t9\t9\t90\t18 SAR\n\
            5\t1\t1\t2\t1\t1\t0\t0\t9\t9\t12\t~|/\n\
            5\t1\t2\t1\t1\t1\t0\t0\t9\t9\t80\tThanks\n";
        let page = Page::of_tsv(tsv);
        let texts: Vec<&str> = page
            .blocks
            .iter()
            .map(|block| block.text.as_str())
            .collect();
        assert_eq!(texts, ["Lentil soup\n18 SAR", "Thanks"]);
        assert_eq!(page.certainty, 90);
        assert_eq!(Page::of_tsv(""), Page::default());
    }
}
