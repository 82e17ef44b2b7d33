//! What a tenant sees of a document's way through the chain.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{UnknownName, job::names};

names! {
    /// Where the newest version of a document stands. An older version may be answering meanwhile.
    DocumentStatus, "document status":
    /// Stored; its first job has not started.
    Queued = "queued",
    /// Being parsed, chunked, embedded or indexed.
    Processing = "processing",
    /// Searchable.
    Ready = "ready",
    /// Given up; `error` says why and what to do.
    Failed = "failed",
}

/// Why a document failed, for the tenant who uploaded it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable, for programs: `encrypted`, `empty_file`, …
    pub code: String,
    /// One sentence that says what is wrong and what to do.
    pub message: String,
}
