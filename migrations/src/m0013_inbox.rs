//! What providers send is kept first and taken in soon after: what was read in it until then, and in whose trace.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{step::Additive, table::run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

impl Additive for Migration {
    const ADDITIVE: bool = true;
}

const TABLE: &str = "inbound_events";
const INDEX: &str = "CREATE INDEX inbound_events_pending ON inbound_events (tenant_id, channel_id, id) WHERE pending";

fn columns() -> [ColumnDef; 3] {
    [
        boolean_null("pending"),
        text_null("told"),
        string_null("trace_id"),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in columns() {
            let add = Table::alter().table(TABLE).add_column(column).to_owned();
            manager.alter_table(add).await?;
        }
        run(manager, &[INDEX]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP INDEX inbound_events_pending"]).await?;
        for column in columns() {
            let name = column.get_column_name();
            let drop = Table::alter().table(TABLE).drop_column(name).to_owned();
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}
