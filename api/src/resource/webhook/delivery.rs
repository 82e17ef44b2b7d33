//! What an address was told, how that went, and telling it again.

use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};
use wafaa_domain::{Role, WebhookDeliveryId, WebhookId};
use wafaa_storage::webhook;

use super::{Tag, view::Delivery};
use crate::{
    auth::Auth,
    error::{Error, Result},
    page::{self, List},
    param::Id,
    state::State,
};

pub(crate) struct Deliveries;

#[OpenApi(prefix_path = "/api/v1/webhooks", tag = "Tag::Webhooks")]
impl Deliveries {
    /// List what an address was told, newest first
    #[oai(
        path = "/:id/deliveries",
        method = "get",
        operation_id = "list_webhook_deliveries"
    )]
    async fn list(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<WebhookId>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u64>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<List<Delivery>>> {
        let scope = auth.allowed(Role::Admin)?;
        let before = page::place(cursor.0.as_ref())?;
        let tx = state.db().read(*scope).await?;
        let found = webhook::get(&tx, id.0.0).await?;
        let page = webhook::deliveries(&tx, found.id, before, page::limit(limit.0)).await?;
        tx.commit().await?;
        Ok(Json(List::of(page, |delivery| delivery.id, Delivery::from)))
    }

    /// Tell it again
    ///
    /// The same body with the same id, so that the receiver can tell a repetition.
    #[oai(
        path = "/:id/deliveries/:delivery/replay",
        method = "post",
        operation_id = "replay_webhook_delivery"
    )]
    async fn replay(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<WebhookId>>,
        delivery: Path<Id<WebhookDeliveryId>>,
    ) -> Result<Json<Delivery>> {
        let scope = auth.allowed(Role::Admin)?;
        let tx = state.db().read(*scope).await?;
        let found = webhook::delivery(&tx, delivery.0.0).await?;
        tx.commit().await?;
        if found.webhook != id.0.0 {
            return Err(Error::NotFound);
        }
        state.desk().replay(scope, found.id).await?;
        let tx = state.db().read(*scope).await?;
        let now = webhook::delivery(&tx, found.id).await?;
        tx.commit().await?;
        Ok(Json(now.into()))
    }
}
