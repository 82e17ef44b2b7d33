//! Blobs: durable, separate per tenant, idempotent to delete.

use bytes::Bytes;
use wafaa_domain::{Actor, DocumentId, SystemScope, TenantId, TenantScope};
use wafaa_storage::blob::{BlobKey, Blobs, Error};

fn tenant() -> TenantScope {
    let system = SystemScope::new("test");
    TenantScope::of_system(&system, TenantId::new(), Actor::CommandLine)
}

async fn blobs() -> (tempfile::TempDir, Blobs) {
    let directory = tempfile::tempdir().unwrap();
    let uri = format!("file://{}/blobs", directory.path().display());
    let blobs = Blobs::open(&uri).await.unwrap();
    (directory, blobs)
}

/// The files below `directory`, whatever their names.
fn files(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[tokio::test]
async fn content_is_replaced_read_and_deleted() {
    let (directory, blobs) = blobs().await;
    let (scope, key) = (tenant(), BlobKey::original(DocumentId::new(), 1));
    assert!(matches!(blobs.get(&scope, &key).await, Err(Error::Missing)));

    for content in ["first", "second", ""] {
        blobs.put(&scope, &key, Bytes::from(content)).await.unwrap();
        assert_eq!(blobs.get(&scope, &key).await.unwrap(), content);
    }
    assert_eq!(
        files(directory.path()).len(),
        1,
        "nothing is left beside the blob"
    );

    blobs.delete(&scope, &key).await.unwrap();
    blobs.delete(&scope, &key).await.unwrap();
    assert!(matches!(blobs.get(&scope, &key).await, Err(Error::Missing)));
}

#[tokio::test]
async fn a_tenant_neither_sees_nor_deletes_anothers_blobs() {
    let (directory, blobs) = blobs().await;
    let (one, two, key) = (tenant(), tenant(), BlobKey::parsed(DocumentId::new(), 1));
    blobs.put(&one, &key, Bytes::from("of one")).await.unwrap();
    assert!(matches!(blobs.get(&two, &key).await, Err(Error::Missing)));

    blobs.put(&two, &key, Bytes::from("of two")).await.unwrap();
    blobs.delete(&two, &key).await.unwrap();
    blobs.delete_tenant(&two).await.unwrap();
    blobs.delete_tenant(&two).await.unwrap();
    assert_eq!(blobs.get(&one, &key).await.unwrap(), "of one");

    blobs.delete_tenant(&one).await.unwrap();
    assert!(files(directory.path()).is_empty());
}

#[tokio::test]
async fn a_failed_put_leaves_nothing_behind() {
    let (directory, blobs) = blobs().await;
    let (scope, key) = (tenant(), BlobKey::original(DocumentId::new(), 1));
    blobs.put(&scope, &key, Bytes::from("old")).await.unwrap();
    // A directory can't be renamed over: the last step fails after all others have succeeded.
    let path = files(directory.path()).remove(0);
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();

    let put = blobs.put(&scope, &key, Bytes::from("new")).await;
    assert!(
        matches!(
            put,
            Err(Error::Io {
                doing: "writing",
                ..
            })
        ),
        "{put:?}"
    );
    assert!(
        files(directory.path()).is_empty(),
        "the file aside is cleared away"
    );
}

#[tokio::test]
async fn only_local_places_are_opened() {
    for uri in ["s3://bucket/blobs", "file://blobs", "memory://", ""] {
        let error = Blobs::open(uri).await.unwrap_err();
        assert!(error.to_string().contains("supported are"), "{error}");
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    let uri = file.path().to_str().unwrap();
    assert!(matches!(
        Blobs::open(uri).await,
        Err(Error::Io {
            doing: "creating",
            ..
        })
    ));
}
