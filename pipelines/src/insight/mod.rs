//! What a customer's message tells the business: how it is meant, and what it is about.
//!
//! Plain functions of a text; each says by which method it judged, so that labels of different methods can be told
//! apart when a better one comes. Deliberately absent: trends over messages.

pub mod sentiment;
pub mod topic;
