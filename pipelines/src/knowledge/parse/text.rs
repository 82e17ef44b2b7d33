//! Bytes to characters, the cleaning every format's text gets, and the reader of plain text files.
//!
//! What must stay true: text that can't be decoded is an error, never mojibake; Arabic presentation forms
//! and ligatures are folded (and nothing else is normalised, so quotes stay as written); bidirectional
//! controls never reach a block, where they could reorder what a reader sees.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use unicode_normalization::UnicodeNormalization;

use crate::knowledge::block::{Block, BlockKind};

use super::Parsed;
use super::error::Error;

pub(crate) fn read(bytes: &[u8]) -> Result<Parsed, Error> {
    let text = decode(bytes)?;
    Ok(Parsed {
        blocks: paragraphs(&text),
        ..Parsed::default()
    })
}

/// Decodes by byte-order mark, then UTF-8, then by the statistics of the bytes.
pub(crate) fn decode(bytes: &[u8]) -> Result<String, Error> {
    let text = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) => encoding
            .decode_without_bom_handling(&bytes[mark..])
            .0
            .into_owned(),
        None => match utf16(bytes) {
            Some(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            None => decode_unmarked(bytes),
        },
    };
    let (mut all, mut bad) = (0_usize, 0_usize);
    for character in text.chars() {
        all += 1;
        bad += usize::from(is_noise(character));
    }
    if bad > 2 && bad * 100 > all {
        return Err(Error::WrongEncoding);
    }
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// For looking at the start of a file, where a cut character must not be an error.
pub(crate) fn decode_lossy(bytes: &[u8]) -> String {
    let encoding = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    match encoding.or_else(|| utf16(bytes)) {
        Some(encoding) => encoding.decode(bytes).0.into_owned(),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// UTF-16 without a mark: every other byte of Latin text is NUL.
pub(crate) fn utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return (encoding == UTF_16LE || encoding == UTF_16BE).then_some(encoding);
    }
    let head = &bytes[..bytes.len().min(4096)];
    let nul = |parity: usize| {
        head.iter()
            .skip(parity)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (even, odd) = (nul(0), nul(1));
    let pairs = head.len() / 2;
    if pairs < 2 || (even + odd) * 10 < pairs * 4 {
        return None;
    }
    match (even, odd) {
        (0, _) => Some(UTF_16LE),
        (_, 0) => Some(UTF_16BE),
        _ => None,
    }
}

fn decode_unmarked(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let lossy = String::from_utf8_lossy(bytes);
    let wide = lossy
        .chars()
        .filter(|c| !c.is_ascii() && *c != '\u{FFFD}')
        .count();
    let bad = lossy.matches('\u{FFFD}').count();
    // A UTF-8 file with a few broken bytes, not a file in another encoding.
    if wide > 20 * bad {
        return lossy.into_owned();
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let encoding = detector.guess(None, Utf8Detection::Allow);
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

fn is_noise(character: char) -> bool {
    character == '\u{FFFD}'
        || (character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{C}'))
}

/// Removes what no reader should see and folds presentation forms; trims, and collapses runs of spaces.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => {
                out.truncate(out.trim_end_matches(' ').len());
                out.push('\n');
            }
            _ if is_bidi_control(character) => {}
            '\u{AD}' | '\u{200B}' | '\u{FEFF}' | '\u{FFFD}' => {}
            '\t' | '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{3000}' | ' ' => {
                if !out.ends_with([' ', '\n']) {
                    out.push(' ');
                }
            }
            '\u{FB00}'..='\u{FB06}' | '\u{FB50}'..='\u{FDFB}' | '\u{FE70}'..='\u{FEFC}' => {
                out.extend(std::iter::once(character).nfkc());
            }
            // Symbol fonts draw bullets with private characters.
            '\u{F0B7}' | '\u{F0A7}' | '\u{F076}' | '\u{F0D8}' => out.push('•'),
            '\u{E000}'..='\u{F8FF}' => {}
            _ if character.is_control() => {}
            _ => out.push(character),
        }
    }
    out.trim().to_owned()
}

pub(crate) fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Blank lines part paragraphs; bulleted lines are items; lines wrapped by an editor are joined.
pub(crate) fn paragraphs(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    for line in text.split(['\n', '\u{C}']) {
        let indent = line.len() - line.trim_start().len();
        let line = line.trim();
        let ruler = line.len() > 2 && line.chars().all(|c| "-=_*~#.".contains(c));
        if line.is_empty() || ruler {
            push_paragraph(&mut blocks, &mut lines);
        } else if let Some(item) = list_item(line) {
            push_paragraph(&mut blocks, &mut lines);
            let depth = u8::try_from(indent / 2).unwrap_or(u8::MAX).min(8);
            blocks.push(Block::new(BlockKind::ListItem { depth }, item));
        } else {
            lines.push(line);
        }
    }
    push_paragraph(&mut blocks, &mut lines);
    blocks
}

/// Lines this long were broken by an editor, not by the writer.
const WRAPPED: usize = 50;

fn push_paragraph(blocks: &mut Vec<Block>, lines: &mut Vec<&str>) {
    let Some((_, wrapped)) = lines.split_last() else {
        return;
    };
    let is_wrapped = wrapped.iter().all(|line| line.chars().count() >= WRAPPED);
    blocks.push(Block::paragraph(lines.join(if is_wrapped {
        " "
    } else {
        "\n"
    })));
    lines.clear();
}

/// The text of a line that starts with a bullet or a short number; numbers are kept, bullets are not.
pub(crate) fn list_item(line: &str) -> Option<&str> {
    let bullets = [
        '-', '*', '+', '•', '●', '▪', '■', '◦', '○', '‣', '·', '–', '➢', '✓', '\u{F0B7}',
        '\u{F0A7}',
    ];
    let mut characters = line.chars();
    if characters
        .next()
        .is_some_and(|first| bullets.contains(&first))
    {
        let rest = characters.as_str();
        return rest.starts_with([' ', '\t', '\u{A0}']).then(|| rest.trim());
    }
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let rest = &line[digits..];
    let numbered = (1..=3).contains(&digits) && (rest.starts_with(". ") || rest.starts_with(") "));
    (numbered && rest.trim().len() > 2).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_marks_utf16_and_legacy_pages() {
        assert_eq!(decode(b"\xEF\xBB\xBFcaf\xC3\xA9").unwrap(), "café");
        let wide: Vec<u8> = "Menu, café"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(decode(&wide).unwrap(), "Menu, café");
        let (arabic, _, _) =
            encoding_rs::WINDOWS_1256.encode("قائمة الطعام لدينا متوفرة كل يوم من الصباح");
        assert_eq!(
            decode(&arabic).unwrap(),
            "قائمة الطعام لدينا متوفرة كل يوم من الصباح"
        );
    }

    #[test]
    fn noise_is_refused() {
        let noise: Vec<u8> = (0..4000_u32).map(|n| (n * 7 % 31 + 1) as u8).collect();
        assert_eq!(decode(&noise), Err(Error::WrongEncoding));
    }

    #[test]
    fn cleaning_folds_arabic_forms_and_drops_controls() {
        assert_eq!(clean("\u{202E}\u{FEB3}\u{FEFC}\u{FEE1}\u{202C}"), "سلام");
        assert_eq!(clean(" o\u{FB03}ce  \u{A0}hours \n x"), "office hours\nx");
        assert_eq!(clean("½ ² “quoted”"), "½ ² “quoted”");
    }

    #[test]
    fn plain_text_has_paragraphs_and_items() {
        let blocks = paragraphs(
            "Open daily\nClosed Friday\n\n- falafel\n  - with tahini\n2. soup of the day\n",
        );
        let texts: Vec<&str> = blocks.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "Open daily\nClosed Friday",
                "falafel",
                "with tahini",
                "2. soup of the day"
            ]
        );
        assert_eq!(blocks[2].kind, BlockKind::ListItem { depth: 1 });
    }
}
