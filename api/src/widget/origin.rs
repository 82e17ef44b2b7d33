//! Which web sites may show a web chat: the ones its channel names, and this installation itself.
//!
//! A browser says in `Origin` which page asks. Without one it is no page, or one of ours.

use std::sync::Arc;

use poem::{
    Endpoint, IntoResponse as _, Request, Response,
    http::{HeaderValue, Method, StatusCode, header},
};
use serde_json::Value;

use crate::{
    edge::Context,
    error::{Error, Result},
    state::State,
};

/// How long a browser may remember what it was allowed, in seconds.
const REMEMBERED: &str = "600";

/// Wraps the chat's routes: refuses pages that may not show it, and lets the others read the answers.
pub(crate) async fn guard<E: Endpoint>(inner: Arc<E>, request: Request) -> poem::Result<Response> {
    check(&request).await?;
    if request.method() == Method::OPTIONS {
        return Ok(preflight());
    }
    Ok(inner.call(request).await?.into_response())
}

async fn check(request: &Request) -> Result<()> {
    let Some(origin) = request.headers().get(header::ORIGIN) else {
        return Ok(());
    };
    let missing = || Error::Internal("a request came without its state".into());
    let state = request.data::<State>().ok_or_else(missing)?;
    let context = request.data::<Context>().ok_or_else(missing)?;
    let path = request.original_uri().path();
    let token = path.split('/').nth(2).unwrap_or_default();
    let found = super::find(state, token).await?;
    let host = request.headers().get(header::HOST);
    if !may(origin, host, &found.channel().settings) {
        return Err(Error::Origin);
    }
    context.let_read(origin);
    Ok(())
}

/// Whether pages of this origin may show a channel with these settings.
fn may(origin: &HeaderValue, host: Option<&HeaderValue>, settings: &Value) -> bool {
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let own = host.and_then(|host| host.to_str().ok());
    let asking = origin.split_once("://").map(|(_, host)| host);
    if own.is_some() && asking == own {
        return true;
    }
    let allowed = settings["allowed_origins"].as_array();
    let mut names = allowed.into_iter().flatten().filter_map(Value::as_str);
    names.any(|name| name == "*" || name.trim_end_matches('/').eq_ignore_ascii_case(origin))
}

/// The answer to a browser that asks before it asks.
fn preflight() -> Response {
    Response::builder()
        .status(StatusCode::NO_CONTENT)
        .header(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST")
        .header(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, last-event-id",
        )
        .header(header::ACCESS_CONTROL_MAX_AGE, REMEMBERED)
        .finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_named_origins_and_our_own_may() {
        let settings =
            json!({ "allowed_origins": ["https://shop.example/", "http://localhost:3000"] });
        let host = HeaderValue::from_static("chat.example");
        let asked = |origin: &'static str, settings: &Value| {
            may(&HeaderValue::from_static(origin), Some(&host), settings)
        };
        for good in [
            "https://shop.example",
            "http://localhost:3000",
            "https://chat.example",
        ] {
            assert!(asked(good, &settings), "{good}");
        }
        for bad in [
            "http://shop.example",
            "https://shop.example.evil.example",
            "https://evil.example",
            "null",
        ] {
            assert!(!asked(bad, &settings), "{bad}");
        }
        assert!(asked(
            "https://any.example",
            &json!({ "allowed_origins": ["*"] })
        ));
        assert!(!asked("https://any.example", &json!({})));
    }
}
