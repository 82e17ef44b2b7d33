//! What a step says of itself, beside what it does.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

/// Whether a step may be taken while processes of the version before still run.
///
/// Every step declares it, so that `wafaa upgrade --check` can tell an operator what to stop first. Additive
/// are new tables, indexes and nullable columns; not additive is whatever takes away or narrows something
/// that the version before reads or writes.
pub(crate) trait Additive {
    const ADDITIVE: bool;
}

/// A step of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name, as the database keeps it once it is applied.
    pub name: String,
    /// Whether it may be taken beside running processes of the version before.
    pub additive: bool,
}

/// A step with what it does.
pub(crate) struct Declared {
    pub(crate) step: Step,
    pub(crate) migration: Box<dyn MigrationTrait>,
}

pub(crate) fn declared<M: MigrationTrait + Additive + 'static>(migration: M) -> Declared {
    Declared {
        step: Step {
            name: migration.name().to_owned(),
            additive: M::ADDITIVE,
        },
        migration: Box::new(Whole(migration)),
    }
}

/// A step that is taken whole or not at all, on SQLite too: killed in the middle it would leave tables behind that
/// stand in its own way for ever.
struct Whole<M>(M);

impl<M: MigrationTrait> MigrationName for Whole<M> {
    fn name(&self) -> &str {
        self.0.name()
    }
}

#[async_trait::async_trait]
impl<M: MigrationTrait> MigrationTrait for Whole<M> {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.0.up(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.0.down(manager).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
