//! The approximate index of vectors: when a table gets one, and how it is asked.
//!
//! Below [`ROWS`] a scan of all vectors is as quick and misses nothing. Above it, partitions of similar vectors are
//! made, of which a search looks into the nearest few, by vectors of a byte a component; the best of these are
//! compared again exactly. Rows that came since are scanned until a compaction adds them to their partitions, and
//! when a table has doubled its partitions are made anew.

use lancedb::{
    DistanceType, Error as Cause, Table,
    index::{Index, vector::IvfSqIndexBuilder},
    query::VectorQuery,
};

use super::{Error, fields};

/// From so many passages on (`docs/decisions/0012`).
const ROWS: usize = 20_000;
/// Partitions looked into; a table of 100,000 has some three hundred.
const PROBES: usize = 32;
/// Rows compared exactly, for each that is wanted.
const REFINE: u32 = 2;
const PREFIX: &str = "vector_";

/// How `query` looks for neighbours in a table that may have an index; without one it scans all vectors.
pub(super) fn ask(query: VectorQuery) -> Result<VectorQuery, Cause> {
    Ok(query.nprobes(PROBES)?.refine_factor(REFINE))
}

/// Makes the index that a table of this size should have, and drops those it had before. Takes some time for each
/// row, and no turn to write: rows that come meanwhile are scanned.
pub(super) async fn build(table: &Table) -> Result<(), Error> {
    let doing = "indexing vectors";
    let rows = table.count_rows(None).await.map_err(Error::lance(doing))?;
    let Some(size) = size(rows) else {
        return Ok(());
    };
    let indices = table.list_indices().await.map_err(Error::lance(doing))?;
    let sizes = indices
        .iter()
        .filter_map(|index| index.name.strip_prefix(PREFIX));
    let sizes: Vec<u32> = sizes.filter_map(|size| size.parse().ok()).collect();
    // One for up to twice as many rows is as good.
    let kept = sizes
        .iter()
        .copied()
        .find(|made| *made == size || *made == size + 1);
    if kept.is_none() {
        let index = IvfSqIndexBuilder::default().distance_type(DistanceType::Cosine);
        table
            .create_index(&[fields::VECTOR], Index::IvfSq(index))
            .name(name(size))
            .execute()
            .await
            .map_err(Error::lance(doing))?;
    }
    for old in sizes
        .into_iter()
        .filter(|made| *made != kept.unwrap_or(size))
    {
        table
            .drop_index(&name(old))
            .await
            .map_err(Error::lance(doing))?;
    }
    Ok(())
}

/// How often [`ROWS`] had to double to come to so many, if there are that many.
fn size(rows: usize) -> Option<u32> {
    (rows / ROWS).checked_ilog2()
}

fn name(size: u32) -> String {
    format!("{PREFIX}{size}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_made_anew_when_a_table_has_doubled() {
        assert_eq!(size(ROWS - 1), None);
        assert_eq!(size(ROWS), Some(0));
        assert_eq!(size(2 * ROWS - 1), Some(0));
        assert_eq!(size(2 * ROWS), Some(1));
        assert_eq!(size(100_000), Some(2));
    }
}
