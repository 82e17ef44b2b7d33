//! Sources, their crawls, and what becomes of each page.

use chrono::{TimeDelta, Utc};
use wafaa_domain::{
    DocumentId, Failure, JobId, PageId, PageKind, PageStatus, SourceId, SourceStatus, SystemScope,
    TenantScope,
};
use wafaa_storage::{
    Database, Result, Tx, document,
    source::{self, NewSource, Progress, Reach, Refresh, Settled, Sighting, Source, SourcePage},
};

use crate::database::{
    assert_fails, document as add_document, on_each_database, read, system, tenant, write,
};

on_each_database!(
    a_source_reads_back_and_changes,
    an_address_is_a_source_once,
    only_the_newest_crawl_counts,
    an_address_is_met_once_and_kept_while_there_is_room,
    a_crawl_is_done_with_each_address_once,
    what_is_not_come_across_is_found,
    what_says_the_same_is_found,
    a_deleted_source_is_removed_with_its_pages,
    documents_know_their_pages,
);

/// A source to add.
pub(crate) fn site(url: &str) -> NewSource {
    NewSource {
        url: url.into(),
        reach: Reach {
            depth: 2,
            include: vec!["https://docs.example/*".into()],
            exclude: Vec::new(),
            max_pages: 100,
        },
        refresh: Refresh {
            cron: Some("30 4 * * *".into()),
            timezone: "Asia/Riyadh".into(),
        },
    }
}

/// An address that a crawl has come across.
pub(crate) fn lead(url: &str, depth: u32) -> Sighting {
    Sighting {
        url: url.into(),
        kind: PageKind::Page,
        depth,
        hops: 0,
    }
}

/// What becomes of a page that is a document.
pub(crate) fn added(document: DocumentId) -> Settled {
    Settled {
        status: PageStatus::Added,
        reason: None,
        http_status: Some(200),
        etag: Some("\"1\"".into()),
        last_modified: None,
        content_hash: Some([7; 32]),
        title: Some("Menu".into()),
        links: Some(vec!["https://shop.example/menu".into()]),
        document: Some(document),
        bytes: 1_000,
    }
}

fn skipped() -> Settled {
    Settled {
        status: PageStatus::Skipped,
        reason: Some(failure()),
        etag: None,
        content_hash: None,
        title: None,
        links: None,
        document: None,
        ..added(DocumentId::new())
    }
}

fn failure() -> Failure {
    Failure {
        code: "noindex".into(),
        message: "It asks not to be kept.".into(),
    }
}

/// A source whose first crawl has begun and come across these addresses.
async fn begun(tx: &Tx<TenantScope>, leads: &[Sighting]) -> Result<(SourceId, i32)> {
    let id = source::create(tx, site("https://shop.example/")).await?.id;
    let crawl = source::plan(tx, id, None).await?;
    source::begin(tx, id, crawl).await?;
    source::sight(tx, id, crawl, leads, 100).await?;
    Ok((id, crawl))
}

async fn next(tx: &Tx<TenantScope>, id: SourceId, crawl: i32) -> Result<Option<SourcePage>> {
    source::next(tx, id, crawl).await
}

fn urls(pages: &[SourcePage]) -> Vec<&str> {
    pages.iter().map(|page| page.url.as_str()).collect()
}

async fn a_source_reads_back_and_changes(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    write(&db, scope, async |tx| {
        let new = site("https://shop.example/");
        let made = source::create(tx, new.clone()).await?;
        assert_eq!(
            (&made.url, &made.reach, &made.refresh),
            (&new.url, &new.reach, &new.refresh)
        );
        assert_eq!(
            (made.status, made.crawl, made.begun),
            (SourceStatus::Queued, 0, 0)
        );
        let other = source::create(tx, site("https://noor.example/")).await?;
        let listed = source::list(tx, None, 1).await?;
        assert!(listed.more);
        assert_eq!(listed.rows[0].id, other.id);
        let listed = source::list(tx, Some(other.id), 9).await?;
        assert_eq!(listed.rows[0].id, made.id);
        assert_eq!(source::count(tx).await?, 2);
        let reach = Reach {
            depth: 0,
            include: Vec::new(),
            exclude: vec!["*/cart*".into()],
            max_pages: 1,
        };
        let refresh = Refresh {
            cron: None,
            timezone: "UTC".into(),
        };
        let changed = source::update(tx, made.id, &reach, &refresh).await?;
        assert_eq!(
            (changed.reach, changed.refresh),
            (reach.clone(), refresh.clone())
        );
        let nobody = SourceId::new();
        assert_fails!(source::update(tx, nobody, &reach, &refresh).await, NotFound);
        assert_fails!(source::get(tx, nobody).await, NotFound);
        Ok(())
    })
    .await
    .unwrap();
}

async fn an_address_is_a_source_once(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let create = async || {
        write(&db, scope, async |tx| {
            source::create(tx, site("https://shop.example/")).await
        })
        .await
    };
    let first = create().await.unwrap();
    assert_fails!(create().await, AlreadyExists);
    write(&db, scope, async |tx| source::delete(tx, first.id).await)
        .await
        .unwrap();
    create().await.unwrap();
}

async fn only_the_newest_crawl_counts(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    write(&db, scope, async |tx| {
        let id = source::create(tx, site("https://shop.example/")).await?.id;
        assert_eq!(source::plan(tx, id, None).await?, 1);
        let job = JobId::new();
        source::set_job(tx, id, job).await?;
        assert_eq!(source::begin(tx, id, 1).await?.begun, 0);
        let again: Source = source::begin(tx, id, 1).await?;
        assert_eq!(
            (again.begun, again.status, again.job),
            (1, SourceStatus::Crawling, Some(job))
        );
        source::set_truncated(tx, id, 1).await?;
        assert!(source::get(tx, id).await?.truncated);
        source::hold(tx, id, 1).await?;
        let ended = source::ended(tx, id, 1, None).await?;
        assert_eq!((ended.status, ended.error), (SourceStatus::Ready, None));
        assert!(ended.finished_at.is_some());

        let later = Utc::now() + TimeDelta::hours(1);
        assert_eq!(source::plan(tx, id, Some(later)).await?, 2);
        let planned = source::get(tx, id).await?;
        assert_eq!(planned.status, SourceStatus::Ready);
        assert!(planned.next_run_at.is_some());
        assert_fails!(source::hold(tx, id, 1).await, Stale);
        assert_fails!(source::begin(tx, id, 1).await, Stale);
        assert_fails!(source::ended(tx, id, 1, None).await, Stale);
        source::begin(tx, id, 2).await?;
        let under_way = source::get(tx, id).await?;
        assert_eq!((under_way.next_run_at, under_way.truncated), (None, false));
        let ended = source::ended(tx, id, 2, Some(&failure())).await?;
        assert_eq!(
            (ended.status, ended.error),
            (SourceStatus::Failed, Some(failure()))
        );
        source::plan(tx, id, Some(later)).await?;
        source::unplan(tx, id).await?;
        let idle = source::get(tx, id).await?;
        assert_eq!((idle.next_run_at, idle.job), (None, None));
        assert_fails!(source::begin(tx, id, 3).await, Stale);
        assert_fails!(source::plan(tx, SourceId::new(), None).await, NotFound);
        assert_fails!(source::unplan(tx, SourceId::new()).await, NotFound);
        Ok(())
    })
    .await
    .unwrap();
}

async fn an_address_is_met_once_and_kept_while_there_is_room(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    write(&db, scope, async |tx| {
        let (id, crawl) = begun(tx, &[lead("https://shop.example/", 0)]).await?;
        let many: Vec<Sighting> = (0..500)
            .map(|n| lead(&format!("https://shop.example/{}", n % 450), 1))
            .collect();
        assert!(source::sight(tx, id, crawl, &many, 451).await?);
        assert!(source::sight(tx, id, crawl, &many, 451).await?);
        let more = [lead("https://shop.example/x", 1), many[0].clone()];
        assert!(!source::sight(tx, id, crawl, &more, 451).await?);
        assert!(source::sight(tx, id, crawl, &more, 452).await?);
        let progress = source::progress(tx, id, crawl).await?;
        assert_eq!((progress.seen, progress.done), (452, 0));
        let tally = source::tally(tx, &[id, SourceId::new()]).await?;
        assert_eq!(tally.len(), 1);
        assert_eq!(tally[&id][&PageStatus::Queued], 452);
        assert!(source::tally(tx, &[]).await?.is_empty());
        Ok(())
    })
    .await
    .unwrap();
}

async fn a_crawl_is_done_with_each_address_once(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let document = add_document(&db, scope, 1).await.id;
    write(&db, scope, async |tx| {
        let leads = [
            lead("https://shop.example/deep", 2),
            lead("https://shop.example/", 0),
            lead("https://shop.example/menu", 1),
        ];
        let (id, crawl) = begun(tx, &leads).await?;
        let first = next(tx, id, crawl).await?.unwrap();
        assert_eq!(first.url, "https://shop.example/");
        source::settle(tx, id, first.id, crawl, &added(document)).await?;
        assert_fails!(
            source::settle(tx, id, first.id, crawl, &skipped()).await,
            Stale
        );
        let kept = source::find(tx, id, &first.url).await?.unwrap();
        assert_eq!(
            (kept.status, kept.document, kept.http_status, kept.bytes),
            (PageStatus::Added, Some(document), Some(200), 1_000)
        );
        assert_eq!(
            (kept.etag.as_deref(), kept.content_hash),
            (Some("\"1\""), Some([7; 32]))
        );
        assert_eq!(
            source::links(tx, id, first.id).await?,
            ["https://shop.example/menu"]
        );

        let menu = next(tx, id, crawl).await?.unwrap();
        assert_eq!(
            (menu.url.as_str(), menu.attempts),
            ("https://shop.example/menu", 0)
        );
        let later = Utc::now() + TimeDelta::hours(1);
        source::postpone(tx, id, menu.id, crawl, later).await?;
        let deep = next(tx, id, crawl).await?.unwrap();
        assert_eq!(deep.url, "https://shop.example/deep");
        source::settle(tx, id, deep.id, crawl, &skipped()).await?;
        assert!(next(tx, id, crawl).await?.is_none());
        let due = source::next_due(tx, id, crawl).await?.unwrap();
        assert!((due - later).abs() < TimeDelta::seconds(1));
        source::postpone(tx, id, menu.id, crawl, Utc::now() - TimeDelta::hours(1)).await?;
        let menu = next(tx, id, crawl).await?.unwrap();
        assert_eq!(menu.attempts, 2);
        let failed = Settled {
            status: PageStatus::Failed,
            ..skipped()
        };
        source::settle(tx, id, menu.id, crawl, &failed).await?;
        assert!(source::next_due(tx, id, crawl).await?.is_none());
        assert_fails!(source::postpone(tx, id, menu.id, crawl, later).await, Stale);
        let progress = source::progress(tx, id, crawl).await?;
        let all = Progress {
            seen: 3,
            done: 3,
            failed: 1,
        };
        assert_eq!((progress, progress.percent()), (all, 99));
        assert_eq!(
            urls(&source::first(tx, id, crawl).await?),
            [first.url.as_str()]
        );
        let listed = source::pages(tx, id, None, None, 2).await?;
        assert!(listed.more && listed.rows.len() == 2);
        let rest = source::pages(tx, id, None, Some(listed.rows[1].id), 2).await?;
        assert_eq!(rest.rows.len(), 1);
        let of_status = source::pages(tx, id, Some(PageStatus::Skipped), None, 9).await?;
        assert_eq!(urls(&of_status.rows), [deep.url.as_str()]);
        assert_eq!(of_status.rows[0].reason, Some(failure()));
        Ok(())
    })
    .await
    .unwrap();
}

async fn what_is_not_come_across_is_found(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let document = add_document(&db, scope, 1).await.id;
    write(&db, scope, async |tx| {
        let (home, menu, old) = (
            lead("https://shop.example/", 0),
            lead("https://shop.example/menu", 1),
            lead("https://shop.example/old", 1),
        );
        let (id, first) = begun(tx, &[home.clone(), menu.clone(), old.clone()]).await?;
        for _ in 0..3 {
            let page = next(tx, id, first).await?.unwrap();
            let settled = if page.url == menu.url {
                added(document)
            } else {
                skipped()
            };
            source::settle(tx, id, page.id, first, &settled).await?;
        }
        let second = source::plan(tx, id, None).await?;
        source::begin(tx, id, second).await?;
        source::sight(tx, id, second, &[home], 100).await?;
        let unseen = source::unseen(tx, id, second, 9).await?;
        assert_eq!(urls(&unseen), [menu.url.as_str(), old.url.as_str()]);
        // What is a document is looked at before anything happens to it.
        assert_eq!(source::revisit(tx, id, second).await?, 1);
        assert_eq!(source::revisit(tx, id, second).await?, 0);
        let unseen = source::unseen(tx, id, second, 9).await?;
        assert_eq!(urls(&unseen), [old.url.as_str()]);
        source::forget(tx, id, unseen[0].id).await?;
        assert_fails!(source::forget(tx, id, unseen[0].id).await, Stale);
        assert_fails!(source::forget(tx, id, PageId::new()).await, Stale);
        let page = next(tx, id, second).await?.unwrap();
        source::settle(tx, id, page.id, second, &skipped()).await?;
        let page = next(tx, id, second).await?.unwrap();
        assert_eq!(
            (page.url.as_str(), page.document),
            (menu.url.as_str(), Some(document))
        );
        Ok(())
    })
    .await
    .unwrap();
}

async fn what_says_the_same_is_found(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let document = add_document(&db, scope, 1).await.id;
    write(&db, scope, async |tx| {
        let leads = [
            lead("https://shop.example/", 0),
            lead("https://shop.example/index.html", 1),
        ];
        let (id, crawl) = begun(tx, &leads).await?;
        let one = next(tx, id, crawl).await?.unwrap();
        source::settle(tx, id, one.id, crawl, &added(document)).await?;
        let other = next(tx, id, crawl).await?.unwrap();
        let twin = source::twin(tx, id, other.id, &[7; 32]).await?;
        assert_eq!(twin.unwrap().id, one.id);
        assert!(source::twin(tx, id, one.id, &[7; 32]).await?.is_none());
        assert!(source::twin(tx, id, other.id, &[8; 32]).await?.is_none());
        source::release(tx, id).await?;
        assert!(source::twin(tx, id, other.id, &[7; 32]).await?.is_none());
        Ok(())
    })
    .await
    .unwrap();
}

async fn a_deleted_source_is_removed_with_its_pages(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = write(&db, scope, async |tx| {
        let (id, crawl) = begun(tx, &[lead("https://shop.example/", 0)]).await?;
        source::remove(tx, id).await?;
        source::get(tx, id).await?;
        source::delete(tx, id).await?;
        assert_fails!(source::delete(tx, id).await, NotFound);
        assert_fails!(source::get(tx, id).await, NotFound);
        assert_fails!(source::begin(tx, id, crawl).await, NotFound);
        assert_fails!(source::hold(tx, id, crawl).await, NotFound);
        assert_eq!(source::unseen(tx, id, i32::MAX, 9).await?.len(), 1);
        Ok(id)
    })
    .await
    .unwrap();
    let expecting = async || {
        let scope: SystemScope = system();
        read(&db, scope, async |tx| source::expecting(tx).await)
            .await
            .unwrap()
    };
    let found = expecting().await;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].source, found[0].deleted), (id, true));
    write(&db, scope, async |tx| {
        source::remove(tx, id).await?;
        assert!(source::unseen(tx, id, i32::MAX, 9).await?.is_empty());
        Ok(())
    })
    .await
    .unwrap();
    assert!(expecting().await.is_empty());
}

async fn documents_know_their_pages(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let page = add_document(&db, scope, 1).await;
    assert_eq!(page.source_url, None);
    write(&db, scope, async |tx| {
        let url = "https://shop.example/menu";
        document::set_source_url(tx, page.id, url).await?;
        let found = document::get(tx, page.id).await?;
        assert_eq!(found.source_url.as_deref(), Some(url));
        assert_fails!(
            document::set_source_url(tx, DocumentId::new(), url).await,
            NotFound
        );
        Ok(())
    })
    .await
    .unwrap();
}
