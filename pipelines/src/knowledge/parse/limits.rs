//! The ceilings of parsing, in one place: what a format may contain, and what the child process may take.
//!
//! What must stay true: each cap is checked while the work is done, not after, and reaching one is an error
//! the uploader is told about, never a silent cut.

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(crate) const MIB: u64 = 1 << 20;

/// Bytes all members of an office file may inflate to together.
pub(crate) const MAX_INFLATED: u64 = 256 * MIB;
pub(crate) const MAX_ARCHIVE_ENTRIES: usize = 10_000;
/// Largest inflated : stored ratio of one member, looked at once it exceeds [`RATIO_FLOOR`].
/// Ordinary office XML deflates 5 to 20 times, sparse sheets a few hundred.
pub(crate) const MAX_INFLATE_RATIO: u64 = 500;
pub(crate) const RATIO_FLOOR: u64 = 16 * MIB;

pub(crate) const MAX_PAGES: usize = 3_000;
/// Glyphs of a whole PDF; a 3,000-page book has about six million.
pub(crate) const MAX_GLYPHS: usize = 8_000_000;
/// Filled cells of a whole workbook, or fields of a CSV file.
pub(crate) const MAX_CELLS: usize = 1_000_000;
/// Cells of one table once blanks between filled cells are counted.
pub(crate) const MAX_TABLE_AREA: usize = 4_000_000;
/// Nesting of HTML elements kept; anything deeper is flattened into its ancestor.
pub(crate) const MAX_HTML_DEPTH: usize = 256;
pub(crate) const MAX_HTML_TAGS: usize = 1_000_000;
/// Files of a ZIP archive of documents, and bytes they may unpack to together.
pub(crate) const MAX_MEMBERS: usize = 1_000;
pub(crate) const MAX_UNPACKED: u64 = 128 * MIB;
/// Addresses taken of one web page, and of one sitemap: sitemaps.org allows no more.
pub(crate) const MAX_LINKS: usize = 5_000;
pub(crate) const MAX_SITEMAP_ENTRIES: usize = 50_000;
/// Bytes a sitemap may unpack to, as sitemaps.org has it.
pub(crate) const MAX_SITEMAP: u64 = 50 * MIB;
/// Nesting of XML elements in OpenDocument and EPUB files.
pub(crate) const MAX_XML_DEPTH: usize = 1_000;
/// Nesting of groups in rich text.
pub(crate) const MAX_RTF_DEPTH: usize = 1_000;
/// Bytes of text all blocks may hold together, table headers repeated in each row included.
pub(crate) const MAX_TEXT: usize = 64 << 20;

/// What one child process may take before it is stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Address space in bytes.
    pub memory: u64,
    /// Processor seconds.
    pub cpu_seconds: u64,
    /// Time from spawn to answer, waiting for a processor included.
    pub wall: Duration,
    /// Bytes of the uploaded file.
    pub input: u64,
    /// Bytes of the JSON answer.
    pub output: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 1024 * MIB,
            cpu_seconds: 30,
            wall: Duration::from_secs(60),
            input: 64 * MIB,
            output: 192 * MIB,
        }
    }
}
