//! Web pages as sources of a tenant's knowledge: the sources, their pages, and where a document comes from.
//!
//! Keys and references begin with the tenant, as in the step before.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{
    step::Additive,
    table::{drop, of_tenant, run},
    wall,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

impl Additive for Migration {
    const ADDITIVE: bool = true;
}

/// Parents first.
const TABLES: [&str; 2] = ["sources", "source_pages"];

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX sources_url ON sources (tenant_id, url) WHERE deleted_at IS NULL",
    // An address has 2,000 characters at the most, all of them ASCII.
    "CREATE UNIQUE INDEX source_pages_url ON source_pages (tenant_id, source_id, url)",
    "CREATE INDEX source_pages_frontier ON source_pages (tenant_id, source_id, visited, depth, id)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [sources(), source_pages()] {
            manager.create_table(table).await?;
        }
        run(manager, INDEXES).await?;
        for table in TABLES {
            wall::raise(manager, table, Some("tenant_id")).await?;
        }
        run(
            manager,
            &["ALTER TABLE documents ADD COLUMN source_url text"],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE documents DROP COLUMN source_url"]).await?;
        drop(manager, &TABLES).await
    }
}

/// `crawl` is the number of the newest crawl that was planned, `begun` that of the newest one that has begun.
/// `include` and `exclude` are JSON lists of patterns.
fn sources() -> TableCreateStatement {
    of_tenant("sources")
        .col(uuid("id"))
        .col(text("url"))
        .col(integer("depth"))
        .col(text("include"))
        .col(text("exclude"))
        .col(integer("max_pages"))
        .col(string_null("refresh_cron"))
        .col(string("timezone"))
        .col(string("status"))
        .col(string_null("error_code"))
        .col(text_null("error_message"))
        .col(integer("crawl"))
        .col(integer("begun"))
        .col(boolean("truncated"))
        .col(uuid_null("job_id"))
        .col(timestamp_with_time_zone_null("started_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .col(timestamp_with_time_zone_null("next_run_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(timestamp_with_time_zone_null("deleted_at"))
        .primary_key(Index::create().col("tenant_id").col("id"))
        .to_owned()
}

/// `seen` is the newest crawl that came across the address, `visited` the newest that was done with it: what is
/// seen and not visited is still to be fetched, at `due_at`. `title` is what its document was called last,
/// `links` a JSON list of where it leads.
fn source_pages() -> TableCreateStatement {
    of_tenant("source_pages")
        .col(uuid("source_id"))
        .col(uuid("id"))
        .col(text("url"))
        .col(string("kind"))
        .col(integer("depth"))
        .col(integer("hops"))
        .col(integer("seen"))
        .col(integer("visited"))
        .col(integer("attempts"))
        .col(timestamp_with_time_zone("due_at"))
        .col(string("status"))
        .col(string_null("reason_code"))
        .col(text_null("reason"))
        .col(integer_null("http_status"))
        .col(text_null("etag"))
        .col(text_null("last_modified"))
        .col(binary_null("content_hash"))
        .col(text_null("title"))
        .col(text_null("links"))
        .col(uuid_null("document_id"))
        .col(big_integer("bytes"))
        .col(timestamp_with_time_zone_null("fetched_at"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(Index::create().col("tenant_id").col("source_id").col("id"))
        .foreign_key(
            ForeignKey::create()
                .from_col("tenant_id")
                .from_col("source_id")
                .to_tbl("sources")
                .to_col("tenant_id")
                .to_col("id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}
