//! The working state of one thread's forward pass: buffers grown to the longest unit of work seen and then kept: 5 MB at the most,
//! since a unit holds at most [`UNIT_TOKENS`] tokens.

use rten_gemm::GemmExecutor;

use crate::DIMENSION;
use crate::kernel::{Extent, RowQuantisation, quantise};
use crate::linear::IntegerProduct;
use crate::model::INNER;

/// Tokens in one unit of work, whole sequences: enough for the matrix products to run at full speed, few enough for
/// units to be spread evenly and for scratch to stay small.
pub(crate) const UNIT_TOKENS: usize = 512;

/// Rows multiplied at a time: a block of `i32` products (0.8 MB at the widest) stays in the second-level cache.
pub(crate) const BLOCK: usize = 128;

/// All buffers are row-major. The product kernels are here too, as they cannot be sent between threads; every thread
/// of a process gets the kind that the weights were packed for.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(crate) integer_product: IntegerProduct,
    pub(crate) float_product: GemmExecutor<f32>,
    /// `[tokens, DIMENSION]`: the hidden state.
    pub(crate) hidden: Vec<f32>,
    /// `[tokens, DIMENSION]`: the quantised input of the next linear map.
    pub(crate) input: QuantisedRows,
    /// `[BLOCK, widest output]`: integer products.
    pub(crate) accumulator: Vec<i32>,
    /// `[tokens, 3 * DIMENSION]`: query, key, value.
    pub(crate) projected: Vec<f32>,
    pub(crate) attention: AttentionScratch,
    /// `[INNER]`: one row of the feed-forward layer before quantisation.
    pub(crate) inner: Vec<f32>,
    /// `[BLOCK, INNER]`.
    pub(crate) inner_input: QuantisedRows,
}

/// The buffers of attention within one sequence of `n` tokens.
#[derive(Default)]
pub(crate) struct AttentionScratch {
    /// `[n, n]`, one head at a time.
    pub(crate) scores: Vec<f32>,
    /// `[n]`: one over the sum of a score row.
    pub(crate) inverse_sums: Vec<f32>,
    /// `[n, HEAD]`.
    pub(crate) head: Vec<f32>,
    /// `[n, DIMENSION]`: the heads side by side.
    pub(crate) context: Vec<f32>,
}

impl Scratch {
    /// Makes room for `tokens` tokens. Old contents are left; every pass overwrites what it reads.
    pub(crate) fn fit(&mut self, tokens: usize) {
        grow(&mut self.hidden, tokens * DIMENSION);
        grow(&mut self.projected, tokens * 3 * DIMENSION);
        grow(&mut self.accumulator, BLOCK.min(tokens) * INNER);
        grow(&mut self.inner, INNER);
        self.input.fit(tokens, DIMENSION);
        self.inner_input.fit(BLOCK.min(tokens), INNER);
    }
}

/// Rows of `u8` with how each was quantised.
#[derive(Default)]
pub(crate) struct QuantisedRows {
    width: usize,
    integers: Vec<u8>,
    rows: Vec<RowQuantisation>,
}

impl QuantisedRows {
    fn fit(&mut self, rows: usize, width: usize) {
        self.width = width;
        grow(&mut self.integers, rows * width);
        grow(&mut self.rows, rows);
    }

    /// Quantises `values`, one row with values in `extent`, into row `row`.
    pub(crate) fn set(&mut self, row: usize, values: &[f32], extent: Extent) {
        let integers = &mut self.integers[row * self.width..][..self.width];
        self.rows[row] = quantise(values, extent, integers);
    }

    /// The integers of `count` rows from `first` on.
    pub(crate) fn integers(&self, first: usize, count: usize) -> &[u8] {
        &self.integers[first * self.width..][..count * self.width]
    }

    /// How row `row` was quantised.
    pub(crate) fn row(&self, row: usize) -> RowQuantisation {
        self.rows[row]
    }
}

/// Lengthens `buffer` to at least `length`.
pub(crate) fn grow<T: Clone + Default>(buffer: &mut Vec<T>, length: usize) {
    if buffer.len() < length {
        buffer.reserve_exact(length - buffer.len());
        buffer.resize(length, T::default());
    }
}
