//! Reading rows, a page at a time, in the order of their keys.

use sea_orm::{ConnectionTrait as _, Value};
use wafaa_domain::{SystemScope, TenantScope};

use super::{Row, Table, row};
use crate::{Result, Tx};

/// Rows read at once. The widest hold a vector and some text: a page stays within a few megabytes.
const ROWS: usize = 500;
/// What is left of the ledger's jobs when only unfinished ones are wanted.
const UNFINISHED: (&str, &str) = ("jobs", "finished_at IS NULL");

/// The tenant's next rows of a table, after `after`; none when that was the last.
///
/// # Errors
/// When the database can't be read.
pub async fn page(tx: &Tx<TenantScope>, table: &Table, after: Option<&Row>) -> Result<Vec<Row>> {
    let Some(condition) = table.of_tenant() else {
        return Ok(Vec::new());
    };
    let rows = select(tx, table, condition, vec![tx.tenant().uuid().into()], after);
    if table.is_of_system() {
        let reason = SystemScope::new("copy a tenant's sessions");
        return tx.as_system(reason, rows).await;
    }
    rows.await
}

/// The platform's own next rows of a table, after `after`: those that are no tenant's.
///
/// # Errors
/// When the database can't be read.
pub async fn platform_page(
    tx: &Tx<SystemScope>,
    table: &Table,
    after: Option<&Row>,
) -> Result<Vec<Row>> {
    let Some(condition) = table.of_platform() else {
        return Ok(Vec::new());
    };
    select(tx, table, condition, Vec::new(), after).await
}

async fn select<S>(
    tx: &Tx<S>,
    table: &Table,
    mut condition: String,
    mut values: Vec<Value>,
    after: Option<&Row>,
) -> Result<Vec<Row>> {
    if table.name == UNFINISHED.0 {
        condition = format!("{condition} AND {}", UNFINISHED.1);
    }
    let columns = table.key();
    let key: Vec<String> = columns
        .iter()
        .map(|column| format!("\"{}\"", column.name))
        .collect();
    let key = key.join(", ");
    if let Some(after) = after {
        let mut places = Vec::new();
        for column in columns {
            values.push(row::value(table, column, after)?);
            places.push(format!("${}", values.len()));
        }
        condition = format!("{condition} AND ({key}) > ({})", places.join(", "));
    }
    let sql = format!(
        "SELECT {} FROM {} WHERE {condition} ORDER BY {key} LIMIT {ROWS}",
        row::columns(table),
        table.name
    );
    let found = tx
        .connection()
        .query_all_raw(tx.statement(&sql, values))
        .await?;
    found.iter().map(|found| row::read(table, found)).collect()
}
