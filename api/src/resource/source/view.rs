//! How sources and their pages are shown and described.

use poem_openapi::{ApiResponse, Enum, Object, payload::Json, types::MaybeUndefined};
use wafaa_domain::{JobId, PageStatus as Stored};
use wafaa_jobs::source::Wanted;
use wafaa_storage::source::{self, SourcePage, Tally};

use crate::resource::{document::Failure, mirror::mirrored, time};

mirrored! {
    /// Where a source stands. Its documents answer meanwhile.
    Status as "SourceStatus" of wafaa_domain::SourceStatus:
    /// Its pages are about to be looked at.
    Queued,
    /// Its pages are being looked at.
    Crawling,
    /// They have been.
    Ready,
    /// They could not be; `error` says why.
    Failed,
}

mirrored! {
    /// What became of a page when it was last looked at.
    PageStatus as "SourcePageStatus" of wafaa_domain::PageStatus:
    /// It is to be looked at.
    Queued,
    /// It has become a document.
    Added,
    /// Its document has got a new version.
    Changed,
    /// It says what its document says.
    Unchanged,
    /// It is no document; `reason` says why.
    Skipped,
    /// It could not be fetched; its document, if it has one, is as it was.
    Failed,
    /// Its server says that it is gone, and so its document is.
    Gone,
}

/// Web pages that a tenant's answers come from.
#[derive(Object)]
pub(super) struct Source {
    id: String,
    /// The page it begins with.
    url: String,
    /// How many links away from that its pages are.
    depth: u32,
    /// Patterns of addresses that are taken though they are not of the site.
    include: Vec<String>,
    /// Patterns of addresses that are left out.
    exclude: Vec<String>,
    /// How many pages are taken at the most.
    max_pages: u32,
    /// When its pages are looked at again: minute, hour, day of the month, month, day of the week.
    refresh_cron: Option<String>,
    /// The time zone of that.
    timezone: String,
    status: Status,
    /// Why its pages could not be looked at, when they could not.
    error: Option<Failure>,
    /// How far the newest crawl is, in percent.
    progress: u64,
    pages: PageCounts,
    /// Whether the site has more pages than are taken.
    truncated: bool,
    /// The job of the newest crawl, or of the one that comes next.
    job_id: Option<String>,
    /// When the newest crawl began.
    started_at: Option<String>,
    /// When the newest crawl that has ended did.
    finished_at: Option<String>,
    /// When the next one begins by itself.
    next_run_at: Option<String>,
    created_at: String,
    updated_at: String,
}

/// Pages by what became of them.
#[derive(Object)]
#[oai(rename = "SourcePageCounts")]
struct PageCounts {
    total: u64,
    queued: u64,
    added: u64,
    changed: u64,
    unchanged: u64,
    skipped: u64,
    failed: u64,
    gone: u64,
}

#[derive(Object)]
pub(super) struct NewSource {
    /// The page to begin with.
    #[oai(validator(min_length = 8, max_length = 2000))]
    url: String,
    /// How many links away from it pages are taken: 2 unless said, 0 for that page only.
    #[oai(validator(maximum(value = "5")))]
    depth: Option<u32>,
    /// Addresses that are taken though they are not of the site, such as `https://docs.example.com/help/*`.
    #[oai(validator(max_items = 50))]
    include: Option<Vec<String>>,
    /// Addresses that are left out, such as `*/cart*`.
    #[oai(validator(max_items = 50))]
    exclude: Option<Vec<String>>,
    /// How many pages are taken at the most: 200 unless said.
    #[oai(validator(minimum(value = "1")))]
    max_pages: Option<u32>,
    /// When to look at the pages again, at most once an hour, such as `30 4 * * *`; never by itself when left out.
    #[oai(validator(max_length = 100))]
    refresh_cron: Option<String>,
    /// The time zone of that, such as `Asia/Riyadh`; UTC unless said.
    #[oai(validator(min_length = 1, max_length = 64))]
    timezone: Option<String>,
}

/// What to change; the rest stays.
#[derive(Object)]
pub(super) struct SourceChange {
    #[oai(validator(maximum(value = "5")))]
    depth: Option<u32>,
    #[oai(validator(max_items = 50))]
    include: Option<Vec<String>>,
    #[oai(validator(max_items = 50))]
    exclude: Option<Vec<String>>,
    #[oai(validator(minimum(value = "1")))]
    max_pages: Option<u32>,
    /// Null: never by itself.
    #[oai(validator(max_length = 100))]
    refresh_cron: MaybeUndefined<String>,
    #[oai(validator(min_length = 1, max_length = 64))]
    timezone: Option<String>,
}

/// A source and the job that looks at its pages.
#[derive(Object)]
#[oai(rename = "SourceTaken")]
pub(super) struct Taken {
    source: Source,
    job_id: String,
}

#[derive(ApiResponse)]
pub(super) enum Started {
    /// Its pages are being looked at
    #[oai(status = 202)]
    Accepted(Json<Taken>),
}

/// One address of a source.
#[derive(Object)]
#[oai(rename = "SourcePage")]
pub(super) struct Page {
    id: String,
    url: String,
    /// How many links away from the first page.
    depth: u32,
    status: PageStatus,
    /// Why it is no document, or could not be fetched.
    reason: Option<Failure>,
    /// The document it has become.
    document_id: Option<String>,
    /// What its document was called last.
    title: Option<String>,
    /// What its server answered last.
    http_status: Option<u16>,
    etag: Option<String>,
    last_modified: Option<String>,
    /// How much was fetched.
    bytes: u64,
    /// When it was last looked at.
    fetched_at: Option<String>,
}

impl Source {
    pub(super) fn of(source: source::Source, tally: Option<Tally>) -> Self {
        let pages = PageCounts::of(&tally.unwrap_or_default());
        let done = (pages.total - pages.queued) * 100;
        Self {
            id: source.id.to_string(),
            url: source.url,
            depth: source.reach.depth,
            include: source.reach.include,
            exclude: source.reach.exclude,
            max_pages: source.reach.max_pages,
            refresh_cron: source.refresh.cron,
            timezone: source.refresh.timezone,
            status: source.status.into(),
            error: source.error.map(Failure::from),
            progress: done.checked_div(pages.total).unwrap_or(0),
            pages,
            truncated: source.truncated,
            job_id: source.job.map(|job| job.to_string()),
            started_at: source.started_at.map(time),
            finished_at: source.finished_at.map(time),
            next_run_at: source.next_run_at.map(time),
            created_at: time(source.created_at),
            updated_at: time(source.updated_at),
        }
    }
}

impl PageCounts {
    fn of(tally: &Tally) -> Self {
        let count = |status| tally.get(&status).copied().unwrap_or(0);
        Self {
            total: tally.values().sum(),
            queued: count(Stored::Queued),
            added: count(Stored::Added),
            changed: count(Stored::Changed),
            unchanged: count(Stored::Unchanged),
            skipped: count(Stored::Skipped),
            failed: count(Stored::Failed),
            gone: count(Stored::Gone),
        }
    }
}

impl Taken {
    pub(super) fn of(source: Source, job: JobId) -> Self {
        Self {
            source,
            job_id: job.to_string(),
        }
    }
}

impl From<NewSource> for Wanted {
    fn from(new: NewSource) -> Self {
        Self {
            url: new.url,
            depth: new.depth,
            include: new.include,
            exclude: new.exclude,
            max_pages: new.max_pages,
            cron: new.refresh_cron,
            timezone: new.timezone,
        }
    }
}

impl SourceChange {
    /// The source as it is to be.
    pub(super) fn over(self, before: source::Source) -> Wanted {
        let cron = match self.refresh_cron {
            MaybeUndefined::Undefined => before.refresh.cron,
            MaybeUndefined::Null => None,
            MaybeUndefined::Value(cron) => Some(cron),
        };
        Wanted {
            url: before.url,
            depth: Some(self.depth.unwrap_or(before.reach.depth)),
            include: Some(self.include.unwrap_or(before.reach.include)),
            exclude: Some(self.exclude.unwrap_or(before.reach.exclude)),
            max_pages: Some(self.max_pages.unwrap_or(before.reach.max_pages)),
            cron,
            timezone: Some(self.timezone.unwrap_or(before.refresh.timezone)),
        }
    }
}

impl From<SourcePage> for Page {
    fn from(page: SourcePage) -> Self {
        Self {
            id: page.id.to_string(),
            url: page.url,
            depth: page.depth,
            status: page.status.into(),
            reason: page.reason.map(Failure::from),
            document_id: page.document.map(|document| document.to_string()),
            title: page.title,
            http_status: page.http_status,
            etag: page.etag,
            last_modified: page.last_modified,
            bytes: page.bytes,
            fetched_at: page.fetched_at.map(time),
        }
    }
}
