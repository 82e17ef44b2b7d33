//! Whether an answer holds what was asked for.

use serde::Deserialize;

use super::outcome::Failure;

#[derive(Deserialize)]
struct Answer {
    answer: String,
    answered: bool,
    citations: Vec<Citation>,
}

#[derive(Deserialize)]
struct Citation {
    quote: String,
}

#[derive(Deserialize)]
struct Hits {
    data: Vec<Hit>,
}

#[derive(Deserialize)]
struct Hit {
    text: String,
}

/// Whether an answer of `POST /api/v1/ask` says a value, or quotes it.
pub(super) fn has(body: &str, value: &str) -> Result<bool, Failure> {
    let answer: Answer = serde_json::from_str(body).map_err(|_| Failure::Garbled)?;
    let quoted = answer
        .citations
        .iter()
        .any(|citation| says(&citation.quote, value));
    Ok(answer.answered && !answer.citations.is_empty() && (says(&answer.answer, value) || quoted))
}

/// Whether some hit of `POST /api/v1/search` says a value.
pub(super) fn finds(body: &str, value: &str) -> Result<bool, Failure> {
    let hits: Hits = serde_json::from_str(body).map_err(|_| Failure::Garbled)?;
    Ok(hits.data.iter().any(|hit| says(&hit.text, value)))
}

/// Whether a text contains a value that isn't the end or the beginning of a longer one: 132 SAR is not 32 SAR.
fn says(text: &str, value: &str) -> bool {
    text.match_indices(value).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + value.len()..].chars().next();
        let goes_on = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !goes_on(before) && !goes_on(after)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_said_whole_or_not_at_all() {
        assert!(says("| Okra | 32 SAR | x |", "32 SAR"));
        assert!(says("132 SAR, or 32 SAR", "32 SAR"));
        assert!(!says("132 SAR", "32 SAR"));
        assert!(!says("+966 11 555 01234", "+966 11 555 0123"));
    }

    #[test]
    fn an_answer_needs_a_citation_and_the_value() {
        let has = |answered: bool, quote: &str| {
            let citations = if quote.is_empty() {
                json!([])
            } else {
                json!([{ "quote": quote }])
            };
            let body = json!({ "answer": "…", "answered": answered, "citations": citations });
            super::has(&body.to_string(), "32 SAR")
        };
        assert_eq!(has(true, "It costs 32 SAR."), Ok(true));
        assert_eq!(has(true, "It costs 33 SAR."), Ok(false));
        assert_eq!(has(false, "It costs 32 SAR."), Ok(false));
        assert_eq!(has(true, ""), Ok(false));
        assert_eq!(super::has("{}", "32 SAR"), Err(Failure::Garbled));
    }

    #[test]
    fn any_hit_will_do() {
        let body = json!({ "data": [{ "text": "no" }, { "text": "32 SAR" }] }).to_string();
        assert_eq!(finds(&body, "32 SAR"), Ok(true));
        assert_eq!(finds(&body, "2 SAR"), Ok(false));
    }
}
