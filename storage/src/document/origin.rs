//! Which web pages documents are.

use std::collections::HashMap;

use sea_orm::{QuerySelect as _, entity::prelude::*};
use wafaa_domain::{DocumentId, TenantScope};

use super::{chain, of_tenant};
use crate::{Result, Tx, entity::document as entity};

/// Notes the address of the page that a document is.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub async fn set_source_url(tx: &Tx<TenantScope>, id: DocumentId, url: &str) -> Result<()> {
    chain::change(tx, id, &[(entity::Column::SourceUrl, url.into())]).await
}

/// The addresses of those of these documents that are web pages.
///
/// # Errors
/// When the database can't be read.
pub async fn source_urls(
    tx: &Tx<TenantScope>,
    ids: &[DocumentId],
) -> Result<HashMap<DocumentId, String>> {
    let rows: Vec<(Uuid, Option<String>)> = of_tenant(tx)
        .select_only()
        .columns([entity::Column::Id, entity::Column::SourceUrl])
        .filter(entity::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .filter(entity::Column::SourceUrl.is_not_null())
        .into_tuple()
        .all(tx.connection())
        .await?;
    let found = rows.into_iter();
    Ok(found
        .filter_map(|(id, url)| Some((DocumentId::from_uuid(id), url?)))
        .collect())
}
