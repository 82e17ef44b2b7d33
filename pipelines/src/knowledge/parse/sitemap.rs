//! Sitemaps (<https://www.sitemaps.org/protocol.html>): lists of a site's pages, or of further sitemaps; XML or one
//! address a line, packed with gzip or not.
//!
//! What must stay true: what is unpacked is bounded while it is; addresses are as they are written.

use std::borrow::Cow;
use std::io::Read as _;

use flate2::read::GzDecoder;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::limits::{MAX_SITEMAP, MAX_SITEMAP_ENTRIES, MIB};
use super::xml::{self, Token};

/// The addresses of a sitemap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sitemap {
    pub pages: Vec<String>,
    /// Further sitemaps.
    pub sitemaps: Vec<String>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Sitemap, Error> {
    let bytes = unpacked(bytes)?;
    let text = super::text::decode(&bytes)?;
    if text.trim_start().starts_with('<') {
        return of_xml(&text);
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(Sitemap {
        pages: lines.take(MAX_SITEMAP_ENTRIES).map(str::to_owned).collect(),
        sitemaps: Vec::new(),
    })
}

fn unpacked(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes.into());
    }
    let mut out = Vec::new();
    let mut packed = GzDecoder::new(bytes).take(MAX_SITEMAP + 1);
    packed
        .read_to_end(&mut out)
        .map_err(|_| Error::unsupported("a damaged gzip file"))?;
    if out.len() as u64 > MAX_SITEMAP {
        return Err(Error::too_large(format!("{} MB", MAX_SITEMAP / MIB)));
    }
    Ok(out.into())
}

fn of_xml(text: &str) -> Result<Sitemap, Error> {
    let mut found = Sitemap::default();
    let mut path: Vec<String> = Vec::new();
    let mut location = String::new();
    xml::walk(text, |token| {
        match token {
            Token::Open(element) => {
                path.push(element.name().to_owned());
                location.clear();
            }
            Token::Text(text) => location.push_str(text),
            Token::Close(name) => {
                let parent = path.len().checked_sub(2).and_then(|at| path.get(at));
                // Pictures and videos have locations too.
                let list = match parent.map(String::as_str) {
                    Some("url") => Some(&mut found.pages),
                    Some("sitemap") => Some(&mut found.sitemaps),
                    _ => None,
                };
                let address = location.trim();
                if let Some(list) = list.filter(|list| list.len() < MAX_SITEMAP_ENTRIES)
                    && name == "loc"
                    && !address.is_empty()
                {
                    list.push(address.to_owned());
                }
                path.pop();
                location.clear();
            }
        }
        Ok(())
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    const XML: &str = r#"<?xml version="1.0"?><urlset xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
        <url><loc> https://a.example/x?a=1&amp;b=2 </loc><lastmod>2026-01-01</lastmod>
        <image:image><image:loc>https://a.example/x.png</image:loc></image:image></url>
        <url><loc><![CDATA[https://a.example/y]]></loc></url></urlset>"#;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn pages_are_listed_packed_or_not() {
        let pages = ["https://a.example/x?a=1&b=2", "https://a.example/y"];
        for bytes in [XML.as_bytes().to_vec(), packed(XML.as_bytes())] {
            let found = read(&bytes).unwrap();
            assert_eq!(found.pages, pages);
            assert!(found.sitemaps.is_empty());
        }
        assert_eq!(
            read(b"https://a.example/x\n\n https://a.example/y\r\n")
                .unwrap()
                .pages,
            ["https://a.example/x", "https://a.example/y"]
        );
    }

    #[test]
    fn an_index_lists_sitemaps() {
        let index =
            "<sitemapindex><sitemap><loc>https://a.example/1.xml.gz</loc></sitemap></sitemapindex>";
        let found = read(index.as_bytes()).unwrap();
        assert_eq!(found.sitemaps, ["https://a.example/1.xml.gz"]);
        assert!(found.pages.is_empty());
    }

    #[test]
    fn a_bomb_and_rubbish_are_refused() {
        let bomb = packed(&vec![b' '; 60 << 20]);
        assert!(bomb.len() < 1 << 20);
        assert_eq!(read(&bomb).unwrap_err().code(), "too_large");
        assert!(read(&[0x1f, 0x8b, 1, 2, 3]).is_err());
        assert_eq!(
            read(b"<urlset><url><loc>https://a").unwrap(),
            Sitemap::default()
        );
    }
}
