//! Documents made answerable: parsed, chunked, analysed, embedded.

pub mod analyse;
pub mod block;
pub mod chunk;
pub mod embed;
pub mod language;
pub mod parse;
pub mod report;
pub mod sentence;
pub(crate) mod weekday;
