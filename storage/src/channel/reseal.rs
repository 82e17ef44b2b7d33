//! Sealing a tenant's secrets anew once the key has changed.

use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use wafaa_domain::{ChannelId, SystemScope, TenantId, TenantScope, WebhookId};

use crate::{
    Error, Result, Tx,
    seal::{Sealed, Sealer},
};

#[derive(FromQueryResult)]
struct Secret {
    id: Uuid,
    sealed: Vec<u8>,
}

/// Seals what a former key had sealed with the current one, of channels and webhooks, and answers how many that
/// were.
///
/// # Errors
/// [`Error::Corrupt`] when one can't be opened; then none is changed.
pub async fn reseal(tx: &Tx<TenantScope>, sealer: &Sealer) -> Result<u64> {
    let channels = all_of(tx, sealer, "channels", "secrets", |id| {
        ChannelId::from_uuid(id).to_string()
    });
    let webhooks = all_of(tx, sealer, "webhooks", "secret", |id| {
        WebhookId::from_uuid(id).to_string()
    });
    Ok(channels.await? + webhooks.await?)
}

/// The tenants that have sealed something.
///
/// # Errors
/// When the database can't be read.
pub async fn owners(tx: &Tx<SystemScope>) -> Result<Vec<TenantId>> {
    #[derive(FromQueryResult)]
    struct Owner {
        tenant_id: Uuid,
    }
    let all = "SELECT tenant_id FROM channels WHERE secrets IS NOT NULL UNION SELECT tenant_id FROM webhooks";
    let owners: Vec<Owner> = tx.rows(all, []).await?;
    let tenant = |owner: Owner| TenantId::from_uuid(owner.tenant_id);
    Ok(owners.into_iter().map(tenant).collect())
}

async fn all_of(
    tx: &Tx<TenantScope>,
    sealer: &Sealer,
    table: &str,
    column: &str,
    name: fn(Uuid) -> String,
) -> Result<u64> {
    let lock = if tx.is_postgres() { "FOR UPDATE" } else { "" };
    let sql = format!(
        "SELECT id, {column} AS sealed FROM {table} WHERE tenant_id = $1 AND {column} IS NOT NULL ORDER BY id {lock}"
    );
    let rows: Vec<Secret> = tx.rows(&sql, [tx.tenant().uuid().into()]).await?;
    let update = format!("UPDATE {table} SET {column} = $3 WHERE tenant_id = $1 AND id = $2");
    let mut resealed = 0;
    for Secret { id, sealed } in rows {
        let (tenant, row, sealed) = (tx.tenant(), name(id), Sealed(sealed));
        if sealer.is_current(&sealed) {
            continue;
        }
        let anew = sealer
            .open(tenant, &row, &sealed)
            .and_then(|plain| sealer.seal(tenant, &row, &plain));
        let anew = anew.map_err(|error| Error::corrupt("secret", format!("{row} is {error}")))?;
        let values = [tenant.uuid().into(), id.into(), anew.0.into()];
        tx.execute(&update, values).await?;
        resealed += 1;
    }
    Ok(resealed)
}
