//! Many golden questions at once: new ones are added, known ones made anew.

use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use sha2::{Digest as _, Sha256};
use wafaa_domain::{GoldenQuestionId, TenantScope};

use super::{NewGoldenQuestion, create, update};
use crate::{Result, Tx};

/// What an import came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imported {
    /// Questions that are new.
    pub added: u64,
    /// Questions that were there, and now expect what the import says.
    pub updated: u64,
}

/// Takes in questions, each known by its words. One transaction: all of them or none.
///
/// # Errors
/// When the database can't be written.
pub async fn import(tx: &Tx<TenantScope>, questions: &[NewGoldenQuestion]) -> Result<Imported> {
    let mut imported = Imported::default();
    for question in questions {
        match known(tx, &question.question).await? {
            Some(id) => {
                update(tx, id, question).await?;
                imported.updated += 1;
            }
            None => {
                create(tx, question).await?;
                imported.added += 1;
            }
        }
    }
    Ok(imported)
}

async fn known(tx: &Tx<TenantScope>, question: &str) -> Result<Option<GoldenQuestionId>> {
    #[derive(FromQueryResult)]
    struct Known {
        id: Uuid,
    }
    let rows: Vec<Known> = tx
        .rows(
            "SELECT id FROM golden_questions WHERE tenant_id = $1 AND sha256 = $2",
            [
                tx.tenant().uuid().into(),
                Sha256::digest(question).to_vec().into(),
            ],
        )
        .await?;
    Ok(rows.first().map(|row| GoldenQuestionId::from_uuid(row.id)))
}
