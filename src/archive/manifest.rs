//! What an archive says of itself.

use std::collections::BTreeMap;

use anyhow::{bail, ensure};
use serde::{Deserialize, Serialize};
use wafaa_domain::{Slug, TenantId};
use wafaa_storage::archive::{Kind, Schema};

/// The version of the format that is written, and the only one that is read.
const FORMAT: u32 = 1;

/// The first member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    pub(crate) content: Content,
    /// The version of the program that made it.
    pub(crate) wafaa: String,
    /// The newest step of the schema that the rows are of.
    pub(crate) schema: String,
    pub(crate) created_at: String,
    pub(crate) tenants: Vec<Tenant>,
    /// The columns of each table.
    pub(crate) tables: BTreeMap<String, BTreeMap<String, Kind>>,
}

/// What an archive is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Content {
    /// Every tenant and the platform's own rows.
    Platform,
    /// One tenant.
    Tenant,
    /// One tenant without secrets: for the tenant, not to restore from.
    Export,
}

/// A tenant in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tenant {
    pub(crate) id: TenantId,
    pub(crate) slug: Slug,
    pub(crate) name: String,
}

impl Manifest {
    pub(crate) fn new(content: Content, schema: &Schema, tenants: Vec<Tenant>) -> Self {
        let tables = schema.tables.iter().map(|table| {
            let columns = table.columns.iter();
            let columns = columns.map(|column| (column.name.clone(), column.kind));
            (table.name.clone(), columns.collect())
        });
        Self {
            format: FORMAT,
            content,
            wafaa: env!("CARGO_PKG_VERSION").to_owned(),
            schema: schema.step.clone(),
            created_at: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
            tenants,
            tables: tables.collect(),
        }
    }

    /// Whether rows of this archive fit a database.
    ///
    /// # Errors
    /// One sentence that says why not.
    pub(crate) fn check(&self, schema: &Schema) -> anyhow::Result<()> {
        ensure!(
            self.format == FORMAT,
            "the archive has format {}, and this version reads format {FORMAT} only",
            self.format
        );
        ensure!(
            self.schema <= schema.step,
            "the archive is of a newer version ({}, schema {}); restore it with that version or a later one",
            self.wafaa,
            self.schema
        );
        for (name, columns) in &self.tables {
            let Some(table) = schema.tables.iter().find(|table| table.name == *name) else {
                bail!("the archive has a table `{name}`, which this version does not know");
            };
            for (column, kind) in columns {
                let known = |known: &&wafaa_storage::archive::Column| known.name == *column;
                let found = table.columns.iter().find(known);
                ensure!(
                    found.is_some_and(|found| found.kind == *kind),
                    "the archive's column `{column}` of `{name}` is not as this version has it"
                );
            }
            for column in table.columns.iter().filter(|column| !column.nullable) {
                ensure!(
                    columns.contains_key(&column.name),
                    "the archive (of version {}) lacks the column `{}` of `{name}`: restore it with the version \
                     that made it, and upgrade then",
                    self.wafaa,
                    column.name
                );
            }
        }
        Ok(())
    }
}
