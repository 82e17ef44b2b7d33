//! Which blobs belong to a tenant's rows.

use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use wafaa_domain::{DocumentId, TenantScope};

use crate::{Result, Tx, blob::BlobKey};

/// The blobs that the tenant's documents may have, in the order of the documents. Not each is there: of a
/// version that failed nothing was parsed.
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
        (1..=document.version)
            .flat_map(move |version| [BlobKey::original(id, version), BlobKey::parsed(id, version)])
    });
    Ok(keys.collect())
}
