//! A crawl of a source, page by page.
//!
//! What must stay true: what becomes of a page is one transaction, fenced on the job's claim, on the crawl being the
//! newest and on the page not being done; so a run that is killed, or goes on beside another one, does nothing by
//! halves and nothing twice. Pages that are not linked any more go only after a crawl that has seen all of them.

mod keep;
mod lead;
mod read;
mod settle;
mod visit;

use std::time::{Duration, Instant};

use chrono::Utc;
use rand::Rng as _;
use wafaa_domain::{Failure as Reason, PageKind, PageStatus, SourceId, TenantScope};
use wafaa_storage::{
    Error, Tx,
    source::{self, Sighting, Source, SourcePage},
};

use crate::{
    Context, Done, Failure, document,
    kind::missing,
    source::plan_next,
    web::{NotNow, Site, page_url},
};

/// How long a run goes on before others get its worker.
const SLICE: Duration = Duration::from_secs(5);
/// Pauses that are slept through rather than given the worker back for.
const NAP: Duration = Duration::from_millis(50);
/// Pages that go in one transaction.
const BATCH: u64 = 20;

/// A crawl under way.
struct Trip<'a> {
    context: &'a Context,
    source: Source,
    site: Site,
    crawl: i32,
}

pub(crate) async fn run(context: &Context, id: SourceId, crawl: i32) -> Result<Done, Failure> {
    let trip = begin(context, id, crawl).await?;
    let begun = Instant::now();
    loop {
        let tx = context.read().await?;
        let next = source::next(&tx, id, crawl).await?;
        let due = source::next_due(&tx, id, crawl).await?;
        tx.commit().await?;
        match (next, due) {
            (Some(page), _) => trip.visit(page).await?,
            (None, Some(at)) => {
                let wait = (at - Utc::now()).to_std().unwrap_or_default().max(NAP);
                return Err(Failure::Snooze(wait, "a page is tried again later".into()));
            }
            (None, None) => {
                if let Some(done) = trip.end().await? {
                    return Ok(done);
                }
            }
        }
        if begun.elapsed() > SLICE {
            return Err(Failure::Snooze(Duration::ZERO, "between two pages".into()));
        }
    }
}

async fn begin(context: &Context, id: SourceId, crawl: i32) -> Result<Trip<'_>, Failure> {
    let tx = context.read().await?;
    let mut found = source::get(&tx, id).await.map_err(missing)?;
    tx.commit().await?;
    let start = page_url(&found.url).ok_or_else(|| unfit("its address is none of a page"))?;
    let site = Site::new(&start, &found.reach.include, &found.reach.exclude).map_err(unfit)?;
    if found.begun < crawl {
        context.services().web.forget_rules(&start);
        let tx = context.step(0).await?;
        found = source::begin(&tx, id, crawl).await.map_err(missing)?;
        let first = Sighting {
            url: start.to_string(),
            kind: PageKind::Page,
            depth: 0,
            hops: 0,
        };
        source::sight(&tx, id, crawl, &[first], u32::MAX).await?;
        tx.commit().await?;
    }
    if found.crawl != crawl {
        return Err(Failure::Stale);
    }
    Ok(Trip {
        context,
        source: found,
        site,
        crawl,
    })
}

impl Trip<'_> {
    /// Begins the transaction that is done with a page.
    async fn step(&self) -> Result<Tx<TenantScope>, Failure> {
        let tx = self.context.read().await?;
        let progress = source::progress(&tx, self.source.id, self.crawl).await?;
        tx.commit().await?;
        let tx = self.context.step(progress.percent()).await?;
        let held = source::hold(&tx, self.source.id, self.crawl).await;
        held.map_err(missing)?;
        Ok(tx)
    }

    /// Waits a moment, or answers that the run is to go on later.
    async fn wait(&self, reason: NotNow) -> Result<(), Failure> {
        let wait = match reason {
            NotNow::Wait(wait) => wait,
            NotNow::NoRules(why) => return Err(Failure::retry(why)),
        };
        if wait <= NAP {
            tokio::time::sleep(wait).await;
            return Ok(());
        }
        // Crawls of the same host don't come back all at once.
        let wait = wait.mul_f64(rand::rng().random_range(1.0..1.2));
        Err(Failure::Snooze(wait, "the host's pause is not over".into()))
    }

    /// Nothing is left to fetch. Answers nothing when something is to be fetched again.
    async fn end(&self) -> Result<Option<Done>, Failure> {
        let id = self.source.id;
        let tx = self.context.read().await?;
        let now = source::get(&tx, id).await.map_err(missing)?;
        let first = source::first(&tx, id, self.crawl).await?;
        let progress = source::progress(&tx, id, self.crawl).await?;
        let tally = source::tally(&tx, &[id]).await?.remove(&id);
        tx.commit().await?;
        let is_document = |status: &PageStatus| {
            matches!(
                status,
                PageStatus::Added | PageStatus::Changed | PageStatus::Unchanged
            )
        };
        let tally = tally.unwrap_or_default();
        let documents: u64 = tally
            .iter()
            .filter(|(status, _)| is_document(status))
            .map(|(_, pages)| pages)
            .sum();
        if let Some(reason) = why_not(&first, documents) {
            return Err(Failure::Dead(reason));
        }
        if now.truncated || progress.failed > 0 {
            // Nobody knows what leads where, so what has not been come across is asked for.
            let tx = self.step().await?;
            let again = source::revisit(&tx, id, self.crawl).await?;
            tx.commit().await?;
            if again > 0 {
                return Ok(None);
            }
        } else if drop_unseen(self.context, id, self.crawl, Some(self.crawl)).await? {
            return Ok(None);
        }
        let tx = self.context.finish().await?;
        let ended = source::ended(&tx, id, self.crawl, None).await;
        let ended = ended.map_err(missing)?;
        plan_next(&tx, &ended).await?;
        tx.commit().await.map(Some)
    }
}

/// Why a crawl has come to nothing, when it has.
fn why_not(first: &[SourcePage], documents: u64) -> Option<Reason> {
    let unreached = first.iter().find(|page| page.status == PageStatus::Failed);
    let last = first.last().filter(|_| documents == 0);
    let page = unreached.or(last)?;
    let reason = page.reason.clone();
    Some(reason.unwrap_or_else(|| Reason {
        code: "no_pages".into(),
        message: "There is no page here that can be read.".into(),
    }))
}

/// Drops some addresses that no crawl from this one on has come across, with their documents; answers whether
/// there were any. `held` is the crawl that does it.
pub(crate) async fn drop_unseen(
    context: &Context,
    id: SourceId,
    before: i32,
    held: Option<i32>,
) -> Result<bool, Failure> {
    let tx = context.step(99).await?;
    if let Some(crawl) = held {
        source::hold(&tx, id, crawl).await.map_err(missing)?;
    }
    let gone = source::unseen(&tx, id, before, BATCH).await?;
    for page in &gone {
        drop_document(&tx, page).await?;
        source::forget(&tx, id, page.id).await?;
    }
    tx.commit().await?;
    Ok(!gone.is_empty())
}

/// Takes a page's document out of all answers, if it has one still.
async fn drop_document(tx: &Tx<TenantScope>, page: &SourcePage) -> Result<(), Failure> {
    let Some(id) = page.document else {
        return Ok(());
    };
    match document::remove(tx, id).await {
        // The tenant has deleted it.
        Err(Error::NotFound) => Ok(()),
        other => Ok(other.map(drop)?),
    }
}

fn unfit(error: impl ToString) -> Failure {
    Failure::dead("invalid_source", error.to_string())
}
