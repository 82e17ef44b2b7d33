//! Turning questions away while there are more than can be answered, so that those that are taken are answered in
//! time. Who is turned away is told at once, or after a second in the queue, and may come again; without this
//! everybody waits, until nobody's client does any more.
//!
//! Only questions pass the gate: they take most of a processor, or of a model. Health, metrics, signing in,
//! webhooks and all the rest go on beside it.

use std::{sync::Arc, time::Duration};

use metrics::{counter, gauge};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time,
};

use crate::error::{Error, Result};

/// The longest that a question waits for its turn.
const PATIENCE: Duration = Duration::from_secs(1);
/// When who was turned away should come again.
const COME_AGAIN: Duration = Duration::from_secs(2);

pub(crate) struct Gate {
    /// Questions that are being answered, and as many again that wait.
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

/// The right to be answered, until it is dropped.
pub(crate) struct Turn {
    _turn: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl Gate {
    /// For so many questions at once; at least one.
    pub(crate) fn new(at_once: usize) -> Self {
        let at_once = at_once.clamp(1, Semaphore::MAX_PERMITS / 2);
        // 0, not unknown: the first time then is an increase that an alert can see.
        counter!("wafaa_requests_shed_total").absolute(0);
        gauge!("wafaa_questions_at_once").set(at_once as f64);
        Self {
            places: Arc::new(Semaphore::new(2 * at_once)),
            turns: Arc::new(Semaphore::new(at_once)),
        }
    }

    /// Before anything is done for a question, even finding out whose it is.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when nobody else may even wait.
    pub(crate) fn look(&self) -> Result<()> {
        if self.places.available_permits() > 0 {
            Ok(())
        } else {
            Err(overloaded())
        }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many wait already, or it takes too long.
    pub(crate) async fn enter(&self) -> Result<Turn> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| overloaded())?;
        let turn = time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        match turn {
            Ok(Ok(turn)) => Ok(Turn {
                _turn: turn,
                _place: place,
            }),
            // It is never closed.
            Ok(Err(_)) | Err(_) => Err(overloaded()),
        }
    }
}

fn overloaded() -> Error {
    counter!("wafaa_requests_shed_total").increment(1);
    Error::Overloaded(COME_AGAIN)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn as_many_wait_as_are_answered_and_no_more() {
        let gate = Gate::new(2);
        let first = gate.enter().await.expect("a turn");
        let _second = gate.enter().await.expect("a turn");
        let mut third = Box::pin(gate.enter());
        let mut fourth = Box::pin(gate.enter());
        assert!(third.as_mut().now_or_never().is_none(), "it waits");
        assert!(gate.look().is_ok());
        assert!(fourth.as_mut().now_or_never().is_none(), "it waits");
        assert!(gate.look().is_err());
        let fifth = gate.enter().now_or_never().expect("an answer at once");
        assert!(matches!(fifth, Err(Error::Overloaded(_))));
        drop(first);
        assert!(third.await.is_ok(), "its turn has come");
        assert!(gate.look().is_ok());
        drop(fourth);
        assert_eq!(gate.places.available_permits(), 3, "who left waits no more");
    }

    #[tokio::test]
    async fn nobody_waits_for_long() {
        let gate = Gate::new(1);
        let _only = gate.enter().await.expect("a turn");
        assert!(matches!(gate.enter().await, Err(Error::Overloaded(_))));
        assert_eq!(gate.places.available_permits(), 1);
    }
}
