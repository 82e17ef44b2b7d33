//! The schema of Wafaa's database, one file per step, the same on SQLite and PostgreSQL.
//!
//! Steps are append-only: a step that has shipped is never edited. Only `wafaa migrate` (which `wafaa
//! serve` runs in embedded mode) and test support use this crate.

#![expect(
    elided_lifetimes_in_paths,
    reason = "sea-orm's trait elides the manager's lifetime"
)]

mod m0001_people;
mod m0002_knowledge;
mod m0003_jobs;
mod m0004_idempotency;
mod m0005_erasures;
mod m0006_workers;
mod m0007_row_level_security;
mod m0008_job_totals;
mod m0009_conversations;
mod m0010_sources;
mod m0011_evaluations;
mod m0012_tokens_consent_and_room;
mod m0013_inbox;
mod role;
mod step;
mod table;
mod wall;

use sea_orm_migration::{MigrationTrait, async_trait};
pub use sea_orm_migration::{
    MigratorTrait,
    sea_orm::{DatabaseConnection, DbErr},
};

pub use role::grant;
pub use step::Step;
use step::{Declared, declared};

/// Every step, in order.
#[derive(Debug)]
pub struct Migrator;

fn all() -> Vec<Declared> {
    vec![
        declared(m0001_people::Migration),
        declared(m0002_knowledge::Migration),
        declared(m0003_jobs::Migration),
        declared(m0004_idempotency::Migration),
        declared(m0005_erasures::Migration),
        declared(m0006_workers::Migration),
        declared(m0007_row_level_security::Migration),
        declared(m0008_job_totals::Migration),
        declared(m0009_conversations::Migration),
        declared(m0010_sources::Migration),
        declared(m0011_evaluations::Migration),
        declared(m0012_tokens_consent_and_room::Migration),
        declared(m0013_inbox::Migration),
    ]
}

/// What every step declares of itself, in order.
#[must_use]
pub fn steps() -> Vec<Step> {
    all().into_iter().map(|declared| declared.step).collect()
}

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        all()
            .into_iter()
            .map(|declared| declared.migration)
            .collect()
    }
}
