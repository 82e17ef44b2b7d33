//! One address: whether it may be fetched, what its server answers, and what that makes of it.

use std::time::Duration;

use reqwest::Url;
use wafaa_domain::{PageKind, PageStatus};
use wafaa_storage::{
    Error, document,
    source::{Sighting, SourcePage},
};

use super::{Trip, settle::Verdict};
use crate::{
    Failure,
    web::{Answer, Known, NotNow, Turn, is_worthless, normal},
};

/// How long a server may ask us to wait; longer, and its page is left for the next crawl.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(600);
/// Redirections from a link on.
const HOPS: u32 = 10;
/// The largest sitemap, packed or not.
const SITEMAP_BYTES: u64 = 50 << 20;

impl Trip<'_> {
    pub(super) async fn visit(&self, page: SourcePage) -> Result<(), Failure> {
        let Ok(url) = Url::parse(&page.url) else {
            let verdict = Verdict::skipped("invalid_url", "It is no address.");
            return self.settle(&page, None, verdict, &[]).await;
        };
        if page.depth > 0 && page.kind == PageKind::Page && !self.site.has(&url) {
            let verdict = Verdict::skipped("left_out", "The source's settings leave it out.");
            return self.settle(&page, None, verdict, &[]).await;
        }
        if page.kind == PageKind::Page && is_worthless(&url) {
            let message = "Its address is that of a picture, a program or the like.";
            let verdict = Verdict::skipped("unsupported_type", message);
            return self.settle(&page, None, verdict, &[]).await;
        }
        let web = &self.context.services().web;
        let rules = match web.rules(&url).await {
            Ok(rules) => rules,
            Err(NotNow::NoRules(why)) => {
                return self.put_off(&page, None, None, &why).await;
            }
            Err(wait) => return self.wait(wait).await,
        };
        let sitemaps = self.sitemaps(&page, &url, &rules);
        if !rules.allow(&url) {
            let message = "The site's robots.txt asks not to fetch it.";
            let verdict = Verdict::skipped("robots", message);
            return self.settle(&page, None, verdict, &sitemaps).await;
        }
        match web.turn(&url, Some(&rules)).await {
            Ok(turn) => self.fetch(page, &url, turn, sitemaps).await,
            Err(wait) => self.wait(wait).await,
        }
    }

    async fn fetch(
        &self,
        mut page: SourcePage,
        url: &Url,
        mut turn: Turn,
        sitemaps: Vec<Sighting>,
    ) -> Result<(), Failure> {
        self.look_after_document(&mut page).await?;
        // What is not a document any more has to be read again.
        let known = page.document.map_or_else(Known::default, |_| Known {
            etag: page.etag.as_deref(),
            last_modified: page.last_modified.as_deref(),
        });
        let web = &self.context.services().web;
        let limit = match page.kind {
            PageKind::Page => web.settings().max_bytes,
            PageKind::Sitemap => SITEMAP_BYTES,
        };
        let answer = web.get(&page.url, &known, limit).await;
        if let Answer::Later {
            after: Some(after), ..
        } = &answer
        {
            turn.rest((*after).min(LONGEST_WAIT));
        }
        drop(turn);
        let (status, verdict) = match answer {
            Answer::Content(content) if page.kind == PageKind::Sitemap => {
                return self.read_sitemap(&page, url, &content).await;
            }
            Answer::Content(content) => return self.read(page, url, content, sitemaps).await,
            Answer::Unchanged => return self.unchanged(&page, sitemaps).await,
            Answer::Moved { status, to } => {
                return self.moved(&page, url, status, to, sitemaps).await;
            }
            Answer::Later { status, after, why } => {
                return self.put_off(&page, status, after, &why).await;
            }
            Answer::Gone(status) => {
                let verdict = Verdict {
                    status: PageStatus::Gone,
                    code: "gone",
                    message: format!("Its server says that it is not there ({status})."),
                };
                (Some(status), verdict)
            }
            Answer::Refused(status) => {
                let message = format!("Its server refuses to show it ({status}).");
                (Some(status), Verdict::failed("refused", message))
            }
            Answer::TooLarge => {
                let message = format!("It is larger than {} MB.", limit >> 20);
                (None, Verdict::failed("too_large", message))
            }
            Answer::Forbidden(refused) => {
                let message = format!("It may not be fetched: {refused}.");
                (None, Verdict::skipped("forbidden_address", message))
            }
        };
        self.settle(&page, status, verdict, &sitemaps).await
    }

    /// Forgets a document that the tenant has deleted meanwhile.
    async fn look_after_document(&self, page: &mut SourcePage) -> Result<(), Failure> {
        let Some(id) = page.document else {
            return Ok(());
        };
        let tx = self.context.read().await?;
        let found = document::get(&tx, id).await;
        tx.commit().await?;
        if let Err(Error::NotFound) = found {
            page.document = None;
            return Ok(());
        }
        Ok(found.map(drop)?)
    }

    async fn moved(
        &self,
        page: &SourcePage,
        from: &Url,
        status: u16,
        to: Option<Url>,
        sitemaps: Vec<Sighting>,
    ) -> Result<(), Failure> {
        let verdict = match to.and_then(normal) {
            None => Verdict::failed("redirect", "It has moved, but not to any address."),
            Some(to) if to == *from => Verdict::failed("redirect", "It leads to itself."),
            Some(_) if page.hops >= HOPS => {
                Verdict::skipped("redirect", "It leads from one address to the next.")
            }
            Some(to) if !self.site.has(&to) => Verdict::skipped(
                "elsewhere",
                format!("It has moved to {to}, which is not of this source."),
            ),
            Some(to) => {
                let next = Sighting {
                    url: to.to_string(),
                    kind: page.kind,
                    depth: page.depth,
                    hops: page.hops + 1,
                };
                let verdict = Verdict::skipped("moved", format!("It has moved to {to}."));
                let leads: Vec<Sighting> = sitemaps.into_iter().chain([next]).collect();
                return self.settle(page, Some(status), verdict, &leads).await;
            }
        };
        self.settle(page, Some(status), verdict, &sitemaps).await
    }
}
