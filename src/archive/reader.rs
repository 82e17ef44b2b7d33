//! Reading an archive: once to verify all of it, then again to use it.

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::{BufReader, Read as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use wafaa_storage::archive::Row;
use zstd::Decoder;

use super::{
    Content, Manifest, Member,
    member::{CHECKSUMS, MANIFEST},
    writer::{Checksum, Checksums},
};

type Tar = tar::Archive<Decoder<'static, BufReader<File>>>;

/// A verified archive.
pub(crate) struct Reader {
    path: PathBuf,
    pub(crate) manifest: Manifest,
    /// What tells this archive from any other.
    pub(crate) id: String,
    checksums: Checksums,
}

impl Reader {
    /// Reads the whole archive and checks every byte of it.
    ///
    /// # Errors
    /// When it is damaged, cut short, or holds what its own checksums don't.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        verify(path).with_context(|| {
            format!(
                "{} can't be used: it is damaged, cut short, or not an archive of ours",
                path.display()
            )
        })
    }

    /// Goes through the members in order, checking each again, until `visit` fails.
    pub(crate) async fn each(
        &self,
        mut visit: impl AsyncFnMut(Member, Vec<u8>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut tar = tar(&self.path)?;
        for entry in tar.entries()? {
            let (name, content) = read(entry?)?;
            if name == MANIFEST || name == CHECKSUMS {
                continue;
            }
            ensure!(
                self.checksums.members.get(&name) == Some(&Checksum::of(&content)),
                "{} has changed while it was being read",
                self.path.display()
            );
            visit(member(&name)?, content).await?;
        }
        Ok(())
    }
}

/// The rows of a member.
pub(crate) fn rows(content: &[u8]) -> anyhow::Result<Vec<Row>> {
    let lines = content.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_slice(line).context("a row can't be read"))
        .collect()
}

fn verify(path: &Path) -> anyhow::Result<Reader> {
    let mut tar = tar(path)?;
    let mut found: BTreeMap<String, Checksum> = BTreeMap::new();
    let mut counted: BTreeMap<String, u64> = BTreeMap::new();
    let mut manifest: Option<Manifest> = None;
    let mut checksums: Option<Checksums> = None;
    for entry in tar.entries()? {
        let (name, content) = read(entry?)?;
        ensure!(checksums.is_none(), "`{name}` comes after the end");
        if name == CHECKSUMS {
            checksums =
                Some(serde_json::from_slice(&content).context("the checksums can't be read")?);
            continue;
        }
        if name == MANIFEST {
            manifest =
                Some(serde_json::from_slice(&content).context("the manifest can't be read")?);
        } else {
            ensure!(manifest.is_some(), "it does not begin with a manifest");
            if let Member::PlatformRows { table, .. } | Member::Rows { table, .. } = member(&name)?
            {
                *counted.entry(table).or_default() += rows(&content)?.len() as u64;
            }
        }
        let before = found.insert(name.clone(), Checksum::of(&content));
        ensure!(before.is_none(), "it has `{name}` twice");
    }
    // What comes after the last member belongs to the stream: its own checksum is at its end.
    std::io::copy(&mut tar.into_inner(), &mut std::io::sink()).context("its end can't be read")?;
    let manifest = manifest.context("it has no manifest")?;
    let checksums = checksums.context("it ends before its checksums")?;
    compare(&found, &checksums.members)?;
    ensure!(
        counted == checksums.rows,
        "it does not have the rows it should have"
    );
    let id = found.get(MANIFEST).map(|one| one.sha256.clone());
    owners(&manifest, &found)?;
    Ok(Reader {
        path: path.to_owned(),
        manifest,
        id: id.unwrap_or_default(),
        checksums,
    })
}

fn compare(
    found: &BTreeMap<String, Checksum>,
    expected: &BTreeMap<String, Checksum>,
) -> anyhow::Result<()> {
    for (name, checksum) in expected {
        match found.get(name) {
            None => bail!("`{name}` is missing"),
            Some(other) if other != checksum => bail!("`{name}` is not as it was written"),
            Some(_) => {}
        }
    }
    if let Some(name) = found.keys().find(|name| !expected.contains_key(*name)) {
        bail!("`{name}` was added to it");
    }
    Ok(())
}

/// Whether members belong to whom the manifest names, and to nobody else.
fn owners(manifest: &Manifest, found: &BTreeMap<String, Checksum>) -> anyhow::Result<()> {
    let named: HashMap<_, _> = manifest
        .tenants
        .iter()
        .map(|tenant| (tenant.id, ()))
        .collect();
    for name in found.keys().filter(|name| *name != MANIFEST) {
        let of_whom = match member(name)? {
            Member::PlatformRows { .. } => {
                ensure!(
                    manifest.content == Content::Platform,
                    "`{name}` is not a tenant's"
                );
                continue;
            }
            Member::Rows { tenant, .. }
            | Member::Blob { tenant, .. }
            | Member::File { tenant, .. } => tenant,
        };
        ensure!(
            named.contains_key(&of_whom),
            "`{name}` is of nobody in its manifest"
        );
    }
    Ok(())
}

fn member(name: &str) -> anyhow::Result<Member> {
    name.parse()
        .map_err(|_| anyhow::anyhow!("`{name}` has no place in an archive of ours"))
}

fn tar(path: &Path) -> anyhow::Result<Tar> {
    let file = File::open(path).with_context(|| format!("can't open {}", path.display()))?;
    Ok(tar::Archive::new(Decoder::new(file)?))
}

fn read(
    mut entry: tar::Entry<'_, Decoder<'static, BufReader<File>>>,
) -> anyhow::Result<(String, Vec<u8>)> {
    let name = String::from_utf8(entry.path_bytes().into_owned())?;
    ensure!(
        entry.header().entry_type().is_file(),
        "`{name}` is not a file"
    );
    let mut content = Vec::new();
    entry.read_to_end(&mut content)?;
    ensure!(
        content.len() as u64 == entry.size(),
        "`{name}` is cut short"
    );
    Ok((name, content))
}
