//! The report card of a document, as it is shown.

use poem_openapi::{Enum, Object};
use wafaa_domain::TenantScope;
use wafaa_pipelines::knowledge::{
    block::Because,
    report::{self as card, Direction},
};
use wafaa_storage::{
    Error as StorageError,
    blob::{self, BlobKey},
    document,
};

use super::view::Failure;
use crate::{
    error::{Error, Result},
    state::State,
};

/// What was read of a version of a document, and what was not.
#[derive(Debug, Object)]
#[oai(rename = "DocumentReport")]
pub(super) struct Report {
    /// The version it is about.
    version: i32,
    /// Why that version failed, when it did.
    error: Option<Failure>,
    /// MIME type found in the content; known once read, as is all that follows.
    media_type: Option<String>,
    /// What the document calls itself.
    title: Option<String>,
    /// Whether any of its text was recognised from a picture.
    recognised: bool,
    /// All of it together.
    total: Option<Counts>,
    /// Each page, from the first; empty in formats without pages.
    pages: Vec<Page>,
    /// What was skipped or guessed and why, one sentence each.
    notes: Vec<String>,
}

/// How much there is.
#[derive(Debug, Object)]
#[oai(rename = "ReportCounts")]
struct Counts {
    /// Characters of text, without spaces.
    characters: u64,
    headings: u32,
    tables: u32,
    /// Rows of tables, headers aside.
    rows: u32,
    direction: TextDirection,
}

/// The way text runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
enum TextDirection {
    LeftToRight,
    RightToLeft,
    /// Both, neither for less than a tenth.
    Mixed,
}

/// One page.
#[derive(Debug, Object)]
#[oai(rename = "ReportPage")]
struct Page {
    /// From 1.
    number: u32,
    source: Source,
    /// How sure recognition was of the words, in percent; null where it wasn't needed or read none.
    certainty: Option<u8>,
    counts: Counts,
}

/// Where a page's text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "ReportSource", rename_all = "snake_case")]
enum Source {
    /// The file's own characters.
    Text,
    /// Recognised from a picture.
    Recognised,
    /// It is a picture that wasn't recognised.
    Picture,
    /// Its fonts don't say which characters they draw.
    Unmapped,
    /// Nothing is on the page.
    Blank,
}

/// The report of a version of a document; of the newest unless said.
pub(super) async fn of(
    state: &State,
    scope: &TenantScope,
    found: document::Document,
    version: Option<i32>,
) -> Result<Report> {
    let version = version.unwrap_or(found.version);
    if !(1..=found.version).contains(&version) {
        return Err(Error::from(StorageError::NotFound));
    }
    let key = BlobKey::report(found.id, version);
    let card: Option<card::Report> = match state.documents.blobs.get(scope, &key).await {
        Ok(json) => serde_json::from_slice(&json).ok(),
        // Not read yet, or it could not be.
        Err(blob::Error::Missing) => None,
        Err(other) => return Err(wafaa_jobs::document::Error::from(other).into()),
    };
    let error = found.error.filter(|_| version == found.version);
    let mut report = card.map_or_else(
        || Report::nothing(version),
        |card| Report::new(version, card),
    );
    report.error = error.map(Failure::from);
    Ok(report)
}

impl Report {
    fn nothing(version: i32) -> Self {
        Self {
            version,
            error: None,
            media_type: None,
            title: None,
            recognised: false,
            total: None,
            pages: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn new(version: i32, card: card::Report) -> Self {
        Self {
            recognised: card.recognised(),
            media_type: Some(card.media_type.as_str().to_owned()),
            title: card.title,
            total: Some(card.total.into()),
            pages: card.pages.into_iter().map(Page::from).collect(),
            notes: card.notes,
            ..Self::nothing(version)
        }
    }
}

impl From<card::Counts> for Counts {
    fn from(counts: card::Counts) -> Self {
        Self {
            direction: match counts.direction() {
                Direction::LeftToRight => TextDirection::LeftToRight,
                Direction::RightToLeft => TextDirection::RightToLeft,
                Direction::Mixed => TextDirection::Mixed,
            },
            characters: counts.characters,
            headings: counts.headings,
            tables: counts.tables,
            rows: counts.rows,
        }
    }
}

impl From<card::Page> for Page {
    fn from(page: card::Page) -> Self {
        let (source, certainty) = match page.source {
            card::Source::Text => (Source::Text, None),
            card::Source::Recognised(certainty) => (Source::Recognised, Some(certainty)),
            card::Source::Skipped(Because::Picture) => (Source::Picture, None),
            card::Source::Skipped(Because::Unmapped) => (Source::Unmapped, None),
            card::Source::Blank => (Source::Blank, None),
        };
        Self {
            number: page.number,
            source,
            certainty,
            counts: page.counts.into(),
        }
    }
}
