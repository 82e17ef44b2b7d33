//! Dynamic quantisation of one row to `u8`, asymmetric: the row's own extent is spread over the 256 steps, so that a
//! row never depends on the rows beside it.

use rten_simd::ops::{BitOps, FloatOps, NarrowSaturate, NumOps};
use rten_simd::{Isa, Simd, SimdOp};

use super::{Extent, LANES, RowQuantisation};

/// Steps between the lowest and the highest integer.
const STEPS: f32 = 255.0;
/// Keeps the scale of a row of zeros from being zero.
const TINY: f32 = 1e-12;

/// Quantises `row`, whose values lie in `extent`, into `integers`.
///
/// Both are of the same length, a multiple of [`LANES`].
pub(crate) fn quantise(row: &[f32], extent: Extent, integers: &mut [u8]) -> RowQuantisation {
    assert_eq!(
        row.len(),
        integers.len(),
        "row and integers differ in width"
    );
    assert_eq!(row.len() % LANES, 0, "row of a width that leaves a rest");
    let scale = ((extent.high - extent.low) / STEPS).max(TINY);
    let zero_point = (-extent.low / scale).round().clamp(0.0, STEPS) as u8;
    Quantise {
        row,
        integers,
        inverse: 1.0 / scale,
        zero_point,
    }
    .dispatch();
    RowQuantisation { scale, zero_point }
}

/// The extent of `row`, whose length is a multiple of [`LANES`].
pub(crate) fn extent(row: &[f32]) -> Extent {
    ExtentOf(row).dispatch()
}

struct Quantise<'a> {
    row: &'a [f32],
    integers: &'a mut [u8],
    inverse: f32,
    zero_point: u8,
}

impl SimdOp for Quantise<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let (floats, integers, halves, bytes) = (isa.f32(), isa.i32(), isa.i16(), isa.u8());
        let lanes = floats.len();
        let inverse = floats.splat(self.inverse);
        let zero_point = integers.splat(i32::from(self.zero_point));
        let chunks = self
            .row
            .chunks_exact(bytes.len())
            .zip(self.integers.chunks_exact_mut(bytes.len()));
        for (chunk, out) in chunks {
            let mut quarters = [zero_point; 4];
            for (quarter, values) in quarters.iter_mut().zip(chunk.chunks_exact(lanes)) {
                let steps = floats.to_int_round(floats.mul(floats.load(values), inverse));
                *quarter = integers.add(steps, zero_point);
            }
            let [first, second, third, fourth] = quarters;
            let low = integers.narrow_saturate(first, second);
            let high = integers.narrow_saturate(third, fourth);
            bytes.store(halves.narrow_saturate(low, high), out);
        }
    }
}

struct ExtentOf<'a>(&'a [f32]);

impl SimdOp for ExtentOf<'_> {
    type Output = Extent;

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) -> Extent {
        let floats = isa.f32();
        let mut bounds = Bounds::new(isa);
        for chunk in self.0.chunks_exact(floats.len()) {
            bounds.include(isa, floats.load(chunk));
        }
        bounds.extent()
    }
}

/// Running lane-wise bounds, starting at zero.
pub(super) struct Bounds<I: Isa> {
    low: I::F32,
    high: I::F32,
}

impl<I: Isa> Bounds<I> {
    #[inline(always)]
    pub(super) fn new(isa: I) -> Self {
        let zero = isa.f32().zero();
        Self {
            low: zero,
            high: zero,
        }
    }

    #[inline(always)]
    pub(super) fn include(&mut self, isa: I, values: I::F32) {
        let floats = isa.f32();
        self.low = floats.min(self.low, values);
        self.high = floats.max(self.high, values);
    }

    #[inline(always)]
    pub(super) fn extent(self) -> Extent {
        Extent {
            low: self.low.to_array().into_iter().fold(0.0, f32::min),
            high: self.high.to_array().into_iter().fold(0.0, f32::max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Noise, plain_extent};
    use super::*;

    #[test]
    fn equals_the_definition() {
        for (seed, width, factor) in [(8, 384, 1.0), (9, 1536, 30.0), (10, 384, 1e-4)] {
            let row: Vec<f32> = Noise::new(seed)
                .floats(width)
                .iter()
                .map(|x| x * factor)
                .collect();
            let range = extent(&row);
            assert_eq!(range, plain_extent(&row));
            let mut integers = vec![0; width];
            let found = quantise(&row, range, &mut integers);
            for (value, integer) in row.iter().zip(&integers) {
                let steps = (value * (1.0 / found.scale)).round_ties_even();
                let expected = (steps + f32::from(found.zero_point)).clamp(0.0, 255.0);
                assert_eq!(f32::from(*integer), expected);
                let back = found.scale * (f32::from(*integer) - f32::from(found.zero_point));
                assert!((back - value).abs() <= 1.01 * found.scale);
            }
        }
    }

    #[test]
    fn one_sided_and_zero_rows() {
        for value in [0.0, 2.5, -2.5] {
            let row = [value; LANES];
            let mut integers = [7; LANES];
            let found = quantise(&row, extent(&row), &mut integers);
            let back = found.scale * (f32::from(integers[0]) - f32::from(found.zero_point));
            assert!((back - value).abs() < 1e-5, "{back} is not {value}");
        }
    }
}
