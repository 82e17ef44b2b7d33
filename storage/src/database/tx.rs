//! A transaction: whose rows it may touch, and the time it goes by.

use std::{fmt, time::Instant};

use chrono::Utc;
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr, ExecResult,
    FromQueryResult, IsolationLevel, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait, Value,
};
use wafaa_domain::{Actor, SystemScope, TenantId, TenantScope};

use crate::Result;

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

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Snapshot,
    Write,
    SoftWrite,
}

pub(super) async fn begin<S: Scope>(
    pool: &DatabaseConnection,
    purpose: Purpose,
    scope: S,
) -> Result<Tx<S>> {
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
