//! `/api/v1/evaluations`: how good the answers are, by the golden questions, and how that has changed.

mod compare;
mod view;

use poem::web::Data;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use wafaa_domain::{EvaluationId, Role, Trigger};
use wafaa_storage::{audit, evaluation};

use super::Tag;
use crate::{
    auth::Auth,
    error::Result,
    idempotency::Once,
    page::{self, List},
    param::Id,
    state::State,
};
use compare::Comparison;
use view::{Evaluation, Tried, Verdict};

/// An evaluation and the job that tries the questions.
#[derive(Object)]
#[oai(rename = "EvaluationStarted")]
struct Begun {
    evaluation: Evaluation,
    job_id: String,
}

#[derive(ApiResponse)]
enum Started {
    /// The questions will be tried
    #[oai(status = 202)]
    Accepted(Json<Begun>),
}

pub(crate) struct Evaluations;

#[OpenApi(prefix_path = "/api/v1/evaluations", tag = "Tag::Evaluations")]
impl Evaluations {
    /// Try all golden questions
    ///
    /// In the background, at low priority: cancel the job to call it off. Answered 409 with the code
    /// `no_golden_questions` when there are none, and `evaluation_under_way` while they are being tried.
    #[oai(path = "/", method = "post", operation_id = "create_evaluation")]
    async fn create(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
    ) -> Result<Started> {
        let scope = auth.allowed(Role::Admin)?;
        let once = Once::new(&state, key.0, "POST /evaluations", b"")?;
        let tx = state.db().write(*scope).await?;
        if let Some(first) = once.answered(&tx).await? {
            return Ok(Started::Accepted(Json(first)));
        }
        let started = wafaa_jobs::evaluation::start(&tx, Trigger::Request).await?;
        audit::note(
            &tx,
            "evaluation.started",
            Some(&started.id),
            serde_json::json!({ "questions": started.questions }),
        )
        .await?;
        let begun = Begun {
            job_id: started.job.to_string(),
            evaluation: started.into(),
        };
        once.keep(&tx, 202, &begun).await?;
        tx.commit().await?;
        state.jobs().wake();
        Ok(Started::Accepted(Json(begun)))
    }

    /// List the evaluations, newest first
    #[oai(path = "/", method = "get", operation_id = "list_evaluations")]
    async fn list(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u64>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<List<Evaluation>>> {
        let scope = auth.allowed(Role::Viewer)?;
        let before = page::place(cursor.0.as_ref())?;
        let tx = state.db().read(*scope).await?;
        let page = evaluation::list(&tx, None, before, page::limit(limit.0)).await?;
        tx.commit().await?;
        Ok(Json(List::of(page, |it| it.id, Evaluation::from)))
    }

    /// Look at an evaluation
    #[oai(path = "/:id", method = "get", operation_id = "get_evaluation")]
    async fn get(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<EvaluationId>>,
    ) -> Result<Json<Evaluation>> {
        let scope = auth.allowed(Role::Viewer)?;
        let tx = state.db().read(*scope).await?;
        let found = evaluation::get(&tx, id.0.0).await?;
        tx.commit().await?;
        Ok(Json(found.into()))
    }

    /// List what the questions came to
    ///
    /// Those that were tried so far, oldest question first.
    #[oai(
        path = "/:id/results",
        method = "get",
        operation_id = "list_evaluation_results"
    )]
    async fn results(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<EvaluationId>>,
        /// Only those that came to this.
        verdict: Query<Option<Verdict>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u64>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<List<Tried>>> {
        let scope = auth.allowed(Role::Viewer)?;
        let after = page::place(cursor.0.as_ref())?;
        let verdict = verdict.0.map(Into::into);
        let tx = state.db().read(*scope).await?;
        let found = evaluation::get(&tx, id.0.0).await?;
        let page = evaluation::results(&tx, found.id, verdict, after, page::limit(limit.0)).await?;
        tx.commit().await?;
        Ok(Json(List::of(page, |tried| tried.question.id, Tried::from)))
    }

    /// Compare an evaluation with an earlier one
    #[oai(
        path = "/:id/compare",
        method = "get",
        operation_id = "compare_evaluations"
    )]
    async fn compare(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<EvaluationId>>,
        /// Which; the one before it when left out.
        with: Query<Option<Id<EvaluationId>>>,
    ) -> Result<Json<Comparison>> {
        let scope = auth.allowed(Role::Viewer)?;
        let tx = state.db().read(*scope).await?;
        let after = evaluation::get(&tx, id.0.0).await?;
        let before = match &with.0 {
            Some(with) => Some(evaluation::get(&tx, with.0).await?),
            None => evaluation::list(&tx, None, Some(after.id), 1)
                .await?
                .rows
                .pop(),
        };
        let tried = evaluation::tried(&tx, after.id).await?;
        let tried_before = match &before {
            Some(before) => evaluation::tried(&tx, before.id).await?,
            None => Vec::new(),
        };
        tx.commit().await?;
        Ok(Json(Comparison::of(
            after.id,
            before.map(|before| before.id),
            &tried,
            &tried_before,
        )))
    }
}
