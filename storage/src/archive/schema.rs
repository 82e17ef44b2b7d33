//! Which tables there are, what is in their columns, and whose their rows are: as the database itself says.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait as _, DatabaseBackend, FromQueryResult};
use serde::{Deserialize, Serialize};
use wafaa_domain::SystemScope;

use crate::{Error, Result, Tx};

/// The column that says whose a row is.
const OWNER: &str = "tenant_id";
const TENANTS: &str = "tenants";
/// Which processes are at work here and now, and sums over this ledger: they mean nothing anywhere else. What
/// of it is a tenant's goes with the tenant by itself.
const OF_THIS_PLACE: [&str; 3] = ["workers", "job_totals", "job_totals_mark"];

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A UUID.
    Uuid,
    /// Text of any length.
    Text,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// Bytes.
    Binary,
    /// A point in time, to the microsecond.
    Time,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may hold nothing.
    pub nullable: bool,
    /// Its place in the primary key, when it is part of it.
    pub key: Option<i32>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in the order of their names: the databases disagree on any other.
    pub columns: Vec<Column>,
    pub(super) owner: Owner,
}

/// How a row says whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// It is the tenant.
    Itself,
    /// By a column; `optional` when the platform may own rows too.
    Column { optional: bool },
    /// By a row of another table, such as a session by its member.
    Parent { column: String, table: String },
    /// It is the platform's.
    Platform,
}

impl Table {
    /// Of a table's rows those of the tenant `$1`; `None` when no tenant has any.
    pub(crate) fn of_tenant(&self) -> Option<String> {
        match &self.owner {
            Owner::Itself => Some("id = $1".into()),
            Owner::Column { .. } => Some(format!("{OWNER} = $1")),
            Owner::Parent { column, table } => Some(format!(
                "{column} IN (SELECT id FROM {table} WHERE {OWNER} = $1)"
            )),
            Owner::Platform => None,
        }
    }

    /// Of a table's rows those of the platform; `None` when it has none. Operators' sessions are not copied:
    /// they sign in again.
    pub(super) fn of_platform(&self) -> Option<String> {
        match &self.owner {
            Owner::Column { optional: true } => Some(format!("{OWNER} IS NULL")),
            Owner::Platform => Some("TRUE".into()),
            Owner::Itself | Owner::Column { .. } | Owner::Parent { .. } => None,
        }
    }

    /// Whether a tenant may have rows here.
    #[must_use]
    pub fn is_of_tenants(&self) -> bool {
        self.of_tenant().is_some()
    }

    /// Whether the platform may have rows here that are no tenant's.
    #[must_use]
    pub fn is_of_platform(&self) -> bool {
        self.of_platform().is_some()
    }

    /// The number that the database gives each row, when that is its key: it has no meaning elsewhere.
    pub(super) fn counter(&self) -> Option<&Column> {
        match self.key().as_slice() {
            [only] if only.kind == Kind::Integer => Some(*only),
            _ => None,
        }
    }

    /// Whether PostgreSQL shows its rows to the system alone, though they are a tenant's.
    pub(crate) fn is_of_system(&self) -> bool {
        matches!(self.owner, Owner::Parent { .. })
    }

    /// The primary key, in its own order: the one that its index has.
    pub(super) fn key(&self) -> Vec<&Column> {
        let key = self.columns.iter().filter(|column| column.key.is_some());
        let mut key: Vec<&Column> = key.collect();
        key.sort_by_key(|column| column.key);
        key
    }
}

/// A database's schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The newest step that was applied.
    pub step: String,
    /// Its tables; one that refers to another comes after it.
    pub tables: Vec<Table>,
}

#[derive(FromQueryResult)]
struct Described {
    table_name: String,
    column_name: String,
    type_name: String,
    not_null: bool,
    place: i32,
}

#[derive(FromQueryResult)]
struct Reference {
    table_name: String,
    column_name: String,
    parent: String,
}

/// The schema as it stands.
///
/// # Errors
/// [`Error::NotFound`] when the database is empty; [`Error::Corrupt`] for a type of column that no step of ours makes.
pub async fn schema(tx: &Tx<SystemScope>) -> Result<Schema> {
    let step = crate::database::applied(tx).await?.pop();
    let step = step.ok_or(Error::NotFound)?;
    let postgres = tx.connection().get_database_backend() == DatabaseBackend::Postgres;
    let (columns, references) = if postgres {
        (POSTGRES_COLUMNS, POSTGRES_REFERENCES)
    } else {
        (SQLITE_COLUMNS, SQLITE_REFERENCES)
    };
    let mut tables: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    for row in tx.rows::<Described>(columns, []).await? {
        let kind = kind(&row.type_name).ok_or_else(|| {
            Error::corrupt(
                "column type",
                format!("{} of {}", row.type_name, row.table_name),
            )
        })?;
        tables.entry(row.table_name).or_default().push(Column {
            name: row.column_name,
            kind,
            nullable: !row.not_null,
            key: (row.place > 0).then_some(row.place),
        });
    }
    tables.retain(|name, _| !OF_THIS_PLACE.contains(&name.as_str()));
    let references: Vec<Reference> = tx.rows(references, []).await?;
    Ok(Schema {
        step,
        tables: parents_first(tables, &references),
    })
}

const SQLITE_COLUMNS: &str = "SELECT m.name AS table_name, c.name AS column_name, c.type AS type_name, \
    (c.\"notnull\" = 1 OR c.pk > 0) AS not_null, c.pk AS place \
    FROM sqlite_master m JOIN pragma_table_info(m.name) c \
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'seaql_%' ORDER BY 1, 2";

const SQLITE_REFERENCES: &str = "SELECT m.name AS table_name, r.\"from\" AS column_name, r.\"table\" AS parent \
    FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) r WHERE m.type = 'table' ORDER BY 1, 2";

const POSTGRES_COLUMNS: &str = "SELECT t.relname::text AS table_name, c.attname::text AS column_name, \
    format_type(c.atttypid, NULL) AS type_name, c.attnotnull AS not_null, \
    COALESCE(array_position(k.indkey::int2[], c.attnum) + 1, 0) AS place \
    FROM pg_class t JOIN pg_attribute c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped \
    LEFT JOIN pg_index k ON k.indrelid = t.oid AND k.indisprimary \
    WHERE t.relkind IN ('r', 'p') AND t.relnamespace = current_schema()::regnamespace \
    AND t.relname NOT LIKE 'seaql\\_%' ORDER BY 1, 2";

const POSTGRES_REFERENCES: &str = "SELECT t.relname::text AS table_name, c.attname::text AS column_name, \
    p.relname::text AS parent FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid \
    JOIN pg_class p ON p.oid = k.confrelid JOIN pg_attribute c ON c.attrelid = t.oid AND c.attnum = ANY (k.conkey) \
    WHERE k.contype = 'f' AND t.relnamespace = current_schema()::regnamespace ORDER BY 1, 2";

/// What a column of this type holds, in either database.
fn kind(type_name: &str) -> Option<Kind> {
    // SQLite writes some of its own in capitals.
    Some(match type_name.to_lowercase().as_str() {
        "uuid_text" | "uuid" => Kind::Uuid,
        "integer" | "bigint" | "smallint" => Kind::Integer,
        "boolean" => Kind::Boolean,
        "blob" | "bytea" => Kind::Binary,
        "timestamp_with_timezone_text" | "timestamp with time zone" => Kind::Time,
        "text" | "character varying" => Kind::Text,
        // SQLite shows the length, if there is one.
        other if other.starts_with("varchar") => Kind::Text,
        other if other.starts_with("blob") => Kind::Binary,
        _ => return None,
    })
}

/// Orders tables so that each comes after those it refers to, and says whose their rows are.
fn parents_first(
    mut tables: BTreeMap<String, Vec<Column>>,
    references: &[Reference],
) -> Vec<Table> {
    let mut ordered: Vec<Table> = Vec::new();
    while !tables.is_empty() {
        let waits = |name: &String| {
            let mut parents = references.iter().filter(|r| &r.table_name == name);
            parents.any(|r| &r.parent != name && tables.contains_key(&r.parent))
        };
        let next = tables.keys().find(|name| !waits(name));
        // Tables that refer to each other in a circle have no order; none of ours do.
        let Some(name) = next.or_else(|| tables.keys().next()).cloned() else {
            break;
        };
        let columns = tables.remove(&name).unwrap_or_default();
        let owner = owner(&name, &columns, references, &ordered);
        ordered.push(Table {
            name,
            columns,
            owner,
        });
    }
    ordered
}

fn owner(name: &str, columns: &[Column], references: &[Reference], before: &[Table]) -> Owner {
    if name == TENANTS {
        return Owner::Itself;
    }
    if let Some(column) = columns.iter().find(|column| column.name == OWNER) {
        return Owner::Column {
            optional: column.nullable,
        };
    }
    for reference in references.iter().filter(|r| r.table_name == name) {
        let parent = before.iter().find(|table| table.name == reference.parent);
        if let Some(Owner::Column { .. }) = parent.map(|table| &table.owner) {
            return Owner::Parent {
                column: reference.column_name.clone(),
                table: reference.parent.clone(),
            };
        }
    }
    Owner::Platform
}
