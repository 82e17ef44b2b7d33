//! A row as JSON, the same from either database: ids as text, bytes in base64, times in RFC 3339.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::{QueryResult, Value, entity::prelude::Uuid};
use serde_json::{Map, Value as Json};

use super::{Column, Kind, Table};
use crate::{Error, Result};

/// A row: values by column.
pub type Row = Map<String, Json>;

/// A SELECT list that reads alike everywhere, in the order of the table's columns.
pub(super) fn columns(table: &Table) -> String {
    let columns = table.columns.iter().map(|column| match column.kind {
        // PostgreSQL has several sizes of number; one is enough here.
        Kind::Integer => format!("CAST(\"{0}\" AS BIGINT) AS \"{0}\"", column.name),
        Kind::Uuid | Kind::Text | Kind::Boolean | Kind::Binary | Kind::Time => {
            format!("\"{}\"", column.name)
        }
    });
    columns.collect::<Vec<_>>().join(", ")
}

/// Reads a row that was selected by [`columns`].
pub(super) fn read(table: &Table, found: &QueryResult) -> Result<Row> {
    let mut row = Row::new();
    for (index, column) in table.columns.iter().enumerate() {
        let value = match column.kind {
            Kind::Uuid => found
                .try_get_by_index::<Option<Uuid>>(index)?
                .map(|id| id.to_string().into()),
            Kind::Text => found
                .try_get_by_index::<Option<String>>(index)?
                .map(Json::from),
            Kind::Integer => found
                .try_get_by_index::<Option<i64>>(index)?
                .map(Json::from),
            Kind::Boolean => found
                .try_get_by_index::<Option<bool>>(index)?
                .map(Json::from),
            Kind::Binary => found
                .try_get_by_index::<Option<Vec<u8>>>(index)?
                .map(|bytes| STANDARD.encode(bytes).into()),
            Kind::Time => found
                .try_get_by_index::<Option<DateTime<Utc>>>(index)?
                .map(|at| at.to_rfc3339_opts(SecondsFormat::Micros, true).into()),
        };
        row.insert(column.name.clone(), value.unwrap_or(Json::Null));
    }
    Ok(row)
}

/// The value of a column of a row, to bind.
pub(super) fn value(table: &Table, column: &Column, row: &Row) -> Result<Value> {
    let json = row.get(&column.name).unwrap_or(&Json::Null);
    bind(column.kind, json).ok_or_else(|| {
        Error::corrupt(
            "row",
            format!(
                "{} of {} is not a {:?}",
                column.name, table.name, column.kind
            ),
        )
    })
}

fn bind(kind: Kind, json: &Json) -> Option<Value> {
    let absent = json.is_null();
    Some(match kind {
        Kind::Uuid => Value::Uuid(match json.as_str() {
            Some(text) => Some(Uuid::parse_str(text).ok()?),
            None => absent.then_some(None)?,
        }),
        Kind::Text => Value::String(match json.as_str() {
            Some(text) => Some(text.to_owned()),
            None => absent.then_some(None)?,
        }),
        Kind::Integer => Value::BigInt(match json.as_i64() {
            Some(number) => Some(number),
            None => absent.then_some(None)?,
        }),
        Kind::Boolean => Value::Bool(match json.as_bool() {
            Some(truth) => Some(truth),
            None => absent.then_some(None)?,
        }),
        Kind::Binary => Value::Bytes(match json.as_str() {
            Some(text) => Some(STANDARD.decode(text).ok()?),
            None => absent.then_some(None)?,
        }),
        Kind::Time => Value::ChronoDateTimeUtc(match json.as_str() {
            Some(text) => Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc()),
            None => absent.then_some(None)?,
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_fits_is_bound() {
        assert_eq!(bind(Kind::Integer, &Json::Null), Some(Value::BigInt(None)));
        assert_eq!(
            bind(Kind::Binary, &"AQI=".into()),
            Some(Value::Bytes(Some(vec![1, 2])))
        );
        for (kind, json) in [
            (Kind::Integer, Json::from("1")),
            (Kind::Text, Json::from(1)),
            (Kind::Uuid, Json::from("1")),
            (Kind::Time, Json::from("yesterday")),
            (Kind::Binary, Json::from("?")),
            (Kind::Boolean, Json::from(1)),
        ] {
            assert_eq!(bind(kind, &json), None, "{kind:?} {json}");
        }
    }
}
