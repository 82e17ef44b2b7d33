//! The job engine: kinds of work, the ledger's dispatcher and reconciler, and the workers that apalis runs.
//!
//! The truth about a job is its row in the ledger (`wafaa_storage::ledger`); apalis carries references to
//! rows and nothing else, so losing the transport loses nothing. A kind is one file under `kind` that
//! tells its whole contract: lane, keys, attempts, time limit, and what a run does.
//!
//! Deliberately absent: what the work itself is (that is `pipelines`) and HTTP.

mod backoff;
mod bus;
mod company;
mod context;
pub mod control;
pub mod conversation;
mod crawl;
mod dispatcher;
pub mod document;
mod engine;
pub mod evaluation;
mod failure;
mod fleet;
pub mod inventory;
pub mod kind;
mod measure;
pub mod outbound;
mod reconciler;
mod registry;
mod runner;
pub mod schedule;
mod signal;
pub mod source;
pub mod tenant;
mod together;
mod tokens;
pub mod trace;
mod transport;
mod unpack;
mod upkeep;
pub mod web;

pub use bus::{Bus, Event, EventKind, News, NewsKind};
pub use context::{Context, Done, Finish, Services};
pub use engine::{Engine, Handle, LaneSettings, Settings, TransportSettings};
pub use failure::Failure;
pub use kind::{Enqueue, Kind};
pub use registry::Registry;
pub use transport::Error as TransportError;
