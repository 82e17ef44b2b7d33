//! The model in plain `f32` on candle: the definition that the engine is held against. Written from the architecture
//! alone, sharing no code with the engine but the tokenizer.

use std::path::Path;

use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::{
    Embedding, LayerNorm, Linear, Module, VarBuilder, embedding, layer_norm, linear, ops::softmax,
};

const WIDTH: usize = 384;
const HEADS: usize = 12;
const HEAD: usize = WIDTH / HEADS;
const INNER: usize = 1536;
const EPSILON: f64 = 1e-12;

pub(crate) struct Oracle {
    words: Embedding,
    positions: Embedding,
    types: Embedding,
    norm: LayerNorm,
    layers: Vec<Layer>,
}

struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    attention_norm: LayerNorm,
    expansion: Linear,
    contraction: Linear,
    output_norm: LayerNorm,
}

impl Oracle {
    pub(crate) fn load(model_dir: &Path) -> Result<Self> {
        let bytes = std::fs::read(model_dir.join("model.safetensors"))?;
        let weights = VarBuilder::from_buffered_safetensors(bytes, DType::F32, &Device::Cpu)?;
        let embeddings = weights.pp("embeddings");
        Ok(Self {
            words: embedding(30_522, WIDTH, embeddings.pp("word_embeddings"))?,
            positions: embedding(512, WIDTH, embeddings.pp("position_embeddings"))?,
            types: embedding(2, WIDTH, embeddings.pp("token_type_embeddings"))?,
            norm: layer_norm(WIDTH, EPSILON, embeddings.pp("LayerNorm"))?,
            layers: (0..6)
                .map(|index| Layer::load(&weights.pp(format!("encoder.layer.{index}"))))
                .collect::<Result<_>>()?,
        })
    }

    /// The vector of one sequence of token ids.
    pub(crate) fn embed(&self, ids: &[u32]) -> Result<Vec<f32>> {
        let length = ids.len();
        let ids = Tensor::new(ids, &Device::Cpu)?;
        let positions = Tensor::arange(0, length as u32, &Device::Cpu)?;
        let types = positions.zeros_like()?;
        let sum = (self.words.forward(&ids)? + self.positions.forward(&positions)?)?;
        let mut hidden = self.norm.forward(&(sum + self.types.forward(&types)?)?)?;
        for layer in &self.layers {
            hidden = layer.forward(&hidden)?;
        }
        let mean = hidden.mean(0)?;
        let norm = mean.sqr()?.sum_all()?.sqrt()?;
        mean.broadcast_div(&norm)?.to_vec1()
    }
}

impl Layer {
    fn load(weights: &VarBuilder<'_>) -> Result<Self> {
        let attention = weights.pp("attention");
        let this = attention.pp("self");
        Ok(Self {
            query: linear(WIDTH, WIDTH, this.pp("query"))?,
            key: linear(WIDTH, WIDTH, this.pp("key"))?,
            value: linear(WIDTH, WIDTH, this.pp("value"))?,
            output: linear(WIDTH, WIDTH, attention.pp("output.dense"))?,
            attention_norm: layer_norm(WIDTH, EPSILON, attention.pp("output.LayerNorm"))?,
            expansion: linear(WIDTH, INNER, weights.pp("intermediate.dense"))?,
            contraction: linear(INNER, WIDTH, weights.pp("output.dense"))?,
            output_norm: layer_norm(WIDTH, EPSILON, weights.pp("output.LayerNorm"))?,
        })
    }

    fn forward(&self, hidden: &Tensor) -> Result<Tensor> {
        let length = hidden.dim(0)?;
        let heads = |linear: &Linear| {
            linear
                .forward(hidden)?
                .reshape((length, HEADS, HEAD))?
                .transpose(0, 1)?
                .contiguous()
        };
        let (query, key, value) = (heads(&self.query)?, heads(&self.key)?, heads(&self.value)?);
        let scores = (query.matmul(&key.t()?)? / (HEAD as f64).sqrt())?;
        let context = softmax(&scores, D::Minus1)?.matmul(&value)?;
        let context = context.transpose(0, 1)?.reshape((length, WIDTH))?;
        let attended = (self.output.forward(&context)? + hidden)?;
        let attended = self.attention_norm.forward(&attended)?;
        let inner = self.expansion.forward(&attended)?.gelu_erf()?;
        let output = (self.contraction.forward(&inner)? + attended)?;
        self.output_norm.forward(&output)
    }
}
