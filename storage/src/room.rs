//! Whether a tenant may keep more: documents, and the files that come with messages.

use sea_orm::{ConnectionTrait, DatabaseBackend, FromQueryResult};
use wafaa_domain::TenantScope;

use crate::{Error, Result, Tx, tenant};

#[derive(FromQueryResult)]
struct Used {
    bytes: i64,
}

/// Bytes of the tenant's documents, each in its newest version, and of the files that came with its messages. What was
/// deleted doesn't count.
///
/// # Errors
/// When the database can't be read.
pub async fn used_bytes(tx: &Tx<TenantScope>) -> Result<u64> {
    // PostgreSQL sums bigints as numeric.
    let rows: Vec<Used> = tx
        .rows(
            "SELECT CAST(COALESCE((SELECT SUM(d.bytes) FROM documents d \
             WHERE d.tenant_id = $1 AND d.deleted_at IS NULL), 0) \
             + COALESCE((SELECT SUM(m.media_bytes) FROM messages m \
             WHERE m.tenant_id = $1 AND m.media_bytes IS NOT NULL), 0) AS BIGINT) AS bytes",
            [tx.tenant().uuid().into()],
        )
        .await?;
    let bytes = rows.first().map_or(0, |used| used.bytes);
    Ok(u64::try_from(bytes).unwrap_or(0))
}

/// Bytes that the tenant may still keep, as far as can be told without waiting for others.
///
/// # Errors
/// When the database can't be read.
pub async fn left(tx: &Tx<TenantScope>) -> Result<u64> {
    let limit = tenant::own(tx).await?.limits.storage_bytes;
    Ok(limit.saturating_sub(used_bytes(tx).await?))
}

/// Checks that `new` bytes fit in place of `old` ones. Who takes no more than before is never refused, though
/// the limit may have been lowered since. Nobody else finds the same room until the transaction ends.
///
/// # Errors
/// [`Error::Full`].
pub async fn check(tx: &Tx<TenantScope>, old: u64, new: u64) -> Result<()> {
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
