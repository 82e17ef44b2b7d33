//! Which documents there are not.

use std::collections::HashSet;

use sea_orm::{QuerySelect, entity::prelude::*};
use wafaa_domain::{DocumentId, TenantScope};

use super::of_tenant;
use crate::{Result, Tx, entity::document as entity};

/// Those of these documents that the tenant doesn't have, each once.
///
/// # Errors
/// When the database can't be read.
pub async fn missing(tx: &Tx<TenantScope>, ids: &[DocumentId]) -> Result<Vec<DocumentId>> {
    let mut missing: Vec<DocumentId> = ids.to_vec();
    missing.sort_unstable();
    missing.dedup();
    let mut known: HashSet<Uuid> = HashSet::new();
    // Well within the parameters that a statement may have.
    for some in missing.chunks(500) {
        let found: Vec<Uuid> = of_tenant(tx)
            .select_only()
            .column(entity::Column::Id)
            .filter(entity::Column::Id.is_in(some.iter().map(|id| id.uuid())))
            .into_tuple()
            .all(tx.connection())
            .await?;
        known.extend(found);
    }
    missing.retain(|id| !known.contains(&id.uuid()));
    Ok(missing)
}
