//! The servers that are connected to: the database with its schema and clock, and Redis where there is one.

use std::{path::PathBuf, time::Duration};

use tokio::time::timeout;
use wafaa_domain::SystemScope;
use wafaa_migrations::{Migrator, MigratorTrait as _};
use wafaa_storage::{
    Database,
    redis::Redis,
    role::{self, Flaw},
};

use super::{Check, host::chain};
use crate::config::Config;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Tokens and webhooks are refused by clocks that differ by much more.
const SKEW_MS: u64 = 2_000;

/// Opens the database as it is. A SQLite file that isn't there is not made.
pub(super) async fn open(config: &Config) -> (Option<Database>, Check) {
    const CHECK: &str = "database";
    if let Some(file) = sqlite_file(&config.database_url)
        && !file.exists()
    {
        let detail = format!(
            "{} is not there yet; the first start makes it",
            file.display()
        );
        return (None, Check::ok(CHECK, detail));
    }
    let connecting = async {
        let db = Database::open(&config.database_url).await?;
        db.ping().await?;
        Ok::<_, wafaa_storage::Error>(db)
    };
    let advice = "check WAFAA_DATABASE_URL, and that the server runs and can be reached from here";
    match timeout(PATIENCE, connecting).await {
        Ok(Ok(db)) => (Some(db), Check::ok(CHECK, "it answers")),
        Ok(Err(error)) => (None, Check::problem(CHECK, chain(&error), advice)),
        Err(_) => {
            let detail = format!("no answer within {} s", PATIENCE.as_secs());
            (None, Check::problem(CHECK, detail, advice))
        }
    }
}

/// Whether row-level security holds for the role in use; nothing on SQLite.
pub(super) async fn role(db: &Database) -> Option<Check> {
    const CHECK: &str = "database role";
    let advice = "name a role with no rights of its own in WAFAA_DATABASE_URL and the owner in \
                  WAFAA_MIGRATE_DATABASE_URL, then run `wafaa migrate`";
    match role::flaws(db).await {
        Ok(None) => None,
        Ok(Some((role, flaws))) if flaws.is_empty() => {
            let detail = format!("`{role}` is held back by row-level security");
            Some(Check::ok(CHECK, detail))
        }
        Ok(Some((role, flaws))) => {
            let flaws: Vec<String> = flaws.iter().map(Flaw::to_string).collect();
            let detail = format!("`{role}` {}", flaws.join(" and "));
            Some(Check::problem(CHECK, detail, advice))
        }
        Err(error) => Some(Check::problem(CHECK, error.to_string(), advice)),
    }
}

/// Whether this process and the database agree on the time.
pub(super) async fn clock(db: &Database) -> Check {
    const CHECK: &str = "clock";
    let asking = async {
        let tx = db.read(SystemScope::new("compare clocks")).await?;
        let skew_ms = tx.now() - chrono::Utc::now().timestamp_millis();
        tx.commit().await?;
        Ok::<_, wafaa_storage::Error>(skew_ms)
    };
    match asking.await {
        Ok(skew_ms) => {
            let detail = format!("{skew_ms} ms from the database's");
            if skew_ms.unsigned_abs() > SKEW_MS {
                let advice = "have both machines set their clocks by NTP: tokens, schedules and logs go by them";
                Check::problem(CHECK, detail, advice)
            } else {
                Check::ok(CHECK, detail)
            }
        }
        Err(error) => Check::problem(CHECK, chain(&error), "see the line `database`"),
    }
}

/// Whether the schema is this program's.
pub(super) async fn migrations(config: &Config, db: &Database) -> Check {
    const CHECK: &str = "migrations";
    let pending = match Migrator::get_pending_migrations_read_only(db.connection()).await {
        Ok(pending) => pending,
        Err(error) => {
            return Check::problem(
                CHECK,
                error.to_string(),
                "the database may be of a newer version: run that one",
            );
        }
    };
    let names: Vec<&str> = pending.iter().map(|step| step.name()).collect();
    if names.is_empty() {
        return Check::ok(CHECK, "none pending");
    }
    let detail = format!("pending: {}", names.join(", "));
    if config.is_embedded() {
        Check::warning(CHECK, detail, "the next start makes them; back up before")
    } else {
        Check::problem(CHECK, detail, "run `wafaa migrate`")
    }
}

/// Redis, where one is configured.
pub(super) async fn redis(config: &Config) -> Option<Check> {
    const CHECK: &str = "Redis";
    let url = config.redis_url.as_ref()?;
    let asking = async {
        let redis = Redis::open(url, "wafaa").await?;
        redis.ping().await
    };
    let advice = "check WAFAA_REDIS_URL, and that the server runs and can be reached from here; no job is lost meanwhile";
    Some(match timeout(PATIENCE, asking).await {
        Ok(Ok(())) => Check::ok(CHECK, "it answers"),
        Ok(Err(error)) => Check::problem(CHECK, chain(&error), advice),
        Err(_) => {
            let detail = format!("no answer within {} s", PATIENCE.as_secs());
            Check::problem(CHECK, detail, advice)
        }
    })
}

/// The file of a `sqlite:` URL.
fn sqlite_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split('?').next().unwrap_or(path);
    (!path.contains(":memory:")).then(|| path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_url() {
        let file = |url| sqlite_file(url).map(|path| path.display().to_string());
        assert_eq!(file("sqlite://data/a.db").as_deref(), Some("data/a.db"));
        assert_eq!(file("sqlite:///a.db?mode=ro").as_deref(), Some("/a.db"));
        assert_eq!(file("sqlite::memory:"), None);
        assert_eq!(file("postgres://db/wafaa"), None);
    }
}
