//! What a tenant's own systems are told, and what its people say often.

use chrono::Utc;
use serde_json::json;
use wafaa_domain::{CannedReplyId, TenantScope, WebhookDeliveryId, WebhookId};
use wafaa_storage::{
    Database, canned_reply,
    webhook::{self, Change, DeliveryStatus, NewWebhook, Outcome},
};

use crate::{
    database::{assert_fails, on_each_database, tenant, write},
    talk::{in_seconds, sealer},
};

on_each_database!(
    an_address_reads_back_and_changes,
    each_address_is_told_what_it_wants_to_hear,
    a_telling_comes_to_its_end_once,
    canned_replies_are_kept_by_title,
);

pub(crate) fn address(scope: TenantScope, events: &[&str]) -> NewWebhook {
    let id = WebhookId::new();
    let secret = sealer().seal(scope.tenant(), &id.to_string(), b"whsec_1");
    NewWebhook {
        id,
        url: "https://example.com/wafaa".into(),
        events: events.iter().map(|event| (*event).to_owned()).collect(),
        secret: secret.unwrap(),
    }
}

async fn an_address_reads_back_and_changes(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let new = address(scope, &["message.created"]);
    let id = new.id;
    write(&db, scope, async |tx| {
        let made = webhook::create(tx, new.clone()).await?;
        assert_eq!(
            (made.id, &made.url, &made.events),
            (id, &new.url, &new.events)
        );
        assert_eq!(
            (made.secret, made.enabled, made.disabled_reason),
            (new.secret, true, None)
        );
        assert!(webhook::disable(tx, id, "It answered 410 Gone.").await?);
        assert!(!webhook::disable(tx, id, "Again.").await?);
        let change = Change {
            events: Some(Vec::new()),
            ..Change::default()
        };
        let changed = webhook::update(tx, id, change).await?;
        assert_eq!((changed.events.len(), changed.enabled), (0, false));
        assert_eq!(
            changed.disabled_reason.as_deref(),
            Some("It answered 410 Gone.")
        );
        let secret = sealer()
            .seal(scope.tenant(), &id.to_string(), b"whsec_2")
            .unwrap();
        let change = Change {
            url: Some("https://example.org".into()),
            secret: Some(secret.clone()),
            enabled: Some(true),
            events: None,
        };
        webhook::update(tx, id, change).await?;
        let found = webhook::get(tx, id).await?;
        assert_eq!(
            (found.url.as_str(), found.secret),
            ("https://example.org", secret)
        );
        assert_eq!((found.enabled, found.disabled_reason), (true, None));
        assert_eq!(webhook::list(tx).await?.len(), 1);
        webhook::delete(tx, id).await?;
        assert_fails!(webhook::delete(tx, id).await, NotFound);
        assert_fails!(webhook::get(tx, id).await, NotFound);
        assert_fails!(webhook::disable(tx, id, "-").await, NotFound);
        Ok(())
    })
    .await
    .unwrap();
}

async fn each_address_is_told_what_it_wants_to_hear(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    write(&db, scope, async |tx| {
        let all = webhook::create(tx, address(scope, &[])).await?.id;
        let some = webhook::create(tx, address(scope, &["message.created", "x"]))
            .await?
            .id;
        let off = webhook::create(tx, address(scope, &[])).await?.id;
        webhook::disable(tx, off, "-").await?;
        let payload = json!({"id": 1});
        let told = webhook::record(tx, "message.created", &payload).await?;
        assert_eq!(told.len(), 2);
        assert_eq!(
            webhook::record(tx, "conversation.resolved", &payload)
                .await?
                .len(),
            1
        );
        let first = webhook::delivery(tx, told[0]).await?;
        assert_eq!(
            (first.webhook, first.payload.as_str()),
            (all, r#"{"id":1}"#)
        );
        assert_eq!((first.status, first.attempts), (DeliveryStatus::Pending, 0));
        assert_eq!(first.event_type, "message.created");
        let of_all = webhook::deliveries(tx, all, None, 1).await?;
        assert!(of_all.more && of_all.rows[0].event_type == "conversation.resolved");
        let rest = webhook::deliveries(tx, all, Some(of_all.rows[0].id), 9).await?;
        assert_eq!(
            (rest.rows.len(), rest.rows[0].id, rest.more),
            (1, told[0], false)
        );
        let of_some = webhook::deliveries(tx, some, None, 9).await?.rows;
        assert_eq!((of_some.len(), of_some[0].id), (1, told[1]));
        assert!(webhook::deliveries(tx, off, None, 9).await?.rows.is_empty());
        webhook::delete(tx, all).await?;
        assert_fails!(webhook::delivery(tx, told[0]).await, NotFound);
        Ok(())
    })
    .await
    .unwrap();
}

async fn a_telling_comes_to_its_end_once(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    write(&db, scope, async |tx| {
        webhook::create(tx, address(scope, &[])).await?;
        let id = webhook::record(tx, "x", &json!({})).await?[0];
        assert_fails!(webhook::replay(tx, id).await, Stale);
        let at = in_seconds(60);
        let retry = Outcome::Retry {
            at,
            http_status: Some(503),
            error: "It is busy.",
        };
        webhook::outcome(tx, id, &retry).await?;
        let tried = webhook::delivery(tx, id).await?;
        assert_eq!((tried.status, tried.attempts), (DeliveryStatus::Pending, 1));
        assert_eq!(
            (tried.http_status, tried.error.as_deref()),
            (Some(503), Some("It is busy."))
        );
        assert!(tried.next_at > Some(Utc::now()) && tried.finished_at.is_none());
        webhook::outcome(tx, id, &Outcome::Delivered { http_status: 204 }).await?;
        let done = webhook::delivery(tx, id).await?;
        assert_eq!((done.status, done.attempts), (DeliveryStatus::Delivered, 2));
        assert_eq!(
            (done.http_status, done.error, done.next_at),
            (Some(204), None, None)
        );
        assert!(done.finished_at.is_some());
        assert_fails!(webhook::outcome(tx, id, &retry).await, Stale);
        let again = webhook::replay(tx, id).await?;
        assert_eq!((again.status, again.attempts), (DeliveryStatus::Pending, 0));
        let failed = Outcome::Failed {
            http_status: None,
            error: "It can't be reached.",
        };
        webhook::outcome(tx, id, &failed).await?;
        assert_eq!(
            webhook::delivery(tx, id).await?.status,
            DeliveryStatus::Failed
        );
        let nobody = WebhookDeliveryId::new();
        assert_fails!(webhook::outcome(tx, nobody, &failed).await, NotFound);
        Ok(())
    })
    .await
    .unwrap();
}

async fn canned_replies_are_kept_by_title(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let create = async |title: &str| {
        write(&db, scope, async |tx| {
            canned_reply::create(tx, title, "Of course.").await
        })
        .await
    };
    let (yes, hours) = (create("Yes").await.unwrap(), create("Hours").await.unwrap());
    assert_fails!(create("Yes").await, AlreadyExists);
    let taken = write(&db, scope, async |tx| {
        canned_reply::update(tx, hours.id, "Yes", "Until ten.").await
    });
    assert_fails!(taken.await, AlreadyExists);
    write(&db, scope, async |tx| {
        let changed = canned_reply::update(tx, hours.id, "Opening hours", "Until ten.").await?;
        assert_eq!(changed.text, "Until ten.");
        let found = canned_reply::get(tx, hours.id).await?;
        assert_eq!(format!("{found:?}"), format!("{changed:?}"));
        let all = canned_reply::list(tx).await?;
        assert_eq!(
            all.iter().map(|reply| reply.id).collect::<Vec<_>>(),
            [hours.id, yes.id]
        );
        canned_reply::delete(tx, yes.id).await?;
        assert_fails!(canned_reply::delete(tx, yes.id).await, NotFound);
        assert_fails!(canned_reply::get(tx, CannedReplyId::new()).await, NotFound);
        Ok(())
    })
    .await
    .unwrap();
}
