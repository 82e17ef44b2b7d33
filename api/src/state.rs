//! What every request shares.

use std::{ops::Deref, sync::Arc};

use secrecy::SecretBox;
use tokio_util::sync::CancellationToken;
use wafaa_jobs::{Handle, document::Documents, tenant::Tenants};
use wafaa_pipelines::conversation::{Responder, Retriever};
use wafaa_storage::{Database, limit::Limiter, redis::Redis};

use crate::{
    auth::{Passwords, Secrets},
    probe::Probes,
    proxy::TrustedProxies,
    routes::Routes,
};

/// The key that tokens are signed with; 32 random bytes. Never shown.
#[derive(Debug)]
pub struct SecretKey(pub(crate) SecretBox<[u8; 32]>);

impl From<[u8; 32]> for SecretKey {
    fn from(key: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(key)))
    }
}

/// How the API runs.
#[derive(Debug)]
pub struct Settings {
    /// Signs access tokens, and makes API keys.
    pub secret_key: SecretKey,
    /// Keys that were used before, newest first: what they signed works until it expires.
    pub previous_keys: Vec<SecretKey>,
    /// The largest file that may be uploaded, in bytes.
    pub max_upload_bytes: u64,
    /// What processes share besides the database, in server mode.
    pub redis: Option<Redis>,
    /// The proxies that say whom they pass requests on for.
    pub trusted_proxies: TrustedProxies,
}

/// What every request shares. Cloning is cheap.
#[derive(Clone)]
pub struct State(Arc<Shared>);

/// Behind [`State`]; nothing of it is visible outside this crate.
pub struct Shared {
    pub(crate) documents: Documents,
    pub(crate) tenants: Tenants,
    pub(crate) retriever: Retriever,
    pub(crate) responder: Responder,
    pub(crate) max_upload_bytes: u64,
    pub(crate) secrets: Secrets,
    pub(crate) passwords: Passwords,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) limiter: Limiter,
    pub(crate) probes: Probes,
    pub(crate) routes: Routes,
    /// Fires when the server stops, so that streams end.
    pub(crate) closing: CancellationToken,
}

impl State {
    /// The API over these stores and engines.
    #[must_use]
    pub fn new(
        documents: Documents,
        tenants: Tenants,
        retriever: Retriever,
        responder: Responder,
        limiter: Limiter,
        settings: Settings,
    ) -> Self {
        Self(Arc::new(Shared {
            probes: Probes::new(
                documents.db.clone(),
                settings.redis.clone(),
                documents.jobs.clone(),
            ),
            documents,
            tenants,
            retriever,
            responder,
            max_upload_bytes: settings.max_upload_bytes,
            secrets: Secrets::new(&settings.secret_key, &settings.previous_keys),
            passwords: Passwords::default(),
            trusted_proxies: settings.trusted_proxies,
            limiter,
            routes: Routes::new(),
            closing: CancellationToken::new(),
        }))
    }
}

impl Shared {
    pub(crate) const fn db(&self) -> &Database {
        &self.documents.db
    }

    pub(crate) const fn jobs(&self) -> &Handle {
        &self.documents.jobs
    }
}

impl Deref for State {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
