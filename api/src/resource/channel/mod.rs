//! `/api/v1/channels`: the ways customers reach a tenant. Secrets go in and never come out.

mod oauth;
mod view;

use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Header, Path},
    payload::Json,
};
use serde_json::json;
use wafaa_domain::{ChannelId, Role};
use wafaa_storage::{Error as StorageError, audit, channel};

use super::{Created, Done, Tag};
use crate::{
    account::{self, opened, sealed},
    auth::Auth,
    body::Body,
    error::{Error, Result},
    idempotency::Once,
    page::List,
    param::Id,
    state::State,
};

pub(super) use oauth::Logins;
pub(crate) use view::Kind;
use view::{ChannelChange, Connection, Health, NewChannel, Shown, Status, webhook_path};

pub(crate) struct Channels;

#[OpenApi(prefix_path = "/api/v1/channels", tag = "Tag::Channels")]
impl Channels {
    /// Connect a channel
    #[oai(path = "/", method = "post", operation_id = "create_channel")]
    async fn create(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Body<NewChannel>,
    ) -> Result<Created<Shown>> {
        let scope = auth.allowed(Role::Admin)?;
        let once = Once::new(&state, key.0, "POST /channels", &body.raw)?;
        let described = body.value.checked(state.sealer(), scope.tenant())?;
        let id = ChannelId::new();
        let new = channel::NewChannel {
            id,
            kind: described.kind,
            external_id: described.external_id(),
            secrets: sealed(state.sealer(), scope.tenant(), id, &described.secrets)?,
            secret_names: described.secret_names(),
            token_expires_at: described.token_expires_at.flatten(),
            name: described.name,
            settings: described.settings,
        };
        let tx = state.db().write(*scope).await?;
        if let Some(first) = once.answered(&tx).await? {
            return Ok(Created::Made(Json(first)));
        }
        let made = channel::create(&tx, new).await.map_err(taken)?;
        let detail = json!({ "kind": made.kind, "secrets": made.secret_names });
        audit::note(&tx, "channel.created", Some(&id), detail).await?;
        let shown = Shown::of(made, auth.member()?);
        once.keep(&tx, 201, &shown).await?;
        tx.commit().await?;
        state.lookup.forget();
        Ok(Created::Made(Json(shown)))
    }

    /// List the channels
    #[oai(path = "/", method = "get", operation_id = "list_channels")]
    async fn list(&self, state: Data<&State>, auth: Auth) -> Result<Json<List<Shown>>> {
        let scope = auth.allowed(Role::Viewer)?;
        let member = auth.member()?;
        let tx = state.db().read(*scope).await?;
        let all = channel::list(&tx).await?;
        tx.commit().await?;
        let shown = all.into_iter().map(|channel| Shown::of(channel, member));
        Ok(Json(List::whole(shown)))
    }

    /// Look at a channel
    #[oai(path = "/:id", method = "get", operation_id = "get_channel")]
    async fn get(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<ChannelId>>,
    ) -> Result<Json<Shown>> {
        let scope = auth.allowed(Role::Viewer)?;
        let tx = state.db().read(*scope).await?;
        let found = channel::get(&tx, id.0.0).await?;
        tx.commit().await?;
        Ok(Json(Shown::of(found, auth.member()?)))
    }

    /// Change a channel
    #[oai(path = "/:id", method = "patch", operation_id = "update_channel")]
    async fn update(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<ChannelId>>,
        body: Body<ChannelChange>,
    ) -> Result<Json<Shown>> {
        let scope = auth.allowed(Role::Admin)?;
        let id = id.0.0;
        let new_secrets = body.value.has_secrets();
        let tx = state.db().write(*scope).await?;
        let before = channel::get(&tx, id).await?;
        let secrets = opened(state.sealer(), scope.tenant(), &before)?;
        let (described, mut change) =
            body.value
                .over(&before, &secrets, state.sealer(), scope.tenant())?;
        if new_secrets {
            let sealed = sealed(state.sealer(), scope.tenant(), id, &described.secrets)?;
            change.secrets = sealed.map(|sealed| (sealed, described.secret_names()));
        }
        if new_secrets || change.settings.is_some() {
            change.external_id = Some(described.external_id());
        }
        let detail = json!({ "name": described.name, "enabled": change.enabled, "secrets": new_secrets,
            "settings": change.settings.is_some() });
        let after = channel::update(&tx, id, change).await.map_err(taken)?;
        audit::note(&tx, "channel.updated", Some(&id), detail).await?;
        tx.commit().await?;
        state.lookup.forget();
        Ok(Json(Shown::of(after, auth.member()?)))
    }

    /// Disconnect a channel
    ///
    /// Its secrets go at once; its conversations stay.
    #[oai(path = "/:id", method = "delete", operation_id = "delete_channel")]
    async fn delete(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<ChannelId>>,
    ) -> Result<Done> {
        let scope = auth.allowed(Role::Admin)?;
        let tx = state.db().write(*scope).await?;
        channel::delete(&tx, id.0.0).await?;
        audit::note(&tx, "channel.deleted", Some(&id.0.0), json!({})).await?;
        tx.commit().await?;
        state.lookup.forget();
        Ok(Done::Done)
    }

    /// See whether a channel works
    ///
    /// Asks the provider, and says what is wrong and what to do about it. The channel's status follows.
    #[oai(path = "/:id/test", method = "post", operation_id = "test_channel")]
    async fn test(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<ChannelId>>,
    ) -> Result<Json<Health>> {
        let scope = auth.allowed(Role::Admin)?;
        let tx = state.db().read(*scope).await?;
        let found = channel::get(&tx, id.0.0).await?;
        tx.commit().await?;
        let account = account::of(state.sealer(), scope.tenant(), &found)?;
        let health = state.conversations.channels.test(&account).await;
        let wrong = health.checks.iter().find(|check| !check.ok);
        let status = match (health.ok(), health.reconnect()) {
            (true, _) => Status::Ok,
            (false, true) => Status::Reconnect,
            (false, false) => Status::Error,
        };
        let detail = wrong.map(|check| check.detail.as_str());
        let tx = state.db().write(*scope).await?;
        channel::set_status(&tx, found.id, status.into(), detail).await?;
        tx.commit().await?;
        Ok(Json(health.into()))
    }

    /// Tell the provider where to send its webhooks
    ///
    /// Where it has a call for that; with others it is entered on their site.
    #[oai(
        path = "/:id/connect",
        method = "post",
        operation_id = "connect_channel"
    )]
    async fn connect(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<ChannelId>>,
        body: Body<Connection>,
    ) -> Result<Done> {
        let scope = auth.allowed(Role::Admin)?;
        let tx = state.db().read(*scope).await?;
        let found = channel::get(&tx, id.0.0).await?;
        tx.commit().await?;
        let path = webhook_path(found.kind, auth.member()?);
        let path = path.ok_or_else(|| Error::Provider("a web chat has none".into()))?;
        let base = body.value.base_url.trim_end_matches('/').to_owned();
        let url = format!("{base}{path}")
            .parse()
            .map_err(|_| Error::field("base_url", "is no URL"))?;
        let account = account::of(state.sealer(), scope.tenant(), &found)?;
        let connected = state.conversations.channels.connect(&account, &url).await;
        connected.map_err(|refused| Error::Provider(refused.to_string()))?;
        Ok(Done::Done)
    }
}

fn taken(error: StorageError) -> Error {
    match error {
        StorageError::AlreadyExists => Error::Taken("a channel for this account"),
        other => other.into(),
    }
}
