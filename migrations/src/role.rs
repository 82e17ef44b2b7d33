//! What the role that the platform works as may do on PostgreSQL: read and write rows, nothing else.

use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};

/// Lets `role`, which must exist, use every table. The audit log it can't change; what may be deleted of it,
/// which is an erased tenant's part, is for the log's own trigger to say. Repeatable: run it after each
/// upgrade, as the tables' owner.
///
/// # Errors
/// When there is no such role, or `owner` may not grant.
pub async fn grant(owner: &DatabaseConnection, role: &str) -> Result<(), DbErr> {
    let role = format!("\"{}\"", role.replace('"', "\"\""));
    let statements = [
        format!("GRANT USAGE ON SCHEMA public TO {role}"),
        format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"),
        format!("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"),
        format!("REVOKE UPDATE ON audit_log FROM {role}"),
        format!("REVOKE INSERT, UPDATE, DELETE ON seaql_migrations FROM {role}"),
    ];
    for statement in statements {
        owner.execute_unprepared(&statement).await?;
    }
    Ok(())
}
