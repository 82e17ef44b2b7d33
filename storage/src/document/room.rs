//! Whether a tenant may keep more.

use sea_orm::{ConnectionTrait, DatabaseBackend, FromQueryResult};
use wafaa_domain::TenantScope;

use crate::{Error, Result, Tx, tenant};

#[derive(FromQueryResult)]
struct Used {
    bytes: i64,
}

/// Bytes of the tenant's documents, each in its newest version. Deleted ones don't count.
///
/// # Errors
/// When the database can't be read.
pub async fn used_bytes(tx: &Tx<TenantScope>) -> Result<u64> {
    // PostgreSQL sums bigints as numeric.
    let rows: Vec<Used> = tx
        .rows(
            "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes FROM documents \
             WHERE tenant_id = $1 AND deleted_at IS NULL",
            [tx.tenant().uuid().into()],
        )
        .await?;
    let bytes = rows.first().map_or(0, |used| used.bytes);
    Ok(u64::try_from(bytes).unwrap_or(0))
}

/// Checks that `new` bytes fit in place of `old` ones. Who takes no more than before is never refused, though
/// the limit may have been lowered since.
///
/// # Errors
/// [`Error::Full`].
pub(super) async fn check(tx: &Tx<TenantScope>, old: u64, new: u64) -> Result<()> {
    if new <= old {
        return Ok(());
    }
    one_at_a_time(tx).await?;
    let limit = tenant::own(tx).await?.limits.storage_bytes;
    let used = used_bytes(tx).await?;
    if used.saturating_sub(old).saturating_add(new) > limit {
        return Err(Error::Full { used, limit });
    }
    Ok(())
}

/// Two uploads of a tenant must not both find the room that is there for one. SQLite has one writer anyway.
async fn one_at_a_time(tx: &Tx<TenantScope>) -> Result<()> {
    if tx.connection().get_database_backend() == DatabaseBackend::Sqlite {
        return Ok(());
    }
    tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        [format!("documents of {}", tx.tenant()).into()],
    )
    .await?;
    Ok(())
}
