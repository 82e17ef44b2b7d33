//! The API end to end: a real server on a free port over real stores and workers, one of each per test.
//!
//! Parsing runs in a child process that only the `wafaa` program can be, so here every file fails to parse;
//! documents that answer are put in place through storage, and the whole chain is tested at the root.

mod answers;
mod app;
mod auth;
mod bot;
mod channels;
mod contacts;
mod conversations;
mod documents;
mod erasure;
mod fixture;
mod isolation;
mod jobs;
mod limits;
mod live;
mod openapi;
mod overload;
mod people;
mod problems;
mod provider;
mod surface;
mod talk;
mod tenancy;
mod webhook;
mod webhooks;
mod widget;

use app::TestApp;
