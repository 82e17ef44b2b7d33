//! The secret key: given, or made once and kept where only its owner can read it.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

use anyhow::{Context, bail};
use rand::RngCore;
use secrecy::{ExposeSecret, SecretString};

use super::{Config, source::Source};

const FILE: &str = "secret.key";

/// The key from the settings, checked.
pub(super) fn configured(source: &mut Source) -> Option<SecretString> {
    let text = source.text("SECRET_KEY")?;
    source.check(
        "SECRET_KEY",
        || parse(&text).is_some(),
        "is 32 bytes in hex, as from `openssl rand -hex 32`",
    );
    Some(text.into())
}

/// The key from the settings, or from the data dir, where it is made at the first start.
pub(super) fn load(config: &Config) -> anyhow::Result<[u8; 32]> {
    if let Some(key) = &config.secret_key {
        return parse(key.expose_secret()).context("WAFAA_SECRET_KEY is not 32 bytes in hex");
    }
    if !config.is_embedded() {
        bail!(
            "WAFAA_SECRET_KEY is required with PostgreSQL: set it to 32 bytes in hex, the same for every process"
        );
    }
    let path = file(config);
    let mut fresh = [0; 32];
    rand::rng().fill_bytes(&mut fresh);
    let created = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path);
    match created {
        Ok(mut file) => {
            file.write_all(hex::encode(fresh).as_bytes())
                .and_then(|()| file.sync_all())
                .with_context(|| format!("can't keep the secret key in {}", path.display()))?;
            Ok(fresh)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("can't read {}", path.display()))?;
            parse(text.trim()).with_context(|| {
                format!(
                    "{} does not hold a key; restore it from a backup",
                    path.display()
                )
            })
        }
        Err(error) => {
            Err(error).with_context(|| format!("can't keep the secret key in {}", path.display()))
        }
    }
}

/// The key from the settings or the data dir, if there is one; none is made.
pub(super) fn existing(config: &Config) -> anyhow::Result<Option<[u8; 32]>> {
    if config.secret_key.is_some() {
        return load(config).map(Some);
    }
    let path = file(config);
    match fs::read_to_string(&path) {
        Ok(text) => parse(text.trim())
            .with_context(|| format!("{} does not hold a key", path.display()))
            .map(Some),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("can't read {}", path.display())),
    }
}

/// Where a key that was made is kept.
pub(super) fn file(config: &Config) -> PathBuf {
    config.data_dir.join(FILE)
}

fn parse(text: &str) -> Option<[u8; 32]> {
    hex::decode(text).ok()?.try_into().ok()
}
