//! Chance that repeats itself: the same seed and stream roll the same numbers in every version, on every machine.
//!
//! SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014), because the
//! generators of `rand` may change between its versions, and documents made here are uploaded once and used for long.

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    /// One of a seed's many streams; they have nothing to do with each other.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        Self(mix(seed.wrapping_add(GAMMA)) ^ mix(stream.wrapping_mul(GAMMA)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        mix(self.0)
    }

    /// A number from 0 to less than 1.
    pub(super) fn chance(&mut self) -> f64 {
        // The 53 bits that a double holds.
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number from 0 to less than `bound`, which is more than zero.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// Puts items in another order.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rolls_repeat_themselves_and_streams_differ() {
        let rolls = |seed, stream| {
            let mut dice = Dice::new(seed, stream);
            [dice.next(), dice.next(), dice.next()]
        };
        assert_eq!(rolls(1, 2), rolls(1, 2));
        assert_ne!(rolls(1, 2), rolls(1, 3));
        assert_ne!(rolls(1, 2), rolls(2, 2));
    }

    #[test]
    fn rolls_are_spread_evenly() {
        let mut dice = Dice::new(7, 0);
        let mut counts = [0_i32; 10];
        for _ in 0..10_000 {
            counts[dice.below(10)] += 1;
        }
        assert!(
            counts.iter().all(|n| (850..1_150).contains(n)),
            "{counts:?}"
        );
        let mean = (0..10_000).map(|_| dice.chance()).sum::<f64>() / 10_000.0;
        assert!((0.48..0.52).contains(&mean), "{mean}");
    }
}
