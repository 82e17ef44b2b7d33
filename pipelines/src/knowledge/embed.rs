//! Vectors of passages, of their sentences, and of questions, from whichever embedder is configured.
//!
//! A passage is embedded as its heading path and text, and its nearest heading and each of its sentences by themselves:
//! the best single sentence is evidence of its own when ranking, and what an extractive answer quotes; and a heading
//! is often the very question that its section answers. Every vector has length
//! one, so that a dot product is a cosine. What must stay true: [`content_hash`] covers all that the vectors
//! depend on besides the embedder. Deliberately absent: batching across documents, and any cache.

use std::{ops::Range, time::Instant};

use sha2::{Digest as _, Sha256};
use tracing::{Instrument as _, info_span};
use wafaa_embedding::{Engine, Tokenizer};

use super::chunk::HEADING_SEPARATOR;
use crate::{
    llm,
    measure::{self, Use},
};

/// What the components of a sentence's vector are multiplied by to fit a byte.
pub const SENTENCE_SCALE: f32 = 127.0;

/// Changed whenever something else of a passage is embedded: since 2 its heading is.
const WHAT_IS_EMBEDDED: [u8; 1] = [2];

/// A passage to embed.
#[derive(Debug, Clone)]
pub struct Passage {
    /// The heading path as one line; may be empty.
    pub heading: String,
    /// The text.
    pub text: String,
    /// The sentences, as byte ranges of `text`.
    pub sentences: Vec<Range<u32>>,
}

impl Passage {
    /// The last of its heading path.
    fn nearest_heading(&self) -> Option<&str> {
        let last = self.heading.rsplit(HEADING_SEPARATOR).next();
        last.filter(|heading| !heading.trim().is_empty())
    }
}

/// The vectors of one passage.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedded {
    /// The passage's, of length one.
    pub vector: Vec<f32>,
    /// Its nearest heading's, if it has one, as a sentence's.
    pub heading: Option<Vec<i8>>,
    /// Its sentences', in order, each component times [`SENTENCE_SCALE`], rounded.
    pub sentences: Vec<Vec<i8>>,
}

/// Why something could not be embedded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The built-in engine failed.
    #[error("the local embedder failed")]
    Local(#[source] wafaa_embedding::Error),
    /// The provider failed.
    #[error("the embedding provider failed")]
    Provider(#[source] llm::Error),
    /// The blocking thread was cancelled, as at shutdown, or panicked.
    #[error("embedding was interrupted")]
    Interrupted(#[source] tokio::task::JoinError),
    /// A sentence is not a part of its passage.
    #[error("a sentence range is not within its passage")]
    Range,
}

/// An embedder: the built-in model, or a provider's. Clones share it.
#[derive(Clone)]
pub enum Embedder {
    /// The built-in English model.
    Local(Engine),
    /// Any OpenAI-compatible provider's.
    OpenAi(Box<llm::EmbeddingModel>),
}

impl Embedder {
    /// Stamps the vector space; vectors under different ids can't be compared.
    pub fn id(&self) -> &str {
        match self {
            Self::Local(_) => wafaa_embedding::EMBEDDER_ID,
            Self::OpenAi(model) => model.id(),
        }
    }

    /// Components of a vector.
    pub fn dimension(&self) -> usize {
        match self {
            Self::Local(_) => wafaa_embedding::DIMENSION,
            Self::OpenAi(model) => model.dimension(),
        }
    }

    /// The vectors of `passages`, in order.
    ///
    /// # Errors
    /// The embedder's; then no vector is returned.
    pub async fn embed_passages(&self, passages: &[Passage]) -> Result<Vec<Embedded>, Error> {
        let begun = Instant::now();
        let texts = texts(passages)?;
        let span = info_span!("embed", passages = passages.len(), texts = texts.len());
        let (vectors, tokens) = self.embed(texts).instrument(span).await?;
        measure::embedded(Use::Passage, tokens, begun.elapsed());
        let mut vectors = vectors.into_iter();
        let embedded = passages.iter().map(|passage| {
            Some(Embedded {
                vector: vectors.next()?,
                heading: match passage.nearest_heading() {
                    Some(_) => Some(quantise(&vectors.next()?)),
                    None => None,
                },
                sentences: vectors
                    .by_ref()
                    .take(passage.sentences.len())
                    .map(|vector| quantise(&vector))
                    .collect(),
            })
        });
        embedded
            .collect::<Option<_>>()
            .ok_or(Error::Provider(llm::Error::garbage(
                "fewer vectors than texts",
            )))
    }

    /// The vector of a question.
    ///
    /// The local engine needs 1.4 ms of processor time (`ENGINES.md`), too long for an async thread that serves
    /// hundreds of connections. It runs on a blocking thread: handing over costs some 20 µs, and unlike
    /// `block_in_place` it also works on a single-threaded runtime, which the command line and tests use.
    ///
    /// # Errors
    /// The embedder's.
    pub async fn embed_query(&self, question: &str) -> Result<Vec<f32>, Error> {
        let begun = Instant::now();
        let (vector, tokens) = match self {
            Self::Local(engine) => {
                let (engine, question) = (engine.clone(), question.to_owned());
                tokio::task::spawn_blocking(move || {
                    let tokens = tokens(engine.tokenizer(), std::slice::from_ref(&question));
                    Ok((engine.embed_query(&question)?, tokens))
                })
                .await
                .map_err(Error::Interrupted)?
                .map_err(Error::Local)?
            }
            Self::OpenAi(model) => {
                let (vectors, tokens) = model
                    .embed(vec![question.to_owned()])
                    .await
                    .map_err(Error::Provider)?;
                let vector = vectors.into_iter().next();
                let missing = || Error::Provider(llm::Error::garbage("no vector"));
                (vector.ok_or_else(missing)?, tokens)
            }
        };
        measure::embedded(Use::Query, tokens, begun.elapsed());
        Ok(vector)
    }

    async fn embed(&self, texts: Vec<String>) -> Result<(Vec<Vec<f32>>, u64), Error> {
        match self {
            Self::Local(engine) => {
                let engine = engine.clone();
                tokio::task::spawn_blocking(move || {
                    let tokens = tokens(engine.tokenizer(), &texts);
                    Ok((engine.embed_batch(&texts)?, tokens))
                })
                .await
                .map_err(Error::Interrupted)?
                .map_err(Error::Local)
            }
            Self::OpenAi(model) => model.embed(texts).await.map_err(Error::Provider),
        }
    }
}

/// Tokens that the built-in model reads of these. Counting costs some 1 % of embedding.
fn tokens(tokenizer: &Tokenizer, texts: &[String]) -> u64 {
    let read = |text: &String| tokenizer.encode(text).len() as u64;
    texts.iter().map(read).sum()
}

/// SHA-256 of all that a passage's vectors depend on. The ranges count: the same words may be a paragraph of
/// two sentences here and one table row there.
pub fn content_hash(heading: &str, text: &str, sentences: &[Range<u32>]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(WHAT_IS_EMBEDDED);
    for part in [heading, text] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    for range in sentences {
        hash.update(range.start.to_le_bytes());
        hash.update(range.end.to_le_bytes());
    }
    hash.finalize().into()
}

/// Each passage's text followed by its heading and its sentences.
fn texts(passages: &[Passage]) -> Result<Vec<String>, Error> {
    let mut texts = Vec::new();
    for passage in passages {
        texts.push(passage_text(&passage.heading, &passage.text));
        texts.extend(passage.nearest_heading().map(str::to_owned));
        for range in &passage.sentences {
            let sentence = passage
                .text
                .get(range.start as usize..range.end as usize)
                .ok_or(Error::Range)?;
            texts.push(sentence.to_owned());
        }
    }
    Ok(texts)
}

fn passage_text(heading: &str, text: &str) -> String {
    if heading.is_empty() {
        text.to_owned()
    } else {
        format!("{heading}\n{text}")
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "components of a unit vector fit after scaling"
)]
fn quantise(vector: &[f32]) -> Vec<i8> {
    vector
        .iter()
        .map(|component| (component * SENTENCE_SCALE).round() as i8)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_tells_apart_what_embeds_differently() {
        let hashes = [
            content_hash("a", "bc", &[]),
            content_hash("ab", "c", &[]),
            content_hash("a", "bc", std::slice::from_ref(&(0..2))),
            content_hash("a", "bc", &[0..1, 1..2]),
        ];
        for hash in &hashes {
            assert_eq!(hashes.iter().filter(|other| *other == hash).count(), 1);
        }
    }

    #[test]
    fn a_passages_nearest_heading_is_embedded_by_itself() {
        let passage = |heading: &str| Passage {
            heading: heading.to_owned(),
            text: "Yes. Behind the house.".to_owned(),
            sentences: vec![0..4, 5..22],
        };
        let under_a_question = texts(&[passage("FAQ › Is there parking?")]).unwrap();
        let expected = [
            "FAQ › Is there parking?\nYes. Behind the house.",
            "Is there parking?",
            "Yes.",
            "Behind the house.",
        ];
        assert_eq!(under_a_question, expected);
        assert_eq!(texts(&[passage("")]).unwrap().len(), 3);
    }

    #[test]
    fn components_are_rounded_and_never_overflow() {
        assert_eq!(quantise(&[1.0, -1.0, 0.004, 0.003]), [127, -127, 1, 0]);
        assert_eq!(quantise(&[1.5]), [127]);
    }
}
