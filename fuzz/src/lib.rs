//! The parsers of `wafaa-pipelines`, compiled by themselves.

#![allow(dead_code, missing_docs, reason = "the product uses the rest")]

pub mod knowledge;
