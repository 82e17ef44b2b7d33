//! Which web pages the documents are that something is answered from.

use std::collections::HashMap;

use wafaa_domain::{DocumentId, TenantScope};
use wafaa_storage::document;

use crate::{error::Result, state::State};

/// Addresses of documents that are web pages.
pub(super) type Urls = HashMap<DocumentId, String>;

/// The addresses of those of these documents that are web pages.
pub(super) async fn urls(
    state: &State,
    scope: &TenantScope,
    documents: impl Iterator<Item = DocumentId>,
) -> Result<Urls> {
    let documents: Vec<DocumentId> = documents.collect();
    if documents.is_empty() {
        return Ok(Urls::new());
    }
    let tx = state.db().read(*scope).await?;
    let urls = document::source_urls(&tx, &documents).await?;
    tx.commit().await?;
    Ok(urls)
}
