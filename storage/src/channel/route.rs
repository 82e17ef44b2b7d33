//! Finding the channel that something is for, before anybody's tenant is known.

use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use wafaa_domain::{ChannelKind, SystemScope, TenantId};

use super::{COLUMNS, Channel, Row};
use crate::{Result, Tx};

#[derive(FromQueryResult)]
struct Owner {
    tenant_id: Uuid,
}

#[derive(FromQueryResult)]
struct Owned {
    #[sea_orm(nested)]
    owner: Owner,
    #[sea_orm(nested)]
    row: Row,
}

/// The tenant with this slug and its enabled channels of a kind; `None` when there is no such tenant. Whose
/// secret verifies what came in is for the caller to find out.
///
/// # Errors
/// When the database can't be read.
pub async fn routable(
    tx: &Tx<SystemScope>,
    slug: &str,
    kind: ChannelKind,
) -> Result<Option<(TenantId, Vec<Channel>)>> {
    let tenants: Vec<Owner> = tx
        .rows(
            "SELECT id AS tenant_id FROM tenants WHERE slug = $1",
            [slug.into()],
        )
        .await?;
    let Some(tenant) = tenants.first() else {
        return Ok(None);
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM channels WHERE tenant_id = $1 AND kind = $2 AND enabled AND deleted_at IS NULL \
         ORDER BY id"
    );
    let rows: Vec<Row> = tx
        .rows(&sql, [tenant.tenant_id.into(), kind.as_str().into()])
        .await?;
    let channels = rows.into_iter().map(Channel::try_from);
    Ok(Some((
        TenantId::from_uuid(tenant.tenant_id),
        channels.collect::<Result<_>>()?,
    )))
}

/// The enabled web chat with this public token, and whose it is.
///
/// # Errors
/// When the database can't be read.
pub async fn by_public_token(
    tx: &Tx<SystemScope>,
    token: &str,
) -> Result<Option<(TenantId, Channel)>> {
    let sql = format!(
        "SELECT tenant_id, {COLUMNS} FROM channels WHERE public_token = $1 AND enabled AND deleted_at IS NULL"
    );
    let rows: Vec<Owned> = tx.rows(&sql, [token.into()]).await?;
    let found = rows.into_iter().next().map(|Owned { owner, row }| {
        Ok((
            TenantId::from_uuid(owner.tenant_id),
            Channel::try_from(row)?,
        ))
    });
    found.transpose()
}
