//! `/api/v1/bot`: how a tenant's bot presents itself and when it holds back.

use poem::web::Data;
use poem_openapi::{Object, OpenApi, payload::Json};
use serde_json::json;
use wafaa_domain::{BotSettings, Role};
use wafaa_storage::{audit, bot};

use super::Tag;
use crate::{
    auth::Auth,
    body::Body,
    error::{Error, Result},
    state::State,
};

/// The bot's settings.
#[derive(Object)]
#[oai(rename = "Bot")]
struct Shown {
    /// The name customers see.
    name: String,
    /// How it speaks.
    tone: String,
    /// Two-letter codes of the languages it answers in, its own first.
    languages: Vec<String>,
    /// The first message of a conversation.
    greeting: String,
    /// What else a generating model is told.
    instructions: String,
    /// Below this confidence, 0 to 1, it says that it doesn't have the information.
    confidence_threshold: f64,
    /// How long a burst of messages is gathered before it is answered, in milliseconds.
    merge_window_ms: u32,
    /// Words that hand the conversation to a person.
    handoff_keywords: Vec<String>,
    /// Counts the changes.
    version: i32,
}

/// Settings to change; the others stay.
#[derive(Object)]
struct BotChange {
    #[oai(validator(min_length = 1, max_length = 80))]
    name: Option<String>,
    #[oai(validator(max_length = 500))]
    tone: Option<String>,
    #[oai(validator(min_items = 1, max_items = 20))]
    languages: Option<Vec<String>>,
    #[oai(validator(max_length = 1000))]
    greeting: Option<String>,
    #[oai(validator(max_length = 8000))]
    instructions: Option<String>,
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    confidence_threshold: Option<f64>,
    #[oai(validator(maximum(value = "60000")))]
    merge_window_ms: Option<u32>,
    #[oai(validator(max_items = 100))]
    handoff_keywords: Option<Vec<String>>,
}

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
        Ok(Json(shown(settings, version)))
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
        let settings = body.value.over(before);
        settings
            .validate()
            .map_err(|invalid| Error::field(invalid.field, invalid.problem))?;
        bot::save(&tx, &settings, version).await?;
        audit::note(&tx, "bot.updated", None, json!({ "version": version + 1 })).await?;
        tx.commit().await?;
        Ok(Json(shown(settings, version + 1)))
    }
}

impl BotChange {
    fn over(self, before: BotSettings) -> BotSettings {
        BotSettings {
            name: self.name.unwrap_or(before.name),
            tone: self.tone.unwrap_or(before.tone),
            languages: self.languages.unwrap_or(before.languages),
            greeting: self.greeting.unwrap_or(before.greeting),
            instructions: self.instructions.unwrap_or(before.instructions),
            confidence_threshold: self
                .confidence_threshold
                .map_or(before.confidence_threshold, |it| it as f32),
            merge_window_ms: self.merge_window_ms.unwrap_or(before.merge_window_ms),
            handoff_keywords: self.handoff_keywords.unwrap_or(before.handoff_keywords),
        }
    }
}

fn shown(settings: BotSettings, version: i32) -> Shown {
    Shown {
        name: settings.name,
        tone: settings.tone,
        languages: settings.languages,
        greeting: settings.greeting,
        instructions: settings.instructions,
        confidence_threshold: super::rounded(settings.confidence_threshold),
        merge_window_ms: settings.merge_window_ms,
        handoff_keywords: settings.handoff_keywords,
        version,
    }
}
