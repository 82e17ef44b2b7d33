//! Who signs in, and with what: the operator's credentials, and what is derived for each tenant.

use anyhow::ensure;
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::command::bench::load::{
    target::{Target, success, text},
    webhook::hmac,
};

const OPERATOR: &str = "operator@wafaa.example";
const DEMO_PASSWORD: &str = "wafaa-demo";

/// Secrets from the environment.
#[derive(Clone)]
pub(super) struct Access {
    pub(super) email: String,
    pub(super) password: SecretString,
    /// An operator's access token, instead of signing in.
    pub(super) token: Option<SecretString>,
    /// What the tenants' passwords are derived from, so that they are strong and needn't be kept.
    root: SecretString,
}

impl Access {
    pub(super) fn from_environment() -> anyhow::Result<Self> {
        let read = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let password = read("WAFAA_OPERATOR_PASSWORD");
        let token = read("WAFAA_OPERATOR_TOKEN");
        let root = read("WAFAA_LOAD_PASSWORD").or_else(|| password.clone());
        ensure!(
            token.is_none() || root.is_some(),
            "WAFAA_OPERATOR_TOKEN is set without WAFAA_LOAD_PASSWORD, which the tenants' passwords are derived from"
        );
        let demo = || DEMO_PASSWORD.to_owned();
        Ok(Self {
            email: read("WAFAA_OPERATOR_EMAIL").unwrap_or_else(|| OPERATOR.to_owned()),
            password: password.unwrap_or_else(demo).into(),
            token: token.map(SecretString::from),
            root: root.unwrap_or_else(demo).into(),
        })
    }

    /// A secret of a tenant, the same in every run.
    pub(super) fn derived(&self, purpose: &str, slug: &str) -> String {
        let message = format!("wafaa bench load {purpose} {slug}");
        hex::encode(hmac(
            self.root.expose_secret().as_bytes(),
            message.as_bytes(),
        ))
    }
}

/// The address of a tenant's first member.
pub(super) fn admin(slug: &str) -> String {
    format!("admin@{slug}.example")
}

/// Whether a key still opens the tenant it was made for.
pub(super) async fn opens(target: &Target, key: &str, slug: &str) -> anyhow::Result<bool> {
    let (status, me) = target.get("/api/v1/auth/me", key).await?;
    Ok(status.is_success() && me["tenant"]["slug"] == slug)
}

/// Signs a tenant's first member in and makes a key.
pub(super) async fn key(target: &Target, access: &Access, slug: &str) -> anyhow::Result<String> {
    let credentials = json!({
        "email": admin(slug),
        "password": access.derived("password", slug),
        "tenant": slug,
    });
    let answer = target.post("/api/v1/auth/login", "", &credentials).await?;
    ensure!(
        answer.0 != StatusCode::UNAUTHORIZED,
        "its password was derived from something else: set WAFAA_LOAD_PASSWORD to the operator's password of the \
         first run"
    );
    let token = text(&success(answer, "sign in")?, "/access_token")?;
    let wanted = json!({ "name": "load generator", "role": "admin" });
    let made = target.post("/api/v1/api-keys", &token, &wanted).await?;
    text(&success(made, "make an API key")?, "/key")
}

/// Adds the channel that WhatsApp notifications arrive at, unless there is one.
pub(super) async fn channel(
    target: &Target,
    key: &str,
    slug: &str,
    app_secret: &str,
) -> anyhow::Result<()> {
    let (status, listed) = target.get("/api/v1/channels", key).await?;
    let listed = success((status, listed), "list its channels")?;
    let channels = listed["data"].as_array().into_iter().flatten();
    if channels
        .into_iter()
        .any(|channel| channel["kind"] == "whatsapp")
    {
        return Ok(());
    }
    let channel = json!({
        "kind": "whatsapp",
        "name": "Load generator",
        "settings": { "phone_number_id": slug },
        "secrets": { "access_token": "none", "app_secret": app_secret, "verify_token": "none" },
    });
    let made = target.post("/api/v1/channels", key, &channel).await?;
    success(made, "add its channel")?;
    // Nobody here writes in bursts, so waiting for the rest of one would be all that is measured.
    let hasty = json!({ "merge_window_ms": 0 });
    let set = target.call(Method::PATCH, "/api/v1/bot", key, |request| {
        request.json(&hasty)
    });
    success(set.await?, "set its bot").map(drop)
}
