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
    target::Target,
    webhook,
};
use crate::cli::{Kind, Mix};

pub(super) struct Traffic {
    target: Arc<Target>,
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
}

impl Traffic {
    pub(super) fn new(target: Arc<Target>, tenants: Vec<Tenant>, mix: Mix, seed: u64) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            target,
            tenants,
            mix,
            seed,
            run: since.unwrap_or_default().as_secs(),
        }
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
            Kind::Webhook => {
                let message = format!("wamid.{}-{number}", self.run);
                let from = format!("9665{:08}", dice.below(100_000_000));
                let body =
                    webhook::payload(&business.slug, &message, &from, &question.text, self.run);
                post(&format!("/webhooks/whatsapp/{}", business.slug))
                    .header("content-type", "application/json")
                    .header(
                        "x-hub-signature-256",
                        webhook::signature(&tenant.app_secret, &body),
                    )
                    .body(body)
            }
        };
        Prepared {
            request,
            kind,
            question: question.text,
            expected: question.expected,
        }
    }
}

async fn exchange(prepared: Prepared, marker: &str) -> Result<Verdict, Failure> {
    let answer = prepared.request.send().await?;
    let status = answer.status();
    let body = answer.text().await?;
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
