//! The exponentials of soft-max, row by row. The division is left to the caller, who applies it to the 32-wide context
//! row instead of the score row, which is up to 256 wide.

use rten_simd::ops::{BitOps, NumOps};
use rten_simd::{Isa, Simd, SimdOp, SimdUnaryOp};
use rten_vecmath::Exp;

/// Replaces every row of `scores`, `[inverse_sums.len(), width]`, by `exp(score - largest of the row)`, and writes one
/// over the row's sum to `inverse_sums`.
pub(crate) fn exponentials(scores: &mut [f32], width: usize, inverse_sums: &mut [f32]) {
    assert!(width > 0, "a text has at least one token");
    assert_eq!(scores.len(), width * inverse_sums.len(), "not a matrix");
    Exponentials {
        scores,
        width,
        inverse_sums,
    }
    .dispatch();
}

struct Exponentials<'a> {
    scores: &'a mut [f32],
    width: usize,
    inverse_sums: &'a mut [f32],
}

impl SimdOp for Exponentials<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let rows = self.scores.chunks_exact_mut(self.width);
        for (row, inverse_sum) in rows.zip(self.inverse_sums) {
            let largest = largest(isa, row);
            *inverse_sum = 1.0 / exponentials_of_row(isa, row, largest);
        }
    }
}

#[inline(always)]
fn largest<I: Isa>(isa: I, row: &[f32]) -> f32 {
    let floats = isa.f32();
    let lowest = floats.splat(f32::MIN);
    let mut largest = lowest;
    let chunks = row.chunks_exact(floats.len());
    let (rest, mask) = floats.load_pad(chunks.remainder());
    for chunk in chunks {
        largest = floats.max(largest, floats.load(chunk));
    }
    largest = floats.max(largest, floats.select(rest, lowest, mask));
    largest.to_array().into_iter().fold(f32::MIN, f32::max)
}

/// Returns the sum of the row's exponentials.
#[inline(always)]
fn exponentials_of_row<I: Isa>(isa: I, row: &mut [f32], largest: f32) -> f32 {
    let floats = isa.f32();
    let exp = Exp {};
    let largest = floats.splat(largest);
    let mut sum = floats.zero();
    let mut chunks = row.chunks_exact_mut(floats.len());
    for chunk in &mut chunks {
        let value = exp.eval(isa, floats.sub(floats.load(chunk), largest));
        sum = floats.add(sum, value);
        floats.store(value, chunk);
    }
    let rest = chunks.into_remainder();
    let (scores, mask) = floats.load_pad(rest);
    let value = exp.eval(isa, floats.sub(scores, largest));
    let value = floats.select(value, floats.zero(), mask);
    rest.copy_from_slice(&value.to_array().as_ref()[..rest.len()]);
    floats.sum(floats.add(sum, value))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Noise, assert_close};
    use super::*;

    const ROWS: usize = 3;

    #[test]
    fn equals_the_definition_at_every_width() {
        for width in (1..=70).chain([127, 128, 255, 256]) {
            let scores: Vec<f32> = Noise::new(width as u64)
                .floats(ROWS * width)
                .iter()
                .map(|x| x * 20.0)
                .collect();
            let (mut found, mut inverse_sums) = (scores.clone(), [0.0; ROWS]);
            exponentials(&mut found, width, &mut inverse_sums);
            for row in 0..ROWS {
                let plain = &scores[row * width..][..width];
                let largest = plain.iter().copied().fold(f32::MIN, f32::max);
                let expected: Vec<f32> = plain.iter().map(|x| (x - largest).exp()).collect();
                assert_close(&found[row * width..][..width], &expected, 1e-6);
                let sum: f32 = expected.iter().sum();
                assert_close(&[inverse_sums[row] * sum], &[1.0], 1e-5);
            }
        }
    }

    #[test]
    fn extreme_scores_stay_finite() {
        let mut scores = vec![-1e30, 1e30, 0.0, 1e30];
        let mut inverse_sums = [0.0];
        exponentials(&mut scores, 4, &mut inverse_sums);
        assert_close(&scores, &[0.0, 1.0, 0.0, 1.0], 1e-6);
        assert_close(&inverse_sums, &[0.5], 1e-6);
    }
}
