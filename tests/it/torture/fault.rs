//! What goes wrong.

use std::time::{Duration, Instant};

use rand::{Rng, rngs::StdRng};
use serde_json::Value;
use tokio::time;

use super::{
    cluster::{Cluster, faketime, send},
    workload::Operator,
};

/// One fault.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    KillWorker,
    KillApi,
    /// Past every lease, then awake again.
    PauseWorker,
    /// A new process with a clock that is hours off.
    JumpClock,
    RestartRedis,
    FlushRedis,
    ReplaceRedis,
    CutRedis,
    DelayRedis,
    StallRedis,
    RestartPostgres,
    CrashPostgres,
    CutPostgres,
    DelayPostgres,
    StallPostgres,
    FillDisk,
}

/// How often each happens, in a hundred.
const WEIGHTS: [(Fault, u32); 16] = [
    (Fault::KillWorker, 50),
    (Fault::KillApi, 15),
    (Fault::PauseWorker, 4),
    (Fault::JumpClock, 4),
    (Fault::RestartRedis, 3),
    (Fault::FlushRedis, 4),
    (Fault::ReplaceRedis, 2),
    (Fault::CutRedis, 3),
    (Fault::DelayRedis, 2),
    (Fault::StallRedis, 2),
    (Fault::RestartPostgres, 2),
    (Fault::CrashPostgres, 2),
    (Fault::CutPostgres, 3),
    (Fault::DelayPostgres, 1),
    (Fault::StallPostgres, 1),
    (Fault::FillDisk, 2),
];

impl Fault {
    pub(super) fn random(random: &mut StdRng) -> Self {
        let all: u32 = WEIGHTS.iter().map(|(_, weight)| weight).sum();
        let mut drawn = random.random_range(0..all);
        for (fault, weight) in WEIGHTS {
            if drawn < weight {
                return fault;
            }
            drawn -= weight;
        }
        Self::KillWorker
    }

    pub(super) fn name(self) -> String {
        format!("{self:?}")
    }

    /// Has it happen; answers how long each job of a killed worker took to run again.
    pub(super) async fn happen(self, cluster: &mut Cluster, random: &mut StdRng) -> Vec<Duration> {
        cluster.revive();
        let worker = random.random_range(0..cluster.workers.len());
        let moment = Duration::from_millis(random.random_range(200..2_500));
        match self {
            Self::KillWorker => {
                let operator = Operator::of(cluster).await;
                let killed = cluster.workers[worker].kill();
                return recovery(&operator, killed).await;
            }
            Self::KillApi => {
                let api = random.random_range(0..cluster.apis.len());
                cluster.apis[api].kill();
            }
            Self::PauseWorker => {
                let paused = &cluster.workers[worker];
                paused.signal("STOP");
                let (id, pause) = (
                    paused.id(),
                    Duration::from_millis(random.random_range(3_500..20_000)),
                );
                tokio::spawn(async move {
                    time::sleep(pause).await;
                    send("CONT", id);
                });
            }
            Self::JumpClock => {
                let offset = ["+3h", "-3h", "+40s", "-40s"][random.random_range(0..4)];
                if faketime().is_some() {
                    cluster.workers[worker].kill_into_another_time(offset);
                }
            }
            Self::RestartRedis => cluster.redis.restart(),
            Self::FlushRedis => cluster.redis.flush(),
            Self::ReplaceRedis => cluster.redis.replace(),
            Self::CutRedis => cluster.to_redis.cut(),
            Self::DelayRedis => {
                cluster.to_redis.delay(Duration::from_millis(50));
                time::sleep(moment).await;
                cluster.to_redis.delay(Duration::ZERO);
            }
            Self::StallRedis => {
                cluster.to_redis.stall();
                time::sleep(2 * moment).await;
                cluster.to_redis.delay(Duration::ZERO);
            }
            Self::RestartPostgres => cluster.postgres.order("restart"),
            Self::CrashPostgres => cluster.postgres.order("crash"),
            Self::CutPostgres => cluster.to_postgres.cut(),
            Self::DelayPostgres => {
                cluster.to_postgres.delay(Duration::from_millis(30));
                time::sleep(moment).await;
                cluster.to_postgres.delay(Duration::ZERO);
            }
            Self::StallPostgres => {
                cluster.to_postgres.stall();
                time::sleep(2 * moment).await;
                cluster.to_postgres.delay(Duration::ZERO);
            }
            Self::FillDisk => {
                if cluster.disk().fill() {
                    time::sleep(moment).await;
                    cluster.disk().free();
                }
            }
        }
        Vec::new()
    }
}

/// How long after the kill each job that ran there runs, or has run, elsewhere.
async fn recovery(operator: &Operator, killed: u32) -> Vec<Duration> {
    /// Longer means that something else is broken meanwhile; the audit decides then.
    const PATIENCE: Duration = Duration::from_secs(8);
    let begun = Instant::now();
    let worker = format!("{killed}-");
    let runs_there = |job: &Value| {
        job["state"] == "running"
            && job["worker"]
                .as_str()
                .is_some_and(|name| name.starts_with(&worker))
    };
    let mut lost: Vec<String> = operator
        .jobs("state=running")
        .await
        .unwrap_or_default()
        .iter()
        .filter(|job| runs_there(job))
        .filter_map(|job| Some(job["id"].as_str()?.to_owned()))
        .collect();
    let mut took = Vec::new();
    while !lost.is_empty() && begun.elapsed() < PATIENCE {
        time::sleep(Duration::from_millis(25)).await;
        let mut left = Vec::new();
        for id in lost {
            let Some(job) = operator.job(&id).await else {
                left.push(id);
                continue;
            };
            let moved_on = job["worker"]
                .as_str()
                .is_some_and(|name| !name.starts_with(&worker));
            if moved_on
                || ["succeeded", "dead", "cancelled"]
                    .iter()
                    .any(|end| job["state"] == *end)
            {
                took.push(begun.elapsed());
            } else {
                left.push(id);
            }
        }
        lost = left;
    }
    took.extend(lost.iter().map(|_| begun.elapsed()));
    took
}
