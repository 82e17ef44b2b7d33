//! Random walks through the state machine, beside a model of it that is simple enough to be believed.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{Config, TestRunner},
};
use tokio::{runtime::Handle, task::block_in_place};
use uuid::Uuid;
use wafaa_domain::{JobId, JobState, TenantScope};
use wafaa_storage::{
    Database, Error,
    ledger::{self, Cancelled, Claim, Heartbeat},
};

use super::{
    claim, dispatch, enqueue, expire, heartbeat, job, look, ordered, release,
    total::{fold, pass, recount},
};
use crate::database::{on_each_database, read, sql, system, tenant, write};

on_each_database!(every_walk_keeps_to_the_model);

#[derive(Debug, Clone, Copy)]
enum Ending {
    Succeed,
    Reschedule,
    Snooze,
    Bury,
    Cancelled,
}

/// What is done next, to which of the jobs so far. `old` means with a reference that isn't the last one.
#[derive(Debug, Clone)]
enum Step {
    Enqueue {
        tenant: usize,
        order: Option<u8>,
    },
    Dispatch(u32),
    Claim(Index, bool),
    Beat(Index, bool),
    Settle(Index, bool, Ending),
    Release(Index, bool),
    Lose,
    Cancel(Index),
    Retry(Index),
    /// Time passes, and what has ended is added up.
    AddUp,
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    let old = || prop::bool::weighted(0.2);
    let ending = prop::sample::select(vec![
        Ending::Succeed,
        Ending::Reschedule,
        Ending::Snooze,
        Ending::Bury,
        Ending::Cancelled,
    ]);
    let order = prop::option::of(0..2_u8);
    prop_oneof![
        4 => (0..2_usize, order).prop_map(|(tenant, order)| Step::Enqueue { tenant, order }),
        4 => (0..4_u32).prop_map(Step::Dispatch),
        6 => (index(), old()).prop_map(|(job, old)| Step::Claim(job, old)),
        2 => (index(), old()).prop_map(|(job, old)| Step::Beat(job, old)),
        5 => (index(), old(), ending).prop_map(|(job, old, ending)| Step::Settle(job, old, ending)),
        2 => (index(), old()).prop_map(|(job, old)| Step::Release(job, old)),
        1 => Just(Step::Lose),
        2 => index().prop_map(Step::Cancel),
        2 => index().prop_map(Step::Retry),
        1 => Just(Step::AddUp),
    ]
}

/// What must be true of a job.
#[derive(Debug)]
struct Known {
    id: JobId,
    scope: TenantScope,
    order: Option<u8>,
    state: JobState,
    attempt: i32,
    cancel_requested: bool,
    expired: bool,
    /// Every reference to it so far, the last one being the good one unless it is `void`.
    references: Vec<Claim>,
    void: bool,
}

impl Known {
    fn reference(&self, old: bool) -> (Claim, bool) {
        let (last, earlier) = match self.references.split_last() {
            Some((last, earlier)) => (Some(*last), earlier),
            None => (None, [].as_slice()),
        };
        match last {
            Some(last) if !old => (last, !self.void),
            _ => {
                let unknown = Claim {
                    job: self.id,
                    dispatch: Uuid::now_v7(),
                };
                (earlier.first().copied().unwrap_or(unknown), false)
            }
        }
    }

    fn goes_back(&mut self, state: JobState) {
        self.state = state;
        self.void = true;
    }

    const fn is_in_flight(&self) -> bool {
        matches!(self.state, JobState::Dispatched | JobState::Running)
    }

    const fn is_under_way(&self) -> bool {
        self.is_in_flight() || matches!(self.state, JobState::Ready)
    }
}

struct Walk<'a> {
    db: &'a Database,
    scopes: [TenantScope; 2],
    jobs: Vec<Known>,
    succeeded: HashSet<JobId>,
}

async fn every_walk_keeps_to_the_model(db: Database) {
    let config = Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    };
    let steps = prop::collection::vec(step(), 1..60);
    let walk = |steps| {
        Handle::current().block_on(walk(&db, steps));
        Ok(())
    };
    block_in_place(|| TestRunner::new(config).run(&steps, walk)).unwrap();
}

async fn walk(db: &Database, steps: Vec<Step>) {
    sql(db, "DELETE FROM tenants").await.unwrap();
    recount(db).await;
    let scopes = [tenant(db, "one-shop").await, tenant(db, "two-shop").await];
    let mut walk = Walk {
        db,
        scopes,
        jobs: Vec::new(),
        succeeded: HashSet::new(),
    };
    for step in steps {
        walk.take(&step).await;
        walk.check(&step).await;
    }
}

impl Walk<'_> {
    async fn take(&mut self, step: &Step) {
        match step {
            Step::Enqueue { tenant, order } => self.enqueue(self.scopes[*tenant], *order).await,
            Step::Dispatch(free) => self.dispatch(*free).await,
            Step::AddUp => {
                pass(self.db, 15_000).await;
                fold(self.db).await;
            }
            Step::Lose => {
                expire(self.db).await;
                for job in self.jobs.iter_mut().filter(|job| job.is_in_flight()) {
                    job.expired = true;
                }
            }
            Step::Claim(index, _)
            | Step::Beat(index, _)
            | Step::Settle(index, ..)
            | Step::Release(index, _)
            | Step::Cancel(index)
            | Step::Retry(index) => {
                if !self.jobs.is_empty() {
                    let job = index.get_mut(&mut self.jobs);
                    treat(self.db, job, step).await;
                }
            }
        }
    }

    async fn enqueue(&mut self, scope: TenantScope, order: Option<u8>) {
        let new = order.map_or_else(job, |key| ordered(&key.to_string()));
        self.jobs.push(Known {
            id: enqueue(self.db, scope, &new).await,
            scope,
            order,
            state: if order.is_none() {
                JobState::Ready
            } else {
                JobState::Waiting
            },
            attempt: 0,
            cancel_requested: false,
            expired: false,
            references: Vec::new(),
            void: true,
        });
    }

    async fn dispatch(&mut self, free: u32) {
        let due: Vec<_> = (0..self.jobs.len()).filter(|at| self.is_due(*at)).collect();
        for at in due {
            self.jobs[at].state = JobState::Ready;
        }
        let ready = self
            .jobs
            .iter()
            .filter(|job| job.state == JobState::Ready)
            .count();
        let taken = dispatch(self.db, free).await;
        assert!(taken.len() <= usize::try_from(free).unwrap());
        assert_eq!(taken.is_empty(), free == 0 || ready == 0);
        for claim in taken {
            let job = self
                .jobs
                .iter_mut()
                .find(|job| job.id == claim.job)
                .unwrap();
            assert_eq!(job.state, JobState::Ready, "{job:?}");
            job.state = JobState::Dispatched;
            job.references.push(claim);
            (job.void, job.expired) = (false, false);
        }
    }

    /// Whether a waiting job is the first of its order key, and nothing of that key is under way.
    fn is_due(&self, at: usize) -> bool {
        let job = &self.jobs[at];
        let same = |other: &Known| {
            job.order.is_some() && (other.scope, other.order) == (job.scope, job.order)
        };
        let mut others = self
            .jobs
            .iter()
            .enumerate()
            .filter(|(_, other)| same(other));
        job.state == JobState::Waiting
            && !others.any(|(place, other)| {
                other.is_under_way() || (place < at && !other.state.is_final())
            })
    }

    async fn check(&mut self, step: &Step) {
        let mut keys = HashSet::new();
        for job in &self.jobs {
            let row = look(self.db, job.id).await;
            assert_eq!(
                (row.state, row.attempt, row.cancel_requested),
                (job.state, job.attempt, job.cancel_requested),
                "after {step:?}: {job:?}"
            );
            assert_eq!(row.finished_at.is_some(), row.state.is_final(), "{row:?}");
            assert!(row.attempt >= 0);
            if let Some(key) = job.order
                && job.is_under_way()
            {
                let first = keys.insert((job.scope.tenant(), key));
                assert!(first, "two of one order key are under way after {step:?}");
            }
            if self.succeeded.contains(&job.id) {
                assert_eq!(row.state, JobState::Succeeded, "success is final");
            }
            if row.state == JobState::Succeeded {
                self.succeeded.insert(job.id);
            }
        }
        self.check_numbers(step).await;
    }

    async fn check_numbers(&self, step: &Step) {
        let stats = read(self.db, system(), async |tx| {
            ledger::stats_any(tx, None).await
        });
        let stats = stats.await.unwrap().counts;
        let told = stats.iter().map(|stat| (stat.state.as_str(), stat.jobs));
        let mut known: BTreeMap<&str, u64> = BTreeMap::new();
        for job in &self.jobs {
            *known.entry(job.state.as_str()).or_default() += 1;
        }
        assert_eq!(told.collect::<BTreeMap<_, _>>(), known, "after {step:?}");
    }
}

/// Does one thing to one job, and to what is known of it; both must agree on the outcome.
async fn treat(db: &Database, job: &mut Known, step: &Step) {
    match step {
        Step::Claim(_, old) => {
            let (reference, good) = job.reference(*old);
            let claimed = claim(db, reference).await;
            let expected = good && job.state == JobState::Dispatched;
            assert_eq!(claimed.is_some(), expected, "{job:?}");
            if expected {
                job.state = JobState::Running;
                job.attempt += 1;
                job.expired = false;
            }
        }
        Step::Beat(_, old) => {
            let (reference, good) = job.reference(*old);
            let runs = good && job.state == JobState::Running;
            let expected = runs.then_some(if job.cancel_requested {
                Heartbeat::CancelRequested
            } else {
                Heartbeat::Renewed
            });
            assert_eq!(heartbeat(db, reference).await, expected, "{job:?}");
            job.expired &= !runs;
        }
        Step::Settle(_, old, ending) => settle(db, job, *old, *ending).await,
        Step::Release(_, old) => {
            let (reference, good) = job.reference(*old);
            let released = release(db, job.scope, reference).await;
            let expected = good && job.is_in_flight() && job.expired;
            assert_eq!(succeeded(released), expected, "{job:?}");
            if expected {
                job.goes_back(JobState::Ready);
            }
        }
        Step::Cancel(_) => cancel(db, job).await,
        Step::Retry(_) => {
            let retried = write(db, job.scope, async |tx| ledger::retry(tx, job.id).await).await;
            let expected = matches!(job.state, JobState::Dead | JobState::Cancelled);
            assert_eq!(succeeded(retried), expected, "{job:?}");
            if expected {
                job.goes_back(JobState::Waiting);
                (job.attempt, job.cancel_requested) = (0, false);
            }
        }
        Step::Enqueue { .. } | Step::Dispatch(_) | Step::Lose | Step::AddUp => {
            unreachable!("not about one job")
        }
    }
}

async fn settle(db: &Database, job: &mut Known, old: bool, ending: Ending) {
    let (reference, good) = job.reference(old);
    let settled = write(db, job.scope, async |tx| match ending {
        Ending::Succeed => ledger::succeed(tx, reference).await,
        Ending::Reschedule => ledger::reschedule(tx, reference, Duration::ZERO, "again").await,
        Ending::Snooze => ledger::snooze(tx, reference, Duration::ZERO, "later").await,
        Ending::Bury => ledger::bury(tx, reference, "no").await,
        Ending::Cancelled => ledger::cancelled(tx, reference).await,
    });
    let goes_on = !matches!(ending, Ending::Bury | Ending::Cancelled);
    let expected = good && job.state == JobState::Running && !(goes_on && job.cancel_requested);
    assert_eq!(succeeded(settled.await), expected, "{ending:?} of {job:?}");
    if !expected {
        return;
    }
    match ending {
        Ending::Succeed => job.state = JobState::Succeeded,
        Ending::Reschedule => job.goes_back(JobState::Waiting),
        Ending::Snooze => {
            job.goes_back(JobState::Waiting);
            job.attempt -= 1;
        }
        Ending::Bury => job.state = JobState::Dead,
        Ending::Cancelled => job.state = JobState::Cancelled,
    }
}

async fn cancel(db: &Database, job: &mut Known) {
    let cancelled = write(db, job.scope, async |tx| ledger::cancel(tx, job.id).await).await;
    if job.state == JobState::Running {
        assert!(matches!(cancelled, Ok(Cancelled::Requested(_))), "{job:?}");
        job.cancel_requested = true;
    } else if job.state.is_final() {
        assert!(!succeeded(cancelled), "{job:?}");
    } else {
        assert!(matches!(cancelled, Ok(Cancelled::Now(_))), "{job:?}");
        job.state = JobState::Cancelled;
        job.cancel_requested = false;
    }
}

/// Whether a change was made. The only other outcome allowed is that it came too late.
fn succeeded<T: std::fmt::Debug>(outcome: Result<T, Error>) -> bool {
    assert!(matches!(outcome, Ok(_) | Err(Error::Stale)), "{outcome:?}");
    outcome.is_ok()
}
