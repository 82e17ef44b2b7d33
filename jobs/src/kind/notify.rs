//! `notify`: tell one of the tenant's own systems what has happened, after Standard Webhooks
//! (<https://www.standardwebhooks.com>): signed, retried over days, given up where nobody listens any more.

use std::time::Duration;

use chrono::Utc;
use rand::Rng as _;
use reqwest::{
    StatusCode,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER},
};
use serde::{Deserialize, Serialize};
use standardwebhooks::Webhook as Signer;
use wafaa_domain::{Failure as Reason, Lane, TenantScope, WebhookDeliveryId};
use wafaa_storage::{
    Error, Tx,
    webhook::{self, Delivery, DeliveryStatus, Outcome, Webhook},
};

use super::{Kind, missing};
use crate::{Context, Done, Failure};

/// Between the attempts, as the specification proposes; two and a half days in all.
const PAUSES: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3_600),
    Duration::from_secs(5 * 3_600),
    Duration::from_secs(10 * 3_600),
    Duration::from_secs(14 * 3_600),
    Duration::from_secs(20 * 3_600),
    Duration::from_secs(24 * 3_600),
];
/// However long a server asks us to wait.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// Makes one delivery.
#[derive(Debug, Serialize, Deserialize)]
pub struct Notify {
    /// Which one.
    pub delivery: WebhookDeliveryId,
}

/// Why a delivery did not succeed.
struct Refusal {
    status: Option<StatusCode>,
    why: String,
    retry_after: Option<Duration>,
}

impl Kind for Notify {
    const KIND: &'static str = "notify";
    const LANE: Lane = Lane::Deliver;
    const MAX_ATTEMPTS: i32 = 10;
    const TIMEOUT: Duration = Duration::from_secs(60);

    fn parent(&self) -> Option<String> {
        Some(self.delivery.to_string())
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let tx = context.read().await?;
        let delivery = webhook::delivery(&tx, self.delivery)
            .await
            .map_err(missing)?;
        let endpoint = webhook::get(&tx, delivery.webhook).await.map_err(missing)?;
        tx.commit().await?;
        if delivery.status != DeliveryStatus::Pending {
            return context.done().await;
        }
        if !endpoint.enabled {
            return self
                .give_up(context, None, "this webhook is disabled")
                .await;
        }
        let refusal = match call(context, &endpoint, &delivery).await? {
            Ok(status) => {
                let tx = context.finish().await?;
                let outcome = Outcome::Delivered {
                    http_status: status.as_u16().into(),
                };
                webhook::outcome(&tx, self.delivery, &outcome).await?;
                return tx.commit().await;
            }
            Err(refusal) => refusal,
        };
        if refusal.status == Some(StatusCode::GONE) {
            let tx = context.services().db.write(*context.scope()).await?;
            let why = "its server says that it is gone (410)";
            webhook::disable(&tx, endpoint.id, why).await?;
            tx.commit().await?;
            return self.give_up(context, refusal.status, why).await;
        }
        self.put_off(context, refusal).await
    }

    async fn ended(&self, tx: &Tx<TenantScope>, reason: &Reason) -> Result<(), Error> {
        let outcome = Outcome::Failed {
            http_status: None,
            error: &reason.message,
        };
        match webhook::outcome(tx, self.delivery, &outcome).await {
            Err(Error::Stale | Error::NotFound) => Ok(()),
            other => other,
        }
    }
}

impl Notify {
    async fn give_up(
        &self,
        context: &Context,
        status: Option<StatusCode>,
        why: &str,
    ) -> Result<Done, Failure> {
        let tx = context.finish().await?;
        let outcome = Outcome::Failed {
            http_status: status.map(|status| status.as_u16().into()),
            error: why,
        };
        webhook::outcome(&tx, self.delivery, &outcome).await?;
        tx.commit().await
    }

    async fn put_off(&self, context: &Context, refusal: Refusal) -> Result<Done, Failure> {
        let attempt = usize::try_from(context.attempt()).unwrap_or(1).max(1);
        let Some(pause) = PAUSES.get(attempt - 1) else {
            return self.give_up(context, refusal.status, &refusal.why).await;
        };
        let pause = refusal
            .retry_after
            .map_or(*pause, |asked| asked.clamp(*pause, LONGEST));
        let wait = pause.mul_f64(rand::rng().random_range(1.0..1.2));
        let tx = context.services().db.write(*context.scope()).await?;
        let outcome = Outcome::Retry {
            at: Utc::now() + wait,
            http_status: refusal.status.map(|status| status.as_u16().into()),
            error: &refusal.why,
        };
        webhook::outcome(&tx, self.delivery, &outcome).await?;
        tx.commit().await?;
        Err(Failure::RetryAfter(wait, refusal.why))
    }
}

/// Sends it, signed; the inner result is the server's word.
async fn call(
    context: &Context,
    endpoint: &Webhook,
    delivery: &Delivery,
) -> Result<Result<StatusCode, Refusal>, Failure> {
    let services = context.services();
    let refused = |why: String| Refusal {
        status: None,
        why,
        retry_after: None,
    };
    let url = match services.outbound.check(&endpoint.url) {
        Ok(url) => url,
        Err(error) => return Ok(Err(refused(error.to_string()))),
    };
    let headers = headers(context, endpoint, delivery)?;
    let request = services.outbound.client().post(url);
    let request = request.headers(headers).body(delivery.payload.clone());
    Ok(match request.send().await {
        Ok(answer) if answer.status().is_success() => Ok(answer.status()),
        Ok(answer) => Err(Refusal {
            status: Some(answer.status()),
            why: format!("its server answered {}", answer.status()),
            retry_after: answer
                .headers()
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok()?.trim().parse().ok())
                .map(Duration::from_secs),
        }),
        Err(error) => Err(refused(reason(&error))),
    })
}

fn headers(
    context: &Context,
    endpoint: &Webhook,
    delivery: &Delivery,
) -> Result<HeaderMap, Failure> {
    let unreadable = |error: String| {
        Failure::dead(
            "unreadable_secret",
            format!("the webhook's secret can't be read, make a new one: {error}"),
        )
    };
    let row = endpoint.id.to_string();
    let secret = context
        .services()
        .sealer
        .open(context.scope().tenant(), &row, &endpoint.secret)
        .map_err(|error| unreadable(error.to_string()))?;
    let secret = String::from_utf8(secret).map_err(|error| unreadable(error.to_string()))?;
    let signer = Signer::new(&secret).map_err(|error| unreadable(error.to_string()))?;
    let (id, now) = (delivery.id.to_string(), Utc::now().timestamp());
    let signature = signer
        .sign(&id, now, delivery.payload.as_bytes())
        .map_err(|error| unreadable(error.to_string()))?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in [
        ("webhook-id", id),
        ("webhook-timestamp", now.to_string()),
        ("webhook-signature", signature),
    ] {
        headers.insert(name, HeaderValue::from_str(&value).map_err(Failure::retry)?);
    }
    Ok(headers)
}

/// The innermost reason, which says more than "error sending request".
fn reason(error: &reqwest::Error) -> String {
    let mut source: &dyn std::error::Error = error;
    while let Some(next) = source.source() {
        source = next;
    }
    format!("its server can't be reached: {source}")
}
