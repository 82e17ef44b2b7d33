//! What can go wrong with blobs.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why an operation on blobs failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The place for blobs is not one that is supported.
    #[error("`{0}` can't hold files: supported are a path and a `file://` URL of an absolute path")]
    Place(String),
    /// There is no such blob.
    #[error("there is no such blob")]
    Missing,
    /// The disk, or a quota on it, is used up.
    #[error("there is no room left for {}", path.display())]
    Full {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The system refused.
    #[error("{doing} {} failed", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: the system refused something to be done to `path`.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| {
            if matches!(
                source.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
            ) {
                return Self::Full { path, source };
            }
            Self::Io {
                doing,
                path,
                source,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart() {
        let error = |kind: io::ErrorKind| Error::io("writing", Path::new("/x"))(kind.into());
        assert!(matches!(
            error(io::ErrorKind::StorageFull),
            Error::Full { .. }
        ));
        assert!(matches!(
            error(io::ErrorKind::QuotaExceeded),
            Error::Full { .. }
        ));
        assert!(matches!(
            error(io::ErrorKind::PermissionDenied),
            Error::Io { .. }
        ));
    }
}
