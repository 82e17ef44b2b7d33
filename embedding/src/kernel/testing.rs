//! Reproducible noise and comparisons for the kernels' tests.

use super::Extent;

/// A linear congruential generator (Knuth's MMIX constants): the same numbers everywhere.
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) as u32
    }

    /// Uniform in [-1, 1).
    pub(crate) fn floats(&mut self, count: usize) -> Vec<f32> {
        (0..count)
            .map(|_| self.next() as f32 / 2_147_483_648.0 - 1.0)
            .collect()
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| (self.next() >> 24) as u8).collect()
    }

    /// Uniform in -limit..limit.
    pub(crate) fn integers(&mut self, count: usize, limit: i32) -> Vec<i32> {
        (0..count)
            .map(|_| (self.next() >> 1) as i32 % (2 * limit) - limit)
            .collect()
    }
}

/// The extent of a row by definition.
pub(crate) fn plain_extent(row: &[f32]) -> Extent {
    Extent {
        low: row.iter().copied().fold(0.0, f32::min),
        high: row.iter().copied().fold(0.0, f32::max),
    }
}

/// Asserts that values agree within `tolerance`, relative above one and absolute below.
#[track_caller]
pub(crate) fn assert_close(found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs();
        assert!(
            error <= tolerance * expected.abs().max(1.0),
            "at {index}: {found} is not {expected}"
        );
    }
}
