//! Erasing a tenant: its rows here, and the receipt that says what was erased everywhere.
//!
//! An erasure is opened and all rows go in one transaction, the audit log's among them (the schema lets that
//! happen only while an erasure is open and the tenant is gone). Vectors and files go after it, and then the
//! receipt is kept. An erasure that was interrupted stays open, so that it can be brought to its end.

mod receipt;
mod rows;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use wafaa_domain::{SystemScope, TenantId};

use crate::{Error, Result, Tx};

pub use receipt::{Files, Receipt, Vectors};
pub use rows::{Deleted, Run, delete_log, delete_rows};

/// How long after it an erasure is looked after: no process that ran then is still about.
const LOOKED_AFTER: TimeDelta = TimeDelta::days(7);

/// An erasure under way.
#[derive(Debug, Clone)]
pub struct Open {
    /// Which one.
    pub id: Uuid,
    /// Whose data it erases.
    pub tenant: TenantId,
    /// What is known of it so far.
    pub receipt: Receipt,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    tenant: Uuid,
    receipt: String,
}

impl TryFrom<Row> for Open {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            tenant: TenantId::from_uuid(row.tenant),
            receipt: serde_json::from_str(&row.receipt)
                .map_err(|error| Error::corrupt("receipt", error))?,
        })
    }
}

/// Opens an erasure. Its rows go in the same transaction.
///
/// # Errors
/// When the database can't be written.
pub async fn open(tx: &Tx<SystemScope>, receipt: Receipt) -> Result<Open> {
    let opened = Open {
        id: Uuid::now_v7(),
        tenant: receipt.tenant_id,
        receipt,
    };
    let started: DateTime<Utc> = opened.receipt.started_at;
    tx.execute(
        "INSERT INTO erasures (id, tenant, started_at, receipt) VALUES ($1, $2, $3, $4)",
        [
            opened.id.into(),
            opened.tenant.uuid().into(),
            started.into(),
            encode(&opened.receipt)?.into(),
        ],
    )
    .await?;
    Ok(opened)
}

/// Keeps what is known of an erasure by now.
///
/// # Errors
/// When the database can't be written.
pub async fn note(tx: &Tx<SystemScope>, erasure: &Open) -> Result<()> {
    tx.execute(
        "UPDATE erasures SET receipt = $2 WHERE id = $1 AND finished_at IS NULL",
        [erasure.id.into(), encode(&erasure.receipt)?.into()],
    )
    .await?;
    Ok(())
}

/// Ends an erasure, with its receipt.
///
/// # Errors
/// [`Error::Stale`] when somebody else has ended it.
pub async fn close(tx: &Tx<SystemScope>, erasure: &Open) -> Result<()> {
    let closed = tx
        .execute(
            "UPDATE erasures SET receipt = $2, finished_at = $3 WHERE id = $1 AND finished_at IS NULL",
            [
                erasure.id.into(),
                encode(&erasure.receipt)?.into(),
                erasure.receipt.finished_at.into(),
            ],
        )
        .await?;
    (closed.rows_affected() == 1)
        .then_some(())
        .ok_or(Error::Stale)
}

/// Erasures that were begun and not ended, oldest first.
///
/// # Errors
/// When the database can't be read.
pub async fn unfinished(tx: &Tx<SystemScope>) -> Result<Vec<Open>> {
    let rows: Vec<Row> = tx
        .rows(
            "SELECT id, tenant, receipt FROM erasures WHERE finished_at IS NULL ORDER BY id",
            [],
        )
        .await?;
    rows.into_iter().map(Open::try_from).collect()
}

/// The newest erasure of a tenant, ended or not.
///
/// # Errors
/// [`Error::NotFound`] when it was never erased.
pub async fn of(tx: &Tx<SystemScope>, tenant: TenantId) -> Result<Open> {
    let rows: Vec<Row> = tx
        .rows(
            "SELECT id, tenant, receipt FROM erasures WHERE tenant = $1 ORDER BY id DESC LIMIT 1",
            [tenant.uuid().into()],
        )
        .await?;
    rows.into_iter().next().ok_or(Error::NotFound)?.try_into()
}

/// Tenants that were erased lately and have not been restored since: nothing of theirs may be anywhere.
///
/// # Errors
/// When the database can't be read.
pub async fn lately(tx: &Tx<SystemScope>) -> Result<Vec<TenantId>> {
    #[derive(FromQueryResult)]
    struct Gone {
        tenant: Uuid,
    }
    let rows: Vec<Gone> = tx
        .rows(
            "SELECT DISTINCT tenant FROM erasures WHERE started_at > $1 \
             AND NOT EXISTS (SELECT 1 FROM tenants WHERE tenants.id = erasures.tenant)",
            [(Utc::now() - LOOKED_AFTER).into()],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| TenantId::from_uuid(row.tenant))
        .collect())
}

fn encode(receipt: &Receipt) -> Result<String> {
    serde_json::to_string(receipt).map_err(|error| Error::corrupt("receipt", error))
}
