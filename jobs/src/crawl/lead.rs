//! Where pages lead: which of their links, and which sitemaps, are looked at.

use reqwest::Url;
use wafaa_domain::PageKind;
use wafaa_storage::source::{Sighting, SourcePage};

use super::Trip;
use crate::web::{Rules, is_worthless, joined};

/// Sitemaps named by a `robots.txt`, and how deep they may be nested.
const SITEMAPS: (usize, u32) = (20, 3);

impl Trip<'_> {
    /// What of the links of a page is looked at.
    pub(super) fn leads(&self, page: &SourcePage, links: &[String]) -> Vec<Sighting> {
        if page.depth >= self.source.reach.depth {
            return Vec::new();
        }
        let urls = links.iter().filter_map(|link| Url::parse(link).ok());
        urls.filter(|url| self.site.has(url) && !is_worthless(url))
            .map(|url| Sighting {
                url: url.into(),
                kind: PageKind::Page,
                depth: page.depth + 1,
                hops: 0,
            })
            .collect()
    }

    /// Where the first page's site lists its pages.
    pub(super) fn sitemaps(&self, page: &SourcePage, url: &Url, rules: &Rules) -> Vec<Sighting> {
        if page.depth > 0 || page.kind == PageKind::Sitemap || self.source.reach.depth == 0 {
            return Vec::new();
        }
        let (most, _) = SITEMAPS;
        let named = rules.sitemaps().iter().take(most).map(String::as_str);
        let named: Vec<Url> = named.filter_map(|link| joined(url, None, link)).collect();
        let usual = joined(url, None, "/sitemap.xml").filter(|_| named.is_empty());
        let all = named.into_iter().chain(usual);
        all.filter(|url| self.site.has(url))
            .map(|url| sitemap(url, 1))
            .collect()
    }

    /// Further sitemaps of a sitemap.
    pub(super) fn nested(&self, page: &SourcePage, url: &Url, links: &[String]) -> Vec<Sighting> {
        let (_, deepest) = SITEMAPS;
        if page.depth >= deepest {
            return Vec::new();
        }
        let urls = links.iter().filter_map(|link| joined(url, None, link));
        urls.filter(|url| self.site.has(url))
            .map(|url| sitemap(url, page.depth + 1))
            .collect()
    }
}

fn sitemap(url: Url, depth: u32) -> Sighting {
    Sighting {
        url: url.into(),
        kind: PageKind::Sitemap,
        depth,
        hops: 0,
    }
}
