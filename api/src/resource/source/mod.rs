//! `/api/v1/sources`: web pages that a tenant's answers come from.

mod view;

use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use wafaa_domain::{PageId, Role, SourceId};
use wafaa_jobs::source::{self as change, MAX_SOURCES};
use wafaa_storage::{Error as StorageError, source};

use super::{
    Tag,
    deletion::{Deleted, erased},
};
use crate::{
    auth::Auth,
    body::Body,
    error::{Error, Result},
    idempotency::Once,
    page::{self, List},
    param::Id,
    state::State,
};

use view::{NewSource, Page, PageStatus, Source, SourceChange, Started, Taken};

pub(crate) struct Sources;

#[OpenApi(prefix_path = "/api/v1/sources", tag = "Tag::Sources")]
impl Sources {
    /// Have a site's pages answer
    ///
    /// They are fetched politely, and each becomes a document.
    #[oai(path = "/", method = "post", operation_id = "create_source")]
    async fn create(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Body<NewSource>,
    ) -> Result<Started> {
        let scope = auth.allowed(Role::Admin)?;
        let once = Once::new(&state, key.0, "POST /sources", &body.raw)?;
        let new = state.sources.check(body.value.into()).map_err(wrong)?;
        let tx = state.db().write(*scope).await?;
        if let Some(first) = once.answered::<Taken>(&tx).await? {
            return Ok(Started::Accepted(Json(first)));
        }
        if source::count(&tx).await? >= MAX_SOURCES {
            let message = format!("a tenant has at most {MAX_SOURCES} sources");
            return Err(Error::field("url", message));
        }
        let (made, job) = state.sources.add(&tx, new).await.map_err(taken)?;
        let taken = Taken::of(Source::of(made, None), job);
        once.keep(&tx, 202, &taken).await?;
        tx.commit().await?;
        state.jobs().wake();
        Ok(Started::Accepted(Json(taken)))
    }

    /// List the sources, newest first
    #[oai(path = "/", method = "get", operation_id = "list_sources")]
    async fn list(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u64>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<List<Source>>> {
        let scope = auth.allowed(Role::Viewer)?;
        let before = page::place(cursor.0.as_ref())?;
        let tx = state.db().read(*scope).await?;
        let found = source::list(&tx, before, page::limit(limit.0)).await?;
        let ids: Vec<SourceId> = found.rows.iter().map(|source| source.id).collect();
        let tallies = source::tally(&tx, &ids).await?;
        tx.commit().await?;
        let show = |source: source::Source| {
            let tally = tallies.get(&source.id).cloned();
            Source::of(source, tally)
        };
        Ok(Json(List::of(found, |source| source.id, show)))
    }

    /// Look at a source
    #[oai(path = "/:id", method = "get", operation_id = "get_source")]
    async fn get(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<SourceId>>,
    ) -> Result<Json<Source>> {
        let scope = auth.allowed(Role::Viewer)?;
        let tx = state.db().read(*scope).await?;
        let found = source::get(&tx, id.0.0).await?;
        let tally = source::tally(&tx, &[found.id]).await?.remove(&found.id);
        tx.commit().await?;
        Ok(Json(Source::of(found, tally)))
    }

    /// Change a source
    ///
    /// What is taken of the site changes with the next crawl, the schedule at once.
    #[oai(path = "/:id", method = "patch", operation_id = "update_source")]
    async fn update(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<SourceId>>,
        body: Body<SourceChange>,
    ) -> Result<Json<Source>> {
        let scope = auth.allowed(Role::Admin)?;
        let tx = state.db().read(*scope).await?;
        let before = source::get(&tx, id.0.0).await?;
        let tally = source::tally(&tx, &[before.id]).await?.remove(&before.id);
        tx.commit().await?;
        let id = before.id;
        let wanted = body.value.over(before);
        let wanted = state.sources.check(wanted).map_err(wrong)?;
        let sources = &state.sources;
        let after = sources.change(scope, id, &wanted.reach, &wanted.refresh);
        Ok(Json(Source::of(after.await?, tally)))
    }

    /// Delete a source
    ///
    /// Its documents go with it, unless they are to be kept.
    #[oai(path = "/:id", method = "delete", operation_id = "delete_source")]
    async fn delete(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<SourceId>>,
        /// Whether its documents stay, as if they had been uploaded.
        keep_documents: Query<Option<bool>>,
    ) -> Result<Deleted> {
        let scope = auth.allowed(Role::Admin)?;
        let keep = keep_documents.0.unwrap_or(false);
        let job = state.sources.delete(scope, id.0.0, keep).await?;
        erased(&state, scope, job).await
    }

    /// Look at a source's pages again
    ///
    /// Answered 409 with the code `conflict` while they are being looked at.
    #[oai(
        path = "/:id/refresh",
        method = "post",
        operation_id = "refresh_source"
    )]
    async fn refresh(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<SourceId>>,
    ) -> Result<Started> {
        let scope = auth.allowed(Role::Admin)?;
        let (source, job) = state.sources.refresh(scope, id.0.0).await?;
        let taken = Taken::of(Source::of(source, None), job);
        Ok(Started::Accepted(Json(taken)))
    }

    /// See what became of each page
    ///
    /// In the order in which they were found.
    #[oai(
        path = "/:id/pages",
        method = "get",
        operation_id = "list_source_pages"
    )]
    async fn pages(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<SourceId>>,
        status: Query<Option<PageStatus>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u64>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<List<Page>>> {
        let scope = auth.allowed(Role::Viewer)?;
        let after: Option<PageId> = page::place(cursor.0.as_ref())?;
        let tx = state.db().read(*scope).await?;
        let found = source::get(&tx, id.0.0).await?;
        let status = status.0.map(Into::into);
        let limit = page::limit(limit.0);
        let pages = source::pages(&tx, found.id, status, after, limit).await?;
        tx.commit().await?;
        Ok(Json(List::of(pages, |page| page.id, Page::from)))
    }
}

fn wrong(invalid: change::Invalid) -> Error {
    Error::field(invalid.field, invalid.message)
}

fn taken(error: StorageError) -> Error {
    match error {
        StorageError::AlreadyExists => Error::Taken("the address"),
        other => other.into(),
    }
}
