//! What providers send: kept once, and taken in once, in the order in which it came.

use std::sync::Arc;

use wafaa_domain::{ChannelId, InboundEventId, TenantScope};
use wafaa_storage::{
    Database, Result, Tx, channel,
    inbound_event::{self, Kept, Reading},
};

use crate::{
    database::{assert_fails, on_each_database, read, system, until_one_waits},
    talk::{Talk, in_seconds},
};

on_each_database!(
    an_event_is_kept_once,
    what_is_pending_is_taken_in_in_order,
    what_is_put_aside_stands_in_nobodys_way,
    what_is_pending_is_searched,
    what_is_overdue_is_found,
    one_takes_in_at_a_time,
);

async fn keep(tx: &Tx<TenantScope>, channel: ChannelId, told: &str) -> Result<InboundEventId> {
    let reading = Reading {
        told,
        trace_id: Some("trace"),
    };
    match inbound_event::keep(tx, channel, told.as_bytes(), Some(reading)).await? {
        Kept::New(id) => Ok(id),
        Kept::Known(id) => panic!("{id} is known"),
    }
}

async fn told(talk: &Talk, limit: u64) -> Vec<String> {
    let pending = talk.write(async |tx| inbound_event::pending(tx, talk.channel.id, limit).await);
    let pending = pending.await.unwrap();
    pending.into_iter().map(|event| event.told).collect()
}

async fn an_event_is_kept_once(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let channel = talk.channel.id;
    let keep = async |body: &[u8]| {
        let kept = talk.write(async |tx| inbound_event::keep(tx, channel, body, None).await);
        kept.await.unwrap()
    };
    let Kept::New(first) = keep(b"{\"a\": 1}").await else {
        panic!("it is new");
    };
    assert_eq!(keep(b"{\"a\": 1}").await, Kept::Known(first));
    let Kept::New(second) = keep(b"{\"a\":1}").await else {
        panic!("its bytes differ");
    };
    talk.write(async |tx| {
        let found = inbound_event::get(tx, first).await?;
        assert_eq!(
            (found.body.as_slice(), found.channel),
            (&b"{\"a\": 1}"[..], channel)
        );
        assert!(!found.unsettled && inbound_event::unsettled(tx, 9).await?.is_empty());
        for id in [second, first] {
            inbound_event::set_unsettled(tx, id, true).await?;
        }
        let ids = async |limit| {
            let found = inbound_event::unsettled(tx, limit).await?;
            Ok::<_, wafaa_storage::Error>(found.iter().map(|event| event.id).collect::<Vec<_>>())
        };
        assert_eq!(ids(9).await?, [first, second]);
        assert_eq!(ids(1).await?, [first]);
        inbound_event::set_unsettled(tx, first, false).await?;
        assert_eq!(ids(9).await?, [second]);
        Ok(())
    })
    .await
    .unwrap();
}

async fn what_is_pending_is_taken_in_in_order(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let channel = talk.channel.id;
    let first = talk
        .write(async |tx| {
            inbound_event::keep(tx, channel, b"nothing to take in", None).await?;
            let first = keep(tx, channel, "one").await?;
            keep(tx, channel, "two").await?;
            keep(tx, channel, "three").await?;
            Ok(first)
        })
        .await
        .unwrap();
    assert_eq!(told(&talk, 9).await, ["one", "two", "three"]);
    assert_eq!(told(&talk, 2).await, ["one", "two"]);
    talk.write(async |tx| {
        let pending = inbound_event::pending(tx, channel, 1).await?;
        assert_eq!(
            (pending[0].id(), pending[0].trace_id.as_deref()),
            (first, Some("trace"))
        );
        inbound_event::taken_in(tx, &[first]).await?;
        assert!(inbound_event::aside(tx, first).await?.is_none());
        let unknown = InboundEventId::new();
        let none = inbound_event::taken_in(tx, &[pending[0].id(), unknown]).await;
        assert_fails!(none, NotFound);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(told(&talk, 9).await, ["two", "three"]);
}

async fn what_is_put_aside_stands_in_nobodys_way(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    talk.write(async |tx| {
        let first = keep(tx, talk.channel.id, "one").await?;
        keep(tx, talk.channel.id, "two").await?;
        inbound_event::put_aside(tx, first).await?;
        let aside = inbound_event::aside(tx, first).await?;
        assert_eq!(aside.unwrap().told, "one");
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(told(&talk, 9).await, ["two"]);
}

async fn what_is_pending_is_searched(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    talk.write(async |tx| {
        let event = keep(tx, talk.channel.id, "a message of 97150").await?;
        let channel = talk.channel.id;
        assert!(inbound_event::mentions(tx, channel, &["message", "97150"]).await?);
        assert!(!inbound_event::mentions(tx, channel, &["status", "97150"]).await?);
        inbound_event::taken_in(tx, &[event]).await?;
        assert!(!inbound_event::mentions(tx, channel, &["message", "97150"]).await?);
        Ok(())
    })
    .await
    .unwrap();
}

async fn what_is_overdue_is_found(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let overdue = async |seconds: i64| {
        read(&db, system(), async |tx| {
            inbound_event::overdue(tx, in_seconds(seconds)).await
        })
        .await
        .unwrap()
    };
    talk.write(async |tx| keep(tx, talk.channel.id, "one").await)
        .await
        .unwrap();
    assert!(overdue(-60).await.is_empty());
    let of = (talk.scope.tenant(), talk.channel.id);
    assert_eq!(overdue(60).await, [of]);
    talk.write(async |tx| channel::delete(tx, talk.channel.id).await)
        .await
        .unwrap();
    assert!(overdue(60).await.is_empty(), "nobody is to hear it");
}

async fn one_takes_in_at_a_time(db: Database) {
    let talk = Arc::new(Talk::begin(&db, "bayt-falafel").await);
    let first = talk.write(async |tx| keep(tx, talk.channel.id, "one").await);
    let first = first.await.unwrap();
    let tx = db.write(talk.scope).await.unwrap();
    let pending = inbound_event::pending(&tx, talk.channel.id, 9).await;
    assert_eq!(pending.unwrap().len(), 1);
    let looking = tokio::spawn({
        let talk = Arc::clone(&talk);
        async move { told(&talk, 9).await }
    });
    until_one_waits(&db).await;
    inbound_event::taken_in(&tx, &[first]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(looking.await.unwrap().is_empty());
}
