//! Deleting every row of a tenant, whatever tables there are.

use std::{collections::BTreeMap, time::Duration};

use sea_orm::{ConnectionTrait as _, DatabaseBackend, FromQueryResult, entity::prelude::Uuid};
use wafaa_domain::{JobId, SystemScope, TenantScope};

use crate::{Result, Tx, archive::Schema};

/// Its rows refer to nothing, and the schema lets them go only after their tenant.
const LOG: &str = "audit_log";

/// What was deleted.
#[derive(Debug, Clone, Default)]
pub struct Deleted {
    /// Rows by table; tables that had none are named too.
    pub rows: BTreeMap<String, u64>,
    /// Jobs that were in a worker's hands.
    pub running: Vec<Run>,
}

/// A run that has lost its job.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// The job it was.
    pub job: JobId,
    /// How long from now its worker may take at the most to notice.
    pub lease: Duration,
}

/// Deletes every row of the tenant, itself and its audit log included, children first. Whoever works for it
/// can't commit anything any more.
///
/// # Errors
/// When the database can't be written, or no erasure of the tenant is open.
pub async fn delete_rows(tx: &Tx<TenantScope>, schema: &Schema) -> Result<Deleted> {
    if tx.connection().get_database_backend() == DatabaseBackend::Postgres {
        // Whoever adds a row that refers to the tenant waits from here on, and finds it gone.
        tx.execute(
            "SELECT 1 FROM tenants WHERE id = $1 FOR UPDATE",
            [tx.tenant().uuid().into()],
        )
        .await?;
        // A large tenant takes its time, and half of one is of no use.
        tx.execute("SET LOCAL statement_timeout = 0", []).await?;
    }
    let mut deleted = Deleted {
        running: running(tx).await?,
        ..Deleted::default()
    };
    let tables = schema.tables.iter().rev();
    for table in tables.filter(|table| table.name != LOG) {
        let Some(condition) = table.of_tenant() else {
            continue;
        };
        let sql = format!("DELETE FROM {} WHERE {condition}", table.name);
        let gone = delete(tx, &sql);
        let gone = if table.is_of_system() {
            let reason = SystemScope::new("erase a tenant's sessions");
            tx.as_system(reason, gone).await?
        } else {
            gone.await?
        };
        deleted.rows.insert(table.name.clone(), gone);
    }
    deleted.rows.insert(LOG.into(), delete_log(tx).await?);
    Ok(deleted)
}

/// Deletes the tenant's audit log, and answers how many entries that were.
///
/// # Errors
/// When the database can't be written, no erasure of the tenant is open, or the tenant is still there.
pub async fn delete_log(tx: &Tx<TenantScope>) -> Result<u64> {
    // The trigger that guards the log looks at the erasures, which no tenant may see.
    let reason = SystemScope::new("erase a tenant's log");
    let gone = delete(tx, "DELETE FROM audit_log WHERE tenant_id = $1");
    tx.as_system(reason, gone).await
}

/// Runs a DELETE whose one parameter is the tenant, and answers how many rows went.
async fn delete(tx: &Tx<TenantScope>, sql: &str) -> Result<u64> {
    let gone = tx.execute(sql, [tx.tenant().uuid().into()]).await?;
    Ok(gone.rows_affected())
}

/// The tenant's jobs in workers' hands. On PostgreSQL no other one gets into any from here on.
async fn running(tx: &Tx<TenantScope>) -> Result<Vec<Run>> {
    #[derive(FromQueryResult)]
    struct Leased {
        id: Uuid,
        state: String,
        lease_until: Option<i64>,
    }
    let postgres = tx.connection().get_database_backend() == DatabaseBackend::Postgres;
    let lock = if postgres { "FOR UPDATE" } else { "" };
    let rows: Vec<Leased> = tx
        .rows(
            &format!(
                "SELECT id, state, lease_until FROM jobs WHERE tenant_id = $1 AND finished_at IS NULL {lock}"
            ),
            [tx.tenant().uuid().into()],
        )
        .await?;
    let now = tx.now();
    let running = rows.into_iter().filter(|row| row.state == "running");
    Ok(running
        .map(|row| Run {
            job: JobId::from_uuid(row.id),
            lease: row.lease_until.map_or(Duration::ZERO, |until| {
                Duration::from_millis(u64::try_from(until - now).unwrap_or(0))
            }),
        })
        .collect())
}
