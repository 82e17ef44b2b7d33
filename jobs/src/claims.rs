//! Claims, committed together: whoever comes while a transaction is under way shares the next one.
//!
//! There is no task behind it and no waiting for company: the first to get a turn commits for all who are
//! there, so an idle engine claims as fast as before and a busy one pays for a few transactions only.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{Mutex as Turn, oneshot};
use wafaa_domain::SystemScope;
use wafaa_storage::{
    Database, Result,
    ledger::{self, Claim, Job},
};

type Answer = Result<Option<Job>>;

/// The claims of a process.
#[derive(Debug)]
pub(crate) struct Claims {
    db: Database,
    worker: String,
    lease: Duration,
    waiting: Mutex<Vec<(Claim, oneshot::Sender<Answer>)>>,
    turn: Turn<()>,
}

impl Claims {
    pub(crate) fn new(db: Database, worker: String, lease: Duration) -> Self {
        Self {
            db,
            worker,
            lease,
            waiting: Mutex::default(),
            turn: Turn::default(),
        }
    }

    /// Takes the referenced job, if the reference is still good.
    pub(crate) async fn claim(&self, claim: Claim) -> Answer {
        let (answer, mut answered) = oneshot::channel();
        self.waiting().push((claim, answer));
        tokio::select! {
            biased;
            Ok(answer) = &mut answered => return answer,
            _turn = self.turn.lock() => {
                let together = mem::take(&mut *self.waiting());
                if !together.is_empty() {
                    self.commit(together).await;
                }
            }
        }
        // It was among those, or had been answered just before.
        match answered.await {
            Ok(answer) => answer,
            Err(_) => self.alone(claim).await,
        }
    }

    async fn commit(&self, together: Vec<(Claim, oneshot::Sender<Answer>)>) {
        let claims: Vec<Claim> = together.iter().map(|(claim, _)| *claim).collect();
        match self.all(&claims).await {
            Ok(jobs) => {
                for ((_, answer), job) in together.into_iter().zip(jobs) {
                    // Who has gone away leaves the job to its lease.
                    let _ = answer.send(Ok(job));
                }
            }
            // One of them may have spoilt it for the others.
            Err(_) => {
                for (claim, answer) in together {
                    let _ = answer.send(self.alone(claim).await);
                }
            }
        }
    }

    async fn all(&self, claims: &[Claim]) -> Result<Vec<Option<Job>>> {
        let scope = SystemScope::new("claim dispatched jobs");
        let tx = self.db.write(scope).await?;
        let mut jobs = Vec::with_capacity(claims.len());
        for claim in claims {
            jobs.push(ledger::claim(&tx, *claim, &self.worker, self.lease).await?);
        }
        tx.commit().await?;
        Ok(jobs)
    }

    async fn alone(&self, claim: Claim) -> Answer {
        Ok(self.all(&[claim]).await?.pop().flatten())
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<(Claim, oneshot::Sender<Answer>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
