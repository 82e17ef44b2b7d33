//! Models behind an OpenAI-compatible URL, chat and embeddings, and behind a rerank endpoint.
//!
//! The only place that knows the client library. What must stay true: a call ends within its deadline
//! whatever the provider does, and its failure says which kind it was. 429, 5xx and refused connections are retried
//! three times, as `Retry-After` asks or with exponential backoff, inside the deadline; a provider that asks for more
//! than a few seconds is left at once, for as long as it asks. A model that keeps failing is left alone for a while.
//! Deliberately absent: prompts, and what an answer means.

mod breaker;
mod chat;
mod embedding;
mod error;
mod patience;
mod price;
mod rerank;
mod stream;
mod usage;

use std::{sync::Arc, time::Duration};

use async_openai::{Client, config::OpenAIConfig};
use secrecy::{ExposeSecret as _, SecretString};

pub use chat::{Completion, Gateway, Prompt};
pub use embedding::EmbeddingModel;
pub use error::Error;
pub use price::{NotAPrice, Prices};
pub use rerank::{RERANK_TIMEOUT, Reranker};
pub use stream::{Piece, Pieces};
pub use usage::Usage;

use breaker::Breaker;
use patience::Patient;

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
    /// A client for one model, whose breaker it tells of rests that the provider asks for.
    fn client(&self, breaker: Option<Arc<Breaker>>) -> Result<Client<OpenAIConfig>, Error> {
        let base_url = self.checked()?;
        // Empty ids, since the library would otherwise take them from its own environment variables.
        let config = OpenAIConfig::new()
            .with_api_base(base_url)
            .with_api_key(self.key.expose_secret())
            .with_org_id("")
            .with_project_id("");
        Ok(Client::with_config(config).with_http_service(Patient::new(breaker)))
    }

    /// The base URL without a slash at its end, if it and the key can work.
    fn checked(&self) -> Result<&str, Error> {
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
        Ok(base_url)
    }
}
