//! How good a tenant's answers are, by questions whose good answer is known.
//!
//! Pure functions: [`judge`] compares one answer with what was expected, [`Summary::of`] makes figures of many. The
//! answers themselves come from the responder that customers have ([`crate::conversation::Responder::rehearse`]).

mod judge;
mod measure;
mod summary;

pub use judge::{Judgement, judge};
pub use measure::auroc;
pub use summary::{Attempt, Summary, Threshold, Writer};
