//! Calls to the Graph API.

use reqwest::{Method, RequestBuilder, Url, multipart::Form};
use serde_json::Value;

use super::{GRAPH_VERSION, error};
use crate::{
    account::Account,
    call::{Answer, call},
    client::Channels,
    endpoint::join,
    outbound::SendError,
    signature,
};

/// The Graph API on behalf of one channel.
pub(crate) struct Graph<'a> {
    to: &'a Channels,
    base: &'a Url,
    account: &'a Account,
}

impl<'a> Graph<'a> {
    pub(crate) fn new(to: &'a Channels, account: &'a Account) -> Self {
        let endpoints = to.endpoints();
        let base = if is_instagram_login(account) {
            &endpoints.instagram
        } else {
            &endpoints.graph
        };
        Self { to, base, account }
    }

    pub(crate) fn base(&self) -> &Url {
        self.base
    }

    pub(crate) async fn get(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Value, SendError> {
        self.ask(self.request(Method::GET, path, query)).await
    }

    pub(crate) async fn post(&self, path: &[&str], body: &Value) -> Result<Value, SendError> {
        self.ask(self.request(Method::POST, path, &[]).json(body))
            .await
    }

    pub(crate) async fn upload(&self, path: &[&str], form: Form) -> Result<Value, SendError> {
        self.ask(self.request(Method::POST, path, &[]).multipart(form))
            .await
    }

    /// The query parameter by which Meta checks the app secret together with the token.
    pub(crate) fn proof(&self) -> String {
        let token = self.account.secret("access_token").unwrap_or_default();
        let secret = self.account.secret("app_secret").unwrap_or_default();
        signature::hmac_hex(secret, &[token.as_bytes()])
    }

    fn request(&self, method: Method, path: &[&str], query: &[(&str, &str)]) -> RequestBuilder {
        let url = url(self.base, path, query);
        let token = self.account.secret("access_token").unwrap_or_default();
        self.to.http().request(method, url).bearer_auth(token)
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Value, SendError> {
        understood(call(request).await?)
    }
}

/// `{base}/{version}/{path}?{query}`.
pub(crate) fn url(base: &Url, path: &[&str], query: &[(&str, &str)]) -> Url {
    let mut url = join(&join(base, &[GRAPH_VERSION]), path);
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    url
}

/// The body of a success, or what the refusal means.
pub(crate) fn understood(answer: Answer) -> Result<Value, SendError> {
    if answer.body.get("error").is_some_and(Value::is_object) {
        return Err(error::meaning(&answer));
    }
    if !answer.status.is_success() {
        return Err(answer.refusal("Meta"));
    }
    if answer.body.is_null() {
        return Err(answer.unreadable("Meta"));
    }
    Ok(answer.body)
}

/// Tokens of Instagram's own login begin with `IG` and work at its own host only.
pub(crate) fn is_instagram_login(account: &Account) -> bool {
    account.kind == wafaa_domain::ChannelKind::Instagram
        && account
            .secret("access_token")
            .is_some_and(|token| token.starts_with("IG"))
}
