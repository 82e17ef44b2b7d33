//! Deleting every row of a tenant, whatever tables there are.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait as _, DatabaseBackend, FromQueryResult, entity::prelude::Uuid};
use wafaa_domain::{JobId, TenantScope};

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
    /// When its worker must have noticed at the latest.
    pub lease_until: DateTime<Utc>,
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
        let gone = tx.execute(&sql, [tx.tenant().uuid().into()]).await?;
        deleted
            .rows
            .insert(table.name.clone(), gone.rows_affected());
    }
    deleted.rows.insert(LOG.into(), delete_log(tx).await?);
    Ok(deleted)
}

/// Deletes the tenant's audit log, and answers how many entries that were.
///
/// # Errors
/// When the database can't be written, no erasure of the tenant is open, or the tenant is still there.
pub async fn delete_log(tx: &Tx<TenantScope>) -> Result<u64> {
    let gone = tx
        .execute(
            "DELETE FROM audit_log WHERE tenant_id = $1",
            [tx.tenant().uuid().into()],
        )
        .await?;
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
    let running = rows.into_iter().filter(|row| row.state == "running");
    Ok(running
        .map(|row| Run {
            job: JobId::from_uuid(row.id),
            lease_until: row
                .lease_until
                .and_then(DateTime::from_timestamp_millis)
                .unwrap_or_else(Utc::now),
        })
        .collect())
}
