//! The integer product with zero points folded in afterwards, against the plain definition.

use super::*;
use crate::kernel::{RowQuantisation, dequantise, testing::Noise};

/// More rows than any kernel's tile, odd, and each with its own zero point: where rten-gemm's own zero points fail.
const ROWS: usize = 131;
const INPUTS: usize = 1536;
const OUTPUTS: usize = 384;

#[test]
fn folded_zero_points_are_exact_on_every_row() {
    let product = IntegerProduct::default();
    let mut noise = Noise::new(1);
    let values = noise.floats(OUTPUTS * INPUTS);
    let bias = noise.floats(OUTPUTS);
    let linear = Linear::quantise(&values, bias.clone(), &product);
    let rows: Vec<u8> = noise.bytes(ROWS * INPUTS);
    let mut accumulator = vec![0; ROWS * OUTPUTS];
    linear
        .multiply(&product, &rows, &mut accumulator)
        .expect("shapes fit");

    let range = if product.may_saturate() { 63.0 } else { 127.0 };
    let mut integers = vec![0; INPUTS];
    for (row, accumulated) in accumulator.chunks_exact(OUTPUTS).enumerate() {
        let quantisation = RowQuantisation {
            scale: 0.01,
            zero_point: (row * 37 % 256) as u8,
        };
        let mut found = vec![0.0; OUTPUTS];
        dequantise(accumulated, quantisation, &linear.columns, &mut found);
        for column in (0..OUTPUTS).step_by(61) {
            let channel = &values[column * INPUTS..][..INPUTS];
            let (scale, _) = quantise_channel(channel, range, &mut integers);
            let dot: i32 = rows[row * INPUTS..][..INPUTS]
                .iter()
                .zip(&integers)
                .map(|(x, w)| (i32::from(*x) - i32::from(quantisation.zero_point)) * i32::from(*w))
                .sum();
            let expected = dot as f32 * (scale * quantisation.scale) + bias[column];
            let error = (found[column] - expected).abs();
            assert!(
                error <= 1e-5 * expected.abs().max(1.0),
                "row {row}, column {column}: {} is not {expected}",
                found[column]
            );
        }
    }
}

#[test]
fn one_row_alone_equals_the_same_row_among_others() {
    let product = IntegerProduct::default();
    let mut noise = Noise::new(2);
    let linear = Linear::quantise(
        &noise.floats(OUTPUTS * INPUTS),
        vec![0.0; OUTPUTS],
        &product,
    );
    let rows: Vec<u8> = noise.bytes(ROWS * INPUTS);
    let mut together = vec![0; ROWS * OUTPUTS];
    linear
        .multiply(&product, &rows, &mut together)
        .expect("shapes fit");
    for (row, expected) in rows
        .chunks_exact(INPUTS)
        .zip(together.chunks_exact(OUTPUTS))
    {
        let mut alone = vec![0; OUTPUTS];
        linear
            .multiply(&product, row, &mut alone)
            .expect("shapes fit");
        assert_eq!(alone, expected);
    }
}

#[test]
fn a_channel_keeps_within_half_a_step_and_its_range() {
    let channel = Noise::new(3).floats(INPUTS);
    for range in [FULL_RANGE, REDUCED_RANGE] {
        let mut integers = vec![0; INPUTS];
        let (scale, sum) = quantise_channel(&channel, range, &mut integers);
        assert_eq!(sum, integers.iter().map(|x| i32::from(*x)).sum::<i32>());
        for (value, integer) in channel.iter().zip(&integers) {
            assert!(f32::from(*integer).abs() <= range);
            assert!((f32::from(*integer) * scale - value).abs() <= 0.501 * scale);
        }
    }
}

#[test]
fn a_channel_of_zeros_is_harmless() {
    let mut integers = vec![1; 4];
    let (scale, sum) = quantise_channel(&[0.0; 4], FULL_RANGE, &mut integers);
    assert!(scale > 0.0);
    assert_eq!((sum, integers), (0, vec![0; 4]));
}

#[test]
fn ill_fitting_buffers_are_errors() {
    let product = IntegerProduct::default();
    let linear = Linear::quantise(&[1.0; 64 * 64], vec![0.0; 64], &product);
    assert!(matches!(
        linear.multiply(&product, &[0; 65], &mut [0; 64]),
        Err(Error::View { .. })
    ));
    assert!(matches!(
        linear.multiply(&product, &[0; 64], &mut [0; 63]),
        Err(Error::Multiply { .. })
    ));
}
