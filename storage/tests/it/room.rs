//! How much a tenant may keep.

use chrono::Utc;
use wafaa_domain::{Content, Media, MediaKind, TenantScope};
use wafaa_storage::{
    Database, Error, Result,
    document::{self, Document},
    message::{self, NewInbound, Received},
    room,
    tenant::{self, Limits},
};

use crate::{
    database::{
        new_document, on_each_database, read, system, tenant as add_tenant, until_one_waits, write,
    },
    talk::{Talk, said},
};

on_each_database!(
    documents_are_kept_up_to_the_limit,
    a_lowered_limit_takes_nothing_away,
    of_two_uploads_at_once_only_what_fits_is_kept,
    files_of_messages_count_as_long_as_they_are_kept,
);

async fn with_room(db: &Database, slug: &str, storage_bytes: u64) -> TenantScope {
    let scope = add_tenant(db, slug).await;
    set_room(db, &scope, storage_bytes).await;
    scope
}

async fn set_room(db: &Database, scope: &TenantScope, storage_bytes: u64) {
    let limits = Limits {
        storage_bytes,
        ..Limits::default()
    };
    write(db, system(), async |tx| {
        tenant::update(tx, scope.tenant(), "Test", limits).await
    })
    .await
    .unwrap();
}

/// Documents are 1,000 bytes each.
async fn add(db: &Database, scope: TenantScope, content: u8) -> Result<Document> {
    write(db, scope, async |tx| {
        document::create(tx, new_document(content)).await
    })
    .await
}

async fn grow(db: &Database, scope: TenantScope, of: &Document, bytes: u64) -> Result<Document> {
    write(db, scope, async |tx| {
        document::begin_version(tx, of.id, "menu.pdf", bytes, &[99; 32]).await
    })
    .await
}

async fn used(db: &Database, scope: TenantScope) -> u64 {
    read(db, scope, async |tx| room::used_bytes(tx).await)
        .await
        .unwrap()
}

#[track_caller]
fn assert_full<T: std::fmt::Debug>(outcome: Result<T>, used: u64, limit: u64) {
    assert!(
        matches!(outcome, Err(Error::Full { used: u, limit: l }) if (u, l) == (used, limit)),
        "{outcome:?}"
    );
}

async fn documents_are_kept_up_to_the_limit(db: Database) {
    let scope = with_room(&db, "bayt-falafel", 2_500).await;
    let other = with_room(&db, "souk", 1_000).await;
    add(&db, other, 1).await.unwrap();
    let first = add(&db, scope, 1).await.unwrap();
    add(&db, scope, 2).await.unwrap();
    assert_full(add(&db, scope, 3).await, 2_000, 2_500);
    assert_full(grow(&db, scope, &first, 1_501).await, 2_000, 2_500);
    grow(&db, scope, &first, 1_500).await.unwrap();
    assert_eq!(
        (used(&db, scope).await, used(&db, other).await),
        (2_500, 1_000)
    );
    write(&db, scope, async |tx| document::delete(tx, first.id).await)
        .await
        .unwrap();
    assert_eq!(used(&db, scope).await, 1_000);
    add(&db, scope, 3).await.unwrap();
}

async fn a_lowered_limit_takes_nothing_away(db: Database) {
    let scope = with_room(&db, "bayt-falafel", 1_000).await;
    let first = add(&db, scope, 1).await.unwrap();
    set_room(&db, &scope, 1).await;
    grow(&db, scope, &first, 1_000).await.unwrap();
    assert_full(grow(&db, scope, &first, 1_001).await, 1_000, 1);
}

async fn of_two_uploads_at_once_only_what_fits_is_kept(db: Database) {
    let scope = with_room(&db, "bayt-falafel", 1_500).await;
    let first = db.write(scope).await.unwrap();
    document::create(&first, new_document(1)).await.unwrap();
    let second = tokio::spawn({
        let db = db.clone();
        async move { add(&db, scope, 2).await }
    });
    until_one_waits(&db).await;
    first.commit().await.unwrap();
    assert_full(second.await.unwrap(), 1_000, 1_500);
}

async fn files_of_messages_count_as_long_as_they_are_kept(db: Database) {
    let scope = with_room(&db, "bayt-falafel", 2_500).await;
    let talk = Talk::of(&db, scope).await;
    let photo = |bytes, refused: Option<&str>| {
        Content::Media(Media {
            kind: MediaKind::Image,
            provider_ref: Some("1".into()),
            media_type: None,
            filename: None,
            caption: None,
            bytes,
            refused: refused.map(str::to_owned),
        })
    };
    let received = talk.write(async |tx| {
        let conversation = wafaa_storage::conversation::get(tx, talk.id).await?;
        let new = NewInbound {
            content: photo(None, None),
            ..said("wamid.photo", "")
        };
        message::receive(tx, &conversation, new).await
    });
    let (Received::New(photographed) | Received::Known(photographed)) = received.await.unwrap();
    assert_eq!(used(&db, scope).await, 0, "it isn't fetched yet");
    let set = async |content: Content| {
        talk.write(async |tx| message::set_content(tx, photographed.id, &content).await)
            .await
            .unwrap();
        used(&db, scope).await
    };
    assert_eq!(set(photo(Some(1_000), None)).await, 1_000);
    add(&db, scope, 1).await.unwrap();
    assert_full(add(&db, scope, 2).await, 2_000, 2_500);
    let left = read(&db, scope, async |tx| room::left(tx).await);
    assert_eq!(left.await.unwrap(), 500);
    let check = async |bytes| {
        let checked = write(&db, scope, async |tx| room::check(tx, 0, bytes).await);
        checked.await
    };
    check(500).await.unwrap();
    assert_full(check(501).await, 2_000, 2_500);
    assert_eq!(set(photo(Some(1_000), Some("too large"))).await, 1_000);
    assert_eq!(set(photo(Some(700), None)).await, 1_700);
    talk.write(async |tx| message::withdraw(tx, talk.channel.id, "wamid.photo", Utc::now()).await)
        .await
        .unwrap();
    assert_eq!(used(&db, scope).await, 1_000);
}
