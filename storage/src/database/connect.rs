//! What a connection is told when it is opened.

use std::time::Duration;

use sea_orm::ConnectOptions;

/// A transaction that stands still for this long is ended by PostgreSQL: its process is paused, or gone
/// without a word, and others wait for its locks.
const STANDSTILL: &str = "5s";
/// A connection that has not been used for this long is asked whether it is still there before it is used again.
const SILENCE: Duration = Duration::from_secs(1);
/// Statements that a connection remembers: more than there are, or each that comes round is parsed anew.
const STATEMENTS: usize = 500;
/// No statement of ours takes that long; a migration may, and has its own connection.
pub(super) const LONGEST_STATEMENT: &str = "30s";

pub(super) fn options(
    url: &str,
    connections: u32,
    longest: Option<&'static str>,
) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(30))
        .sqlx_logging(false)
        .test_before_acquire_if_idle_for(SILENCE)
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
            let options = options
                .application_name("wafaa")
                .statement_cache_capacity(STATEMENTS);
            match longest {
                Some(longest) => options.options([
                    ("idle_in_transaction_session_timeout", STANDSTILL),
                    ("statement_timeout", longest),
                    // Statements here are short; compiling one takes longer than running it a hundred times.
                    ("jit", "off"),
                    // And starting helpers for one longer than they save.
                    ("max_parallel_workers_per_gather", "0"),
                    // What is asked for often is in memory. With the default of 4 and without statistics, as in
                    // the first minute of an installation, it reads all of `jobs` to find twenty by their number.
                    ("random_page_cost", "1.1"),
                ]),
                None => options,
            }
        });
    options
}

/// `postgres://user:secret@host/db` without the secret.
pub(super) fn without_password(url: &str) -> String {
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
