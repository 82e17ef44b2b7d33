//! Live events of jobs, and waiting for one to end.

use std::time::Duration;

use futures::StreamExt as _;
use tokio::{sync::broadcast::error::RecvError, time::timeout};
use tokio_stream::wrappers::BroadcastStream;
use wafaa_domain::{JobId, TenantId, TenantScope};
use wafaa_storage::ledger;

use super::view::JobEvent;
use crate::{
    state::State,
    stream::{Events, events},
};

/// How often to look at a job that another process may be running.
const EVERY: Duration = Duration::from_millis(500);

/// What happens to the jobs of a tenant, or of all, from now on.
pub(super) fn of(state: &State, tenant: Option<TenantId>) -> Events<JobEvent> {
    let heard = BroadcastStream::new(state.jobs().bus().listen());
    let wanted = heard.filter_map(move |heard| {
        // A listener that lagged goes on with the newest events.
        let event = heard
            .ok()
            .filter(|event| tenant.is_none_or(|tenant| tenant == event.tenant_id));
        std::future::ready(event.map(JobEvent::from))
    });
    events(state, |_| "job", wanted)
}

/// Waits until a job has come to its end, or can't be read.
pub(crate) async fn settled(state: &State, scope: &TenantScope, id: JobId) {
    let mut listening = state.jobs().bus().listen();
    while !is_settled(state, scope, id).await {
        let told = async {
            loop {
                match listening.recv().await {
                    Ok(event) if event.job_id == id => return,
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => return,
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        // Told or not, look.
        let _ = timeout(EVERY, told).await;
    }
}

async fn is_settled(state: &State, scope: &TenantScope, id: JobId) -> bool {
    let look = async {
        let tx = state.db().read(*scope).await?;
        let job = ledger::get(&tx, id).await?;
        tx.commit().await?;
        Ok::<_, wafaa_storage::Error>(job.state.is_final())
    };
    look.await.unwrap_or(true)
}
