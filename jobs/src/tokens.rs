//! A tenant's account of chat model tokens. How many an answer takes is known once it is there, so an answer is
//! begun while any are left, and what it took is charged.

use wafaa_pipelines::llm::Usage;
use wafaa_storage::{
    limit::{Allowance, Class},
    tenant::{self, Limits},
};

use crate::{Context, Failure};

pub(crate) struct Tokens<'a> {
    context: &'a Context,
    limits: Limits,
}

impl<'a> Tokens<'a> {
    pub(crate) async fn of(context: &'a Context) -> Result<Self, Failure> {
        let tx = context.read().await?;
        let limits = tenant::own(&tx).await?.limits;
        tx.commit().await?;
        Ok(Self { context, limits })
    }

    /// What is left.
    pub(crate) async fn left(&self) -> Allowance {
        let limiter = &self.context.services().limiter;
        let scope = self.context.scope();
        limiter.ask(scope, Class::LlmTokens, &self.limits).await
    }

    pub(crate) async fn charge(&self, usage: Usage) {
        let tokens = usage.prompt_tokens.saturating_add(usage.completion_tokens);
        if tokens > 0 {
            let limiter = &self.context.services().limiter;
            let scope = self.context.scope();
            limiter
                .charge(scope, Class::LlmTokens, &self.limits, tokens)
                .await;
        }
    }
}
