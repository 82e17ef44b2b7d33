//! `/api/v1/golden-questions`: questions whose good answer is known, to try the bot with.

mod sheet;
mod view;

use poem::web::Data;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path, Query},
    payload::{Json, PlainText},
};
use serde_json::json;
use wafaa_domain::{DocumentId, GoldenQuestionId, Role, TenantScope};
use wafaa_storage::{
    Error as StorageError, Tx, audit, document,
    golden_question::{self, NewGoldenQuestion},
};

use super::{Created, Done, Tag};
use crate::{
    auth::Auth,
    body::Body,
    error::{Error, Result},
    idempotency::Once,
    page::{self, List},
    param::Id,
    state::State,
};
use sheet::Sheet;
use view::{GoldenQuestion, GoldenQuestionChange, NewQuestion};

/// Questions of a tenant at most: they are tried one after the other.
const MOST: u64 = 2_000;

/// What an import came to.
#[derive(Object)]
#[oai(rename = "GoldenQuestionImport")]
struct Imported {
    /// Questions that are new.
    added: u64,
    /// Questions that were there, and now expect what the file says.
    updated: u64,
}

#[derive(ApiResponse)]
enum Exported {
    /// The questions, in the form that can be imported
    #[oai(status = 200, content_type = "text/csv")]
    Sheet(
        PlainText<String>,
        #[oai(header = "Content-Disposition")] String,
    ),
}

pub(crate) struct GoldenQuestions;

#[OpenApi(prefix_path = "/api/v1/golden-questions", tag = "Tag::Evaluations")]
impl GoldenQuestions {
    /// Add a golden question
    #[oai(path = "/", method = "post", operation_id = "create_golden_question")]
    async fn create(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Body<NewQuestion>,
    ) -> Result<Created<GoldenQuestion>> {
        let scope = auth.allowed(Role::Admin)?;
        let once = Once::new(&state, key.0, "POST /golden-questions", &body.raw)?;
        let new = body.value.checked()?;
        let tx = state.db().write(*scope).await?;
        if let Some(first) = once.answered(&tx).await? {
            return Ok(Created::Made(Json(first)));
        }
        documents_exist(&tx, std::slice::from_ref(&new)).await?;
        let made = golden_question::create(&tx, &new).await.map_err(taken)?;
        not_too_many(&tx).await?;
        let shown = GoldenQuestion::from(made);
        once.keep(&tx, 201, &shown).await?;
        tx.commit().await?;
        Ok(Created::Made(Json(shown)))
    }

    /// List the golden questions
    #[oai(path = "/", method = "get", operation_id = "list_golden_questions")]
    async fn list(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u64>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<List<GoldenQuestion>>> {
        let scope = auth.allowed(Role::Viewer)?;
        let after = page::place(cursor.0.as_ref())?;
        let tx = state.db().read(*scope).await?;
        let page = golden_question::list(&tx, after, page::limit(limit.0)).await?;
        tx.commit().await?;
        Ok(Json(List::of(
            page,
            |question| question.id,
            GoldenQuestion::from,
        )))
    }

    /// Add or change many golden questions
    ///
    /// The body is CSV with a header: `question`, `expected_documents` and `expected_phrases` (several separated by
    /// `|`), `unanswerable` (`true` or `false`), `language` and `notes`; only `question` must be there. A question
    /// that is known expects from then on what the file says. All is taken in, or nothing.
    #[oai(
        path = "/import",
        method = "post",
        operation_id = "import_golden_questions"
    )]
    async fn import(
        &self,
        state: Data<&State>,
        auth: Auth,
        sheet: Sheet,
    ) -> Result<Json<Imported>> {
        let scope = auth.allowed(Role::Admin)?;
        let questions = sheet.questions()?;
        let tx = state.db().write(*scope).await?;
        documents_exist(&tx, &questions).await?;
        let imported = golden_question::import(&tx, &questions).await?;
        not_too_many(&tx).await?;
        let detail = json!({ "added": imported.added, "updated": imported.updated });
        audit::note(&tx, "golden_questions.imported", None, detail).await?;
        tx.commit().await?;
        Ok(Json(Imported {
            added: imported.added,
            updated: imported.updated,
        }))
    }

    /// Take the golden questions along as CSV
    #[oai(
        path = "/export",
        method = "get",
        operation_id = "export_golden_questions"
    )]
    async fn export(&self, state: Data<&State>, auth: Auth) -> Result<Exported> {
        let scope = auth.allowed(Role::Viewer)?;
        let tx = state.db().read(*scope).await?;
        let all = golden_question::list(&tx, None, MOST).await?;
        tx.commit().await?;
        Ok(Exported::Sheet(
            PlainText(sheet::write(&all.rows)?),
            "attachment; filename=\"golden-questions.csv\"".into(),
        ))
    }

    /// Look at a golden question
    #[oai(path = "/:id", method = "get", operation_id = "get_golden_question")]
    async fn get(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<GoldenQuestionId>>,
    ) -> Result<Json<GoldenQuestion>> {
        let scope = auth.allowed(Role::Viewer)?;
        let tx = state.db().read(*scope).await?;
        let found = golden_question::get(&tx, id.0.0).await?;
        tx.commit().await?;
        Ok(Json(found.into()))
    }

    /// Change a golden question
    #[oai(
        path = "/:id",
        method = "patch",
        operation_id = "update_golden_question"
    )]
    async fn update(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<GoldenQuestionId>>,
        body: Body<GoldenQuestionChange>,
    ) -> Result<Json<GoldenQuestion>> {
        let scope = auth.allowed(Role::Admin)?;
        let tx = state.db().write(*scope).await?;
        let before = golden_question::get(&tx, id.0.0).await?;
        let content = body.value.over(before.content)?;
        documents_exist(&tx, std::slice::from_ref(&content)).await?;
        let after = golden_question::update(&tx, before.id, &content).await;
        let after = after.map_err(taken)?;
        tx.commit().await?;
        Ok(Json(after.into()))
    }

    /// Remove a golden question
    ///
    /// What earlier evaluations have found by it stays.
    #[oai(
        path = "/:id",
        method = "delete",
        operation_id = "delete_golden_question"
    )]
    async fn delete(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<GoldenQuestionId>>,
    ) -> Result<Done> {
        let scope = auth.allowed(Role::Admin)?;
        let tx = state.db().write(*scope).await?;
        golden_question::delete(&tx, id.0.0).await?;
        tx.commit().await?;
        Ok(Done::Done)
    }
}

/// An expected document that is not the tenant's would make its question fail for ever.
async fn documents_exist(tx: &Tx<TenantScope>, questions: &[NewGoldenQuestion]) -> Result<()> {
    let named = questions
        .iter()
        .flat_map(|question| question.expected.documents());
    let named: Vec<DocumentId> = named.copied().collect();
    match document::missing(tx, &named).await?.first() {
        None => Ok(()),
        Some(missing) => Err(Error::field(
            "expected_documents",
            format!("there is no document {missing}"),
        )),
    }
}

async fn not_too_many(tx: &Tx<TenantScope>) -> Result<()> {
    if golden_question::count(tx).await? <= MOST {
        return Ok(());
    }
    Err(Error::field(
        "question",
        format!("a tenant has at most {MOST} golden questions"),
    ))
}

fn taken(error: StorageError) -> Error {
    match error {
        StorageError::AlreadyExists => Error::Taken("the question"),
        other => other.into(),
    }
}
