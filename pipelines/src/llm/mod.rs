//! Models behind an OpenAI-compatible URL: chat and embeddings.
//!
//! The only place that knows the client library. What must stay true: a call ends within its deadline
//! whatever the provider does, and its failure says which kind it was. The client itself retries 429, 5xx
//! and refused connections three times, as `Retry-After` asks or with exponential backoff; that happens
//! inside the deadline. Deliberately absent: prompts, and what an answer means.

mod chat;
mod embedding;
mod error;
mod price;

use std::time::Duration;

use async_openai::{Client, config::OpenAIConfig};
use secrecy::{ExposeSecret as _, SecretString};

pub use chat::{Completion, Gateway, Piece, Pieces, Prompt, Usage};
pub use embedding::EmbeddingModel;
pub use error::Error;
pub use price::{NotAPrice, Prices};

/// How long a provider may take where the settings don't say.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// Where a provider is and how it knows us.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Such as `https://api.openai.com/v1`; a trailing slash is allowed.
    pub base_url: String,
    /// Sent as a bearer token. A local server usually wants none, and is sent an empty one.
    pub key: SecretString,
    /// Until when a call must have answered, retries included; for a stream, each next piece.
    pub timeout: Duration,
}

impl Provider {
    fn client(&self) -> Result<Client<OpenAIConfig>, Error> {
        let key = self.key.expose_secret();
        if !key.chars().all(|c| c.is_ascii_graphic()) {
            return Err(Error::Settings(
                "the provider's key holds white space or other unusual characters".into(),
            ));
        }
        let base_url = self.base_url.trim_end_matches('/');
        if !(base_url.starts_with("http://") || base_url.starts_with("https://")) {
            return Err(Error::Settings(
                "the provider's base URL must begin with http:// or https://".into(),
            ));
        }
        // Empty ids, since the library would otherwise take them from its own environment variables.
        let config = OpenAIConfig::new()
            .with_api_base(base_url)
            .with_api_key(key)
            .with_org_id("")
            .with_project_id("");
        Ok(Client::with_config(config))
    }
}
