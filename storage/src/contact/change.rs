//! Changing what is known of contacts.

use chrono::{DateTime, Utc};
use sea_orm::Value;
use wafaa_domain::{ContactId, TenantScope};

use super::get;
use crate::{Error, Result, Tx, time::now};

/// Changes what a contact is called.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn rename(tx: &Tx<TenantScope>, id: ContactId, name: Option<&str>) -> Result<()> {
    set(tx, id, "name", name.map(str::to_owned).into()).await
}

/// Notes the language that a contact writes in.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_language(tx: &Tx<TenantScope>, id: ContactId, language: &str) -> Result<()> {
    set(tx, id, "language", language.into()).await
}

async fn set(tx: &Tx<TenantScope>, id: ContactId, column: &str, value: Value) -> Result<()> {
    let sql = format!("UPDATE contacts SET {column} = $3 WHERE tenant_id = $1 AND id = $2");
    let values = [tx.tenant().uuid().into(), id.uuid().into(), value];
    let changed = tx.execute(&sql, values).await?.rows_affected();
    (changed == 1).then_some(()).ok_or(Error::NotFound)
}

/// Notes that a contact wants to hear nothing from the bot, or does again; answers whether that is news.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_opted_out(tx: &Tx<TenantScope>, id: ContactId, opted_out: bool) -> Result<bool> {
    let since = opted_out.then(|| now(tx));
    let sql = "UPDATE contacts SET opted_out_at = $3 WHERE tenant_id = $1 AND id = $2 \
               AND (opted_out_at IS NULL) = $4";
    let values = [
        tx.tenant().uuid().into(),
        id.uuid().into(),
        since.into(),
        opted_out.into(),
    ];
    if tx.execute(sql, values).await?.rows_affected() == 1 {
        return Ok(true);
    }
    get(tx, id).await.map(|_| false)
}

/// Notes that a contact has told the provider whether it wants marketing; answers whether that is news. What they had
/// said before `at` changes nothing when it comes later.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_marketing(
    tx: &Tx<TenantScope>,
    id: ContactId,
    wanted: bool,
    at: DateTime<Utc>,
) -> Result<bool> {
    let before = get(tx, id).await?.marketing_opted_out_at;
    let since = (!wanted).then_some(at);
    let changed = tx
        .execute(
            "UPDATE contacts SET marketing_opted_out_at = $3, marketing_changed_at = $4 \
             WHERE tenant_id = $1 AND id = $2 AND (marketing_changed_at IS NULL OR marketing_changed_at <= $4)",
            [
                tx.tenant().uuid().into(),
                id.uuid().into(),
                since.into(),
                at.into(),
            ],
        )
        .await?;
    Ok(changed.rows_affected() == 1 && before.is_none() != wanted)
}
