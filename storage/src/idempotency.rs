//! The first answers to `Idempotency-Key`s, so that a repeated request is answered, not done again.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, entity::prelude::*};
use wafaa_domain::{SystemScope, TenantScope};

use crate::{Result, Tx, entity::idempotency as entity};

/// What was answered the first time.
#[derive(Debug, Clone)]
pub struct Answer {
    /// SHA-256 of the request it answered.
    pub body_hash: Vec<u8>,
    /// Its HTTP status.
    pub status: u16,
    /// Its JSON body.
    pub response: String,
}

/// The first answer to this key on this route.
///
/// # Errors
/// When the database can't be read.
pub async fn find(tx: &Tx<TenantScope>, key: &str, route: &str) -> Result<Option<Answer>> {
    let row = entity::Entity::find_by_id((tx.tenant().uuid(), key.to_owned(), route.to_owned()))
        .one(tx.connection())
        .await?;
    Ok(row.map(|row| Answer {
        body_hash: row.body_hash,
        status: u16::try_from(row.status).unwrap_or(200),
        response: row.response,
    }))
}

/// Keeps the first answer, in the transaction that did the work.
///
/// # Errors
/// [`crate::Error::AlreadyExists`] when another request with the key was faster.
pub async fn keep(tx: &Tx<TenantScope>, key: &str, route: &str, answer: Answer) -> Result<()> {
    let row = entity::ActiveModel {
        tenant_id: Set(tx.tenant().uuid()),
        key: Set(key.to_owned()),
        route: Set(route.to_owned()),
        body_hash: Set(answer.body_hash),
        status: Set(i32::from(answer.status)),
        response: Set(answer.response),
        created_at: Set(Utc::now()),
    };
    entity::Entity::insert(row)
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Forgets answers given before `cutoff`.
///
/// # Errors
/// When the database can't be written.
pub async fn purge(tx: &Tx<SystemScope>, cutoff: DateTime<Utc>) -> Result<u64> {
    let purged = entity::Entity::delete_many()
        .filter(entity::Column::CreatedAt.lt(cutoff))
        .exec(tx.connection())
        .await?;
    Ok(purged.rows_affected)
}
