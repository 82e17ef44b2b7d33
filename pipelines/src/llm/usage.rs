//! What answers cost in tokens, as providers say or as it is estimated.

use async_openai::types::chat::CompletionUsage;
use serde::{Deserialize, Serialize};

use super::Prompt;

/// Tokens that a provider charges for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read.
    pub prompt_tokens: u32,
    /// Tokens written.
    pub completion_tokens: u32,
}

/// What an answer takes by its length, where the provider doesn't say: a tenant's tokens are counted all the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Estimate {
    prompt: usize,
    written: usize,
}

impl Estimate {
    /// Bytes that a token stands for: about four in English, as in Arabic, whose letters have two each.
    const BYTES: usize = 4;

    pub(super) fn of(prompt: &Prompt) -> Self {
        Self {
            prompt: prompt.system.len() + prompt.user.len(),
            written: 0,
        }
    }

    pub(super) fn add(&mut self, text: &str) {
        self.written += text.len();
    }

    pub(super) fn usage(self) -> Usage {
        let tokens = |bytes: usize| u32::try_from(bytes.div_ceil(Self::BYTES)).unwrap_or(u32::MAX);
        Usage {
            prompt_tokens: tokens(self.prompt),
            completion_tokens: tokens(self.written),
        }
    }
}

impl From<CompletionUsage> for Usage {
    fn from(usage: CompletionUsage) -> Self {
        Self {
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
        }
    }
}
