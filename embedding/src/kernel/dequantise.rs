//! From integer products back to `f32`:
//! `y = (acc - zero_point * column_sum) * (row_scale * column_scale) + bias`, then stored, passed through GELU, or
//! added to a residual.

use rten_simd::ops::{BitOps, NumOps, ToFloat};
use rten_simd::{Isa, SimdOp, SimdUnaryOp};
use rten_vecmath::Gelu;

use super::quantise::Bounds;
use super::{Columns, Extent, RowQuantisation};

/// Writes a dequantised row to `out`.
pub(crate) fn dequantise(acc: &[i32], row: RowQuantisation, columns: &Columns, out: &mut [f32]) {
    Dequantise::<STORE>::new(acc, row, columns, out).dispatch();
}

/// Writes GELU (the exact one, by erf) of a dequantised row to `out`, and returns the extent of what was written.
pub(crate) fn dequantise_gelu(
    acc: &[i32],
    row: RowQuantisation,
    columns: &Columns,
    out: &mut [f32],
) -> Extent {
    Dequantise::<GELU>::new(acc, row, columns, out).dispatch()
}

/// Adds a dequantised row to `residual`.
pub(crate) fn dequantise_add(
    acc: &[i32],
    row: RowQuantisation,
    columns: &Columns,
    residual: &mut [f32],
) {
    Dequantise::<ADD>::new(acc, row, columns, residual).dispatch();
}

const STORE: u8 = 0;
const GELU: u8 = 1;
const ADD: u8 = 2;

/// All slices are of the same length, a multiple of the vector's.
struct Dequantise<'a, const FINISH: u8> {
    acc: &'a [i32],
    row: RowQuantisation,
    columns: &'a Columns,
    out: &'a mut [f32],
}

impl<'a, const FINISH: u8> Dequantise<'a, FINISH> {
    fn new(acc: &'a [i32], row: RowQuantisation, columns: &'a Columns, out: &'a mut [f32]) -> Self {
        let width = out.len();
        assert_eq!(acc.len(), width, "accumulators and outputs differ in width");
        assert_eq!(columns.sum.len(), width, "columns and outputs differ");
        Self {
            acc,
            row,
            columns,
            out,
        }
    }
}

impl<const FINISH: u8> SimdOp for Dequantise<'_, FINISH> {
    /// Extent of the output; only the GELU variant's is used, the others' is compiled away.
    type Output = Extent;

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) -> Extent {
        let (floats, integers) = (isa.f32(), isa.i32());
        let lanes = floats.len();
        let row_scale = floats.splat(self.row.scale);
        let zero_point = integers.splat(i32::from(self.row.zero_point));
        let mut bounds = Bounds::new(isa);
        let columns = self
            .columns
            .scale
            .chunks_exact(lanes)
            .zip(self.columns.sum.chunks_exact(lanes))
            .zip(self.columns.bias.chunks_exact(lanes));
        let rows = self
            .acc
            .chunks_exact(lanes)
            .zip(self.out.chunks_exact_mut(lanes));
        for ((acc, out), ((scale, sum), bias)) in rows.zip(columns) {
            let correction = integers.mul(zero_point, integers.load(sum));
            let exact = integers.to_float(integers.sub(integers.load(acc), correction));
            let scale = floats.mul(row_scale, floats.load(scale));
            let value = floats.mul_add(exact, scale, floats.load(bias));
            let value = match FINISH {
                GELU => {
                    let value = SimdUnaryOp::<f32>::eval(&Gelu {}, isa, value);
                    bounds.include(isa, value);
                    value
                }
                ADD => floats.add(floats.load(out), value),
                _ => value,
            };
            floats.store(value, out);
        }
        bounds.extent()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Noise, assert_close, plain_extent};
    use super::*;

    const WIDTH: usize = 384;
    const ROW: RowQuantisation = RowQuantisation {
        scale: 0.013,
        zero_point: 117,
    };

    fn case() -> (Vec<i32>, Columns, Vec<f32>) {
        let mut noise = Noise::new(4);
        let acc = noise.integers(WIDTH, 100_000);
        let columns = Columns {
            scale: noise.floats(WIDTH).iter().map(|x| x * 0.01).collect(),
            sum: noise.integers(WIDTH, 1_000),
            bias: noise.floats(WIDTH),
        };
        let plain = (0..WIDTH)
            .map(|i| {
                let exact = acc[i] - i32::from(ROW.zero_point) * columns.sum[i];
                exact as f32 * (ROW.scale * columns.scale[i]) + columns.bias[i]
            })
            .collect();
        (acc, columns, plain)
    }

    #[test]
    fn equals_the_definition() {
        let (acc, columns, plain) = case();
        let mut out = vec![f32::NAN; WIDTH];
        dequantise(&acc, ROW, &columns, &mut out);
        assert_close(&out, &plain, 1e-5);
    }

    #[test]
    fn adds_to_the_residual() {
        let (acc, columns, plain) = case();
        let residual = Noise::new(5).floats(WIDTH);
        let mut out = residual.clone();
        dequantise_add(&acc, ROW, &columns, &mut out);
        let expected: Vec<f32> = plain.iter().zip(&residual).map(|(a, b)| a + b).collect();
        assert_close(&out, &expected, 1e-5);
    }

    #[test]
    fn gelu_equals_the_definition_and_reports_its_extent() {
        let (acc, columns, plain) = case();
        let mut out = vec![f32::NAN; WIDTH];
        let extent = dequantise_gelu(&acc, ROW, &columns, &mut out);
        let expected: Vec<f32> = plain.iter().map(|x| plain_gelu(*x)).collect();
        assert_close(&out, &expected, 1e-5);
        assert_eq!(extent, plain_extent(&out));
    }

    /// x/2 · (1 + erf(x/√2)), with erf integrated by Simpson's rule in `f64`.
    fn plain_gelu(x: f32) -> f32 {
        let z = f64::from(x) / std::f64::consts::SQRT_2;
        let steps = 2_000;
        let h = z / f64::from(steps);
        let f = |t: f64| (-t * t).exp();
        let inner: f64 = (1..steps)
            .map(|i| f(f64::from(i) * h) * if i % 2 == 0 { 2.0 } else { 4.0 })
            .sum();
        let erf = (f(0.0) + inner + f(z)) * h / 3.0 * std::f64::consts::FRAC_2_SQRT_PI;
        (0.5 * f64::from(x) * (1.0 + erf)) as f32
    }
}
