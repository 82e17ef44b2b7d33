//! The open loop: requests go out when they are due, whatever came of those before.
//!
//! Latency is taken from when a request was *due*. Were it taken from when it was sent, and requests sent only after
//! answers, a server that stalls would be asked less just then, and the stall would count as one slow request
//! instead of all those that customers would have sent (coordinated omission). Here nothing needs correcting later:
//! whatever delays a request, the server or this program, is in its latency.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use indicatif::ProgressBar;
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep_until},
};
use tokio_util::task::TaskTracker;

use super::{
    outcome::Outcome,
    schedule::{Arrival, Schedule},
    tally::{Tally, Times},
};

/// Sends what is due until the schedule ends, and waits for the last answer.
///
/// # Errors
/// Never in practice: when the limit on requests under way is withdrawn.
pub(super) async fn drive<F>(
    schedule: Schedule,
    tally: Tally,
    max_in_flight: u32,
    bar: &ProgressBar,
    send: impl Fn(Arrival) -> F,
) -> anyhow::Result<Tally>
where
    F: Future<Output = Outcome> + Send + 'static,
{
    let tally = Arc::new(Mutex::new(Some(tally)));
    let in_flight = Arc::new(Semaphore::new(max_in_flight as usize));
    let tasks = TaskTracker::new();
    let begun = Instant::now();
    for arrival in schedule {
        let due = begun + arrival.due;
        sleep_until(due).await;
        let place = Arc::clone(&in_flight).acquire_owned().await?;
        let (request, tally) = (send(arrival), Arc::clone(&tally));
        tasks.spawn(async move {
            let lag = due.elapsed();
            let outcome = request.await;
            let latency = due.elapsed();
            if let Some(tally) = lock(&tally).as_mut() {
                tally.count(arrival, Times { lag, latency }, outcome);
            }
            drop(place);
        });
        bar.set_position(milliseconds(arrival.due));
    }
    tasks.close();
    tasks.wait().await;
    let tally = lock(&tally).take();
    tally.ok_or_else(|| anyhow::anyhow!("the measurements were taken twice"))
}

fn lock(tally: &Mutex<Option<Tally>>) -> MutexGuard<'_, Option<Tally>> {
    // A count that was left half-way is worth more than none.
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::{Arrivals, Kind},
        command::bench::load::outcome::Verdict,
    };

    const RATE: f64 = 200.0;
    const RUN: Duration = Duration::from_secs(2);

    async fn measured<F>(max_in_flight: u32, send: impl Fn(Arrival) -> F) -> Tally
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let schedule = Schedule::new(Arrivals::Uniform, RATE, RUN, 1);
        let tally = Tally::new(Duration::ZERO, RUN).expect("bounds");
        let bar = ProgressBar::hidden();
        drive(schedule, tally, max_in_flight, &bar, send)
            .await
            .expect("measurements")
    }

    fn right() -> Outcome {
        Outcome {
            kind: Kind::Ask,
            verdict: Verdict::Right,
        }
    }

    /// Answers at once, but for one second in which it answers nothing.
    fn stalls_from(
        begin: Instant,
    ) -> impl Fn(Arrival) -> std::pin::Pin<Box<dyn Future<Output = Outcome> + Send>> {
        move |_| {
            Box::pin(async move {
                let stall = begin..begin + Duration::from_secs(1);
                if stall.contains(&Instant::now()) {
                    sleep_until(stall.end).await;
                }
                right()
            })
        }
    }

    #[track_caller]
    fn assert_shows_the_stall(tally: &Tally) {
        let latency = &tally.kinds[Kind::Ask as usize].latency;
        assert_eq!(latency.len(), 400);
        // Half of the requests were due within the stall, at even distances from its end: their latencies are spread
        // evenly over 0 to 1 s. So the 75th percentile is 0.5 s, and the 99th 0.98 s.
        for (quantile, wanted) in [(0.75, 500_000.0), (0.99, 980_000.0)] {
            let found = latency.value_at_quantile(quantile) as f64;
            let off = (found - wanted).abs();
            assert!(off < 60_000.0, "{quantile}: {found} µs instead of {wanted}");
        }
        assert!(latency.value_at_quantile(0.4) < 60_000);
    }

    #[tokio::test]
    async fn a_stall_of_a_second_counts_for_all_who_would_have_asked() {
        let begin = Instant::now() + Duration::from_millis(500);
        assert_shows_the_stall(&measured(4_096, stalls_from(begin)).await);
    }

    #[tokio::test]
    async fn even_when_the_generator_could_not_send_meanwhile() {
        let begin = Instant::now() + Duration::from_millis(500);
        let tally = measured(1, stalls_from(begin)).await;
        assert_shows_the_stall(&tally);
        assert!(
            tally.lag.value_at_quantile(0.99) > 900_000,
            "and it says that it fell behind"
        );
    }

    #[tokio::test]
    async fn nothing_waits_for_answers() {
        let slow = |_| async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            right()
        };
        let tally = measured(4_096, slow).await;
        let latency = &tally.kinds[Kind::Ask as usize].latency;
        assert_eq!(latency.len(), 400);
        assert!(latency.value_at_quantile(0.5) < 360_000);
        assert!(
            tally.last < Duration::from_millis(2_500),
            "{:?}",
            tally.last
        );
    }
}
