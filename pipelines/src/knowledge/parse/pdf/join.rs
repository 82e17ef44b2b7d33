//! Whether a line goes on with the block before it.
//!
//! What must stay true: the proof is in the layout (room left, indents, gaps, sizes) and in the sentence
//! (a hyphen, a small letter after no full stop), never in one of them alone when they disagree.

use crate::knowledge::block::BlockKind;
use crate::knowledge::parse::text;

use super::line::Line;

/// A block being read: its kind, text and last line.
pub(super) struct Open {
    pub(super) kind: BlockKind,
    pub(super) text: String,
    pub(super) page: u32,
    pub(super) last: Line,
    pub(super) lines: usize,
}

/// Space left at the end of the line before `at`, against the widest line near it.
pub(super) fn slack(lines: &[Line], at: usize) -> f64 {
    let Some(above) = at.checked_sub(1).map(|at| &lines[at]) else {
        return 0.0;
    };
    let near = |line: &&Line| {
        let overlaps = line.x0 < above.x1 && line.x1 > above.x0;
        let alike = (line.size - above.size).abs() < 0.12 * above.size && line.cells.len() == 1;
        line.direction == above.direction && overlaps && alike
    };
    let from = at.saturating_sub(8);
    let to = (at + 8).min(lines.len());
    let near = lines[from..to].iter().filter(near);
    if above.rtl {
        above.x0 - near.map(|line| line.x0).fold(above.x0, f64::min)
    } else {
        near.map(|line| line.x1).fold(above.x1, f64::max) - above.x1
    }
}

pub(super) fn joins(
    open: &Open,
    line: &Line,
    text: &str,
    page: u32,
    room: f64,
    pitch: f64,
    level: Option<u8>,
) -> bool {
    let last = &open.last;
    let em = last.size.max(line.size);
    let same_size = (last.size - line.size).abs() < 0.12 * em;
    if last.direction != line.direction || !same_size {
        return false;
    }
    let heading = matches!(open.kind, BlockKind::Heading { .. });
    if heading != level.is_some() || text::list_item(text.trim()).is_some() {
        return false;
    }
    let down = line.y - last.y;
    if page != open.page || down < -0.5 * em {
        return !heading && runs_on(&open.text, text);
    }
    let apart = line.x0 > last.x1 || last.x0 > line.x1;
    if down > pitch.max(1.0) * 1.35 * em || apart {
        return false;
    }
    if heading {
        return open.text.chars().count() < 200;
    }
    if last.bold != line.bold && open.lines == 1 && room > em {
        return false;
    }
    let indented = if line.rtl {
        last.x1 - line.x1
    } else {
        line.x0 - last.x0
    };
    let first_indent = indented > em && indented < 4.0 * em && open.lines > 1 && !is_item(open);
    if first_indent && ends_sentence(&open.text) {
        return false;
    }
    // A sentence that plainly goes on needs less proof than the room at the line's end.
    let allowance = match runs_on(&open.text, text) {
        true if open.text.ends_with(['-', '\u{AD}', '\u{2010}']) => return true,
        true => 4.0,
        false => 0.3,
    };
    room < first_word(line, text) + allowance * em
}

fn is_item(open: &Open) -> bool {
    matches!(open.kind, BlockKind::ListItem { .. })
}

/// Whether a sentence goes on over a break of column or page.
fn runs_on(before: &str, after: &str) -> bool {
    let starts_small = after
        .trim_start()
        .chars()
        .next()
        .is_some_and(char::is_lowercase);
    !ends_sentence(before) && starts_small
}

fn ends_sentence(text: &str) -> bool {
    text.trim_end()
        .ends_with(['.', '!', '?', ':', ';', '؟', '。', '”', ')'])
}

/// Width of the first word of a line.
fn first_word(line: &Line, text: &str) -> f64 {
    let all = text.chars().count().max(1) as f64;
    let word = text
        .split_whitespace()
        .next()
        .map_or(0, |word| word.chars().count()) as f64;
    (line.x1 - line.x0) * word / all
}

/// Joins a line, taking back a hyphen that only parted a word.
pub(super) fn append(text: &mut String, line: &str) {
    let line = line.trim();
    let starts_small = line.chars().next().is_some_and(char::is_lowercase);
    let mut ends = text.chars().rev();
    let hyphen = ends
        .next()
        .is_some_and(|c| matches!(c, '-' | '\u{AD}' | '\u{2010}'));
    if hyphen && starts_small && ends.next().is_some_and(char::is_alphabetic) {
        text.pop();
    } else if !(text.ends_with(' ')
        || (text.ends_with(is_unspaced) && line.starts_with(is_unspaced)))
    {
        text.push(' ');
    }
    text.push_str(line);
}

/// Chinese and Japanese, which part no words with spaces.
fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{3001}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{FF01}'..='\u{FF60}')
}
