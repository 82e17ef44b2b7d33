//! The parsers of `wafaa-pipelines`, compiled by themselves.

#![allow(dead_code, missing_docs, reason = "the product uses the rest")]

pub mod knowledge {
    #[path = "../../../pipelines/src/knowledge/block.rs"]
    pub mod block;
    #[path = "../../../pipelines/src/knowledge/parse/mod.rs"]
    pub mod parse;
}
