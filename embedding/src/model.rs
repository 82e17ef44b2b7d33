//! The architecture (BERT of 6 layers, 12 heads, 384 wide) and its loading: every linear map is quantised as it is
//! read, so that at most one map's `f32` weights (2 MB) exist at a time.

use std::fs::File;
use std::path::Path;

use crate::error::Error;
use crate::kernel::Norm;
use crate::linear::{IntegerProduct, Linear, Part};
use crate::weights::{Weights, Words, map};
use crate::{DIMENSION, MAX_TOKENS};

/// Attention heads.
pub(crate) const HEADS: usize = 12;
/// Width of one head.
pub(crate) const HEAD: usize = DIMENSION / HEADS;
/// Width of the feed-forward layer.
pub(crate) const INNER: usize = 4 * DIMENSION;

const LAYERS: usize = 6;
/// Positions in the file; only the first [`MAX_TOKENS`] are ever used.
const POSITIONS: usize = 512;

/// The quantised model. Immutable after loading, shared by all threads.
pub(crate) struct Model {
    pub(crate) words: Words,
    /// `[MAX_TOKENS, DIMENSION]`: position embedding plus the embedding of token type 0, the only one used.
    pub(crate) positions: Vec<f32>,
    pub(crate) embedding_norm: Norm,
    pub(crate) layers: Vec<Layer>,
}

/// One encoder layer.
pub(crate) struct Layer {
    /// Query, key and value side by side, `DIMENSION -> 3 * DIMENSION`; the query already divided by √[`HEAD`].
    pub(crate) projection: Linear,
    pub(crate) attention_output: Linear,
    pub(crate) attention_norm: Norm,
    /// `DIMENSION -> INNER`, followed by GELU.
    pub(crate) expansion: Linear,
    /// `INNER -> DIMENSION`.
    pub(crate) contraction: Linear,
    pub(crate) output_norm: Norm,
}

impl Model {
    /// Reads and quantises the safetensors file at `path` (0.1 s).
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Read`], [`Error::Format`], or [`Error::Tensor`] for the first tensor out of shape.
    pub(crate) fn load(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(|source| Error::reading(path, source))?;
        // Dropped at the end: the pages read for quantising would count as ours for as long as the map lives.
        let whole = map(&file, path, None)?;
        let weights = Weights::parse(&whole, path)?;
        let product = IntegerProduct::default();
        tracing::debug!(
            kernel = product.kernel_name(),
            "quantising the sentence-embedding model"
        );
        let layers = (0..LAYERS)
            .map(|index| Layer::load(&weights, index, &product))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            words: Words::map(&file, path, weights.word_table()?)?,
            positions: positions(&weights)?,
            embedding_norm: norm(&weights, "embeddings.LayerNorm")?,
            layers,
        })
    }
}

impl Layer {
    fn load(weights: &Weights<'_>, index: usize, product: &IntegerProduct) -> Result<Self, Error> {
        let name = |part: &str| format!("encoder.layer.{index}.{part}");
        let linear = |part: &str, inputs, outputs| {
            let part = Part::new(name(part), outputs);
            Linear::load(weights, &[part], inputs, product)
        };
        // Attention divides scores by √d (Vaswani et al. 2017, eq. 1): folded into the query once and for all.
        let projection = [
            Part::new(name("attention.self.query"), DIMENSION).scaled(1.0 / (HEAD as f32).sqrt()),
            Part::new(name("attention.self.key"), DIMENSION),
            Part::new(name("attention.self.value"), DIMENSION),
        ];
        Ok(Self {
            projection: Linear::load(weights, &projection, DIMENSION, product)?,
            attention_output: linear("attention.output.dense", DIMENSION, DIMENSION)?,
            attention_norm: norm(weights, &name("attention.output.LayerNorm"))?,
            expansion: linear("intermediate.dense", DIMENSION, INNER)?,
            contraction: linear("output.dense", INNER, DIMENSION)?,
            output_norm: norm(weights, &name("output.LayerNorm"))?,
        })
    }
}

fn norm(weights: &Weights<'_>, name: &str) -> Result<Norm, Error> {
    let vector = |part: &str| weights.floats(&format!("{name}.{part}"), &[DIMENSION]);
    Ok(Norm {
        gain: vector("weight")?.collect(),
        bias: vector("bias")?.collect(),
    })
}

fn positions(weights: &Weights<'_>) -> Result<Vec<f32>, Error> {
    let types: Vec<f32> = weights
        .floats("embeddings.token_type_embeddings.weight", &[2, DIMENSION])?
        .take(DIMENSION)
        .collect();
    let positions = weights.floats(
        "embeddings.position_embeddings.weight",
        &[POSITIONS, DIMENSION],
    )?;
    Ok(positions
        .take(MAX_TOKENS * DIMENSION)
        .zip(types.iter().cycle())
        .map(|(position, kind)| position + kind)
        .collect())
}
