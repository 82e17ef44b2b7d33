//! Contacts: who is whom, what is exported of them, and that nothing is left when they are erased.

use chrono::TimeDelta;
use serde_json::json;
use wafaa_domain::{
    Content, ConversationStatus, InboundEventId, Media, MediaKind, MessageStatus, WebhookId,
};
use wafaa_storage::{
    Database,
    blob::BlobKey,
    channel,
    contact::{self, Seen},
    conversation, inbound_event,
    message::{self, NewInbound, Received},
    webhook::{self, NewWebhook},
};

use crate::{
    database::{assert_fails, on_each_database, read, sql, tenant, texts, write},
    talk::{Talk, answer, in_seconds, new_channel, open, said, sealer, seen},
};

on_each_database!(
    a_contact_is_known_by_any_of_its_identities,
    two_who_turn_out_to_be_one_become_the_older,
    two_who_come_at_once_are_one,
    what_is_new_is_noted,
    contacts_are_listed_and_found,
    an_opt_out_is_noted_once,
    the_last_word_on_marketing_counts,
    an_export_has_all_that_was_said,
    nothing_is_left_of_who_was_erased,
);

async fn a_contact_is_known_by_any_of_its_identities(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    write(&db, scope, async |tx| {
        let channel = channel::create(tx, new_channel(scope, "1")).await?;
        let other = channel::create(tx, new_channel(scope, "2")).await?;
        let first = seen(tx, &channel, &["layla.f", "97150"]).await?;
        assert_eq!(seen(tx, &channel, &["97150"]).await?.id, first.id);
        assert_eq!(
            seen(tx, &channel, &["layla.f", "new.name"]).await?.id,
            first.id
        );
        assert_eq!(seen(tx, &channel, &["new.name"]).await?.id, first.id);
        assert_ne!(seen(tx, &channel, &["97151"]).await?.id, first.id);
        assert_ne!(
            seen(tx, &other, &["97150"]).await?.id,
            first.id,
            "another channel may mean somebody else by it"
        );
        let found = contact::get(tx, first.id).await?;
        let known: Vec<&str> = found.identities.iter().map(|(_, id)| id.as_str()).collect();
        assert_eq!(known, ["97150", "layla.f", "new.name"]);
        let by = contact::by_identity(tx, channel.id, "new.name").await?;
        assert_eq!(by.unwrap().id, first.id);
        assert!(
            contact::by_identity(tx, channel.id, "nobody")
                .await?
                .is_none()
        );
        Ok(())
    })
    .await
    .unwrap();
}

async fn two_who_turn_out_to_be_one_become_the_older(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    write(&db, scope, async |tx| {
        let channel = channel::create(tx, new_channel(scope, "1")).await?;
        let older = seen(tx, &channel, &["97150"]).await?;
        let newer = seen(tx, &channel, &["layla.f"]).await?;
        let one = open(tx, &channel, &older).await?.conversation;
        let two = open(tx, &channel, &newer).await?.conversation;
        contact::set_opted_out(tx, newer.id, true).await?;
        contact::set_marketing(tx, older.id, true, in_seconds(-20)).await?;
        contact::set_marketing(tx, newer.id, false, in_seconds(-10)).await?;

        let merged = seen(tx, &channel, &["layla.f", "97150"]).await?;
        assert_eq!(merged.id, older.id);
        assert_fails!(contact::get(tx, newer.id).await, NotFound);
        let two = conversation::get(tx, two.id).await?;
        assert_eq!(
            (two.contact, two.status),
            (older.id, ConversationStatus::Resolved)
        );
        let one = conversation::get(tx, one.id).await?;
        assert_eq!(
            (one.contact, one.status),
            (older.id, ConversationStatus::Bot)
        );
        let found = contact::get(tx, older.id).await?;
        assert!(found.opted_out_at.is_some(), "an opt-out outlasts it");
        assert!(found.marketing_opted_out_at.is_some(), "the later word");
        let another = seen(tx, &channel, &["l.f"]).await?;
        contact::set_marketing(tx, another.id, true, in_seconds(-15)).await?;
        seen(tx, &channel, &["l.f", "97150"]).await?;
        let found = contact::get(tx, older.id).await?;
        assert!(found.marketing_opted_out_at.is_some(), "an earlier word");
        assert_eq!(found.identities.len(), 3);
        Ok(())
    })
    .await
    .unwrap();
}

async fn two_who_come_at_once_are_one(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let channel = write(&db, scope, async |tx| {
        channel::create(tx, new_channel(scope, "1")).await
    })
    .await
    .unwrap();
    // Each knows the same person by the number, and by another name.
    for person in 1..=20 {
        let number = format!("97150{person}");
        let names = ["a", "b", "c", "d", "e", "f"].map(|name| format!("{name}{person}"));
        let once = names.each_ref().map(|name| {
            write(&db, scope, async |tx| {
                seen(tx, &channel, &[name, &number]).await
            })
        });
        let contacts = futures::future::try_join_all(once).await.unwrap();
        let all = read(&db, scope, async |tx| {
            contact::list(tx, None, None, 99).await
        });
        let all = all.await.unwrap().rows;
        assert_eq!(all.len(), person, "{contacts:?}");
        assert!(all.iter().all(|one| one.identities.len() == 7), "{all:?}");
    }
}

async fn what_is_new_is_noted(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let identities = ["97150".to_owned()];
    let nobody = Seen {
        identities: &identities,
        name: None,
        language: None,
        phone: None,
    };
    let named = Seen {
        name: Some("Layla"),
        language: Some("ar"),
        phone: Some("+97150"),
        ..nobody
    };
    let (channel, first) = write(&db, scope, async |tx| {
        let channel = channel::create(tx, new_channel(scope, "1")).await?;
        let first = contact::upsert(tx, channel.id, &nobody).await?;
        assert_eq!(
            (first.name, first.language, first.phone),
            (None, None, None)
        );
        Ok((channel.id, first.id))
    })
    .await
    .unwrap();
    write(&db, scope, async |tx| {
        let known = contact::upsert(tx, channel, &named).await?;
        assert_eq!(known.id, first);
        assert_eq!(
            (
                known.name.as_deref(),
                known.language.as_deref(),
                known.phone.as_deref()
            ),
            (Some("Layla"), Some("ar"), Some("+97150"))
        );
        contact::upsert(tx, channel, &nobody).await?;
        contact::set_language(tx, first, "en").await?;
        contact::upsert(tx, channel, &named).await?;
        let known = contact::get(tx, first).await?;
        assert_eq!(
            (known.name.as_deref(), known.language.as_deref()),
            (Some("Layla"), Some("en")),
            "nothing is forgotten, and what they were found to write in stays"
        );
        contact::rename(tx, first, None).await?;
        assert_eq!(contact::get(tx, first).await?.name, None);
        Ok(())
    })
    .await
    .unwrap();
    sql(
        &db,
        "UPDATE contacts SET last_seen_at = '2020-01-01T00:00:00+00:00'",
    )
    .await
    .unwrap();
    let seen = write(&db, scope, async |tx| {
        contact::upsert(tx, channel, &nobody).await
    });
    let seen = seen.await.unwrap().last_seen_at;
    assert!(chrono::Utc::now() - seen < TimeDelta::minutes(1), "{seen}");
}

async fn contacts_are_listed_and_found(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    write(&db, scope, async |tx| {
        let channel = channel::create(tx, new_channel(scope, "1")).await?;
        let mut ids = Vec::new();
        for name in ["Amal 100%", "Bilal", "Chloé"] {
            let identities = [format!("id_{name}")];
            let seen = Seen {
                identities: &identities,
                name: Some(name),
                language: None,
                phone: Some("+97150"),
            };
            ids.insert(0, contact::upsert(tx, channel.id, &seen).await?.id);
        }
        let list = async |q, before, limit| {
            let page = contact::list(tx, q, before, limit).await?;
            let found: Vec<_> = page.rows.iter().map(|contact| contact.id).collect();
            Ok::<_, wafaa_storage::Error>((found, page.more))
        };
        assert_eq!(list(None, None, 2).await?, (ids[..2].to_vec(), true));
        assert_eq!(list(None, Some(ids[1]), 2).await?, (vec![ids[2]], false));
        assert_eq!(list(Some("bil"), None, 9).await?, (vec![ids[1]], false));
        assert_eq!(list(Some("0%"), None, 9).await?, (vec![ids[2]], false));
        assert_eq!(list(Some("id_c"), None, 9).await?, (vec![ids[0]], false));
        assert_eq!(list(Some("+9715"), None, 9).await?.0.len(), 3);
        assert_eq!(list(Some("_ilal"), None, 9).await?.0, [], "no wildcards");
        Ok(())
    })
    .await
    .unwrap();
}

async fn an_opt_out_is_noted_once(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let id = talk.contact.id;
    talk.write(async |tx| {
        assert!(contact::set_opted_out(tx, id, true).await?);
        let since = contact::get(tx, id).await?.opted_out_at;
        assert!(since.is_some());
        assert!(!contact::set_opted_out(tx, id, true).await?);
        assert_eq!(contact::get(tx, id).await?.opted_out_at, since);
        assert!(contact::set_opted_out(tx, id, false).await?);
        assert!(!contact::set_opted_out(tx, id, false).await?);
        assert_eq!(contact::get(tx, id).await?.opted_out_at, None);
        Ok(())
    })
    .await
    .unwrap();
}

async fn the_last_word_on_marketing_counts(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let id = talk.contact.id;
    talk.write(async |tx| {
        let out = async || {
            let found = contact::get(tx, id).await?;
            Ok::<_, wafaa_storage::Error>(found.marketing_opted_out_at.is_some())
        };
        assert!(contact::set_marketing(tx, id, false, in_seconds(-10)).await?);
        assert!(out().await?);
        assert!(!contact::set_marketing(tx, id, false, in_seconds(-9)).await?);
        // What was said before comes late.
        assert!(!contact::set_marketing(tx, id, true, in_seconds(-20)).await?);
        assert!(out().await?);
        assert!(contact::set_marketing(tx, id, true, in_seconds(-5)).await?);
        assert!(!contact::set_marketing(tx, id, false, in_seconds(-6)).await?);
        assert!(!out().await?);
        assert_eq!(contact::get(tx, id).await?.opted_out_at, None);
        Ok(())
    })
    .await
    .unwrap();
}

async fn an_export_has_all_that_was_said(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let heard = talk.hears("wamid.1", "Are you open?").await;
    let answered = talk.answers(heard.seq).await;
    let export = talk.write(async |tx| {
        let note = message::NewOutbound::note(wafaa_domain::Author::Program, "between us");
        message::add(tx, talk.id, note).await?;
        contact::export(tx, talk.contact.id).await
    });
    let export = export.await.unwrap();
    assert_eq!(export["contact"]["name"], "Layla");
    assert_eq!(
        export["contact"]["identities"][0]["identity"],
        "971500000001"
    );
    let messages = &export["conversations"][0]["messages"];
    assert_eq!(messages.as_array().unwrap().len(), 2, "{export:#}");
    assert_eq!(messages[0]["content"]["text"], "Are you open?");
    assert_eq!(messages[0]["timeline"][0]["stage"], "received");
    assert_eq!(messages[1]["id"], json!(answered));
    assert!(!export.to_string().contains("between us"));
}

fn picture(event: InboundEventId) -> NewInbound {
    let media = Media {
        kind: MediaKind::Image,
        provider_ref: Some("media.1".into()),
        media_type: Some("image/jpeg".into()),
        filename: None,
        caption: None,
        bytes: Some(9),
        refused: None,
    };
    NewInbound {
        content: Content::Media(media),
        event: Some(event),
        ..said("wamid.9", "")
    }
}

async fn nothing_is_left_of_who_was_erased(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let hook = WebhookId::new();
    let other = talk
        .write(async |tx| {
            let channel = &talk.channel;
            let inbound_event::Kept::New(event) =
                inbound_event::keep(tx, channel.id, b"no name", None).await?
            else {
                panic!("it is new");
            };
            let conversation = conversation::get(tx, talk.id).await?;
            let Received::New(with_picture) =
                message::receive(tx, &conversation, picture(event)).await?
            else {
                panic!("it is new");
            };
            message::add(tx, talk.id, answer(with_picture.seq)).await?;
            inbound_event::keep(tx, channel.id, br#"{"recipient_id": "971500000001"}"#, None)
                .await?;
            inbound_event::keep(tx, channel.id, b"somebody else", None).await?;
            let secret = sealer()
                .seal(talk.scope.tenant(), &hook.to_string(), b"-")
                .unwrap();
            let url = "https://example.com".to_owned();
            let new = NewWebhook {
                id: hook,
                url,
                events: Vec::new(),
                secret,
            };
            webhook::create(tx, new).await?;
            webhook::record(tx, "message.created", &json!({"conversation": talk.id})).await?;
            webhook::record(tx, "contact.created", &json!({"contact": talk.contact.id})).await?;
            webhook::record(tx, "message.created", &json!({"conversation": "another"})).await?;

            let other = seen(tx, channel, &["97152"]).await?;
            let conversation = open(tx, channel, &other).await?.conversation;
            message::receive(tx, &conversation, said("wamid.2", "Hello")).await?;
            Ok((other.id, with_picture.id))
        })
        .await
        .unwrap();
    let (other, with_picture) = other;
    let erased = talk.write(async |tx| contact::erase(tx, talk.contact.id).await);
    let erased = erased.await.unwrap();
    assert_eq!((erased.conversations, erased.messages), (1, 2));
    assert_eq!((erased.events, erased.deliveries), (2, 2));
    assert_eq!(erased.media, [BlobKey::media(with_picture)]);
    talk.write(async |tx| {
        assert_fails!(contact::get(tx, talk.contact.id).await, NotFound);
        assert_fails!(contact::erase(tx, talk.contact.id).await, NotFound);
        assert_fails!(conversation::get(tx, talk.id).await, NotFound);
        assert_eq!(contact::list(tx, None, None, 9).await?.rows[0].id, other);
        let theirs = message::by_provider_id(tx, talk.channel.id, "wamid.2").await?;
        assert_eq!(theirs.unwrap().status, MessageStatus::Received);
        Ok(())
    })
    .await
    .unwrap();
    let all = crate::database::owner(&db).await;
    for (table, left) in [
        ("messages", 1),
        ("message_stages", 1),
        ("contact_identities", 1),
        ("inbound_events", 1),
        ("webhook_deliveries", 1),
    ] {
        let rows = texts(all.connection(), &format!("SELECT '1' FROM {table}")).await;
        assert_eq!(rows.len(), left, "{table}");
    }
}
