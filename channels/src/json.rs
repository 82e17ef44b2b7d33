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
    let mut value: Value = serde_json::from_slice(body).map_err(|error| Malformed {
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
