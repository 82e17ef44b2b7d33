//! PostgreSQL's own wall between tenants: a transaction sees the rows of the tenant it has named, or, as the
//! system, of all; one that has named nobody sees nothing. Forced, so that it holds for the tables' owner too.
//!
//! `app.scope` and `app.current_tenant_id` are set by every transaction of `wafaa_storage::Database`, for
//! that transaction only. SQLite has no such thing; there the queries' own conditions are the only wall.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

use crate::{step::Additive, table::run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Processes of the version before name nobody, and so would see nothing.
impl Additive for Migration {
    const ADDITIVE: bool = false;
}

const SYSTEM: &str = "(SELECT current_setting('app.scope', true)) = 'system'";
/// In a subquery, so that it is asked once a statement and not once a row.
const TENANT: &str = "(SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid)";

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
        if manager.get_database_backend() != DatabaseBackend::Postgres {
            return Ok(());
        }
        for (table, tenant) in TABLES {
            let whose = tenant.map_or_else(
                || SYSTEM.to_owned(),
                |column| format!("{column} = {TENANT} OR {SYSTEM}"),
            );
            let statements = [
                format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
                format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
                format!("CREATE POLICY tenant ON {table} USING ({whose}) WITH CHECK ({whose})"),
            ];
            run(manager, &statements.each_ref().map(String::as_str)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DatabaseBackend::Postgres {
            return Ok(());
        }
        for (table, _) in TABLES {
            let statements = [
                format!("DROP POLICY tenant ON {table}"),
                format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"),
                format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"),
            ];
            run(manager, &statements.each_ref().map(String::as_str)).await?;
        }
        Ok(())
    }
}
