//! `/api/v1/contacts`: a tenant's customers, what is kept of them, and having it forgotten.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use serde_json::{Value, json};
use wafaa_domain::{ContactId, Role};
use wafaa_storage::{audit, contact};

use super::{Tag, time};
use crate::{
    auth::Auth,
    body::Body,
    error::{Error, Result},
    page::{self, List},
    param::Id,
    state::State,
};

/// How a customer is known on one channel.
#[derive(Object)]
#[oai(rename = "ContactIdentity")]
struct Identity {
    channel_id: String,
    /// A telephone number, or what the provider calls them.
    identity: String,
}

/// A customer.
#[derive(Object)]
#[oai(rename = "Contact")]
struct Shown {
    id: String,
    name: Option<String>,
    /// Digits with the country code.
    phone: Option<String>,
    language: Option<String>,
    /// Since when the bot may not write to them.
    opted_out_at: Option<String>,
    /// Since when they want no marketing, as they have told the channel's provider.
    marketing_opted_out_at: Option<String>,
    identities: Vec<Identity>,
    created_at: String,
    last_seen_at: String,
}

/// What to change; the rest stays.
#[derive(Object)]
struct ContactChange {
    #[oai(validator(max_length = 200))]
    name: Option<String>,
    /// Two-letter code.
    #[oai(validator(min_length = 2, max_length = 20))]
    language: Option<String>,
    /// Whether the bot may not write to them.
    opted_out: Option<bool>,
}

/// What was forgotten of a customer.
#[derive(Object)]
#[oai(rename = "ContactErasure")]
struct Erased {
    conversations: u64,
    messages: u64,
    /// What providers had told of them, as it was received.
    events: u64,
    /// What the tenant's own systems were told of them.
    deliveries: u64,
    files: u64,
}

pub(crate) struct Contacts;

#[OpenApi(prefix_path = "/api/v1/contacts", tag = "Tag::Contacts")]
impl Contacts {
    /// List contacts, newest first
    #[oai(path = "/", method = "get", operation_id = "list_contacts")]
    async fn list(
        &self,
        state: Data<&State>,
        auth: Auth,
        /// Part of a name or of a telephone number.
        #[oai(validator(max_length = 200))]
        q: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u64>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<List<Shown>>> {
        let scope = auth.allowed(Role::Viewer)?;
        let before = page::place(cursor.0.as_ref())?;
        let tx = state.db().read(*scope).await?;
        let page = contact::list(&tx, q.0.as_deref(), before, page::limit(limit.0)).await?;
        tx.commit().await?;
        Ok(Json(List::of(page, |contact| contact.id, Shown::from)))
    }

    /// Look at a contact
    #[oai(path = "/:id", method = "get", operation_id = "get_contact")]
    async fn get(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<ContactId>>,
    ) -> Result<Json<Shown>> {
        let scope = auth.allowed(Role::Viewer)?;
        let tx = state.db().read(*scope).await?;
        let found = contact::get(&tx, id.0.0).await?;
        tx.commit().await?;
        Ok(Json(found.into()))
    }

    /// Change a contact
    #[oai(path = "/:id", method = "patch", operation_id = "update_contact")]
    async fn update(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<ContactId>>,
        body: Body<ContactChange>,
    ) -> Result<Json<Shown>> {
        let scope = auth.allowed(Role::Agent)?;
        let (id, change) = (id.0.0, body.value);
        let tx = state.db().write(*scope).await?;
        contact::get(&tx, id).await?;
        if let Some(name) = &change.name {
            let name = name.trim();
            contact::rename(&tx, id, Some(name).filter(|name| !name.is_empty())).await?;
        }
        if let Some(language) = &change.language {
            contact::set_language(&tx, id, language).await?;
        }
        if let Some(opted_out) = change.opted_out {
            contact::set_opted_out(&tx, id, opted_out).await?;
        }
        let detail = json!({ "name": change.name.is_some(), "opted_out": change.opted_out });
        audit::note(&tx, "contact.updated", Some(&id), detail).await?;
        let after = contact::get(&tx, id).await?;
        tx.commit().await?;
        Ok(Json(after.into()))
    }

    /// Get all that is kept of a contact
    #[oai(path = "/:id/export", method = "get", operation_id = "export_contact")]
    async fn export(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<ContactId>>,
    ) -> Result<Json<Value>> {
        let scope = auth.allowed(Role::Admin)?;
        let id = id.0.0;
        // Written, since the audit log is told.
        let tx = state.db().write(*scope).await?;
        let all = contact::export(&tx, id).await?;
        audit::note(&tx, "contact.exported", Some(&id), json!({})).await?;
        tx.commit().await?;
        Ok(Json(all))
    }

    /// Forget a contact
    ///
    /// Their conversations, messages and files, and whatever else mentions them, are gone when this is answered.
    /// Should it be answered 503, some files are gone and the rest isn't: ask again.
    #[oai(path = "/:id", method = "delete", operation_id = "erase_contact")]
    async fn erase(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<ContactId>>,
    ) -> Result<Json<Erased>> {
        let scope = auth.allowed(Role::Admin)?;
        let id = id.0.0;
        let tx = state.db().write(*scope).await?;
        let erased = contact::erase(&tx, id).await?;
        let shown = Erased {
            conversations: erased.conversations,
            messages: erased.messages,
            events: erased.events,
            deliveries: erased.deliveries,
            files: erased.media.len() as u64,
        };
        let detail = json!({ "messages": shown.messages, "files": shown.files });
        audit::note(&tx, "contact.erased", Some(&id), detail).await?;
        // Files first: should one stay, nothing is forgotten yet and asking again finds it.
        for key in &erased.media {
            let deleted = state.documents.blobs.delete(scope, key).await;
            deleted.map_err(|error| {
                tracing::error!(%error, "a file of a contact could not be deleted");
                Error::NotReady("a file could not be deleted")
            })?;
        }
        tx.commit().await?;
        Ok(Json(shown))
    }
}

impl From<contact::Contact> for Shown {
    fn from(contact: contact::Contact) -> Self {
        let identities = contact.identities.into_iter();
        Self {
            id: contact.id.to_string(),
            name: contact.name,
            phone: contact.phone,
            language: contact.language,
            opted_out_at: contact.opted_out_at.map(time),
            marketing_opted_out_at: contact.marketing_opted_out_at.map(time),
            identities: identities
                .map(|(channel, identity)| Identity {
                    channel_id: channel.to_string(),
                    identity,
                })
                .collect(),
            created_at: time(contact.created_at),
            last_seen_at: time(contact.last_seen_at),
        }
    }
}
