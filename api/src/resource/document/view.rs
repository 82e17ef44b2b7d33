//! How documents and chunks are shown.

use poem_openapi::{ApiResponse, Enum, Object, payload::Json};
use wafaa_domain::DocumentStatus;
use wafaa_jobs::document::Accepted;
use wafaa_storage::{chunk, document};

use crate::resource::time;

/// Where the newest version of a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "DocumentStatus", rename_all = "snake_case")]
pub(super) enum Status {
    /// Stored; its first job has not started.
    Queued,
    /// Being parsed, chunked, embedded or indexed.
    Processing,
    /// Searchable.
    Ready,
    /// Given up; `error` says why and what to do.
    Failed,
}

/// Why a document failed, or a web page is none.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub(crate) struct Failure {
    /// Stable, for programs.
    code: String,
    /// One sentence that says what is wrong and what to do.
    message: String,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub(super) struct Document {
    id: String,
    /// What it is called in citations.
    title: String,
    /// The name it was uploaded under.
    filename: String,
    /// MIME type found in the content; known once parsed.
    media_type: Option<String>,
    /// Size of the newest version.
    bytes: u64,
    pub(super) status: Status,
    /// How far the newest version is, in percent.
    progress: u32,
    /// The newest version, from 1.
    version: i32,
    /// The version that answers, if any does.
    live_version: Option<i32>,
    /// 0 in formats without pages.
    pages: u32,
    chunks: u32,
    /// ISO 639-1 code, given or recognised.
    language: Option<String>,
    /// Why it failed, when it did.
    error: Option<Failure>,
    /// The web page it is, when it comes from a source.
    source_url: Option<String>,
    created_at: String,
    updated_at: String,
}

/// A passage of a document.
#[derive(Object)]
pub(super) struct Chunk {
    id: String,
    /// Its place in the document, from 0.
    ordinal: i32,
    /// The page it begins on, from 1; null in formats without pages.
    page: Option<u32>,
    /// The headings above it, outermost first.
    heading: Vec<String>,
    text: String,
    language: String,
    /// Tokens of heading and text.
    tokens: u32,
}

/// A document and the job that works on it.
#[derive(Object)]
pub(super) struct Taken {
    document: Document,
    /// The newest job for it.
    job_id: String,
}

#[derive(ApiResponse)]
pub(super) enum Uploaded {
    /// The tenant has this content already, and it is ready
    #[oai(status = 200)]
    Known(Json<Taken>),
    /// It is stored and being worked on
    #[oai(status = 202)]
    Accepted(Json<Taken>),
}

#[derive(ApiResponse)]
pub(super) enum Started {
    /// It is stored and being worked on
    #[oai(status = 202)]
    Accepted(Json<Taken>),
}

impl Status {
    pub(super) const fn stored(self) -> DocumentStatus {
        match self {
            Self::Queued => DocumentStatus::Queued,
            Self::Processing => DocumentStatus::Processing,
            Self::Ready => DocumentStatus::Ready,
            Self::Failed => DocumentStatus::Failed,
        }
    }

    const fn of(status: DocumentStatus) -> Self {
        match status {
            DocumentStatus::Queued => Self::Queued,
            DocumentStatus::Processing => Self::Processing,
            DocumentStatus::Ready => Self::Ready,
            DocumentStatus::Failed => Self::Failed,
        }
    }

    /// Whether nothing more happens by itself.
    pub(super) const fn is_final(self) -> bool {
        matches!(self, Self::Ready | Self::Failed)
    }
}

impl From<document::Document> for Document {
    fn from(document: document::Document) -> Self {
        Self {
            id: document.id.to_string(),
            title: document.title,
            filename: document.filename,
            media_type: document.media_type,
            bytes: document.bytes,
            status: Status::of(document.status),
            progress: document.progress,
            version: document.version,
            live_version: document.live_version,
            pages: document.pages,
            chunks: document.chunks,
            language: document.language,
            error: document.error.map(Failure::from),
            source_url: document.source_url,
            created_at: time(document.created_at),
            updated_at: time(document.updated_at),
        }
    }
}

impl From<wafaa_domain::Failure> for Failure {
    fn from(failure: wafaa_domain::Failure) -> Self {
        Self {
            code: failure.code,
            message: failure.message,
        }
    }
}

impl From<chunk::Chunk> for Chunk {
    fn from(chunk: chunk::Chunk) -> Self {
        Self {
            id: chunk.id.to_string(),
            ordinal: chunk.ordinal,
            page: chunk.page,
            heading: chunk.heading,
            text: chunk.text,
            language: chunk.language,
            tokens: chunk.tokens,
        }
    }
}

impl From<Accepted> for Taken {
    fn from(accepted: Accepted) -> Self {
        Self {
            document: accepted.document.into(),
            job_id: accepted.job.to_string(),
        }
    }
}

impl From<Taken> for Uploaded {
    fn from(taken: Taken) -> Self {
        match taken.document.status {
            Status::Ready => Self::Known(Json(taken)),
            Status::Queued | Status::Processing | Status::Failed => Self::Accepted(Json(taken)),
        }
    }
}
