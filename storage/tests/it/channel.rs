//! Channels: what they are configured with, how they are found, and how their secrets are kept.

use chrono::DateTime;
use serde_json::json;
use wafaa_domain::{ChannelId, ChannelKind, WebhookId};
use wafaa_storage::{
    Database,
    channel::{self, Change, NewChannel, Status, Warning},
    seal::Sealer,
    webhook::{self, NewWebhook},
};

use crate::{
    database::{assert_fails, on_each_database, read, system, tenant, texts, write},
    talk::{Talk, new_channel, sealer},
};

on_each_database!(
    a_channel_reads_back_and_changes,
    a_number_is_connected_once,
    a_deleted_channel_keeps_nothing_but_its_conversations,
    what_comes_in_finds_its_channel,
    a_web_chat_is_found_by_its_token,
    secrets_are_sealed_anew,
    a_tokens_end_is_warned_of_once_a_step,
    a_renewed_token_replaces_only_the_one_it_came_from,
);

async fn a_channel_reads_back_and_changes(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let new = new_channel(scope, "1555");
    let id = new.id;
    write(&db, scope, async |tx| {
        let made = channel::create(tx, new.clone()).await?;
        assert_eq!(
            (made.id, made.kind, made.name.as_str()),
            (id, ChannelKind::Whatsapp, "Orders")
        );
        assert_eq!(
            (made.secrets, made.secret_names),
            (new.secrets.clone(), new.secret_names)
        );
        assert_eq!(
            (made.status, made.enabled, made.public_token),
            (Status::Ok, true, None)
        );

        let expired = Some("The token has expired: connect anew.");
        assert!(channel::set_status(tx, id, Status::Reconnect, expired).await?);
        assert!(!channel::set_status(tx, id, Status::Reconnect, expired).await?);
        let change = Change {
            name: Some("Kitchen".into()),
            enabled: Some(false),
            ..Change::default()
        };
        let changed = channel::update(tx, id, change).await?;
        assert_eq!((changed.name.as_str(), changed.enabled), ("Kitchen", false));
        assert_eq!(
            (changed.status, changed.secrets),
            (Status::Reconnect, new.secrets)
        );
        assert_eq!(changed.status_detail.as_deref(), expired);
        assert_eq!(changed.external_id.as_deref(), Some("1555"));

        let anew = sealer()
            .seal(scope.tenant(), &id.to_string(), b"new")
            .unwrap();
        let change = Change {
            secrets: Some((anew.clone(), vec!["app_secret".into()])),
            external_id: Some(None),
            settings: Some(json!({"a": 1})),
            ..Change::default()
        };
        channel::update(tx, id, change).await?;
        let found = channel::get(tx, id).await?;
        assert_eq!((found.secrets, found.external_id), (Some(anew), None));
        assert_eq!((found.status, found.status_detail), (Status::Ok, None));
        assert_eq!(
            (found.settings, found.secret_names),
            (json!({"a": 1}), vec!["app_secret".to_owned()])
        );
        assert_fails!(channel::get(tx, ChannelId::new()).await, NotFound);
        let nothing = channel::update(tx, ChannelId::new(), Change::default());
        assert_fails!(nothing.await, NotFound);
        Ok(())
    })
    .await
    .unwrap();
}

async fn a_number_is_connected_once(db: Database) {
    let (one, two) = (tenant(&db, "one-shop").await, tenant(&db, "two-shop").await);
    for scope in [one, two] {
        write(&db, scope, async |tx| {
            channel::create(tx, new_channel(scope, "1555")).await
        })
        .await
        .unwrap();
    }
    let again = write(&db, one, async |tx| {
        channel::create(tx, new_channel(one, "1555")).await
    });
    assert_fails!(again.await, AlreadyExists);
    write(&db, one, async |tx| {
        let there = channel::list(tx).await?;
        channel::delete(tx, there[0].id).await?;
        channel::create(tx, new_channel(one, "1555")).await
    })
    .await
    .unwrap();
}

async fn a_deleted_channel_keeps_nothing_but_its_conversations(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    talk.hears("wamid.1", "Are you open?").await;
    let id = talk.channel.id;
    talk.write(async |tx| {
        channel::delete(tx, id).await?;
        assert_fails!(channel::delete(tx, id).await, NotFound);
        assert_fails!(channel::get(tx, id).await, NotFound);
        assert!(channel::list(tx).await?.is_empty());
        assert!(!channel::set_status(tx, id, Status::Error, None).await?);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(talk.conversation().await.seq, 1);
    let all = crate::database::owner(&db).await;
    let left = "SELECT secret_names || COALESCE(public_token, '-') FROM channels \
                WHERE secrets IS NULL AND NOT enabled";
    assert_eq!(texts(all.connection(), left).await, ["[]-"]);
}

async fn what_comes_in_finds_its_channel(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let (first, off) = write(&db, scope, async |tx| {
        let first = channel::create(tx, new_channel(scope, "1")).await?.id;
        let off = channel::create(tx, new_channel(scope, "2")).await?.id;
        channel::create(
            tx,
            NewChannel {
                kind: ChannelKind::Telegram,
                ..new_channel(scope, "3")
            },
        )
        .await?;
        Ok((first, off))
    })
    .await
    .unwrap();
    let routable = async |slug: &str| {
        read(&db, system(), async |tx| {
            channel::routable(tx, slug, ChannelKind::Whatsapp).await
        })
        .await
        .unwrap()
        .map(|(tenant, channels)| (tenant, channels.iter().map(|c| c.id).collect::<Vec<_>>()))
    };
    assert_eq!(
        routable("bayt-falafel").await,
        Some((scope.tenant(), vec![first, off]))
    );
    write(&db, scope, async |tx| {
        let change = Change {
            enabled: Some(false),
            ..Change::default()
        };
        channel::update(tx, off, change).await
    })
    .await
    .unwrap();
    assert_eq!(
        routable("bayt-falafel").await,
        Some((scope.tenant(), vec![first]))
    );
    write(&db, scope, async |tx| channel::delete(tx, first).await)
        .await
        .unwrap();
    assert_eq!(
        routable("bayt-falafel").await,
        Some((scope.tenant(), vec![]))
    );
    assert_eq!(routable("nobody").await, None);
}

async fn a_web_chat_is_found_by_its_token(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let web = || NewChannel {
        kind: ChannelKind::Web,
        external_id: None,
        secrets: None,
        secret_names: Vec::new(),
        ..new_channel(scope, "-")
    };
    let (one, two) = write(&db, scope, async |tx| {
        Ok((
            channel::create(tx, web()).await?,
            channel::create(tx, web()).await?,
        ))
    })
    .await
    .unwrap();
    let token = one.public_token.unwrap();
    assert!(token.starts_with("wct_") && token.len() == 36, "{token}");
    assert!(token.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
    assert_ne!(Some(&token), two.public_token.as_ref());
    let found = async |token: &str| {
        read(&db, system(), async |tx| {
            channel::by_public_token(tx, token).await
        })
        .await
        .unwrap()
        .map(|(tenant, channel)| (tenant, channel.id))
    };
    assert_eq!(found(&token).await, Some((scope.tenant(), one.id)));
    assert_eq!(found("wct_nobody").await, None);
    write(&db, scope, async |tx| channel::delete(tx, one.id).await)
        .await
        .unwrap();
    assert_eq!(found(&token).await, None);
}

async fn secrets_are_sealed_anew(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let (channel, hook) = (new_channel(scope, "1"), WebhookId::new());
    let id = channel.id;
    let new = NewWebhook {
        id: hook,
        url: "https://example.com".into(),
        events: Vec::new(),
        secret: sealer()
            .seal(scope.tenant(), &hook.to_string(), b"whsec")
            .unwrap(),
    };
    write(&db, scope, async |tx| {
        channel::create(tx, channel).await?;
        webhook::create(tx, new).await
    })
    .await
    .unwrap();
    let rotated = Sealer::new([8; 32], &[[7; 32]]);
    let reseal = async |sealer: &Sealer| {
        write(&db, scope, async |tx| channel::reseal(tx, sealer).await).await
    };
    let unknown = reseal(&Sealer::new([9; 32], &[])).await.unwrap_err();
    assert!(unknown.to_string().contains("not configured"), "{unknown}");
    assert_eq!(reseal(&rotated).await.unwrap(), 2);
    assert_eq!(reseal(&rotated).await.unwrap(), 0);
    let only_new = Sealer::new([8; 32], &[]);
    read(&db, scope, async |tx| {
        let sealed = channel::get(tx, id).await?.secrets.unwrap();
        let opened = only_new.open(scope.tenant(), &id.to_string(), &sealed);
        assert_eq!(opened.unwrap(), b"{}");
        let sealed = webhook::get(tx, hook).await?.secret;
        let opened = only_new.open(scope.tenant(), &hook.to_string(), &sealed);
        assert_eq!(opened.unwrap(), b"whsec");
        Ok(())
    })
    .await
    .unwrap();
}

async fn a_tokens_end_is_warned_of_once_a_step(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let new = new_channel(scope, "1");
    let id = new.id;
    let at = DateTime::from_timestamp(1_800_000_000, 0);
    write(&db, scope, async |tx| {
        let made = channel::create(tx, new).await?;
        assert_eq!(made.token_expires_at, None);
        channel::set_token_expiry(tx, id, at).await?;
        assert!(channel::warn(tx, id, Warning::Week).await?);
        assert!(!channel::warn(tx, id, Warning::Week).await?);
        // The same end is no news, a later one is.
        channel::set_token_expiry(tx, id, at).await?;
        assert!(!channel::warn(tx, id, Warning::Week).await?);
        let later = DateTime::from_timestamp(1_850_000_000, 0);
        channel::set_token_expiry(tx, id, later).await?;
        assert!(channel::warn(tx, id, Warning::Week).await?);
        channel::set_token_expiry(tx, id, at).await?;
        assert!(!channel::warn(tx, id, Warning::Week).await?);
        assert!(channel::warn(tx, id, Warning::Over).await?);
        assert!(!channel::warn(tx, id, Warning::Day).await?);
        assert_eq!(channel::get(tx, id).await?.token_expires_at, at);
        // Another token has another end, and what was said of the former is not said of it.
        let change = Change {
            token_expires_at: Some(None),
            ..Change::default()
        };
        let changed = channel::update(tx, id, change).await?;
        assert_eq!(changed.token_expires_at, None);
        assert!(channel::warn(tx, id, Warning::Week).await?);
        let renamed = Change {
            name: Some("Kitchen".into()),
            ..Change::default()
        };
        channel::update(tx, id, renamed).await?;
        assert!(!channel::warn(tx, id, Warning::Week).await?);
        Ok(())
    })
    .await
    .unwrap();
    let watched = async |kinds: &[ChannelKind]| {
        let found = read(&db, system(), async |tx| channel::watched(tx, kinds).await);
        let found = found.await.unwrap();
        found
            .into_iter()
            .map(|found| (found.tenant, found.id))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        watched(&[ChannelKind::Whatsapp]).await,
        [(scope.tenant(), id)]
    );
    assert!(watched(&[ChannelKind::Messenger]).await.is_empty());
    write(&db, scope, async |tx| channel::delete(tx, id).await)
        .await
        .unwrap();
    assert!(watched(&[ChannelKind::Whatsapp]).await.is_empty());
}

async fn a_renewed_token_replaces_only_the_one_it_came_from(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let new = new_channel(scope, "1");
    let (id, from) = (new.id, new.secrets.clone().unwrap());
    let at = DateTime::from_timestamp(1_900_000_000, 0);
    let to = sealer()
        .seal(scope.tenant(), &id.to_string(), b"renewed")
        .unwrap();
    write(&db, scope, async |tx| {
        channel::create(tx, new).await?;
        channel::set_status(tx, id, Status::Reconnect, Some("soon over")).await?;
        channel::warn(tx, id, Warning::Day).await?;
        channel::renew(tx, id, &from, to.clone(), at).await?;
        let renewed = channel::get(tx, id).await?;
        assert_eq!(renewed.secrets.as_ref(), Some(&to));
        assert_eq!(renewed.token_expires_at, at);
        assert_eq!((renewed.status, renewed.status_detail), (Status::Ok, None));
        assert!(channel::warn(tx, id, Warning::Week).await?);
        assert_fails!(
            channel::renew(tx, id, &from, from.clone(), None).await,
            Stale
        );
        assert_eq!(channel::get(tx, id).await?.secrets, Some(to));
        Ok(())
    })
    .await
    .unwrap();
}
