//! Connections and transactions.
//!
//! SQLite gets one writing connection (writers queue in the pool instead of spinning on its lock) and a
//! few reading ones; PostgreSQL gets one pool. A [`Tx`] carries the scope it was opened with: that is how
//! the functions of this crate know the tenant. PostgreSQL is told too, for its row-level security, and
//! tells the time: the clocks of several machines never agree, and may jump.

mod connect;
mod tx;

use std::{num::NonZero, ops::RangeInclusive};

use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, FromQueryResult};
use wafaa_domain::SystemScope;

use crate::{Error, Result};

use connect::{LONGEST_STATEMENT, options, without_password};
use tx::{Purpose, begin};
pub use tx::{Scope, Tx};

/// Connections to SQLite kept for reading, per process.
const READERS: u32 = 6;
/// Connections to PostgreSQL, per process: four for each core, within these bounds; a server accepts 100 unless told
/// otherwise. Where it shares the cores, more only wait for each other: with 8 instead of 16 on two cores a webhook is
/// acknowledged after 64 instead of 94 ms at the 99th percentile, and as many messages are answered.
const POOL: RangeInclusive<u32> = 8..=16;

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
            let pool = connect(pool()).await?;
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
            tx.connection().execute_unprepared(patient).await?;
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

fn pool() -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let wanted = u32::try_from(cores).unwrap_or(u32::MAX).saturating_mul(4);
    wanted.clamp(*POOL.start(), *POOL.end())
}

/// The applied steps of the schema, in order.
pub(crate) async fn applied(tx: &Tx<SystemScope>) -> Result<Vec<String>> {
    #[derive(FromQueryResult)]
    struct Step {
        version: String,
    }
    let there = if tx.is_postgres() {
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
