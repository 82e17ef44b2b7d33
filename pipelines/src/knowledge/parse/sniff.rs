//! Finding a file's format from its content.
//!
//! What must stay true: binary formats are known by their bytes alone and never parsed on the word of a
//! file name; the name's extension only chooses between text formats, whose bytes look alike.
//! What can't be read is refused by its real name ("a PNG image"), whatever it is called.

use crate::knowledge::block::MediaType;

use super::archive;
use super::error::Error;

const OLE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
/// How far into a text the format is looked for.
const PROBE: usize = 8 * 1024;

pub(crate) fn detect(bytes: &[u8], filename: &str) -> Result<MediaType, Error> {
    if bytes.is_empty() {
        return Err(Error::EmptyFile);
    }
    let head = &bytes[..bytes.len().min(1024)];
    if find(head, b"%PDF-").is_some_and(|at| at == 0 || !looks_like_markup(head)) {
        return Ok(MediaType::Pdf);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return archive::media_type(bytes, by_extension(filename));
    }
    if bytes.starts_with(OLE) {
        return compound_file(bytes, by_extension(filename));
    }
    if bytes.starts_with(b"{\\rtf") {
        return Ok(MediaType::Rtf);
    }
    if let Some(found) = known_binary(bytes) {
        return Err(Error::unsupported(found));
    }
    if is_binary(bytes) {
        return Err(Error::unsupported("a binary file of an unknown kind"));
    }
    text_format(bytes, filename)
}

/// A note for a file whose name promises another format than its content.
pub(crate) fn misnamed(found: MediaType, filename: &str) -> Option<String> {
    let promised = by_extension(filename)?;
    let alike = promised.label() == found.label() || (is_text(promised) && is_text(found));
    (!alike).then(|| {
        format!(
            "The file is named like a {} but is a {}; it was read as what it is.",
            promised.label(),
            found.label()
        )
    })
}

fn is_text(media_type: MediaType) -> bool {
    matches!(
        media_type,
        MediaType::Csv | MediaType::Tsv | MediaType::Text | MediaType::Markdown | MediaType::Html
    )
}

fn by_extension(filename: &str) -> Option<MediaType> {
    let (_, extension) = filename.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "pdf" => MediaType::Pdf,
        "docx" | "docm" | "dotx" => MediaType::Docx,
        "doc" | "dot" => MediaType::Doc,
        "odt" | "ott" | "odp" => MediaType::Odt,
        "rtf" => MediaType::Rtf,
        "pptx" | "pptm" | "ppsx" | "potx" => MediaType::Pptx,
        "ppt" | "pps" | "pot" => MediaType::Ppt,
        "zip" => MediaType::Zip,
        "epub" => MediaType::Epub,
        "eml" => MediaType::Email,
        "xlsx" | "xlsm" | "xltx" => MediaType::Xlsx,
        "xls" | "xlt" => MediaType::Xls,
        "xlsb" => MediaType::Xlsb,
        "ods" | "ots" => MediaType::Ods,
        "csv" => MediaType::Csv,
        "tsv" | "tab" => MediaType::Tsv,
        "txt" | "text" | "log" => MediaType::Text,
        "md" | "markdown" | "mkd" => MediaType::Markdown,
        "html" | "htm" | "xhtml" => MediaType::Html,
        _ => return None,
    })
}

/// OLE compound files name their streams in 128-byte directory entries, as UTF-16.
fn compound_file(bytes: &[u8], named: Option<MediaType>) -> Result<MediaType, Error> {
    let has = |name: &str| {
        let wanted: Vec<u8> = name
            .encode_utf16()
            .chain([0])
            .flat_map(u16::to_le_bytes)
            .collect();
        bytes.chunks(128).any(|entry| {
            entry
                .get(..wanted.len())
                .is_some_and(|name| name.eq_ignore_ascii_case(&wanted))
        })
    };
    if has("EncryptedPackage") {
        let media_type = named.unwrap_or(MediaType::Docx);
        return Err(Error::Encrypted { media_type });
    }
    if has("Workbook") || has("Book") {
        return Ok(MediaType::Xls);
    }
    if has("WordDocument") {
        return Ok(MediaType::Doc);
    }
    if has("PowerPoint Document") {
        return Ok(MediaType::Ppt);
    }
    let found = if has("__properties_version1.0") {
        "an Outlook message"
    } else {
        "an old Office file of an unknown kind"
    };
    Err(Error::unsupported(found))
}

fn known_binary(bytes: &[u8]) -> Option<String> {
    let kind = infer::get(bytes)?;
    let extension = kind.extension().to_ascii_uppercase();
    Some(match kind.matcher_type() {
        infer::MatcherType::Image => format!("an image ({extension})"),
        infer::MatcherType::Video => format!("a video ({extension})"),
        infer::MatcherType::Audio => format!("a sound recording ({extension})"),
        infer::MatcherType::Font => format!("a font ({extension})"),
        infer::MatcherType::Archive => format!("an archive ({extension})"),
        infer::MatcherType::App => format!("a program ({extension})"),
        infer::MatcherType::Book => format!("an e-book ({extension})"),
        infer::MatcherType::Doc => format!("a document of the kind {extension}"),
        // Text, and formats of the crate's user: decided below.
        infer::MatcherType::Text | infer::MatcherType::Custom => return None,
    })
}

/// NUL bytes mean binary, unless they sit where UTF-16 puts them.
fn is_binary(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(PROBE)];
    head.contains(&0) && super::text::utf16(head).is_none()
}

fn text_format(bytes: &[u8], filename: &str) -> Result<MediaType, Error> {
    let probe = super::text::decode_lossy(&bytes[..bytes.len().min(PROBE)]);
    let start = probe.trim_start().to_ascii_lowercase();
    let named = by_extension(filename).filter(|media_type| is_text(*media_type));
    if start.starts_with("<?xml") && !start.contains("<html") {
        return Err(Error::unsupported("an XML file"));
    }
    if starts_like_html(&start) {
        return Ok(MediaType::Html);
    }
    if starts_like_email(&probe, by_extension(filename)) {
        return Ok(MediaType::Email);
    }
    if let Some(named) = named {
        return Ok(named);
    }
    Ok(guess_text(&probe, &start))
}

fn starts_like_html(start: &str) -> bool {
    ["<!doctype html", "<html", "<?xml", "<head", "<body"]
        .iter()
        .any(|tag| start.starts_with(tag))
        || (start.starts_with("<!--") && start.contains("<html"))
}

/// Header fields that only messages begin with; a name of `.eml` makes any field enough.
fn starts_like_email(probe: &str, named: Option<MediaType>) -> bool {
    let fields: Vec<String> = probe
        .lines()
        .take_while(|line| !line.trim().is_empty())
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name.to_ascii_lowercase())
        .filter(|name| !name.contains(char::is_whitespace))
        .collect();
    let has = |name: &str| fields.iter().any(|field| field == name);
    match named {
        Some(MediaType::Email) => !fields.is_empty(),
        Some(_) => false,
        None => has("from") && (has("message-id") || has("mime-version") || has("received")),
    }
}

fn looks_like_markup(head: &[u8]) -> bool {
    starts_like_html(
        &String::from_utf8_lossy(head)
            .trim_start()
            .to_ascii_lowercase(),
    )
}

fn guess_text(probe: &str, start: &str) -> MediaType {
    if start.starts_with('<') && start.matches("</").count() >= 2 {
        return MediaType::Html;
    }
    for (delimiter, media_type) in [
        ('\t', MediaType::Tsv),
        (',', MediaType::Csv),
        (';', MediaType::Csv),
    ] {
        if is_delimited(probe, delimiter) {
            return media_type;
        }
    }
    let marked = probe.lines().any(|line| {
        line.starts_with("# ")
            || line.starts_with("## ")
            || line.starts_with("```")
            || line.starts_with("|--")
    });
    if marked {
        MediaType::Markdown
    } else {
        MediaType::Text
    }
}

/// At least three lines, all with the same number of delimiters.
fn is_delimited(probe: &str, delimiter: char) -> bool {
    let mut counts = probe
        .lines()
        .take(20)
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.matches(delimiter).count());
    let Some(first) = counts.next() else {
        return false;
    };
    let rest: Vec<usize> = counts.collect();
    // The last line of the probe may be cut.
    let whole = rest.len().saturating_sub(usize::from(probe.len() >= PROBE));
    first > 0 && whole >= 2 && rest[..whole].iter().all(|count| *count == first)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_wins_over_the_name() {
        assert_eq!(detect(b"%PDF-1.7 ...", "menu.docx"), Ok(MediaType::Pdf));
        assert_eq!(detect(b"<!DOCTYPE html><p>x", "a.txt"), Ok(MediaType::Html));
        let png = [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13];
        assert_eq!(
            detect(&png, "menu.pdf"),
            Err(Error::unsupported("an image (PNG)"))
        );
    }

    #[test]
    fn the_name_breaks_ties_between_text_formats() {
        assert_eq!(detect(b"# Menu", "a.txt"), Ok(MediaType::Text));
        assert_eq!(detect(b"# Menu", "a.md"), Ok(MediaType::Markdown));
        assert_eq!(detect(b"# Menu", "upload"), Ok(MediaType::Markdown));
        assert_eq!(detect(b"a,b\n1,2\n3,4\n", "upload"), Ok(MediaType::Csv));
    }

    #[test]
    fn a_misleading_name_is_noted() {
        assert!(misnamed(MediaType::Pdf, "a.docx").is_some());
        assert_eq!(misnamed(MediaType::Xls, "a.xlsx"), None);
        assert_eq!(misnamed(MediaType::Html, "a.txt"), None);
    }
}
