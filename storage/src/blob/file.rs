//! Files that survive a power cut.

use std::{
    io,
    path::{Path, PathBuf},
};

use tokio::{
    fs::{self, File},
    io::AsyncWriteExt,
};
use uuid::Uuid;

use super::Error;

/// Creates `root` and proves that it can be written to.
pub(super) async fn prove_writable(root: &Path) -> Result<(), Error> {
    fs::create_dir_all(root)
        .await
        .map_err(Error::io("creating", root))?;
    let probe = aside(root);
    fs::write(&probe, b"")
        .await
        .map_err(Error::io("writing to", root))?;
    fs::remove_file(&probe)
        .await
        .map_err(Error::io("writing to", root))
}

/// Creates `directory`, which is `root/<tenant>/<shard>`, and makes its entries above durable.
pub(super) async fn create_directory(directory: &Path, root: &Path) -> Result<(), Error> {
    if fs::try_exists(directory).await.unwrap_or(false) {
        return Ok(());
    }
    fs::create_dir_all(directory)
        .await
        .map_err(Error::io("creating", directory))?;
    for above in directory.ancestors().skip(1) {
        sync_directory(above).await?;
        if above == root {
            break;
        }
    }
    Ok(())
}

/// Puts a file `name` with `bytes` in `directory`: written aside, made durable, then renamed.
pub(super) async fn replace(directory: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let path = directory.join(name);
    let aside = aside(directory);
    let written = write(&aside, &path, bytes).await;
    if written.is_err() {
        // It takes up room that somebody needs; the error that matters is the one above.
        let _ = fs::remove_file(&aside).await;
    }
    written.map_err(Error::io("writing", &path))?;
    sync_directory(directory).await
}

async fn write(aside: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(aside).await?;
    file.write_all(bytes).await?;
    file.flush().await?;
    file.sync_all().await?;
    fs::rename(aside, path).await
}

/// Makes renames and deletions in `directory` durable.
pub(super) async fn sync_directory(directory: &Path) -> Result<(), Error> {
    let sync = async { File::open(directory).await?.sync_all().await };
    sync.await.map_err(Error::io("syncing", directory))
}

fn aside(directory: &Path) -> PathBuf {
    directory.join(format!(".aside-{}", Uuid::now_v7().simple()))
}
