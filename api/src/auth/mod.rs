//! Who is asking: access tokens, API keys, passwords. The only place of this crate that mints a
//! [`TenantScope`], once the bearer is proven and found in the database as it is now.
//!
//! Roles and memberships are read on every request, so that removing somebody takes effect at once.

mod password;
mod secret;
pub(crate) mod throttle;
mod token;

use poem::Request;
use poem_openapi::{SecurityScheme, auth::Bearer};
use wafaa_domain::{Actor, Email, MemberId, Role, SystemScope, TenantScope};
use wafaa_storage::{Error as StorageError, api_key, member, tenant};

use crate::{
    edge::Context,
    error::{Error, Result},
    limit,
    state::State,
};

pub(crate) use password::Passwords;
pub(crate) use secret::{API_KEY_PREFIX, Secrets, hash, random_token};
pub(crate) use token::LIFETIME;

/// The password of the demo tenants, which everybody knows.
pub(crate) const DEMO_PASSWORD: &str = "wafaa-demo";

/// An access token from `POST /api/v1/auth/login`, or an API key `wk_…`.
#[derive(SecurityScheme)]
#[oai(
    rename = "bearer",
    ty = "bearer",
    bearer_format = "JWT or API key",
    checker = "authenticate"
)]
pub(crate) struct Auth(pub(crate) Caller);

/// Who is asking.
pub(crate) enum Caller {
    /// A member of a tenant, or a program with one of its keys.
    Member(Box<Member>),
    /// A platform operator, who belongs to no tenant.
    Operator(Operator),
}

pub(crate) struct Member {
    pub(crate) scope: TenantScope,
    pub(crate) role: Role,
    pub(crate) tenant: tenant::Tenant,
    /// A key has none.
    pub(crate) email: Option<Email>,
}

#[derive(Clone)]
pub(crate) struct Operator {
    pub(crate) id: MemberId,
    pub(crate) email: Email,
}

impl Auth {
    /// The caller's tenant, when their role includes `needed`.
    pub(crate) fn allowed(&self, needed: Role) -> Result<&TenantScope> {
        let member = self.member()?;
        (member.role >= needed)
            .then_some(&member.scope)
            .ok_or(Error::Role(needed))
    }

    pub(crate) fn member(&self) -> Result<&Member> {
        match &self.0 {
            Caller::Member(member) => Ok(member),
            Caller::Operator(_) => Err(Error::MemberOnly),
        }
    }

    pub(crate) fn operator(&self) -> Result<&Operator> {
        match &self.0 {
            Caller::Member(_) => Err(Error::OperatorOnly),
            Caller::Operator(operator) => Ok(operator),
        }
    }
}

/// The family of refresh tokens that the presented access token belongs to, as the hash of one of them.
pub(crate) fn session(state: &State, request: &Request) -> Option<Vec<u8>> {
    let token = request.header("authorization")?.strip_prefix("Bearer ")?;
    Some(state.secrets.verify(token)?.session)
}

async fn authenticate(request: &Request, bearer: Bearer) -> poem::Result<Caller> {
    Ok(identify(request, &bearer.token).await?)
}

async fn identify(request: &Request, token: &str) -> Result<Caller> {
    let missing = |what: &str| Error::Internal(format!("a request came without its {what}"));
    let state = request.data::<State>().ok_or_else(|| missing("state"))?;
    let context = request
        .data::<Context>()
        .ok_or_else(|| missing("context"))?;
    let caller = caller(state, token).await?;
    if let Caller::Member(member) = &caller {
        tracing::Span::current().record("tenant", tracing::field::display(member.tenant.id));
    }
    context.spend(limit::count(state, request, &caller).await)?;
    Ok(caller)
}

/// Who bears a token or key. Counts as no request.
///
/// # Errors
/// [`Error::Unauthenticated`] when nobody does.
pub(crate) async fn caller(state: &State, token: &str) -> Result<Caller> {
    let caller = if token.starts_with(API_KEY_PREFIX) {
        by_key(state, token).await
    } else {
        by_token(state, token).await
    };
    caller.map_err(unknown_is_unauthenticated)
}

async fn by_token(state: &State, token: &str) -> Result<Caller> {
    let claims = state.secrets.verify(token).ok_or(Error::Unauthenticated)?;
    let tx = state
        .db()
        .read(SystemScope::new("find whose access token this is"))
        .await?;
    let account = member::account(&tx, claims.member).await?;
    let caller = match account.membership {
        None => Caller::Operator(Operator {
            id: account.id,
            email: account.email,
        }),
        Some((tenant, role)) => Caller::Member(Box::new(Member {
            scope: TenantScope::authenticated(tenant, Actor::Member(account.id)),
            role,
            tenant: tenant::get(&tx, tenant).await?,
            email: Some(account.email),
        })),
    };
    tx.commit().await?;
    Ok(caller)
}

async fn by_key(state: &State, key: &str) -> Result<Caller> {
    let tx = state
        .db()
        .read(SystemScope::new("find whose API key this is"))
        .await?;
    let (bearer, worth_noting) = api_key::by_hash(&tx, &hash(key)).await?;
    let tenant = tenant::get(&tx, bearer.tenant).await?;
    tx.commit().await?;
    if worth_noting {
        tokio::spawn(note_use(state.clone(), bearer));
    }
    Ok(Caller::Member(Box::new(Member {
        scope: TenantScope::authenticated(bearer.tenant, Actor::ApiKey(bearer.id)),
        role: bearer.role,
        tenant,
        email: None,
    })))
}

/// Nobody waits for this: a lost note costs a minute's precision.
async fn note_use(state: State, bearer: api_key::Bearer) {
    let noted = async {
        let tx = state
            .db()
            .write(SystemScope::new("note that an API key was used"))
            .await?;
        api_key::note_use(&tx, bearer.id).await?;
        tx.commit().await
    };
    if let Err(error) = noted.await {
        tracing::warn!(%error, "could not note the use of an API key");
    }
}

fn unknown_is_unauthenticated(error: Error) -> Error {
    if let Error::Storage(StorageError::NotFound) = error {
        return Error::Unauthenticated;
    }
    error
}
