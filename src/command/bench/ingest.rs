//! The chain from upload to ready: how much of the engine's speed is kept, and what it adds to the work.

use std::time::{Duration, Instant};

use anyhow::ensure;
use tokio_util::sync::CancellationToken;
use wafaa_domain::{ChunkId, DocumentId, DocumentStatus, TenantScope};
use wafaa_jobs::document::{Documents, Upload};
use wafaa_pipelines::knowledge::{
    analyse,
    chunk::{self, Limits},
    embed::Passage,
};
use wafaa_storage::{
    document::Document,
    vector::{self, Space},
};

use super::{
    Effort,
    embedding::{count, text},
    report::{Row, percentile},
};
use crate::{command::ingest::settled, runtime::Runtime};

const MENU: &[u8] = include_bytes!("../../../demo/documents/bayt-falafel/menu.pdf");
/// Passages embedded in one call, as a job of the chain does.
const BATCH: usize = 60;

pub(super) async fn measure(
    runtime: &Runtime,
    documents: &Documents,
    scope: TenantScope,
    effort: Effort,
) -> anyhow::Result<Vec<Row>> {
    let long: String = (0..250 * effort.factor).map(|n| text(n) + "\n\n").collect();
    let (tokens, alone) = engine_alone(runtime, &long).await?;
    let begun = Instant::now();
    upload(documents, scope, "long.txt", long.into_bytes()).await?;
    let whole = begun.elapsed();
    let kept = 100.0 * alone.as_secs_f64() / whole.as_secs_f64();

    let mut chain = Vec::new();
    let mut work = Vec::new();
    for n in 0..5 * effort.factor {
        // A tenant of its own each time: vectors of passages it had before would be used again.
        let scope = super::tenant(&runtime.services.db, &format!("menu-{n}")).await?;
        work.push(work_alone(runtime, scope, MENU).await?);
        let begun = Instant::now();
        upload(documents, scope, "menu.pdf", MENU.to_vec()).await?;
        chain.push(begun.elapsed());
    }
    let ready = percentile(&mut chain, 50);
    let overhead = ready - percentile(&mut work, 50);
    Ok(vec![
        Row::plain(
            "ingest, end to end",
            count(tokens) / whole.as_secs_f64(),
            "tokens per second",
        ),
        Row::at_least(
            "share of the engine's own speed that ingest keeps",
            kept,
            "%",
            90.0,
        ),
        Row::at_most("upload to ready, 2-page menu, median", ready, "ms", 2_000.0),
        Row::at_most("of which the chain adds to the work", overhead, "ms", 150.0),
    ])
}

async fn upload(
    documents: &Documents,
    scope: TenantScope,
    filename: &str,
    content: Vec<u8>,
) -> anyhow::Result<Document> {
    let upload = Upload {
        filename: filename.to_owned(),
        title: None,
        language: None,
        content: content.into(),
    };
    let mut events = documents.jobs.bus().listen();
    let accepted = documents.upload(&scope, upload).await?;
    // Woken by events where the last poll would add its own delay to what is measured.
    let parent = accepted.document.id.to_string();
    while let Ok(event) = events.recv().await {
        let over = matches!(event.event, wafaa_jobs::EventKind::Succeeded) && event.kind == "index";
        if event.parent.as_ref() == Some(&parent)
            && (over || event.event == wafaa_jobs::EventKind::Dead)
        {
            break;
        }
    }
    let document = settled(documents, &scope, &accepted, |_| {}).await?;
    ensure!(
        document.status == DocumentStatus::Ready,
        "{filename} failed: {:?}",
        document.error
    );
    Ok(document)
}

/// Tokens of a text's passages and sentences, and how long the engine takes for them alone.
async fn engine_alone(runtime: &Runtime, text: &str) -> anyhow::Result<(usize, Duration)> {
    let services = &runtime.services;
    let parsed = wafaa_pipelines::knowledge::parse::parse(text.as_bytes(), "long.txt")?;
    let chunks = chunk::chunk(&parsed, &services.tokenizer, &Limits::for_language("en"));
    let tokens = |text: &str| services.tokenizer.count(text) + 2;
    let in_all = chunks
        .iter()
        .map(|chunk| {
            let sentences = chunk.sentences.iter();
            let of_sentences: usize = sentences
                .filter_map(|range| chunk.text.get(range.start as usize..range.end as usize))
                .map(tokens)
                .sum();
            chunk.tokens + of_sentences
        })
        .sum();
    let passages: Vec<Passage> = chunks.iter().map(passage).collect();
    let begun = Instant::now();
    for batch in passages.chunks(BATCH) {
        services.embedder.embed_passages(batch).await?;
    }
    Ok((in_all, begun.elapsed()))
}

/// How long the steps take when called one after the other, without jobs.
async fn work_alone(
    runtime: &Runtime,
    scope: TenantScope,
    content: &[u8],
) -> anyhow::Result<Duration> {
    let services = &runtime.services;
    let begun = Instant::now();
    let parsed = services
        .sandbox
        .parse(content, "menu.pdf", &CancellationToken::new())
        .await?;
    let chunks = chunk::chunk(&parsed, &services.tokenizer, &Limits::for_language("en"));
    let passages: Vec<Passage> = chunks.iter().map(passage).collect();
    let embedded = services.embedder.embed_passages(&passages).await?;
    let document = DocumentId::new();
    let rows = chunks
        .iter()
        .zip(embedded)
        .map(|(chunk, embedded)| vector::Passage {
            id: ChunkId::new(),
            document,
            version: 1,
            ordinal: i32::try_from(chunk.ordinal).unwrap_or(0),
            page: chunk.page,
            heading: chunk.heading_path(),
            text: chunk.text.clone(),
            terms: analyse::terms(&chunk.text, "en"),
            language: "en".into(),
            vector: embedded.vector,
            sentences: Vec::new(),
        });
    let space = Space {
        embedder: services.embedder.id().to_owned(),
        dimension: services.embedder.dimension(),
    };
    services
        .vectors
        .replace(&scope, &space, document, rows.collect())
        .await?;
    let took = begun.elapsed();
    services.vectors.remove(&scope, document).await?;
    Ok(took)
}

fn passage(chunk: &chunk::Chunk) -> Passage {
    Passage {
        heading: chunk.heading_path(),
        text: chunk.text.clone(),
        sentences: chunk.sentences.clone(),
    }
}
