//! The database's own time, to compare with a process' clock.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult};
use wafaa_domain::SystemScope;

use crate::{Error, Result, Tx};

/// What the database's clock says, to the millisecond.
///
/// # Errors
/// When the database can't be asked.
pub async fn now(tx: &Tx<SystemScope>) -> Result<DateTime<Utc>> {
    #[derive(FromQueryResult)]
    struct Now {
        millis: i64,
    }
    let sql = if tx.connection().get_database_backend() == DbBackend::Sqlite {
        "SELECT CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER) AS millis"
    } else {
        "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS millis"
    };
    let found: Vec<Now> = tx.rows(sql, []).await?;
    found
        .first()
        .and_then(|now| DateTime::from_timestamp_millis(now.millis))
        .ok_or_else(|| Error::corrupt("clock", "the database answered no time"))
}
