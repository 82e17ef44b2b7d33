//! PostgreSQL's own wall between tenants: a transaction sees the rows of the tenant it has named, or, as the
//! system, of all; one that has named nobody sees nothing. Forced, so that it holds for the tables' owner too.
//!
//! `app.scope` and `app.current_tenant_id` are set by every transaction of `wafaa_storage::Database`, for
//! that transaction only. SQLite has no such thing; there the queries' own conditions are the only wall.

use sea_orm_migration::prelude::*;

use crate::{step::Additive, wall};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Processes of the version before name nobody, and so would see nothing.
impl Additive for Migration {
    const ADDITIVE: bool = false;
}

/// Tables, and the column that says whose a row is; none: the system's alone.
const TABLES: [(&str, Option<&str>); 13] = [
    ("tenants", Some("id")),
    ("members", Some("tenant_id")),
    ("refresh_tokens", None),
    ("api_keys", Some("tenant_id")),
    ("audit_log", Some("tenant_id")),
    ("bots", Some("tenant_id")),
    ("documents", Some("tenant_id")),
    ("chunks", Some("tenant_id")),
    ("embeddings", Some("tenant_id")),
    ("jobs", Some("tenant_id")),
    ("job_barriers", Some("tenant_id")),
    ("idempotency_keys", Some("tenant_id")),
    ("erasures", None),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, tenant) in TABLES {
            wall::raise(manager, table, tenant).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, _) in TABLES {
            wall::raze(manager, table).await?;
        }
        Ok(())
    }
}
