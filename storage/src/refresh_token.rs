//! Rotating refresh tokens. Each is good for one use; a second use means that it was stolen, and ends its
//! whole family (RFC 9700 §4.14.2). Only hashes are kept.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveValue::Set, entity::prelude::*};
use wafaa_domain::{MemberId, RefreshTokenId, SystemScope};

use crate::{Result, Tx, entity::refresh_token as entity};

/// How long a token can be used.
const LIFETIME: TimeDelta = TimeDelta::days(30);

/// What became of a token that somebody presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redeemed {
    /// It was good, and is spent now: issue the next one of this family.
    Good {
        /// Whose it is.
        member: MemberId,
        /// What the next token continues.
        family: Uuid,
    },
    /// It had been used before: the family has been revoked.
    Reused {
        /// Whose it was.
        member: MemberId,
    },
    /// Unknown, expired or revoked.
    Invalid,
}

/// Keeps a new token's hash; `family` continues a session, `None` begins one.
///
/// # Errors
/// When the database can't be written.
pub async fn issue(
    tx: &Tx<SystemScope>,
    member: MemberId,
    hash: &[u8],
    family: Option<Uuid>,
) -> Result<()> {
    let now = Utc::now();
    let row = entity::ActiveModel {
        id: Set(RefreshTokenId::new().uuid()),
        member_id: Set(member.uuid()),
        family: Set(family.unwrap_or_else(Uuid::now_v7)),
        token_hash: Set(hash.to_vec()),
        created_at: Set(now),
        expires_at: Set(now + LIFETIME),
        used_at: Set(None),
        revoked_at: Set(None),
    };
    entity::Entity::insert(row)
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Spends the token with this hash. Commit whatever it answers: a revocation is a change too.
///
/// # Errors
/// When the database can't be written.
pub async fn redeem(tx: &Tx<SystemScope>, hash: &[u8]) -> Result<Redeemed> {
    let now = Utc::now();
    let Some(token) = by_hash(tx, hash).await? else {
        return Ok(Redeemed::Invalid);
    };
    let member = MemberId::from_uuid(token.member_id);
    if token.revoked_at.is_some() || token.expires_at <= now {
        return Ok(Redeemed::Invalid);
    }
    // A compare-and-set, so that of two uses at once only one is good, and none once the family has ended.
    let spent = set_now(entity::Column::UsedAt, now)
        .filter(entity::Column::Id.eq(token.id))
        .filter(entity::Column::UsedAt.is_null())
        .filter(entity::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    if spent.rows_affected == 0 {
        let was_used = by_hash(tx, hash)
            .await?
            .is_some_and(|token| token.used_at.is_some());
        if !was_used {
            return Ok(Redeemed::Invalid);
        }
        revoke_where(tx, entity::Column::Family.eq(token.family)).await?;
        return Ok(Redeemed::Reused { member });
    }
    Ok(Redeemed::Good {
        member,
        family: token.family,
    })
}

/// Ends the session of the token with this hash, if there is one.
///
/// # Errors
/// When the database can't be written.
pub async fn revoke(tx: &Tx<SystemScope>, hash: &[u8]) -> Result<()> {
    match by_hash(tx, hash).await? {
        Some(token) => revoke_where(tx, entity::Column::Family.eq(token.family)).await,
        None => Ok(()),
    }
}

/// Ends every session of a member, as when their password changes.
///
/// # Errors
/// When the database can't be written.
pub async fn revoke_of_member(tx: &Tx<SystemScope>, member: MemberId) -> Result<()> {
    revoke_where(tx, entity::Column::MemberId.eq(member.uuid())).await
}

/// Removes tokens that expired before `cutoff`.
///
/// # Errors
/// When the database can't be written.
pub async fn purge(tx: &Tx<SystemScope>, cutoff: DateTime<Utc>) -> Result<u64> {
    let purged = entity::Entity::delete_many()
        .filter(entity::Column::ExpiresAt.lt(cutoff))
        .exec(tx.connection())
        .await?;
    Ok(purged.rows_affected)
}

async fn by_hash(tx: &Tx<SystemScope>, hash: &[u8]) -> Result<Option<entity::Model>> {
    Ok(entity::Entity::find()
        .filter(entity::Column::TokenHash.eq(hash.to_vec()))
        .one(tx.connection())
        .await?)
}

/// Revokes until none is left: a renewal that the first pass had to wait for has added a token that only the
/// second one sees. After the first pass no further renewal is good.
async fn revoke_where(tx: &Tx<SystemScope>, which: sea_orm::sea_query::Expr) -> Result<()> {
    loop {
        let revoked = set_now(entity::Column::RevokedAt, Utc::now())
            .filter(which.clone())
            .filter(entity::Column::RevokedAt.is_null())
            .exec(tx.connection())
            .await?;
        if revoked.rows_affected == 0 {
            return Ok(());
        }
    }
}

fn set_now(column: entity::Column, now: DateTime<Utc>) -> sea_orm::UpdateMany<entity::Entity> {
    entity::Entity::update_many().col_expr(column, Expr::value(now))
}
