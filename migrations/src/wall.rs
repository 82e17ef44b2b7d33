//! PostgreSQL's row-level security: a transaction sees the rows of the tenant it has named, or, as the system,
//! of all. Forced, so that it holds for the tables' owner too. On SQLite these do nothing.
//!
//! Steps that have shipped use it, so it may get new functions, and these never other statements.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

use crate::table::run;

const SYSTEM: &str = "(SELECT current_setting('app.scope', true)) = 'system'";
/// In a subquery, so that it is asked once a statement and not once a row.
const TENANT: &str = "(SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid)";

/// Puts a table behind the wall. `tenant` is the column that says whose a row is; none: the system's alone.
pub(crate) async fn raise(
    manager: &SchemaManager<'_>,
    table: &str,
    tenant: Option<&str>,
) -> Result<(), DbErr> {
    let whose = tenant.map_or_else(
        || SYSTEM.to_owned(),
        |column| format!("{column} = {TENANT} OR {SYSTEM}"),
    );
    on_postgres(
        manager,
        [
            format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
            format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
            format!("CREATE POLICY tenant ON {table} USING ({whose}) WITH CHECK ({whose})"),
        ],
    )
    .await
}

/// Takes the wall before a table away.
pub(crate) async fn raze(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    on_postgres(
        manager,
        [
            format!("DROP POLICY tenant ON {table}"),
            format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"),
            format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"),
        ],
    )
    .await
}

async fn on_postgres(manager: &SchemaManager<'_>, statements: [String; 3]) -> Result<(), DbErr> {
    if manager.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(());
    }
    run(manager, &statements.each_ref().map(String::as_str)).await
}
