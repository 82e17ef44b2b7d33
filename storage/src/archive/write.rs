//! Writing rows that were read elsewhere.

use sea_orm::Value;
use serde_json::Value as Json;
use wafaa_domain::{SystemScope, TenantScope};

use super::{Column, Row, Table, row, schema::Owner};
use crate::{Error, Result, Tx};

/// Parameters of one statement; SQLite allows 32,766.
const PARAMETERS: usize = 30_000;

/// Adds rows of the tenant to a table.
///
/// A job that was in somebody's hands waits for new ones: dispatches and leases don't survive a move.
///
/// # Errors
/// [`Error::Corrupt`] for a row that doesn't fit the table or is another tenant's; [`Error::AlreadyExists`].
pub async fn insert(tx: &Tx<TenantScope>, table: &Table, mut rows: Vec<Row>) -> Result<()> {
    let owner = match table.owner {
        Owner::Itself => Some("id"),
        Owner::Column { .. } => Some("tenant_id"),
        Owner::Parent { .. } => None,
        Owner::Platform => {
            return Err(Error::corrupt(
                "row",
                format!("{} is no tenant's", table.name),
            ));
        }
    };
    let tenant = Json::from(tx.tenant().uuid().to_string());
    if let Some(owner) = owner
        && rows.iter().any(|row| row.get(owner) != Some(&tenant))
    {
        return Err(Error::corrupt(
            "row",
            format!("one of {} is another tenant's", table.name),
        ));
    }
    if table.name == "jobs" {
        rows.iter_mut().for_each(put_back);
    }
    let written = write(tx, table, &rows, "");
    if table.is_of_system() {
        let reason = SystemScope::new("bring a tenant's sessions back");
        return tx.as_system(reason, written).await;
    }
    written.await
}

/// Adds rows of the platform itself to a table; those that are there already stay as they are.
///
/// # Errors
/// [`Error::Corrupt`] for a row that doesn't fit the table or is a tenant's.
pub async fn insert_platform(tx: &Tx<SystemScope>, table: &Table, rows: &[Row]) -> Result<()> {
    let of_tenant = |row: &Row| row.get("tenant_id").is_some_and(|owner| !owner.is_null());
    if !table.is_of_platform() || rows.iter().any(of_tenant) {
        return Err(Error::corrupt(
            "row",
            format!("one of {} is a tenant's", table.name),
        ));
    }
    write(tx, table, rows, "ON CONFLICT DO NOTHING").await
}

fn put_back(job: &mut Row) {
    job.insert("state".into(), "waiting".into());
    for column in ["dispatch_id", "worker", "lease_until"] {
        job.insert(column.into(), Json::Null);
    }
}

async fn write<S>(tx: &Tx<S>, table: &Table, rows: &[Row], conflict: &str) -> Result<()> {
    let columns: Vec<&Column> = table
        .columns
        .iter()
        .filter(|column| table.counter() != Some(*column))
        .collect();
    let known = |name: &String| table.columns.iter().any(|column| column.name == *name);
    if let Some(unknown) = rows.iter().flat_map(Row::keys).find(|name| !known(name)) {
        return Err(Error::corrupt(
            "row",
            format!("{} has no column {unknown}", table.name),
        ));
    }
    let names: Vec<String> = columns
        .iter()
        .map(|column| format!("\"{}\"", column.name))
        .collect();
    for some in rows.chunks((PARAMETERS / columns.len().max(1)).max(1)) {
        let mut values: Vec<Value> = Vec::with_capacity(some.len() * columns.len());
        let mut tuples = Vec::with_capacity(some.len());
        for one in some {
            let mut places = Vec::with_capacity(columns.len());
            for column in &columns {
                values.push(row::value(table, column, one)?);
                places.push(format!("${}", values.len()));
            }
            tuples.push(format!("({})", places.join(", ")));
        }
        let sql = format!(
            "INSERT INTO {} ({}) VALUES {} {conflict}",
            table.name,
            names.join(", "),
            tuples.join(", ")
        );
        tx.execute(&sql, values).await?;
    }
    Ok(())
}
