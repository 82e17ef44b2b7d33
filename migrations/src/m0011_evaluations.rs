//! Golden questions, and what trying them came to.
//!
//! An evaluation keeps its own copy of each question and of what was expected of it, so that it can go on after a
//! crash, and two can be compared, whatever has become of the questions since. `verdict` is null until a question
//! was tried. JSON is text and a score a whole number of thousandths, as elsewhere.

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
const TABLES: [&str; 3] = ["golden_questions", "evaluations", "evaluation_results"];

const INDEXES: &[&str] = &[
    // By its hash, since a question may be longer than an entry of an index.
    "CREATE UNIQUE INDEX golden_questions_question ON golden_questions (tenant_id, sha256)",
    "CREATE INDEX evaluation_results_untried ON evaluation_results (tenant_id, evaluation_id, question_id) \
     WHERE verdict IS NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [golden_questions(), evaluations(), evaluation_results()] {
            manager.create_table(table).await?;
        }
        run(manager, INDEXES).await?;
        for table in TABLES {
            wall::raise(manager, table, Some("tenant_id")).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &TABLES).await
    }
}

/// A question and what is expected of its answer.
fn question(table: &mut TableCreateStatement) -> &mut TableCreateStatement {
    table
        .col(text("question"))
        .col(string_null("language"))
        .col(text("documents"))
        .col(text("phrases"))
        .col(boolean("unanswerable"))
}

/// `documents` are those that a good answer cites. They are no references: a question outlives its document, and
/// then fails.
fn golden_questions() -> TableCreateStatement {
    let mut table = of_tenant("golden_questions");
    question(table.col(uuid("id")))
        .col(binary("sha256"))
        .col(text_null("notes"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(Index::create().col("tenant_id").col("id"));
    table
}

/// `knowledge` and `bot_version` say what was tried; they are taken when the first question is.
fn evaluations() -> TableCreateStatement {
    let mut table = of_tenant("evaluations");
    table
        .col(uuid("id"))
        .col(uuid("job_id"))
        .col(string("state"))
        .col(string("cause"))
        .col(string("knowledge"))
        .col(integer("bot_version"))
        .col(integer("threshold"))
        .col(integer("questions"))
        .col(text_null("summary"))
        .col(text_null("error"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("started_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .primary_key(Index::create().col("tenant_id").col("id"));
    table
}

/// `place` is that of the first expected document among those found, from 1.
fn evaluation_results() -> TableCreateStatement {
    let mut table = of_tenant("evaluation_results");
    table.col(uuid("evaluation_id")).col(uuid("question_id"));
    question(&mut table)
        .col(string_null("verdict"))
        .col(boolean("answered"))
        .col(integer("confidence"))
        .col(integer_null("place"))
        .col(boolean_null("document_cited"))
        .col(boolean_null("phrases_found"))
        .col(text_null("answer"))
        .col(text_null("citations"))
        .col(string_null("model"))
        .col(integer("tokens"))
        .col(timestamp_with_time_zone_null("tried_at"))
        .primary_key(
            Index::create()
                .col("tenant_id")
                .col("evaluation_id")
                .col("question_id"),
        )
        .foreign_key(
            ForeignKey::create()
                .from_col("tenant_id")
                .from_col("evaluation_id")
                .to_tbl("evaluations")
                .to_col("tenant_id")
                .to_col("id")
                .on_delete(ForeignKeyAction::Cascade),
        );
    table
}
