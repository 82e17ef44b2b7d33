//! What is on this machine: the key, the model, the directories and the room on their disks.

use std::{
    collections::HashSet,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use rustix::fs::statvfs;
use wafaa_embedding::verify_model;
use wafaa_pipelines::knowledge::parse::Ocr;
use wafaa_storage::blob::Blobs;

use super::Check;
use crate::config::Config;

/// Of 32 random bytes some 30 differ; fewer than half of that is no accident.
const DISTINCT: usize = 16;
const GB: u64 = 1_000_000_000;
/// With less room than this SQLite can't even make its log shorter.
const LITTLE: u64 = 100_000_000;

/// The key that signs tokens: there, random, and nobody else's to read.
pub(super) fn secret_key(config: &Config) -> Check {
    const CHECK: &str = "secret key";
    let advice =
        "set WAFAA_SECRET_KEY to what `openssl rand -hex 32` prints, the same for every process";
    let keys = match config.existing_keys() {
        Ok(Some(keys)) => keys,
        Ok(None) if config.is_embedded() => {
            return Check::ok(CHECK, "not there yet; the first start makes one");
        }
        Ok(None) => return Check::problem(CHECK, "WAFAA_SECRET_KEY is not set", advice),
        Err(error) => return Check::problem(CHECK, format!("{error:#}"), advice),
    };
    if keys.current.iter().collect::<HashSet<_>>().len() < DISTINCT {
        return Check::problem(
            CHECK,
            "it is not random, so tokens can be forged",
            format!("{advice}; everybody signs in anew then"),
        );
    }
    let file = config.key_file();
    if config.secret_key.is_none()
        && let Ok(found) = fs::metadata(&file)
        && found.permissions().mode() & 0o077 != 0
    {
        return Check::warning(
            CHECK,
            format!("others on this machine may read {}", file.display()),
            format!("chmod 600 {}", file.display()),
        );
    }
    let detail = match keys.previous.len() {
        0 => "32 random bytes".to_owned(),
        former => format!("32 random bytes, and {former} former"),
    };
    Check::ok(CHECK, detail)
}

/// The built-in model, whose tokenizer measures passages for every embedder.
pub(super) fn model(config: &Config) -> Check {
    const CHECK: &str = "embedding model";
    let dir = &config.model.dir;
    match verify_model(dir) {
        Ok(()) => Check::ok(CHECK, format!("{} holds the published one", dir.display())),
        Err(error) => Check::problem(
            CHECK,
            chain(&error),
            "run `make model`, or name its folder in WAFAA_MODEL_DIR",
        ),
    }
}

/// The program that recognises text in scans.
pub(super) async fn recognition(config: &Config) -> Check {
    const CHECK: &str = "recognition";
    if !config.ocr {
        return Check::ok(CHECK, "off; pages that are pictures are skipped");
    }
    let advice = "install tesseract-ocr and tesseract-ocr-ara, or set WAFAA_OCR=off";
    match Ocr::find().await {
        Some(ocr) if ocr.languages() == "eng+ara" => {
            Check::ok(CHECK, "English and Arabic scans are read")
        }
        Some(ocr) => {
            let detail = format!("Tesseract only reads {}", ocr.languages());
            Check::warning(CHECK, detail, advice)
        }
        None => {
            let detail = "Tesseract is not installed, so pages that are pictures are skipped";
            Check::warning(CHECK, detail, advice)
        }
    }
}

/// Where uploads are kept.
pub(super) async fn files(config: &Config) -> Check {
    const CHECK: &str = "files";
    let uri = &config.blob_uri;
    if let Some(path) = local(uri)
        && !path.exists()
    {
        return Check::ok(
            CHECK,
            format!("{uri} is not there yet; the first start makes it"),
        );
    }
    match Blobs::open(uri).await {
        Ok(_) => Check::ok(CHECK, uri.clone()),
        Err(error) => Check::problem(
            CHECK,
            chain(&error),
            "make it writable for this user, or name another place in WAFAA_BLOB_URI",
        ),
    }
}

/// The room that is left where local files are kept, one line a directory.
pub(super) fn disks(config: &Config) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    let places = [
        ("disk of the data dir", Some(config.data_dir.clone())),
        ("disk of the vectors", local(&config.lance_uri)),
        ("disk of the files", local(&config.blob_uri)),
    ];
    for (check, place) in places {
        checks.extend(place.map(|place| disk(check, &place)));
    }
    checks
}

fn disk(check: &'static str, place: &Path) -> Check {
    let place = std::path::absolute(place).unwrap_or_else(|_| place.to_owned());
    // What isn't there yet will be made below what is.
    let there = place.ancestors().find(|path| path.exists());
    let found = match statvfs(there.unwrap_or(&place)) {
        Ok(found) => found,
        Err(error) => {
            let detail = format!("{}: {error}", place.display());
            return Check::problem(check, detail, "choose another directory");
        }
    };
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let all = found.f_blocks.saturating_mul(found.f_frsize);
    let percent = free.saturating_mul(100).checked_div(all).unwrap_or(0);
    let detail = format!(
        "{}: {:.1} GB free, {percent} %",
        place.display(),
        free as f64 / GB as f64
    );
    if free < LITTLE {
        Check::problem(check, detail, "make room: nothing can be written soon")
    } else if free < GB || percent < 10 {
        Check::warning(check, detail, "make room, or move it to a larger disk")
    } else {
        Check::ok(check, detail)
    }
}

/// The directory that a URI names, unless it is elsewhere.
pub(super) fn local(uri: &str) -> Option<PathBuf> {
    match uri.split_once("://") {
        Some(("file", path)) => Some(path.into()),
        Some(_) => None,
        None => Some(uri.into()),
    }
}

/// An error with its causes, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::doctor::Status;

    #[test]
    fn only_directories_are_local() {
        assert_eq!(local("lance_data"), Some("lance_data".into()));
        assert_eq!(local("file:///var/lance"), Some("/var/lance".into()));
        assert_eq!(local("s3://bucket/lance"), None);
    }

    #[test]
    fn a_disk_is_found_above_what_is_not_there_yet() {
        let found = disk("disk", Path::new("/surely/not/there/yet"));
        assert!(
            found.detail.starts_with("/surely/not/there/yet: "),
            "{found:?}"
        );
        assert_ne!(found.detail, "");
        let broken = disk("disk", Path::new("/proc/self/nowhere"));
        assert_ne!(broken.status, Status::Ok, "{broken:?}");
    }
}
