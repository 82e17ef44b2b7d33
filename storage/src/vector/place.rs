//! Where the tables live, and each tenant's directory in it.

use std::{
    io,
    path::{Path, PathBuf},
};

use rustix::fs::statvfs;
use tokio::{fs, task};
use wafaa_domain::TenantId;

use super::Error;
use crate::disk;

/// Bytes that stay free on a local disk. A write needs some beside its rows, and a disk may be filling up meanwhile.
const SPARE: u64 = 16 << 20;

/// A directory, or a prefix in an object store.
#[derive(Debug, Clone)]
pub(super) enum Place {
    Local(PathBuf),
    Remote(String),
}

impl Place {
    /// Reads `uri`; creates a local directory and proves that it can be written to.
    pub(super) async fn open(uri: &str) -> Result<Self, Error> {
        let place = Self::parse(uri)?;
        if let Self::Local(path) = &place {
            prove_writable(path)
                .await
                .map_err(|source| Error::Directory {
                    path: path.clone(),
                    source,
                })?;
        }
        Ok(place)
    }

    fn parse(uri: &str) -> Result<Self, Error> {
        let path = match uri.split_once("://") {
            Some(("file", path)) if path.starts_with('/') => path,
            Some(("file", _)) => return Err(Error::Place(uri.to_owned())),
            Some(_) => return Ok(Self::Remote(uri.trim_end_matches('/').to_owned())),
            None => uri,
        };
        // Absolute, so that a later change of the working directory moves nothing.
        std::path::absolute(path)
            .map(Self::Local)
            .map_err(|_| Error::Place(uri.to_owned()))
    }

    /// The tenant's own place.
    pub(super) fn of(&self, tenant: TenantId) -> Self {
        match self {
            Self::Local(path) => Self::Local(path.join(tenant.to_string())),
            Self::Remote(uri) => Self::Remote(format!("{uri}/{tenant}")),
        }
    }

    /// As LanceDB wants to be told.
    pub(super) fn uri(&self) -> String {
        match self {
            Self::Local(path) => path.to_string_lossy().into_owned(),
            Self::Remote(uri) => uri.clone(),
        }
    }

    /// Whether there may be tables. LanceDB creates what it connects to, and a question must not.
    pub(super) async fn may_exist(&self) -> bool {
        match self {
            Self::Local(path) => fs::try_exists(path).await.unwrap_or(true),
            Self::Remote(_) => true,
        }
    }

    /// Bytes of all files in a local directory, which may be missing; nothing is known of an object store's.
    pub(super) async fn bytes(&self) -> Result<Option<u64>, Error> {
        let Self::Local(path) = self else {
            return Ok(None);
        };
        let measured = disk::measure(path).await;
        let (_, bytes) = measured.map_err(|source| Error::Directory {
            path: path.clone(),
            source,
        })?;
        Ok(Some(bytes))
    }

    /// Fails unless a local disk has room for `bytes` more; the directory is to be there. To be asked before each write:
    /// of a file that a full disk cuts short LanceDB doesn't notice (lance-io 14.0.2, `LocalWriter::poll_shutdown`).
    pub(super) async fn ensure_room(&self, bytes: u64) -> Result<(), Error> {
        let Self::Local(path) = self else {
            return Ok(());
        };
        let wanted = bytes.saturating_add(SPARE);
        let asked = path.clone();
        let found = match task::spawn_blocking(move || statvfs(&asked)).await {
            Ok(found) => found.map_err(io::Error::from),
            Err(error) => Err(io::Error::other(error)),
        };
        let found = found.map_err(|source| Error::Directory {
            path: path.clone(),
            source,
        })?;
        let free = found.f_bavail.saturating_mul(found.f_frsize);
        if free < wanted {
            let path = path.clone();
            return Err(Error::Full { path, free, wanted });
        }
        Ok(())
    }

    /// Deletes a local directory with all in it; none is fine. Objects in a store are left to LanceDB.
    pub(super) async fn delete(&self) -> Result<(), Error> {
        let Self::Local(path) = self else {
            return Ok(());
        };
        match fs::remove_dir_all(path).await {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(Error::Directory {
                path: path.clone(),
                source,
            }),
            _ => Ok(()),
        }
    }
}

async fn prove_writable(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path).await?;
    let probe = path.join(format!(".probe-{}", uuid::Uuid::now_v7().simple()));
    fs::write(&probe, b"").await?;
    fs::remove_file(&probe).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_urls_and_stores_are_told_apart() {
        let uri = |text: &str| Place::parse(text).map(|place| place.uri());
        assert_eq!(
            uri("/data/my lance").ok().as_deref(),
            Some("/data/my lance")
        );
        assert_eq!(
            uri("file:///data/lance").ok().as_deref(),
            Some("/data/lance")
        );
        assert_eq!(
            uri("s3://bucket/lance/").ok().as_deref(),
            Some("s3://bucket/lance")
        );
        assert!(uri("lance_data").is_ok_and(|path| path.starts_with('/')));
        assert!(matches!(Place::parse("file://lance"), Err(Error::Place(_))));
        assert!(matches!(Place::parse(""), Err(Error::Place(_))));
    }

    #[tokio::test]
    async fn a_disk_with_too_little_room_is_not_written_to() {
        let directory = tempfile::tempdir().unwrap();
        let place = Place::Local(directory.path().to_owned());
        place.ensure_room(1).await.unwrap();
        let error = place.ensure_room(1 << 60).await.unwrap_err();
        assert!(matches!(error, Error::Full { .. }), "{error}");
        let elsewhere = Place::Remote("s3://bucket/lance".to_owned());
        elsewhere.ensure_room(1 << 60).await.unwrap();
    }

    #[test]
    fn each_tenant_has_a_place_of_its_own() {
        let (one, two) = (TenantId::new(), TenantId::new());
        let root = Place::Local("/lance".into());
        assert_eq!(root.of(one).uri(), format!("/lance/{one}"));
        assert_ne!(root.of(one).uri(), root.of(two).uri());
    }
}
