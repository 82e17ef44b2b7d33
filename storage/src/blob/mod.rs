//! Files with content: what was uploaded and what was made of it.
//!
//! Layout: `<root>/<tenant id>/<2 hex digits>/<key>`. What must stay true:
//! - the path comes from [`TenantScope::tenant`] and a [`BlobKey`], never from a name that somebody chose;
//! - after [`Blobs::put`] has returned, the whole content survives a power cut; before, there is the old
//!   content or none.
//!
//! Deliberately absent: object stores. A scheme other than `file` is refused.

mod error;
mod file;
mod key;

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use tokio::fs;
use wafaa_domain::TenantScope;

use crate::disk;

pub use error::Error;
pub use key::{BlobKey, InvalidKey};

/// The blobs of all tenants.
#[derive(Debug, Clone)]
pub struct Blobs {
    root: Arc<Path>,
}

/// What a tenant has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measure {
    /// Files, unfinished ones included.
    pub files: u64,
    /// Their bytes together.
    pub bytes: u64,
}

impl Blobs {
    /// Opens the place where blobs live: a path, or a `file://` URL of an absolute one. It is created.
    ///
    /// # Errors
    /// [`Error::Place`] for anything else, or that of creating or writing to the directory.
    pub async fn open(uri: &str) -> Result<Self, Error> {
        let root = root(uri)?;
        file::prove_writable(&root).await?;
        Ok(Self { root: root.into() })
    }

    /// Stores `bytes` under `key`, durably, in place of what was there.
    ///
    /// # Errors
    /// [`Error::Full`] when there is no room, else what the system said. The old content is then untouched.
    pub async fn put(&self, scope: &TenantScope, key: &BlobKey, bytes: Bytes) -> Result<(), Error> {
        let directory = self.directory(scope, key);
        file::create_directory(&directory, &self.root).await?;
        file::replace(&directory, &key.to_string(), &bytes).await
    }

    /// The content under `key`.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is none, else what the system said.
    pub async fn get(&self, scope: &TenantScope, key: &BlobKey) -> Result<Bytes, Error> {
        let path = self.path(scope, key);
        match fs::read(&path).await {
            Ok(bytes) => Ok(Bytes::from(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(Error::Missing),
            Err(error) => Err(Error::io("reading", &path)(error)),
        }
    }

    /// Deletes the content under `key`. None there is fine.
    ///
    /// # Errors
    /// What the system said; the content may then still be there.
    pub async fn delete(&self, scope: &TenantScope, key: &BlobKey) -> Result<(), Error> {
        let path = self.path(scope, key);
        match fs::remove_file(&path).await {
            Ok(()) => file::sync_directory(&self.directory(scope, key)).await,
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Error::io("deleting", &path)(error)),
        }
    }

    /// Deletes all the tenant has. Nothing there is fine.
    ///
    /// # Errors
    /// What the system said; some content may then still be there.
    pub async fn delete_tenant(&self, scope: &TenantScope) -> Result<(), Error> {
        let path = self.tenant(scope);
        match fs::remove_dir_all(&path).await {
            Ok(()) => file::sync_directory(&self.root).await,
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Error::io("deleting", &path)(error)),
        }
    }

    /// What the tenant has.
    ///
    /// # Errors
    /// What the system said.
    pub async fn measure(&self, scope: &TenantScope) -> Result<Measure, Error> {
        let path = self.tenant(scope);
        let (files, bytes) = disk::measure(&path)
            .await
            .map_err(Error::io("measuring", &path))?;
        Ok(Measure { files, bytes })
    }

    fn path(&self, scope: &TenantScope, key: &BlobKey) -> PathBuf {
        self.directory(scope, key).join(key.to_string())
    }

    fn directory(&self, scope: &TenantScope, key: &BlobKey) -> PathBuf {
        self.tenant(scope).join(key.shard())
    }

    fn tenant(&self, scope: &TenantScope) -> PathBuf {
        self.root.join(scope.tenant().to_string())
    }
}

fn root(uri: &str) -> Result<PathBuf, Error> {
    let path = match uri.split_once("://") {
        Some(("file", path)) if path.starts_with('/') => path,
        Some(_) => return Err(Error::Place(uri.to_owned())),
        None => uri,
    };
    // Absolute, so that a later change of the working directory moves nothing.
    std::path::absolute(path).map_err(|_| Error::Place(uri.to_owned()))
}
