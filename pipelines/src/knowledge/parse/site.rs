//! What a crawler wants to know of something that it has fetched: a page with links, or a file.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::knowledge::block::MediaType;

use super::error::Error;
use super::{cleaned, html, judged, sniff};

/// What was fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Survey {
    Page(WebPage),
    /// A document of another kind, which leads nowhere.
    File(MediaType),
}

/// A web page. Addresses are as they are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebPage {
    pub title: Option<String>,
    /// SHA-256 of what it says, its menus and the like left out; `None` when it says nothing.
    pub content: Option<[u8; 32]>,
    /// What the other addresses begin from, when it isn't the page itself.
    pub base: Option<String>,
    /// What the page says it is rightly called.
    pub canonical: Option<String>,
    pub directives: Directives,
    /// Where it leads, each address once.
    pub links: Vec<String>,
}

/// What crawlers are asked not to do, in a page's head or its answer's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directives {
    /// Not to keep it.
    pub noindex: bool,
    /// Not to go where it leads.
    pub nofollow: bool,
}

impl Directives {
    /// Reads a list such as `noindex, nofollow`.
    #[must_use]
    pub fn of(list: &str) -> Self {
        let mut found = Self::default();
        for directive in list.split(',') {
            match directive.trim().to_ascii_lowercase().as_str() {
                "noindex" => found.noindex = true,
                "nofollow" => found.nofollow = true,
                "none" => {
                    found = Self {
                        noindex: true,
                        nofollow: true,
                    };
                }
                _ => {}
            }
        }
        found
    }

    /// Both hold.
    pub fn also(&mut self, other: Self) {
        self.noindex |= other.noindex;
        self.nofollow |= other.nofollow;
    }
}

pub(super) fn survey(bytes: &[u8], filename: &str) -> Result<Survey, Error> {
    let media_type = sniff::detect(bytes, filename)?;
    if media_type != MediaType::Html {
        return Ok(Survey::File(media_type));
    }
    let marks = html::marks(bytes)?;
    let document = cleaned(html::read(bytes)?, media_type)?;
    let title = document.title.clone();
    let content = match judged(document) {
        Ok(document) => {
            let mut hash = Sha256::new();
            for block in &document.blocks {
                hash.update(serde_json::to_vec(block).map_err(|_| Error::ParserCrashed)?);
            }
            Some(hash.finalize().into())
        }
        Err(Error::NoText) => None,
        Err(error) => return Err(error),
    };
    Ok(Survey::Page(WebPage {
        title,
        content,
        base: marks.base,
        canonical: marks.canonical,
        directives: marks.directives,
        links: marks.links,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(html: &str) -> WebPage {
        match survey(html.as_bytes(), "index.html") {
            Ok(Survey::Page(page)) => page,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_what_a_page_says_counts_as_its_content() {
        let one = page(
            "<html><title>Menu</title><nav><a href=a>Home</a></nav><p>Soup 12</p><script>1</script>",
        );
        let other = page(
            "<html><title>Menu!</title><nav><a href=b>New</a></nav><p class=x>Soup  12</p><script>2</script>",
        );
        assert_eq!(one.content, other.content);
        assert!(one.content.is_some());
        assert_ne!(one.content, page("<html><p>Soup 13</p>").content);
        assert_eq!(page("<html><nav><a href=a>x</a></nav>").content, None);
        assert_eq!(one.title.as_deref(), Some("Menu"));
        assert_eq!(one.links, ["a"]);
    }

    #[test]
    fn files_are_known_by_their_bytes() {
        let pdf = survey(b"%PDF-1.7\n", "index.html").unwrap();
        assert_eq!(pdf, Survey::File(MediaType::Pdf));
        let picture = survey(b"\x89PNG\r\n\x1a\n\0\0\0\r", "menu.html").unwrap_err();
        assert_eq!(picture.code(), "unsupported_type");
    }

    #[test]
    fn directives_are_read_in_any_case() {
        assert_eq!(Directives::of("all"), Directives::default());
        assert!(Directives::of("max-snippet:1, NoIndex").noindex);
        let none = Directives::of("none");
        assert!(none.noindex && none.nofollow);
    }
}
