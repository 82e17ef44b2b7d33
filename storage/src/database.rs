//! Connections and transactions.
//!
//! SQLite gets one writing connection (writers queue in the pool instead of spinning on its lock) and a
//! few reading ones; PostgreSQL gets one pool. A [`Tx`] carries the scope it was opened with: that is how
//! the functions of this crate know the tenant.

use std::{fmt, time::Duration};

use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction,
    DbErr, ExecResult, FromQueryResult, IsolationLevel, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait, Value,
};
use wafaa_domain::{Actor, SystemScope, TenantId, TenantScope};

use crate::{Error, Result};

/// Connections kept for reading, per process.
const READERS: u32 = 6;

/// What a transaction may be opened with.
pub trait Scope: fmt::Debug + Send + Sync {}
impl Scope for TenantScope {}
impl Scope for SystemScope {}

/// An open database.
#[derive(Debug, Clone)]
pub struct Database {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
}

impl Database {
    /// Opens `sqlite://…` (the file is made when missing) or `postgres://…`.
    ///
    /// # Errors
    /// [`Error::Open`] naming the URL without its password.
    pub async fn open(url: &str) -> Result<Self> {
        let connect = async |readers: u32| {
            Box::pin(sea_orm::Database::connect(options(url, readers)))
                .await
                .map_err(|source| Error::Open {
                    url: without_password(url),
                    source: Box::new(source),
                })
        };
        if url.starts_with("sqlite:") {
            Ok(Self {
                writer: connect(1).await?,
                reader: connect(READERS).await?,
            })
        } else {
            let pool = connect(4 * READERS).await?;
            Ok(Self {
                writer: pool.clone(),
                reader: pool,
            })
        }
    }

    /// The writing connection, for migrations.
    #[must_use]
    pub fn connection(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it doesn't.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.reader.ping().await?)
    }

    /// Begins a transaction that only reads.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn read<S: Scope>(&self, scope: S) -> Result<Tx<S>> {
        begin(&self.reader, SqliteTransactionMode::Deferred, None, scope).await
    }

    /// Begins a transaction that only reads, and for as long as it lasts sees everything as it was when it
    /// first looked.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn snapshot<S: Scope>(&self, scope: S) -> Result<Tx<S>> {
        // SQLite's are always so.
        let postgres = self.reader.get_database_backend() == DatabaseBackend::Postgres;
        let isolation = postgres.then_some(IsolationLevel::RepeatableRead);
        begin(
            &self.reader,
            SqliteTransactionMode::Deferred,
            isolation,
            scope,
        )
        .await
    }

    /// The steps of the schema that were applied, in order; none when the database is empty.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn applied_steps(&self) -> Result<Vec<String>> {
        let tx = self
            .read(SystemScope::new(
                "see which steps of the schema were applied",
            ))
            .await?;
        applied(&tx).await
    }

    /// Begins a transaction that may write. On SQLite it holds the write lock from the start.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn write<S: Scope>(&self, scope: S) -> Result<Tx<S>> {
        begin(&self.writer, SqliteTransactionMode::Immediate, None, scope).await
    }

    /// Flushes and closes all connections.
    ///
    /// # Errors
    /// When the driver can't.
    pub async fn close(self) -> Result<()> {
        self.reader.close().await?;
        Ok(self.writer.close().await?)
    }
}

async fn begin<S: Scope>(
    pool: &DatabaseConnection,
    mode: SqliteTransactionMode,
    isolation_level: Option<IsolationLevel>,
    scope: S,
) -> Result<Tx<S>> {
    let options = TransactionOptions {
        isolation_level,
        sqlite_transaction_mode: Some(mode),
        ..TransactionOptions::default()
    };
    Ok(Tx {
        inner: pool.begin_with_options(options).await?,
        scope,
    })
}

/// The applied steps of the schema, in order.
pub(crate) async fn applied(tx: &Tx<SystemScope>) -> Result<Vec<String>> {
    #[derive(FromQueryResult)]
    struct Step {
        version: String,
    }
    let there = if tx.inner.get_database_backend() == DatabaseBackend::Postgres {
        "SELECT table_name::text AS version FROM information_schema.tables \
         WHERE table_schema = current_schema() AND table_name = 'seaql_migrations'"
    } else {
        "SELECT name AS version FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'"
    };
    if tx.rows::<Step>(there, []).await?.is_empty() {
        return Ok(Vec::new());
    }
    let steps: Vec<Step> = tx
        .rows("SELECT version FROM seaql_migrations ORDER BY version", [])
        .await?;
    Ok(steps.into_iter().map(|step| step.version).collect())
}

/// A transaction, and what it may touch. Dropped without [`Tx::commit`], it leaves no trace.
#[derive(Debug)]
pub struct Tx<S> {
    inner: DatabaseTransaction,
    scope: S,
}

impl<S> Tx<S> {
    /// What the transaction was opened with.
    #[must_use]
    pub const fn scope(&self) -> &S {
        &self.scope
    }

    /// Makes every change durable.
    ///
    /// # Errors
    /// When the database can't; then none was made.
    pub async fn commit(self) -> Result<()> {
        Ok(self.inner.commit().await?)
    }

    pub(crate) const fn connection(&self) -> &DatabaseTransaction {
        &self.inner
    }

    pub(crate) fn statement(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Statement {
        Statement::from_sql_and_values(self.inner.get_database_backend(), sql, values)
    }

    /// Runs a statement whose parameters are `$1, $2, …`.
    pub(crate) async fn execute(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<ExecResult, DbErr> {
        self.inner.execute_raw(self.statement(sql, values)).await
    }

    /// The rows of a query whose parameters are `$1, $2, …`.
    pub(crate) async fn rows<T: FromQueryResult>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<T>, DbErr> {
        T::find_by_statement(self.statement(sql, values))
            .all(&self.inner)
            .await
    }
}

impl Tx<SystemScope> {
    /// The same transaction, turned to one tenant in which `actor` acts from now on.
    #[must_use]
    pub fn narrow(self, tenant: TenantId, actor: Actor) -> Tx<TenantScope> {
        Tx {
            scope: TenantScope::of_system(&self.scope, tenant, actor),
            inner: self.inner,
        }
    }
}

impl Tx<TenantScope> {
    /// The tenant whose rows this transaction sees.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.scope.tenant()
    }

    /// The same transaction, across tenants from now on.
    #[must_use]
    pub fn widen(self, scope: SystemScope) -> Tx<SystemScope> {
        Tx {
            inner: self.inner,
            scope,
        }
    }
}

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(30))
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(|options| {
            use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
            options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .foreign_keys(true)
                // A checkpoint waits for the disk: one for every 16 MB of log, not for every 4.
                .pragma("wal_autocheckpoint", "4000")
                .busy_timeout(Duration::from_secs(10))
        });
    options
}

/// `postgres://user:secret@host/db` without the secret.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    match rest.rsplit_once('@') {
        Some((login, host)) => {
            let user = login.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}")
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn passwords_stay_out_of_messages() {
        assert_eq!(
            without_password("postgres://wafaa:se@cret@db:5432/wafaa"),
            "postgres://wafaa@db:5432/wafaa"
        );
        assert_eq!(
            without_password("sqlite://data/wafaa.db"),
            "sqlite://data/wafaa.db"
        );
    }
}
