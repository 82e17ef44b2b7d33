//! The work itself: documents made answerable, and questions answered from them.
//!
//! Free of queues and HTTP handlers: jobs and the API call in here, never the reverse. `knowledge` turns a
//! file into passages with vectors, `conversation` turns a question into a cited answer, `insight` labels what
//! customers write, `evaluation` says how good answers are, `llm` is the only place that talks to model providers.

pub mod conversation;
pub mod evaluation;
pub mod insight;
pub mod knowledge;
pub mod llm;
mod measure;
mod word_list;
