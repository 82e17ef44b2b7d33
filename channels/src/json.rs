//! Reading what providers send: every look may find nothing, and nothing is a surprise.
//!
//! Payloads are walked rather than deserialised into structs, because one field of an unforeseen shape must not lose
//! the message beside it. Places are JSON pointers (RFC 6901).

use chrono::{DateTime, Datelike as _, Utc};
use serde_json::Value;

use crate::request::Malformed;

/// The longest id that a provider may give, in bytes; databases index them. Real ones are far shorter.
const LONGEST_ID: usize = 512;

/// A webhook's body. JSON nested deeper than 128 levels is refused by the parser.
pub(crate) fn read(body: &[u8]) -> Result<Value, Malformed> {
    // The parser also refuses half a surrogate pair, which is all that is left of an emoji where a text was cut.
    let parsed = serde_json::from_slice(body)
        .or_else(|_| serde_json::from_slice(&without_lone_surrogates(body)));
    let mut value: Value = parsed.map_err(|error| Malformed {
        reason: format!("not JSON: {error}"),
    })?;
    if !value.is_object() {
        return Err(malformed("not a JSON object"));
    }
    if body.windows(6).any(|bytes| bytes == b"\\u0000") {
        remove_nuls(&mut value);
    }
    Ok(value)
}

pub(crate) fn malformed(reason: &str) -> Malformed {
    Malformed {
        reason: reason.to_owned(),
    }
}

/// The same JSON with U+FFFD in place of every escaped surrogate that has no other half.
fn without_lone_surrogates(json: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let (before, escaped) = rest.split_at(at);
        whole.extend_from_slice(before);
        let next = utf16_unit(escaped.get(6..).unwrap_or_default());
        let (length, is_lone) = match utf16_unit(escaped) {
            Some(0xd800..=0xdbff) if matches!(next, Some(0xdc00..=0xdfff)) => (12, false),
            Some(0xd800..=0xdfff) => (6, true),
            // Of `\\` both: what follows is not escaped.
            _ => (2.min(escaped.len()), false),
        };
        let (escape, after) = escaped.split_at(length);
        whole.extend_from_slice(if is_lone { b"\\ufffd" } else { escape });
        rest = after;
    }
    whole.extend_from_slice(rest);
    whole
}

/// What the `\uXXXX` in front stands for, if there is one.
fn utf16_unit(json: &[u8]) -> Option<u16> {
    let digits = json.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// PostgreSQL's text can't hold the character NUL, and nobody misses it.
fn remove_nuls(value: &mut Value) {
    match value {
        Value::String(text) => text.retain(|character| character != '\0'),
        Value::Array(values) => values.iter_mut().for_each(remove_nuls),
        Value::Object(fields) => fields.values_mut().for_each(remove_nuls),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The text there, if it isn't empty.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value
        .pointer(pointer)?
        .as_str()
        .filter(|text| !text.is_empty())
}

/// The same, owned.
pub(crate) fn string(value: &Value, pointer: &str) -> Option<String> {
    text(value, pointer).map(str::to_owned)
}

/// The whole number there, also when it is written as text.
pub(crate) fn number(value: &Value, pointer: &str) -> Option<i64> {
    match value.pointer(pointer)? {
        Value::Number(number) => number.as_i64(),
        Value::String(digits) => digits.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The id there, also when it is written as a number.
pub(crate) fn id(value: &Value, pointer: &str) -> Option<String> {
    let id = match value.pointer(pointer)? {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    (!id.is_empty() && id.len() <= LONGEST_ID).then_some(id)
}

/// The list there; empty when there is none.
pub(crate) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Whether it says `true` there.
pub(crate) fn is_true(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool) == Some(true)
}

/// The Unix time there, in seconds; now, when there is none or it can't be true.
pub(crate) fn seconds(value: &Value, pointer: &str) -> DateTime<Utc> {
    plausible(number(value, pointer).and_then(|at| DateTime::from_timestamp(at, 0)))
}

/// The Unix time there, in milliseconds; now, when there is none or it can't be true.
pub(crate) fn milliseconds(value: &Value, pointer: &str) -> DateTime<Utc> {
    plausible(number(value, pointer).and_then(DateTime::from_timestamp_millis))
}

fn plausible(at: Option<DateTime<Utc>>) -> DateTime<Utc> {
    at.filter(|at| (2000..2100).contains(&at.year()))
        .unwrap_or_else(Utc::now)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_objects_of_reasonable_depth_are_read() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let deep_object = format!("{}1{}", r#"{"a":"#.repeat(500), "}".repeat(500));
        for body in [
            "",
            "{",
            "[]",
            "null",
            "{} {}",
            "\u{feff}",
            &deep,
            &deep_object,
        ] {
            assert!(read(body.as_bytes()).is_err());
        }
        assert!(read(b"\xff\xfe").is_err());
        assert_eq!(read(b" {} ").unwrap(), json!({}));
    }

    #[test]
    fn no_nul_comes_through() {
        let value = read(br#"{"a": ["x\u0000y", {"b": "\u0000"}]}"#).unwrap();
        assert_eq!(value, json!({"a": ["xy", {"b": ""}]}));
    }

    #[test]
    fn half_an_emoji_loses_nothing_but_itself() {
        let cases = [
            (r#"{"a": "cut \ud83d", "b": 1}"#, "cut \u{fffd}"),
            (r#"{"a": "\ude00 cut", "b": 1}"#, "\u{fffd} cut"),
            (r#"{"a": "\uD83D\ud83d\uDE00", "b": 1}"#, "\u{fffd}😀"),
            (r#"{"a": "\\ud83d \ud83d\n", "b": 1}"#, "\\ud83d \u{fffd}\n"),
            (r#"{"a": "\ud83d\u0000", "b": 1}"#, "\u{fffd}"),
        ];
        for (body, expected) in cases {
            let value = read(body.as_bytes()).unwrap();
            assert_eq!(value, json!({"a": expected, "b": 1}), "{body}");
        }
        for body in [
            r#"{"a": "\ud83d"#,
            r#"{"a": "\ud8"#,
            r#"{"a": "\u+83d"}"#,
            r#"{"\"#,
        ] {
            assert!(read(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn ids_may_be_numbers_but_not_endless() {
        let value = json!({"number": 5, "text": "x", "long": "x".repeat(513), "empty": ""});
        let ids = ["/number", "/text", "/long", "/empty", "/none"].map(|at| id(&value, at));
        assert_eq!(ids, [Some("5".into()), Some("x".into()), None, None, None]);
    }

    #[test]
    fn impossible_times_are_now() {
        let value = json!({"real": "1697043223", "far": i64::MAX, "year": 99_999_999_999_i64});
        assert_eq!(seconds(&value, "/real").timestamp(), 1_697_043_223);
        for at in ["/far", "/year", "/none"] {
            assert!(Utc::now() - seconds(&value, at) < chrono::TimeDelta::minutes(1));
        }
    }
}
