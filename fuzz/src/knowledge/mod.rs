//! What parsing needs of `pipelines/src/knowledge`.

#[path = "../../../pipelines/src/knowledge/block.rs"]
pub mod block;
#[path = "../../../pipelines/src/knowledge/parse/mod.rs"]
pub mod parse;
