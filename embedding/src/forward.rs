//! The forward pass over one unit of work on the current thread: sequences laid end to end as `[tokens, DIMENSION]`
//! without padding. Linear maps run over all tokens in blocks, attention over each sequence.
//!
//! Every token is quantised by itself and every sequence attends to itself, so a text's vector cannot depend on the
//! rest of the unit.

use crate::DIMENSION;
use crate::attention::attend;
use crate::error::Error;
use crate::kernel::{dequantise, dequantise_add, dequantise_gelu, extent, normalise};
use crate::model::{INNER, Layer, Model};
use crate::scratch::{BLOCK, Scratch};

impl Model {
    /// One vector of [`DIMENSION`] values and of length one per sequence.
    ///
    /// Sequences are token ids with `[CLS]` and `[SEP]`, at least 1 and at most [`crate::MAX_TOKENS`] long.
    ///
    /// # Errors
    /// [`Error::Multiply`] or [`Error::View`], both of them defects.
    pub(crate) fn forward(
        &self,
        sequences: &[Vec<u32>],
        scratch: &mut Scratch,
    ) -> Result<Vec<Vec<f32>>, Error> {
        let tokens = sequences.iter().map(Vec::len).sum();
        scratch.fit(tokens);
        self.embed_tokens(sequences, scratch);
        for layer in &self.layers {
            self.project(layer, tokens, scratch)?;
            self.attend(sequences, scratch)?;
            for first in (0..tokens).step_by(BLOCK) {
                let count = BLOCK.min(tokens - first);
                self.close_attention(layer, first, count, scratch)?;
                self.feed_forward(layer, first, count, scratch)?;
            }
        }
        Ok(pool(sequences, &scratch.hidden))
    }

    /// Word + position + type embeddings, normalised.
    fn embed_tokens(&self, sequences: &[Vec<u32>], scratch: &mut Scratch) {
        let tokens = sequences
            .iter()
            .flat_map(|sequence| sequence.iter().zip(self.positions.chunks_exact(DIMENSION)));
        let rows = scratch.hidden.chunks_exact_mut(DIMENSION);
        for (index, ((id, position), row)) in tokens.zip(rows).enumerate() {
            for ((out, word), position) in row.iter_mut().zip(self.words.row(*id)).zip(position) {
                *out = word + position;
            }
            let extent = normalise(row, &self.embedding_norm);
            scratch.input.set(index, row, extent);
        }
    }

    /// Query, key and value of every token.
    fn project(&self, layer: &Layer, tokens: usize, scratch: &mut Scratch) -> Result<(), Error> {
        let linear = &layer.projection;
        let width = linear.outputs();
        for first in (0..tokens).step_by(BLOCK) {
            let count = BLOCK.min(tokens - first);
            let products = &mut scratch.accumulator[..count * width];
            let input = scratch.input.integers(first, count);
            linear.multiply(&scratch.integer_product, input, products)?;
            let outputs = scratch.projected[first * width..].chunks_exact_mut(width);
            for (index, (acc, out)) in products.chunks_exact(width).zip(outputs).enumerate() {
                let row = scratch.input.row(first + index);
                dequantise(acc, row, &linear.columns, out);
            }
        }
        Ok(())
    }

    /// Attention of each sequence; its context becomes the quantised input of the next linear map.
    fn attend(&self, sequences: &[Vec<u32>], scratch: &mut Scratch) -> Result<(), Error> {
        let mut first = 0;
        for sequence in sequences {
            let length = sequence.len();
            let projected = &scratch.projected[first * 3 * DIMENSION..][..length * 3 * DIMENSION];
            attend(&scratch.float_product, projected, &mut scratch.attention)?;
            let context = scratch.attention.context.chunks_exact(DIMENSION);
            for (index, row) in context.take(length).enumerate() {
                scratch.input.set(first + index, row, extent(row));
            }
            first += length;
        }
        Ok(())
    }

    /// Output map of attention, residual, normalisation, for `count` tokens from `first` on.
    fn close_attention(
        &self,
        layer: &Layer,
        first: usize,
        count: usize,
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        let linear = &layer.attention_output;
        let products = &mut scratch.accumulator[..count * DIMENSION];
        let input = scratch.input.integers(first, count);
        linear.multiply(&scratch.integer_product, input, products)?;
        let hidden = scratch.hidden[first * DIMENSION..].chunks_exact_mut(DIMENSION);
        for (index, (acc, row)) in products.chunks_exact(DIMENSION).zip(hidden).enumerate() {
            let token = first + index;
            dequantise_add(acc, scratch.input.row(token), &linear.columns, row);
            let extent = normalise(row, &layer.attention_norm);
            scratch.input.set(token, row, extent);
        }
        Ok(())
    }

    /// Expansion, GELU, contraction, residual, normalisation, for `count` tokens from `first` on.
    fn feed_forward(
        &self,
        layer: &Layer,
        first: usize,
        count: usize,
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        let linear = &layer.expansion;
        let products = &mut scratch.accumulator[..count * INNER];
        let input = scratch.input.integers(first, count);
        linear.multiply(&scratch.integer_product, input, products)?;
        for (index, acc) in products.chunks_exact(INNER).enumerate() {
            let row = scratch.input.row(first + index);
            let inner = &mut scratch.inner[..INNER];
            let extent = dequantise_gelu(acc, row, &linear.columns, inner);
            scratch.inner_input.set(index, inner, extent);
        }

        let linear = &layer.contraction;
        let products = &mut scratch.accumulator[..count * DIMENSION];
        let input = scratch.inner_input.integers(0, count);
        linear.multiply(&scratch.integer_product, input, products)?;
        let hidden = scratch.hidden[first * DIMENSION..].chunks_exact_mut(DIMENSION);
        for (index, (acc, row)) in products.chunks_exact(DIMENSION).zip(hidden).enumerate() {
            dequantise_add(acc, scratch.inner_input.row(index), &linear.columns, row);
            let extent = normalise(row, &layer.output_norm);
            scratch.input.set(first + index, row, extent);
        }
        Ok(())
    }
}

/// Mean over each sequence's tokens, then divided by its Euclidean length: the sum does, as the count cancels out.
fn pool(sequences: &[Vec<u32>], hidden: &[f32]) -> Vec<Vec<f32>> {
    let mut rows = hidden.chunks_exact(DIMENSION);
    sequences
        .iter()
        .map(|sequence| {
            let mut vector = vec![0.0; DIMENSION];
            for row in rows.by_ref().take(sequence.len()) {
                for (sum, value) in vector.iter_mut().zip(row) {
                    *sum += value;
                }
            }
            let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
            for value in &mut vector {
                *value /= length.max(f32::MIN_POSITIVE);
            }
            vector
        })
        .collect()
}
