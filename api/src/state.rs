//! What every request shares.

use std::{ops::Deref, sync::Arc};

use secrecy::SecretBox;
use tokio_util::sync::CancellationToken;
use wafaa_channels::Channels;
use wafaa_jobs::{
    Handle,
    conversation::{Desk, Inbox},
    document::Documents,
    outbound::Outbound,
    source::Sources,
    tenant::Tenants,
};
use wafaa_pipelines::conversation::{Responder, Retriever};
use wafaa_storage::{Database, limit::Limiter, redis::Redis, seal::Sealer};

use crate::{
    auth::{Passwords, Secrets},
    gate::Gate,
    lookup::Lookup,
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
    /// Questions answered at once; as many again wait, and others are turned away.
    pub questions_at_once: usize,
    /// What processes share besides the database, in server mode.
    pub redis: Option<Redis>,
    /// The proxies that say whom they pass requests on for.
    pub trusted_proxies: TrustedProxies,
}

/// What conversations go through.
#[derive(Clone)]
pub struct Conversations {
    /// What comes in by channels.
    pub inbox: Inbox,
    /// What the tenant's people do.
    pub desk: Desk,
    /// The channels' providers.
    pub channels: Channels,
    /// Opens and seals their secrets.
    pub sealer: Sealer,
    /// Knows which addresses of tenants' own systems may be called.
    pub outbound: Outbound,
}

/// What every request shares. Cloning is cheap.
#[derive(Clone)]
pub struct State(Arc<Shared>);

/// Behind [`State`]; nothing of it is visible outside this crate.
pub struct Shared {
    pub(crate) documents: Documents,
    pub(crate) sources: Sources,
    pub(crate) tenants: Tenants,
    pub(crate) retriever: Retriever,
    pub(crate) responder: Responder,
    pub(crate) conversations: Conversations,
    pub(crate) lookup: Lookup,
    pub(crate) max_upload_bytes: u64,
    pub(crate) secrets: Secrets,
    pub(crate) passwords: Passwords,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) limiter: Limiter,
    pub(crate) gate: Gate,
    pub(crate) probes: Probes,
    pub(crate) routes: Routes,
    /// Fires when the server stops, so that streams end.
    pub(crate) closing: CancellationToken,
}

impl State {
    /// The API over these stores and engines.
    #[must_use]
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a part of the program that the API stands before"
    )]
    pub fn new(
        documents: Documents,
        sources: Sources,
        tenants: Tenants,
        retriever: Retriever,
        responder: Responder,
        conversations: Conversations,
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
            sources,
            tenants,
            retriever,
            responder,
            conversations,
            lookup: Lookup::default(),
            max_upload_bytes: settings.max_upload_bytes,
            secrets: Secrets::new(&settings.secret_key, &settings.previous_keys),
            passwords: Passwords::default(),
            trusted_proxies: settings.trusted_proxies,
            limiter,
            gate: Gate::new(settings.questions_at_once),
            routes: Routes::new(),
            closing: CancellationToken::new(),
        }))
    }
}

impl Shared {
    pub(crate) const fn db(&self) -> &Database {
        &self.documents.db
    }

    pub(crate) const fn inbox(&self) -> &Inbox {
        &self.conversations.inbox
    }

    pub(crate) const fn desk(&self) -> &Desk {
        &self.conversations.desk
    }

    pub(crate) const fn sealer(&self) -> &Sealer {
        &self.conversations.sealer
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
