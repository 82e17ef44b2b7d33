//! Questions answered from a tenant's documents: retrieved, ranked, then quoted or written with citations.
//!
//! What must stay true: only passages of live versions are ever seen, everything said is cited, and below the
//! bot's confidence threshold it says that it doesn't know. Deliberately absent: conversations as threads of
//! messages; a question stands for itself here.

mod confidence;
mod error;
mod rank;
mod respond;
mod retrieve;

pub use confidence::Features;
pub use error::Error;
pub use rank::{Ranked, Ranking, ScoredSentence, Weights, rank};
pub use respond::{Answer, Citation, EXTRACTIVE, Event, Events, Responder};
pub use retrieve::{Hit, Retriever};
