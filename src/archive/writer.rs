//! Writing an archive: beside its name at first, under it only once it is complete.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{BufWriter, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use wafaa_domain::TenantId;
use wafaa_storage::archive::{Row, Table};
use zstd::Encoder;

use super::{
    Manifest, Member,
    member::{CHECKSUMS, MANIFEST},
};

/// zstd's own default: three times faster than 9 for a few percent.
const LEVEL: i32 = 3;
/// Bytes of rows in one member.
const PART: usize = 8 << 20;

/// What is known of a member, to check it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checksum {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Checksum {
    pub(super) fn of(content: &[u8]) -> Self {
        Self {
            bytes: content.len() as u64,
            sha256: hex::encode(Sha256::digest(content)),
        }
    }
}

/// The last member.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checksums {
    pub(super) members: BTreeMap<String, Checksum>,
    /// Rows by table, of all tenants and the platform together.
    pub(super) rows: BTreeMap<String, u64>,
}

/// An archive being written. Dropped before [`Writer::finish`], it leaves nothing.
pub(crate) struct Writer {
    path: PathBuf,
    aside: PathBuf,
    tar: Option<tar::Builder<Encoder<'static, BufWriter<File>>>>,
    checksums: Checksums,
    blobs: u64,
}

/// What an archive holds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Written {
    pub(crate) rows: u64,
    pub(crate) blobs: u64,
    pub(crate) bytes: u64,
}

impl Writer {
    /// Begins an archive at `path`, where there must be none. Nobody but its owner may read it.
    pub(crate) fn create(path: &Path, manifest: &Manifest) -> anyhow::Result<Self> {
        ensure!(
            !path.exists(),
            "{} exists already; an archive never replaces a file",
            path.display()
        );
        let mut aside = path.as_os_str().to_owned();
        aside.push(".partial");
        let aside = PathBuf::from(aside);
        let unwritable = || format!("can't write to {}", aside.display());
        // One that an interrupted run left would keep its mode.
        let _ = fs::remove_file(&aside);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&aside)
            .with_context(unwritable)?;
        let mut encoder = Encoder::new(BufWriter::new(file), LEVEL).with_context(unwritable)?;
        encoder.include_checksum(true).with_context(unwritable)?;
        let mut writer = Self {
            path: path.to_owned(),
            tar: Some(tar::Builder::new(encoder)),
            aside,
            checksums: Checksums::default(),
            blobs: 0,
        };
        writer.append(MANIFEST, &serde_json::to_vec_pretty(manifest)?)?;
        Ok(writer)
    }

    /// Adds a blob.
    pub(crate) fn blob(&mut self, member: &Member, content: &[u8]) -> anyhow::Result<()> {
        self.blobs += 1;
        self.append(&member.to_string(), content)
    }

    /// Begins to add rows of a table: a tenant's, or the platform's.
    pub(crate) fn rows<'a>(&'a mut self, owner: Option<TenantId>, table: &'a Table) -> Rows<'a> {
        Rows {
            writer: self,
            owner,
            table: &table.name,
            part: 0,
            lines: Vec::new(),
        }
    }

    /// Adds the checksums, makes all of it durable and gives the archive its name.
    pub(crate) fn finish(mut self) -> anyhow::Result<Written> {
        let checksums = serde_json::to_vec(&self.checksums)?;
        self.append(CHECKSUMS, &checksums)?;
        let failed = || format!("can't finish {}", self.path.display());
        let tar = self.tar.take().with_context(failed)?;
        let encoder = tar.into_inner().with_context(failed)?;
        let mut buffer = encoder.finish().with_context(failed)?;
        buffer.flush().with_context(failed)?;
        let file = buffer.into_inner().with_context(failed)?;
        file.sync_all().with_context(failed)?;
        let bytes = file.metadata().with_context(failed)?.len();
        fs::rename(&self.aside, &self.path).with_context(failed)?;
        let directory = self
            .path
            .parent()
            .filter(|path| !path.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))
            .and_then(|directory| directory.sync_all())
            .with_context(failed)?;
        Ok(Written {
            rows: self.checksums.rows.values().sum(),
            blobs: self.blobs,
            bytes,
        })
    }

    fn append(&mut self, name: &str, content: &[u8]) -> anyhow::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(chrono::Utc::now().timestamp()).unwrap_or(0));
        let tar = self.tar.as_mut().context("the archive is finished")?;
        tar.append_data(&mut header, name, content)
            .with_context(|| format!("can't write to {}", self.aside.display()))?;
        if name != CHECKSUMS {
            let before = self
                .checksums
                .members
                .insert(name.to_owned(), Checksum::of(content));
            ensure!(before.is_none(), "`{name}` would be in the archive twice");
        }
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Either it has its name by now, or it is not complete.
        let _ = fs::remove_file(&self.aside);
    }
}

/// Rows of one table on their way into an archive, in parts.
pub(crate) struct Rows<'a> {
    writer: &'a mut Writer,
    owner: Option<TenantId>,
    table: &'a str,
    part: u32,
    lines: Vec<u8>,
}

impl Rows<'_> {
    pub(crate) fn push(&mut self, row: &Row) -> anyhow::Result<()> {
        serde_json::to_writer(&mut self.lines, row)?;
        self.lines.push(b'\n');
        let rows = &mut self.writer.checksums.rows;
        *rows.entry(self.table.to_owned()).or_default() += 1;
        if self.lines.len() >= PART {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes what is left.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        self.flush()
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        self.part += 1;
        let (table, part) = (self.table.to_owned(), self.part);
        let member = match self.owner {
            Some(tenant) => Member::Rows {
                tenant,
                table,
                part,
            },
            None => Member::PlatformRows { table, part },
        };
        let lines = std::mem::take(&mut self.lines);
        self.writer.append(&member.to_string(), &lines)
    }
}
