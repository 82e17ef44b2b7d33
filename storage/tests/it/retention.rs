//! Forgetting what is older than a tenant wants to keep.

use chrono::Utc;
use serde_json::json;
use wafaa_domain::{Content, Media, MediaKind};
use wafaa_storage::{
    Database, archive, blob::BlobKey, contact, conversation, inbound_event, message, retention,
    webhook,
};

use crate::{
    database::{assert_fails, on_each_database, sql},
    talk::{Talk, in_seconds},
    webhook::address,
};

on_each_database!(
    nothing_is_forgotten_before_its_time,
    what_is_old_goes_a_part_at_a_time,
    who_has_opted_out_stays_known,
);

async fn old(db: &Database, slug: &str) -> Talk {
    let talk = Talk::begin(db, slug).await;
    for n in 1..=3 {
        talk.hears(&format!("wamid.{n}"), "Hello").await;
    }
    talk.write(async |tx| {
        inbound_event::keep(tx, talk.channel.id, b"raw", None).await?;
        webhook::create(tx, address(talk.scope, &[])).await?;
        webhook::record(tx, "x", &json!({})).await
    })
    .await
    .unwrap();
    talk
}

async fn nothing_is_forgotten_before_its_time(db: Database) {
    let talk = old(&db, "bayt-falafel").await;
    talk.write(async |tx| {
        let forgotten = retention::forget(tx, in_seconds(-60), 100).await?;
        assert!(!forgotten.is_something(), "{forgotten:?}");
        assert_eq!((forgotten.conversations, forgotten.contacts), (0, 0));
        assert_eq!(message::list(tx, talk.id, None, 9).await?.rows.len(), 3);
        Ok(())
    })
    .await
    .unwrap();
}

async fn what_is_old_goes_a_part_at_a_time(db: Database) {
    let talk = old(&db, "one-shop").await;
    let other = old(&db, "two-shop").await;
    let picture = talk.hears("wamid.4", "This one").await.id;
    let media = Media {
        kind: MediaKind::Image,
        provider_ref: None,
        media_type: None,
        filename: None,
        caption: None,
        bytes: Some(9),
        refused: None,
    };
    let later = in_seconds(60);
    talk.write(async |tx| {
        message::set_content(tx, picture, &Content::Media(media)).await?;
        assert_eq!(archive::blobs(tx).await?, [BlobKey::media(picture)]);
        let first = retention::forget(tx, later, 3).await?;
        assert_eq!((first.messages, first.events, first.deliveries), (3, 1, 1));
        assert!(first.media.is_empty() && first.is_something());
        let second = retention::forget(tx, later, 3).await?;
        assert_eq!((second.messages, second.events), (1, 0));
        assert_eq!(second.media, [BlobKey::media(picture)]);
        assert_eq!(second.conversations, 0, "it still goes on");
        conversation::resolve(tx, talk.id).await?;
        let last = retention::forget(tx, later, 3).await?;
        assert_eq!((last.conversations, last.contacts), (1, 1));
        assert!(!last.is_something());
        assert_fails!(contact::get(tx, talk.contact.id).await, NotFound);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(other.conversation().await.seq, 3);
    other
        .write(async |tx| {
            assert_eq!(message::list(tx, other.id, None, 9).await?.rows.len(), 3);
            contact::get(tx, other.contact.id).await
        })
        .await
        .unwrap();
}

async fn who_has_opted_out_stays_known(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    talk.write(async |tx| {
        contact::set_marketing(tx, talk.contact.id, false, Utc::now()).await?;
        conversation::resolve(tx, talk.id).await
    })
    .await
    .unwrap();
    sql(
        &db,
        "UPDATE conversations SET last_message_at = '2020-01-01T00:00:00+00:00'",
    )
    .await
    .unwrap();
    talk.write(async |tx| {
        let forgotten = retention::forget(tx, Utc::now(), 9).await?;
        assert_eq!((forgotten.conversations, forgotten.contacts), (1, 0));
        contact::set_marketing(tx, talk.contact.id, true, Utc::now()).await?;
        contact::set_opted_out(tx, talk.contact.id, true).await?;
        let forgotten = retention::forget(tx, Utc::now(), 9).await?;
        assert_eq!(forgotten.contacts, 0);
        contact::get(tx, talk.contact.id).await
    })
    .await
    .unwrap();
}
