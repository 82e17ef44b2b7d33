//! The second wall stands only if the platform's own role can't climb it.

use sea_orm::{DatabaseBackend, FromQueryResult, Statement};

use crate::{Database, Result};

/// What makes a role see every row whatever the policies say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It is a superuser.
    Superuser,
    /// It has BYPASSRLS.
    BypassesPolicies,
    /// It owns tables, or belongs to the role that does, and so can switch their policies off.
    OwnsTables,
}

impl std::fmt::Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Superuser => "is a superuser",
            Self::BypassesPolicies => "has BYPASSRLS",
            Self::OwnsTables => "owns the tables",
        })
    }
}

/// The user that a `postgres://user:password@host/database` URL names.
#[must_use]
pub fn of_url(url: &str) -> Option<String> {
    let options: sqlx::postgres::PgConnectOptions = url.parse().ok()?;
    let (_, rest) = url.split_once("://")?;
    // Without one, the driver takes the name of whoever runs the process.
    rest.contains('@')
        .then(|| options.get_username().to_owned())
}

/// The role this process works as and what is wrong with it, on PostgreSQL; nothing on SQLite.
///
/// # Errors
/// When the database can't be read.
pub async fn flaws(db: &Database) -> Result<Option<(String, Vec<Flaw>)>> {
    #[derive(FromQueryResult)]
    struct Role {
        name: String,
        superuser: bool,
        bypasses: bool,
        owns: bool,
    }
    let connection = db.connection();
    if connection.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(None);
    }
    let statement = Statement::from_string(
        DatabaseBackend::Postgres,
        "SELECT rolname::text AS name, rolsuper AS superuser, rolbypassrls AS bypasses, \
         EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') \
         AND pg_has_role(current_user, relowner, 'MEMBER')) AS owns \
         FROM pg_roles WHERE rolname = current_user",
    );
    let role = Role::find_by_statement(statement).one(connection).await?;
    Ok(role.map(|role| {
        // A superuser is a member of every role.
        let flaws = if role.superuser {
            vec![Flaw::Superuser]
        } else {
            let found = [
                (role.bypasses, Flaw::BypassesPolicies),
                (role.owns, Flaw::OwnsTables),
            ];
            found
                .into_iter()
                .filter(|(is, _)| *is)
                .map(|(_, flaw)| flaw)
                .collect()
        };
        (role.name, flaws)
    }))
}
