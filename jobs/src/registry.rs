//! Which kinds this process can run, by name.

use std::{collections::HashMap, fmt, marker::PhantomData, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use serde_json::Value;
use wafaa_domain::{Failure as Reason, Lane, TenantScope};
use wafaa_storage::Tx;

use crate::{Context, Done, Failure, Kind};

/// The kinds a process can run.
#[derive(Clone, Default)]
pub struct Registry {
    kinds: HashMap<&'static str, Arc<dyn Runnable>>,
}

impl Registry {
    /// No kinds yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a kind under its name and aliases.
    ///
    /// # Panics
    /// When a name is taken: two kinds would answer to one row.
    #[must_use]
    pub fn with<K: Kind>(mut self) -> Self {
        let kind: Arc<dyn Runnable> = Arc::new(Typed::<K>(PhantomData));
        for name in std::iter::once(&K::KIND).chain(K::ALIASES) {
            let before = self.kinds.insert(name, Arc::clone(&kind));
            assert!(before.is_none(), "two job kinds are called `{name}`");
        }
        self
    }

    /// Lanes with at least one kind.
    #[must_use]
    pub fn lanes(&self) -> Vec<Lane> {
        let served = |lane: &Lane| self.kinds.values().any(|kind| kind.lane() == *lane);
        Lane::ALL.iter().copied().filter(served).collect()
    }

    pub(crate) fn get(&self, kind: &str) -> Option<&dyn Runnable> {
        self.kinds.get(kind).map(Arc::as_ref)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.kinds.keys()).finish()
    }
}

/// A [`Kind`] whose payload is still JSON.
pub(crate) trait Runnable: Send + Sync {
    fn lane(&self) -> Lane;
    fn timeout(&self) -> Duration;
    fn run<'a>(&self, payload: Value, context: &'a Context)
    -> BoxFuture<'a, Result<Done, Failure>>;
    fn ended<'a>(
        &self,
        payload: Value,
        tx: &'a Tx<TenantScope>,
        reason: &'a Reason,
    ) -> BoxFuture<'a, Result<(), wafaa_storage::Error>>;
}

struct Typed<K>(PhantomData<fn() -> K>);

impl<K: Kind> Runnable for Typed<K> {
    fn lane(&self) -> Lane {
        K::LANE
    }

    fn timeout(&self) -> Duration {
        K::TIMEOUT
    }

    fn run<'a>(
        &self,
        payload: Value,
        context: &'a Context,
    ) -> BoxFuture<'a, Result<Done, Failure>> {
        match serde_json::from_value::<K>(payload) {
            Ok(kind) => Box::pin(kind.run(context)),
            Err(error) => Box::pin(std::future::ready(Err(unreadable(&error)))),
        }
    }

    fn ended<'a>(
        &self,
        payload: Value,
        tx: &'a Tx<TenantScope>,
        reason: &'a Reason,
    ) -> BoxFuture<'a, Result<(), wafaa_storage::Error>> {
        match serde_json::from_value::<K>(payload) {
            Ok(kind) => Box::pin(async move { kind.ended(tx, reason).await }),
            // There is nothing it could be about.
            Err(_) => Box::pin(std::future::ready(Ok(()))),
        }
    }
}

fn unreadable(error: &serde_json::Error) -> Failure {
    Failure::dead(
        "unreadable_payload",
        format!("the job's payload can't be read: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Ingest;

    #[test]
    #[should_panic(expected = "two job kinds are called `ingest`")]
    fn a_kind_registers_once() {
        let _ = Registry::new().with::<Ingest>().with::<Ingest>();
    }

    #[test]
    fn lanes_follow_from_the_kinds() {
        assert_eq!(
            crate::kind::all().lanes(),
            [
                Lane::Reply,
                Lane::Deliver,
                Lane::Ingest,
                Lane::Insight,
                Lane::Maintenance
            ]
        );
    }
}
