//! Webhooks in every wrong way, many at once: again, out of order, together, forged, to the wrong tenant, cut off, garbled.
//!
//! The seed is printed; `WAFAA_STORM_SEED` and `WAFAA_STORM_WEBHOOKS` repeat or lengthen a run. Ten thousand take half a
//! minute.

use std::collections::BTreeMap;

use futures::{StreamExt as _, stream};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use reqwest::Method;
use serde_json::{Value, json};
use wafaa_storage::{limit::Limiter, tenant::Limits};

use super::{SECRET, connect, signed, told};
use crate::{TestApp, app::Answer, fixture::Home, isolation::setting, provider::Provider};

const WEBHOOKS: u64 = 400;
/// Sent at once.
const TOGETHER: usize = 8;
const CONTACTS: usize = 10;
const MINE: &str = "bayt-falafel";
const THEIRS: &str = "noor-homes";

/// A webhook, and the statuses that answer it rightly.
struct Webhook {
    slug: &'static str,
    body: Vec<u8>,
    signature: Option<String>,
    answers: &'static [u16],
}

impl Webhook {
    fn proven(body: Vec<u8>, answers: &'static [u16]) -> Self {
        Self {
            slug: MINE,
            signature: Some(signed(SECRET, &body)),
            body,
            answers,
        }
    }

    /// What WhatsApp sends when a customer writes this.
    fn of(number: usize) -> Self {
        Self::proven(messages(&[number]), &[200])
    }
}

fn messages(numbers: &[usize]) -> Vec<u8> {
    let texts = numbers.iter().map(|number| text(*number));
    told("messages", "messages", texts.collect())
}

/// One of the messages that customers write.
fn text(number: usize) -> Value {
    let contact = number % CONTACTS;
    json!({
        "from": format!("96651111111{contact}"),
        "id": format!("wamid.storm{number}"),
        "timestamp": (chrono::Utc::now().timestamp() - 60 + number as i64 % 50).to_string(),
        "type": "text",
        "text": { "body": format!("storm {number}") },
    })
}

/// What can be told of a message that nobody sent.
fn status(number: usize) -> Value {
    let statuses = ["sent", "delivered", "read", "vaporised"];
    json!({
        "id": format!("wamid.unknown{number}"),
        "status": statuses[number % statuses.len()],
        "timestamp": chrono::Utc::now().timestamp().to_string(),
        "recipient_id": "966511111111",
    })
}

fn webhook(random: &mut StdRng, written: &[usize]) -> Webhook {
    let number = *written.choose(random).unwrap();
    let another = *written.choose(random).unwrap();
    let one = messages(&[number]);
    match random.random_range(0..12) {
        0..4 => Webhook::of(number),
        4 => Webhook::proven(messages(&[number, another, number]), &[200]),
        5 => Webhook::proven(
            told("messages", "statuses", json!([status(number)])),
            &[200],
        ),
        6 => Webhook {
            signature: Some(signed("a guess", &one)),
            ..Webhook::proven(one, &[401])
        },
        7 => Webhook {
            signature: None,
            ..Webhook::proven(one, &[401])
        },
        8 => {
            let mut changed = Webhook::proven(one, &[401]);
            let at = random.random_range(0..changed.body.len());
            changed.body[at] ^= 1;
            changed
        }
        9 => Webhook {
            slug: THEIRS,
            ..Webhook::proven(one, &[401])
        },
        10 => {
            let end = random.random_range(0..one.len());
            Webhook::proven(one[..end].to_vec(), &[400])
        }
        // Proven, but with noise where a secret leaked or a provider errs: anything but a fault of ours. Of another
        // contact and id, since it may well be read.
        _ => {
            let mut noise = text(number);
            noise["from"] = "966599999999".into();
            noise["id"] = format!("wamid.noise{}", random.random::<u32>()).into();
            noise["text"]["body"] = "noise".into();
            let mut body = told("messages", "messages", json!([noise]));
            for _ in 0..random.random_range(1..6) {
                let at = random.random_range(0..body.len());
                body[at] = random.random();
            }
            Webhook::proven(body, &[200, 400])
        }
    }
}

/// The texts that customers have written, with how often each is there.
async fn inbound(app: &TestApp, home: &Home) -> BTreeMap<String, usize> {
    let mut texts = BTreeMap::new();
    for conversation in all(app, home, "/api/v1/conversations?limit=100").await {
        let id = conversation["id"].as_str().unwrap();
        let path = format!("/api/v1/conversations/{id}/messages?limit=100");
        for message in all(app, home, &path).await {
            if message["direction"] == "inbound" {
                let text = message["text"].as_str().unwrap_or_default().to_owned();
                *texts.entry(text).or_default() += 1;
            }
        }
    }
    texts
}

async fn all(app: &TestApp, home: &Home, path: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut next = path.to_owned();
    loop {
        let page = app.get(&next, &home.token).await.json(200);
        rows.extend(page["data"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("{path}&cursor={cursor}"),
            None => return rows,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_comes_is_stored_once_or_refused() {
    let seed = setting("WAFAA_STORM_SEED").unwrap_or_else(|| rand::rng().random());
    let number = setting("WAFAA_STORM_WEBHOOKS").unwrap_or(WEBHOOKS) as usize;
    println!("WAFAA_STORM_SEED={seed} WAFAA_STORM_WEBHOOKS={number}");
    let provider = Provider::start().await;
    let app = TestApp::start_at(Limiter::local(), provider.endpoints()).await;
    let generous = Limits {
        messages_per_minute: 1_000_000,
        requests_per_minute: 1_000_000,
        ..Limits::default()
    };
    let home = app.home_with(MINE, generous).await;
    let other = app.home_with(THEIRS, generous).await;
    connect(&app, &home, SECRET).await;
    connect(&app, &other, "another-apps-secret").await;

    let mut random = StdRng::seed_from_u64(seed);
    let written: Vec<usize> = (0..number / 4).collect();
    let mut webhooks: Vec<Webhook> = (0..number)
        .map(|_| webhook(&mut random, &written))
        .collect();
    // Each message comes at least once.
    webhooks.extend(written.iter().map(|&number| Webhook::of(number)));
    let mut wrong: Vec<String> = stream::iter(webhooks)
        .map(async |webhook| {
            let path = format!("/webhooks/whatsapp/{}", webhook.slug);
            let mut request = app.request(Method::POST, &path);
            if let Some(signature) = webhook.signature {
                request = request.header("x-hub-signature-256", signature);
            }
            let answer = Answer::of(request.body(webhook.body.clone())).await;
            let is_right = webhook.answers.contains(&answer.status.as_u16());
            let body = String::from_utf8_lossy(&webhook.body).into_owned();
            (!is_right).then(|| format!("{} to {body}", answer.status))
        })
        .buffer_unordered(TOGETHER)
        .filter_map(std::future::ready)
        .collect()
        .await;
    wrong.truncate(5);
    assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");

    app.settle().await;
    let mut found = inbound(&app, &home).await;
    found.retain(|text, _| text.starts_with("storm "));
    let expected: BTreeMap<String, usize> = written
        .iter()
        .map(|number| (format!("storm {number}"), 1))
        .collect();
    assert_eq!(found, expected, "seed {seed}");
    assert!(inbound(&app, &other).await.is_empty(), "seed {seed}");
    app.stop().await;
}
