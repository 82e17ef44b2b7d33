//! The API end to end: a real server on a free port over real stores and workers, one of each per test.
//!
//! Parsing runs in a child process that only the `wafaa` program can be, so here every file fails to parse;
//! documents that answer are put in place through storage, and the whole chain is tested at the root.

mod answers;
mod app;
mod auth;
mod bot;
mod channels;
mod choices;
mod contacts;
mod conversations;
mod documents;
mod erasure;
mod evaluations;
mod fixture;
mod isolation;
mod jobs;
mod limits;
mod live;
mod media;
mod openapi;
mod overload;
mod people;
mod problems;
mod provider;
mod sources;
mod surface;
mod talk;
mod tenancy;
mod tokens;
mod webhook;
mod webhooks;
mod widget;

use app::TestApp;
