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

/// The office format of a ZIP file by the names of its members. `named` is what the file name promises.
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
    let names: Vec<String> = archive
        .file_names_raw()
        .map(|name| {
            String::from_utf8_lossy(name)
                .replace('\\', "/")
                .to_ascii_lowercase()
        })
        .collect();
    let has = |wanted: &str| {
        names
            .iter()
            .any(|name| name.trim_start_matches('/') == wanted)
    };
    let within = |folder: &str| {
        names
            .iter()
            .any(|name| name.trim_start_matches('/').starts_with(folder))
    };
    if has("xl/workbook.bin") {
        return Ok(MediaType::Xlsb);
    }
    if has("xl/workbook.xml") || (has("[content_types].xml") && within("xl/")) {
        return Ok(MediaType::Xlsx);
    }
    if has("[content_types].xml") && within("word/") {
        return Ok(MediaType::Docx);
    }
    if has("[content_types].xml") && within("ppt/") {
        return Err(Error::unsupported("a PowerPoint presentation"));
    }
    open_document(&mut archive)
}

/// OpenDocument and EPUB files say what they are in a member called `mimetype`.
fn open_document(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<MediaType, Error> {
    let mut mime = String::new();
    if let Ok(member) = archive.by_name("mimetype") {
        // An unreadable member leaves `mime` empty, which is "a ZIP archive".
        let _ = member.take(256).read_to_string(&mut mime);
    }
    let mime = mime.trim();
    if mime.starts_with("application/vnd.oasis.opendocument.spreadsheet") {
        return Ok(MediaType::Ods);
    }
    Err(Error::unsupported(match mime {
        "application/epub+zip" => "an e-book (EPUB)",
        _ if mime.starts_with("application/vnd.oasis.opendocument.text") => {
            "an OpenDocument text (save it as .docx or PDF)"
        }
        _ if mime.starts_with("application/vnd.oasis.opendocument.presentation") => {
            "an OpenDocument presentation"
        }
        _ => "a ZIP archive (unpack it and upload what it holds)",
    }))
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
