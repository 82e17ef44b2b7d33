//! `/api/v1/webhooks`: addresses of a tenant's own systems that are told what happens, after Standard Webhooks
//! (<https://www.standardwebhooks.com>). The secret that signs is shown once.

mod delivery;
mod view;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Header, Path},
    payload::Json,
};
use rand::{RngCore as _, TryRngCore as _, rngs::OsRng};
use serde_json::json;
use wafaa_domain::{Role, TenantId, TenantScope, WebhookId};
use wafaa_jobs::conversation::event;
use wafaa_storage::{Tx, audit, seal::Sealed, webhook};

use super::{Created, Done, Tag};
use crate::{
    auth::Auth,
    body::Body,
    error::{Error, Result},
    idempotency::Once,
    page::List,
    param::Id,
    state::State,
};

pub(super) use delivery::Deliveries;
use view::{NewWebhook, Shown, ShownOnce, WebhookChange};

pub(crate) struct Webhooks;

#[OpenApi(prefix_path = "/api/v1/webhooks", tag = "Tag::Webhooks")]
impl Webhooks {
    /// Have an address told what happens
    ///
    /// What it is sent is signed with the answer's `secret`, which isn't shown again.
    #[oai(path = "/", method = "post", operation_id = "create_webhook")]
    async fn create(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Body<NewWebhook>,
    ) -> Result<Created<ShownOnce>> {
        let scope = auth.allowed(Role::Admin)?;
        let once = Once::new(&state, key.0, "POST /webhooks", &body.raw)?;
        let url = checked(&state, &body.value.url)?;
        let id = WebhookId::new();
        let secret = new_secret();
        let new = webhook::NewWebhook {
            id,
            url,
            events: known(body.value.events.unwrap_or_default())?,
            secret: seal(&state, scope.tenant(), id, &secret)?,
        };
        let tx = state.db().write(*scope).await?;
        if let Some(mut first) = once.answered::<ShownOnce>(&tx).await? {
            first.secret = read(&state, scope.tenant(), &tx, &first.id).await?;
            return Ok(Created::Made(Json(first)));
        }
        let made = webhook::create(&tx, new).await?;
        audit::note(
            &tx,
            "webhook.created",
            Some(&id),
            json!({ "url": made.url }),
        )
        .await?;
        let mut shown = ShownOnce::of(made);
        // What is kept for a repetition has no secret; it is read from where it is sealed.
        once.keep(&tx, 201, &shown).await?;
        tx.commit().await?;
        shown.secret = secret;
        Ok(Created::Made(Json(shown)))
    }

    /// List the addresses
    #[oai(path = "/", method = "get", operation_id = "list_webhooks")]
    async fn list(&self, state: Data<&State>, auth: Auth) -> Result<Json<List<Shown>>> {
        let scope = auth.allowed(Role::Admin)?;
        let tx = state.db().read(*scope).await?;
        let all = webhook::list(&tx).await?;
        tx.commit().await?;
        Ok(Json(List::whole(all.into_iter().map(Shown::from))))
    }

    /// Look at an address
    #[oai(path = "/:id", method = "get", operation_id = "get_webhook")]
    async fn get(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<WebhookId>>,
    ) -> Result<Json<Shown>> {
        let scope = auth.allowed(Role::Admin)?;
        let tx = state.db().read(*scope).await?;
        let found = webhook::get(&tx, id.0.0).await?;
        tx.commit().await?;
        Ok(Json(found.into()))
    }

    /// Change an address
    ///
    /// Enabling one that was disabled has it told again.
    #[oai(path = "/:id", method = "patch", operation_id = "update_webhook")]
    async fn update(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<WebhookId>>,
        body: Body<WebhookChange>,
    ) -> Result<Json<Shown>> {
        let scope = auth.allowed(Role::Admin)?;
        let WebhookChange {
            url,
            events,
            enabled,
        } = body.value;
        let change = webhook::Change {
            url: url.map(|url| checked(&state, &url)).transpose()?,
            events: events.map(known).transpose()?,
            enabled,
            ..webhook::Change::default()
        };
        let detail = json!({ "url": change.url, "enabled": change.enabled });
        let tx = state.db().write(*scope).await?;
        let after = webhook::update(&tx, id.0.0, change).await?;
        audit::note(&tx, "webhook.updated", Some(&id.0.0), detail).await?;
        tx.commit().await?;
        Ok(Json(after.into()))
    }

    /// Have an address told no more
    ///
    /// Its deliveries are forgotten too.
    #[oai(path = "/:id", method = "delete", operation_id = "delete_webhook")]
    async fn delete(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<WebhookId>>,
    ) -> Result<Done> {
        let scope = auth.allowed(Role::Admin)?;
        let tx = state.db().write(*scope).await?;
        webhook::delete(&tx, id.0.0).await?;
        audit::note(&tx, "webhook.deleted", Some(&id.0.0), json!({})).await?;
        tx.commit().await?;
        Ok(Done::Done)
    }
}

/// An address as it is stored. Where its name leads is looked at again before each delivery: it may change.
fn checked(state: &State, url: &str) -> Result<String> {
    let wrong = |message: &dyn std::fmt::Display| Error::field("url", message);
    let url = state
        .conversations
        .outbound
        .check(url)
        .map_err(|refused| wrong(&refused))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(&"holds no user name or password"));
    }
    Ok(url.into())
}

/// Events that there are.
fn known(events: Vec<String>) -> Result<Vec<String>> {
    match events
        .iter()
        .find(|name| !event::ALL.contains(&name.as_str()))
    {
        Some(name) => Err(Error::field(
            "events",
            format!("`{name}` is none of: {}", event::ALL.join(", ")),
        )),
        None => Ok(events),
    }
}

/// `whsec_` and 32 random bytes in base64, as Standard Webhooks has it.
fn new_secret() -> String {
    let mut bytes = [0; 32];
    OsRng.unwrap_err().fill_bytes(&mut bytes);
    format!("whsec_{}", STANDARD.encode(bytes))
}

fn seal(state: &State, tenant: TenantId, id: WebhookId, secret: &str) -> Result<Sealed> {
    let sealed = state
        .sealer()
        .seal(tenant, &id.to_string(), secret.as_bytes());
    sealed.map_err(|error| Error::Internal(format!("a secret can't be sealed: {error}")))
}

/// The secret of an address that was made by an earlier request.
async fn read(state: &State, tenant: TenantId, tx: &Tx<TenantScope>, id: &str) -> Result<String> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Error::Internal(format!("the secret of {id} can't be read: {error}"))
    };
    let parsed: WebhookId = id.parse().map_err(|error| unreadable(&error))?;
    let found = webhook::get(tx, parsed).await?;
    let plain = state
        .sealer()
        .open(tenant, id, &found.secret)
        .map_err(|error| unreadable(&error))?;
    String::from_utf8(plain).map_err(|error| unreadable(&error))
}
