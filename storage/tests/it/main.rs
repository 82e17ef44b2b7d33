//! The tests of `wafaa-storage`, in one binary: linking LanceDB takes a while.

#![expect(clippy::print_stdout, reason = "measurements print their figures")]

mod archive;
mod blob;
mod bot;
mod database;
mod document;
mod erasure;
mod knowledge;
mod ledger;
mod limit;
mod migration;
mod people;
mod room;
mod session;
mod tenancy;
mod vector;
mod wall;
mod worker;
