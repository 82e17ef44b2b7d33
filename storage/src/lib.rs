//! Where everything is kept: rows by sea-orm, vectors by LanceDB, files as blobs.
//!
//! Every function works inside a [`Tx`], which can only be opened with a tenant's scope (or, across
//! tenants, with a reasoned [`wafaa_domain::SystemScope`]), so a query can't forget its tenant. Entities
//! stay private; what leaves are plain values. Deliberately absent: decisions. This crate stores and finds.

#[cfg(test)]
extern crate self as wafaa_storage;

pub mod api_key;
pub mod archive;
pub mod audit;
pub mod blob;
pub mod bot;
pub mod canned_reply;
pub mod channel;
pub mod chunk;
mod condition;
pub mod contact;
pub mod conversation;
mod database;
mod disk;
pub mod document;
pub mod embedding;
mod entity;
pub mod erasure;
mod error;
pub mod evaluation;
pub mod golden_question;
pub mod idempotency;
pub mod inbound_event;
pub mod ledger;
pub mod limit;
pub mod member;
pub mod message;
pub mod password;
pub mod redis;
pub mod refresh_token;
pub mod retention;
pub mod role;
pub mod room;
pub mod seal;
pub mod source;
pub mod tenant;
mod time;
pub mod timeline;
pub mod vector;
pub mod webhook;
pub mod worker;

pub use database::{Database, Scope, Tx};
pub use error::Error;

/// The result of a storage function.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One page of a listing, oldest or newest first as the function says.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// Whether there are more after the last one.
    pub more: bool,
}

impl<T> Page<T> {
    /// Makes a page of `limit` rows from a query that asked for one more.
    pub(crate) fn of(mut rows: Vec<T>, limit: u64) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        Self { rows, more }
    }

    /// The same page of other values.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(f).collect(),
            more: self.more,
        }
    }
}
