//! `/api/v1/auth`: signing in, staying signed in, signing out, and who one is.
//!
//! A failed sign-in says the same and takes the same time whatever the cause: passwords are checked against
//! somebody or nobody alike, and no failure is answered before [`FLOOR`].

use std::time::Duration;

use poem::{Request, web::Data};
use poem_openapi::{Object, OpenApi, payload::Json};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;
use wafaa_domain::{Actor, Email, MemberId, Slug, SystemScope};
use wafaa_storage::{
    Error as StorageError, Tx,
    member::{self, Account},
    refresh_token::{self, Redeemed},
    tenant,
};

use super::{Done, Tag};
use crate::{
    auth::{self, Auth, Caller, LIFETIME, hash, random_token, throttle},
    body::Body,
    error::{Error, Result},
    state::State,
};

/// The soonest that a failed sign-in is answered. Longer than checking a password against a few accounts
/// takes, so that the time doesn't tell how many there are.
const FLOOR: Duration = Duration::from_millis(250);

#[derive(Object)]
struct Login {
    /// The member's e-mail address.
    #[oai(validator(max_length = 254))]
    email: String,
    /// Their password.
    #[oai(validator(max_length = 200))]
    password: String,
    /// The tenant's slug; only needed where one address and password open several.
    tenant: Option<String>,
}

#[derive(Object)]
struct Refresh {
    /// The newest refresh token of the session.
    refresh_token: String,
}

#[derive(Object)]
struct Logout {
    /// The session's refresh token; when absent, the session of the access token is ended.
    refresh_token: Option<String>,
}

/// A session's tokens.
#[derive(Object)]
struct Tokens {
    /// Goes into `Authorization: Bearer …`.
    access_token: String,
    /// Good for one use; the answer has the next one.
    refresh_token: String,
    /// `Bearer`.
    token_type: String,
    /// Seconds until the access token expires.
    expires_in: u64,
}

/// Who is asking.
#[derive(Object)]
struct Me {
    /// The person; null for an API key.
    member: Option<Person>,
    /// The API key; null for a person.
    api_key_id: Option<String>,
    /// The tenant; null for an operator.
    tenant: Option<Home>,
    /// `viewer`, `agent`, `admin`, `owner`, or `operator`.
    role: String,
}

#[derive(Object)]
struct Person {
    id: String,
    email: String,
}

#[derive(Object)]
struct Home {
    id: String,
    slug: String,
    name: String,
}

pub(crate) struct Sessions;

#[OpenApi(prefix_path = "/api/v1/auth", tag = "Tag::Sessions")]
impl Sessions {
    /// Sign in
    #[oai(path = "/login", method = "post", operation_id = "login")]
    async fn login(
        &self,
        state: Data<&State>,
        request: &Request,
        body: Body<Login>,
    ) -> Result<Json<Tokens>> {
        let started = Instant::now();
        let Login {
            email,
            password,
            tenant,
        } = body.value;
        let address = email.trim().to_lowercase();
        let host = state.trusted_proxies.host(request);
        throttle::attempt(&state, &address, &host).await?;
        let candidates = candidates(&state, &address, tenant.as_deref()).await?;
        let mut matching = matching(&state, &password, candidates).await?;
        let Some(account) = matching.pop() else {
            sleep_until(started + FLOOR).await;
            return Err(Error::Credentials);
        };
        if !matching.is_empty() {
            return Err(Error::TenantRequired);
        }
        throttle::clear(&state, &address).await;
        let tx = state
            .db()
            .write(SystemScope::new("begin a session"))
            .await?;
        let tokens = hand_out(&state, &tx, account.id, None).await?;
        tx.commit().await?;
        Ok(Json(tokens))
    }

    /// Exchange a refresh token for new tokens
    #[oai(path = "/refresh", method = "post", operation_id = "refresh")]
    async fn refresh(&self, state: Data<&State>, body: Body<Refresh>) -> Result<Json<Tokens>> {
        let tx = state
            .db()
            .write(SystemScope::new("continue a session"))
            .await?;
        let redeemed = refresh_token::redeem(&tx, &hash(&body.value.refresh_token)).await?;
        let answer = match redeemed {
            Redeemed::Good { member, family } => match member::account(&tx, member).await {
                Ok(account) => hand_out(&state, &tx, account.id, Some(family)).await,
                Err(StorageError::NotFound) => Err(Error::RefreshToken),
                Err(other) => Err(other.into()),
            },
            Redeemed::Reused { member } => {
                tracing::warn!(%member, "a refresh token was used twice; its session is ended");
                Err(Error::RefreshTokenReused)
            }
            Redeemed::Invalid => Err(Error::RefreshToken),
        };
        // Whatever the answer: a token spent or a session ended stays so.
        tx.commit().await?;
        answer.map(Json)
    }

    /// End a session
    #[oai(path = "/logout", method = "post", operation_id = "logout")]
    async fn logout(
        &self,
        state: Data<&State>,
        request: &Request,
        body: Body<Logout>,
    ) -> Result<Done> {
        let session = match &body.value.refresh_token {
            Some(token) => hash(token),
            None => auth::session(&state, request).ok_or(Error::Unauthenticated)?,
        };
        let tx = state.db().write(SystemScope::new("end a session")).await?;
        refresh_token::revoke(&tx, &session).await?;
        tx.commit().await?;
        Ok(Done::Done)
    }

    /// Who am I?
    #[oai(path = "/me", method = "get", operation_id = "me")]
    #[expect(
        clippy::unused_async,
        reason = "the macro wants every handler to be async"
    )]
    async fn me(&self, auth: Auth) -> Result<Json<Me>> {
        Ok(Json(Me::from(&auth.0)))
    }
}

impl From<&Caller> for Me {
    fn from(caller: &Caller) -> Self {
        match caller {
            Caller::Operator(operator) => Self {
                member: Some(Person::new(operator.id, &operator.email)),
                api_key_id: None,
                tenant: None,
                role: "operator".into(),
            },
            Caller::Member(member) => {
                let (id, key) = match member.scope.actor() {
                    Actor::Member(id) => (Some(id), None),
                    Actor::ApiKey(key) => (None, Some(key.to_string())),
                    Actor::Job(_) | Actor::Channel(_) | Actor::CommandLine => (None, None),
                };
                Self {
                    member: id
                        .zip(member.email.as_ref())
                        .map(|(id, email)| Person::new(id, email)),
                    api_key_id: key,
                    tenant: Some(Home::from(&member.tenant)),
                    role: member.role.as_str().into(),
                }
            }
        }
    }
}

impl Person {
    fn new(id: MemberId, email: &Email) -> Self {
        Self {
            id: id.to_string(),
            email: email.to_string(),
        }
    }
}

impl From<&tenant::Tenant> for Home {
    fn from(tenant: &tenant::Tenant) -> Self {
        Self {
            id: tenant.id.to_string(),
            slug: tenant.slug.to_string(),
            name: tenant.name.clone(),
        }
    }
}

/// The accounts that an attempt may be about. A text that can't be an address or a slug is about none.
async fn candidates(state: &State, address: &str, tenant: Option<&str>) -> Result<Vec<Account>> {
    let Ok(email) = address.parse::<Email>() else {
        return Ok(Vec::new());
    };
    let tx = state
        .db()
        .read(SystemScope::new("find who signs in"))
        .await?;
    let mut accounts = member::accounts(&tx, &email).await?;
    if let Some(slug) = tenant {
        let wanted = match slug.parse::<Slug>() {
            Ok(slug) => tenant::by_slug(&tx, &slug)
                .await
                .ok()
                .map(|tenant| tenant.id),
            Err(_) => None,
        };
        accounts.retain(|account| {
            account.membership.map(|(tenant, _)| tenant) == wanted && wanted.is_some()
        });
    }
    tx.commit().await?;
    Ok(accounts)
}

/// Those whose password this is. Where there is nobody, nobody's password is checked.
async fn matching(state: &State, password: &str, candidates: Vec<Account>) -> Result<Vec<Account>> {
    if candidates.is_empty() {
        state.passwords.verify(password, None).await?;
        return Ok(Vec::new());
    }
    let mut matching = Vec::new();
    for account in candidates {
        if state
            .passwords
            .verify(password, Some(account.password.clone()))
            .await?
        {
            matching.push(account);
        }
    }
    Ok(matching)
}

async fn hand_out(
    state: &State,
    tx: &Tx<SystemScope>,
    member: MemberId,
    family: Option<Uuid>,
) -> Result<Tokens> {
    let refresh_token = format!("wr_{}", random_token());
    let session = hash(&refresh_token);
    refresh_token::issue(tx, member, &session, family).await?;
    Ok(Tokens {
        access_token: state.secrets.issue(member, &session)?,
        refresh_token,
        token_type: "Bearer".into(),
        expires_in: LIFETIME.as_secs(),
    })
}
