//! What a request counts as, and against whose limit. The counting itself is `wafaa_storage::limit`.

use std::time::Duration;

use futures::StreamExt as _;
use poem::{Request, http::Method};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use wafaa_domain::TenantScope;
use wafaa_pipelines::{
    conversation::{Event, Events},
    llm::Usage,
};
use wafaa_storage::{
    limit::{Allowance, Class, Key, Limiter},
    tenant::Limits,
};

use crate::{
    auth::{Caller, Member},
    edge::Context,
    error::{Error, Result},
    state::State,
};

/// Parts of an answer that are ready before the client has read the last one.
const AHEAD: usize = 16;

/// What a request counts as.
pub(crate) fn class(method: &Method, path: &str) -> Class {
    match path {
        "/api/v1/ask" | "/api/v1/search" => Class::Questions,
        "/api/v1/documents" if method == Method::POST => Class::Uploads,
        _ if method == Method::PUT && path.ends_with("/content") => Class::Uploads,
        _ => Class::Requests,
    }
}

/// Counts a request against its caller's limits.
pub(crate) async fn count(state: &State, request: &Request, caller: &Caller) -> Allowance {
    let class = class(request.method(), request.original_uri().path());
    let limiter = &state.limiter;
    match caller {
        Caller::Member(member) => {
            let limits = &member.tenant.limits;
            limiter.take(&member.scope, class, limits, 1).await
        }
        // Operators belong to no tenant; each has what a tenant has by default.
        Caller::Operator(operator) => {
            let quota = class.quota(&Limits::default());
            let key = Key::operator(operator.id, class);
            limiter.take_of(&key, quota, 1).await
        }
    }
}

/// A tenant's account of chat model tokens. How many an answer takes is known once it is there, so an answer
/// is begun while any are left, and what it took is charged.
pub(crate) struct Tokens {
    limiter: Limiter,
    scope: TenantScope,
    limits: Limits,
}

impl Tokens {
    /// # Errors
    /// [`Error::LlmTokens`] when none are left.
    pub(crate) async fn open(state: &State, request: &Request, member: &Member) -> Result<Self> {
        let tokens = Self {
            limiter: state.limiter.clone(),
            scope: member.scope,
            limits: member.tenant.limits,
        };
        let left = tokens
            .limiter
            .ask(&tokens.scope, Class::LlmTokens, &tokens.limits)
            .await;
        if left.granted {
            return Ok(tokens);
        }
        // Not told when granted: the questions that are left are what a client goes by.
        if let Some(context) = request.data::<Context>() {
            let _ = context.spend(left);
        }
        Err(Error::LlmTokens(left.retry_after))
    }

    pub(crate) async fn charge(&self, usage: Usage) {
        let tokens = usage.prompt_tokens.saturating_add(usage.completion_tokens);
        if tokens > 0 {
            self.limiter
                .charge(&self.scope, Class::LlmTokens, &self.limits, tokens)
                .await;
        }
    }

    /// The same answer, charged for. It is read to its end though its client may go away: the provider says
    /// only there what it took, and going away must not make it free.
    pub(crate) fn metered(self, mut parts: Events) -> Events {
        let (sender, receiver) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            while let Some(part) = parts.next().await {
                if let Event::Done(answer) = &part {
                    self.charge(answer.usage).await;
                }
                let _ = sender.send(part).await;
            }
        });
        ReceiverStream::new(receiver).boxed()
    }
}

/// Whole seconds as headers have them: not a moment too soon.
pub(crate) fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_have_their_classes() {
        let of = |method: Method, path| class(&method, path);
        assert_eq!(of(Method::POST, "/api/v1/ask"), Class::Questions);
        assert_eq!(of(Method::POST, "/api/v1/search"), Class::Questions);
        assert_eq!(of(Method::POST, "/api/v1/documents"), Class::Uploads);
        let content = "/api/v1/documents/doc_1/content";
        assert_eq!(of(Method::PUT, content), Class::Uploads);
        assert_eq!(of(Method::GET, "/api/v1/documents"), Class::Requests);
    }

    #[test]
    fn seconds_are_rounded_up() {
        let all = [0, 1, 1_000, 1_001].map(|ms| seconds(Duration::from_millis(ms)));
        assert_eq!(all, [0, 1, 1, 2]);
    }
}
