//! `/health/live` and `/health/ready`, for whoever starts and watches the process.

use poem::{
    handler,
    web::{Data, Json},
};
use serde_json::{Value, json};

use crate::{error::Result, state::State};

/// The process runs.
#[handler]
pub(crate) fn live() -> Json<Value> {
    Json(json!({ "status": "live" }))
}

/// It can do its work: the database answers.
#[handler]
pub(crate) async fn ready(state: Data<&State>) -> Result<Json<Value>> {
    state.db().ping().await?;
    Ok(Json(json!({ "status": "ready" })))
}
