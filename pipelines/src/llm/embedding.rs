//! An embedding model behind an OpenAI-compatible URL.

use async_openai::{
    Client,
    config::OpenAIConfig,
    types::embeddings::{CreateEmbeddingRequest, EmbeddingInput, EncodingFormat},
};
use tokio::time::timeout;

use super::{Error, Prices, Provider, Usage};
use crate::measure;

/// Texts in one request; providers allow 2,048 of them but only some 300,000 tokens.
const BATCH: usize = 256;

/// Known models and their dimensions, so that starting needs no network. Sources: the models' own pages.
const DIMENSIONS: &[(&str, usize)] = &[
    ("text-embedding-3-small", 1_536),
    ("text-embedding-3-large", 3_072),
    ("text-embedding-ada-002", 1_536),
    ("nomic-embed-text", 768),
    ("mxbai-embed-large", 1_024),
    ("bge-m3", 1_024),
    ("all-minilm", 384),
];

/// A provider's embedding model. Clones share connections.
#[derive(Debug, Clone)]
pub struct EmbeddingModel {
    client: Client<OpenAIConfig>,
    provider: Provider,
    model: String,
    id: String,
    dimension: usize,
    prices: Prices,
}

impl EmbeddingModel {
    /// Takes `model` into use. A model of unknown dimension is asked for one vector.
    ///
    /// # Errors
    /// [`Error::Settings`], or the provider's when it is asked.
    pub async fn connect(provider: Provider, model: &str) -> Result<Self, Error> {
        let family = model.split(':').next().unwrap_or(model);
        let known = DIMENSIONS
            .iter()
            .find(|(name, _)| *name == family)
            .map(|(_, dimension)| *dimension);
        let mut connected = Self {
            client: provider.client(None)?,
            provider,
            model: model.to_owned(),
            id: format!("openai/{model}"),
            dimension: known.unwrap_or(0),
            prices: Prices::default(),
        };
        if known.is_none() {
            let (sample, _) = connected.request(vec!["dimension".to_owned()]).await?;
            connected.dimension = sample.first().map_or(0, Vec::len);
        }
        Ok(connected)
    }

    /// The same model, counting what it costs.
    #[must_use]
    pub fn with_prices(self, prices: Prices) -> Self {
        Self { prices, ..self }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) const fn dimension(&self) -> usize {
        self.dimension
    }

    /// The vectors of `texts`, in order, each of length one, and the tokens that the provider charges for.
    pub(crate) async fn embed(
        &self,
        mut texts: Vec<String>,
    ) -> Result<(Vec<Vec<f32>>, u64), Error> {
        let mut vectors = Vec::with_capacity(texts.len());
        let mut tokens = 0;
        while !texts.is_empty() {
            let rest = texts.split_off(texts.len().min(BATCH));
            let (batch, charged) = self.request(std::mem::replace(&mut texts, rest)).await?;
            tokens += charged;
            if batch.iter().any(|vector| vector.len() != self.dimension) {
                return Err(Error::garbage("a vector of another dimension"));
            }
            vectors.extend(batch);
        }
        Ok((vectors, tokens))
    }

    async fn request(&self, texts: Vec<String>) -> Result<(Vec<Vec<f32>>, u64), Error> {
        let expected = texts.len();
        let request = CreateEmbeddingRequest {
            model: self.model.clone(),
            input: EmbeddingInput::StringArray(texts),
            encoding_format: Some(EncodingFormat::Float),
            ..CreateEmbeddingRequest::default()
        };
        let answer = timeout(
            self.provider.timeout,
            self.client.embeddings().create(request),
        )
        .await
        .map_err(|_| Error::Timeout)??;
        // Charged whatever the vectors are worth.
        let usage = Usage {
            prompt_tokens: answer.usage.total_tokens,
            completion_tokens: 0,
        };
        measure::charged(&self.model, self.prices.cost(&self.model, usage));
        let mut data = answer.data;
        data.sort_by_key(|embedding| embedding.index);
        if data.len() != expected {
            return Err(Error::garbage("not one vector for each text"));
        }
        let vectors: Result<_, _> = data
            .into_iter()
            .map(|embedding| unit(embedding.embedding))
            .collect();
        Ok((vectors?, answer.usage.total_tokens.into()))
    }
}

/// The vector at length one.
fn unit(mut vector: Vec<f32>) -> Result<Vec<f32>, Error> {
    let length = vector
        .iter()
        .map(|component| component * component)
        .sum::<f32>()
        .sqrt();
    if !length.is_normal() {
        return Err(Error::garbage("a vector without a direction"));
    }
    vector.iter_mut().for_each(|component| *component /= length);
    Ok(vector)
}
