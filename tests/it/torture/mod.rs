//! Server mode under faults: many processes, and one of them killed, paused or cut off at random, again and
//! again, while tenants upload and ask. In the end nothing accepted is lost, nothing is there twice, and
//! nothing of one tenant was shown to another.
//!
//! The seed is printed; `WAFAA_TORTURE_SEED` and `WAFAA_TORTURE_FAULTS` repeat or lengthen a run, which
//! `make torture` does. After `WAFAA_TORTURE_MINUTES` no more faults happen, and what there is is judged. PostgreSQL and Redis are the test's own, with durability on.

mod audit;
mod cluster;
mod fault;
mod proxy;
pub(crate) mod server;
mod workload;

use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::time;

use cluster::Cluster;
use fault::Fault;
use workload::Workload;

/// Faults of a short run.
const FAULTS: u64 = 30;
/// How long faults may go on: 2,000 of them take some forty minutes.
const MINUTES: u64 = 90;
/// Faults between two looks at what they did.
const ROUND: u64 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn faults_lose_nothing_double_nothing_and_leak_nothing() {
    if !server::are_installed() {
        println!(
            "SKIPPED: redis-server or PostgreSQL is not installed; `make test` installs them."
        );
        return;
    }
    let seed = setting("WAFAA_TORTURE_SEED").unwrap_or_else(|| rand::rng().random());
    let faults = setting("WAFAA_TORTURE_FAULTS").unwrap_or(FAULTS);
    let minutes = setting("WAFAA_TORTURE_MINUTES").unwrap_or(MINUTES);
    println!("WAFAA_TORTURE_SEED={seed} WAFAA_TORTURE_FAULTS={faults}");
    let until = Instant::now() + Duration::from_secs(60 * minutes);
    let mut random = StdRng::seed_from_u64(seed);
    let mut cluster = Cluster::start().await;
    let workload = Workload::begin(&cluster, seed).await;
    let mut recoveries = Vec::new();
    let mut kinds = std::collections::BTreeMap::<String, u64>::new();
    for number in 1..=faults {
        let fault = Fault::random(&mut random);
        *kinds.entry(fault.name().to_owned()).or_default() += 1;
        time::sleep(Duration::from_millis(random.random_range(0..400))).await;
        recoveries.extend(fault.happen(&mut cluster, &mut random).await);
        let last = number == faults || Instant::now() >= until;
        if number % ROUND == 0 || last {
            workload.pause().await;
            audit::settle(&mut cluster).await;
            println!("after {number} faults: {}", workload.report);
            workload.resume();
        }
        if last {
            break;
        }
    }
    let report = workload.end().await;
    println!("{report}");
    println!("faults: {kinds:?}");
    recoveries.sort();
    let percentile = |percent: usize| {
        let at = (recoveries.len() * percent / 100).min(recoveries.len().saturating_sub(1));
        recoveries.get(at).copied().unwrap_or_default()
    };
    println!(
        "jobs of killed workers: {}; running again after p50 {:?}, p99 {:?}, at most {:?}",
        recoveries.len(),
        percentile(50),
        percentile(99),
        percentile(100)
    );
    audit::settle(&mut cluster).await;
    audit::whole(&cluster, &report).await;
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
