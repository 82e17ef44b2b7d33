//! Counts of finished jobs, so that statistics read neither a million rows nor an index of them.
//!
//! `job_totals` holds, by tenant, lane, kind and final state, how many jobs had ended before
//! `job_totals_mark.counted_until`; those that ended later are still counted one by one. Rows are added by
//! workers now and then and merged later, so that no job's end waits for another's: a row with `at = 0` is a
//! sum, any other is what ended in the seconds until `at`. All are made again from the ledger once a day, and
//! first by the first worker, so this step need not count.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DatabaseBackend};

use crate::{
    step::Additive,
    table::{drop, of_tenant, run},
    wall,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Processes of the version before purge and retry without adjusting the totals; the daily count repairs that.
impl Additive for Migration {
    const ADDITIVE: bool = true;
}

const TABLE: &str = "job_totals";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let totals = of_tenant(TABLE)
            .col(string("lane"))
            .col(string("kind"))
            .col(string("state"))
            .col(big_integer("at"))
            .col(big_integer("jobs"))
            .primary_key(
                Index::create()
                    .col("tenant_id")
                    .col("lane")
                    .col("kind")
                    .col("state")
                    .col("at"),
            )
            .to_owned();
        let mark = Table::create()
            .table("job_totals_mark")
            .col(integer("id").primary_key())
            .col(big_integer("counted_until"))
            .col(big_integer("recounted_at"))
            .to_owned();
        manager.create_table(totals).await?;
        manager.create_table(mark).await?;
        run(
            manager,
            &[
                "INSERT INTO job_totals_mark (id, counted_until, recounted_at) VALUES (1, 0, 0)",
                "CREATE INDEX jobs_unfinished ON jobs (tenant_id, lane, kind, state, run_at) \
                 WHERE finished_at IS NULL",
                "DROP INDEX jobs_stats",
            ],
        )
        .await?;
        wall::raise(manager, TABLE, Some("tenant_id")).await?;
        if manager.get_database_backend() != DatabaseBackend::Postgres {
            return Ok(());
        }
        // Rows that nobody has looked after are read from the table even where the index would do.
        let often = "ALTER TABLE jobs SET (autovacuum_vacuum_insert_scale_factor = 0, \
                     autovacuum_vacuum_insert_threshold = 20000)";
        run(manager, &[often]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            let usual = "ALTER TABLE jobs RESET (autovacuum_vacuum_insert_scale_factor, \
                         autovacuum_vacuum_insert_threshold)";
            run(manager, &[usual]).await?;
        }
        let indexes = [
            "CREATE INDEX jobs_stats ON jobs (lane, kind, state)",
            "DROP INDEX jobs_unfinished",
        ];
        run(manager, &indexes).await?;
        drop(manager, &[TABLE, "job_totals_mark"]).await
    }
}
