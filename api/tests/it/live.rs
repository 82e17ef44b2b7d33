//! Everything that happens, over a WebSocket.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};

use crate::TestApp;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn open(app: &TestApp, query: &str, protocols: Option<&str>) -> Socket {
    let url = format!(
        "{}/api/v1/live{query}",
        app.base().replace("http://", "ws://")
    );
    let mut request = url.into_client_request().unwrap();
    if let Some(protocols) = protocols {
        let value = HeaderValue::from_str(protocols).unwrap();
        request
            .headers_mut()
            .insert("sec-websocket-protocol", value);
    }
    connect_async(request).await.unwrap().0
}

/// The next event, or the code it was closed with.
async fn next(socket: &mut Socket) -> Result<Value, u16> {
    loop {
        let heard = timeout(Duration::from_secs(15), socket.next())
            .await
            .expect("something is said");
        match heard.unwrap().unwrap() {
            Message::Text(text) => return Ok(serde_json::from_str(&text).unwrap()),
            Message::Close(frame) => return Err(frame.unwrap().code.into()),
            Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_) => {}
        }
    }
}

#[tokio::test]
async fn a_member_hears_of_their_own_tenant_whichever_way_the_token_comes() {
    let app = TestApp::start().await;
    let (mine, theirs) = (app.home("bayt-falafel").await, app.home("noor-homes").await);
    let (talk, other) = (app.talk(&mine.scope).await, app.talk(&theirs.scope).await);
    let mut first = open(&app, "", None).await;
    let introduction = json!({ "token": mine.token }).to_string();
    first
        .send(Message::Text(introduction.into()))
        .await
        .unwrap();
    let by_protocol = format!("wafaa, {}", mine.token);
    let protocol = open(&app, "", Some(&by_protocol)).await;
    let parameter = open(&app, &format!("?token={}", mine.token), None).await;
    let mut sockets = [first, protocol, parameter];
    for socket in &mut sockets {
        assert_eq!(next(socket).await, Ok(json!({ "event": "ready" })));
    }
    for (talk, home) in [(&other, &theirs), (&talk, &mine)] {
        let path = format!("/api/v1/conversations/{}/notes", talk.conversation);
        app.post(&path, &home.token, &json!({ "text": "x" }))
            .await
            .json(201);
    }
    for socket in &mut sockets {
        let heard = next(socket).await.unwrap();
        assert_eq!(
            (&heard["event"], &heard["conversation_id"]),
            (&json!("message"), &json!(talk.conversation))
        );
        assert_eq!(heard["tenant_id"], mine.scope.tenant().to_string());
    }
    app.stop().await;
}

#[tokio::test]
async fn an_operator_hears_of_all_and_of_jobs() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let operator = app.operator().await;
    let mut socket = open(&app, &format!("?token={operator}"), None).await;
    next(&mut socket).await.unwrap();
    let job = app.dead_job(&home.scope).await;
    app.post(
        &format!("/api/v1/jobs/{job}/retry"),
        &home.token,
        &json!({}),
    )
    .await
    .json(200);
    let heard = next(&mut socket).await.unwrap();
    assert_eq!(
        (&heard["event"], &heard["job"]["job_id"]),
        (&json!("job"), &json!(job))
    );
    app.settle().await;
    app.stop().await;
}

#[tokio::test]
async fn who_has_no_token_hears_nothing() {
    let app = TestApp::start().await;
    for said in [r#"{"token":"wrong"}"#, "hello"] {
        let mut socket = open(&app, "", None).await;
        socket.send(Message::Text(said.into())).await.unwrap();
        assert_eq!(next(&mut socket).await, Err(4401), "{said}");
    }
    let url = format!(
        "{}/api/v1/live?token=wrong",
        app.base().replace("http://", "ws://")
    );
    assert!(connect_async(url).await.is_err());
    app.stop().await;
}
