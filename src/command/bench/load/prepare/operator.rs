//! What only an operator may do: making tenants, and giving them limits that no load reaches.

use std::{collections::HashMap, sync::Arc};

use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::{Access, access};
use crate::command::bench::load::{
    corpus::Business,
    target::{Target, success, text},
};

/// The most that a tenant may be allowed.
const UNREACHED: u32 = 10_000_000;

/// Signs in when first needed.
pub(super) struct Operator {
    target: Arc<Target>,
    access: Access,
    session: OnceCell<Session>,
}

struct Session {
    token: String,
    /// The tenants there are, by slug.
    tenants: HashMap<String, Value>,
}

impl Operator {
    pub(super) fn new(target: Arc<Target>, access: Access) -> Self {
        Self {
            target,
            access,
            session: OnceCell::new(),
        }
    }

    /// Makes a tenant, or raises the limits of the one there is.
    pub(super) async fn ensure(&self, business: &Business) -> anyhow::Result<()> {
        let session = self.session.get_or_try_init(|| self.sign_in()).await?;
        let limits = json!({
            "requests_per_minute": UNREACHED,
            "questions_per_minute": UNREACHED,
            "uploads_per_minute": UNREACHED,
        });
        match session.tenants.get(&business.slug) {
            None => self.make(session, business, &limits).await,
            Some(tenant) if is_unlimited(tenant) => Ok(()),
            Some(tenant) => {
                let path = format!("/api/v1/tenants/{}", text(tenant, "/id")?);
                let change = json!({ "limits": limits });
                let changed = self
                    .target
                    .call(Method::PATCH, &path, &session.token, |request| {
                        request.json(&change)
                    })
                    .await?;
                success(changed, "raise its limits").map(drop)
            }
        }
    }

    async fn make(
        &self,
        session: &Session,
        business: &Business,
        limits: &Value,
    ) -> anyhow::Result<()> {
        let tenant = json!({
            "slug": business.slug,
            "name": business.name,
            "admin": {
                "email": access::admin(&business.slug),
                "password": self.access.derived("password", &business.slug),
            },
            "limits": limits,
        });
        let made = self
            .target
            .post("/api/v1/tenants", &session.token, &tenant)
            .await?;
        success(made, "make it").map(drop)
    }

    async fn sign_in(&self) -> anyhow::Result<Session> {
        let token = match &self.access.token {
            Some(token) => token.expose_secret().to_owned(),
            None => {
                let credentials = json!({
                    "email": self.access.email,
                    "password": self.access.password.expose_secret(),
                });
                let answer = self
                    .target
                    .post("/api/v1/auth/login", "", &credentials)
                    .await?;
                let attempt = format!(
                    "sign in as the operator {} (WAFAA_OPERATOR_EMAIL, WAFAA_OPERATOR_PASSWORD)",
                    self.access.email
                );
                text(&success(answer, attempt)?, "/access_token")?
            }
        };
        let tenants = self.list(&token).await?;
        Ok(Session { token, tenants })
    }

    async fn list(&self, token: &str) -> anyhow::Result<HashMap<String, Value>> {
        let mut tenants = HashMap::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/api/v1/tenants?limit=200{cursor}");
            let page = success(
                self.target.get(&path, token).await?,
                "list the tenants as their operator",
            )?;
            for tenant in page["data"].as_array().into_iter().flatten() {
                tenants.insert(text(tenant, "/slug")?, tenant.clone());
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(tenants),
            }
        }
    }
}

/// Whether no limit would be met. A limit that a later version adds is left as it is.
fn is_unlimited(tenant: &Value) -> bool {
    [
        "requests_per_minute",
        "questions_per_minute",
        "uploads_per_minute",
    ]
    .iter()
    .all(|limit| tenant["limits"][limit] == UNREACHED)
}
