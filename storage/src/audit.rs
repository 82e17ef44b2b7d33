//! The append-only audit log: who did what, when. The database refuses changes and deletions.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect, entity::prelude::*};
use serde_json::Value;
use wafaa_domain::{AuditId, SystemScope, TenantId, TenantScope};

use crate::{Error, Page, Result, Tx, entity::audit as entity};

/// One thing that was done.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place in the log.
    pub id: AuditId,
    /// Who did it: an id, or `command_line`.
    pub actor: String,
    /// What, as `noun.verb`: `document.deleted`.
    pub action: String,
    /// To what: an id.
    pub target: Option<String>,
    /// What else is worth keeping. Never a secret.
    pub detail: Value,
    /// When.
    pub at: DateTime<Utc>,
}

/// Notes what the scope's actor did in its tenant.
///
/// # Errors
/// When the database can't be written.
pub async fn note(
    tx: &Tx<TenantScope>,
    action: &str,
    target: Option<&(dyn std::fmt::Display + Sync)>,
    detail: Value,
) -> Result<()> {
    let actor = tx.scope().actor().to_string();
    insert(tx, Some(tx.tenant()), actor, action, target, detail).await
}

/// Notes what an operator or the system did across tenants.
///
/// # Errors
/// When the database can't be written.
pub async fn note_system(
    tx: &Tx<SystemScope>,
    actor: &(dyn std::fmt::Display + Sync),
    action: &str,
    target: Option<&(dyn std::fmt::Display + Sync)>,
    detail: Value,
) -> Result<()> {
    insert(tx, None, actor.to_string(), action, target, detail).await
}

async fn insert<S>(
    tx: &Tx<S>,
    tenant: Option<TenantId>,
    actor: String,
    action: &str,
    target: Option<&(dyn std::fmt::Display + Sync)>,
    detail: Value,
) -> Result<()> {
    let row = entity::ActiveModel {
        id: Set(AuditId::new().uuid()),
        tenant_id: Set(tenant.map(TenantId::uuid)),
        actor: Set(actor),
        action: Set(action.to_owned()),
        target: Set(target.map(ToString::to_string)),
        detail: Set(detail.to_string()),
        at: Set(Utc::now()),
    };
    entity::Entity::insert(row)
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// What operators or the system did to `target` in this way, newest first.
///
/// # Errors
/// When the database can't be read.
pub async fn of_target(
    tx: &Tx<SystemScope>,
    action: &str,
    target: &(dyn std::fmt::Display + Sync),
) -> Result<Vec<Entry>> {
    let rows = entity::Entity::find()
        .filter(entity::Column::TenantId.is_null())
        .filter(entity::Column::Action.eq(action))
        .filter(entity::Column::Target.eq(target.to_string()))
        .order_by_desc(entity::Column::Id)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// The tenant's log, newest first, before `before`.
///
/// # Errors
/// When the database can't be read.
pub async fn list(
    tx: &Tx<TenantScope>,
    before: Option<AuditId>,
    limit: u64,
) -> Result<Page<Entry>> {
    let mut query = entity::Entity::find()
        .filter(entity::Column::TenantId.eq(tx.tenant().uuid()))
        .order_by_desc(entity::Column::Id)
        .limit(limit + 1);
    if let Some(before) = before {
        query = query.filter(entity::Column::Id.lt(before.uuid()));
    }
    let rows = query.all(tx.connection()).await?;
    Ok(Page::of(
        rows.into_iter()
            .map(Entry::try_from)
            .collect::<Result<_>>()?,
        limit,
    ))
}

impl TryFrom<entity::Model> for Entry {
    type Error = Error;

    fn try_from(row: entity::Model) -> Result<Self> {
        Ok(Self {
            id: AuditId::from_uuid(row.id),
            actor: row.actor,
            action: row.action,
            target: row.target,
            detail: serde_json::from_str(&row.detail)
                .map_err(|error| Error::corrupt("audit entry", error))?,
            at: row.at,
        })
    }
}
