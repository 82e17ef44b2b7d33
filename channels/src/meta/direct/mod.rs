//! Direct messages on Messenger and Instagram: one protocol, and one adapter, with small differences that
//! `messenger.rs` and `instagram.rs` name.

mod adapter;
mod content;
mod parse;
mod send;

use serde_json::{Value, json};
use wafaa_domain::ChannelKind;

use super::{
    TOKEN_REMEDY,
    graph::{Graph, is_instagram_login},
};
use crate::{
    account::Account,
    client::Channels,
    health::{Check, Health},
    json::{id, list, text},
    limits::Limits,
    outbound::SendError,
};

/// What makes one of the two different.
pub(crate) struct Dialect {
    pub(crate) kind: ChannelKind,
    /// `object` in its webhooks.
    pub(crate) object: &'static str,
    /// The webhook fields that are needed.
    pub(crate) fields: &'static str,
    /// Those of them that a Facebook page linked to the account can be subscribed to, where calls may go through one.
    pub(crate) fields_of_page: Option<&'static str>,
    /// Whether files can be uploaded; otherwise only links can be sent.
    pub(crate) uploads: bool,
    pub(crate) limits: Limits,
}

/// The page or account whose calls these are. Who has logged in at Instagram has none of Facebook's pages.
fn node(account: &Account) -> &str {
    page(account)
        .or_else(|| account.setting("account_id"))
        .unwrap_or("me")
}

fn page(account: &Account) -> Option<&str> {
    let page = account.setting("page_id");
    page.filter(|_| !is_instagram_login(account))
}

/// Subscribes the app to the page's or account's webhooks.
async fn connect(dialect: &Dialect, to: &Channels, account: &Account) -> Result<(), SendError> {
    let fields = dialect.fields_of_page.filter(|_| page(account).is_some());
    let body = json!({"subscribed_fields": fields.unwrap_or(dialect.fields)});
    let path = [node(account), "subscribed_apps"];
    Graph::new(to, account).post(&path, &body).await?;
    Ok(())
}

/// Whether the token works, reaches this account, belongs to this app secret, and hears of messages.
async fn test(to: &Channels, account: &Account) -> Health {
    let graph = Graph::new(to, account);
    let proof = graph.proof();
    let is_own_login = is_instagram_login(account);
    let (path, fields) = if is_own_login {
        ("me", "user_id,username")
    } else {
        (account.setting("account_id").unwrap_or("me"), "id,name")
    };
    let query = [("fields", fields), ("appsecret_proof", proof.as_str())];
    let profile = match graph.get(&[path], &query).await {
        Ok(profile) => profile,
        Err(error) => return Health::of(refused(&error)),
    };
    let found = id(&profile, if is_own_login { "/user_id" } else { "/id" });
    let mut checks = vec![Check::passed(Check::TOKEN, "accepted, with the app secret")];
    if found.as_deref() != account.setting("account_id") {
        let named = found.as_deref().unwrap_or("no account");
        checks.push(Check::failed(
            "account",
            format!("the token belongs to {named}"),
            "Set account_id to this one, or use the other account's token.",
        ));
    }
    checks.push(subscription(&graph, account).await);
    Health {
        account: text(&profile, "/name")
            .or_else(|| text(&profile, "/username"))
            .map(str::to_owned),
        external_id: found,
        checks,
    }
}

async fn subscription(graph: &Graph<'_>, account: &Account) -> Check {
    const NAME: &str = "webhook";
    let listens = |app: &Value| {
        list(app, "/subscribed_fields")
            .iter()
            .any(|field| field.as_str() == Some("messages"))
    };
    match graph.get(&[node(account), "subscribed_apps"], &[]).await {
        Ok(apps) if list(&apps, "/data").iter().any(listens) => {
            Check::passed(NAME, "the app hears of messages")
        }
        Ok(_) => Check::failed(
            NAME,
            "no app is subscribed to this account's messages",
            "Connect the channel once more, or subscribe to `messages` in the app's dashboard.",
        ),
        Err(error) => Check::failed(
            NAME,
            error.detail(),
            "The token needs the permission pages_manage_metadata to look at webhooks.",
        ),
    }
}

/// The advice for a first call that failed. A wrong app secret shows here, by its proof.
pub(crate) fn refused(error: &SendError) -> Check {
    if error.detail().contains("appsecret_proof") {
        return Check::failed(
            "app secret",
            error.detail(),
            "Copy the app secret from App settings → Basic of the app that made the token.",
        );
    }
    let target =
        "Compare the id with the one in Meta's dashboard; the token must have access to it.";
    Check::of_error(error, TOKEN_REMEDY, target)
}
