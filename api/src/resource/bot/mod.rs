//! `/api/v1/bot`: how a tenant's bot presents itself and when it holds back.

mod view;

use poem::web::Data;
use poem_openapi::{OpenApi, payload::Json};
use serde_json::json;
use wafaa_domain::Role;
use wafaa_storage::{audit, bot};

use super::Tag;
use crate::{
    auth::Auth,
    body::Body,
    error::{Error, Result},
    state::State,
};
use view::{BotChange, Shown};

pub(crate) struct Bot;

#[OpenApi(prefix_path = "/api/v1/bot", tag = "Tag::Bot")]
impl Bot {
    /// Look at the settings
    #[oai(path = "/", method = "get", operation_id = "get_bot")]
    async fn get(&self, state: Data<&State>, auth: Auth) -> Result<Json<Shown>> {
        let scope = auth.allowed(Role::Viewer)?;
        let tx = state.db().read(*scope).await?;
        let (settings, version) = bot::get(&tx).await?;
        tx.commit().await?;
        Ok(Json(Shown::of(settings, version)))
    }

    /// Change settings
    #[oai(path = "/", method = "patch", operation_id = "update_bot")]
    async fn update(
        &self,
        state: Data<&State>,
        auth: Auth,
        body: Body<BotChange>,
    ) -> Result<Json<Shown>> {
        let scope = auth.allowed(Role::Admin)?;
        let tx = state.db().write(*scope).await?;
        let (before, version) = bot::get(&tx).await?;
        let settings = body.value.over(before)?;
        settings
            .validate()
            .map_err(|invalid| Error::field(invalid.field, invalid.problem))?;
        bot::save(&tx, &settings, version).await?;
        audit::note(&tx, "bot.updated", None, json!({ "version": version + 1 })).await?;
        tx.commit().await?;
        Ok(Json(Shown::of(settings, version + 1)))
    }
}
