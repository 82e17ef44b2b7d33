//! Questions answered from a tenant's documents: retrieved, ranked, then quoted or written with citations.
//!
//! What must stay true: only passages of live versions are ever seen, everything said is cited, and below the
//! bot's confidence threshold it says that it doesn't know. A message is read (`intent`, `entity`) and made to stand for
//! itself (`context`) before it is answered. Deliberately absent: conversations as stored threads of messages.

mod cache;
mod confidence;
pub mod context;
pub mod entity;
mod error;
mod greeting;
pub mod intent;
mod letters;
pub mod phrase;
mod rank;
mod rerank;
mod respond;
mod retrieve;

pub use cache::{Answers, Key};
pub use confidence::Features;
pub use error::Error;
pub use greeting::{greeting, spoken};
pub use rank::{Evidence, Ranked, Ranking, ScoredSentence, Weights, rank};
pub use respond::{
    Answer, Citation, EARLIER_TOKENS, EXTRACTIVE, Event, Events, Rehearsal, Responder,
};
pub use retrieve::{Hit, Retriever};
