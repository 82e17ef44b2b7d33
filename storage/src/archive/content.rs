//! Which blobs belong to a tenant's rows.

use sea_orm::{FromQueryResult, Value, entity::prelude::Uuid};
use wafaa_domain::{DocumentId, MediaKind, MessageId, TenantScope};

use crate::{Result, Tx, blob::BlobKey};

/// The blobs that the tenant's documents may have, in the order of the documents, and the files that its messages
/// have. Not each is there: of a version that failed nothing was parsed.
///
/// # Errors
/// When the database can't be read.
pub async fn blobs(tx: &Tx<TenantScope>) -> Result<Vec<BlobKey>> {
    #[derive(FromQueryResult)]
    struct Versions {
        id: Uuid,
        version: i32,
    }
    let documents: Vec<Versions> = tx
        .rows(
            "SELECT id, version FROM documents WHERE tenant_id = $1 AND deleted_at IS NULL ORDER BY id",
            [tx.tenant().uuid().into()],
        )
        .await?;
    let keys = documents.into_iter().flat_map(|document| {
        let id = DocumentId::from_uuid(document.id);
        (1..=document.version).flat_map(move |version| {
            [
                BlobKey::original(id, version),
                BlobKey::parsed(id, version),
                BlobKey::report(id, version),
            ]
        })
    });
    let files = media(tx, "", []).await?;
    Ok(keys.chain(files).collect())
}

/// The files that were stored with the tenant's messages, of those for which `condition` holds; its parameters
/// begin with `$2`.
pub(crate) async fn media<const N: usize>(
    tx: &Tx<TenantScope>,
    condition: &str,
    values: [Value; N],
) -> Result<Vec<BlobKey>> {
    #[derive(FromQueryResult)]
    struct Message {
        id: Uuid,
    }
    let kinds = MediaKind::ALL.iter().map(|kind| format!("'{kind}'"));
    let kinds: Vec<String> = kinds.collect();
    // The size is known once the file is stored.
    let sql = format!(
        "SELECT id FROM messages WHERE tenant_id = $1 AND kind IN ({}) AND content LIKE '%\"bytes\":%' {condition} \
         ORDER BY id",
        kinds.join(", ")
    );
    let tenant: Value = tx.tenant().uuid().into();
    let rows: Vec<Message> = tx.rows(&sql, std::iter::once(tenant).chain(values)).await?;
    let keys = rows
        .into_iter()
        .map(|row| BlobKey::media(MessageId::from_uuid(row.id)));
    Ok(keys.collect())
}
