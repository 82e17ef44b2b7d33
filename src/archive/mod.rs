//! The file that `wafaa backup` writes and `wafaa restore` reads: a tar within zstd.
//!
//! ```text
//! manifest.json                        what this is, of whom, and the columns of every table
//! platform/rows/<table>-000001.jsonl   rows that are no tenant's: operators, their log; in a full backup only
//! <tenant id>/blobs/<name>             before the rows that name them
//! <tenant id>/rows/<table>-000001.jsonl
//! checksums.json                       of every member before: bytes, SHA-256, rows
//! ```
//!
//! Members are small enough to be held in memory one at a time (a blob is as large as what was uploaded). The
//! checksums come last, since only then they are known: an archive without them was cut short.

mod manifest;
mod member;
mod reader;
mod writer;

pub(crate) use manifest::{Content, Manifest, Tenant as ManifestTenant};
pub(crate) use member::Member;
pub(crate) use reader::{Reader, rows};
pub(crate) use writer::{Writer, Written};
