//! Whole tenants, row by row, for backup, restore and export.
//!
//! What there is to copy is read from the database's own schema, so a table that a later step adds is copied
//! without anybody remembering it; `storage/tests/it/archive.rs` compares what both databases say. What must
//! stay true:
//! - rows are read and written for one tenant at a time, in a transaction that carries its scope;
//! - a row reads the same from SQLite and from PostgreSQL, so either restores what the other backed up;
//! - of the ledger only unfinished jobs are copied: a restored platform goes on with the work it accepted.
//!
//! Deliberately absent: the file format (that is the program's) and vectors, which are made anew from chunks
//! and their embeddings.

mod content;
mod page;
mod row;
mod schema;
mod secret;
mod write;

pub use content::blobs;
pub(crate) use content::media;
pub use page::{page, platform_page};
pub use row::Row;
pub use schema::{Column, Kind, Schema, Table, schema};
pub use secret::{is_exported, without_secrets};
pub use write::{insert, insert_platform};
