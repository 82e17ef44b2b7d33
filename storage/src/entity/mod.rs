//! sea-orm's view of the tables, private to this crate. The job ledger has none: its statements are
//! written out in `ledger`, where every column of a compare-and-set is to be seen.
#![expect(
    unreachable_pub,
    reason = "sea-orm's derives need public items; the module itself is private"
)]

pub mod api_key;
pub mod audit;
pub mod bot;
pub mod chunk;
pub mod document;
pub mod embedding;
pub mod idempotency;
pub mod member;
pub mod refresh_token;
pub mod tenant;
