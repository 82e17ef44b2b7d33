//! Refresh tokens: one use each, and an end to every way a stolen one could live on.

use chrono::{TimeDelta, Utc};
use uuid::Uuid;
use wafaa_domain::MemberId;
use wafaa_storage::{
    Database, member,
    refresh_token::{self, Redeemed},
};

use crate::{
    database::{assert_fails, on_each_database, sql, system, tenant, until_one_waits, write},
    people::add,
};

on_each_database!(
    a_token_is_good_for_one_use,
    a_second_use_ends_the_family,
    a_second_use_ends_a_family_that_is_just_being_renewed,
    of_two_uses_at_once_only_one_is_good,
    signing_out_ends_one_session,
    a_new_password_ends_all_sessions_of_a_member,
    a_removed_member_has_no_sessions,
    an_expired_token_is_void_and_purged,
);

async fn member(db: &Database) -> MemberId {
    let scope = tenant(db, "bayt-falafel").await;
    add(db, scope, "cook@bayt.example").await.id
}

async fn issue(db: &Database, member: MemberId, token: &[u8], family: Option<Uuid>) {
    write(db, system(), async |tx| {
        refresh_token::issue(tx, member, token, family).await
    })
    .await
    .unwrap();
}

async fn redeem(db: &Database, token: &[u8]) -> Redeemed {
    write(db, system(), async |tx| {
        refresh_token::redeem(tx, token).await
    })
    .await
    .unwrap()
}

/// Spends a token that must be good; answers its family.
async fn family(db: &Database, token: &[u8]) -> Uuid {
    let redeemed = redeem(db, token).await;
    let Redeemed::Good { family, .. } = redeemed else {
        panic!("{redeemed:?}");
    };
    family
}

async fn a_token_is_good_for_one_use(db: Database) {
    let member = member(&db).await;
    issue(&db, member, b"one", None).await;
    let Redeemed::Good { member: of, family } = redeem(&db, b"one").await else {
        panic!("a fresh token is good");
    };
    assert_eq!(of, member);
    issue(&db, member, b"two", Some(family)).await;
    assert_eq!(
        redeem(&db, b"two").await,
        Redeemed::Good { member, family },
        "a renewed session stays in its family"
    );
    assert_eq!(redeem(&db, b"unknown").await, Redeemed::Invalid);
    let twin = write(&db, system(), async |tx| {
        refresh_token::issue(tx, member, b"two", None).await
    });
    assert_fails!(twin.await, AlreadyExists);
}

async fn a_second_use_ends_the_family(db: Database) {
    let member = member(&db).await;
    issue(&db, member, b"one", None).await;
    issue(&db, member, b"elsewhere", None).await;
    let stolen = family(&db, b"one").await;
    issue(&db, member, b"two", Some(stolen)).await;
    assert_eq!(redeem(&db, b"one").await, Redeemed::Reused { member });
    assert_eq!(redeem(&db, b"two").await, Redeemed::Invalid);
    assert_eq!(redeem(&db, b"one").await, Redeemed::Invalid);
    assert_ne!(family(&db, b"elsewhere").await, stolen);
}

async fn a_second_use_ends_a_family_that_is_just_being_renewed(db: Database) {
    let member = member(&db).await;
    issue(&db, member, b"one", None).await;
    let stolen = family(&db, b"one").await;
    issue(&db, member, b"two", Some(stolen)).await;

    let renewal = db.write(system()).await.unwrap();
    let redeemed = refresh_token::redeem(&renewal, b"two").await.unwrap();
    assert!(matches!(redeemed, Redeemed::Good { .. }));
    refresh_token::issue(&renewal, member, b"three", Some(stolen))
        .await
        .unwrap();
    let reuse = tokio::spawn({
        let db = db.clone();
        async move { redeem(&db, b"one").await }
    });
    until_one_waits(&db).await;
    renewal.commit().await.unwrap();
    assert_eq!(reuse.await.unwrap(), Redeemed::Reused { member });
    assert_eq!(redeem(&db, b"three").await, Redeemed::Invalid);
}

async fn of_two_uses_at_once_only_one_is_good(db: Database) {
    let member = member(&db).await;
    issue(&db, member, b"one", None).await;
    let uses = (0..6).map(|_| {
        let db = db.clone();
        tokio::spawn(async move { redeem(&db, b"one").await })
    });
    let outcomes = futures::future::try_join_all(uses).await.unwrap();
    let good = |outcome: &&Redeemed| matches!(outcome, Redeemed::Good { .. });
    assert_eq!(outcomes.iter().filter(good).count(), 1, "{outcomes:?}");
    assert!(outcomes.contains(&Redeemed::Reused { member }));
}

async fn signing_out_ends_one_session(db: Database) {
    let member = member(&db).await;
    issue(&db, member, b"one", None).await;
    issue(&db, member, b"elsewhere", None).await;
    let renewed = family(&db, b"one").await;
    issue(&db, member, b"two", Some(renewed)).await;
    write(&db, system(), async |tx| {
        refresh_token::revoke(tx, b"unknown").await?;
        refresh_token::revoke(tx, b"one").await
    })
    .await
    .unwrap();
    assert_eq!(redeem(&db, b"two").await, Redeemed::Invalid);
    family(&db, b"elsewhere").await;
}

async fn a_new_password_ends_all_sessions_of_a_member(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let cook = add(&db, scope, "cook@bayt.example").await.id;
    let waiter = add(&db, scope, "waiter@bayt.example").await.id;
    issue(&db, cook, b"one", None).await;
    issue(&db, cook, b"two", None).await;
    issue(&db, waiter, b"of the waiter", None).await;
    write(&db, system(), async |tx| {
        refresh_token::revoke_of_member(tx, cook).await
    })
    .await
    .unwrap();
    assert_eq!(redeem(&db, b"one").await, Redeemed::Invalid);
    assert_eq!(redeem(&db, b"two").await, Redeemed::Invalid);
    family(&db, b"of the waiter").await;
    issue(&db, cook, b"three", None).await;
    family(&db, b"three").await;
}

async fn a_removed_member_has_no_sessions(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let cook = add(&db, scope, "cook@bayt.example").await.id;
    issue(&db, cook, b"one", None).await;
    write(&db, scope, async |tx| member::remove(tx, cook).await)
        .await
        .unwrap();
    assert_eq!(redeem(&db, b"one").await, Redeemed::Invalid);
}

async fn an_expired_token_is_void_and_purged(db: Database) {
    let member = member(&db).await;
    issue(&db, member, b"one", None).await;
    let past = "UPDATE refresh_tokens SET expires_at = '2020-01-01 00:00:00+00:00'";
    assert_eq!(sql(&db, past).await.unwrap(), 1);
    issue(&db, member, b"two", None).await;
    assert_eq!(redeem(&db, b"one").await, Redeemed::Invalid);
    let purged = async |cutoff| {
        write(&db, system(), async |tx| {
            refresh_token::purge(tx, cutoff).await
        })
        .await
        .unwrap()
    };
    assert_eq!(purged(Utc::now()).await, 1);
    assert_eq!(purged(Utc::now() + TimeDelta::days(29)).await, 0);
    assert_eq!(purged(Utc::now() + TimeDelta::days(31)).await, 1);
}
