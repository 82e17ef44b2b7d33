//! Keeps the sums of finished jobs, and forgets what nobody needs any more: old finished jobs, old idempotency
//! keys, expired sessions, messages past their tenant's retention, and what is left of erased tenants. Seals anew
//! what a former key has sealed, has the tokens of channels looked after, and sources crawled whose job is missing.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use wafaa_channels::oauth;
use wafaa_domain::{Actor, SystemScope, TenantScope};
use wafaa_storage::{
    Database, Tx, bot, channel, idempotency, ledger, refresh_token, retention, seal::Sealer,
};

use crate::{
    kind::{WatchToken, enqueue},
    source,
    tenant::Tenants,
    transport::Transport,
};

const PERIOD: Duration = Duration::from_secs(600);
/// What has ended meanwhile is counted job by job whenever somebody asks.
const FOLD: Duration = Duration::from_secs(5);
const FINISHED_JOBS: TimeDelta = TimeDelta::days(30);
const IDEMPOTENCY_KEYS: TimeDelta = TimeDelta::days(2);
/// Messages forgotten in one transaction.
const MESSAGES: u64 = 500;

/// Tidies up every few minutes until shutdown.
pub(crate) async fn run(
    tenants: Tenants,
    sealer: Sealer,
    transport: std::sync::Arc<Transport>,
    shutdown: CancellationToken,
) {
    let mut period = time::interval(PERIOD);
    for round in 0_u64.. {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = period.tick() => {}
        }
        if let Err(error) = tidy(&tenants.db).await {
            warn!(%error, "can't purge old rows");
        }
        // Not at once: processes that have not been restarted yet know the former key only.
        if round == 1
            && let Err(error) = reseal(&tenants.db, &sealer).await
        {
            warn!(%error, "can't seal anew what a former key has sealed");
        }
        if let Err(error) = watch_tokens(&tenants.db).await {
            warn!(%error, "can't look after channels' tokens");
        }
        if let Err(error) = forget(&tenants).await {
            warn!(%error, "can't forget messages past their retention");
        }
        if let Err(error) = source::reconcile(&tenants.db).await {
            warn!(%error, "can't look after sources");
        }
        if let Err(error) = tenants.upkeep().await {
            warn!(%error, "can't look after erased tenants");
        }
        if let Err(error) = transport.purge().await {
            warn!(%error, "can't purge the transport");
        }
    }
}

/// Adds up finished jobs every few seconds until shutdown.
pub(crate) async fn add_up(db: Database, shutdown: CancellationToken) {
    let scope = || SystemScope::new("add up finished jobs");
    let mut period = time::interval(FOLD);
    period.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = period.tick() => {}
        }
        let added = async {
            let tx = db.write_softly(scope()).await?;
            let added = ledger::fold(&tx).await?;
            if added { tx.commit().await } else { Ok(()) }
        };
        if let Err(error) = added.await {
            warn!(%error, "can't add up finished jobs");
        }
    }
}

/// One transaction a batch, so that nobody waits long for the write lock.
async fn tidy(db: &Database) -> wafaa_storage::Result<()> {
    let scope = || SystemScope::new("purge what is past its retention");
    let cutoff = (Utc::now() - FINISHED_JOBS).timestamp_millis();
    loop {
        let tx = db.write(scope()).await?;
        let purged = ledger::purge(&tx, cutoff).await?;
        tx.commit().await?;
        if purged == 0 {
            break;
        }
    }
    let tx = db.write(SystemScope::new("count all jobs anew")).await?;
    ledger::recount(&tx).await?;
    tx.commit().await?;
    let tx = db.write(scope()).await?;
    idempotency::purge(&tx, Utc::now() - IDEMPOTENCY_KEYS).await?;
    refresh_token::purge(&tx, Utc::now()).await?;
    tx.commit().await
}

/// Forgets the messages that tenants don't want kept any longer, with the files that came with them.
async fn forget(tenants: &Tenants) -> Result<(), crate::tenant::Error> {
    let db = &tenants.db;
    let tx = db
        .read(SystemScope::new("see how long tenants keep messages"))
        .await?;
    let settings = bot::all(&tx).await?;
    drop(tx);
    for (tenant, bot) in settings {
        let Some(days) = bot.retention_days else {
            continue;
        };
        let before = Utc::now() - TimeDelta::days(days.into());
        loop {
            let tx = narrowed(db, tenant, "forget messages past their retention").await?;
            let scope = *tx.scope();
            let forgotten = retention::forget(&tx, before, MESSAGES).await?;
            tx.commit().await?;
            for key in &forgotten.media {
                tenants.blobs.delete(&scope, key).await?;
            }
            if forgotten.messages + forgotten.events + forgotten.deliveries == 0 {
                break;
            }
        }
    }
    Ok(())
}

/// Has the tokens looked after that run out soon, or whose end can be asked for.
async fn watch_tokens(db: &Database) -> wafaa_storage::Result<()> {
    let tx = db
        .read(SystemScope::new("see whose tokens run out"))
        .await?;
    let watched = channel::watched(&tx, &oauth::KINDS).await?;
    drop(tx);
    let now = Utc::now();
    for due in watched.iter().filter(|it| WatchToken::is_due(it, now)) {
        let tx = narrowed(db, due.tenant, "look after a token that runs out").await?;
        enqueue(&tx, &WatchToken::at(due.id, now)).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// After a rotation of the secret key, so that the former one is needed no longer.
async fn reseal(db: &Database, sealer: &Sealer) -> wafaa_storage::Result<()> {
    let tx = db
        .read(SystemScope::new("see who has sealed secrets"))
        .await?;
    let owners = channel::owners(&tx).await?;
    drop(tx);
    for tenant in owners {
        let tx = narrowed(db, tenant, "seal anew what a former key has sealed").await?;
        if channel::reseal(&tx, sealer).await? > 0 {
            tx.commit().await?;
        }
    }
    Ok(())
}

async fn narrowed(
    db: &Database,
    tenant: wafaa_domain::TenantId,
    reason: &'static str,
) -> wafaa_storage::Result<Tx<TenantScope>> {
    let tx = db.write(SystemScope::new(reason)).await?;
    tx.narrow(tenant, Actor::CommandLine).await
}
