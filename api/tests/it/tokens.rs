//! Access tokens that run out: renewed where Meta lets us, told of where it doesn't.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{TimeDelta, Utc};
use poem::http::StatusCode;
use serde_json::{Value, json};
use wafaa_domain::ChannelId;
use wafaa_jobs::{
    NewsKind,
    kind::{Enqueue as _, WatchToken},
};
use wafaa_storage::{channel, ledger, limit::Limiter};

use crate::{TestApp, fixture::Home, provider::Provider};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Meta, whose tokens last so many seconds more, and which renews them or doesn't.
async fn meta(lasts: &Arc<AtomicI64>, renews: bool) -> Provider {
    let lasts = Arc::clone(lasts);
    Provider::saying(move |path| {
        let left = lasts.load(Ordering::Relaxed);
        if path.contains("/debug_token") {
            let ends = Utc::now().timestamp() + left;
            let data = json!({ "is_valid": left > 0, "expires_at": ends, "scopes": [] });
            (StatusCode::OK, json!({ "data": data }))
        } else if path.contains("/oauth/access_token") && !renews {
            let error = json!({ "message": "the session is invalid", "code": 190 });
            (StatusCode::BAD_REQUEST, json!({ "error": error }))
        } else {
            let token = json!({ "access_token": "EAAlater", "expires_in": 60 * DAY });
            (StatusCode::OK, token)
        }
    })
    .await
}

async fn connect(app: &TestApp, home: &Home, app_id: Option<&str>) -> ChannelId {
    let mut new = json!({
        "kind": "whatsapp",
        "name": "Our number",
        "settings": { "phone_number_id": "111" },
        "secrets": { "access_token": "EAAsooner", "app_secret": "app-secret", "verify_token": "let-me-in" },
    });
    if let Some(app_id) = app_id {
        new["settings"]["app_id"] = app_id.into();
    }
    let made = app.post("/api/v1/channels", &home.token, &new).await;
    made.json(201)["id"].as_str().unwrap().parse().unwrap()
}

/// Looks after the token, for the `round`th time.
async fn watch(app: &TestApp, home: &Home, channel: ChannelId, round: i64) {
    let tx = app.db().write(home.scope).await.unwrap();
    let job = WatchToken {
        channel,
        period: round,
    };
    ledger::enqueue(&tx, &job.job().unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    app.settle().await;
}

async fn shown(app: &TestApp, home: &Home, channel: ChannelId) -> Value {
    let path = format!("/api/v1/channels/{channel}");
    app.get(&path, &home.token).await.json(200)
}

/// The access token that the channel has.
async fn token(app: &TestApp, home: &Home, channel: ChannelId) -> String {
    let tx = app.db().read(home.scope).await.unwrap();
    let found = channel::get(&tx, channel).await.unwrap();
    tx.commit().await.unwrap();
    let sealer = &app.services.sealer;
    let sealed = found.secrets.unwrap();
    let opened = sealer.open(home.scope.tenant(), &channel.to_string(), &sealed);
    let secrets: Value = serde_json::from_slice(&opened.unwrap()).unwrap();
    assert_eq!(secrets["verify_token"], "let-me-in");
    secrets["access_token"].as_str().unwrap().to_owned()
}

/// What the tenant's own system was told of tokens.
fn told(meta: &Provider) -> Vec<Value> {
    let mut told = meta.asked("/hook");
    told.retain(|event| event["type"] == "channel.expiring");
    told
}

async fn listen(app: &TestApp, home: &Home, meta: &Provider) {
    let hook = json!({ "url": meta.url("hook") });
    app.post("/api/v1/webhooks", &home.token, &hook)
        .await
        .json(201);
}

#[tokio::test]
async fn a_token_that_runs_out_within_a_week_is_renewed() {
    let lasts = Arc::new(AtomicI64::new(8 * DAY));
    let meta = meta(&lasts, true).await;
    let app = TestApp::start_at(Limiter::local(), meta.endpoints()).await;
    let home = app.home("bayt-falafel").await;
    listen(&app, &home, &meta).await;
    let channel = connect(&app, &home, Some("1234")).await;
    assert_eq!(
        shown(&app, &home, channel).await["token_expires_at"],
        Value::Null
    );
    watch(&app, &home, channel, 1).await;
    assert!(shown(&app, &home, channel).await["token_expires_at"].is_string());
    assert_eq!(token(&app, &home, channel).await, "EAAsooner");
    assert!(meta.asked("/oauth/access_token").is_empty());

    lasts.store(6 * DAY, Ordering::Relaxed);
    watch(&app, &home, channel, 2).await;
    let exchange = &meta.asked("/oauth/access_token")[0];
    assert_eq!(exchange["grant_type"], "fb_exchange_token");
    assert_eq!(exchange["fb_exchange_token"], "EAAsooner");
    assert_eq!(token(&app, &home, channel).await, "EAAlater");
    let now = shown(&app, &home, channel).await;
    assert_eq!(now["status"], "ok");
    let ends: chrono::DateTime<Utc> = now["token_expires_at"].as_str().unwrap().parse().unwrap();
    assert!(
        (59..=60).contains(&(ends - Utc::now()).num_days()),
        "{ends}"
    );
    let log = app.get("/api/v1/audit-log", &home.token).await;
    assert!(log.text.contains("channel.token_renewed") && !log.text.contains("EAA"));
    assert!(told(&meta).is_empty());
    app.stop().await;
}

#[tokio::test]
async fn what_cannot_be_renewed_is_told_a_week_and_a_day_before_and_at_its_end() {
    let lasts = Arc::new(AtomicI64::new(6 * DAY));
    let meta = meta(&lasts, false).await;
    let app = TestApp::start_at(Limiter::local(), meta.endpoints()).await;
    let home = app.home("bayt-falafel").await;
    listen(&app, &home, &meta).await;
    let channel = connect(&app, &home, Some("1234")).await;
    let mut news = app.news();
    let mut round = 0;
    for (left, warnings) in [
        (6 * DAY, 1),
        (5 * DAY, 1),
        (20 * HOUR, 2),
        (10 * HOUR, 2),
        (0, 3),
        (-DAY, 3),
    ] {
        lasts.store(left, Ordering::Relaxed);
        round += 1;
        watch(&app, &home, channel, round).await;
        assert_eq!(told(&meta).len(), warnings, "{left} seconds before");
    }
    let last = &told(&meta)[2]["data"];
    assert_eq!(last["channel_id"], channel.to_string());
    assert_eq!(
        (&last["kind"], &last["expired"]),
        (&json!("whatsapp"), &json!(true))
    );
    let now = shown(&app, &home, channel).await;
    assert_eq!(
        (&now["status"], &now["status_detail"]),
        (&json!("reconnect"), &last["detail"])
    );
    let mut live = 0;
    while let Ok(heard) = news.try_recv() {
        if heard.news == NewsKind::Channel {
            assert_eq!(heard.channel_id, Some(channel));
            live += 1;
        }
    }
    assert_eq!(live, 3);
    // Another token is another matter.
    let path = format!("/api/v1/channels/{channel}");
    let change = json!({ "secrets": { "access_token": "EAAother" } });
    let changed = app.patch(&path, &home.token, &change).await.json(200);
    assert_eq!(
        (&changed["status"], &changed["token_expires_at"]),
        (&json!("ok"), &Value::Null)
    );
    app.stop().await;
}

#[tokio::test]
async fn without_an_app_what_a_login_said_is_heeded_and_nobody_is_asked() {
    let lasts = Arc::new(AtomicI64::new(60 * DAY));
    let meta = meta(&lasts, true).await;
    let app = TestApp::start_at(Limiter::local(), meta.endpoints()).await;
    let home = app.home("bayt-falafel").await;
    listen(&app, &home, &meta).await;
    let channel = connect(&app, &home, None).await;
    watch(&app, &home, channel, 1).await;
    assert!(told(&meta).is_empty());
    let tx = app.db().write(home.scope).await.unwrap();
    let soon = Utc::now() + TimeDelta::days(2);
    channel::set_token_expiry(&tx, channel, Some(soon))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    watch(&app, &home, channel, 2).await;
    let told = told(&meta);
    assert_eq!(
        (told.len(), &told[0]["data"]["expired"]),
        (1, &json!(false))
    );
    for path in ["/debug_token", "/oauth/access_token"] {
        assert!(meta.asked(path).is_empty(), "{path}");
    }
    app.stop().await;
}
