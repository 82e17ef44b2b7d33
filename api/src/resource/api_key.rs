//! `/api/v1/api-keys`: keys for programs. A key is shown once; what is kept can't open anything.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use serde_json::json;
use wafaa_domain::{ApiKeyId, Role as Allowed};
use wafaa_storage::{api_key, audit};

use super::{Created, Done, Role, Tag};
use crate::{
    auth::{Auth, hash, random_token},
    body::Body,
    error::{Error, Result},
    idempotency::Once,
    page::{self, List},
    param::Id,
    state::State,
};

/// An API key, without its secret.
#[derive(Object)]
struct ApiKey {
    id: String,
    name: String,
    role: Role,
    /// Its last four characters, to tell keys apart.
    hint: String,
    created_at: String,
    /// When it was last used, to the minute.
    last_used_at: Option<String>,
}

/// A new API key.
#[derive(Object)]
struct NewKey {
    id: String,
    name: String,
    role: Role,
    /// The key itself; it can't be shown again.
    key: String,
    hint: String,
    created_at: String,
}

#[derive(Object)]
struct KeyRequest {
    #[oai(validator(min_length = 1, max_length = 100))]
    name: String,
    role: Role,
}

pub(crate) struct ApiKeys;

#[OpenApi(prefix_path = "/api/v1/api-keys", tag = "Tag::ApiKeys")]
impl ApiKeys {
    /// Make a key
    #[oai(path = "/", method = "post", operation_id = "create_api_key")]
    async fn create(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Body<KeyRequest>,
    ) -> Result<Created<NewKey>> {
        let scope = auth.allowed(Allowed::Admin)?;
        let once = Once::new(&state, key.0, "POST /api-keys", &body.raw)?;
        let role = Allowed::from(body.value.role);
        if role > auth.member()?.role {
            return Err(Error::RoleAboveOwn);
        }
        let tx = state.db().write(*scope).await?;
        if let Some(mut first) = once.answered::<NewKey>(&tx).await? {
            first.key = state.secrets.api_key_again(&first.key, &first.hint);
            return Ok(Created::Made(Json(first)));
        }
        let seed = random_token();
        let key = state.secrets.api_key(&seed);
        let hint: String = key.chars().skip(key.len() - 4).collect();
        let made = api_key::create(&tx, &body.value.name, role, &hash(&key), &hint).await?;
        audit::note(
            &tx,
            "api_key.created",
            Some(&made.id),
            json!({ "role": role.as_str() }),
        )
        .await?;
        let mut shown = NewKey {
            id: made.id.to_string(),
            name: made.name,
            role: made.role.into(),
            key: seed,
            hint,
            created_at: super::time(made.created_at),
        };
        // What is kept for a repetition is the seed, which is no key without this installation's secret.
        once.keep(&tx, 201, &shown).await?;
        tx.commit().await?;
        shown.key = key;
        Ok(Created::Made(Json(shown)))
    }

    /// List the working keys
    #[oai(path = "/", method = "get", operation_id = "list_api_keys")]
    async fn list(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u64>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<List<ApiKey>>> {
        let scope = auth.allowed(Allowed::Admin)?;
        let after = page::place(cursor.0.as_ref())?;
        let tx = state.db().read(*scope).await?;
        let page = api_key::list(&tx, after, page::limit(limit.0)).await?;
        tx.commit().await?;
        Ok(Json(List::of(page, |key| key.id, ApiKey::from)))
    }

    /// Make a key stop working
    #[oai(path = "/:id", method = "delete", operation_id = "revoke_api_key")]
    async fn revoke(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<ApiKeyId>>,
    ) -> Result<Done> {
        let scope = auth.allowed(Allowed::Admin)?;
        let tx = state.db().write(*scope).await?;
        api_key::revoke(&tx, id.0.0).await?;
        audit::note(&tx, "api_key.revoked", Some(&id.0.0), json!({})).await?;
        tx.commit().await?;
        Ok(Done::Done)
    }
}

impl From<api_key::ApiKey> for ApiKey {
    fn from(key: api_key::ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            role: key.role.into(),
            hint: key.hint,
            created_at: super::time(key.created_at),
            last_used_at: key.last_used_at.map(super::time),
        }
    }
}
