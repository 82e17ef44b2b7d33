//! Packs the units of a section into passages.
//!
//! Blocks are kept whole while they fit; a block that introduces the next (a question, or a line ending in
//! a colon) is packed together with it.

use std::ops::Range;

use super::{
    Chunk, HEADING_SEPARATOR, SPECIAL_TOKENS,
    layout::{Placed, Section},
    unit::{Ruler, Unit},
};
use crate::knowledge::block::BlockKind;

/// A passage shorter than this share of the target takes in part of a long paragraph rather than end.
const SHORT_SHARE: usize = 4;

/// The passages of one section.
pub(super) fn pack(section: &Section<'_>, ruler: &Ruler<'_>) -> Vec<Chunk> {
    let mut packer = Packer::new(section, ruler);
    for (index, placed) in section.blocks.iter().enumerate() {
        let units = ruler.units(placed, packer.room);
        packer.add_block(units, introduces(placed, section.blocks.get(index + 1)));
    }
    packer.close();
    packer.chunks
}

/// Whether `block` asks or announces what `next` says.
fn introduces(placed: &Placed<'_>, next: Option<&Placed<'_>>) -> bool {
    let Some(next) = next else { return false };
    let prose = |placed: &Placed<'_>| matches!(placed.block.kind, BlockKind::Paragraph);
    let announces = placed
        .block
        .text
        .trim_end()
        .ends_with([':', '：', '?', '؟', '？']);
    prose(placed) && announces && !matches!(next.block.kind, BlockKind::Heading { .. })
}

struct Packer<'a> {
    ruler: &'a Ruler<'a>,
    heading: &'a [String],
    heading_tokens: usize,
    /// Tokens that a passage's text may have.
    room: usize,
    /// Tokens that it is gathered up to.
    target: usize,
    open: Vec<Unit>,
    /// How many units at the end of `open` belong with what follows.
    glued: usize,
    chunks: Vec<Chunk>,
}

impl<'a> Packer<'a> {
    fn new(section: &'a Section<'_>, ruler: &'a Ruler<'a>) -> Self {
        let heading_tokens = ruler.tokens(&section.heading.join(HEADING_SEPARATOR));
        let room = ruler
            .limits
            .max_tokens
            .saturating_sub(SPECIAL_TOKENS + heading_tokens)
            .max(1);
        let target = ruler
            .limits
            .target_tokens
            .saturating_sub(heading_tokens)
            .clamp(1, room);
        Self {
            ruler,
            heading: &section.heading,
            heading_tokens,
            room,
            target,
            open: Vec::new(),
            glued: 0,
            chunks: Vec::new(),
        }
    }

    fn add_block(&mut self, units: Vec<Unit>, introduces: bool) {
        let whole: usize = units.iter().map(|unit| unit.tokens).sum();
        let limit = if self.glued > 0 {
            self.room
        } else {
            self.target
        };
        let fits = self.open.is_empty() || self.open_tokens() + whole <= limit;
        let fills_up = whole > self.room && self.open_tokens() < self.target / SHORT_SHARE;
        if !(fits || fills_up) {
            self.close_before_glued();
        }
        let count = units.len();
        if self.open_tokens() + whole <= self.room
            && self.open_bytes(&units) <= self.ruler.limits.max_bytes
        {
            self.open.extend(units);
        } else {
            self.split(units);
        }
        self.glued = if introduces {
            (self.glued + count).min(self.open.len())
        } else {
            0
        };
    }

    /// Spreads a block over several passages, each but the first beginning with the last's last sentence.
    fn split(&mut self, units: Vec<Unit>) {
        let mut rest: usize = units.iter().map(|unit| unit.tokens).sum();
        for unit in units {
            let tokens = self.open_tokens();
            let ends_here = tokens + rest <= self.room;
            let over_target = !ends_here && tokens + unit.tokens > self.target;
            let over_room = tokens + unit.tokens > self.room
                || self.open_bytes(std::slice::from_ref(&unit)) > self.ruler.limits.max_bytes;
            if !self.open.is_empty() && (over_target || over_room) {
                let last = self.open.last().filter(|_| self.open.len() > 1).cloned();
                self.close();
                let overlap = last.filter(|last| {
                    last.tokens <= self.ruler.limits.overlap_tokens
                        && last.tokens + unit.tokens <= self.room
                        && unit.range.end - last.range.start <= self.ruler.limits.max_bytes
                });
                self.open.extend(overlap);
            }
            rest -= unit.tokens;
            self.open.push(unit);
        }
    }

    fn open_tokens(&self) -> usize {
        self.open.iter().map(|unit| unit.tokens).sum()
    }

    /// The bytes of the open passage with `more`.
    fn open_bytes(&self, more: &[Unit]) -> usize {
        let start = self
            .open
            .first()
            .or(more.first())
            .map_or(0, |unit| unit.range.start);
        more.last()
            .or(self.open.last())
            .map_or(0, |unit| unit.range.end - start)
    }

    /// Ends the open passage, but for the units that introduce what comes next.
    fn close_before_glued(&mut self) {
        let glued = self.open.split_off(self.open.len() - self.glued);
        if self.open.is_empty() {
            // All of it introduces what can't be added: it must stand alone.
            self.open = glued;
            self.close();
            return;
        }
        self.close();
        self.open = glued;
    }

    fn close(&mut self) {
        let units = std::mem::take(&mut self.open);
        self.glued = 0;
        let (Some(first), Some(last)) = (units.first(), units.last()) else {
            return;
        };
        let (start, end) = (first.range.start, last.range.end);
        let offset = |at: usize| u32::try_from(at - start).unwrap_or(u32::MAX);
        let sentences: Vec<Range<u32>> = units
            .iter()
            .map(|unit| offset(unit.range.start)..offset(unit.range.end))
            .collect();
        let tokens = self.ruler.joined(&units) + self.heading_tokens + SPECIAL_TOKENS;
        self.chunks.push(Chunk {
            ordinal: 0,
            page: first.page,
            heading: self.heading.to_vec(),
            start,
            end,
            text: self.ruler.text[start..end].to_owned(),
            tokens,
            sentences,
        });
    }
}
