//! The receipt of an erased tenant, as it is shown: field for field what its digest is of.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use poem_openapi::Object;
use wafaa_storage::erasure;

/// What was erased of a tenant.
#[derive(Object)]
pub(super) struct Receipt {
    tenant_id: String,
    slug: String,
    /// The operator who asked for it, or `command_line`.
    requested_by: String,
    started_at: String,
    /// When nothing was left.
    finished_at: Option<String>,
    /// Rows by table.
    rows: BTreeMap<String, u64>,
    vectors: ErasedVectors,
    blobs: ErasedFiles,
    cache_keys: u64,
    mail_files: u64,
    /// SHA-256, in hex, of the receipt without this field, as compact JSON with its keys sorted.
    sha256: String,
}

#[derive(Object)]
struct ErasedVectors {
    tables: u64,
    passages: u64,
    bytes: u64,
}

#[derive(Object)]
struct ErasedFiles {
    files: u64,
    bytes: u64,
}

impl From<erasure::Receipt> for Receipt {
    fn from(receipt: erasure::Receipt) -> Self {
        Self {
            tenant_id: receipt.tenant_id.to_string(),
            slug: receipt.slug.to_string(),
            requested_by: receipt.requested_by,
            started_at: exactly(receipt.started_at),
            finished_at: receipt.finished_at.map(exactly),
            rows: receipt.rows,
            vectors: ErasedVectors {
                tables: receipt.vectors.tables,
                passages: receipt.vectors.passages,
                bytes: receipt.vectors.bytes,
            },
            blobs: ErasedFiles {
                files: receipt.blobs.files,
                bytes: receipt.blobs.bytes,
            },
            cache_keys: receipt.cache_keys,
            mail_files: receipt.mail_files,
            sha256: receipt.sha256,
        }
    }
}

/// As the receipt itself has it, so that its digest can be checked.
fn exactly(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
