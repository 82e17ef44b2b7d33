//! Sources: crawls that come to nothing, what comes next, and what is left behind. Nothing is parsed here; whole
//! crawls are tested at the root.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    time,
};
use wafaa_domain::{JobState, PageStatus, SourceId, SourceStatus, TenantScope};
use wafaa_jobs::{
    kind as kinds,
    source::{Sources, Wanted},
};
use wafaa_storage::{
    Error, ledger,
    source::{self, Source},
};

use crate::{engine::TestEngine, probe::PATIENCE};

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9/";

fn sources(engine: &TestEngine) -> Sources {
    Sources {
        db: engine.services.db.clone(),
        jobs: engine.handle().clone(),
        web: engine.services.web.clone(),
    }
}

/// Adds a source, which is looked at again every night if it is to be `again`.
async fn add(engine: &TestEngine, scope: &TenantScope, url: &str, again: bool) -> Source {
    let sources = sources(engine);
    let wanted = Wanted {
        url: url.to_owned(),
        cron: again.then(|| "30 4 * * *".to_owned()),
        ..Wanted::default()
    };
    let new = sources.check(wanted).unwrap();
    let tx = engine.services.db.write(*scope).await.unwrap();
    let (made, _) = sources.add(&tx, new).await.unwrap();
    tx.commit().await.unwrap();
    engine.handle().wake();
    made
}

async fn look(engine: &TestEngine, scope: &TenantScope, id: SourceId) -> Source {
    let tx = engine.services.db.read(*scope).await.unwrap();
    source::get(&tx, id).await.unwrap()
}

/// The source once its crawl has failed.
async fn failed(engine: &TestEngine, scope: &TenantScope, id: SourceId) -> Source {
    engine
        .until("the crawl to fail", async || {
            let found = look(engine, scope, id).await;
            (found.status == SourceStatus::Failed).then_some(found)
        })
        .await
}

/// A site that answers every request with this text.
async fn site(text: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4_096];
            let _ = stream.read(&mut request).await;
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
                text.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    url
}

/// Removes the source, and waits until nothing is left of it.
async fn remove(engine: &TestEngine, scope: &TenantScope, id: SourceId) {
    let job = sources(engine).delete(scope, id, false).await.unwrap();
    engine.reaches(job, JobState::Succeeded).await;
    let tx = engine.services.db.read(*scope).await.unwrap();
    assert!(matches!(source::get(&tx, id).await, Err(Error::NotFound)));
    assert!(
        source::unseen(&tx, id, i32::MAX, 9)
            .await
            .unwrap()
            .is_empty()
    );
    drop(tx);
    engine.settled().await;
}

pub(crate) async fn a_crawl_that_fails_plans_the_next_one(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start_for(kinds::all(), |_| {}).await;
    let id = add(engine, &tenant, NOWHERE, true).await.id;
    let found = failed(engine, &tenant, id).await;
    assert_eq!(found.error.unwrap().code, "unreachable");
    let next = engine.job(found.job.unwrap()).await;
    assert_eq!(
        (next.state, next.kind.as_str()),
        (JobState::Waiting, "crawl")
    );
    let planned = found.next_run_at.unwrap();
    assert!((planned - next.run_at).num_seconds().abs() <= 1);
    let tx = engine.services.db.read(tenant).await.unwrap();
    let pages = source::pages(&tx, id, None, None, 9).await.unwrap().rows;
    drop(tx);
    assert_eq!((pages.len(), pages[0].status), (1, PageStatus::Failed));

    // Asked for by hand, what was planned is called off; and is planned again at the end.
    let (_, job) = sources(engine).refresh(&tenant, id).await.unwrap();
    engine.reaches(job, JobState::Dead).await;
    assert_eq!(engine.job(next.id).await.state, JobState::Cancelled);
    let again = failed(engine, &tenant, id).await;
    assert_ne!(again.job, Some(next.id));
    assert_eq!(again.next_run_at, Some(planned));
    remove(engine, &tenant, id).await;
}

pub(crate) async fn a_site_that_asks_not_to_be_crawled_is_not(engine: &mut TestEngine) {
    let (tenant, other) = (engine.tenant().await, engine.tenant().await);
    engine.start_for(kinds::all(), |_| {}).await;
    let url = site("User-agent: *\nDisallow: /\n").await;
    let id = add(engine, &tenant, &url, false).await.id;
    let found = failed(engine, &tenant, id).await;
    assert_eq!(found.error.unwrap().code, "robots");
    assert_eq!(found.next_run_at, None);
    let refused = sources(engine).refresh(&other, id).await;
    assert!(matches!(refused, Err(Error::NotFound)));
    let refused = sources(engine).delete(&other, id, false).await;
    assert!(matches!(refused, Err(Error::NotFound)));
    remove(engine, &tenant, id).await;
}

/// Such as after a restore of a backup whose ledger was left out.
pub(crate) async fn a_source_without_its_job_gets_one(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start_for(kinds::all(), |_| {}).await;
    let id = add(engine, &tenant, NOWHERE, true).await.id;
    let planned = failed(engine, &tenant, id).await.job.unwrap();
    engine.stop().await;
    let tx = engine.services.db.write(tenant).await.unwrap();
    ledger::cancel(&tx, planned).await.unwrap();
    tx.commit().await.unwrap();
    engine.start_for(kinds::all(), |_| {}).await;
    // Upkeep does it without a word.
    let looking = async {
        loop {
            let found = look(engine, &tenant, id).await;
            match found.job.filter(|job| *job != planned) {
                Some(job) => return job,
                None => time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    let job = time::timeout(PATIENCE, looking).await.unwrap();
    assert_eq!(engine.job(job).await.state, JobState::Waiting);
    remove(engine, &tenant, id).await;
}
