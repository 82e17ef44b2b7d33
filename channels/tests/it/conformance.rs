//! What the trait promises, asked of every adapter. A new channel is listed in `PROVIDED` and in the few tables of `main.rs`
//! and `provider.rs`, and then has to pass all of this.

use std::time::Duration;

use chrono::Utc;
use proptest::prelude::*;
use serde_json::{Value, json};
use wafaa_channels::{Limits, Outbound, Secrets, SendError};
use wafaa_domain::{ChannelKind, Choice, Content, MessageId};

use crate::{
    PROVIDED, TOKEN, account, fixture, of,
    provider::{Provider, Reply, accepted, channels},
};

fn outbound(content: Content) -> Outbound {
    Outbound::new(MessageId::new(), "6789012345", content)
}

/// What one try to send "hello" comes to when the provider replies so.
async fn outcome(kind: ChannelKind, reply: Reply) -> SendError {
    let provider = Provider::saying(reply).await;
    let sent = provider
        .channels()
        .send(&account(kind), &outbound(Content::text("hello")))
        .await;
    assert_eq!(
        provider.requests().len(),
        1,
        "{kind}: one message is one request"
    );
    let error = sent.unwrap_err();
    assert!(
        !format!("{error:?}").contains(TOKEN),
        "{kind}: {error:?} tells the token"
    );
    error
}

#[test]
fn every_adapter_is_found_by_its_kind() {
    for kind in ChannelKind::ALL {
        assert_eq!(of(*kind).kind(), *kind);
    }
}

#[test]
fn good_settings_pass_and_every_missing_one_is_named() {
    for kind in ChannelKind::ALL {
        let good = account(*kind);
        assert_eq!(
            of(*kind).check(&good.settings, &good.secrets),
            Ok(()),
            "{kind}"
        );
    }
    for kind in PROVIDED {
        let good = account(kind);
        let problems = of(kind).check(&json!({}), &Secrets::default()).unwrap_err();
        let fields: Vec<_> = problems
            .iter()
            .map(|problem| problem.field.as_str())
            .collect();
        for name in good.secrets.names() {
            assert!(
                fields.contains(&format!("secrets.{name}").as_str()),
                "{kind}: {fields:?}"
            );
        }
        assert!(
            of(kind)
                .external_id(&good.settings, &good.secrets)
                .is_some(),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn a_text_is_sent_once_with_the_token_and_its_id_comes_back() {
    for kind in PROVIDED {
        let provider = Provider::saying(Reply::ok(&accepted(kind))).await;
        let sent = provider
            .channels()
            .send(&account(kind), &outbound(Content::text("are you open?")))
            .await
            .unwrap();
        let request = provider.request();
        assert!(
            request.text().contains("are you open?"),
            "{kind}: {request:?}"
        );
        let bearer = request
            .headers
            .get("authorization")
            .cloned()
            .unwrap_or_default();
        assert!(
            bearer.contains(TOKEN) || request.path.contains(TOKEN),
            "{kind}"
        );
        assert!(
            sent.provider_id.is_some() && !sent.shortened,
            "{kind}: {sent:?}"
        );
    }
}

#[tokio::test]
async fn too_long_a_text_is_cut_not_sent_twice_and_its_parts_fit() {
    for kind in PROVIDED {
        let limits: Limits = of(kind).limits();
        let text = "كلمة و word. ".repeat(limits.text / 6);
        assert!(!limits.fits(&text));
        let provider = Provider::saying(Reply::ok(&accepted(kind))).await;
        let outbound = outbound(Content::text(&text));
        let sent = provider
            .channels()
            .send(&account(kind), &outbound)
            .await
            .unwrap();
        assert!(sent.shortened, "{kind}");
        let body = provider.request().json();
        let longest = longest_text(&body);
        assert!(
            limits.fits(longest) && longest.ends_with('…'),
            "{kind}: {}",
            longest.len()
        );
        assert!(
            limits.parts(&text).iter().all(|part| limits.fits(part)),
            "{kind}"
        );
    }
}

fn longest_text(value: &Value) -> &str {
    match value {
        Value::String(text) => text,
        Value::Array(values) => longest(values.iter()),
        Value::Object(fields) => longest(fields.values()),
        Value::Null | Value::Bool(_) | Value::Number(_) => "",
    }
}

fn longest<'a>(values: impl Iterator<Item = &'a Value>) -> &'a str {
    values
        .map(longest_text)
        .max_by_key(|text| text.len())
        .unwrap_or_default()
}

#[tokio::test]
async fn choices_keep_their_ids() {
    let options: Vec<_> = ["pickup", "delivery", "table"]
        .map(|id| Choice {
            id: id.into(),
            title: format!("The {id}"),
        })
        .into();
    for kind in PROVIDED {
        let provider = Provider::saying(Reply::ok(&accepted(kind))).await;
        let content = Content::Interactive {
            text: "How?".into(),
            options: options.clone(),
            list_button: None,
        };
        provider
            .channels()
            .send(&account(kind), &outbound(content))
            .await
            .unwrap();
        let body = provider.request().text();
        assert!(
            ["pickup", "delivery", "The table"]
                .iter()
                .all(|part| body.contains(part)),
            "{kind}: {body}"
        );
    }
}

#[tokio::test]
async fn what_surely_was_not_sent_is_told_apart_from_what_may_have_been() {
    let closed = "http://127.0.0.1:9".parse().unwrap();
    for kind in PROVIDED {
        let nobody = channels(&closed)
            .send(&account(kind), &outbound(Content::text("hello")))
            .await
            .unwrap_err();
        assert!(
            matches!(nobody, SendError::Transient { .. }),
            "{kind}: {nobody:?}"
        );
        for reply in [
            Reply::Silence,
            Reply::HangUp,
            Reply::Http(502, String::new(), b"<html>".to_vec()),
            Reply::Http(504, String::new(), Vec::new()),
            Reply::Http(200, String::new(), b"\xff garbage".to_vec()),
        ] {
            let error = outcome(kind, reply.clone()).await;
            assert!(
                matches!(error, SendError::Unknown { .. }),
                "{kind} {reply:?}: {error:?}"
            );
        }
        for status in [500, 503] {
            let error = outcome(kind, Reply::Http(status, String::new(), Vec::new())).await;
            assert!(
                matches!(error, SendError::Transient { .. }),
                "{kind} {status}: {error:?}"
            );
        }
        let error = outcome(kind, Reply::Http(401, String::new(), Vec::new())).await;
        assert!(
            matches!(error, SendError::Reconnect { .. }),
            "{kind}: {error:?}"
        );
    }
}

#[tokio::test]
async fn retry_after_is_heeded() {
    for kind in PROVIDED {
        let reply = Reply::Http(429, "retry-after: 7\r\n".into(), Vec::new());
        match outcome(kind, reply).await {
            SendError::Wait { after, .. } => assert_eq!(after, Duration::from_secs(7), "{kind}"),
            other => panic!("{kind}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_a_channel_has_no_way_to_say_is_refused_before_any_call() {
    for kind in PROVIDED {
        let provider = Provider::saying(Reply::ok(&accepted(kind))).await;
        let content = Content::Unsupported {
            name: "order".into(),
        };
        let error = provider
            .channels()
            .send(&account(kind), &outbound(content))
            .await
            .unwrap_err();
        assert!(
            matches!(error, SendError::Invalid { .. }),
            "{kind}: {error:?}"
        );
        assert!(provider.requests().is_empty(), "{kind}");
    }
}

#[tokio::test]
async fn a_test_says_what_is_wrong_and_what_to_do() {
    for kind in PROVIDED {
        let provider = Provider::saying(Reply::Http(401, String::new(), Vec::new())).await;
        let health = provider.channels().test(&account(kind)).await;
        assert!(!health.ok() && health.reconnect(), "{kind}: {health:?}");
        assert!(
            health
                .checks
                .iter()
                .all(|check| check.ok || check.remedy.is_some()),
            "{kind}"
        );
        assert!(!format!("{health:?}").contains(TOKEN), "{kind}");
    }
}

#[test]
fn deep_and_broken_bodies_are_malformed() {
    let deep = format!("{}1{}", r#"{"entry":["#.repeat(20_000), "]}".repeat(20_000));
    for kind in PROVIDED {
        for body in [
            "",
            "{",
            "[1]",
            "\u{0}",
            "{}{}",
            "%",
            "payload=%7B",
            deep.as_str(),
        ] {
            let parsed = of(kind).parse(&account(kind), body.as_bytes());
            assert!(parsed.is_err(), "{kind}: {body:.20}");
        }
    }
}

/// JSON of the words that the adapters look for, so that chance finds its way deep into them.
fn payloads() -> impl Strategy<Value = Value> {
    const NAMES: &str = "object entry changes field value metadata phone_number_id messages statuses contacts from id \
        timestamp type text body image interactive button_reply list_reply system edit revoke message original_message_id \
        status errors code wa_id user_id message_echoes to calls messaging sender recipient mid attachments payload url \
        is_echo is_deleted reply_to story quick_reply postback reaction read delivery mids watermark standby update_id \
        chat message_id date photo file_id width height voice location latitude longitude callback_query data \
        reply_markup inline_keyboard edited_message my_chat_member new_chat_member result ok event team_id channel ts \
        user subtype files thread_ts bot_id authorizations item actions selected_option challenge";
    const WORDS: &str = "whatsapp_business_account page instagram messages smb_message_echoes text image interactive \
        button_reply system edit revoke failed sent event_callback block_actions url_verification message app_mention \
        message_changed message_deleted reaction_added story_mention 5 -1 1749416383 1749416383.000100 D1 \
        user_changed_number \u{0} \u{1F600}";
    let names: Vec<&str> = NAMES.split_whitespace().collect();
    let words: Vec<&str> = WORDS.split(' ').filter(|word| !word.is_empty()).collect();
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        proptest::sample::select(words).prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 96, 6, move |inner| {
        let fields = proptest::collection::hash_map(
            proptest::sample::select(names.clone()).prop_map(str::to_owned),
            inner.clone(),
            0..6,
        );
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            fields.prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Puts `part` somewhere into `whole`.
fn grafted(whole: &mut Value, part: Value, place: usize) {
    let count = match whole {
        Value::Array(values) => values.len(),
        Value::Object(fields) => fields.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    };
    if count == 0 || place % (count + 1) == count {
        *whole = part;
        return;
    }
    let (inner, next) = (place % (count + 1), place / (count + 1));
    match whole {
        Value::Array(values) => grafted(&mut values[inner], part, next),
        Value::Object(fields) => {
            if let Some(value) = fields.values_mut().nth(inner) {
                grafted(value, part, next);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

proptest! {
    #[test]
    fn no_bytes_make_an_adapter_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        for kind in ChannelKind::ALL {
            let _ = of(*kind).parse(&account(*kind), &body);
            let _ = of(*kind).verify(&account(*kind), &crate::signed(*kind, b"", Utc::now()), &body, Utc::now());
        }
    }

    #[test]
    fn any_object_is_some_event(value in payloads()) {
        for kind in PROVIDED {
            let parsed = of(kind).parse(&account(kind), value.to_string().as_bytes());
            if value.is_object() {
                prop_assert!(!parsed.unwrap().is_empty());
            }
        }
    }

    #[test]
    fn fixtures_with_a_part_replaced_are_some_event(part in payloads(), which in any::<usize>(), place in any::<usize>()) {
        for kind in PROVIDED {
            let fixtures = fixture::all(kind);
            let (_, mut body) = fixtures[which % fixtures.len()].clone();
            grafted(&mut body, part.clone(), place);
            let parsed = of(kind).parse(&account(kind), body.to_string().as_bytes());
            if body.is_object() {
                prop_assert!(!parsed.unwrap().is_empty());
            }
        }
    }
}
