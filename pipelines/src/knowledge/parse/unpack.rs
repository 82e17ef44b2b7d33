//! A ZIP archive of documents: its members, one after the other, for each to become a document of its own.
//!
//! What must stay true: sizes are counted while inflating, never believed; an archive within the archive is
//! not opened, so nothing nests; what is skipped is named with the reason.

use std::io::{Cursor, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use zip::ZipArchive;
use zip::read::ZipFile;

use crate::knowledge::block::MediaType;

use super::error::Error;
use super::limits::{MAX_INFLATE_RATIO, MAX_MEMBERS, MAX_UNPACKED, RATIO_FLOOR};
use super::sniff;

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name, without folders.
    pub name: String,
    /// What it holds, or why it was skipped.
    pub content: Result<Vec<u8>, String>,
}

/// A [`Member`] on its way out of the child.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Packed {
    /// In base 64.
    Content(String, String),
    Skipped(String, String),
}

impl TryFrom<Packed> for Member {
    type Error = base64::DecodeError;

    fn try_from(packed: Packed) -> Result<Self, Self::Error> {
        Ok(match packed {
            Packed::Content(name, content) => Self {
                name,
                content: Ok(BASE64.decode(content)?),
            },
            Packed::Skipped(name, reason) => Self {
                name,
                content: Err(reason),
            },
        })
    }
}

pub(super) fn members(bytes: &[u8]) -> Result<Vec<Packed>, Error> {
    let corrupt = || Error::Corrupt {
        media_type: MediaType::Zip,
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| corrupt())?;
    if archive.len() > MAX_MEMBERS {
        return Err(Error::too_large(format!("{MAX_MEMBERS} files")));
    }
    let mut members = Vec::new();
    let mut total = 0;
    for index in 0..archive.len() {
        let path = path(&archive, index);
        let name = path.rsplit(['/', '\\']).next().unwrap_or(&path).to_owned();
        let Ok(mut member) = archive.by_index(index) else {
            let reason = "It is protected by a password, or packed in an unknown way.";
            members.push(Packed::Skipped(name, reason.to_owned()));
            continue;
        };
        if member.is_dir() || is_of_the_system(&path, &name) {
            continue;
        }
        let content = inflated(&mut member, &mut total)?;
        members.push(match content.map(|content| accepted(content, &name)) {
            Some(Ok(content)) => Packed::Content(name, BASE64.encode(content)),
            Some(Err(error)) => Packed::Skipped(name, error.to_string()),
            None => Packed::Skipped(name, corrupt().to_string()),
        });
    }
    Ok(members)
}

fn path(archive: &ZipArchive<Cursor<&[u8]>>, index: usize) -> String {
    match archive.name_for_index(index) {
        Some(Ok(name)) => name.into_owned(),
        Some(Err(_)) | None => format!("file {}", index + 1),
    }
}

/// What operating systems leave in archives for themselves.
fn is_of_the_system(path: &str, name: &str) -> bool {
    path.starts_with("__MACOSX/") || name.starts_with('.') || name == "Thumbs.db"
}

/// `None` where the member is damaged.
fn inflated(
    member: &mut ZipFile<'_, Cursor<&[u8]>>,
    total: &mut u64,
) -> Result<Option<Vec<u8>>, Error> {
    let stored = member.compressed_size().max(1);
    let mut content = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(read) = member.read(&mut buffer) else {
            return Ok(None);
        };
        if read == 0 {
            return Ok(Some(content));
        }
        content.extend_from_slice(&buffer[..read]);
        *total += read as u64;
        let size = content.len() as u64;
        if *total > MAX_UNPACKED {
            return Err(Error::too_large("128 MB of unpacked files"));
        }
        if size > RATIO_FLOOR && size / stored > MAX_INFLATE_RATIO {
            return Err(Error::too_complex("a part of it is compressed like a bomb"));
        }
    }
}

/// Files of formats that can't be read are not worth a document that fails.
fn accepted(content: Vec<u8>, name: &str) -> Result<Vec<u8>, Error> {
    match sniff::detect(&content, name)? {
        MediaType::Zip => Err(Error::unsupported("an archive within an archive")),
        _ => Ok(content),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn package(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            writer
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn documents_come_out_and_the_rest_is_named() {
        let inner = package(&[("a.txt", b"x")]);
        let outer = package(&[
            ("menus/summer.md", b"# Menu"),
            ("__MACOSX/._summer.md", b"x"),
            ("logo.png", b"\x89PNG\r\n\x1a\n\0\0\0\r"),
            ("more.zip", &inner),
        ]);
        let members: Vec<Member> = members(&outer)
            .unwrap()
            .into_iter()
            .map(|packed| packed.try_into().unwrap())
            .collect();
        let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
        assert_eq!(names, ["summer.md", "logo.png", "more.zip"]);
        assert_eq!(members[0].content.as_deref(), Ok(&b"# Menu"[..]));
        assert!(
            members[1]
                .content
                .as_ref()
                .unwrap_err()
                .contains("an image (PNG)")
        );
        assert!(
            members[2]
                .content
                .as_ref()
                .unwrap_err()
                .contains("within an archive")
        );
    }

    #[test]
    fn a_bomb_is_refused() {
        let bomb = package(&[("a.txt", &vec![b' '; 40 << 20])]);
        assert!(bomb.len() < 1 << 20);
        let Err(error) = members(&bomb) else {
            panic!("it was unpacked");
        };
        assert_eq!(error.code(), "too_complex");
    }
}
