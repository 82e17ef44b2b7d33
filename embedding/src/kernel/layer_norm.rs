//! Layer normalisation of a row in place (Ba, Kiros and Hinton 2016): `(x - mean) / √(variance + ε) * gain + bias`,
//! with the variance taken in a second pass, which loses nothing to cancellation.

use rten_simd::ops::{BitOps, NumOps};
use rten_simd::{Isa, SimdOp};

use super::quantise::Bounds;
use super::{Extent, Norm};

/// `layer_norm_eps` of the model's configuration.
const EPSILON: f32 = 1e-12;

/// Normalises `row`, and returns the extent of the result.
pub(crate) fn normalise(row: &mut [f32], norm: &Norm) -> Extent {
    assert_eq!(row.len(), norm.gain.len(), "row and gain differ in width");
    Normalise { row, norm }.dispatch()
}

struct Normalise<'a> {
    row: &'a mut [f32],
    norm: &'a Norm,
}

impl SimdOp for Normalise<'_> {
    type Output = Extent;

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) -> Extent {
        let floats = isa.f32();
        let lanes = floats.len();
        let width = self.row.len() as f32;

        let mut sum = floats.zero();
        for chunk in self.row.chunks_exact(lanes) {
            sum = floats.add(sum, floats.load(chunk));
        }
        let mean = floats.splat(floats.sum(sum) / width);

        let mut squares = floats.zero();
        for chunk in self.row.chunks_exact(lanes) {
            let deviation = floats.sub(floats.load(chunk), mean);
            squares = floats.mul_add(deviation, deviation, squares);
        }
        let inverse = floats.splat(1.0 / (floats.sum(squares) / width + EPSILON).sqrt());

        let mut bounds = Bounds::new(isa);
        let parameters = self
            .norm
            .gain
            .chunks_exact(lanes)
            .zip(self.norm.bias.chunks_exact(lanes));
        for (chunk, (gain, bias)) in self.row.chunks_exact_mut(lanes).zip(parameters) {
            let standard = floats.mul(floats.sub(floats.load(chunk), mean), inverse);
            let value = floats.mul_add(standard, floats.load(gain), floats.load(bias));
            bounds.include(isa, value);
            floats.store(value, chunk);
        }
        bounds.extent()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Noise, assert_close, plain_extent};
    use super::*;

    const WIDTH: usize = 384;

    #[test]
    fn equals_the_definition() {
        let mut noise = Noise::new(6);
        let norm = Norm {
            gain: noise.floats(WIDTH),
            bias: noise.floats(WIDTH),
        };
        let row: Vec<f32> = noise.floats(WIDTH).iter().map(|x| x * 3.0 + 40.0).collect();
        let width = WIDTH as f64;
        let mean = row.iter().map(|x| f64::from(*x)).sum::<f64>() / width;
        let variance = row
            .iter()
            .map(|x| (f64::from(*x) - mean).powi(2))
            .sum::<f64>()
            / width;
        let expected: Vec<f32> = (0..WIDTH)
            .map(|i| {
                let standard = (f64::from(row[i]) - mean) / (variance + f64::from(EPSILON)).sqrt();
                (standard * f64::from(norm.gain[i]) + f64::from(norm.bias[i])) as f32
            })
            .collect();
        let mut found = row;
        let extent = normalise(&mut found, &norm);
        assert_close(&found, &expected, 1e-4);
        assert_eq!(extent, plain_extent(&found));
    }

    #[test]
    fn a_constant_row_becomes_the_bias() {
        let bias = Noise::new(7).floats(WIDTH);
        let norm = Norm {
            gain: vec![1.0; WIDTH],
            bias: bias.clone(),
        };
        let mut row = vec![0.5; WIDTH];
        normalise(&mut row, &norm);
        assert_close(&row, &bias, 1e-6);
    }
}
