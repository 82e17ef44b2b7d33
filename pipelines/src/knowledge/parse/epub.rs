//! E-books: the chapters in reading order, each a web page.
//!
//! What must stay true: a chapter that can't be read is noted, not lost without a word; the table of
//! contents, which repeats the headings, is left out.

use std::collections::HashMap;
use std::io::Cursor;

use zip::ZipArchive;

use crate::knowledge::block::{Block, MediaType};

use super::error::Error;
use super::limits::MAX_TEXT;
use super::xml::{self, Token};
use super::{Parsed, archive, html};

const CORRUPT: Error = Error::Corrupt {
    media_type: MediaType::Epub,
};

pub(crate) fn read(bytes: &[u8]) -> Result<Parsed, Error> {
    archive::inspect(bytes, MediaType::Epub)?;
    let mut book = ZipArchive::new(Cursor::new(bytes)).map_err(|_| CORRUPT)?;
    if archive::member(&mut book, "META-INF/encryption.xml").is_some() && is_locked(&mut book) {
        return Err(Error::Encrypted {
            media_type: MediaType::Epub,
        });
    }
    let container = archive::text(&mut book, "META-INF/container.xml").ok_or(CORRUPT)?;
    let path = root_file(&container)?.ok_or(CORRUPT)?;
    let package = Package::read(&archive::text(&mut book, &path).ok_or(CORRUPT)?)?;
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut blocks: Vec<Block> = Vec::new();
    let (mut size, mut missing) = (0, 0);
    for chapter in package.chapters() {
        let Some(page) = archive::member(&mut book, &resolved(folder, chapter)) else {
            missing += 1;
            continue;
        };
        size += page.len();
        if size > MAX_TEXT {
            return Err(Error::too_large("64 MB of text"));
        }
        blocks.extend(html::read(&page)?.blocks);
    }
    let mut notes = Vec::new();
    if missing > 0 {
        notes.push(format!("{missing} chapters could not be read."));
    }
    Ok(Parsed {
        title: package.title,
        blocks,
        notes,
        ..Parsed::default()
    })
}

/// Shops lock books with keys of their own, and name them here; obfuscated fonts alone are no lock.
fn is_locked(book: &mut ZipArchive<Cursor<&[u8]>>) -> bool {
    archive::member(book, "META-INF/rights.xml").is_some()
        || archive::member(book, "META-INF/license.lcpl").is_some()
}

fn root_file(container: &str) -> Result<Option<String>, Error> {
    let mut path = None;
    xml::walk(container, |token| {
        if let Token::Open(element) = token
            && element.name() == "rootfile"
            && path.is_none()
        {
            path = element.attribute("full-path");
        }
        Ok(())
    })?;
    Ok(path)
}

/// The package document: what the book is called and made of.
#[derive(Default)]
struct Package {
    title: Option<String>,
    /// Addresses by id, without the table of contents.
    items: HashMap<String, String>,
    spine: Vec<String>,
}

impl Package {
    fn read(xml: &str) -> Result<Self, Error> {
        let mut package = Self::default();
        let mut in_title = false;
        xml::walk(xml, |token| {
            match token {
                Token::Open(element) => match element.name() {
                    "title" => in_title = package.title.is_none(),
                    "item" => {
                        let is_contents = element
                            .attribute("properties")
                            .is_some_and(|properties| properties.split(' ').any(|p| p == "nav"));
                        if let (Some(id), Some(href), false) = (
                            element.attribute("id"),
                            element.attribute("href"),
                            is_contents,
                        ) {
                            package.items.insert(id, href);
                        }
                    }
                    "itemref" => package.spine.extend(element.attribute("idref")),
                    _ => {}
                },
                Token::Text(text) if in_title => {
                    package.title.get_or_insert_default().push_str(text);
                }
                Token::Close("title") => in_title = false,
                Token::Text(_) | Token::Close(_) => {}
            }
            Ok(())
        })?;
        Ok(package)
    }

    fn chapters(&self) -> impl Iterator<Item = &str> {
        let items = self.spine.iter().filter_map(|id| self.items.get(id));
        items.map(|href| href.split('#').next().unwrap_or(href))
    }
}

/// A member's name from an address beside the package document.
fn resolved(folder: &str, href: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let href = decoded(href);
    for part in href.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// `%20` and its like.
fn decoded(href: &str) -> String {
    let mut bytes = Vec::with_capacity(href.len());
    let mut rest = href.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = (first == b'%')
            .then(|| after.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_resolved_within_the_book() {
        assert_eq!(
            resolved("OEBPS", "text/ch%201.xhtml"),
            "OEBPS/text/ch 1.xhtml"
        );
        assert_eq!(resolved("OEBPS/a", "../b/./c.xhtml"), "OEBPS/b/c.xhtml");
        assert_eq!(resolved("", "../../c%.xhtml"), "c%.xhtml");
    }
}
