//! Shorthands shared by the steps: references, indexes and statements for both databases.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::uuid;

/// A column that refers to the `id` of `parent` and goes with it.
pub(crate) fn reference(
    table: &mut TableCreateStatement,
    column: &'static str,
    parent: &'static str,
) {
    table.foreign_key(
        ForeignKey::create()
            .from_col(column)
            .to(parent, "id")
            .on_delete(ForeignKeyAction::Cascade),
    );
}

/// A table with the tenant it belongs to.
pub(crate) fn of_tenant(name: &'static str) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name).col(uuid("tenant_id"));
    reference(&mut table, "tenant_id", "tenants");
    table
}

/// Runs each statement as it stands on both databases.
pub(crate) async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for sql in statements {
        manager.get_connection().execute_unprepared(sql).await?;
    }
    Ok(())
}

/// Drops the tables, the last one first.
pub(crate) async fn drop(
    manager: &SchemaManager<'_>,
    tables: &[&'static str],
) -> Result<(), DbErr> {
    for table in tables.iter().rev() {
        manager
            .drop_table(Table::drop().table(*table).if_exists().to_owned())
            .await?;
    }
    Ok(())
}
