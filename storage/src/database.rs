//! Connections and transactions.
//!
//! SQLite gets one writing connection (writers queue in the pool instead of spinning on its lock) and a
//! few reading ones; PostgreSQL gets one pool. A [`Tx`] carries the scope it was opened with: that is how
//! the functions of this crate know the tenant. PostgreSQL is told too, for its row-level security, and
//! tells the time: the clocks of several machines never agree, and may jump.

use std::{
    fmt,
    time::{Duration, Instant},
};

use chrono::Utc;

use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction,
    DbErr, ExecResult, FromQueryResult, IsolationLevel, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait, Value,
};
use wafaa_domain::{Actor, SystemScope, TenantId, TenantScope};

use crate::{Error, Result};

/// Connections to SQLite kept for reading, per process.
const READERS: u32 = 6;
/// Connections to PostgreSQL, per process: a server accepts 100 unless told otherwise.
const POOL: u32 = 16;
/// A transaction that stands still for this long is ended by PostgreSQL: its process is paused, or gone
/// without a word, and others wait for its locks.
const STANDSTILL: &str = "5s";
/// No statement of ours takes that long; a migration may, and has its own connection.
const LONGEST_STATEMENT: &str = "30s";

/// What a transaction may be opened with.
pub trait Scope: fmt::Debug + Send + Sync {
    /// The tenant whose rows PostgreSQL is to show; every tenant's when `None`.
    fn only(&self) -> Option<TenantId>;
}

impl Scope for TenantScope {
    fn only(&self) -> Option<TenantId> {
        Some(self.tenant())
    }
}

impl Scope for SystemScope {
    fn only(&self) -> Option<TenantId> {
        None
    }
}

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
        Self::connect(url, Some(LONGEST_STATEMENT)).await
    }

    /// As [`Self::open`], for migrations and backups, which may take and pause as long as they need.
    ///
    /// # Errors
    /// The same.
    pub async fn open_patient(url: &str) -> Result<Self> {
        Self::connect(url, None).await
    }

    async fn connect(url: &str, longest: Option<&'static str>) -> Result<Self> {
        let connect = async |connections: u32| {
            Box::pin(sea_orm::Database::connect(options(
                url,
                connections,
                longest,
            )))
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
            let pool = connect(POOL).await?;
            Ok(Self {
                writer: pool.clone(),
                reader: pool,
            })
        }
    }

    /// Whether several processes may share it.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.writer.get_database_backend() == DatabaseBackend::Postgres
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
        begin(&self.reader, Purpose::Read, scope).await
    }

    /// Begins a transaction that only reads, and for as long as it lasts sees everything as it was when it
    /// first looked. It may stand still meanwhile.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn snapshot<S: Scope>(&self, scope: S) -> Result<Tx<S>> {
        let tx = begin(&self.reader, Purpose::Snapshot, scope).await?;
        if tx.is_postgres() {
            let patient = "SET LOCAL idle_in_transaction_session_timeout = 0";
            tx.inner.execute_unprepared(patient).await?;
        }
        Ok(tx)
    }

    /// The steps of the schema that were applied, in order; none when the database is empty.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn applied_steps(&self) -> Result<Vec<String>> {
        let scope = SystemScope::new("see which steps of the schema were applied");
        applied(&self.read(scope).await?).await
    }

    /// Begins a transaction that may write. On SQLite it holds the write lock from the start.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn write<S: Scope>(&self, scope: S) -> Result<Tx<S>> {
        begin(&self.writer, Purpose::Write, scope).await
    }

    /// As [`Self::write`], for changes that may be forgotten when PostgreSQL crashes just after the commit,
    /// which therefore doesn't wait for the disk: who holds a job, and who is alive.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn write_softly<S: Scope>(&self, scope: S) -> Result<Tx<S>> {
        begin(&self.writer, Purpose::SoftWrite, scope).await
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

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Read,
    Snapshot,
    Write,
    SoftWrite,
}

async fn begin<S: Scope>(pool: &DatabaseConnection, purpose: Purpose, scope: S) -> Result<Tx<S>> {
    let writes = matches!(purpose, Purpose::Write | Purpose::SoftWrite);
    // SQLite's reads are always so.
    let repeatable =
        purpose == Purpose::Snapshot && pool.get_database_backend() == DatabaseBackend::Postgres;
    let options = TransactionOptions {
        isolation_level: repeatable.then_some(IsolationLevel::RepeatableRead),
        sqlite_transaction_mode: Some(if writes {
            SqliteTransactionMode::Immediate
        } else {
            SqliteTransactionMode::Deferred
        }),
        ..TransactionOptions::default()
    };
    let inner = pool.begin_with_options(options).await?;
    let clock = enter(&inner, scope.only(), purpose != Purpose::SoftWrite).await?;
    Ok(Tx {
        inner,
        scope,
        clock,
    })
}

/// The applied steps of the schema, in order.
pub(crate) async fn applied(tx: &Tx<SystemScope>) -> Result<Vec<String>> {
    #[derive(FromQueryResult)]
    struct Step {
        version: String,
    }
    let there = if tx.inner.get_database_backend() == DatabaseBackend::Postgres {
        "SELECT relname::text AS version FROM pg_class \
         WHERE relnamespace = 'public'::regnamespace AND relname = 'seaql_migrations'"
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

/// Tells PostgreSQL whose rows the transaction may touch, and asks it what time it is.
async fn enter(
    inner: &DatabaseTransaction,
    tenant: Option<TenantId>,
    durable: bool,
) -> Result<Option<Clock>> {
    #[derive(FromQueryResult)]
    struct Entered {
        now: i64,
    }
    if inner.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(None);
    }
    let (scope, tenant) = tenant.map_or(("system", String::new()), |tenant| {
        ("tenant", tenant.uuid().to_string())
    });
    let statement = Statement::from_sql_and_values(
        DatabaseBackend::Postgres,
        "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now, \
         set_config('app.scope', $1, true), set_config('app.current_tenant_id', $2, true), \
         CASE WHEN NOT $3 THEN set_config('synchronous_commit', 'off', true) END",
        [scope.into(), tenant.into(), durable.into()],
    );
    let entered = Entered::find_by_statement(statement).one(inner).await?;
    Ok(entered.map(|Entered { now }| Clock {
        now,
        asked: Instant::now(),
    }))
}

/// The database's time, asked once and carried on by a clock that never jumps.
#[derive(Debug, Clone, Copy)]
struct Clock {
    now: i64,
    asked: Instant,
}

/// A transaction, and what it may touch. Dropped without [`Tx::commit`], it leaves no trace.
#[derive(Debug)]
pub struct Tx<S> {
    inner: DatabaseTransaction,
    scope: S,
    /// PostgreSQL's; SQLite has the time of this process.
    clock: Option<Clock>,
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

    /// The time that all processes of this database agree on, in Unix milliseconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock.map_or_else(
            || Utc::now().timestamp_millis(),
            |Clock { now, asked }| {
                let since = i64::try_from(asked.elapsed().as_millis()).unwrap_or(0);
                now.saturating_add(since)
            },
        )
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.clock.is_some()
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
    ///
    /// # Errors
    /// When the database can't be told.
    pub async fn narrow(self, tenant: TenantId, actor: Actor) -> Result<Tx<TenantScope>> {
        enter(&self.inner, Some(tenant), true).await?;
        Ok(Tx {
            scope: TenantScope::of_system(&self.scope, tenant, actor),
            inner: self.inner,
            clock: self.clock,
        })
    }
}

impl Tx<TenantScope> {
    /// The tenant whose rows this transaction sees.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.scope.tenant()
    }

    /// Does `work` of this transaction as the system: for the tenant's rows that PostgreSQL shows to no tenant,
    /// and for what its triggers look up. The conditions of `work` are the only wall meanwhile.
    pub(crate) async fn as_system<T>(
        &self,
        _reason: SystemScope,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        enter(&self.inner, None, true).await?;
        let done = work.await;
        let back = enter(&self.inner, Some(self.tenant()), true).await;
        let done = done?;
        back?;
        Ok(done)
    }

    /// The same transaction, across tenants from now on.
    ///
    /// # Errors
    /// When the database can't be told.
    pub async fn widen(self, scope: SystemScope) -> Result<Tx<SystemScope>> {
        enter(&self.inner, None, true).await?;
        Ok(Tx {
            inner: self.inner,
            scope,
            clock: self.clock,
        })
    }
}

fn options(url: &str, connections: u32, longest: Option<&'static str>) -> ConnectOptions {
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
        })
        .map_sqlx_postgres_opts(move |options| {
            let options = options.application_name("wafaa");
            match longest {
                Some(longest) => options.options([
                    ("idle_in_transaction_session_timeout", STANDSTILL),
                    ("statement_timeout", longest),
                    // Statements here are short; compiling one takes longer than running it a hundred times.
                    ("jit", "off"),
                ]),
                None => options,
            }
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
