//! The HTTP face of Wafaa: one file per resource under `resource`, each extract, one call, map.
//!
//! What must stay true:
//! - a [`wafaa_domain::TenantScope`] is minted in `auth`, for people and programs, and in `webhook` and `widget`, for a
//!   channel whose secret or visitor was proven, and nowhere else in this crate;
//! - every answer that is not a success is `application/problem+json` with a stable code and the request's id,
//!   whoever found the mistake (`error`, `problem`, `edge`);
//! - the OpenAPI document is what requests are checked against (`body`), so it can't promise anything else.
//!
//! Deliberately absent: business rules, which are below, and entities, which never leave `storage`.

mod account;
mod app;
mod auth;
mod body;
mod dashboard;
mod documentation;
mod edge;
mod error;
mod file;
mod gate;
mod idempotency;
mod limit;
mod lookup;
mod metrics;
mod page;
mod param;
mod probe;
mod problem;
mod proxy;
mod resource;
mod routes;
mod serve;
mod state;
mod stream;
mod upload;
mod webhook;
mod widget;

pub use app::{app, openapi_json};
pub use metrics::record_metrics;
pub use probe::Probes;
pub use proxy::TrustedProxies;
pub use serve::{serve, serve_probes};
pub use state::{Conversations, SecretKey, Settings, State};
