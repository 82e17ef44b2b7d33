//! What channels' providers tell is taken in once, in order, and whatever one event does to the others.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use chrono::{TimeDelta, Utc};
use tokio::time::sleep;
use wafaa_channels::{Inbound, Sender};
use wafaa_domain::{ChannelId, ChannelKind, Content, InboundEventId, TenantScope};
use wafaa_jobs::{conversation::Inbox, kind};
use wafaa_storage::{
    channel::{self, Channel, NewChannel},
    conversation,
    inbound_event::{self, Kept, Reading},
    ledger::Job,
    message,
};

use crate::{
    engine::{TestEngine, system},
    probe::PATIENCE,
};

async fn channel(engine: &TestEngine, scope: &TenantScope) -> Channel {
    let tx = engine.services.db.write(*scope).await.unwrap();
    let new = NewChannel {
        id: ChannelId::new(),
        kind: ChannelKind::Telegram,
        name: "Bot".into(),
        settings: serde_json::json!({}),
        secrets: None,
        secret_names: Vec::new(),
        external_id: None,
        token_expires_at: None,
    };
    let made = channel::create(&tx, new).await.unwrap();
    tx.commit().await.unwrap();
    made
}

/// A customer's thumb, which calls for no answer.
fn thumb(number: usize) -> Inbound {
    Inbound::Message {
        provider_id: format!("thumb {number}"),
        from: Sender {
            identities: vec!["7".into()],
            name: None,
            language: None,
            phone: None,
        },
        external_id: None,
        thread: None,
        reply_to: None,
        at: Utc::now(),
        content: Content::Reaction {
            to: "1".into(),
            emoji: Some(format!("👍{number}")),
        },
    }
}

fn read() -> Inbound {
    Inbound::ReadUpTo {
        recipient: "7".into(),
        at: Utc::now(),
        external_id: None,
    }
}

fn inbox(engine: &TestEngine) -> Inbox {
    Inbox::new(engine.services.db.clone(), engine.handle().clone())
}

/// How the messages are called that are there, in their order.
async fn heard(engine: &TestEngine, scope: &TenantScope) -> Vec<String> {
    let tx = engine.services.db.read(*scope).await.unwrap();
    let any = conversation::Filter::default();
    let all = conversation::list(&tx, &any, None, 9).await.unwrap().rows;
    let Some(one) = all.first() else {
        return Vec::new();
    };
    let messages = message::after(&tx, one.id, 0, 1_000).await.unwrap();
    messages.into_iter().filter_map(|m| m.provider_id).collect()
}

async fn receiving(engine: &TestEngine) -> Vec<Job> {
    let jobs = engine.jobs().await.into_iter();
    jobs.filter(|job| job.kind == "receive").collect()
}

/// Waits until these are heard, and nothing is left to do.
async fn hears(engine: &TestEngine, scope: &TenantScope, names: &[String]) {
    let begun = Instant::now();
    while heard(engine, scope).await != names {
        let late = begun.elapsed() > PATIENCE;
        assert!(!late, "{:?}", heard(engine, scope).await);
        sleep(Duration::from_millis(5)).await;
    }
    engine.settled().await;
}

fn names(numbers: Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("thumb {number}")).collect()
}

async fn accept(engine: &TestEngine, scope: &TenantScope, channel: &Channel, number: usize) {
    let (raw, told) = (format!("thumb {number}"), [thumb(number)]);
    let kept = inbox(engine)
        .accept(scope, channel, raw.as_bytes(), &told)
        .await;
    assert!(matches!(kept.unwrap(), Kept::New(_)));
}

pub(crate) async fn what_comes_is_taken_in_once_and_in_order(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    let channel = channel(engine, &tenant).await;
    engine.start_for(kind::all(), |_| {}).await;
    let inbox = inbox(engine);
    for (number, name) in names(0..45).iter().enumerate() {
        for _ in 0..2 {
            let told = [thumb(number)];
            let kept = inbox.accept(&tenant, &channel, name.as_bytes(), &told);
            kept.await.unwrap();
        }
    }
    hears(engine, &tenant, &names(0..45)).await;
    assert!(receiving(engine).await.is_empty(), "no job was needed");
}

/// Receipts wait for more of their kind, and are taken in with what comes meanwhile.
pub(crate) async fn receipts_are_taken_in_too(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    let channel = channel(engine, &tenant).await;
    engine.start_for(kind::all(), |_| {}).await;
    let inbox = inbox(engine);
    for number in 0..8 {
        let (raw, told) = (format!("read {number}"), [read()]);
        let kept = inbox.accept(&tenant, &channel, raw.as_bytes(), &told);
        kept.await.unwrap();
    }
    until_none_is_pending(engine).await;
    for number in 8..16 {
        let (raw, told) = (format!("read {number}"), [read()]);
        let kept = inbox.accept(&tenant, &channel, raw.as_bytes(), &told);
        kept.await.unwrap();
    }
    accept(engine, &tenant, &channel, 0).await;
    hears(engine, &tenant, &names(0..1)).await;
    until_none_is_pending(engine).await;
    assert!(receiving(engine).await.is_empty(), "no job was needed");
}

async fn until_none_is_pending(engine: &TestEngine) {
    let begun = Instant::now();
    let pending = async || {
        let tx = engine.services.db.read(system()).await.unwrap();
        let soon = Utc::now() + TimeDelta::minutes(1);
        inbound_event::overdue(&tx, soon).await.unwrap()
    };
    while !pending().await.is_empty() {
        assert!(begun.elapsed() < PATIENCE, "it stays pending");
        sleep(Duration::from_millis(5)).await;
    }
}

/// An event that can't be taken in gets a job of its own, which is tried again; what came after it is heard.
pub(crate) async fn what_cannot_be_taken_in_holds_up_nobody(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    let channel = channel(engine, &tenant).await;
    engine.start_for(kind::all(), |_| {}).await;
    let bad = keep(engine, &tenant, &channel, "not what anybody writes").await;
    for number in 0..3 {
        accept(engine, &tenant, &channel, number).await;
    }
    let alone = engine
        .until("the bad one's own job", async || {
            let jobs = receiving(engine).await;
            jobs.into_iter()
                .find(|job| job.payload["event"] == bad.to_string())
        })
        .await;
    engine.cancel(&tenant, alone.id).await;
    hears(engine, &tenant, &names(0..3)).await;
    let tx = engine.services.db.read(tenant).await.unwrap();
    let still = inbound_event::aside(&tx, bad).await.unwrap();
    assert!(still.is_some(), "it may be tried again");
}

/// The process that kept it has ended before it took it in.
pub(crate) async fn what_is_left_behind_is_taken_in(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    let channel = channel(engine, &tenant).await;
    let told = serde_json::to_string(&[thumb(0)]).unwrap();
    keep(engine, &tenant, &channel, &told).await;
    engine.start_for(kind::all(), |_| {}).await;
    hears(engine, &tenant, &names(0..1)).await;
    assert_eq!(receiving(engine).await.len(), 1);
}

async fn keep(
    engine: &TestEngine,
    scope: &TenantScope,
    channel: &Channel,
    told: &str,
) -> InboundEventId {
    let tx = engine.services.db.write(*scope).await.unwrap();
    let reading = Reading {
        told,
        trace_id: None,
    };
    let kept = inbound_event::keep(&tx, channel.id, told.as_bytes(), Some(reading)).await;
    tx.commit().await.unwrap();
    let (Kept::New(id) | Kept::Known(id)) = kept.unwrap();
    id
}
