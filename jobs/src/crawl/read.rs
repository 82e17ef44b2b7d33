//! What was fetched, read in a child process: a page with its links, a file, or a list of pages.

use reqwest::Url;
use sha2::{Digest as _, Sha256};
use wafaa_domain::{PageKind, PageStatus};
use wafaa_pipelines::knowledge::{
    block::MediaType,
    parse::{self, Survey, WebPage},
};
use wafaa_storage::source::{self, Sighting, SourcePage};

use super::{Trip, keep::Finding, settle::Verdict};
use crate::{
    Failure,
    web::{Content, filename, joined},
};

/// Links that are kept for when a page hasn't changed; one that has more is always fetched anew.
const LINKS_KEPT: usize = 1_000;

impl Trip<'_> {
    pub(super) async fn read(
        &self,
        page: SourcePage,
        url: &Url,
        content: Content,
        sitemaps: Vec<Sighting>,
    ) -> Result<(), Failure> {
        let name = filename(url, content.media_type.as_deref());
        let sandbox = &self.context.services().sandbox;
        let survey = sandbox
            .survey(&content.bytes, &name, self.context.cancel())
            .await;
        match survey {
            Ok(Survey::Page(found)) => self.page(page, url, content, found, name, sitemaps).await,
            Ok(Survey::File(MediaType::Zip)) => {
                let message = "It is an archive. Unpack it and upload the documents in it.";
                let verdict = Verdict::skipped("archive", message);
                self.settle(&page, Some(content.status), verdict, &sitemaps)
                    .await
            }
            Ok(Survey::File(_)) => {
                let finding = Finding {
                    hash: Sha256::digest(&content.bytes).into(),
                    title: None,
                    links: Some(Vec::new()),
                    filename: name,
                    content,
                };
                self.keep(page, finding, sitemaps).await
            }
            Err(error) => {
                let verdict = unread(error)?;
                self.settle(&page, Some(content.status), verdict, &sitemaps)
                    .await
            }
        }
    }

    async fn page(
        &self,
        page: SourcePage,
        url: &Url,
        mut content: Content,
        found: WebPage,
        filename: String,
        sitemaps: Vec<Sighting>,
    ) -> Result<(), Failure> {
        let base = found
            .base
            .as_deref()
            .and_then(|base| joined(url, None, base));
        let resolved = |link: &String| joined(url, base.as_ref(), link).map(String::from);
        let mut directives = found.directives;
        directives.also(content.directives);
        let links: Vec<String> = if directives.nofollow {
            Vec::new()
        } else {
            found.links.iter().filter_map(resolved).collect()
        };
        let leads = self.leads(&page, &links);
        let leads: Vec<Sighting> = sitemaps.into_iter().chain(leads).collect();
        let canonical = found.canonical.as_ref().and_then(resolved);
        if let Some(other) = self.rightly(&page, url, canonical).await? {
            let verdict = Verdict::skipped(
                "canonical",
                format!("It says itself that it is rightly called {}.", other.url),
            );
            let leads: Vec<Sighting> = leads.into_iter().chain([other]).collect();
            let status = Some(content.status);
            return self.settle(&page, status, verdict, &leads).await;
        }
        let verdict = if directives.noindex {
            Verdict::skipped("noindex", "It asks not to be kept.")
        } else if let Some(hash) = found.content {
            if links.len() > LINKS_KEPT {
                (content.etag, content.last_modified) = (None, None);
            }
            let finding = Finding {
                hash,
                title: found.title,
                links: (links.len() <= LINKS_KEPT).then_some(links),
                filename,
                content,
            };
            return self.keep(page, finding, leads).await;
        } else {
            Verdict::skipped("no_text", "There is no text on it.")
        };
        self.settle(&page, Some(content.status), verdict, &leads)
            .await
    }

    /// The address that a page is rightly called, unless that is its own, not of this source, or no document
    /// either, such as when two pages each name the other.
    async fn rightly(
        &self,
        page: &SourcePage,
        url: &Url,
        canonical: Option<String>,
    ) -> Result<Option<Sighting>, Failure> {
        let Some(canonical) = canonical.and_then(|other| Url::parse(&other).ok()) else {
            return Ok(None);
        };
        if canonical == *url || !self.site.has(&canonical) {
            return Ok(None);
        }
        let tx = self.context.read().await?;
        let other = source::find(&tx, self.source.id, canonical.as_str()).await?;
        tx.commit().await?;
        let is_known_not = other.is_some_and(|other| {
            other.visited == self.crawl
                && matches!(
                    other.status,
                    PageStatus::Skipped | PageStatus::Failed | PageStatus::Gone
                )
        });
        Ok((!is_known_not).then(|| Sighting {
            url: canonical.into(),
            kind: PageKind::Page,
            depth: page.depth,
            hops: page.hops + 1,
        }))
    }

    /// The pages that a sitemap lists, as if the first page led to them.
    pub(super) async fn read_sitemap(
        &self,
        page: &SourcePage,
        url: &Url,
        content: &Content,
    ) -> Result<(), Failure> {
        let sandbox = &self.context.services().sandbox;
        let read = sandbox.sitemap(&content.bytes, self.context.cancel()).await;
        let status = Some(content.status);
        let found = match read {
            Ok(found) => found,
            Err(error) => return self.settle(page, status, unread(error)?, &[]).await,
        };
        let first = SourcePage {
            depth: 0,
            ..page.clone()
        };
        let pages = found.pages.iter();
        let pages: Vec<String> = pages
            .filter_map(|link| joined(url, None, link).map(String::from))
            .collect();
        let mut leads = self.nested(page, url, &found.sitemaps);
        leads.extend(self.leads(&first, &pages));
        let verdict = Verdict::skipped("sitemap", "It lists pages.");
        self.settle(page, status, verdict, &leads).await
    }
}

/// What becomes of a page that can't be read.
fn unread(error: parse::Error) -> Result<Verdict, Failure> {
    if matches!(error, parse::Error::Cancelled) {
        return Err(Failure::Cancelled);
    }
    if error.is_transient() {
        return Err(Failure::retry(error));
    }
    let message = error.to_string();
    Ok(match error.code() {
        code @ ("unsupported_type" | "empty_file" | "no_text") => Verdict::skipped(code, message),
        code => Verdict::failed(code, message),
    })
}
