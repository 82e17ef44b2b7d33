//! One passage table: making it, opening it, changing it.

use std::{collections::HashMap, error::Error as _};

use arrow::{
    datatypes::SchemaRef,
    record_batch::{RecordBatch, RecordBatchIterator},
};
use futures::TryStreamExt;
use lancedb::{
    Connection,
    database::CreateTableMode,
    index::{
        Index,
        scalar::{FtsIndexBuilder, FullTextSearchQuery},
    },
    query::{ExecutableQuery, QueryBase},
    table::{CompactionOptions, Duration, OptimizeAction, OptimizeOptions},
};
use wafaa_domain::DocumentId;

use super::{Error, Space, approximate, fields, place::Place};

/// Fragments with fewer rows than this are merged. A row is some 5 kB, so that a file stays near 300 MB.
const ROWS_PER_FRAGMENT: usize = 65_536;
/// Rows that one compaction may rewrite.
const ROWS_PER_COMPACTION: usize = 4 * ROWS_PER_FRAGMENT;
/// A write compacts the table when it has more fragments than this and one per so many rows: each costs a
/// search half a millisecond or more, and compacting costs some 0.1 s per 1,000 rows, so both stay in proportion.
const FEW_FRAGMENTS: usize = 8;
const ROWS_PER_MORE: usize = 500;
/// With more rows than this, writes leave compacting to whoever calls [`Table::compact`].
const ROWS_PER_TIDYING: usize = 50_000;
/// Minutes that old versions are kept: far longer than any search, which may still read one.
const KEEP_MINUTES: i64 = 60;

/// A handle to a table; clones are one handle.
#[derive(Debug, Clone)]
pub(super) struct Table {
    inner: lancedb::Table,
    schema: SchemaRef,
    place: Place,
}

impl Table {
    /// The table `name` in the tenant's place, if there is one.
    pub(super) async fn open(
        connection: &Connection,
        place: &Place,
        name: &str,
    ) -> Result<Option<Self>, Error> {
        match connection.open_table(name).execute().await {
            Ok(inner) => Self::of(inner, place).await.map(Some),
            Err(lancedb::Error::TableNotFound { .. }) => Ok(None),
            Err(error) => Err(Error::lance("opening a vector table")(error)),
        }
    }

    /// A new table for `space`, or the one that another process made in the meantime.
    pub(super) async fn create(
        connection: &Connection,
        place: &Place,
        space: &Space,
    ) -> Result<Self, Error> {
        place.ensure_room(0).await?;
        let inner = connection
            .create_empty_table(space.table(), fields::schema(space)?)
            .mode(CreateTableMode::exist_ok(|request| request))
            .execute()
            .await
            .map_err(Error::lance("creating a vector table"))?;
        let table = Self::of(inner, place).await?;
        space.check(table.stamp())?;
        Ok(table)
    }

    async fn of(inner: lancedb::Table, place: &Place) -> Result<Self, Error> {
        let schema = inner
            .schema()
            .await
            .map_err(Error::lance("reading a vector table's schema"))?;
        Ok(Self {
            inner,
            schema,
            place: place.clone(),
        })
    }

    /// What the table was made for.
    pub(super) fn stamp(&self) -> &HashMap<String, String> {
        self.schema.metadata()
    }

    /// The table as of now: it doesn't change under the reader.
    pub(super) async fn snapshot(&self) -> Result<lancedb::Table, Error> {
        self.inner
            .query_snapshot()
            .await
            .map_err(Error::lance("reading a vector table's version"))
    }

    pub(super) async fn count(&self) -> Result<u64, Error> {
        let rows = self
            .inner
            .count_rows(None)
            .await
            .map_err(Error::lance("counting passages"))?;
        Ok(rows as u64)
    }

    /// Its fragments, and the bytes of their files as far as the manifest tells.
    pub(super) async fn extent(&self) -> Result<(u64, u64), Error> {
        let Some(dataset) = self.inner.dataset() else {
            return Ok((0, 0));
        };
        let dataset = dataset
            .get()
            .await
            .map_err(Error::lance("measuring a vector table"))?;
        let files = dataset.fragments().iter().flat_map(|part| &part.files);
        let bytes = files.filter_map(|file| file.file_size_bytes.get());
        let bytes = bytes.map(|bytes| bytes.get()).sum();
        Ok((dataset.count_fragments() as u64, bytes))
    }

    /// Makes `rows` all there is of `document`, in one commit.
    pub(super) async fn replace(
        &self,
        document: DocumentId,
        rows: RecordBatch,
    ) -> Result<(), Error> {
        self.place
            .ensure_room(rows.get_array_memory_size() as u64)
            .await?;
        self.refresh().await?;
        self.ensure_text_index().await?;
        let schema = rows.schema();
        let mut merge = self.inner.merge_insert(&[fields::ID]);
        merge
            .when_matched_update_all(None)
            .when_not_matched_insert_all()
            .when_not_matched_by_source_delete(Some(of(document)));
        merge
            .execute(Box::new(RecordBatchIterator::new([Ok(rows)], schema)))
            .await
            .map_err(Error::lance("replacing a document's passages"))?;
        Ok(())
    }

    /// Removes the rows of `document`; makes no commit when there are none.
    pub(super) async fn remove(&self, document: DocumentId) -> Result<(), Error> {
        self.place.ensure_room(0).await?;
        self.refresh().await?;
        let filter = of(document);
        let rows = self
            .inner
            .count_rows(Some(filter.clone()))
            .await
            .map_err(Error::lance("counting a document's passages"))?;
        if rows > 0 {
            self.inner
                .delete(filter.as_str())
                .await
                .map_err(Error::lance("removing a document's passages"))?;
        }
        Ok(())
    }

    /// Compacts the table when it is not large but has come to consist of many fragments. That it failed is no news to the
    /// writer, whose rows are in.
    pub(super) async fn tidy(&self) {
        let tidied = match self.is_worth_tidying().await {
            Ok(true) => self.compact().await,
            Ok(false) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = tidied {
            tracing::warn!(%error, source = ?error.source(), "a vector table was not compacted");
        }
    }

    async fn is_worth_tidying(&self) -> Result<bool, Error> {
        let doing = "measuring a vector table";
        let rows = self
            .inner
            .count_rows(None)
            .await
            .map_err(Error::lance(doing))?;
        let Some(dataset) = self.inner.dataset() else {
            return Ok(false);
        };
        let dataset = dataset.get().await.map_err(Error::lance(doing))?;
        let many = FEW_FRAGMENTS + rows / ROWS_PER_MORE;
        Ok(rows <= ROWS_PER_TIDYING && dataset.count_fragments() > many)
    }

    /// Makes the index of vectors that a table of this size should have.
    pub(super) async fn index_vectors(&self) -> Result<(), Error> {
        // A byte of it stands for a component of four, and it is sorted in a file before.
        let (_, bytes) = self.extent().await?;
        self.place.ensure_room(bytes / 2).await?;
        approximate::build(&self.inner).await
    }

    /// Merges small fragments, folds new rows into the indices and drops old versions.
    pub(super) async fn compact(&self) -> Result<(), Error> {
        self.refresh().await?;
        // What is merged stands twice until the old versions are dropped.
        let (_, bytes) = self.extent().await?;
        let rows = self.count().await?.max(1);
        let rewritten = bytes / rows * rows.min(ROWS_PER_COMPACTION as u64);
        self.place.ensure_room(rewritten).await?;
        let merge = OptimizeAction::Compact {
            options: CompactionOptions {
                target_rows_per_fragment: ROWS_PER_FRAGMENT,
                max_source_rows: Some(ROWS_PER_COMPACTION),
                num_threads: Some(1),
                ..CompactionOptions::default()
            },
            remap_options: None,
        };
        let fold = OptimizeAction::Index(OptimizeOptions::merge(usize::MAX));
        let prune = OptimizeAction::Prune {
            older_than: Some(Duration::minutes(KEEP_MINUTES)),
            delete_unverified: None,
            error_if_tagged_old_versions: None,
        };
        for action in [merge, fold, prune] {
            self.inner
                .optimize(action)
                .await
                .map_err(Error::lance("compacting a vector table"))?;
        }
        Ok(())
    }

    /// Reads all there is, and looks words up: what fails when a file of the table is damaged.
    pub(super) async fn read_through(&self) -> Result<(), Error> {
        let doing = "reading a vector table through";
        self.refresh().await?;
        let word = FullTextSearchQuery::new("a".to_owned());
        let found = self.inner.query().full_text_search(word).limit(1);
        for query in [self.inner.query(), found] {
            let mut batches = query.execute().await.map_err(Error::lance(doing))?;
            while let Some(batch) = batches.try_next().await.map_err(Error::lance(doing))? {
                drop(batch);
            }
        }
        Ok(())
    }

    /// Turns to the latest version: what is written next must not overlook another process's commit.
    async fn refresh(&self) -> Result<(), Error> {
        self.inner
            .checkout_latest()
            .await
            .map_err(Error::lance("reading a vector table's version"))
    }

    /// Makes the full-text index when there is none. Without one LanceDB would analyse the terms its own way;
    /// so it comes before the first row, and again should the process have died in between.
    async fn ensure_text_index(&self) -> Result<(), Error> {
        let indices = self
            .inner
            .list_indices()
            .await
            .map_err(Error::lance("reading a vector table's indices"))?;
        if !indices.is_empty() {
            return Ok(());
        }
        self.inner
            .create_index(&[fields::TERMS], Index::FTS(as_given()))
            .execute()
            .await
            .map_err(Error::lance("creating a full-text index"))
    }
}

/// Terms are taken as they are: split at white space, and nothing else done to them.
fn as_given() -> FtsIndexBuilder {
    FtsIndexBuilder::default()
        .base_tokenizer("whitespace".to_owned())
        .lower_case(false)
        .stem(false)
        .remove_stop_words(false)
        .ascii_folding(false)
        .with_position(false)
        .max_token_length(None)
}

/// The filter for the rows of `document`. An id is letters, digits and `_`, so there is nothing to escape.
fn of(document: DocumentId) -> String {
    format!("{} = '{document}'", fields::DOCUMENT)
}
