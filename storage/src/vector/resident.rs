//! Small tables, whole in memory.
//!
//! Most tenants have some hundred passages and are asked about them all day. LanceDB opens files, plans and reads columns
//! for each question, which takes some ten milliseconds of processor time; the same two searches over a copy in memory
//! take a fraction of one (`docs/decisions/0013`). What must stay true: a copy is of exactly the version that the question
//! reads, and finds what LanceDB would, with the same scores.
//!
//! A table is copied when the same version of it is asked a second time, so that neither a tenant who is never asked nor
//! one who is uploading costs a copy.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use futures::TryStreamExt;
use lancedb::{
    Table as Snapshot,
    query::{ExecutableQuery, QueryBase, Select},
};
use moka::future::Cache;
use tokio::sync::OnceCell;
use wafaa_domain::TenantId;

use super::{
    Candidate, Error, Excerpt, Query,
    cosine::Direction,
    fields,
    rows::Rows,
    search::{ROW_ID, union},
};

/// Passages of the largest table that is kept.
const MOST_ROWS: usize = 4_000;
/// Bytes that all copies may take, and what one passage is taken for.
const MOST_BYTES: u64 = 128 << 20;
const ROW_BYTES: usize = 8 << 10;
/// How long a copy that nobody asks is kept.
const IDLE: Duration = Duration::from_secs(600);

/// BM25's constants, as LanceDB has them.
const K1: f32 = 1.2;
const B: f32 = 0.75;

/// The tables kept.
#[derive(Debug)]
pub(super) struct Residents(Cache<Key, Arc<Entry>>);

type Key = (TenantId, String);

/// One version of a table.
#[derive(Debug)]
struct Entry {
    version: Version,
    rows: usize,
    copy: OnceCell<Resident>,
}

/// The number of a version, and when it was made: a table that was dropped and made anew counts from one again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version(u64, u128);

impl Residents {
    pub(super) fn new() -> Self {
        let cache = Cache::builder()
            .max_capacity(MOST_BYTES)
            .weigher(|_, entry: &Arc<Entry>| {
                u32::try_from(entry.rows * ROW_BYTES).unwrap_or(u32::MAX)
            })
            .time_to_idle(IDLE)
            .support_invalidation_closures()
            .build();
        Self(cache)
    }

    /// What `query` finds in `snapshot`, which has `rows` rows, when it is small and was asked before.
    pub(super) async fn search(
        &self,
        tenant: TenantId,
        snapshot: &Snapshot,
        rows: usize,
        query: &Query<'_>,
    ) -> Result<Option<Vec<Candidate>>, Error> {
        if rows > MOST_ROWS {
            return Ok(None);
        }
        let version = Version::of(snapshot).await?;
        let key = (tenant, snapshot.name().to_owned());
        let entry = self.0.get(&key).await;
        let Some(entry) = entry.filter(|entry| entry.version == version) else {
            let entry = Entry {
                version,
                rows,
                copy: OnceCell::new(),
            };
            self.0.insert(key, Arc::new(entry)).await;
            return Ok(None);
        };
        let copy = entry
            .copy
            .get_or_try_init(|| Resident::read(snapshot))
            .await?;
        Ok(Some(copy.search(query)))
    }

    /// Forgets what it has of the tenant.
    pub(super) fn forget(&self, tenant: TenantId) {
        // Refused only without support for closures.
        let forgotten = self
            .0
            .invalidate_entries_if(move |(of, _), _| *of == tenant);
        debug_assert!(forgotten.is_ok());
    }
}

impl Version {
    async fn of(snapshot: &Snapshot) -> Result<Self, Error> {
        let dataset = snapshot.dataset().ok_or(Error::Row(ROW_ID))?;
        let dataset = dataset
            .get()
            .await
            .map_err(Error::lance("reading a vector table's version"))?;
        let manifest = dataset.manifest();
        Ok(Self(manifest.version, manifest.timestamp_nanos))
    }
}

/// All passages of one version of a table.
#[derive(Debug)]
struct Resident {
    passages: Vec<Arc<Excerpt>>,
    /// One after another.
    vectors: Vec<f32>,
    /// The passages that have a term, and how often.
    postings: HashMap<Box<str>, Vec<(u32, u32)>>,
    /// How many terms each passage has.
    lengths: Vec<u32>,
}

impl Resident {
    async fn read(snapshot: &Snapshot) -> Result<Self, Error> {
        let doing = "reading a vector table";
        let mut batches = snapshot
            .query()
            .select(Select::columns(&fields::OF_CANDIDATE))
            .execute()
            .await
            .map_err(Error::lance(doing))?;
        let mut read = Self {
            passages: Vec::new(),
            vectors: Vec::new(),
            postings: HashMap::new(),
            lengths: Vec::new(),
        };
        while let Some(batch) = batches.try_next().await.map_err(Error::lance(doing))? {
            let rows = Rows::of(&batch)?;
            for row in 0..batch.num_rows() {
                read.add(rows.excerpt(row)?, rows.vector(row)?.values());
            }
        }
        Ok(read)
    }

    fn add(&mut self, passage: Excerpt, vector: &[f32]) {
        let row = u32::try_from(self.passages.len()).unwrap_or(u32::MAX);
        let mut length = 0;
        for term in passage.terms.split_whitespace() {
            length += 1;
            let Some(postings) = self.postings.get_mut(term) else {
                self.postings.insert(term.into(), vec![(row, 1)]);
                continue;
            };
            match postings.last_mut() {
                Some((last, count)) if *last == row => *count += 1,
                Some(_) | None => postings.push((row, 1)),
            }
        }
        self.lengths.push(length);
        self.vectors.extend_from_slice(vector);
        self.passages.push(Arc::new(passage));
    }

    fn search(&self, query: &Query<'_>) -> Vec<Candidate> {
        let cosines = query.vector.map(|vector| self.cosines(vector));
        let near = cosines.iter().flatten().copied().enumerate();
        let near = best(near, query.limit).into_iter().map(|(row, _)| row);
        let scores = self.scores(query.terms).into_iter().enumerate();
        let matching = best(scores.filter(|(_, score)| *score > 0.0), query.limit);
        let candidate = |(row, bm25): (usize, Option<f32>)| Candidate {
            passage: self.passages[row].clone(),
            cosine: cosines.as_ref().map(|cosines| cosines[row]),
            bm25,
        };
        union(near, matching).into_iter().map(candidate).collect()
    }

    /// Of each passage.
    fn cosines(&self, vector: &[f32]) -> Vec<f32> {
        let question = Direction::of(vector);
        self.vectors
            .chunks_exact(vector.len())
            .map(|vector| question.cosine(vector))
            .collect()
    }

    /// BM25 of each passage for `terms`.
    #[expect(clippy::cast_precision_loss, reason = "a small table's counts")]
    fn scores(&self, terms: &str) -> Vec<f32> {
        let mut scores = vec![0.0; self.passages.len()];
        let with_terms = self.lengths.iter().filter(|length| **length > 0).count() as f32;
        let average = self.lengths.iter().sum::<u32>() as f32 / with_terms.max(1.0);
        let asked: BTreeSet<&str> = terms.split_whitespace().collect();
        for postings in asked.iter().filter_map(|term| self.postings.get(*term)) {
            let having = postings.len() as f32;
            let rarity = ((with_terms - having + 0.5) / (having + 0.5)).ln_1p();
            for (row, count) in postings {
                let (row, count) = (*row as usize, *count as f32);
                let norm = K1 * (1.0 - B + B * self.lengths[row] as f32 / average);
                scores[row] += rarity * (K1 + 1.0) * count / (count + norm);
            }
        }
        scores
    }
}

/// The `limit` highest.
fn best(scored: impl Iterator<Item = (usize, f32)>, limit: usize) -> Vec<(usize, f32)> {
    let mut scored: Vec<(usize, f32)> = scored.collect();
    if scored.len() > limit {
        scored.select_nth_unstable_by(limit, |a, b| b.1.total_cmp(&a.1));
        scored.truncate(limit);
    }
    scored
}
