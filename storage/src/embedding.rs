//! Vectors by the hash of what was embedded: a passage that is still the same in a new version, or stands
//! in two documents of a tenant, is embedded once.

use std::collections::{HashMap, HashSet};

use sea_orm::{ActiveValue::Set, QuerySelect, entity::prelude::*, sea_query::OnConflict};
use wafaa_domain::TenantScope;

use crate::{Result, Tx, entity::embedding as entity};

/// Keys in one query; well under SQLite's limit of parameters.
const KEYS: usize = 1_000;

/// What was embedded: SHA-256 of heading and text.
pub type ContentHash = [u8; 32];

/// The vectors of one passage.
#[derive(Debug, Clone)]
pub struct Embedding {
    /// What was embedded.
    pub content_hash: ContentHash,
    /// The passage's vector.
    pub vector: Vec<f32>,
    /// Its sentences' vectors one after the other, each component times 127, rounded.
    pub sentences: Vec<i8>,
}

/// Which of these passages have vectors by this embedder.
///
/// # Errors
/// When the database can't be read.
pub async fn known(
    tx: &Tx<TenantScope>,
    embedder: &str,
    hashes: &[ContentHash],
) -> Result<HashSet<ContentHash>> {
    let mut known = HashSet::new();
    for keys in hashes.chunks(KEYS) {
        let rows: Vec<Vec<u8>> = select(tx, embedder, keys)
            .select_only()
            .column(entity::Column::ContentHash)
            .into_tuple()
            .all(tx.connection())
            .await?;
        known.extend(
            rows.into_iter()
                .filter_map(|hash| ContentHash::try_from(hash).ok()),
        );
    }
    Ok(known)
}

/// The vectors of these passages by this embedder, as far as there are any.
///
/// # Errors
/// When the database can't be read.
pub async fn load(
    tx: &Tx<TenantScope>,
    embedder: &str,
    hashes: &[ContentHash],
) -> Result<HashMap<ContentHash, Embedding>> {
    let mut found = HashMap::new();
    for keys in hashes.chunks(KEYS) {
        let rows = select(tx, embedder, keys).all(tx.connection()).await?;
        found.extend(rows.into_iter().filter_map(|row| {
            let content_hash = ContentHash::try_from(row.content_hash).ok()?;
            let embedding = Embedding {
                content_hash,
                vector: floats(&row.vector),
                sentences: row.sentences.into_iter().map(u8::cast_signed).collect(),
            };
            Some((content_hash, embedding))
        }));
    }
    Ok(found)
}

/// Keeps vectors; those already there stay.
///
/// # Errors
/// When the database can't be written.
pub async fn keep(tx: &Tx<TenantScope>, embedder: &str, embeddings: &[Embedding]) -> Result<()> {
    for rows in embeddings.chunks(KEYS) {
        let rows = rows.iter().map(|embedding| entity::ActiveModel {
            tenant_id: Set(tx.tenant().uuid()),
            embedder: Set(embedder.to_owned()),
            content_hash: Set(embedding.content_hash.to_vec()),
            vector: Set(embedding
                .vector
                .iter()
                .flat_map(|x| x.to_le_bytes())
                .collect()),
            sentences: Set(embedding
                .sentences
                .iter()
                .map(|x| x.cast_unsigned())
                .collect()),
        });
        entity::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::columns([
                    entity::Column::TenantId,
                    entity::Column::Embedder,
                    entity::Column::ContentHash,
                ])
                .do_nothing()
                .to_owned(),
            )
            .exec_without_returning(tx.connection())
            .await?;
    }
    Ok(())
}

/// Removes the tenant's vectors that no chunk refers to any more, and answers how many.
///
/// # Errors
/// When the database can't be written.
pub async fn purge(tx: &Tx<TenantScope>) -> Result<u64> {
    let purged = tx
        .execute(
            "DELETE FROM embeddings WHERE tenant_id = $1 AND NOT EXISTS (SELECT 1 FROM chunks \
             WHERE chunks.tenant_id = embeddings.tenant_id AND chunks.content_hash = embeddings.content_hash)",
            [tx.tenant().uuid().into()],
        )
        .await?;
    Ok(purged.rows_affected())
}

fn select(tx: &Tx<TenantScope>, embedder: &str, keys: &[ContentHash]) -> Select<entity::Entity> {
    entity::Entity::find()
        .filter(entity::Column::TenantId.eq(tx.tenant().uuid()))
        .filter(entity::Column::Embedder.eq(embedder))
        .filter(entity::Column::ContentHash.is_in(keys.iter().map(|key| key.to_vec())))
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|chunk| f32::from_le_bytes(*chunk))
        .collect()
}
