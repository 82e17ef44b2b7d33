//! API keys. Only a hash and the last characters are kept; the key itself is shown once.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect, entity::prelude::*};
use wafaa_domain::{ApiKeyId, Role, SystemScope, TenantId, TenantScope};

use crate::{Error, Page, Result, Tx, entity::api_key as entity};

/// `last_used_at` is written at most this often.
const USE_RESOLUTION: TimeDelta = TimeDelta::minutes(1);

/// A tenant's API key, without its secret.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What the tenant calls it.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// Its last four characters, to tell keys apart.
    pub hint: String,
    /// Since when it works.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Whom a presented key speaks for.
#[derive(Debug, Clone, Copy)]
pub struct Bearer {
    /// The key.
    pub id: ApiKeyId,
    /// Its tenant.
    pub tenant: TenantId,
    /// What it allows.
    pub role: Role,
}

/// Keeps a new key's hash.
///
/// # Errors
/// When the database can't be written.
pub async fn create(
    tx: &Tx<TenantScope>,
    name: &str,
    role: Role,
    hash: &[u8],
    hint: &str,
) -> Result<ApiKey> {
    let key = ApiKey {
        id: ApiKeyId::new(),
        name: name.to_owned(),
        role,
        hint: hint.to_owned(),
        created_at: Utc::now(),
        last_used_at: None,
    };
    let row = entity::ActiveModel {
        id: Set(key.id.uuid()),
        tenant_id: Set(tx.tenant().uuid()),
        name: Set(key.name.clone()),
        role: Set(role.as_str().to_owned()),
        hint: Set(key.hint.clone()),
        key_hash: Set(hash.to_vec()),
        created_at: Set(key.created_at),
        last_used_at: Set(None),
        revoked_at: Set(None),
    };
    entity::Entity::insert(row)
        .exec_without_returning(tx.connection())
        .await?;
    Ok(key)
}

/// The tenant's working keys in order of arrival, after `after`.
///
/// # Errors
/// When the database can't be read.
pub async fn list(
    tx: &Tx<TenantScope>,
    after: Option<ApiKeyId>,
    limit: u64,
) -> Result<Page<ApiKey>> {
    let mut query = entity::Entity::find()
        .filter(entity::Column::TenantId.eq(tx.tenant().uuid()))
        .filter(entity::Column::RevokedAt.is_null())
        .order_by_asc(entity::Column::Id)
        .limit(limit + 1);
    if let Some(after) = after {
        query = query.filter(entity::Column::Id.gt(after.uuid()));
    }
    let rows = query.all(tx.connection()).await?;
    Ok(Page::of(
        rows.into_iter()
            .map(ApiKey::try_from)
            .collect::<Result<_>>()?,
        limit,
    ))
}

/// Makes a key stop working.
///
/// # Errors
/// [`Error::NotFound`] when there is no such working key.
pub async fn revoke(tx: &Tx<TenantScope>, id: ApiKeyId) -> Result<()> {
    let revoked = entity::Entity::update_many()
        .col_expr(entity::Column::RevokedAt, Expr::value(Utc::now()))
        .filter(entity::Column::TenantId.eq(tx.tenant().uuid()))
        .filter(entity::Column::Id.eq(id.uuid()))
        .filter(entity::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    (revoked.rows_affected == 1)
        .then_some(())
        .ok_or(Error::NotFound)
}

/// Whom the working key with this hash speaks for, and whether its use is worth noting now.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn by_hash(tx: &Tx<SystemScope>, hash: &[u8]) -> Result<(Bearer, bool)> {
    let row = entity::Entity::find()
        .filter(entity::Column::KeyHash.eq(hash.to_vec()))
        .filter(entity::Column::RevokedAt.is_null())
        .one(tx.connection())
        .await?
        .ok_or(Error::NotFound)?;
    let stale = row
        .last_used_at
        .is_none_or(|at| Utc::now() - at > USE_RESOLUTION);
    let bearer = Bearer {
        id: ApiKeyId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        role: row
            .role
            .parse()
            .map_err(|error| Error::corrupt("role", error))?,
    };
    Ok((bearer, stale))
}

/// Notes that a key was used.
///
/// # Errors
/// When the database can't be written.
pub async fn note_use(tx: &Tx<SystemScope>, id: ApiKeyId) -> Result<()> {
    entity::Entity::update_many()
        .col_expr(entity::Column::LastUsedAt, Expr::value(Utc::now()))
        .filter(entity::Column::Id.eq(id.uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

impl TryFrom<entity::Model> for ApiKey {
    type Error = Error;

    fn try_from(row: entity::Model) -> Result<Self> {
        Ok(Self {
            id: ApiKeyId::from_uuid(row.id),
            name: row.name,
            role: row
                .role
                .parse()
                .map_err(|error| Error::corrupt("role", error))?,
            hint: row.hint,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        })
    }
}
