//! API keys kept from run to run, in a file that only its owner may read: JSON, slug to key.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::Context;

pub(super) struct Keys {
    file: Option<PathBuf>,
    keys: Mutex<BTreeMap<String, String>>,
}

impl Keys {
    /// Reads the file, if one is named and there.
    pub(super) fn open(file: Option<PathBuf>) -> anyhow::Result<Self> {
        let mut keys = BTreeMap::new();
        if let Some(path) = &file {
            match fs::read(path) {
                Ok(text) => {
                    keys = serde_json::from_slice(&text)
                        .with_context(|| format!("{} holds no keys", path.display()))?;
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(error).with_context(|| format!("can't read {}", path.display()));
                }
            }
        }
        Ok(Self {
            file,
            keys: Mutex::new(keys),
        })
    }

    pub(super) fn of(&self, slug: &str) -> Option<String> {
        self.lock().get(slug).cloned()
    }

    pub(super) fn add(&self, slug: &str, key: &str) {
        self.lock().insert(slug.to_owned(), key.to_owned());
    }

    /// Writes the file, if one is named.
    pub(super) fn keep(&self) -> anyhow::Result<()> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        let text = serde_json::to_vec_pretty(&*self.lock())?;
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path);
        file.and_then(|mut file| file.write_all(&text))
            .with_context(|| format!("can't write {}", path.display()))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        // Nothing under this lock can panic half-way.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn keys_are_kept_for_their_owner_alone() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("keys.json");
        let keys = Keys::open(Some(path.clone())).expect("no file is no mistake");
        assert_eq!(keys.of("load-0001"), None);
        keys.add("load-0001", "wk_1");
        keys.keep().expect("a file");
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = Keys::open(Some(path)).expect("keys");
        assert_eq!(again.of("load-0001").as_deref(), Some("wk_1"));
    }
}
