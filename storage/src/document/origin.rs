//! Which web pages documents are.

use wafaa_domain::{DocumentId, TenantScope};

use super::chain;
use crate::{Result, Tx, entity::document as entity};

/// Notes the address of the page that a document is.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub async fn set_source_url(tx: &Tx<TenantScope>, id: DocumentId, url: &str) -> Result<()> {
    chain::change(tx, id, &[(entity::Column::SourceUrl, url.into())]).await
}
