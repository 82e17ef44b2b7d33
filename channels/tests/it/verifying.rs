//! Proofs of origin: what the provider signs passes, and nothing else does.

use chrono::{DateTime, TimeDelta, Utc};
use wafaa_channels::{Account, Headers, Query, Secrets};
use wafaa_domain::ChannelKind;

use crate::{PROVIDED, SECRET, account, of, signed};

const BODY: &[u8] = br#"{"object":"whatsapp_business_account"}"#;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_749_416_383, 0).unwrap()
}

fn passes(account: &Account, headers: &Headers, body: &[u8], at: DateTime<Utc>) -> bool {
    of(account.kind).verify(account, headers, body, at).is_ok()
}

#[test]
fn what_the_provider_signs_passes() {
    for kind in PROVIDED {
        assert!(
            passes(&account(kind), &signed(kind, BODY, now()), BODY, now()),
            "{kind}"
        );
    }
}

#[test]
fn nothing_unsigned_passes() {
    for kind in PROVIDED {
        assert!(
            !passes(&account(kind), &Headers::default(), BODY, now()),
            "{kind}"
        );
        for odd in ["", "sha256=", "sha256=zz", "v0=", "ünicode"] {
            let headers = Headers::new([
                ("X-Hub-Signature-256", odd),
                ("X-Slack-Signature", odd),
                ("X-Slack-Request-Timestamp", "1749416383"),
                ("X-Telegram-Bot-Api-Secret-Token", odd),
            ]);
            assert!(
                !passes(&account(kind), &headers, BODY, now()),
                "{kind} {odd}"
            );
        }
    }
}

#[test]
fn a_channel_without_secrets_admits_nobody() {
    for kind in PROVIDED {
        let bare = Account {
            secrets: Secrets::default(),
            ..account(kind)
        };
        assert!(
            !passes(&bare, &signed(kind, BODY, now()), BODY, now()),
            "{kind}"
        );
        assert!(!passes(&bare, &Headers::default(), BODY, now()), "{kind}");
    }
}

#[test]
fn another_channels_secret_does_not_pass() {
    for kind in PROVIDED {
        let names: Vec<String> = account(kind)
            .secrets
            .names()
            .iter()
            .map(|name| (*name).to_owned())
            .collect();
        let other = Account {
            secrets: Secrets::new(names.into_iter().map(|name| (name, format!("{SECRET}2")))),
            ..account(kind)
        };
        assert!(
            !passes(&other, &signed(kind, BODY, now()), BODY, now()),
            "{kind}"
        );
    }
}

#[test]
fn a_changed_body_does_not_pass() {
    let changed = br#"{"object":"whatsapp_business_accounu"}"#;
    for kind in PROVIDED
        .into_iter()
        .filter(|kind| *kind != ChannelKind::Telegram)
    {
        let headers = signed(kind, BODY, now());
        assert!(!passes(&account(kind), &headers, changed, now()), "{kind}");
    }
}

#[test]
fn a_replay_after_five_minutes_does_not_pass() {
    let slack = account(ChannelKind::Slack);
    let headers = signed(ChannelKind::Slack, BODY, now());
    for (seconds, expected) in [(299, true), (-299, true), (301, false), (-301, false)] {
        let at = now() + TimeDelta::seconds(seconds);
        assert_eq!(passes(&slack, &headers, BODY, at), expected, "{seconds}");
    }
    let odd = Headers::new([
        ("X-Slack-Request-Timestamp", i64::MIN.to_string()),
        ("X-Slack-Signature", "v0=00".into()),
    ]);
    assert!(!passes(&slack, &odd, BODY, now()));
}

#[test]
fn metas_handshake_is_answered_with_its_challenge() {
    for kind in [
        ChannelKind::Whatsapp,
        ChannelKind::Instagram,
        ChannelKind::Messenger,
    ] {
        let ask = |query: &str| of(kind).handshake(&account(kind), &Query::parse(query));
        let good = format!("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={SECRET}");
        assert_eq!(ask(&good).as_deref(), Ok("1158201444"));
        for bad in [
            "",
            "hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong",
            "hub.mode=subscribe&hub.challenge=1",
            "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=a-shared-secret",
        ] {
            assert!(ask(bad).is_err(), "{bad}");
        }
    }
    let telegram = account(ChannelKind::Telegram);
    assert!(
        of(ChannelKind::Telegram)
            .handshake(&telegram, &Query::default())
            .is_err()
    );
}
