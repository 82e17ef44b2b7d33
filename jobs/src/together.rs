//! Small changes of many jobs, committed together: whoever comes while a transaction is under way shares the
//! next one.
//!
//! There is no task behind it and no waiting for company: the first to get a turn commits for all who are
//! there, so an idle engine is as fast as without it and a busy one pays for a few transactions only.

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

/// A change that one transaction can make for many claims.
pub(crate) trait Change: Send + Sync {
    /// What each claim is told.
    type Answer: Send;

    /// Makes it for these claims and commits; answers in their order.
    fn commit(&self, claims: &[Claim]) -> impl Future<Output = Result<Vec<Self::Answer>>> + Send;
}

/// Takes dispatched jobs into this process's hands; answers the job, unless the reference is void.
#[derive(Debug)]
pub(crate) struct Claiming {
    pub(crate) db: Database,
    pub(crate) worker: String,
    pub(crate) lease: Duration,
}

impl Change for Claiming {
    type Answer = Option<Job>;

    async fn commit(&self, claims: &[Claim]) -> Result<Vec<Option<Job>>> {
        let tx = self
            .db
            .write(SystemScope::new("claim dispatched jobs"))
            .await?;
        let mut claimed = ledger::claim(&tx, claims, &self.worker, self.lease).await?;
        tx.commit().await?;
        let job = |claim: &Claim| {
            let at = claimed.iter().position(|(of, _)| of == claim)?;
            Some(claimed.swap_remove(at).1)
        };
        Ok(claims.iter().map(job).collect())
    }
}

/// Ends runs that have nothing to write; answers whether the claim still held.
#[derive(Debug)]
pub(crate) struct Succeeding {
    pub(crate) db: Database,
}

impl Change for Succeeding {
    type Answer = bool;

    async fn commit(&self, claims: &[Claim]) -> Result<Vec<bool>> {
        let scope = SystemScope::new("end jobs that have nothing to write");
        let tx = self.db.write(scope).await?;
        let done = ledger::succeed_all(&tx, claims).await?;
        tx.commit().await?;
        Ok(claims.iter().map(|claim| done.contains(claim)).collect())
    }
}

/// Most claims in one transaction.
const MOST: usize = 256;

/// Those who want a change.
#[derive(Debug)]
pub(crate) struct Together<C: Change> {
    change: C,
    waiting: Mutex<Vec<Waiting<C::Answer>>>,
    turn: Turn<()>,
}

type Waiting<A> = (Claim, oneshot::Sender<Result<A>>);

impl<C: Change> Together<C> {
    pub(crate) fn new(change: C) -> Self {
        Self {
            change,
            waiting: Mutex::default(),
            turn: Turn::default(),
        }
    }

    /// Makes the change for this claim, in a transaction shared with whoever else is there.
    pub(crate) async fn make(&self, claim: Claim) -> Result<C::Answer> {
        let (answer, mut answered) = oneshot::channel();
        self.waiting().push((claim, answer));
        loop {
            tokio::select! {
                biased;
                answer = &mut answered => return match answer {
                    Ok(answer) => answer,
                    // Whoever committed for it has been dropped in the middle.
                    Err(_) => self.alone(claim).await,
                },
                // Who finds nobody waiting was answered just before.
                _turn = self.turn.lock() => self.commit(self.next()).await,
            }
        }
    }

    fn next(&self) -> Vec<Waiting<C::Answer>> {
        let mut waiting = self.waiting();
        let some = waiting.len().min(MOST);
        let rest = waiting.split_off(some);
        mem::replace(&mut *waiting, rest)
    }

    async fn commit(&self, together: Vec<Waiting<C::Answer>>) {
        if together.is_empty() {
            return;
        }
        let claims: Vec<Claim> = together.iter().map(|(claim, _)| *claim).collect();
        match self.change.commit(&claims).await {
            Ok(answers) => {
                for ((_, waiting), answer) in together.into_iter().zip(answers) {
                    // Who has gone away leaves the job to its lease.
                    let _ = waiting.send(Ok(answer));
                }
            }
            Err(error) => match <[Waiting<C::Answer>; 1]>::try_from(together) {
                Ok([(_, waiting)]) => drop(waiting.send(Err(error))),
                // One of them may have spoilt it for the others.
                Err(together) => {
                    for (claim, waiting) in together {
                        let _ = waiting.send(self.alone(claim).await);
                    }
                }
            },
        }
    }

    async fn alone(&self, claim: Claim) -> Result<C::Answer> {
        let mut answers = self.change.commit(&[claim]).await?;
        answers.pop().ok_or(wafaa_storage::Error::Stale)
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting<C::Answer>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
