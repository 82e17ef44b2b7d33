//! The tests of `wafaa-storage`, in one binary: linking LanceDB takes a while.

#![expect(clippy::print_stdout, reason = "measurements print their figures")]

mod archive;
mod blob;
mod bot;
mod channel;
mod contact;
mod conversation;
mod database;
mod document;
mod erasure;
mod evaluation;
mod inbound_event;
mod knowledge;
mod ledger;
mod limit;
mod message;
mod migration;
mod people;
mod retention;
mod room;
mod sending;
mod session;
mod source;
mod talk;
mod tenancy;
mod vector;
mod wall;
mod webhook;
mod worker;
