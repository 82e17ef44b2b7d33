//! Addresses of pages: the one form in which each is kept, and which of them belong to a source.

use percent_encoding::percent_decode_str;
use reqwest::Url;
use wildmatch::WildMatch;

/// The longest address that is kept.
const LONGEST: usize = 2_000;
/// Where a visitor came from says nothing about the page.
const TRACKING: [&str; 6] = ["gclid", "fbclid", "msclkid", "mc_cid", "mc_eid", "_ga"];
/// What no document is, by the ending of its address.
const WORTHLESS: [&str; 32] = [
    "7z", "apk", "avi", "avif", "bmp", "css", "dmg", "eot", "exe", "gif", "gz", "ico", "iso",
    "jpeg", "jpg", "js", "json", "m4a", "mov", "mp3", "mp4", "ogg", "png", "rar", "svg", "tar",
    "ttf", "wav", "webm", "webp", "woff", "woff2",
];

/// A pattern that selects nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a pattern of addresses such as https://docs.example.com/help/*")]
pub struct InvalidPattern(String);

/// Which addresses belong to a source.
#[derive(Debug, Clone)]
pub struct Site {
    host: String,
    port: Option<u16>,
    include: Vec<WildMatch>,
    exclude: Vec<WildMatch>,
}

impl Site {
    /// The site of a page. `include` are patterns of addresses that belong to it too, `exclude` of those that
    /// don't; `*` stands for any text, `?` for one character.
    ///
    /// # Errors
    /// [`InvalidPattern`].
    pub fn new(
        first: &Url,
        include: &[String],
        exclude: &[String],
    ) -> Result<Self, InvalidPattern> {
        let patterns = |all: &[String]| -> Result<Vec<WildMatch>, InvalidPattern> {
            all.iter().map(|one| pattern(one)).collect()
        };
        Ok(Self {
            host: bare_host(first),
            port: first.port(),
            include: patterns(include)?,
            exclude: patterns(exclude)?,
        })
    }

    /// Whether an address belongs to it. `www.` makes no difference, nor does encryption.
    pub(crate) fn has(&self, url: &Url) -> bool {
        let own = bare_host(url) == self.host && url.port() == self.port;
        let fits = |patterns: &[WildMatch]| patterns.iter().any(|one| one.matches(url.as_str()));
        (own || fits(&self.include)) && !fits(&self.exclude)
    }
}

fn pattern(text: &str) -> Result<WildMatch, InvalidPattern> {
    let begins = ["http://", "https://", "*"];
    let is_one =
        begins.iter().any(|begin| text.starts_with(begin)) && !text.trim_matches('*').is_empty();
    if !is_one || text.chars().any(char::is_whitespace) {
        return Err(InvalidPattern(text.to_owned()));
    }
    Ok(WildMatch::new(text))
}

fn bare_host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}

/// An address as it is kept; `None` when it is none of a page.
#[must_use]
pub fn page_url(text: &str) -> Option<Url> {
    normal(Url::parse(text.trim()).ok()?)
}

/// The one form of an address: without its fragment, and without what only says where a visitor came from.
pub(crate) fn normal(mut url: Url) -> Option<Url> {
    let is_web = matches!(url.scheme(), "http" | "https");
    if !is_web || !url.has_host() || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    url.set_fragment(None);
    if let Some(query) = url.query() {
        let is_telling = |parameter: &&str| {
            let name = parameter.split('=').next().unwrap_or_default();
            !name.is_empty() && !name.starts_with("utm_") && !TRACKING.contains(&name)
        };
        let rest: Vec<&str> = query.split('&').filter(is_telling).collect();
        let rest = (!rest.is_empty()).then(|| rest.join("&"));
        url.set_query(rest.as_deref());
    }
    (url.as_str().len() <= LONGEST).then_some(url)
}

/// Where a link of a page leads.
pub(crate) fn joined(page: &Url, base: Option<&Url>, link: &str) -> Option<Url> {
    normal(base.unwrap_or(page).join(link).ok()?)
}

/// Whether an address is that of a picture, a program or the like, which needn't be fetched.
pub(crate) fn is_worthless(url: &Url) -> bool {
    let ending = url.path().rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| WORTHLESS.contains(&ending.to_ascii_lowercase().as_str()))
}

/// What the file of an address is called; only its ending means something, and what the server calls it decides.
pub(crate) fn filename(url: &Url, media_type: Option<&str>) -> String {
    let segment = url.path_segments().and_then(|mut all| all.next_back());
    let segment = segment.filter(|segment| !segment.is_empty());
    let name = percent_decode_str(segment.unwrap_or("index")).decode_utf8_lossy();
    let name = name.replace('/', "-");
    let ending = match media_type {
        Some("text/html" | "application/xhtml+xml") => "html",
        Some("text/plain") => "txt",
        Some("text/csv") => "csv",
        Some("text/markdown") => "md",
        _ => return name,
    };
    if name
        .rsplit_once('.')
        .is_some_and(|(_, now)| now.eq_ignore_ascii_case(ending))
    {
        return name;
    }
    format!("{name}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        page_url(text).unwrap()
    }

    #[test]
    fn an_address_has_one_form() {
        for (written, kept) in [
            (
                "HTTPS://WWW.Shop.Example:443/a/../b#c",
                "https://www.shop.example/b",
            ),
            (
                "https://shop.example/?utm_source=x&b=2&a=1&fbclid=3",
                "https://shop.example/?b=2&a=1",
            ),
            ("https://shop.example/?gclid=1", "https://shop.example/"),
            (
                "http://shop.example/قائمة",
                "http://shop.example/%D9%82%D8%A7%D8%A6%D9%85%D8%A9",
            ),
        ] {
            assert_eq!(url(written).as_str(), kept);
        }
        let long = format!("https://shop.example/{}", "x".repeat(LONGEST));
        for none in [
            "mailto:a@b.example",
            "https://me:x@shop.example/",
            "shop.example",
            "javascript:x",
            long.as_str(),
        ] {
            assert_eq!(page_url(none), None, "{none}");
        }
        let page = url("https://shop.example/a/b");
        let base = url("https://shop.example/c/");
        assert_eq!(joined(&page, None, "d").unwrap().path(), "/a/d");
        assert_eq!(joined(&page, Some(&base), "d").unwrap().path(), "/c/d");
        assert_eq!(joined(&page, None, "tel:123"), None);
    }

    #[test]
    fn a_site_is_its_host_and_what_patterns_add_and_take_away() {
        let include = ["https://docs.example/help/*".to_owned()];
        let exclude = ["*/cart*".to_owned()];
        let site = Site::new(&url("https://www.shop.example/"), &include, &exclude).unwrap();
        for own in [
            "http://shop.example/a",
            "https://www.shop.example/",
            "https://docs.example/help/x",
        ] {
            assert!(site.has(&url(own)), "{own}");
        }
        for other in [
            "https://docs.example/",
            "https://shop.example:8443/",
            "https://evilshop.example/",
            "https://shop.example.evil.example/",
            "https://shop.example/cart/1",
        ] {
            assert!(!site.has(&url(other)), "{other}");
        }
        for wrong in ["", "*", "docs.example", "https://a b"] {
            assert!(
                Site::new(&url("https://shop.example/"), &[wrong.to_owned()], &[]).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn files_are_called_as_their_servers_call_them() {
        let name = |address: &str, media_type| filename(&url(address), media_type);
        assert_eq!(
            name("https://shop.example/", Some("text/html")),
            "index.html"
        );
        assert_eq!(
            name("https://shop.example/menu.php", Some("text/html")),
            "menu.php.html"
        );
        assert_eq!(
            name("https://shop.example/a/menu.HTML?x=1", Some("text/html")),
            "menu.HTML"
        );
        assert_eq!(
            name("https://shop.example/menu.pdf", Some("application/pdf")),
            "menu.pdf"
        );
        assert_eq!(name("https://shop.example/قائمة.pdf", None), "قائمة.pdf");
        assert!(is_worthless(&url("https://shop.example/a.JPG?x=1")));
        assert!(!is_worthless(&url("https://shop.example/v1.2/menu")));
    }
}
