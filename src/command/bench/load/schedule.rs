//! When requests are due. Made before anything is sent and never changed by answers: that is the open loop.

use std::time::Duration;

use super::dice::Dice;
use crate::cli::Arrivals;

/// A request that is due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Arrival {
    /// Its number, from 0.
    pub(super) number: u64,
    /// When it is due, from the beginning.
    pub(super) due: Duration,
}

/// All arrivals, in order.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    arrivals: Arrivals,
    /// Requests a second.
    rate: f64,
    end: f64,
    dice: Dice,
    number: u64,
    /// Seconds until the next one.
    next: f64,
}

/// No request's own stream, which are numbered from 0.
const STREAM: u64 = u64::MAX;

impl Schedule {
    pub(super) fn new(arrivals: Arrivals, rate: f64, duration: Duration, seed: u64) -> Self {
        let mut schedule = Self {
            arrivals,
            rate,
            end: duration.as_secs_f64(),
            dice: Dice::new(seed, STREAM),
            number: 0,
            next: 0.0,
        };
        if arrivals == Arrivals::Poisson {
            schedule.next = schedule.gap();
        }
        schedule
    }

    /// From one arrival of a Poisson process to the next: exponentially distributed.
    fn gap(&mut self) -> f64 {
        -(1.0 - self.dice.chance()).ln() / self.rate
    }
}

impl Iterator for Schedule {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        if self.next >= self.end {
            return None;
        }
        let arrival = Arrival {
            number: self.number,
            due: Duration::from_secs_f64(self.next),
        };
        self.number += 1;
        self.next = match self.arrivals {
            // Not summed up, so that no error is.
            Arrivals::Uniform => self.number as f64 / self.rate,
            Arrivals::Poisson => self.next + self.gap(),
        };
        Some(arrival)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dues(arrivals: Arrivals, rate: f64, seconds: u64, seed: u64) -> Vec<f64> {
        Schedule::new(arrivals, rate, Duration::from_secs(seconds), seed)
            .map(|arrival| arrival.due.as_secs_f64())
            .collect()
    }

    #[test]
    fn even_arrivals_are_as_many_as_asked_for() {
        let dues = dues(Arrivals::Uniform, 7.0, 3, 1);
        assert_eq!(dues.len(), 21);
        assert!(
            dues.windows(2)
                .all(|w| (w[1] - w[0] - 1.0 / 7.0).abs() < 1e-6)
        );
    }

    #[test]
    fn random_arrivals_honour_the_rate_and_are_as_uneven_as_they_should_be() {
        let dues = dues(Arrivals::Poisson, 200.0, 100, 1);
        // 20,000 expected, with a standard deviation of 141.
        assert!((19_400..20_600).contains(&dues.len()), "{}", dues.len());
        assert!(dues.is_sorted());
        // The gaps of a Poisson process deviate as much as they last.
        let gaps: Vec<f64> = dues.windows(2).map(|w| w[1] - w[0]).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        let unevenness = variance.sqrt() / mean;
        assert!((0.95..1.05).contains(&unevenness), "{unevenness}");
    }

    #[test]
    fn a_seed_repeats_its_schedule() {
        let of = |seed| dues(Arrivals::Poisson, 50.0, 10, seed);
        assert_eq!(of(3), of(3));
        assert_ne!(of(3), of(4));
    }
}
