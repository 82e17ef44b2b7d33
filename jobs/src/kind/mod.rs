//! The kinds of work, one file each.
//!
//! A kind's name is permanent: rows in somebody's database carry it. To rename a kind, keep the old name
//! among its `ALIASES`.

mod chunk;
mod compact;
mod crawl;
mod deliver;
mod embed;
mod erase;
mod escalate;
mod evaluate;
mod evaluate_change;
mod fetch_media;
mod index;
pub(crate) mod ingest;
mod notify;
mod receive;
mod reconcile_delivery;
mod reindex;
mod remove_source;
mod respond;
mod sentiment;
mod topics;
mod vectors;
mod watch_token;

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};
use wafaa_channels::{Account, Secrets};
use wafaa_domain::{DocumentId, Failure as Reason, JobId, Lane, TenantScope};
use wafaa_storage::{
    Error, Tx,
    channel::Channel,
    ledger::{self, NewJob},
};

use crate::{Context, Done, Failure, Registry, Services, trace};

pub use chunk::Chunk;
pub use compact::Compact;
pub use crawl::Crawl;
pub use deliver::Deliver;
pub use embed::Embed;
pub use erase::Erase;
pub use escalate::Escalate;
pub use evaluate::Evaluate;
pub use evaluate_change::EvaluateChange;
pub use fetch_media::FetchMedia;
pub use index::Index;
pub use ingest::Ingest;
pub use notify::Notify;
pub use receive::Receive;
pub use reconcile_delivery::ReconcileDelivery;
pub use reindex::Reindex;
pub use remove_source::RemoveSource;
pub use respond::Respond;
pub use sentiment::Sentiment;
pub use topics::Topics;
pub use watch_token::WatchToken;

/// A kind of work. The implementing type is the payload: ids of what to work on, nothing else.
pub trait Kind: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its permanent name.
    const KIND: &'static str;
    /// Names it had before.
    const ALIASES: &'static [&'static str] = &[];
    /// Where it queues.
    const LANE: Lane;
    /// Runs allowed, lost ones included.
    const MAX_ATTEMPTS: i32 = 12;
    /// Higher goes first within a tenant and lane.
    const PRIORITY: i32 = 0;
    /// How long one run may take.
    const TIMEOUT: Duration;

    /// What must not be enqueued twice in the tenant, once and for all.
    fn dedupe_key(&self) -> Option<String> {
        None
    }

    /// Jobs of the tenant with the same key run one after the other.
    fn order_key(&self) -> Option<String> {
        None
    }

    /// The document, message or report it is for.
    fn parent(&self) -> Option<String> {
        None
    }

    /// How long after being enqueued it is due.
    fn delay(&self) -> Duration {
        Duration::ZERO
    }

    /// Does the work. May be interrupted at any await and begun anew, by another process.
    fn run(self, context: &Context) -> impl Future<Output = Result<Done, Failure>> + Send;

    /// Notes, in the transaction that ends the job badly, what that means for what it worked on.
    fn ended(
        &self,
        _tx: &Tx<TenantScope>,
        _reason: &Reason,
    ) -> impl Future<Output = Result<(), wafaa_storage::Error>> + Send {
        async { Ok(()) }
    }
}

/// A payload that can be put into the ledger.
pub trait Enqueue {
    /// The row to add.
    ///
    /// # Errors
    /// [`Failure::Dead`] when the payload can't be written as JSON.
    fn job(&self) -> Result<NewJob, Failure>;
}

impl<K: Kind> Enqueue for K {
    fn job(&self) -> Result<NewJob, Failure> {
        let delay = K::delay(self);
        Ok(NewJob {
            kind: K::KIND,
            lane: K::LANE,
            payload: serde_json::to_value(self)
                .map_err(|error| Failure::dead("internal", error.to_string()))?,
            max_attempts: K::MAX_ATTEMPTS,
            priority: K::PRIORITY,
            dedupe_key: self.dedupe_key(),
            order_key: self.order_key(),
            parent: self.parent(),
            run_at: (!delay.is_zero()).then(|| chrono::Utc::now() + delay),
            trace_id: None,
        })
    }
}

/// Registers every kind of this crate.
#[must_use]
pub fn all() -> Registry {
    Registry::new()
        .with::<Ingest>()
        .with::<Chunk>()
        .with::<Embed>()
        .with::<Index>()
        .with::<Erase>()
        .with::<Compact>()
        .with::<Reindex>()
        .with::<Receive>()
        .with::<Respond>()
        .with::<Deliver>()
        .with::<Sentiment>()
        .with::<Topics>()
        .with::<FetchMedia>()
        .with::<Escalate>()
        .with::<ReconcileDelivery>()
        .with::<Notify>()
        .with::<Crawl>()
        .with::<RemoveSource>()
        .with::<Evaluate>()
        .with::<EvaluateChange>()
        .with::<WatchToken>()
}

/// Adds a job in the transaction of the change that calls for it. Commit, then wake the dispatcher.
///
/// # Errors
/// When the database can't be written.
pub(crate) async fn enqueue<K: Enqueue>(
    tx: &Tx<TenantScope>,
    kind: &K,
) -> Result<JobId, wafaa_storage::Error> {
    ledger::enqueue(tx, &traced(kind)?).await
}

/// Adds a few jobs by one statement.
///
/// # Errors
/// When the database can't be written.
pub(crate) async fn enqueue_all(
    tx: &Tx<TenantScope>,
    kinds: &[&(dyn Enqueue + Sync)],
) -> Result<(), wafaa_storage::Error> {
    let jobs: Result<Vec<NewJob>, _> = kinds.iter().map(|kind| traced(*kind)).collect();
    ledger::enqueue_all(tx, &jobs?).await
}

/// The row, as part of the trace that calls for it.
fn traced(kind: &(impl Enqueue + ?Sized)) -> Result<NewJob, wafaa_storage::Error> {
    let mut job = kind.job().map_err(|failure| Error::Corrupt {
        what: "payload",
        reason: format!("{failure:?}"),
    })?;
    job.trace_id = trace::current();
    Ok(job)
}

/// What a channel is connected with. A secret that can't be opened is for its people to enter again.
fn account(
    services: &Services,
    scope: &TenantScope,
    channel: &Channel,
) -> Result<Account, Failure> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Failure::dead(
            "unreadable_secrets",
            format!("the channel's secrets can't be read, enter them again: {error}"),
        )
    };
    let secrets = match &channel.secrets {
        None => Secrets::default(),
        Some(sealed) => {
            let row = channel.id.to_string();
            let json = services.sealer.open(scope.tenant(), &row, sealed);
            Secrets::from_json(&json.map_err(|error| unreadable(&error))?)
                .map_err(|error| unreadable(&error))?
        }
    };
    Ok(Account {
        kind: channel.kind,
        settings: channel.settings.clone(),
        secrets,
    })
}

/// What a job is about has been erased: there is nothing to do any more.
pub(crate) fn missing(error: wafaa_storage::Error) -> Failure {
    if let wafaa_storage::Error::NotFound = error {
        return Failure::Cancelled;
    }
    error.into()
}

/// What jobs for a document have as parent; also what orders them.
fn document_key(document: DocumentId) -> String {
    document.to_string()
}

/// What a document's jobs say of it when they end badly. A newer version or a deletion is not disturbed.
async fn document_ended(
    tx: &Tx<TenantScope>,
    document: DocumentId,
    version: i32,
    reason: &Reason,
) -> Result<(), wafaa_storage::Error> {
    match wafaa_storage::document::fail(tx, document, version, reason).await {
        Err(wafaa_storage::Error::Stale) => Ok(()),
        other => other,
    }
}
