//! Connecting by Meta's login: the address to send a person to, the code exchanged for a token, the token for one that
//! lasts, and what it reaches. And keeping a token from running out.
//!
//! `state` must be a random value kept for the person who was sent away, and compared when they return; that is the
//! API's business. Tokens travel in headers or bodies here, never in logs.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use wafaa_domain::ChannelKind;

use super::{GRAPH_VERSION, graph};
use crate::{
    account::Account,
    call::call,
    client::Channels,
    endpoint::join,
    json::{id, is_true, list, number, string, text},
    outbound::SendError,
};

/// Where people say yes. Browsers go there, so no stand-in is needed.
const DIALOG: &str = "https://www.facebook.com";

/// The kinds of channels whose tokens are Meta's.
pub const KINDS: [ChannelKind; 3] = [
    ChannelKind::Whatsapp,
    ChannelKind::Instagram,
    ChannelKind::Messenger,
];

/// A Meta app.
#[derive(Debug, Clone)]
pub struct App {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: SecretString,
}

/// An access token.
#[derive(Debug, Clone)]
pub struct Token {
    /// The token.
    pub access_token: SecretString,
    /// When it runs out; never, when absent.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What Meta says about a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// Whether it works.
    pub valid: bool,
    /// When it runs out; never, when absent.
    pub expires_at: Option<DateTime<Utc>>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// What it would have to be allowed as well.
    pub missing: Vec<String>,
}

/// A number, a page or an Instagram account that a token reaches.
#[derive(Debug, Clone)]
pub struct Discovered {
    /// What people call it.
    pub name: String,
    /// The settings of a channel for it.
    pub settings: Value,
    /// Its own token, to be kept instead of the person's.
    pub access_token: Option<SecretString>,
}

/// What a channel of this kind must be allowed to do.
#[must_use]
pub const fn scopes(kind: ChannelKind) -> &'static [&'static str] {
    match kind {
        ChannelKind::Whatsapp => &[
            "whatsapp_business_management",
            "whatsapp_business_messaging",
        ],
        ChannelKind::Messenger => &[
            "pages_show_list",
            "pages_messaging",
            "pages_manage_metadata",
        ],
        ChannelKind::Instagram => &[
            "pages_show_list",
            "pages_manage_metadata",
            "instagram_basic",
            "instagram_manage_messages",
        ],
        ChannelKind::Web | ChannelKind::Telegram | ChannelKind::Slack => &[],
    }
}

/// Where to send a person who wants to connect a channel of this kind.
#[must_use]
pub fn authorisation_url(kind: ChannelKind, app_id: &str, redirect_uri: &Url, state: &str) -> Url {
    let dialog = DIALOG.parse().expect("a URL written here");
    let mut url = join(&dialog, &[GRAPH_VERSION, "dialog", "oauth"]);
    url.query_pairs_mut()
        .append_pair("client_id", app_id)
        .append_pair("redirect_uri", redirect_uri.as_str())
        .append_pair("state", state)
        .append_pair("response_type", "code")
        .append_pair("scope", &scopes(kind).join(","));
    url
}

/// Exchanges the code that the person came back with.
///
/// # Errors
/// [`SendError::Invalid`] when the code is wrong or used, or the redirect URI another.
pub async fn exchange(
    to: &Channels,
    app: &App,
    redirect_uri: &Url,
    code: &str,
) -> Result<Token, SendError> {
    let form = json!({
        "client_id": app.id,
        "client_secret": app.secret.expose_secret(),
        "redirect_uri": redirect_uri.as_str(),
        "code": code,
    });
    token(to, &form).await
}

/// Exchanges a token of an hour or two for one of sixty days.
///
/// # Errors
/// [`SendError::Reconnect`] when it no longer works.
pub async fn extend(to: &Channels, app: &App, access_token: &str) -> Result<Token, SendError> {
    let form = json!({
        "grant_type": "fb_exchange_token",
        "client_id": app.id,
        "client_secret": app.secret.expose_secret(),
        "fb_exchange_token": access_token,
    });
    token(to, &form).await
}

/// The app that a channel's token was made by, where the channel says so. Tokens of Instagram's own login are none of
/// its business.
#[must_use]
pub fn app_of(account: &Account) -> Option<App> {
    if graph::is_instagram_login(account) {
        return None;
    }
    Some(App {
        id: account.setting("app_id")?.to_owned(),
        secret: account.secret("app_secret")?.to_owned().into(),
    })
}

/// Exchanges a channel's token for a later one, before it has run out: through its app, or, of Instagram's own login,
/// as it is. `None` when the channel doesn't say which app that is.
///
/// # Errors
/// [`SendError::Reconnect`] or [`SendError::Invalid`] when this token can't be renewed.
pub async fn renew(to: &Channels, account: &Account) -> Option<Result<Token, SendError>> {
    let access_token = account.secret("access_token")?;
    if graph::is_instagram_login(account) {
        return Some(refresh(to, access_token).await);
    }
    let app = app_of(account)?;
    Some(extend(to, &app, access_token).await)
}

/// The only call that Meta wants the token in the address for; addresses are not logged.
async fn refresh(to: &Channels, access_token: &str) -> Result<Token, SendError> {
    let mut url = join(&to.endpoints().instagram, &["refresh_access_token"]);
    url.query_pairs_mut()
        .append_pair("grant_type", "ig_refresh_token")
        .append_pair("access_token", access_token);
    given(&graph::understood(call(to.http().get(url)).await?)?)
}

async fn token(to: &Channels, form: &Value) -> Result<Token, SendError> {
    let url = graph::url(&to.endpoints().graph, &["oauth", "access_token"], &[]);
    given(&graph::understood(
        call(to.http().post(url).json(form)).await?,
    )?)
}

fn given(answer: &Value) -> Result<Token, SendError> {
    let access_token = string(answer, "/access_token").ok_or_else(|| SendError::Unknown {
        detail: "Meta answered without a token".into(),
    })?;
    let lasts = number(answer, "/expires_in").filter(|seconds| *seconds > 0);
    Ok(Token {
        access_token: access_token.into(),
        expires_at: lasts
            .and_then(|seconds| Utc::now().checked_add_signed(TimeDelta::try_seconds(seconds)?)),
    })
}

/// Asks Meta about a token, to warn before it runs out.
///
/// # Errors
/// [`SendError::Reconnect`] when the app's id or secret is wrong.
pub async fn inspect(
    to: &Channels,
    app: &App,
    kind: ChannelKind,
    access_token: &str,
) -> Result<Inspected, SendError> {
    let app_token = format!("{}|{}", app.id, app.secret.expose_secret());
    let query = [("input_token", access_token)];
    let answer = ask(to, &app_token, &["debug_token"], &query).await?;
    let scopes: Vec<String> = list(&answer, "/data/scopes")
        .iter()
        .filter_map(|scope| scope.as_str().map(str::to_owned))
        .collect();
    let is_missing = |scope: &&&str| !scopes.iter().any(|has| has == *scope);
    let missing = self::scopes(kind).iter().filter(is_missing);
    Ok(Inspected {
        valid: is_true(&answer, "/data/is_valid"),
        expires_at: number(&answer, "/data/expires_at")
            .filter(|at| *at > 0)
            .and_then(|at| DateTime::from_timestamp(at, 0)),
        missing: missing.map(|scope| (*scope).to_owned()).collect(),
        scopes,
    })
}

/// What the token reaches that could become a channel of this kind.
///
/// # Errors
/// [`SendError::Reconnect`] when the token doesn't work or lacks a permission.
pub async fn discover(
    to: &Channels,
    kind: ChannelKind,
    access_token: &str,
) -> Result<Vec<Discovered>, SendError> {
    match kind {
        ChannelKind::Whatsapp => numbers(to, access_token).await,
        ChannelKind::Messenger | ChannelKind::Instagram => pages(to, kind, access_token).await,
        ChannelKind::Web | ChannelKind::Telegram | ChannelKind::Slack => Ok(Vec::new()),
    }
}

/// Every number of every WhatsApp Business Account of every business, each in one page of at most a hundred.
async fn numbers(to: &Channels, access_token: &str) -> Result<Vec<Discovered>, SendError> {
    let accounts = "owned_whatsapp_business_accounts.limit(100){id,name,phone_numbers.limit(100){id,display_phone_number,verified_name}}";
    let query = [("fields", accounts), ("limit", "100")];
    let answer = ask(to, access_token, &["me", "businesses"], &query).await?;
    let mut numbers = Vec::new();
    for business in list(&answer, "/data") {
        for account in list(business, "/owned_whatsapp_business_accounts/data") {
            let found = list(account, "/phone_numbers/data");
            numbers.extend(found.iter().filter_map(|number| numbered(account, number)));
        }
    }
    Ok(numbers)
}

fn numbered(account: &Value, number: &Value) -> Option<Discovered> {
    let digits = text(number, "/display_phone_number").unwrap_or_default();
    let name = text(number, "/verified_name").unwrap_or_default();
    Some(Discovered {
        name: format!("{digits} {name}").trim().to_owned(),
        settings: json!({
            "phone_number_id": id(number, "/id")?,
            "business_account_id": id(account, "/id")?,
        }),
        access_token: None,
    })
}

async fn pages(
    to: &Channels,
    kind: ChannelKind,
    access_token: &str,
) -> Result<Vec<Discovered>, SendError> {
    let fields = "id,name,access_token,instagram_business_account{id,username}";
    let query = [("fields", fields), ("limit", "100")];
    let answer = ask(to, access_token, &["me", "accounts"], &query).await?;
    let found = list(&answer, "/data").iter();
    Ok(found.filter_map(|page| paged(kind, page)).collect())
}

fn paged(kind: ChannelKind, page: &Value) -> Option<Discovered> {
    let page_id = id(page, "/id")?;
    let (name, settings) = if kind == ChannelKind::Instagram {
        let account = id(page, "/instagram_business_account/id")?;
        let name = text(page, "/instagram_business_account/username").unwrap_or(&account);
        (
            name.to_owned(),
            json!({"account_id": account, "page_id": page_id}),
        )
    } else {
        let name = text(page, "/name").unwrap_or(&page_id);
        (name.to_owned(), json!({"account_id": page_id}))
    };
    Some(Discovered {
        name,
        settings,
        access_token: string(page, "/access_token").map(Into::into),
    })
}

async fn ask(
    to: &Channels,
    bearer: &str,
    path: &[&str],
    query: &[(&str, &str)],
) -> Result<Value, SendError> {
    let url = graph::url(&to.endpoints().graph, path, query);
    let request = to.http().request(Method::GET, url).bearer_auth(bearer);
    graph::understood(call(request).await?)
}
