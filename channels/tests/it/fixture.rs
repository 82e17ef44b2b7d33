//! Webhooks of real shape: ours against their snapshots, and whatever lies in `../shared/eval/webhooks`.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use chrono::{TimeDelta, Utc};
use serde_json::Value;
use wafaa_channels::Inbound;
use wafaa_domain::ChannelKind;

use crate::{PROVIDED, account, of};

/// The payloads of a kind, by name.
pub(crate) fn all(kind: ChannelKind) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    let is_of_kind = |path: &&PathBuf| {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        stem.split('-').next() == Some(kind.as_str())
    };
    files
        .iter()
        .filter(is_of_kind)
        .flat_map(|path| payloads(path))
        .collect()
}

fn payloads(path: &Path) -> Vec<(String, Value)> {
    let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
    let Value::Object(payloads) = serde_json::from_slice(&fs::read(path).unwrap()).unwrap() else {
        panic!("{} is no object", path.display());
    };
    let payloads: BTreeMap<_, _> = payloads.into_iter().collect();
    payloads
        .into_iter()
        .map(|(name, body)| (format!("{stem} {name}"), body))
        .collect()
}

/// The same with all fields in the order of their names: whether JSON keeps its order depends on what else is built.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(sorted).collect(),
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> = fields.into_iter().collect();
            let fields = fields
                .into_iter()
                .map(|(name, value)| (name, sorted(value)));
            Value::Object(fields.collect())
        }
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => plain,
    }
}

/// An event on a line; times of now as such.
fn told(mut event: Inbound) -> String {
    if let Inbound::Account { detail, .. } = &mut event {
        *detail = sorted(detail.take());
    }
    let text = format!("{event:?}");
    let now = Utc::now();
    let mut told = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once(" at: ") {
        let (time, others) = after.split_at(after.find([',', ' ']).unwrap_or(after.len()));
        let is_now = time
            .parse::<chrono::DateTime<Utc>>()
            .is_ok_and(|at| now - at < TimeDelta::minutes(5));
        let _ = write!(told, "{before} at: {}", if is_now { "now" } else { time });
        rest = others;
    }
    told + rest
}

#[test]
fn every_fixture_is_the_event_it_should_be() {
    for kind in PROVIDED {
        let fixtures = all(kind);
        assert!(fixtures.len() >= 10, "{kind}");
        let mut report = String::new();
        for (name, body) in fixtures {
            let events = of(kind)
                .parse(&account(kind), sorted(body).to_string().as_bytes())
                .unwrap();
            let _ = writeln!(report, "{name}");
            for event in events {
                let _ = writeln!(report, "    {}", told(event));
            }
        }
        insta::assert_snapshot!(kind.as_str(), report);
    }
}

/// This one is no JSON.
#[test]
fn slacks_look_at_the_certificate_is_answered_and_not_kept() {
    let body = b"ssl_check=1&token=Jhj5dZrVaK7ZwHHjRyZWjbDl";
    let slack = ChannelKind::Slack;
    let events = of(slack).parse(&account(slack), body).unwrap();
    let [Inbound::Reply { body, .. }] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(body, "");
}

/// Payloads in a file of somebody else's: the file itself, or an object of named ones.
fn others(value: Value) -> Vec<Value> {
    let is_payload = ["object", "update_id", "ok", "error", "type"]
        .iter()
        .any(|name| value.get(name).is_some_and(|value| !value.is_object()))
        || value.get("error").is_some();
    match value {
        Value::Object(fields) if !is_payload => {
            fields.into_iter().map(|(_, value)| value).collect()
        }
        payload => vec![payload],
    }
}

/// Each of them is read as an event with a name, or is no JSON and refused.
#[test]
fn webhooks_nobody_here_wrote_are_read() {
    let root = std::env::var_os("WAFAA_EVAL_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/eval"),
        PathBuf::from,
    );
    let (mut read, mut messages) = (0, 0);
    for (folder, kind) in [
        ("whatsapp", ChannelKind::Whatsapp),
        ("whatsapp-java", ChannelKind::Whatsapp),
        ("telegram", ChannelKind::Telegram),
    ] {
        let folder = root.join("webhooks").join(folder);
        let Ok(entries) = fs::read_dir(&folder) else {
            println!("skipped: {} is absent", folder.display());
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            let Ok(value) = serde_json::from_slice::<Value>(&bytes) else {
                assert!(
                    of(kind).parse(&account(kind), &bytes).is_err(),
                    "{}",
                    path.display()
                );
                continue;
            };
            for payload in others(value) {
                let events = of(kind).parse(&account(kind), payload.to_string().as_bytes());
                let events = events.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                assert!(!events.is_empty(), "{}", path.display());
                for event in &events {
                    if let Inbound::Unsupported { name, .. } = event {
                        assert!(
                            !name.is_empty() && name != "unknown",
                            "{}: {payload}",
                            path.display()
                        );
                    }
                    messages += usize::from(matches!(event, Inbound::Message { .. }));
                }
                read += 1;
            }
        }
    }
    println!("{read} payloads of others read, {messages} messages among them");
    assert!(read == 0 || messages > 30, "{messages} of {read}");
}
