//! Searches and questions over a thousand chunks.

use std::time::Instant;

use wafaa_domain::{BotSettings, TenantScope};
use wafaa_jobs::document::{Documents, Upload};

use super::{
    Effort,
    embedding::{count, text},
    report::{Row, percentile},
};
use crate::{command::ingest::settled, runtime::Runtime};

const CHUNKS: u32 = 1_000;

pub(super) async fn measure(
    runtime: &Runtime,
    documents: &Documents,
    scope: TenantScope,
    effort: Effort,
) -> anyhow::Result<Vec<Row>> {
    let chunks = fill(documents, scope).await?;
    let bot = BotSettings::default();
    let (mut searches, mut asks) = (Vec::new(), Vec::new());
    for n in 0..75 * effort.factor {
        let question = format!(
            "How much is a token for the laundry on floor {}?",
            n * 17 % 900
        );
        let begun = Instant::now();
        runtime.retriever.search(&scope, &question, 10).await?;
        searches.push(begun.elapsed());
        let begun = Instant::now();
        runtime
            .services
            .responder
            .respond(&scope, &bot, &question, 8)
            .await?;
        asks.push(begun.elapsed());
    }
    Ok(vec![
        Row::plain("chunks searched", count(chunks as usize), ""),
        Row::at_most("search, p95", percentile(&mut searches, 95), "ms", 40.0),
        Row::plain("search, p50", percentile(&mut searches, 50), "ms"),
        Row::at_most(
            "ask, extractive, p95",
            percentile(&mut asks, 95),
            "ms",
            60.0,
        ),
        Row::plain("ask, extractive, p50", percentile(&mut asks, 50), "ms"),
    ])
}

/// Adds documents until there are enough chunks.
async fn fill(documents: &Documents, scope: TenantScope) -> anyhow::Result<u32> {
    let mut chunks = 0;
    for batch in 0_usize.. {
        if chunks >= CHUNKS {
            break;
        }
        let content: String = (0..200)
            .map(|n| text(100_000 + batch * 200 + n) + "\n\n")
            .collect();
        let upload = Upload {
            filename: format!("houses-{batch}.txt"),
            title: None,
            language: None,
            content: content.into(),
        };
        let accepted = documents.upload(&scope, upload).await?;
        chunks += settled(documents, &scope, &accepted, |_| {}).await?.chunks;
    }
    Ok(chunks)
}
