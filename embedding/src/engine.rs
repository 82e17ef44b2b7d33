//! The engine: a tokenizer, a model, and two pools of threads on it, one for queries and one for batches.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use crate::error::Error;
use crate::model::Model;
use crate::pool::{Compute, Outcome, Pool, Priority, Unit};
use crate::scratch::UNIT_TOKENS;
use crate::tokenizer::Tokenizer;
use crate::{MODEL_FILE, TOKENIZER_FILE};

/// Smallest unit a batch is cut into to occupy every thread.
const SMALLEST_UNIT: usize = UNIT_TOKENS / 4;

/// Embeds texts. Clones share one model and its threads, which end with the last clone.
///
/// Calls block until their vectors are ready, so asynchronous callers hand them to a blocking thread.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    tokenizer: Tokenizer,
    query: Pool,
    batch: Pool,
}

impl Engine {
    /// Loads `model.safetensors` and `tokenizer.json` from `model_dir`, and starts `threads` threads for batches (at
    /// least one) and as many for queries. Takes 0.2 s and 25 MB, and up to 5 MB of scratch per thread later on.
    ///
    /// The file must not be changed in place while the engine lives: words are read from it as they are met.
    ///
    /// # Errors
    /// [`Error::Missing`] naming the file that is not there; otherwise what is wrong with it.
    pub fn load(model_dir: &Path, threads: usize) -> Result<Self, Error> {
        let tokenizer = Tokenizer::from_file(&model_dir.join(TOKENIZER_FILE))?;
        let model = Model::load(&model_dir.join(MODEL_FILE))?;
        let compute: Arc<Compute> =
            Arc::new(move |sequences, scratch| model.forward(sequences, scratch));
        Ok(Self(Arc::new(Shared {
            tokenizer,
            query: Pool::start("embed-query", threads, Priority::Normal, &compute)?,
            batch: Pool::start("embed-batch", threads, Priority::Low, &compute)?,
        })))
    }

    /// The model's tokenizer.
    #[must_use]
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.0.tokenizer
    }

    /// One text's vector: [`crate::DIMENSION`] values, of length one. Only other queries are ahead of it.
    ///
    /// # Errors
    /// [`Error::Panicked`] and the like: defects, not properties of the text.
    pub fn embed_query(&self, text: &str) -> Result<Vec<f32>, Error> {
        let (reply, outcomes) = channel();
        self.0.query.submit(Unit {
            first: 0,
            sequences: vec![self.0.tokenizer.encode(text)],
            reply,
        })?;
        let outcome = outcomes.recv().map_err(|_| Error::Stopped)?;
        outcome.vectors?.pop().ok_or(Error::Stopped)
    }

    /// The vectors of `texts`, in their order, each the same as [`Self::embed_query`] gives.
    ///
    /// Concurrent batches are served in order of arrival, unit by unit.
    ///
    /// # Errors
    /// As [`Self::embed_query`]; then no vector is returned.
    pub fn embed_batch(&self, texts: &[impl AsRef<str>]) -> Result<Vec<Vec<f32>>, Error> {
        let sequences = texts
            .iter()
            .map(|text| self.0.tokenizer.encode(text.as_ref()))
            .collect();
        let (reply, outcomes) = channel();
        for unit in cut(sequences, self.0.batch.threads(), &reply) {
            self.0.batch.submit(unit)?;
        }
        // From here on only the units hold senders, so the loop ends with the last of them.
        drop(reply);
        gather(outcomes.iter(), texts.len())
    }
}

/// Cuts a batch into units of at most [`UNIT_TOKENS`] tokens, or less if some thread would otherwise be idle.
fn cut(sequences: Vec<Vec<u32>>, threads: usize, reply: &Sender<Outcome>) -> Vec<Unit> {
    let total: usize = sequences.iter().map(Vec::len).sum();
    let limit = total.div_ceil(threads).clamp(SMALLEST_UNIT, UNIT_TOKENS);
    let mut units: Vec<Unit> = Vec::new();
    let mut tokens = 0;
    for (first, sequence) in sequences.into_iter().enumerate() {
        tokens += sequence.len();
        match units.last_mut() {
            Some(unit) if tokens <= limit => unit.sequences.push(sequence),
            _ => {
                tokens = sequence.len();
                units.push(Unit {
                    first,
                    sequences: vec![sequence],
                    reply: reply.clone(),
                });
            }
        }
    }
    units
}

/// Puts the vectors of all units back in the order of the texts.
fn gather(outcomes: impl Iterator<Item = Outcome>, texts: usize) -> Result<Vec<Vec<f32>>, Error> {
    let mut vectors = vec![Vec::new(); texts];
    let mut missing = texts;
    for outcome in outcomes {
        for (slot, vector) in vectors[outcome.first..].iter_mut().zip(outcome.vectors?) {
            *slot = vector;
            missing -= 1;
        }
    }
    if missing > 0 {
        return Err(Error::Stopped);
    }
    Ok(vectors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(lengths: &[usize], threads: usize) -> Vec<(usize, Vec<usize>)> {
        let (reply, _outcomes) = channel();
        let sequences = lengths.iter().map(|length| vec![0; *length]).collect();
        cut(sequences, threads, &reply)
            .iter()
            .map(|unit| (unit.first, unit.sequences.iter().map(Vec::len).collect()))
            .collect()
    }

    #[test]
    fn units_are_whole_sequences_up_to_the_limit() {
        assert_eq!(shapes(&[], 2), []);
        assert_eq!(shapes(&[2], 2), [(0, vec![2])]);
        assert_eq!(
            shapes(&[256; 5], 1),
            [(0, vec![256, 256]), (2, vec![256, 256]), (4, vec![256])]
        );
    }

    #[test]
    fn small_batches_are_shared_among_threads() {
        let found = shapes(&[60; 8], 2);
        assert_eq!(found, [(0, vec![60; 4]), (4, vec![60; 4])]);
    }
}
