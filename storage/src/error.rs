//! What can go wrong in the database, in terms a caller can act on.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// A storage function failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No such row in this tenant.
    #[error("not found")]
    NotFound,
    /// Another row already has this value, which must be unique.
    #[error("already taken")]
    AlreadyExists,
    /// The row changed since it was read, or a job's attempt is no longer the current one.
    #[error("overtaken by a newer change")]
    Stale,
    /// The tenant keeps as much as it may.
    #[error("{used} of {limit} bytes are used, too many for this one")]
    Full {
        /// Bytes kept.
        used: u64,
        /// Bytes that may be.
        limit: u64,
    },
    /// A stored value can't be read: written by a newer version, or damaged.
    #[error("a stored {what} can't be read: {reason}")]
    Corrupt {
        /// What it should have been.
        what: &'static str,
        /// Why it isn't.
        reason: String,
    },
    /// The database can't be opened.
    #[error("can't open the database {url}: {source}")]
    Open {
        /// The URL without its password.
        url: String,
        /// What the driver says.
        #[source]
        source: Box<DbErr>,
    },
    /// The database refused or could not be reached.
    #[error("database: {0}")]
    Database(#[source] Box<DbErr>),
}

impl Error {
    /// A value that doesn't read back.
    pub(crate) fn corrupt(what: &'static str, reason: impl ToString) -> Self {
        Self::Corrupt {
            what,
            reason: reason.to_string(),
        }
    }

    /// Whether the same call may succeed a little later: lost connections, locks, time-outs.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        let Self::Database(error) = self else {
            return false;
        };
        if let DbErr::ConnectionAcquire(_) | DbErr::Conn(_) = &**error {
            return true;
        }
        let (DbErr::Exec(RuntimeErr::SqlxError(source))
        | DbErr::Query(RuntimeErr::SqlxError(source))) = &**error
        else {
            return false;
        };
        let unreachable = matches!(
            &**source,
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed
        );
        let code = source
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        // SQLITE_BUSY and its kin; Postgres serialisation failure and deadlock
        let busy = |code: &str| matches!(code, "5" | "6" | "261" | "517" | "40001" | "40P01");
        unreachable || code.is_some_and(|code| busy(&code))
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::AlreadyExists,
            _ => Self::Database(Box::new(error)),
        }
    }
}
