//! When channels' tokens run out, and of what somebody has been warned: 1 the last week, 2 the last day, 3 the end.
//! Since when contacts want no marketing, and when they last said whether they do. And the size of the file that is kept
//! with a message; those kept before this step count nothing.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{step::Additive, table::run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

impl Additive for Migration {
    const ADDITIVE: bool = true;
}

/// For the sum of a tenant's files.
const INDEX: &str = "CREATE INDEX messages_media ON messages (tenant_id, media_bytes) WHERE media_bytes IS NOT NULL";

/// Each with its table.
fn columns() -> Vec<(&'static str, ColumnDef)> {
    vec![
        (
            "channels",
            timestamp_with_time_zone_null("token_expires_at"),
        ),
        ("channels", integer_null("token_warned")),
        (
            "contacts",
            timestamp_with_time_zone_null("marketing_opted_out_at"),
        ),
        (
            "contacts",
            timestamp_with_time_zone_null("marketing_changed_at"),
        ),
        ("messages", big_integer_null("media_bytes")),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns() {
            let add = Table::alter().table(table).add_column(column).to_owned();
            manager.alter_table(add).await?;
        }
        run(manager, &[INDEX]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP INDEX messages_media"]).await?;
        for (table, column) in columns().into_iter().rev() {
            let name = column.get_column_name();
            let drop = Table::alter().table(table).drop_column(name).to_owned();
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}
