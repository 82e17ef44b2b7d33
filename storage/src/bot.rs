//! A tenant's bot settings. Each change makes a new version, which cached answers are keyed by.

use chrono::Utc;
use sea_orm::{ActiveValue::Set, ExprTrait, entity::prelude::*, sea_query::OnConflict};
use wafaa_domain::{BotSettings, SystemScope, TenantId, TenantScope};

use crate::{Error, Result, Tx, entity::bot as entity};

/// The tenant's settings and their version; the defaults at version 0 as long as none were saved.
///
/// # Errors
/// When the database can't be read.
pub async fn get(tx: &Tx<TenantScope>) -> Result<(BotSettings, i32)> {
    let row = entity::Entity::find_by_id(tx.tenant().uuid())
        .one(tx.connection())
        .await?;
    let Some(row) = row else {
        return Ok((BotSettings::default(), 0));
    };
    let settings =
        serde_json::from_str(&row.settings).map_err(|error| Error::corrupt("bot", error))?;
    Ok((settings, row.version))
}

/// The settings of every tenant that has saved some.
///
/// # Errors
/// When the database can't be read.
pub async fn all(tx: &Tx<SystemScope>) -> Result<Vec<(TenantId, BotSettings)>> {
    let rows = entity::Entity::find().all(tx.connection()).await?;
    let settings = |row: entity::Model| {
        let settings =
            serde_json::from_str(&row.settings).map_err(|error| Error::corrupt("bot", error))?;
        Ok((TenantId::from_uuid(row.tenant_id), settings))
    };
    rows.into_iter().map(settings).collect()
}

/// Saves settings that have been validated, as the version after `version`.
///
/// # Errors
/// [`Error::Stale`] when they have been changed since that version was read.
pub async fn save(tx: &Tx<TenantScope>, settings: &BotSettings, version: i32) -> Result<()> {
    let row = entity::ActiveModel {
        tenant_id: Set(tx.tenant().uuid()),
        version: Set(version + 1),
        settings: Set(
            serde_json::to_string(settings).map_err(|error| Error::corrupt("bot", error))?
        ),
        updated_at: Set(Utc::now()),
    };
    let saved = entity::Entity::insert(row)
        .on_conflict(
            OnConflict::column(entity::Column::TenantId)
                .update_columns([
                    entity::Column::Version,
                    entity::Column::Settings,
                    entity::Column::UpdatedAt,
                ])
                .action_and_where(Expr::col((entity::Entity, entity::Column::Version)).eq(version))
                .to_owned(),
        )
        .exec_without_returning(tx.connection())
        .await;
    match saved {
        Ok(0) | Err(DbErr::RecordNotInserted) => Err(Error::Stale),
        other => Ok(other.map(|_| ())?),
    }
}
