//! Processes that run jobs. Times are Unix milliseconds, as in the ledger.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{step::Additive, table::drop};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

impl Additive for Migration {
    const ADDITIVE: bool = true;
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("workers")
            .col(string("name").primary_key())
            .col(string("host"))
            .col(text("lanes"))
            .col(big_integer("started_at"))
            .col(big_integer("seen_at"))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["workers"]).await
    }
}
