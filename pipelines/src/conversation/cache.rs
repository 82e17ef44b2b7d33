//! Answers of late, for when the same is asked again.
//!
//! A key names all that an answer depends on, so that nothing has to be forgotten when documents or the bot
//! change: the old keys are just never asked for again.

use std::time::Duration;

use moka::future::Cache;
use wafaa_domain::{BotSettings, TenantScope};

use super::{Answer, respond::with_named_days};

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(30 * 60);
/// Answers kept at most, of all tenants together.
const MOST: u64 = 10_000;

/// The answers of this process. Clones share everything.
#[derive(Debug, Clone)]
pub struct Answers(Cache<Key, Answer>);

/// All that an answer depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(String);

impl Default for Answers {
    fn default() -> Self {
        let cache = Cache::builder().max_capacity(MOST).time_to_live(KEPT);
        Self(cache.build())
    }
}

impl Answers {
    /// The key of a question: `knowledge` changes with the tenant's documents, `version` with the bot's settings. Today
    /// and tomorrow are other days tomorrow, so the question is the one with their names.
    #[must_use]
    pub fn key(
        &self,
        scope: &TenantScope,
        knowledge: &str,
        (bot, version): (&BotSettings, i32),
        question: &str,
    ) -> Key {
        let question = with_named_days(question, bot);
        let words: Vec<String> = question
            .split_whitespace()
            .map(|word| word.trim_matches(|c: char| c.is_ascii_punctuation() || c == '؟'))
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        Key(format!(
            "{}\n{knowledge}\n{version}\n{}",
            scope.tenant(),
            words.join(" ")
        ))
    }

    /// The answer that was given.
    pub async fn find(&self, key: &Key) -> Option<Answer> {
        let mut answer = self.0.get(key).await?;
        // Nobody charges for it a second time.
        answer.usage = crate::llm::Usage::default();
        Some(answer)
    }

    /// Keeps an answer, unless there was none.
    pub async fn keep(&self, key: Key, answer: &Answer) {
        if answer.answered {
            self.0.insert(key, answer.clone()).await;
        }
    }
}
