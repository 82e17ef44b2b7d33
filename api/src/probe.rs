//! `/health/live`, `/health/ready` and `/metrics`: for whoever starts and watches a process, be it one that
//! answers people or one that only runs jobs.

use std::{fmt::Display, sync::Arc, time::Duration};

use poem::{
    Endpoint, EndpointExt as _, Route, get, handler,
    web::{Data, Json},
};
use serde_json::{Value, json};
use tokio::time::timeout;
use wafaa_jobs::Handle;
use wafaa_storage::{Database, redis::Redis};

use crate::{
    edge,
    error::{Error, Result},
    metrics::{self, Ledger},
};

/// Whoever asks gives up after some seconds, too.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a process is asked about itself. Cloning is cheap.
#[derive(Clone)]
pub struct Probes(Arc<Asked>);

struct Asked {
    db: Database,
    redis: Option<Redis>,
    jobs: Handle,
    ledger: Ledger,
}

impl Probes {
    /// Of a process that works on this database, and with this Redis and these workers if it has any.
    #[must_use]
    pub fn new(db: Database, redis: Option<Redis>, jobs: Handle) -> Self {
        Self(Arc::new(Asked {
            db,
            redis,
            jobs,
            ledger: Ledger::default(),
        }))
    }

    /// Fails while the process can't do its work. Whatever else a process can't do without is asked here.
    async fn ready(&self) -> Result<()> {
        answers(
            self.0.db.ping(),
            "the database can't be reached",
            "the database does not answer in time",
        )
        .await?;
        if let Some(redis) = &self.0.redis {
            answers(
                redis.ping(),
                "Redis can't be reached",
                "Redis does not answer in time",
            )
            .await?;
        }
        let idle = self.0.jobs.idle_lanes();
        if !idle.is_empty() {
            tracing::warn!(?idle, "not ready");
            return Err(Error::NotReady("a worker is down and being started again"));
        }
        Ok(())
    }

    pub(crate) async fn ledger(&self) -> String {
        self.0.ledger.text(&self.0.db).await
    }
}

/// Fails when a server that the process works with refuses, or says nothing.
async fn answers<E: Display>(
    ping: impl Future<Output = Result<(), E>>,
    refusing: &'static str,
    silent: &'static str,
) -> Result<()> {
    let answered = timeout(PATIENCE, ping).await;
    answered
        .map_err(|_| Error::NotReady(silent))?
        .map_err(|error| {
            tracing::warn!(%error, "not ready");
            Error::NotReady(refusing)
        })
}

/// The application of a process that answers nothing else.
pub(crate) fn app(probes: Probes) -> impl Endpoint {
    routes(Route::new(), probes).around(edge::plainly)
}

/// Adds the routes.
pub(crate) fn routes(route: Route, probes: Probes) -> Route {
    route
        .at("/health/live", get(live))
        .at("/health/ready", get(ready).data(probes.clone()))
        .at("/metrics", get(metrics::metrics).data(probes))
}

/// The process runs.
#[handler]
fn live() -> Json<Value> {
    Json(json!({ "status": "live" }))
}

/// It can do its work.
#[handler]
async fn ready(probes: Data<&Probes>) -> Result<Json<Value>> {
    probes.ready().await?;
    Ok(Json(json!({ "status": "ready" })))
}
