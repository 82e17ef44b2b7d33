//! How much is below a directory.

use std::{fs, io, path::Path};

/// Files below `directory`, and their bytes. A directory that isn't there has none, and what vanishes while
/// it is being counted doesn't count.
pub(crate) async fn measure(directory: &Path) -> io::Result<(u64, u64)> {
    let directory = directory.to_owned();
    tokio::task::spawn_blocking(move || below(&directory))
        .await
        .map_err(io::Error::other)?
}

fn below(directory: &Path) -> io::Result<(u64, u64)> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((0, 0)),
        other => other?,
    };
    let (mut files, mut bytes) = (0, 0);
    for entry in entries {
        let entry = entry?;
        match entry.metadata() {
            Ok(found) if found.is_dir() => {
                let (more, larger) = below(&entry.path())?;
                files += more;
                bytes += larger;
            }
            Ok(found) => {
                files += 1;
                bytes += found.len();
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok((files, bytes))
}
