//! The cosine of two vectors.

use lance_linalg::distance::{dot_f32, norm_l2};

/// A vector to compare many others with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Direction<'a> {
    vector: &'a [f32],
    norm: f32,
}

impl<'a> Direction<'a> {
    pub(super) fn of(vector: &'a [f32]) -> Self {
        Self {
            vector,
            norm: norm_l2(vector),
        }
    }

    /// The cosine with `other`, of the same length, in -1..=1; 0 when either is all zeros.
    pub(super) fn cosine(self, other: &[f32]) -> f32 {
        let norms = self.norm * norm_l2(other);
        if norms > 0.0 {
            (dot_f32(self.vector, other) / norms).clamp(-1.0, 1.0)
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cosine_ignores_lengths_and_survives_zeros() {
        let cosine = |a: &[f32], b: &[f32]| Direction::of(a).cosine(b);
        assert_eq!(cosine(&[3.0, 4.0], &[6.0, 8.0]), 1.0);
        assert_eq!(cosine(&[1.0, 0.0], &[0.0, 2.0]), 0.0);
        assert_eq!(cosine(&[1.0, 0.0], &[-5.0, 0.0]), -1.0);
        assert_eq!(cosine(&[0.0, 0.0], &[1.0, 1.0]), 0.0);
    }
}
