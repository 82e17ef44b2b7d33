//! The chat on the tenant's own web site. Nobody stands between: the API serves visitors itself, so what is sent is
//! delivered by being stored, and there is no webhook.

use chrono::{DateTime, Utc};
use serde_json::Value;
use wafaa_domain::ChannelKind;

use crate::{
    account::{Account, Problem, Secrets},
    adapter::{Adapter, Later},
    client::Channels,
    health::{Check, Health},
    inbound::Inbound,
    json::malformed,
    limits::{Limits, Unit},
    outbound::{Outbound, SendError, Sent},
    request::{Headers, Malformed, Refused},
};
use reqwest::Url;

pub(crate) struct Web;

impl Adapter for Web {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Web
    }

    fn limits(&self) -> Limits {
        Limits {
            text: 16_000,
            unit: Unit::Chars,
            window: None,
            tagged_window: None,
            buttons: 13,
            lists: true,
            captions: true,
            media: 20 << 20,
            per_account: None,
            per_recipient: None,
        }
    }

    /// `allowed_origins` are origins as browsers write them: scheme, host and port.
    fn check(&self, settings: &Value, _: &Secrets) -> Result<(), Vec<Problem>> {
        let problem = |problem: &str| {
            Err(vec![Problem {
                field: "settings.allowed_origins".into(),
                problem: problem.into(),
            }])
        };
        match settings.get("allowed_origins") {
            None | Some(Value::Null) => Ok(()),
            Some(Value::Array(origins)) if origins.iter().all(is_origin) => Ok(()),
            Some(Value::Array(_)) => problem(
                "has something that is no origin: write https://shop.example, without a path, or *",
            ),
            Some(_) => problem("is not a list"),
        }
    }

    fn external_id(&self, _: &Value, _: &Secrets) -> Option<String> {
        None
    }

    fn verify(&self, _: &Account, _: &Headers, _: &[u8], _: DateTime<Utc>) -> Result<(), Refused> {
        Err(Refused {
            reason: "the web chat has no webhook",
        })
    }

    fn parse(&self, _: &Account, _: &[u8]) -> Result<Vec<Inbound>, Malformed> {
        Err(malformed("the web chat has no webhook"))
    }

    fn send<'a>(
        &'a self,
        _: &'a Channels,
        _: &'a Account,
        _: &'a Outbound,
    ) -> Later<'a, Result<Sent, SendError>> {
        Box::pin(async {
            Ok(Sent {
                provider_id: None,
                shortened: false,
            })
        })
    }

    fn test<'a>(&'a self, _: &'a Channels, account: &'a Account) -> Later<'a, Health> {
        let origins = account.settings.get("allowed_origins");
        let check = match origins.and_then(Value::as_array).map(Vec::len) {
            None | Some(0) => Check::failed(
                "allowed origins",
                "no web site may show the chat",
                "Add the origin of your site, such as https://shop.example, to allowed_origins.",
            ),
            Some(count) => Check::passed("allowed origins", format!("{count} may show the chat")),
        };
        Box::pin(async { Health::of(check) })
    }
}

fn is_origin(value: &Value) -> bool {
    let Some(origin) = value.as_str() else {
        return false;
    };
    let is_same = |url: Url| {
        matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == origin
    };
    origin == "*" || origin.parse().is_ok_and(is_same)
}
