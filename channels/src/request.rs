//! A webhook request as the API hands it over, and the two ways to turn it away.

use std::collections::HashMap;

/// A request's headers. Names are compared without regard to case; of several the first counts.
#[derive(Debug, Clone, Default)]
pub struct Headers(HashMap<String, String>);

impl Headers {
    /// From names and raw values. Values that are not text are left out.
    pub fn new<N: AsRef<str>, V: AsRef<[u8]>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut headers = HashMap::new();
        for (name, value) in pairs {
            if let Ok(value) = std::str::from_utf8(value.as_ref()) {
                headers
                    .entry(name.as_ref().to_ascii_lowercase())
                    .or_insert_with(|| value.trim().to_owned());
            }
        }
        Self(headers)
    }

    /// The value of the header of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_ascii_lowercase()).map(String::as_str)
    }
}

/// A request's query string, decoded.
#[derive(Debug, Clone, Default)]
pub struct Query(HashMap<String, String>);

impl Query {
    /// From what follows the question mark.
    #[must_use]
    pub fn parse(raw: &str) -> Self {
        Self(
            form_urlencoded::parse(raw.as_bytes())
                .into_owned()
                .collect::<HashMap<_, _>>(),
        )
    }

    /// The value of the parameter of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// The request does not prove that it comes from the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refused {
    /// Why, in words that reveal nothing.
    pub reason: &'static str,
}

/// The request comes from the provider, but its body can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Malformed {
    /// Why.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names_have_no_case() {
        let headers = Headers::new([("X-Hub-Signature-256", " sha256=ab "), ("bad", "\u{e9}")]);
        assert_eq!(headers.get("x-hub-signature-256"), Some("sha256=ab"));
    }

    #[test]
    fn query_strings_are_decoded() {
        let query = Query::parse("hub.mode=subscribe&hub.verify_token=a%20b+c&flag");
        assert_eq!(query.get("hub.verify_token"), Some("a b c"));
        assert_eq!((query.get("flag"), query.get("none")), (Some(""), None));
    }
}
