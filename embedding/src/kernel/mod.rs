//! The arithmetic between matrix products, one row at a time and vectorised for the processor at hand (AVX-512, AVX2,
//! NEON, or plain). Safe code throughout: loads and stores go through slices whose lengths the compiler can see.
//!
//! Rows have a width that is a multiple of [`LANES`]; only attention scores, as wide as a text is long, do not.
//! Each kernel is tested against its definition written as a plain loop.

mod dequantise;
mod layer_norm;
mod quantise;
mod softmax;
#[cfg(test)]
pub(crate) mod testing;

pub(crate) use dequantise::{dequantise, dequantise_add, dequantise_gelu};
pub(crate) use layer_norm::normalise;
pub(crate) use quantise::{extent, quantise};
pub(crate) use softmax::exponentials;

/// Bytes in the widest vector (AVX-512): every width below must divide by it.
pub(crate) const LANES: usize = 64;

/// What a linear map's output columns need to come back from integers.
pub(crate) struct Columns {
    /// Weight units per integer step.
    pub(crate) scale: Vec<f32>,
    /// Sum of the column's integer weights, for subtracting zero points.
    pub(crate) sum: Vec<i32>,
    pub(crate) bias: Vec<f32>,
}

/// Gain and bias of a layer normalisation.
pub(crate) struct Norm {
    pub(crate) gain: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

/// Smallest and largest value of a row, zero always included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extent {
    pub(crate) low: f32,
    pub(crate) high: f32,
}

/// How one row was quantised: `value = scale * (integer - zero_point)`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct RowQuantisation {
    pub(crate) scale: f32,
    pub(crate) zero_point: u8,
}
