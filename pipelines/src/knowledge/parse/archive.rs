//! Looking into ZIP-based files before any office reader does.
//!
//! What must stay true: sizes are counted from bytes actually inflated, never taken from the archive's own
//! directory, which a hostile file fills as it likes; and no XML part that declares entities gets through.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::knowledge::block::MediaType;

use super::error::Error;
use super::limits::{MAX_ARCHIVE_ENTRIES, MAX_INFLATE_RATIO, MAX_INFLATED, RATIO_FLOOR};

/// Entities can only be declared before the first element, so the start of a part is enough.
const PROLOG: usize = 4096;
const LONGEST_TYPES: u64 = 1 << 20;

/// The office format of a ZIP file by what its package says it is. `named` is what the file name promises.
pub(crate) fn media_type(bytes: &[u8], named: Option<MediaType>) -> Result<MediaType, Error> {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
        return Err(named.map_or_else(
            || Error::unsupported("a damaged ZIP archive"),
            |media_type| Error::Corrupt { media_type },
        ));
    };
    if archive.len() > MAX_ARCHIVE_ENTRIES {
        return Err(Error::too_complex("too many members in the archive"));
    }
    let Some(types) = content_types(&mut archive) else {
        return open_document(&mut archive);
    };
    let has = |part: &str| types.contains(part);
    if has("ms-excel.sheet.binary.macroenabled.main") {
        Ok(MediaType::Xlsb)
    } else if has("spreadsheetml.sheet.main")
        || has("spreadsheetml.template.main")
        || has("ms-excel.")
    {
        Ok(MediaType::Xlsx)
    } else if has("wordprocessingml.document.main")
        || has("wordprocessingml.template.main")
        || has("ms-word.")
    {
        Ok(MediaType::Docx)
    } else if has("presentationml") {
        Ok(MediaType::Pptx)
    } else {
        by_members(&archive).ok_or_else(|| Error::unsupported("an Office file of an unknown kind"))
    }
}

/// Office packages list the kinds of their parts in a member called `[Content_Types].xml`.
fn content_types(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Option<String> {
    let index = archive.file_names_raw().position(|name| {
        name.trim_ascii_start()
            .eq_ignore_ascii_case(b"[content_types].xml")
    })?;
    let mut types = Vec::new();
    let member = archive.by_index(index).ok()?;
    // What could be inflated of a damaged member may still name the format.
    let _ = member.take(LONGEST_TYPES).read_to_end(&mut types);
    Some(String::from_utf8_lossy(&types).to_ascii_lowercase())
}

fn by_members(archive: &ZipArchive<Cursor<&[u8]>>) -> Option<MediaType> {
    let within = |folder: &[u8]| {
        archive
            .file_names_raw()
            .any(|name| name.starts_with(folder))
    };
    if within(b"xl") {
        Some(MediaType::Xlsx)
    } else if within(b"ppt") {
        Some(MediaType::Pptx)
    } else {
        within(b"word").then_some(MediaType::Docx)
    }
}

/// OpenDocument and EPUB files say what they are in a member called `mimetype`.
fn open_document(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<MediaType, Error> {
    let mut mime = String::new();
    if let Ok(member) = archive.by_name("mimetype") {
        // An unreadable member leaves `mime` empty, which is "a ZIP archive".
        let _ = member.take(256).read_to_string(&mut mime);
    }
    let mime = mime.trim();
    let is = |kind: &str| mime.starts_with(kind);
    if is("application/vnd.oasis.opendocument.spreadsheet") {
        Ok(MediaType::Ods)
    } else if is("application/vnd.oasis.opendocument.text")
        || is("application/vnd.oasis.opendocument.presentation")
    {
        Ok(MediaType::Odt)
    } else if is("application/epub+zip") {
        Ok(MediaType::Epub)
    } else {
        Ok(MediaType::Zip)
    }
}

/// A member's bytes; `None` where it is missing, damaged or larger than all may be together.
pub(crate) fn member(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let member = archive.by_name(name).ok()?;
    member.take(MAX_INFLATED + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= MAX_INFLATED).then_some(bytes)
}

/// As [`member`], decoded.
pub(crate) fn text(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Option<String> {
    super::text::decode(&member(archive, name)?).ok()
}

/// Inflates every member once, keeping nothing, and refuses bombs, passwords and entity declarations.
pub(crate) fn inspect(bytes: &[u8], media_type: MediaType) -> Result<(), Error> {
    let corrupt = || Error::Corrupt { media_type };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| corrupt())?;
    let mut total = 0;
    for index in 0..archive.len() {
        let Ok(mut member) = archive.by_index(index) else {
            // Unknown compression or a password; the reader needs the member or it doesn't.
            continue;
        };
        let stored = member.compressed_size().max(1);
        let mut buffer = vec![0; 64 * 1024];
        let mut inflated = 0_u64;
        // A checksum error ends the member; the office reader decides whether that matters.
        while let Ok(read) = member.read(&mut buffer) {
            if read == 0 {
                break;
            }
            if inflated == 0 && declares_entities(&buffer[..read.min(PROLOG)]) {
                return Err(Error::too_complex("it declares XML entities"));
            }
            inflated += read as u64;
            total += read as u64;
            if total > MAX_INFLATED {
                return Err(Error::too_complex("it unpacks to more than 256 MB"));
            }
            if inflated > RATIO_FLOOR && inflated / stored > MAX_INFLATE_RATIO {
                return Err(Error::too_complex("a part of it is compressed like a bomb"));
            }
        }
    }
    Ok(())
}

fn declares_entities(start: &[u8]) -> bool {
    let has = |needle: &[u8]| start.windows(needle.len()).any(|window| window == needle);
    has(b"<!DOCTYPE") && has(b"<!ENTITY")
}
