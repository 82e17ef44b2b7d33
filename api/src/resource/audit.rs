//! `/api/v1/audit-log`: who did what in the tenant, newest first.

use poem::web::Data;
use poem_openapi::{Object, OpenApi, param::Query, payload::Json};
use serde_json::Value;
use wafaa_domain::Role;
use wafaa_storage::audit;

use super::Tag;
use crate::{
    auth::Auth,
    error::Result,
    page::{self, List},
    state::State,
};

/// One thing that was done.
#[derive(Object)]
struct Entry {
    id: String,
    /// Who did it: the id of a member, an API key or a job, or `command_line`.
    actor: String,
    /// What, as `noun.verb`.
    action: String,
    /// To what.
    target: Option<String>,
    detail: Value,
    at: String,
}

pub(crate) struct AuditLog;

#[OpenApi(prefix_path = "/api/v1/audit-log", tag = "Tag::AuditLog")]
impl AuditLog {
    /// Read the log
    #[oai(path = "/", method = "get", operation_id = "list_audit_log")]
    async fn list(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u64>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<List<Entry>>> {
        let scope = auth.allowed(Role::Admin)?;
        let before = page::place(cursor.0.as_ref())?;
        let tx = state.db().read(*scope).await?;
        let page = audit::list(&tx, before, page::limit(limit.0)).await?;
        tx.commit().await?;
        Ok(Json(List::of(page, |entry| entry.id, Entry::from)))
    }
}

impl From<audit::Entry> for Entry {
    fn from(entry: audit::Entry) -> Self {
        Self {
            id: entry.id.to_string(),
            actor: entry.actor,
            action: entry.action,
            target: entry.target,
            detail: entry.detail,
            at: super::time(entry.at),
        }
    }
}
