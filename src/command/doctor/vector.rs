//! Vector tables: whether they can be opened, and whether any has come to pieces.

use wafaa_domain::SystemScope;
use wafaa_storage::{
    Database, tenant,
    vector::{Extent, Vectors},
};

use super::{
    Check,
    host::{chain, local},
};
use crate::config::Config;

/// Fragments of a table that a search notices.
const MANY: u64 = 50;
/// Tenants read from the database at once.
const PAGE: u64 = 200;

/// Opens the place where the tables are.
pub(super) async fn open(config: &Config) -> (Option<Vectors>, Check) {
    const CHECK: &str = "vectors";
    let uri = &config.lance_uri;
    if let Some(path) = local(uri)
        && !path.exists()
    {
        let detail = format!("{uri} is not there yet; the first start makes it");
        return (None, Check::ok(CHECK, detail));
    }
    match Vectors::open(uri).await {
        Ok(vectors) => (Some(vectors), Check::ok(CHECK, uri.clone())),
        Err(error) => {
            let advice = "make it writable for this user, or name another place in WAFAA_LANCE_URI";
            (None, Check::problem(CHECK, chain(&error), advice))
        }
    }
}

/// Looks at every tenant's tables.
pub(super) async fn fragments(db: &Database, vectors: &Vectors) -> Check {
    const CHECK: &str = "fragments";
    match count(db, vectors).await {
        Ok((all, 0)) => Check::ok(
            CHECK,
            format!(
                "{} in {} tables, at most {} in one",
                all.fragments, all.tables, all.most_fragments
            ),
        ),
        Ok((all, crowded)) => Check::warning(
            CHECK,
            format!(
                "{crowded} tenants have a table of more than {MANY}, the most is {}: searches get slow",
                all.most_fragments
            ),
            "see that jobs of the kind `compact` run: `wafaa jobs list --kind compact`",
        ),
        Err(error) => Check::problem(
            CHECK,
            format!("{error:#}"),
            "a table can't be read: restore it from a backup, or upload the tenant's documents again",
        ),
    }
}

/// What all tables come to, and how many tenants have a crowded one.
async fn count(db: &Database, vectors: &Vectors) -> anyhow::Result<(Extent, usize)> {
    let scope = || SystemScope::new("look for vector tables in pieces");
    let (mut all, mut crowded, mut last) = (Extent::default(), 0, None);
    loop {
        let tx = db.read(scope()).await?;
        let page = tenant::list(&tx, last, PAGE).await?;
        tx.commit().await?;
        for tenant in &page.rows {
            let extent = vectors.extent(&scope(), tenant.id).await?;
            crowded += usize::from(extent.most_fragments > MANY);
            all += extent;
        }
        last = page.rows.last().map(|tenant| tenant.id);
        if !page.more {
            return Ok((all, crowded));
        }
    }
}
