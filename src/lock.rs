//! Who runs the jobs of a data dir: one process at a time.
//!
//! In embedded mode the holder of this lock may bring back every job at start, since whoever ran them
//! before is gone. The lock goes with the process, however it ends.

use std::{
    fs::{self, File, TryLockError},
    path::Path,
};

use anyhow::Context;

/// Held by the process that runs the jobs.
#[derive(Debug)]
pub(crate) struct WorkerLock {
    _file: File,
}

impl WorkerLock {
    /// Takes the lock, or answers `None` when another process has it.
    pub(crate) fn try_take(data_dir: &Path) -> anyhow::Result<Option<Self>> {
        let path = data_dir.join("worker.lock");
        let file = File::create(&path).with_context(|| unwritable(data_dir))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("can't lock {}", path.display()))
            }
        }
    }
}

/// Makes the data dir, readable by its owner only.
pub(crate) fn make_data_dir(data_dir: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .with_context(|| unwritable(data_dir))
}

fn unwritable(data_dir: &Path) -> String {
    format!(
        "can't write to the data dir {}; choose another with --data-dir or WAFAA_DATA_DIR",
        data_dir.display()
    )
}
