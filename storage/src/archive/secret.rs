//! What an export leaves out: a tenant takes its data along, not what opens doors here.

use super::Row;

/// Columns that hold a secret, or what one can be tried against.
const SECRETS: [(&str, &str); 4] = [
    ("members", "password_hash"),
    ("api_keys", "key_hash"),
    ("channels", "secrets"),
    ("webhooks", "secret"),
];
/// Tables that are of no use elsewhere: sessions, kept answers (which may hold seeds of keys), counters of
/// work under way, and vectors, which are made from the text.
const LEFT_OUT: [&str; 5] = [
    "refresh_tokens",
    "idempotency_keys",
    "embeddings",
    "jobs",
    "job_barriers",
];

/// Whether an export has this table.
#[must_use]
pub fn is_exported(table: &str) -> bool {
    !LEFT_OUT.contains(&table)
}

/// A row as an export has it.
#[must_use]
pub fn without_secrets(table: &str, mut row: Row) -> Row {
    for (of, column) in SECRETS {
        if of == table {
            row.remove(column);
        }
    }
    row
}
