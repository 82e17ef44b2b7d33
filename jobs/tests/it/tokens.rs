//! Embedding within the tenant's limit of tokens.

use std::time::Instant;

use wafaa_domain::{ChunkId, DocumentId, DocumentStatus, JobState, SystemScope, TenantScope};
use wafaa_jobs::{EventKind, kind as kinds};
use wafaa_storage::{
    chunk::{self, Chunk},
    document::{self, NewDocument},
    ledger,
    limit::Class,
    tenant::{self, Limits},
};

use crate::engine::TestEngine;

/// A document of one passage of 10 tokens, up to its embedding.
async fn chunked(engine: &TestEngine, scope: &TenantScope) -> DocumentId {
    let id = DocumentId::new();
    let text = "The kitchen opens at nine in the morning.";
    let passage = Chunk {
        id: ChunkId::new(),
        ordinal: 0,
        page: None,
        heading: vec!["Hours".into()],
        text: text.into(),
        language: "en".into(),
        span: 0..text.len() as u64,
        tokens: 10,
        sentences: Vec::new(),
        content_hash: [1; 32],
    };
    let new = NewDocument {
        id,
        title: "Hours".into(),
        filename: "hours.txt".into(),
        language: Some("en".into()),
        bytes: text.len() as u64,
        sha256: [1; 32],
    };
    let tx = engine.services.db.write(*scope).await.unwrap();
    document::create(&tx, new).await.unwrap();
    chunk::replace(&tx, id, 1, &[passage]).await.unwrap();
    ledger::set_barrier(&tx, &format!("embed:{id}:1"), 1)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

pub(crate) async fn limit(engine: &TestEngine, scope: &TenantScope, limits: Limits) {
    let system = SystemScope::new("a test changes a limit");
    let tx = engine.services.db.write(system).await.unwrap();
    tenant::update(&tx, scope.tenant(), "Test", limits)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// 300 tokens a minute, all used: 10 are there after two seconds.
pub(crate) async fn over_the_limit_a_document_waits_and_loses_no_attempt(engine: &mut TestEngine) {
    let (tenant, other) = (engine.tenant().await, engine.tenant().await);
    let limits = Limits {
        embedding_tokens_per_minute: 300,
        ..Limits::default()
    };
    limit(engine, &tenant, limits).await;
    let limiter = engine.services.limiter.clone();
    let used = limiter
        .take(&tenant, Class::EmbeddingTokens, &limits, 300)
        .await;
    assert!(used.granted);
    let (document, of_other) = (
        chunked(engine, &tenant).await,
        chunked(engine, &other).await,
    );
    engine.start_for(kinds::all(), |_| {}).await;
    let mut events = engine.listen();
    let embed = |document| kinds::Embed {
        document,
        version: 1,
        from: 0,
        to: 1,
        of: 1,
    };
    let started = Instant::now();
    let job = engine.enqueue(&tenant, &embed(document)).await;
    assert_eq!(
        events.kinds(job, 2).await,
        [EventKind::Started, EventKind::Rescheduled]
    );
    let waiting = engine.job(job).await;
    assert_eq!((waiting.state, waiting.attempt), (JobState::Waiting, 0));
    assert!(waiting.last_error.unwrap().contains("embedding tokens"));
    let unhindered = engine.enqueue(&other, &embed(of_other)).await;
    engine.reaches(unhindered, JobState::Succeeded).await;

    let done = engine.reaches(job, JobState::Succeeded).await;
    assert_eq!(done.attempt, 1, "being put off costs no attempt");
    assert!(
        started.elapsed().as_millis() >= 1_900,
        "{:?}",
        started.elapsed()
    );
    for (scope, id) in [(tenant, document), (other, of_other)] {
        engine
            .until("the document to be ready", async || {
                let tx = engine.services.db.read(scope).await.unwrap();
                let found = document::get(&tx, id).await.unwrap();
                (found.status == DocumentStatus::Ready).then_some(())
            })
            .await;
        // Tidying the vectors comes later by design.
        for job in engine.jobs().await {
            if job.kind == "compact" && job.tenant == scope.tenant() {
                engine.cancel(&scope, job.id).await;
            }
        }
    }
}
