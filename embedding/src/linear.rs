//! A linear map in int8: weights quantised per output channel (symmetric, `i8`) when loaded and packed for the product
//! kernel; inputs quantised per token (`u8`). The product stays in `i32`; [`crate::kernel`] turns it back into `f32`.

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_tensor::NdTensorView;

use crate::error::Error;
use crate::kernel::Columns;
use crate::weights::Weights;

/// `u8 · i8 -> i32` on the best instructions of this processor.
pub(crate) type IntegerProduct = GemmExecutor<u8, i8, i32>;

/// Largest weight magnitude, in quantisation steps.
const FULL_RANGE: f32 = 127.0;
/// The same where the kernel adds pairs of products in `i16` (AVX2 without VNNI): two of 255 · 63 fit in 32,767.
const REDUCED_RANGE: f32 = 63.0;
/// Keeps the scale of a channel of zeros from being zero.
const TINY: f32 = 1e-12;

/// A named part of a linear map: `{name}.weight` is `[outputs, inputs]`, `{name}.bias` is `[outputs]`.
pub(crate) struct Part {
    name: String,
    outputs: usize,
    factor: f32,
}

impl Part {
    pub(crate) fn new(name: String, outputs: usize) -> Self {
        Self {
            name,
            outputs,
            factor: 1.0,
        }
    }

    /// Multiplies the part's output by `factor`.
    pub(crate) fn scaled(mut self, factor: f32) -> Self {
        self.factor = factor;
        self
    }
}

/// `y = W·x + b`, quantised.
pub(crate) struct Linear {
    /// `[inputs, outputs]`.
    packed: PackedBMatrix<i8>,
    pub(crate) columns: Columns,
}

impl Linear {
    /// Reads and quantises `parts`, whose outputs are put side by side.
    ///
    /// # Errors
    /// [`Error::Tensor`] if a weight or bias is absent or of another shape.
    pub(crate) fn load(
        weights: &Weights<'_>,
        parts: &[Part],
        inputs: usize,
        product: &IntegerProduct,
    ) -> Result<Self, Error> {
        let (mut values, mut bias) = (Vec::new(), Vec::new());
        for part in parts {
            let weight =
                weights.floats(&format!("{}.weight", part.name), &[part.outputs, inputs])?;
            values.extend(weight.map(|value| value * part.factor));
            let offset = weights.floats(&format!("{}.bias", part.name), &[part.outputs])?;
            bias.extend(offset.map(|value| value * part.factor));
        }
        Ok(Self::quantise(&values, bias, product))
    }

    /// Quantises `values`, `[outputs, inputs]` row-major, with as many outputs as `bias` has entries.
    fn quantise(values: &[f32], bias: Vec<f32>, product: &IntegerProduct) -> Self {
        let outputs = bias.len();
        let inputs = values.len() / outputs;
        let range = if product.may_saturate() {
            REDUCED_RANGE
        } else {
            FULL_RANGE
        };
        let mut quantised = vec![0; values.len()];
        let (scale, sum) = values
            .chunks_exact(inputs)
            .zip(quantised.chunks_exact_mut(inputs))
            .map(|(channel, quantised)| quantise_channel(channel, range, quantised))
            .unzip();
        let matrix = NdTensorView::from_data([outputs, inputs], quantised.as_slice());
        Self {
            packed: product.prepack_b(matrix.transposed()),
            columns: Columns { scale, sum, bias },
        }
    }

    pub(crate) fn inputs(&self) -> usize {
        self.packed.rows()
    }

    pub(crate) fn outputs(&self) -> usize {
        self.packed.cols()
    }

    /// `accumulator = rows · W` in integers: `rows` is `[n, inputs]`, `accumulator` `[n, outputs]`.
    ///
    /// The zero points of the rows are left out on purpose. rten-gemm 0.27 applies per-row zero points wrongly past
    /// the first tile of rows; dequantisation subtracts `zero point · column sum` instead, which is exact in `i32`.
    ///
    /// # Errors
    /// [`Error::Multiply`] or [`Error::View`] if the buffers do not have these shapes.
    pub(crate) fn multiply(
        &self,
        product: &IntegerProduct,
        rows: &[u8],
        accumulator: &mut [i32],
    ) -> Result<(), Error> {
        let shape = [rows.len() / self.inputs(), self.inputs()];
        let misfit = Error::View {
            rows: shape[0],
            columns: shape[1],
        };
        let rows = NdTensorView::try_from_data(shape, rows).map_err(|_| misfit)?;
        product
            .gemm(
                accumulator,
                GemmInputA::Unpacked(rows),
                GemmInputB::Packed(&self.packed),
                GemmOptions::default(),
            )
            .map_err(Error::multiply)
    }
}

/// Quantises one output channel symmetrically to `-range..=range`; returns its scale and the sum of its integers.
fn quantise_channel(channel: &[f32], range: f32, quantised: &mut [i8]) -> (f32, i32) {
    let magnitude = channel
        .iter()
        .fold(TINY, |largest, value| largest.max(value.abs()));
    let inverse = range / magnitude;
    let mut sum = 0;
    for (integer, value) in quantised.iter_mut().zip(channel) {
        *integer = (value * inverse).round_ties_even() as i8;
        sum += i32::from(*integer);
    }
    (magnitude / range, sum)
}

#[cfg(test)]
mod tests;
