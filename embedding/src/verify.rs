//! Checks that the model on disk is the published one. The file may come from any mirror: the digest decides.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::{MODEL_FILE, MODEL_SHA256};

/// Bytes hashed at a time.
const BLOCK: usize = 1 << 16;

/// Hashes `model.safetensors` in `model_dir` (90 MB, well under a second) and compares it with [`MODEL_SHA256`].
///
/// # Errors
/// [`Error::Missing`] or [`Error::Read`] if it cannot be read, [`Error::Digest`] if it is another file.
pub fn verify_model(model_dir: &Path) -> Result<(), Error> {
    let path = model_dir.join(MODEL_FILE);
    let found = sha256(&path)?;
    if found == MODEL_SHA256 {
        Ok(())
    } else {
        Err(Error::Digest { path, found })
    }
}

/// SHA-256 of a file, in lower-case hexadecimal.
fn sha256(path: &Path) -> Result<String, Error> {
    let mut file = File::open(path).map_err(|source| Error::reading(path, source))?;
    let mut hasher = Sha256::new();
    let mut block = vec![0; BLOCK];
    loop {
        let read = file
            .read(&mut block)
            .map_err(|source| Error::reading(path, source))?;
        if read == 0 {
            break;
        }
        hasher.update(&block[..read]);
    }
    let mut text = String::with_capacity(64);
    for byte in hasher.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}
