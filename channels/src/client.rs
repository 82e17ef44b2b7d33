//! The way out: shared connections, the providers' addresses, the pace, and the calls that jobs and the API make.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, Url, redirect};
use wafaa_domain::Media;

use crate::{
    account::Account,
    adapter,
    endpoint::Endpoints,
    health::Health,
    outbound::{Fetched, Outbound, Seen, SendError, Sent},
    pace::Pacer,
};

/// How long a connection may take. Nothing has been sent when it is over.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a whole call may take, an upload or a download included.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// Speaks with all providers. Clones share connections and pace.
#[derive(Clone)]
pub struct Channels(Arc<Shared>);

struct Shared {
    http: Client,
    endpoints: Endpoints,
    pacer: Pacer,
}

impl Channels {
    /// Takes these endpoints into use.
    ///
    /// # Errors
    /// TLS can't be set up.
    pub fn new(endpoints: Endpoints) -> Result<Self, reqwest::Error> {
        Self::with_timeout(endpoints, CALL_TIMEOUT)
    }

    /// The same with another limit for a whole call.
    ///
    /// # Errors
    /// TLS can't be set up.
    pub fn with_timeout(endpoints: Endpoints, timeout: Duration) -> Result<Self, reqwest::Error> {
        let http = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            .redirect(redirect::Policy::none()) // a redirect could lead the token elsewhere
            .user_agent(concat!("Wafaa/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self(Arc::new(Shared {
            http,
            endpoints,
            pacer: Pacer::new(),
        })))
    }

    pub(crate) fn http(&self) -> &Client {
        &self.0.http
    }

    pub(crate) fn endpoints(&self) -> &Endpoints {
        &self.0.endpoints
    }

    /// Sends one message at the provider's pace.
    ///
    /// # Errors
    /// [`SendError`], which says whether it may have gone out.
    pub async fn send(&self, account: &Account, outbound: &Outbound) -> Result<Sent, SendError> {
        let adapter = adapter(account.kind);
        let name = adapter
            .external_id(&account.settings, &account.secrets)
            .unwrap_or_default();
        let chat = outbound.thread.as_deref().unwrap_or(&outbound.to);
        self.0.pacer.take(account.kind, &name, chat)?;
        adapter.send(self, account, outbound).await
    }

    /// Tries the configuration against the provider without sending anything.
    pub async fn test(&self, account: &Account) -> Health {
        adapter(account.kind).test(self, account).await
    }

    /// Tells the provider where our webhook is, where there is a call for that.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn connect(&self, account: &Account, webhook: &Url) -> Result<(), SendError> {
        adapter(account.kind).connect(self, account, webhook).await
    }

    /// Fetches a file that a customer sent, no more than `limit` bytes of it.
    ///
    /// # Errors
    /// [`SendError::Invalid`] when it is too large or lies somewhere we don't fetch from.
    pub async fn fetch_media(
        &self,
        account: &Account,
        media: &Media,
        limit: u64,
    ) -> Result<Fetched, SendError> {
        adapter(account.kind)
            .fetch_media(self, account, media, limit)
            .await
            .map_err(SendError::before_the_send)
    }

    /// Shows the customer that the message was read.
    ///
    /// # Errors
    /// [`SendError`]; nothing depends on it.
    pub async fn mark_read(&self, account: &Account, seen: &Seen) -> Result<(), SendError> {
        adapter(account.kind).mark_read(self, account, seen).await
    }

    /// Shows the customer that an answer is being written.
    ///
    /// # Errors
    /// [`SendError`]; nothing depends on it.
    pub async fn typing(&self, account: &Account, seen: &Seen) -> Result<(), SendError> {
        adapter(account.kind).typing(self, account, seen).await
    }
}
