//! The job ledger. Times are Unix milliseconds, so that both databases compare them alike and fast.

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
        manager.create_table(jobs()).await?;
        manager.create_table(barriers()).await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX jobs_id ON jobs (id)",
                "CREATE UNIQUE INDEX jobs_dedupe ON jobs (tenant_id, dedupe_key) WHERE dedupe_key IS NOT NULL",
                "CREATE INDEX jobs_ready ON jobs (lane, tenant_id, priority DESC, seq) WHERE state = 'ready'",
                "CREATE INDEX jobs_waiting ON jobs (run_at) WHERE state = 'waiting'",
                "CREATE INDEX jobs_leases ON jobs (lease_until) WHERE state IN ('dispatched', 'running')",
                "CREATE INDEX jobs_order ON jobs (order_key, seq) \
                 WHERE order_key IS NOT NULL AND state NOT IN ('succeeded', 'dead', 'cancelled')",
                "CREATE INDEX jobs_parent ON jobs (parent, seq)",
                "CREATE INDEX jobs_tenant ON jobs (tenant_id, seq)",
                "CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL",
                "CREATE INDEX jobs_stats ON jobs (lane, kind, state)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["jobs", "job_barriers"]).await
    }
}

/// `seq` is the order of arrival; `lease_until` covers dispatched and running jobs.
fn jobs() -> TableCreateStatement {
    of_tenant("jobs")
        .col(big_pk_auto("seq"))
        .col(uuid("id"))
        .col(string("kind"))
        .col(string("lane"))
        .col(text("payload"))
        .col(string("state"))
        .col(integer("attempt"))
        .col(integer("max_attempts"))
        .col(integer("priority"))
        .col(string_null("dedupe_key"))
        .col(string_null("order_key"))
        .col(string_null("parent"))
        .col(uuid_null("dispatch_id"))
        .col(string_null("worker"))
        .col(boolean("cancel_requested"))
        .col(integer("progress"))
        .col(text_null("last_error"))
        .col(string_null("trace_id"))
        .col(big_integer("run_at"))
        .col(big_integer_null("lease_until"))
        .col(big_integer("created_at"))
        .col(big_integer_null("started_at"))
        .col(big_integer_null("finished_at"))
        .to_owned()
}

/// A fan-in: the last of the jobs that count `remaining` down starts the next step.
fn barriers() -> TableCreateStatement {
    of_tenant("job_barriers")
        .col(string("key"))
        .col(integer("remaining"))
        .primary_key(Index::create().col("tenant_id").col("key"))
        .to_owned()
}
