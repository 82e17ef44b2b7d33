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
mod migration;
mod people;
mod session;
mod tenancy;
mod vector;
