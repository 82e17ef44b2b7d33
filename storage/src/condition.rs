//! A WHERE clause under construction, for listings with filters that may be absent.

use sea_orm::Value;
use wafaa_domain::TenantId;

/// Conditions that must all hold, and the values of their parameters. The first is the tenant's.
#[derive(Debug)]
pub(crate) struct Conditions {
    clauses: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// Rows of this tenant; `column` may name a table too.
    pub(crate) fn of_tenant(column: &str, tenant: TenantId) -> Self {
        Self {
            clauses: vec![format!("{column} = $1")],
            values: vec![tenant.uuid().into()],
        }
    }

    /// Keeps a value, and answers how to refer to it.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// Adds a comparison with a value, such as `status =`.
    pub(crate) fn add(&mut self, comparison: &str, value: impl Into<Value>) {
        let parameter = self.bind(value);
        self.clauses.push(format!("{comparison} {parameter}"));
    }

    /// Adds a condition that is written out.
    pub(crate) fn add_sql(&mut self, sql: String) {
        self.clauses.push(sql);
    }

    /// Adds that `column` has `part` in it, letter for letter, or byte for byte where both are bytes.
    pub(crate) fn add_part(&mut self, is_postgres: bool, column: &str, part: impl Into<Value>) {
        let part = self.bind(part);
        self.clauses.push(if is_postgres {
            format!("position({part} IN {column}) > 0")
        } else {
            format!("instr({column}, {part}) > 0")
        });
    }

    /// What to write after an expression in lower case that is to contain `words`.
    pub(crate) fn containing(&mut self, words: &str) -> String {
        let escaped = words.to_lowercase().replace('\\', "\\\\");
        let escaped = escaped.replace('%', "\\%").replace('_', "\\_");
        let pattern = self.bind(format!("%{escaped}%"));
        format!("LIKE {pattern} ESCAPE '\\'")
    }

    /// The clause and the values of its parameters.
    pub(crate) fn finish(self) -> (String, Vec<Value>) {
        (self.clauses.join(" AND "), self.values)
    }
}
