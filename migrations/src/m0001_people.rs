//! Tenants, members, their sessions and keys, and the append-only audit log.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DatabaseBackend};

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
        for table in [
            tenants(),
            members(),
            refresh_tokens(),
            api_keys(),
            audit_log(),
            bots(),
        ] {
            manager.create_table(table).await?;
        }
        run(
            manager,
            &[
                // A person may belong to several tenants; operators belong to none.
                "CREATE UNIQUE INDEX members_email ON members (tenant_id, email) WHERE tenant_id IS NOT NULL",
                "CREATE UNIQUE INDEX members_operator_email ON members (email) WHERE tenant_id IS NULL",
                "CREATE INDEX members_by_email ON members (email)",
                "CREATE INDEX refresh_tokens_family ON refresh_tokens (family)",
                "CREATE INDEX refresh_tokens_member ON refresh_tokens (member_id)",
                "CREATE INDEX api_keys_tenant ON api_keys (tenant_id)",
                "CREATE INDEX audit_log_tenant ON audit_log (tenant_id, id)",
            ],
        )
        .await?;
        run(manager, append_only(manager.get_database_backend())).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(
            manager,
            &[
                "tenants",
                "members",
                "refresh_tokens",
                "api_keys",
                "audit_log",
                "bots",
            ],
        )
        .await?;
        if manager.get_database_backend() == DatabaseBackend::Sqlite {
            return Ok(());
        }
        run(manager, &["DROP FUNCTION audit_log_append_only"]).await
    }
}

fn tenants() -> TableCreateStatement {
    Table::create()
        .table("tenants")
        .col(pk_uuid("id"))
        .col(string_uniq("slug"))
        .col(string("name"))
        .col(boolean("demo"))
        .col(text("limits"))
        .col(timestamp_with_time_zone("created_at"))
        .to_owned()
}

fn members() -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table("members")
        .col(pk_uuid("id"))
        .col(uuid_null("tenant_id"))
        .col(string("email"))
        .col(string("password_hash"))
        .col(string("role"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("disabled_at"));
    reference(&mut table, "tenant_id", "tenants");
    table
}

fn refresh_tokens() -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table("refresh_tokens")
        .col(pk_uuid("id"))
        .col(uuid("member_id"))
        .col(uuid("family"))
        .col(binary_uniq("token_hash"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("used_at"))
        .col(timestamp_with_time_zone_null("revoked_at"));
    reference(&mut table, "member_id", "members");
    table
}

fn api_keys() -> TableCreateStatement {
    of_tenant("api_keys")
        .col(pk_uuid("id"))
        .col(string("name"))
        .col(string("role"))
        .col(string("hint"))
        .col(binary_uniq("key_hash"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("last_used_at"))
        .col(timestamp_with_time_zone_null("revoked_at"))
        .to_owned()
}

fn audit_log() -> TableCreateStatement {
    Table::create()
        .table("audit_log")
        .col(pk_uuid("id"))
        .col(uuid_null("tenant_id"))
        .col(string("actor"))
        .col(string("action"))
        .col(string_null("target"))
        .col(text("detail"))
        .col(timestamp_with_time_zone("at"))
        .to_owned()
}

fn bots() -> TableCreateStatement {
    of_tenant("bots")
        .col(integer("version"))
        .col(text("settings"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(Index::create().col("tenant_id"))
        .to_owned()
}

/// Statements that make the audit log refuse changes and deletions.
fn append_only(backend: DatabaseBackend) -> &'static [&'static str] {
    if backend == DatabaseBackend::Sqlite {
        return &[
            "CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log \
             BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END",
            "CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log \
             BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END",
        ];
    }
    &[
        "CREATE FUNCTION audit_log_append_only() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION 'audit_log is append-only'; END $$",
        "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log \
         FOR EACH STATEMENT EXECUTE FUNCTION audit_log_append_only()",
    ]
}
