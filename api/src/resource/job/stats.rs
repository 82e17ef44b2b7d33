//! The numbers of jobs.

use poem_openapi::Object;
use wafaa_storage::ledger;

use super::view::{Lane, State};

/// Jobs in numbers.
#[derive(Object)]
#[oai(rename = "JobStats")]
pub(super) struct Stats {
    /// How many, by lane, kind and state.
    counts: Vec<Count>,
    /// Lanes with something ready or recently done.
    lanes: Vec<Pace>,
}

#[derive(Object)]
#[oai(rename = "JobCount")]
struct Count {
    lane: Lane,
    kind: String,
    state: State,
    jobs: u64,
}

#[derive(Object)]
#[oai(rename = "LanePace")]
struct Pace {
    lane: Lane,
    /// How long its oldest ready job has been due, in milliseconds.
    oldest_ready_ms: u64,
    /// Jobs that succeeded in the last minute.
    succeeded_last_minute: u64,
}

impl From<ledger::Stats> for Stats {
    fn from(stats: ledger::Stats) -> Self {
        let count = |stat: ledger::Stat| Count {
            lane: stat.lane.into(),
            kind: stat.kind,
            state: stat.state.into(),
            jobs: stat.jobs,
        };
        let pace = |lane: ledger::LaneStats| Pace {
            lane: lane.lane.into(),
            oldest_ready_ms: lane.oldest_ready_ms,
            succeeded_last_minute: lane.succeeded_last_minute,
        };
        Self {
            counts: stats.counts.into_iter().map(count).collect(),
            lanes: stats.lanes.into_iter().map(pace).collect(),
        }
    }
}
