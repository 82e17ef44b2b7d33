//! The vectors of tenants' example sentences, which every message is compared with: made once for each version of a
//! bot's settings.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use wafaa_domain::{IntentRule, TenantId, TenantScope};

use crate::knowledge::embed::{Embedder, Error};

/// How long vectors are kept that nobody asks for.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// Vectors kept at most, of all tenants together; each has some kilobytes.
const MOST: u64 = 20_000;

/// Indexes of rules with the vectors of their sentences, as [`super::nearest`] takes them.
type Vectors = Arc<[(usize, Vec<f32>)]>;

/// The example sentences of this process' tenants. Clones share everything.
#[derive(Debug, Clone)]
pub struct Examples(Cache<Key, Vectors>);

/// All that the vectors depend on: a change of the rules makes another version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    embedder: String,
    tenant: TenantId,
    bot: i32,
}

impl Default for Examples {
    fn default() -> Self {
        let weight = |_: &Key, vectors: &Vectors| u32::try_from(vectors.len()).unwrap_or(u32::MAX);
        let cache = Cache::builder()
            .max_capacity(MOST)
            .weigher(weight)
            .time_to_idle(KEPT);
        Self(cache.build())
    }
}

impl Examples {
    /// The sentences of `rules`, which are those of the tenant's bot at version `bot`.
    ///
    /// # Errors
    /// The embedder's; then nothing is kept.
    pub async fn of(
        &self,
        embedder: &Embedder,
        scope: &TenantScope,
        bot: i32,
        rules: &[IntentRule],
    ) -> Result<Vectors, Arc<Error>> {
        let key = Key {
            embedder: embedder.id().to_owned(),
            tenant: scope.tenant(),
            bot,
        };
        self.0.try_get_with(key, embed(embedder, rules)).await
    }
}

async fn embed(embedder: &Embedder, rules: &[IntentRule]) -> Result<Vectors, Error> {
    let mut vectors = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        for sentence in &rule.examples {
            vectors.push((at, embedder.embed_query(sentence).await?));
        }
    }
    Ok(vectors.into())
}
