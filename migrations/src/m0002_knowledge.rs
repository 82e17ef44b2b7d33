//! Documents, the chunks of their versions, and the vectors kept by content.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{
    step::Additive,
    table::{drop, of_tenant, reference, run},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

impl Additive for Migration {
    const ADDITIVE: bool = true;
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [documents(), chunks(), embeddings()] {
            manager.create_table(table).await?;
        }
        run(
            manager,
            &[
                // The same bytes twice are the same document.
                "CREATE UNIQUE INDEX documents_content ON documents (tenant_id, sha256) WHERE deleted_at IS NULL",
                "CREATE INDEX documents_tenant ON documents (tenant_id, id)",
                "CREATE UNIQUE INDEX chunks_place ON chunks (document_id, version, ordinal)",
                "CREATE INDEX chunks_tenant ON chunks (tenant_id, content_hash)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["documents", "chunks", "embeddings"]).await
    }
}

/// `version` is the newest, `live_version` the one that answers.
fn documents() -> TableCreateStatement {
    of_tenant("documents")
        .col(pk_uuid("id"))
        .col(string("title"))
        .col(string("filename"))
        .col(string_null("media_type"))
        .col(string_null("language"))
        .col(big_integer("bytes"))
        .col(binary("sha256"))
        .col(string("status"))
        .col(string_null("error_code"))
        .col(text_null("error_message"))
        .col(integer("version"))
        .col(integer_null("live_version"))
        .col(integer("pages"))
        .col(integer("chunks"))
        .col(integer("progress"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(timestamp_with_time_zone_null("deleted_at"))
        .to_owned()
}

/// `start` and `end` are byte offsets in the document's text; `sentences` holds byte ranges in `text`.
fn chunks() -> TableCreateStatement {
    let mut table = of_tenant("chunks");
    table
        .col(pk_uuid("id"))
        .col(uuid("document_id"))
        .col(integer("version"))
        .col(integer("ordinal"))
        .col(integer_null("page"))
        .col(text("heading"))
        .col(text("text"))
        .col(string("language"))
        .col(big_integer("start"))
        .col(big_integer("end"))
        .col(integer("tokens"))
        .col(text("sentences"))
        .col(binary("content_hash"));
    reference(&mut table, "document_id", "documents");
    table
}

/// Vectors by what was embedded, so that an unchanged passage of a new version is not embedded again.
fn embeddings() -> TableCreateStatement {
    of_tenant("embeddings")
        .col(string("embedder"))
        .col(binary("content_hash"))
        .col(binary("vector"))
        .col(binary("sentences"))
        .primary_key(
            Index::create()
                .col("tenant_id")
                .col("embedder")
                .col("content_hash"),
        )
        .to_owned()
}
