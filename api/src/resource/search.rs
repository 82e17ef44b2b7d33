//! `/api/v1/search`: the passages that may answer.

use poem::web::Data;
use poem_openapi::{Object, OpenApi, payload::Json};
use wafaa_domain::Role;
use wafaa_pipelines::conversation::Hit;

use super::{Tag, rounded};
use crate::{auth::Auth, body::Body, error::Result, state::State};

/// Passages answered when the client doesn't say.
const TOP_K: u32 = 8;

#[derive(Object)]
struct SearchRequest {
    /// A question or some words.
    #[oai(validator(min_length = 1, max_length = 2000))]
    query: String,
    /// How many passages to answer.
    #[oai(validator(minimum(value = "1"), maximum(value = "50")))]
    top_k: Option<u32>,
}

/// A passage that may answer.
#[derive(Object)]
#[oai(rename = "Hit")]
struct Found {
    chunk_id: String,
    document_id: String,
    /// The document's title.
    title: String,
    /// The web page that the document is, when it comes from a source.
    source_url: Option<String>,
    /// The page it begins on, from 1; null in formats without pages.
    page: Option<u32>,
    /// The headings above it, outermost first; may be empty.
    heading: String,
    text: String,
    /// 0 to 1, best first.
    score: f64,
}

#[derive(Object)]
struct Hits {
    data: Vec<Found>,
}

pub(crate) struct Search;

#[OpenApi(prefix_path = "/api/v1/search", tag = "Tag::Answers")]
impl Search {
    /// Search the documents
    #[oai(path = "/", method = "post", operation_id = "search")]
    async fn search(
        &self,
        state: Data<&State>,
        auth: Auth,
        body: Body<SearchRequest>,
    ) -> Result<Json<Hits>> {
        let scope = auth.allowed(Role::Viewer)?;
        let _turn = state.gate.enter().await?;
        let top_k = body.value.top_k.unwrap_or(TOP_K) as usize;
        let hits = state
            .retriever
            .search(scope, &body.value.query, top_k)
            .await?;
        Ok(Json(Hits {
            data: hits.into_iter().map(Found::of).collect(),
        }))
    }
}

impl Found {
    fn of(hit: Hit) -> Self {
        Self {
            chunk_id: hit.chunk_id.to_string(),
            document_id: hit.document_id.to_string(),
            source_url: hit.source_url,
            title: hit.title,
            page: hit.page,
            heading: hit.heading,
            text: hit.text,
            score: rounded(hit.score),
        }
    }
}
