//! Receipts of erased tenants, and the one way in which rows may leave the audit log.
//!
//! What is logged of a tenant is personal data and goes with it. The log stays append-only otherwise: a row
//! may be deleted only while an erasure of its tenant is under way and the tenant itself is already gone, so
//! whoever deletes a tenant's log has deleted the tenant, and leaves the receipt of that.

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
        manager.create_table(erasures()).await?;
        run(
            manager,
            &["CREATE INDEX erasures_tenant ON erasures (tenant)"],
        )
        .await?;
        run(manager, let_erasures_delete(manager.get_database_backend())).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            refuse_all_deletions(manager.get_database_backend()),
        )
        .await?;
        drop(manager, &["erasures"]).await
    }
}

/// `tenant` refers to nothing: it is gone. No column holds personal data.
fn erasures() -> TableCreateStatement {
    Table::create()
        .table("erasures")
        .col(pk_uuid("id"))
        .col(uuid("tenant"))
        .col(timestamp_with_time_zone("started_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .col(text("receipt"))
        .to_owned()
}

fn let_erasures_delete(backend: DatabaseBackend) -> &'static [&'static str] {
    if backend == DatabaseBackend::Sqlite {
        return &[
            "DROP TRIGGER audit_log_no_delete",
            "CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log \
             WHEN OLD.tenant_id IS NULL \
             OR EXISTS (SELECT 1 FROM tenants WHERE id = OLD.tenant_id) \
             OR NOT EXISTS (SELECT 1 FROM erasures WHERE tenant = OLD.tenant_id AND finished_at IS NULL) \
             BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END",
        ];
    }
    &[
        "DROP TRIGGER audit_log_append_only ON audit_log",
        "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR TRUNCATE ON audit_log \
         FOR EACH STATEMENT EXECUTE FUNCTION audit_log_append_only()",
        "CREATE FUNCTION audit_log_erasures_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         IF OLD.tenant_id IS NULL \
         OR EXISTS (SELECT 1 FROM tenants WHERE id = OLD.tenant_id) \
         OR NOT EXISTS (SELECT 1 FROM erasures WHERE tenant = OLD.tenant_id AND finished_at IS NULL) \
         THEN RAISE EXCEPTION 'audit_log is append-only'; END IF; RETURN OLD; END $$",
        "CREATE TRIGGER audit_log_erasures_only BEFORE DELETE ON audit_log \
         FOR EACH ROW EXECUTE FUNCTION audit_log_erasures_only()",
    ]
}

/// As the first step left it.
fn refuse_all_deletions(backend: DatabaseBackend) -> &'static [&'static str] {
    if backend == DatabaseBackend::Sqlite {
        return &[
            "DROP TRIGGER audit_log_no_delete",
            "CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log \
             BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END",
        ];
    }
    &[
        "DROP TRIGGER audit_log_erasures_only ON audit_log",
        "DROP FUNCTION audit_log_erasures_only",
        "DROP TRIGGER audit_log_append_only ON audit_log",
        "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log \
         FOR EACH STATEMENT EXECUTE FUNCTION audit_log_append_only()",
    ]
}
