//! Finding candidates: by vector and by full text at once, then one look at the rows of both.
//!
//! Both searches give row ids and scores only; the wide columns are read once, for the union. Row ids hold for
//! one version of the table, so all three steps read one snapshot. A small table that is asked often is searched in
//! memory instead.

use std::{collections::BTreeMap, sync::Arc};

use arrow::{
    datatypes::{Float32Type, UInt64Type},
    record_batch::RecordBatch,
};
use futures::TryStreamExt;
use lancedb::{
    DistanceType, Table as Snapshot,
    index::scalar::{CombinedFieldsQuery, FullTextSearchQuery},
    query::{ExecutableQuery, QueryBase, Select},
};
use wafaa_domain::TenantId;

use super::{
    Candidate, Error, Query, approximate,
    cosine::Direction,
    fields,
    resident::Residents,
    rows::{self, Rows},
    table::Table,
};

pub(super) const ROW_ID: &str = "_rowid";
const SCORE: &str = "_score";
const DISTANCE: &str = "_distance";

/// Candidates from `table`, which is the tenant's, at most twice the query's limit.
pub(super) async fn run(
    residents: &Residents,
    tenant: TenantId,
    table: &Table,
    query: &Query<'_>,
) -> Result<Vec<Candidate>, Error> {
    if query.limit == 0 {
        return Ok(Vec::new());
    }
    let snapshot = table.snapshot().await?;
    let rows = snapshot.count_rows(None).await;
    let rows = rows.map_err(Error::lance("counting passages"))?;
    if rows == 0 {
        // It may have no full-text index yet, which is made before the first row.
        return Ok(Vec::new());
    }
    if let Some(found) = residents.search(tenant, &snapshot, rows, query).await? {
        return Ok(found);
    }
    let (near, matching) = tokio::try_join!(near(&snapshot, query), matching(&snapshot, query))?;
    let found = union(near, matching);
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<u64> = found.keys().copied().collect();
    let batch = take(&snapshot, &ids).await?;
    if batch.num_rows() != ids.len() {
        return Err(Error::Row(ROW_ID));
    }
    let rows = Rows::of(&batch)?;
    let question = query.vector.map(Direction::of);
    let candidate = |(row, bm25)| {
        let cosine = |question: Direction<'_>| Ok(question.cosine(rows.vector(row)?.values()));
        Ok(Candidate {
            passage: Arc::new(rows.excerpt(row)?),
            cosine: question.map(cosine).transpose()?,
            bm25,
        })
    };
    found.into_values().enumerate().map(candidate).collect()
}

/// The rows of both searches in order, with their BM25 scores as far as full text has found them.
pub(super) fn union<Row: Ord>(
    near: impl IntoIterator<Item = Row>,
    matching: impl IntoIterator<Item = (Row, f32)>,
) -> BTreeMap<Row, Option<f32>> {
    let mut found: BTreeMap<Row, Option<f32>> = near.into_iter().map(|row| (row, None)).collect();
    found.extend(matching.into_iter().map(|(row, score)| (row, Some(score))));
    found
}

/// The row ids of the nearest passages: all of them by an exact scan, or nearly all by an index.
async fn near(snapshot: &Snapshot, query: &Query<'_>) -> Result<Vec<u64>, Error> {
    let Some(vector) = query.vector else {
        return Ok(Vec::new());
    };
    let doing = "searching vectors";
    let nearest = snapshot.vector_search(vector).and_then(approximate::ask);
    let batches: Vec<RecordBatch> = nearest
        .map_err(Error::lance(doing))?
        .column(fields::VECTOR)
        .distance_type(DistanceType::Cosine)
        .limit(query.limit)
        .select(Select::columns(&[DISTANCE]))
        .with_row_id()
        .execute()
        .await
        .map_err(Error::lance(doing))?
        .try_collect()
        .await
        .map_err(Error::lance(doing))?;
    let mut found = Vec::new();
    for batch in &batches {
        found.extend(rows::numbers::<UInt64Type>(batch, ROW_ID)?.values());
    }
    Ok(found)
}

/// The row ids and BM25 scores of the passages that match any of the terms best.
async fn matching(snapshot: &Snapshot, query: &Query<'_>) -> Result<Vec<(u64, f32)>, Error> {
    if query.terms.trim().is_empty() {
        return Ok(Vec::new());
    }
    let doing = "searching full text";
    // "Combined" of one field is BM25 of that field. A plain match query weighs words by the statistics of the
    // indexed rows for these and by those of all rows for the others, so that scores can't be compared.
    let terms =
        CombinedFieldsQuery::try_new(query.terms.to_owned(), vec![fields::TERMS.to_owned()])
            .map_err(Error::lance(doing))?;
    let batches: Vec<RecordBatch> = snapshot
        .query()
        .full_text_search(FullTextSearchQuery::new_query(terms.into()))
        .limit(query.limit)
        .select(Select::columns(&[SCORE]))
        .with_row_id()
        .execute()
        .await
        .map_err(Error::lance(doing))?
        .try_collect()
        .await
        .map_err(Error::lance(doing))?;
    let mut found = Vec::new();
    for batch in &batches {
        let ids = rows::numbers::<UInt64Type>(batch, ROW_ID)?.values();
        let scores = rows::numbers::<Float32Type>(batch, SCORE)?.values();
        found.extend(ids.iter().copied().zip(scores.iter().copied()));
    }
    Ok(found)
}

/// The rows with these ids, in their order.
async fn take(snapshot: &Snapshot, ids: &[u64]) -> Result<RecordBatch, Error> {
    let doing = "reading passages";
    let dataset = snapshot
        .dataset()
        .ok_or(Error::Row(ROW_ID))?
        .get()
        .await
        .map_err(Error::lance(doing))?;
    let columns = dataset
        .schema()
        .project(&fields::OF_CANDIDATE)
        .map_err(Error::lance(doing))?;
    dataset
        .take_rows(ids, columns)
        .await
        .map_err(Error::lance(doing))
}
