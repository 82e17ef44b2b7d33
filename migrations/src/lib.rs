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
mod m0006_workers;
mod m0007_row_level_security;
mod role;
mod table;

use sea_orm_migration::{MigrationTrait, async_trait};
pub use sea_orm_migration::{
    MigratorTrait,
    sea_orm::{DatabaseConnection, DbErr},
};

pub use role::grant;

/// Every step, in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_people::Migration),
            Box::new(m0002_knowledge::Migration),
            Box::new(m0003_jobs::Migration),
            Box::new(m0004_idempotency::Migration),
            Box::new(m0006_workers::Migration),
            Box::new(m0007_row_level_security::Migration),
        ]
    }
}
