//! Processes that run jobs, as far as they are heard of: who works in which lane, and who has fallen silent.
//!
//! Times are the database's ([`Tx::now`]), so that no process's clock decides who is alive.

use std::{collections::BTreeMap, time::Duration};

use sea_orm::FromQueryResult;
use wafaa_domain::{Lane, SystemScope};

use crate::{Error, Result, Tx};

/// A process that runs jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Its name, never used again.
    pub name: String,
    /// Where it runs.
    pub host: String,
    /// How many references each of its lanes may have under way.
    pub lanes: BTreeMap<Lane, u32>,
}

#[derive(FromQueryResult)]
struct Row {
    name: String,
    host: String,
    lanes: String,
}

impl TryFrom<Row> for Worker {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let lanes: BTreeMap<String, u32> =
            serde_json::from_str(&row.lanes).map_err(|error| Error::corrupt("worker", error))?;
        Ok(Self {
            name: row.name,
            host: row.host,
            // A lane of a newer version is none of ours.
            lanes: lanes
                .into_iter()
                .filter_map(|(lane, room)| Some((lane.parse().ok()?, room)))
                .collect(),
        })
    }
}

/// A sign of life.
///
/// # Errors
/// When the database can't be written.
pub async fn beat(tx: &Tx<SystemScope>, worker: &Worker) -> Result<()> {
    let lanes: BTreeMap<&str, u32> = worker
        .lanes
        .iter()
        .map(|(lane, room)| (lane.as_str(), *room))
        .collect();
    let lanes = serde_json::to_string(&lanes).map_err(|error| Error::corrupt("worker", error))?;
    tx.execute(
        "INSERT INTO workers (name, host, lanes, started_at, seen_at) VALUES ($1, $2, $3, $4, $4) \
         ON CONFLICT (name) DO UPDATE SET lanes = excluded.lanes, seen_at = excluded.seen_at",
        [
            worker.name.as_str().into(),
            worker.host.as_str().into(),
            lanes.into(),
            tx.now().into(),
        ],
    )
    .await?;
    Ok(())
}

/// Workers heard of within `silence`, the longest-serving first.
///
/// # Errors
/// When the database can't be read.
pub async fn alive(tx: &Tx<SystemScope>, silence: Duration) -> Result<Vec<Worker>> {
    let rows: Vec<Row> = tx
        .rows(
            "SELECT name, host, lanes FROM workers WHERE seen_at >= $1 ORDER BY started_at, name",
            [before(tx, silence).into()],
        )
        .await?;
    rows.into_iter().map(Worker::try_from).collect()
}

/// Forgets workers not heard of within `silence`; answers their names.
///
/// # Errors
/// When the database can't be written.
pub async fn forget_silent(tx: &Tx<SystemScope>, silence: Duration) -> Result<Vec<String>> {
    #[derive(FromQueryResult)]
    struct Name {
        name: String,
    }
    let rows: Vec<Name> = tx
        .rows(
            "DELETE FROM workers WHERE seen_at < $1 RETURNING name",
            [before(tx, silence).into()],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// A worker that has stopped in good order.
///
/// # Errors
/// When the database can't be written.
pub async fn forget(tx: &Tx<SystemScope>, name: &str) -> Result<()> {
    tx.execute("DELETE FROM workers WHERE name = $1", [name.into()])
        .await?;
    Ok(())
}

fn before(tx: &Tx<SystemScope>, silence: Duration) -> i64 {
    tx.now() - i64::try_from(silence.as_millis()).unwrap_or(i64::MAX / 2)
}
