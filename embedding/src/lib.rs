//! The local sentence-embedding engine: all-MiniLM-L6-v2 in int8, on the processor, and nothing else.
//!
//! A text becomes 384 `f32`, mean pooled over its tokens and of length one, so that a dot product is a cosine.
//! What must stay true:
//! - a text's vector does not depend on the texts embedded with it, on the number of threads, or on whether it came as
//!   a query or in a batch: bit for bit the same, hence reusable by content hash;
//! - a query never waits behind a batch;
//! - no input or output but reading the model's two files.
//!
//! Deliberately absent: other models, downloads, caches of vectors, accelerators. The measurements behind the design
//! (int8 with one scale per token, no padding, one thread per sequence unit) are in `docs/decisions/`.

mod attention;
mod engine;
mod error;
mod forward;
mod kernel;
mod linear;
mod model;
mod pool;
mod scratch;
mod tokenizer;
mod verify;
mod weights;

pub use engine::Engine;
pub use error::Error;
pub use tokenizer::Tokenizer;
pub use verify::verify_model;

/// Length of a vector.
pub const DIMENSION: usize = 384;

/// Longest sequence the model was trained for, `[CLS]` and `[SEP]` included; longer texts are cut here.
pub const MAX_TOKENS: usize = 256;

/// SHA-256 of the `model.safetensors` that the figures and tests of this crate are about.
pub const MODEL_SHA256: &str = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db";

/// Stamps vector tables: vectors with different stamps must not be compared. Change it with anything that moves
/// vectors by more than rounding (model, pooling, truncation, quantisation).
pub const EMBEDDER_ID: &str = "all-MiniLM-L6-v2/int8-v1";

/// File names inside a model's directory.
const MODEL_FILE: &str = "model.safetensors";
const TOKENIZER_FILE: &str = "tokenizer.json";
