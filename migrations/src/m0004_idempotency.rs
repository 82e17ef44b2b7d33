//! The first answers to `Idempotency-Key`s.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{
    step::Additive,
    table::{drop, of_tenant, run},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

impl Additive for Migration {
    const ADDITIVE: bool = true;
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = of_tenant("idempotency_keys")
            .col(string("key"))
            .col(string("route"))
            .col(binary("body_hash"))
            .col(integer("status"))
            .col(text("response"))
            .col(timestamp_with_time_zone("created_at"))
            .primary_key(Index::create().col("tenant_id").col("key").col("route"))
            .to_owned();
        manager.create_table(table).await?;
        run(
            manager,
            &["CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at)"],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["idempotency_keys"]).await
    }
}
