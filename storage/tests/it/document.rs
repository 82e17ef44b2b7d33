//! Documents: their versions, what answers, and how they go.

use wafaa_domain::{DocumentId, DocumentStatus, Failure, TenantScope};
use wafaa_storage::{
    Database, Result, Tx, chunk,
    document::{self, Document},
};

use crate::{
    database::{
        assert_fails, document as add, new_document, on_each_database, read, tenant, write,
    },
    knowledge::passage,
};

on_each_database!(
    a_document_reads_back_as_it_was_added,
    the_same_content_is_the_same_document,
    documents_are_listed_newest_first,
    a_version_goes_through_the_chain,
    a_late_step_of_an_old_version_changes_nothing,
    the_old_version_answers_until_the_new_one_is_published,
    a_failed_version_says_why_until_it_is_published,
    a_renamed_document_is_cited_by_its_new_name,
    a_deleted_document_is_gone_at_once_and_erased_later,
);

async fn get(db: &Database, scope: TenantScope, id: DocumentId) -> Result<Document> {
    read(db, scope, async |tx| document::get(tx, id).await).await
}

async fn begin(db: &Database, scope: TenantScope, id: DocumentId, content: u8) -> Result<Document> {
    write(db, scope, async |tx| {
        document::begin_version(tx, id, "menu-2.pdf", 2_000, &[content; 32]).await
    })
    .await
}

async fn publish(db: &Database, scope: TenantScope, id: DocumentId, version: i32) -> Result<()> {
    write(db, scope, async |tx| {
        document::publish(tx, id, version).await
    })
    .await
}

async fn live(db: &Database, scope: TenantScope, id: DocumentId) -> Option<i32> {
    let found = document::live(db, &scope, &[id, DocumentId::new()]).await;
    let found = found.unwrap();
    assert!(found.keys().all(|found| *found == id));
    found.get(&id).map(|document| document.version)
}

async fn a_document_reads_back_as_it_was_added(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let mut new = new_document(1);
    new.language = Some("ar".into());
    let id = new.id;
    write(&db, scope, async |tx| document::create(tx, new).await)
        .await
        .unwrap();
    let found = get(&db, scope, id).await.unwrap();
    assert_eq!(
        (found.title.as_str(), found.filename.as_str(), found.bytes),
        ("Document 1", "menu.pdf", 1_000)
    );
    assert_eq!(
        (found.language.as_deref(), found.media_type, found.error),
        (Some("ar"), None, None)
    );
    assert_eq!(
        (found.status, found.version, found.live_version),
        (DocumentStatus::Queued, 1, None)
    );
    assert_eq!((found.pages, found.chunks, found.progress), (0, 0, 0));
    assert_fails!(get(&db, scope, DocumentId::new()).await, NotFound);
}

async fn the_same_content_is_the_same_document(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let first = add(&db, scope, 1).await;
    let second = add(&db, scope, 2).await;
    let twin = write(&db, scope, async |tx| {
        document::create(tx, new_document(1)).await
    });
    assert_fails!(twin.await, AlreadyExists);
    assert_fails!(begin(&db, scope, second.id, 1).await, AlreadyExists);

    let found = async |content: u8| {
        read(&db, scope, async |tx| {
            document::by_content(tx, &[content; 32]).await
        })
        .await
        .unwrap()
        .map(|document| document.id)
    };
    assert_eq!(found(1).await, Some(first.id));
    assert_eq!(found(3).await, None);
    begin(&db, scope, first.id, 3).await.unwrap();
    assert_eq!(
        (found(1).await, found(3).await),
        (None, Some(first.id)),
        "it is known by its newest content"
    );
    begin(&db, scope, second.id, 1).await.unwrap();
}

async fn documents_are_listed_newest_first(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let mut ids = Vec::new();
    for content in 1..=5 {
        ids.insert(0, add(&db, scope, content).await.id);
    }
    publish(&db, scope, ids[1], 1).await.unwrap();
    publish(&db, scope, ids[4], 1).await.unwrap();
    let page = async |status, before, limit| {
        let page = read(&db, scope, async |tx| {
            document::list(tx, status, before, limit).await
        });
        let page = page.await.unwrap().map(|document| document.id);
        (page.rows, page.more)
    };
    assert_eq!(page(None, None, 2).await, (ids[..2].to_vec(), true));
    assert_eq!(
        page(None, Some(ids[1]), 2).await,
        (ids[2..4].to_vec(), true)
    );
    assert_eq!(page(None, Some(ids[3]), 2).await, (vec![ids[4]], false));
    let ready = Some(DocumentStatus::Ready);
    assert_eq!(
        page(ready, None, 9).await,
        (vec![ids[1], ids[4]], false),
        "only those that are ready"
    );
}

async fn a_version_goes_through_the_chain(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = add(&db, scope, 1).await.id;
    write(&db, scope, async |tx| {
        document::touch(tx, id, 1).await?;
        assert_eq!(
            document::get(tx, id).await?.status,
            DocumentStatus::Processing
        );
        document::set_parsed(tx, id, 1, "application/pdf", 12).await?;
        document::set_language(tx, id, 1, "en", 34).await?;
        document::set_progress(tx, id, 1, 60).await?;
        let found = document::get(tx, id).await?;
        assert_eq!(
            (found.media_type.as_deref(), found.language.as_deref()),
            (Some("application/pdf"), Some("en"))
        );
        assert_eq!((found.pages, found.chunks, found.progress), (12, 34, 60));
        document::publish(tx, id, 1).await
    })
    .await
    .unwrap();
    let found = get(&db, scope, id).await.unwrap();
    assert_eq!(
        (found.status, found.live_version, found.progress),
        (DocumentStatus::Ready, Some(1), 100)
    );
    assert!(found.updated_at > found.created_at);
}

/// Every step of the chain, for this version; each must answer Stale.
async fn every_step_is_stale(tx: &Tx<TenantScope>, id: DocumentId, version: i32) {
    let failure = Failure {
        code: "late".into(),
        message: "Too late.".into(),
    };
    assert_fails!(document::touch(tx, id, version).await, Stale);
    assert_fails!(document::set_parsed(tx, id, version, "x/y", 9).await, Stale);
    assert_fails!(
        document::set_language(tx, id, version, "fr", 9).await,
        Stale
    );
    assert_fails!(document::set_progress(tx, id, version, 9).await, Stale);
    assert_fails!(document::fail(tx, id, version, &failure).await, Stale);
    assert_fails!(document::publish(tx, id, version).await, Stale);
}

async fn a_late_step_of_an_old_version_changes_nothing(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = add(&db, scope, 1).await.id;
    let before = begin(&db, scope, id, 2).await.unwrap();
    assert_eq!(
        (before.version, before.filename.as_str(), before.bytes),
        (2, "menu-2.pdf", 2_000)
    );
    for version in [0, 1, 3] {
        write(&db, scope, async |tx| {
            every_step_is_stale(tx, id, version).await;
            Ok(())
        })
        .await
        .unwrap();
    }
    let after = get(&db, scope, id).await.unwrap();
    assert_eq!(format!("{after:?}"), format!("{before:?}"));
}

async fn the_old_version_answers_until_the_new_one_is_published(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = add(&db, scope, 1).await.id;
    assert_eq!(live(&db, scope, id).await, None);
    publish(&db, scope, id, 1).await.unwrap();
    assert_eq!(live(&db, scope, id).await, Some(1));
    let begun = begin(&db, scope, id, 2).await.unwrap();
    assert_eq!(
        (begun.status, begun.progress, begun.live_version),
        (DocumentStatus::Queued, 0, Some(1))
    );
    assert_eq!(live(&db, scope, id).await, Some(1));
    publish(&db, scope, id, 2).await.unwrap();
    assert_eq!(live(&db, scope, id).await, Some(2));
    assert!(
        document::live(&db, &scope, &[]).await.unwrap().is_empty(),
        "of no documents none is live"
    );
}

async fn a_failed_version_says_why_until_it_is_published(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = add(&db, scope, 1).await.id;
    publish(&db, scope, id, 1).await.unwrap();
    begin(&db, scope, id, 2).await.unwrap();
    let failure = Failure {
        code: "encrypted".into(),
        message: "Remove the password.".into(),
    };
    let fail = async |version| {
        write(&db, scope, async |tx| {
            document::fail(tx, id, version, &failure).await
        })
        .await
        .unwrap();
        get(&db, scope, id).await.unwrap()
    };
    let failed = fail(2).await;
    assert_eq!(
        (failed.status, failed.error, failed.live_version),
        (DocumentStatus::Failed, Some(failure.clone()), Some(1))
    );
    let begun = begin(&db, scope, id, 3).await.unwrap();
    assert_eq!((begun.status, begun.error), (DocumentStatus::Queued, None));
    fail(3).await;
    publish(&db, scope, id, 3).await.unwrap();
    let published = get(&db, scope, id).await.unwrap();
    assert_eq!(
        (published.status, published.error),
        (DocumentStatus::Ready, None)
    );
}

async fn a_renamed_document_is_cited_by_its_new_name(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let (id, other) = (add(&db, scope, 1).await.id, add(&db, scope, 2).await.id);
    publish(&db, scope, id, 1).await.unwrap();
    write(&db, scope, async |tx| {
        document::rename(tx, id, "The menu").await
    })
    .await
    .unwrap();
    let found = document::live(&db, &scope, &[id]).await.unwrap();
    assert_eq!(found[&id].title, "The menu");
    assert_eq!(get(&db, scope, other).await.unwrap().title, "Document 2");
}

async fn a_deleted_document_is_gone_at_once_and_erased_later(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = add(&db, scope, 1).await.id;
    publish(&db, scope, id, 1).await.unwrap();
    begin(&db, scope, id, 2).await.unwrap();
    let chunks = [passage(0, "of version two")];
    write(&db, scope, async |tx| {
        chunk::replace(tx, id, 2, &chunks).await?;
        document::erase(tx, id).await?;
        document::get(tx, id).await?;
        assert_fails!(document::deleted_version(tx, id).await, NotFound);
        document::delete(tx, id).await
    })
    .await
    .unwrap();

    assert_eq!(live(&db, scope, id).await, None);
    assert_fails!(get(&db, scope, id).await, NotFound);
    assert_fails!(begin(&db, scope, id, 3).await, NotFound);
    write(&db, scope, async |tx| {
        assert!(document::list(tx, None, None, 9).await?.rows.is_empty());
        assert!(document::by_content(tx, &[2; 32]).await?.is_none());
        assert_fails!(document::rename(tx, id, "Back again").await, NotFound);
        assert_fails!(document::delete(tx, id).await, NotFound);
        every_step_is_stale(tx, id, 2).await;
        assert_eq!(document::deleted_version(tx, id).await?, 2);
        Ok(())
    })
    .await
    .unwrap();
    let again = add(&db, scope, 2).await;

    for _ in 0..2 {
        write(&db, scope, async |tx| {
            document::erase(tx, id).await?;
            document::erase(tx, again.id).await?;
            assert_fails!(document::deleted_version(tx, id).await, NotFound);
            assert!(chunk::range(tx, id, 2, 0..9).await?.is_empty());
            Ok(())
        })
        .await
        .unwrap();
    }
    get(&db, scope, again.id).await.unwrap();
}
