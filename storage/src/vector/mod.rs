//! Passages and their vectors, in LanceDB.
//!
//! One directory per tenant, `<lance uri>/<tenant id>/`, and in it one table per [`Space`]: export and erasure
//! are one operation, and no filter can be forgotten because there is nothing of another tenant to filter.
//! What must stay true:
//! - the path comes from [`TenantScope::tenant`] and from nothing else;
//! - a document's rows change in one LanceDB commit, so a search sees the old version or the new one;
//! - writes to one tenant take turns in this process, and LanceDB settles conflicts between processes;
//! - commits of this process are seen at once, those of others within half a second.
//!
//! Deliberately absent: analysis of text (the callers give terms that are already normalised and stemmed) and
//! fusion of scores (candidates carry both raw scores).

mod approximate;
mod cosine;
mod error;
mod extent;
mod fields;
mod passage;
mod place;
mod resident;
mod rows;
mod search;
mod space;
mod table;
mod tenant;

use std::{error::Error as _, sync::Arc};

use wafaa_domain::{DocumentId, SystemScope, TenantId, TenantScope};

pub use error::Error;
pub use extent::Extent;
pub use passage::{Candidate, Excerpt, Passage, Query, Sentence};
pub use space::Space;

use tenant::{Tenant, Tenants};

/// The vector tables of all tenants. Clones share handles and caches.
#[derive(Debug, Clone)]
pub struct Vectors(Arc<Tenants>);

/// What a tenant has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measure {
    /// Tables: one for each space.
    pub tables: u64,
    /// Passages in them.
    pub passages: u64,
    /// Bytes on a local disk; 0 in an object store.
    pub bytes: u64,
}

impl Vectors {
    /// Opens the place where the tables live: a path, a `file://` URL, or the URL of an object store that
    /// this build of LanceDB knows. A local directory is created.
    ///
    /// # Errors
    /// [`Error::Directory`] when the directory can't be created or written to.
    pub async fn open(uri: &str) -> Result<Self, Error> {
        let place = place::Place::open(uri).await?;
        Ok(Self(Arc::new(Tenants::new(place))))
    }

    /// Makes `passages` all that `space` holds of `document`, in one commit. Doing it again changes nothing.
    ///
    /// # Errors
    /// Those of a passage that is not of this document or doesn't fit the space, [`Error::Full`], or of LanceDB;
    /// then the rows are as they were.
    pub async fn replace(
        &self,
        scope: &TenantScope,
        space: &Space,
        document: DocumentId,
        passages: Vec<Passage>,
    ) -> Result<(), Error> {
        passage::validate(&passages, document, space)?;
        let tenant = self.tenant(scope);
        let _turn = tenant.write().await;
        if passages.is_empty() {
            return match tenant.find(space).await? {
                Some(table) => table.remove(document).await,
                None => Ok(()),
            };
        }
        let rows = rows::encode(&passages, space)?;
        let mut table = tenant.find_or_create(space).await?;
        match table.replace(document, rows.clone()).await {
            Err(error @ Error::Full { .. }) => return Err(error),
            // Another process may have erased the tenant, or made the table anew, under a cached handle.
            Err(error) => {
                tracing::warn!(%error, source = ?error.source(), "writing again with a fresh table handle");
                tenant.forget(space).await;
                table = tenant.find_or_create(space).await?;
                table.replace(document, rows).await?;
            }
            Ok(()) => {}
        }
        table.tidy().await;
        Ok(())
    }

    /// Removes `document` from every space of the tenant. Nothing there is fine.
    ///
    /// # Errors
    /// Those of LanceDB; some spaces may then still hold the document, and the call is to be repeated.
    pub async fn remove(&self, scope: &TenantScope, document: DocumentId) -> Result<(), Error> {
        let tenant = self.tenant(scope);
        let _turn = tenant.write().await;
        for table in tenant.all().await? {
            table.remove(document).await?;
        }
        Ok(())
    }

    /// What the tenant has, of every space.
    ///
    /// # Errors
    /// Those of LanceDB and of the directory.
    pub async fn measure(&self, scope: &TenantScope) -> Result<Measure, Error> {
        self.tenant(scope).measure().await
    }

    /// Removes all the tenant has, with its directory.
    ///
    /// # Errors
    /// When something can't be deleted; the call is to be repeated.
    pub async fn remove_tenant(&self, scope: &TenantScope) -> Result<(), Error> {
        let tenant = self.tenant(scope);
        let _turn = tenant.write().await;
        self.0.residents.forget(scope.tenant());
        tenant.erase().await
    }

    /// The best `limit` passages by cosine and the best `limit` by full text, together: at most twice `limit`,
    /// in no particular order. A tenant or space without a table has none.
    ///
    /// # Errors
    /// [`Error::Dimension`] or [`Error::NotFinite`] for the query's vector, or those of LanceDB.
    pub async fn search(
        &self,
        scope: &TenantScope,
        space: &Space,
        query: &Query<'_>,
    ) -> Result<Vec<Candidate>, Error> {
        if let Some(vector) = query.vector {
            passage::check_vector(vector, space)?;
        }
        let tenant = self.tenant(scope);
        let Some(table) = tenant.find(space).await? else {
            return Ok(Vec::new());
        };
        let (residents, id) = (&self.0.residents, scope.tenant());
        match search::run(residents, id, &table, query).await {
            Ok(found) => Ok(found),
            // Another process may have erased the tenant, or made the table anew, under a cached handle.
            Err(error) => {
                tracing::warn!(%error, source = ?error.source(), "searching again with a fresh table handle");
                tenant.forget(space).await;
                match tenant.find(space).await? {
                    Some(table) => search::run(residents, id, &table, query).await,
                    None => Ok(Vec::new()),
                }
            }
        }
    }

    /// The number of passages in `space`.
    ///
    /// # Errors
    /// Those of LanceDB.
    pub async fn count(&self, scope: &TenantScope, space: &Space) -> Result<u64, Error> {
        match self.tenant(scope).find(space).await? {
            Some(table) => table.count().await,
            None => Ok(0),
        }
    }

    /// Tidies `space`: merges small files, folds new rows into the indices and drops old versions; gives a table
    /// that has grown large an index of its vectors. Each call rewrites a bounded number of rows, so a large
    /// backlog takes several.
    ///
    /// # Errors
    /// [`Error::Full`] and those of LanceDB; rows are never lost.
    pub async fn compact(&self, scope: &TenantScope, space: &Space) -> Result<(), Error> {
        let tenant = self.tenant(scope);
        let Some(table) = tenant.find(space).await? else {
            return Ok(());
        };
        let turn = tenant.write().await;
        table.compact().await?;
        drop(turn);
        table.index_vectors().await
    }

    /// Whether `space` has a table that can't be read through. A disk that is full while LanceDB writes leaves a file
    /// cut short, which LanceDB takes for written (lance-io 14.0.2, `LocalWriter::poll_shutdown`).
    pub async fn is_damaged(&self, scope: &TenantScope, space: &Space) -> bool {
        let tenant = self.tenant(scope);
        tenant.forget(space).await;
        match tenant.find(space).await {
            Ok(Some(table)) => table.read_through().await.is_err(),
            Ok(None) => false,
            // Of another kind than what it is asked for: a stamp is no damage.
            Err(Error::Stamp { .. }) => false,
            Err(_) => true,
        }
    }

    /// Drops the table of `space` if it [is damaged](Self::is_damaged); answers whether it was. All that was in it is to
    /// be put in again.
    ///
    /// # Errors
    /// Those of LanceDB; the table may then still be there.
    pub async fn drop_damaged(&self, scope: &TenantScope, space: &Space) -> Result<bool, Error> {
        let tenant = self.tenant(scope);
        let _turn = tenant.write().await;
        // Somebody else may have mended it meanwhile.
        let is_damaged = self.is_damaged(scope, space).await;
        if is_damaged {
            self.0.residents.forget(scope.tenant());
            tenant.drop_table(space).await?;
        }
        Ok(is_damaged)
    }

    /// What a tenant's tables come to, all spaces together. Leaves no handle open that wasn't, so that asking
    /// for every tenant in turn drives none of those in use out.
    ///
    /// # Errors
    /// Those of LanceDB.
    pub async fn extent(&self, _: &SystemScope, tenant: TenantId) -> Result<Extent, Error> {
        self.0.look_at(tenant).extent().await
    }

    fn tenant(&self, scope: &TenantScope) -> Arc<Tenant> {
        self.0.get(scope.tenant())
    }
}
