//! A bot's settings, and the answers kept for repeated requests.

use chrono::{TimeDelta, Utc};
use wafaa_domain::BotSettings;
use wafaa_storage::{
    Database, bot,
    idempotency::{self, Answer},
};

use crate::database::{assert_fails, on_each_database, read, system, tenant, write};

on_each_database!(
    each_change_of_a_bot_is_a_new_version,
    a_change_of_an_older_version_is_refused,
    the_first_answer_is_kept_for_its_key_and_route,
);

async fn each_change_of_a_bot_is_a_new_version(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let mut settings = BotSettings::default();
    for version in 0..3 {
        let found = read(&db, scope, async |tx| bot::get(tx).await).await;
        assert_eq!(found.unwrap(), (settings.clone(), version));
        settings.name = format!("Falafel {version}");
        write(&db, scope, async |tx| {
            bot::save(tx, &settings, version).await
        })
        .await
        .unwrap();
    }
}

async fn a_change_of_an_older_version_is_refused(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let save = async |name: &str, version| {
        let settings = BotSettings {
            name: name.into(),
            ..BotSettings::default()
        };
        write(&db, scope, async |tx| {
            bot::save(tx, &settings, version).await
        })
        .await
    };
    save("first", 0).await.unwrap();
    assert_fails!(save("also first", 0).await, Stale);
    save("second", 1).await.unwrap();
    assert_fails!(save("also second", 1).await, Stale);
    assert_fails!(save("from the future", 7).await, Stale);
    let found = read(&db, scope, async |tx| bot::get(tx).await).await;
    let (settings, version) = found.unwrap();
    assert_eq!((settings.name.as_str(), version), ("second", 2));
}

async fn the_first_answer_is_kept_for_its_key_and_route(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let answer = |response: &str| Answer {
        body_hash: vec![7; 32],
        status: 201,
        response: response.into(),
    };
    let keep = async |route, response| {
        write(&db, scope, async |tx| {
            idempotency::keep(tx, "key", route, answer(response)).await
        })
        .await
    };
    keep("POST /members", "first").await.unwrap();
    assert_fails!(keep("POST /members", "second").await, AlreadyExists);
    keep("POST /documents", "third").await.unwrap();
    let find = async |key, route| {
        read(&db, scope, async |tx| {
            idempotency::find(tx, key, route).await
        })
        .await
        .unwrap()
    };
    let found = find("key", "POST /members").await.unwrap();
    assert_eq!(
        (found.response.as_str(), found.status, found.body_hash),
        ("first", 201, vec![7; 32])
    );
    assert!(find("other", "POST /members").await.is_none());
    assert!(find("key", "POST /tenants").await.is_none());

    let purge = async |cutoff| {
        write(&db, system(), async |tx| {
            idempotency::purge(tx, cutoff).await
        })
        .await
        .unwrap()
    };
    assert_eq!(purge(Utc::now() - TimeDelta::hours(1)).await, 0);
    assert_eq!(purge(Utc::now() + TimeDelta::hours(1)).await, 2);
    assert!(find("key", "POST /members").await.is_none());
}
