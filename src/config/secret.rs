//! The secret key and its predecessors: given, or made and kept where only their owner can read them.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use rand::RngCore;
use secrecy::{ExposeSecret, SecretString};

use super::{Config, source::Source};

const FILE: &str = "secret.key";
/// Former keys, newest first, one a line.
const PREVIOUS: &str = "secret.key.previous";
/// Former keys that are kept. What they signed lives for two days at most.
const KEPT: usize = 3;

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

/// The keys before it, checked.
pub(super) fn configured_previous(source: &mut Source) -> Vec<SecretString> {
    let keys = source.list("SECRET_KEY_PREVIOUS");
    source.check(
        "SECRET_KEY_PREVIOUS",
        || keys.iter().all(|key| parse(key).is_some()),
        "is a list, with commas, of former values of WAFAA_SECRET_KEY",
    );
    keys.into_iter().map(SecretString::from).collect()
}

/// The key of today and those before it.
pub(crate) struct Keys {
    pub(crate) current: [u8; 32],
    /// Newest first.
    pub(crate) previous: Vec<[u8; 32]>,
}

/// The keys from the settings, or from the data dir, where the first is made at the first start.
pub(super) fn load(config: &Config) -> anyhow::Result<Keys> {
    let configured = config.previous_keys.iter();
    let configured = configured.filter_map(|key| parse(key.expose_secret()));
    if let Some(key) = &config.secret_key {
        let current =
            parse(key.expose_secret()).context("WAFAA_SECRET_KEY is not 32 bytes in hex")?;
        return Ok(Keys {
            current,
            previous: configured.collect(),
        });
    }
    if !config.is_embedded() {
        bail!(
            "WAFAA_SECRET_KEY is required with PostgreSQL: set it to 32 bytes in hex, the same for every process"
        );
    }
    let current = load_or_make(&file(config))?;
    let kept = read_previous(&config.data_dir.join(PREVIOUS))?;
    Ok(Keys {
        current,
        previous: configured.chain(kept).collect(),
    })
}

/// Replaces the key in the data dir.
pub(super) fn rotate(config: &Config, drop_former: bool) -> anyhow::Result<()> {
    if config.secret_key.is_some() || !config.is_embedded() {
        bail!(
            "the secret key comes from the settings: give WAFAA_SECRET_KEY a new value (`openssl rand -hex 32`), \
             add the former one to WAFAA_SECRET_KEY_PREVIOUS, and restart every process"
        );
    }
    let (path, previous) = (file(config), config.data_dir.join(PREVIOUS));
    // The former key is kept before it is replaced: at no moment is there none that checks what it signed.
    let mut former = vec![load_or_make(&path)?];
    former.extend(read_previous(&previous)?);
    former.truncate(if drop_former { 0 } else { KEPT });
    let lines: Vec<String> = former.iter().map(hex::encode).collect();
    replace(&previous, &lines.join("\n"))?;
    replace(&path, &hex::encode(fresh()))
}

fn fresh() -> [u8; 32] {
    let mut key = [0; 32];
    rand::rng().fill_bytes(&mut key);
    key
}

fn load_or_make(path: &Path) -> anyhow::Result<[u8; 32]> {
    let fresh = fresh();
    let created = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match created {
        Ok(mut file) => {
            file.write_all(hex::encode(fresh).as_bytes())
                .and_then(|()| file.sync_all())
                .with_context(|| format!("can't keep the secret key in {}", path.display()))?;
            Ok(fresh)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(path)
                .with_context(|| format!("can't read {}", path.display()))?;
            parse(text.trim()).with_context(|| no_key(path))
        }
        Err(error) => {
            Err(error).with_context(|| format!("can't keep the secret key in {}", path.display()))
        }
    }
}

fn read_previous(path: &Path) -> anyhow::Result<Vec<[u8; 32]>> {
    match fs::read_to_string(path) {
        Ok(text) => text
            .split_whitespace()
            .map(|line| parse(line).with_context(|| no_key(path)))
            .collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| format!("can't read {}", path.display())),
    }
}

/// Puts a file with `text` there: written aside, made durable, then renamed.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let aside = path.with_extension("aside");
    let write = || {
        // One that an earlier attempt left would keep its mode.
        match fs::remove_file(&aside) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&aside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&aside, path)?;
        File::open(path.parent().unwrap_or(path))?.sync_all()
    };
    write().with_context(|| format!("can't keep the secret key in {}", path.display()))
}

fn no_key(path: &Path) -> String {
    format!(
        "{} does not hold a key; restore it from a backup",
        path.display()
    )
}

/// The keys from the settings or the data dir, if there are any; none is made.
pub(super) fn existing(config: &Config) -> anyhow::Result<Option<Keys>> {
    let path = file(config);
    let there = path
        .try_exists()
        .with_context(|| format!("can't read {}", path.display()))?;
    if there || config.secret_key.is_some() {
        return load(config).map(Some);
    }
    Ok(None)
}

/// Where a key that was made is kept.
pub(super) fn file(config: &Config) -> PathBuf {
    config.data_dir.join(FILE)
}

fn parse(text: &str) -> Option<[u8; 32]> {
    hex::decode(text).ok()?.try_into().ok()
}
