//! The requests: which tenant asks what, and whether the answer is right. All of it follows from the seed and the
//! request's number.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::json;

use super::{
    answer,
    corpus::foreign,
    dice::Dice,
    outcome::{Failure, Outcome, Verdict},
    prepare::{Tenant, form},
    provider::{Provider, Reply},
    target::Target,
    webhook,
};
use crate::cli::{Kind, Mix};

pub(super) struct Traffic {
    target: Arc<Target>,
    /// Answers arrive there.
    provider: Option<Provider>,
    tenants: Vec<Tenant>,
    mix: Mix,
    seed: u64,
    /// Tells this run's uploads and messages from those of any other: the seconds since 1970.
    run: u64,
}

/// A request, and what its answer has to contain.
struct Prepared {
    request: RequestBuilder,
    kind: Kind,
    question: String,
    expected: String,
    /// Where the answer will come, when it is not the answer to the request.
    reply: Option<Reply>,
}

impl Traffic {
    pub(super) fn new(
        target: Arc<Target>,
        provider: Option<Provider>,
        tenants: Vec<Tenant>,
        mix: Mix,
        seed: u64,
    ) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            target,
            provider,
            tenants,
            mix,
            seed,
            run: since.unwrap_or_default().as_secs(),
        }
    }

    /// Answers to messages that came more than once, or too late.
    pub(super) fn beyond(&self) -> u64 {
        self.provider.as_ref().map_or(0, Provider::beyond)
    }

    /// Sends a request and judges its answer.
    pub(super) async fn send(self: Arc<Self>, number: u64) -> Outcome {
        let mut dice = Dice::new(self.seed, number);
        let kind = self.mix.pick(dice.chance());
        let tenant = &self.tenants[dice.below(self.tenants.len())];
        let prepared = self.prepare(kind, tenant, number, &mut dice);
        Outcome {
            kind,
            verdict: exchange(prepared, &tenant.business.marker)
                .await
                .unwrap_or_else(Verdict::Failed),
        }
    }

    fn prepare(&self, kind: Kind, tenant: &Tenant, number: u64, dice: &mut Dice) -> Prepared {
        let business = &tenant.business;
        let question = business.question(dice);
        let post = |path: &str| self.target.request(Method::POST, path);
        let mut reply = None;
        let request = match kind {
            Kind::Ask => post("/api/v1/ask")
                .bearer_auth(&tenant.key)
                .json(&json!({ "question": question.text })),
            Kind::Search => post("/api/v1/search")
                .bearer_auth(&tenant.key)
                .json(&json!({ "query": question.text, "top_k": 5 })),
            Kind::Upload => post("/api/v1/documents")
                .bearer_auth(&tenant.key)
                .multipart(form(business.notice(self.run, number))),
            Kind::Webhook | Kind::Message => {
                let message = format!("wamid.{}-{number}", self.run);
                // Each message of a run from somebody else: nobody's burst is merged.
                let from = format!("9665{:05}{:08}", self.run % 100_000, number % 100_000_000);
                if kind == Kind::Message {
                    let provider = self.provider.as_ref();
                    reply = provider
                        .map(|provider| provider.expect(&from, &business.slug, &tenant.app_secret));
                }
                let body =
                    webhook::payload(&business.slug, &message, &from, &question.text, self.run);
                webhook::request(&self.target, &business.slug, &tenant.app_secret, body)
            }
        };
        Prepared {
            request,
            kind,
            question: question.text,
            expected: question.expected,
            reply,
        }
    }
}

async fn exchange(prepared: Prepared, marker: &str) -> Result<Verdict, Failure> {
    let answer = prepared.request.send().await?;
    let status = answer.status();
    let mut body = answer.text().await?;
    if let Some(reply) = prepared.reply
        && status.is_success()
    {
        body = reply.text().await.ok_or(Failure::TimeOut)?;
    }
    // An error may leak as well.
    if let Some(foreign) = foreign(&body, marker) {
        let Prepared { kind, question, .. } = prepared;
        let kind = kind.as_str();
        return Ok(Verdict::Leak(format!(
            "{foreign} in the answer to {marker}'s {kind} “{question}”"
        )));
    }
    if !status.is_success() || status == StatusCode::NO_CONTENT {
        return Err(Failure::Status(status.as_u16()));
    }
    let found = match prepared.kind {
        Kind::Ask => answer::has(&body, &prepared.expected)?,
        Kind::Search => answer::finds(&body, &prepared.expected)?,
        Kind::Upload | Kind::Webhook => true,
        Kind::Message => body.contains(&prepared.expected),
    };
    if found {
        return Ok(Verdict::Right);
    }
    let Prepared {
        question, expected, ..
    } = prepared;
    let shown: String = body.chars().take(300).collect();
    Ok(Verdict::Wrong(format!(
        "“{question}” of {marker} wants {expected}: {shown}"
    )))
}
