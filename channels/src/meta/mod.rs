//! What WhatsApp, Messenger and Instagram have in common: Meta's Graph API, its signatures and its error codes.

pub(crate) mod direct;
pub(crate) mod error;
pub(crate) mod graph;
pub mod oauth;

use serde_json::Value;

use crate::{
    account::{Account, Form, Secrets},
    request::{Headers, Query, Refused},
    signature,
};

/// The version of the Graph API that everything here speaks.
pub const GRAPH_VERSION: &str = "v24.0";

/// Domains that Meta serves customers' files from.
pub(crate) const FILE_DOMAINS: &[&str] = &["fbsbx.com", "fbcdn.net", "cdninstagram.com"];

/// What to do when the token is refused.
pub(crate) const TOKEN_REMEDY: &str =
    "Make a new access token (a system user's doesn't expire) and save it in the channel.";

/// The secrets of every Meta channel, the setting that says which number or page it is, and the app that made its token.
pub(crate) fn form<'a>(settings: &'a Value, secrets: &'a Secrets, id: &str) -> Form<'a> {
    Form::new(settings, secrets)
        .id(id)
        .optional_id("app_id")
        .token("access_token")
        .token("app_secret")
        .secret("verify_token", "is too long", |_| true)
}

/// Meta's `hub.challenge`: answered when the verify token is the channel's.
pub(crate) fn handshake(account: &Account, query: &Query) -> Result<String, Refused> {
    let expected = account.secret("verify_token").unwrap_or_default();
    let given = query.get("hub.verify_token").unwrap_or_default();
    let is_subscription = query.get("hub.mode") == Some("subscribe");
    if expected.is_empty() || !is_subscription || !signature::is_same(expected, given) {
        return Err(Refused {
            reason: "the verify token is not this channel's",
        });
    }
    let challenge = query.get("hub.challenge").unwrap_or_default();
    Ok(challenge.to_owned())
}

/// `X-Hub-Signature-256`: HMAC-SHA-256 of the raw body under the app secret.
pub(crate) fn verify(account: &Account, headers: &Headers, body: &[u8]) -> Result<(), Refused> {
    let refused = |reason| Err(Refused { reason });
    let Some(secret) = account.secret("app_secret") else {
        return refused("the channel has no app secret");
    };
    let Some(digits) = headers
        .get("x-hub-signature-256")
        .and_then(|signature| signature.strip_prefix("sha256="))
    else {
        return refused("there is no X-Hub-Signature-256");
    };
    if signature::is_hmac(secret, &[body], digits) {
        Ok(())
    } else {
        refused("the signature is not this app's")
    }
}
