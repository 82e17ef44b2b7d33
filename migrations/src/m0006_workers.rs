//! Processes that run jobs, and an index for looking at failed ones among millions. Times are Unix milliseconds,
//! as in the ledger.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DatabaseBackend};

use crate::{
    step::Additive,
    table::{drop, run},
};

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
        manager.create_table(table).await?;
        run(
            manager,
            &["CREATE INDEX jobs_failed ON jobs (state, seq) WHERE state IN ('dead', 'cancelled')"],
        )
        .await?;
        if manager.get_database_backend() != DatabaseBackend::Postgres {
            return Ok(());
        }
        // A job changes its state four times. With the usual share of a table of millions, the indexes on what is
        // under way would fill with entries that are no more.
        let often = "ALTER TABLE jobs SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, \
                     autovacuum_analyze_scale_factor = 0.02)";
        run(manager, &[often]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP INDEX jobs_failed"]).await?;
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            let usual = "ALTER TABLE jobs RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, \
                         autovacuum_analyze_scale_factor)";
            run(manager, &[usual]).await?;
        }
        drop(manager, &["workers"]).await
    }
}
