//! Spans of time as people write them: `500ms`, `30s`, `10m`, `1h`.

use std::time::Duration;

/// Reads a span of time.
///
/// # Errors
/// When there is no number, no unit or another unit.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no span of time such as 500ms, 30s, 10m or 1h");
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.'));
    let (number, unit) = text.split_at(end.ok_or_else(wrong)?);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let unit = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => return Err(wrong()),
    };
    Duration::try_from_secs_f64(number * unit).map_err(|_| wrong())
}

/// Reads a span of time that is longer than none.
///
/// # Errors
/// Also when it is none.
pub(super) fn some(text: &str) -> Result<Duration, String> {
    let span = parse(text)?;
    if span.is_zero() {
        return Err("has to be longer than nothing".to_owned());
    }
    Ok(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_is_read() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("1.5s", 1_500),
            ("10m", 600_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(milliseconds)));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "10", "s", "10 s", "-1s", "1d", "1.2.3s", "9e99h"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(some("0s").is_err());
    }
}
