//! `/api/v1/live`: everything the caller may see, as it happens, over a WebSocket.
//!
//! An event says what changed; who needs more reads it. The token comes with the upgrade (`Authorization`, the
//! subprotocols `wafaa, <token>`, or `?token=`) or as the first message. It is looked at again each minute, so
//! a member who is removed, or whose token has run out, hears no more than that.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use poem::{
    Request,
    web::{
        Data,
        websocket::{BoxWebSocketUpgraded, CloseCode, Message, WebSocket, WebSocketStream},
    },
};
use poem_openapi::{OpenApi, param::Query, types::ToJSON as _};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, interval_at, timeout},
};
use wafaa_domain::{Role, TenantId};
use wafaa_jobs::{Event, News};

use super::{JobEvent, Tag};
use crate::{
    auth::{self, Auth, Caller},
    error::{Error, Result},
    state::State,
};

/// How long to wait for the first message, when the token is to come with it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the token is looked at again.
const RECHECK: Duration = Duration::from_secs(60);
/// How often a silent connection is asked whether it is still there.
const PING: Duration = Duration::from_secs(20);
/// What clients that send a token as subprotocol name before it; the answer repeats it.
const PROTOCOL: &str = "wafaa";

/// What the connection is closed with when the token isn't, or isn't any more, one to listen with.
const REFUSED: CloseCode = CloseCode::Reserved(4401);

pub(crate) struct Live;

#[OpenApi(prefix_path = "/api/v1/live", tag = "Tag::Live")]
impl Live {
    /// Follow everything
    ///
    /// A WebSocket. Each message is an object with an `event`: `job` with the `job`; `message`,
    /// `message_changed`, `typing` and `conversation` with `conversation_id` and `message_id`; `channel` with
    /// `channel_id` when one works again, or won't for long; `missed` when something may have been left out.
    /// Closed with 4401 when the token isn't taken, or has ended. Members hear of their tenant, operators of all.
    /// The token may come as `Authorization`, as the subprotocols `wafaa, <token>`, as `?token=`, or in the first message:
    /// `{"token": "…"}`.
    #[oai(path = "/", method = "get", operation_id = "live")]
    async fn live(
        &self,
        state: Data<&State>,
        request: &Request,
        token: Query<Option<String>>,
        socket: WebSocket,
    ) -> Result<BoxWebSocketUpgraded> {
        let state = state.0.clone();
        let known = match given(request, token.0) {
            Some(token) => Some((whose(&state, &token).await?, token)),
            None => None,
        };
        let upgraded = socket
            .protocols([PROTOCOL])
            .on_upgrade(move |socket| follow(state, socket, known));
        Ok(upgraded.boxed())
    }
}

/// The token that came with the upgrade.
fn given(request: &Request, parameter: Option<String>) -> Option<String> {
    let header = request.header("authorization");
    let bearer = header.and_then(|value| value.strip_prefix("Bearer "));
    let offered = request.header("sec-websocket-protocol").unwrap_or_default();
    let mut protocols = offered.split(',').map(str::trim);
    let protocol = protocols.find(|it| !it.is_empty() && *it != PROTOCOL);
    bearer.or(protocol).map(str::to_owned).or(parameter)
}

/// Whose events the bearer may see: one tenant's, or all.
async fn whose(state: &State, token: &str) -> Result<Option<TenantId>> {
    match auth::caller(state, token).await? {
        caller @ Caller::Member(_) => {
            let auth = Auth(caller);
            Ok(Some(auth.allowed(Role::Viewer)?.tenant()))
        }
        Caller::Operator(_) => Ok(None),
    }
}

async fn follow(
    state: State,
    mut socket: WebSocketStream,
    known: Option<(Option<TenantId>, String)>,
) {
    let introduced = match known {
        Some(known) => Ok(known),
        None => introduction(&state, &mut socket).await,
    };
    let last = match introduced {
        Ok((tenant, token)) => tell(&state, &mut socket, tenant, &token).await,
        Err(error) => Some(Message::close_with(REFUSED, error.to_string())),
    };
    // Who has gone away needs no goodbye.
    if let Some(last) = last {
        let _ = socket.send(last).await;
    }
    let _ = socket.close().await;
}

/// Waits for the first message, which holds the token.
async fn introduction(
    state: &State,
    socket: &mut WebSocketStream,
) -> Result<(Option<TenantId>, String)> {
    #[derive(Deserialize)]
    struct Introduction {
        token: String,
    }
    let first = timeout(PATIENCE, socket.next()).await.ok().flatten();
    let Some(Ok(Message::Text(text))) = first else {
        return Err(Error::Unauthenticated);
    };
    let said: Introduction = serde_json::from_str(&text).map_err(|_| Error::Unauthenticated)?;
    Ok((whose(state, &said.token).await?, said.token))
}

/// Tells everything until one side ends it; answers what is to be said last.
async fn tell(
    state: &State,
    socket: &mut WebSocketStream,
    tenant: Option<TenantId>,
    token: &str,
) -> Option<Message> {
    let bus = state.jobs().bus();
    let (mut jobs, mut news) = (bus.listen(), bus.listen_to_news());
    let mut recheck = interval_at(Instant::now() + RECHECK, RECHECK);
    let mut ping = interval_at(Instant::now() + PING, PING);
    let mut answered = true;
    let ready = json!({ "event": "ready" });
    socket.send(text(&ready)).await.ok()?;
    loop {
        let said = tokio::select! {
            () = state.closing.cancelled() => {
                return Some(Message::close_with(CloseCode::Away, "the server is stopping"));
            }
            heard = next(&mut jobs) => heard?.map_or_else(missed, |event| job(event, tenant)),
            heard = next(&mut news) => heard?.map_or_else(missed, |heard| told(&heard, tenant)),
            heard = socket.next() => match heard {
                // Whatever it says: it is there.
                Some(Ok(message)) if !message.is_close() => {
                    answered = true;
                    continue;
                }
                Some(_) | None => return None,
            },
            _ = ping.tick() => {
                if !std::mem::take(&mut answered) {
                    return None;
                }
                socket.send(Message::ping([])).await.ok()?;
                continue;
            }
            _ = recheck.tick() => match whose(state, token).await {
                Ok(same) if same == tenant => continue,
                Ok(_) => return Some(Message::close_with(REFUSED, "the token has changed")),
                // The database may be away for a moment; that ends nobody's session.
                Err(error) if error.outcome().0.is_server_error() => continue,
                Err(error) => return Some(Message::close_with(REFUSED, error.to_string())),
            },
        };
        if let Some(said) = said {
            socket.send(text(&said)).await.ok()?;
        }
    }
}

/// What a listener hears next: `Some(None)` when it has missed something, `None` when there is no more to come.
async fn next<T: Clone>(listening: &mut Receiver<T>) -> Option<Option<T>> {
    match listening.recv().await {
        Ok(heard) => Some(Some(heard)),
        Err(RecvError::Lagged(_)) => Some(None),
        Err(RecvError::Closed) => None,
    }
}

fn job(event: Event, tenant: Option<TenantId>) -> Option<Value> {
    let may = tenant.is_none_or(|tenant| tenant == event.tenant_id);
    may.then(|| json!({ "event": "job", "tenant_id": event.tenant_id, "job": JobEvent::from(event).to_json() }))
}

fn told(news: &News, tenant: Option<TenantId>) -> Option<Value> {
    let may = tenant.is_none_or(|tenant| tenant == news.tenant_id);
    may.then(|| match news.channel_id {
        Some(channel) => {
            json!({ "event": news.news, "tenant_id": news.tenant_id, "channel_id": channel })
        }
        None => {
            json!({ "event": news.news, "tenant_id": news.tenant_id, "conversation_id": news.conversation_id,
                "message_id": news.message_id })
        }
    })
}

fn missed() -> Option<Value> {
    Some(json!({ "event": "missed" }))
}

fn text(said: &Value) -> Message {
    Message::text(said.to_string())
}

#[cfg(test)]
mod tests {
    use wafaa_domain::{ChannelId, ConversationId};
    use wafaa_jobs::NewsKind;

    use super::*;

    #[test]
    fn news_names_what_it_is_about_to_its_own_tenant() {
        let (tenant, channel) = (TenantId::new(), ChannelId::new());
        let news = News {
            news: NewsKind::Channel,
            tenant_id: tenant,
            conversation_id: None,
            message_id: None,
            channel_id: Some(channel),
        };
        let expected = json!({ "event": "channel", "tenant_id": tenant, "channel_id": channel });
        assert_eq!(told(&news, Some(tenant)), Some(expected.clone()));
        assert_eq!(told(&news, None), Some(expected));
        assert_eq!(told(&news, Some(TenantId::new())), None);
        let conversation = ConversationId::new();
        let news = News {
            news: NewsKind::Typing,
            conversation_id: Some(conversation),
            channel_id: None,
            ..news
        };
        let expected = json!({ "event": "typing", "tenant_id": tenant, "conversation_id": conversation,
            "message_id": null });
        assert_eq!(told(&news, None), Some(expected));
    }
}
