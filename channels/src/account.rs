//! What a channel is configured with, and how mistakes in it are told.
//!
//! Settings are public, secrets are never shown again. Identifiers become parts of URLs and tokens become headers,
//! so both are held to the characters that can't mean anything else there.

use std::{collections::BTreeMap, fmt};

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use wafaa_domain::ChannelKind;

/// The longest id or token that is accepted.
const LONGEST: usize = 4_096;

/// A channel's secrets, by name. Debug output shows the names only.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<String, SecretString>);

impl Secrets {
    /// These secrets. Empty ones count as absent.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let filled = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        Self(
            filled
                .map(|(name, value)| (name, value.into()))
                .collect::<BTreeMap<_, _>>(),
        )
    }

    /// The secret of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(SecretString::expose_secret)
    }

    /// The same with another value of this name.
    #[must_use]
    pub fn with(mut self, name: &str, value: SecretString) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// Which there are.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them as a JSON object, to be sealed.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let object: serde_json::Map<String, Value> = self
            .0
            .iter()
            .map(|(name, value)| (name.clone(), value.expose_secret().into()))
            .collect();
        Value::Object(object).to_string().into_bytes()
    }

    /// What [`Self::to_json`] made.
    ///
    /// # Errors
    /// It is not a JSON object of strings.
    pub fn from_json(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice::<BTreeMap<String, String>>(bytes).map(Self::new)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A configured channel.
#[derive(Debug, Clone)]
pub struct Account {
    /// Which channel it is.
    pub kind: ChannelKind,
    /// A JSON object; which fields it has depends on the kind.
    pub settings: Value,
    /// Tokens and keys.
    pub secrets: Secrets,
}

impl Account {
    /// A setting that is text.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        setting(&self.settings, name)
    }

    /// A secret.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<&str> {
        self.secrets.get(name)
    }
}

pub(crate) fn setting<'a>(settings: &'a Value, name: &str) -> Option<&'a str> {
    settings.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// One thing wrong with a channel's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, such as `settings.phone_number_id`.
    pub field: String,
    /// What, in words.
    pub problem: String,
}

/// A configuration under scrutiny: every mistake is collected before any is told.
pub(crate) struct Form<'a> {
    settings: &'a Value,
    secrets: &'a Secrets,
    problems: Vec<Problem>,
}

impl<'a> Form<'a> {
    pub(crate) fn new(settings: &'a Value, secrets: &'a Secrets) -> Self {
        let mut form = Self {
            settings,
            secrets,
            problems: Vec::new(),
        };
        if !settings.is_object() {
            form.complain("settings", "is not an object");
        }
        form
    }

    /// A setting that must be there and fit into a URL.
    pub(crate) fn id(mut self, name: &str) -> Self {
        match self.settings.get(name) {
            None | Some(Value::Null) => self.complain(&format!("settings.{name}"), "is missing"),
            Some(_) => return self.optional_id(name),
        }
        self
    }

    /// A setting that may be absent, but must fit into a URL.
    pub(crate) fn optional_id(mut self, name: &str) -> Self {
        let field = format!("settings.{name}");
        match self.settings.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::String(id)) if id.is_empty() => self.complain(&field, "is empty"),
            Some(Value::String(id)) if is_plain(id, b"-_.") => {}
            Some(Value::String(_)) => self.complain(
                &field,
                "may have letters, digits, hyphens, dots and underscores only",
            ),
            Some(_) => self.complain(&field, "is not text: write it in quotes"),
        }
        self
    }

    /// A secret that must be there and fit into a header.
    pub(crate) fn token(self, name: &str) -> Self {
        self.secret(
            name,
            "has spaces or characters that no token has",
            |token| token.bytes().all(|byte| byte.is_ascii_graphic()),
        )
    }

    /// A secret that must be there and keep a rule.
    pub(crate) fn secret(mut self, name: &str, otherwise: &str, rule: fn(&str) -> bool) -> Self {
        let field = format!("secrets.{name}");
        match self.secrets.get(name) {
            None => self.complain(&field, "is missing"),
            Some(secret) if secret.len() > LONGEST || !rule(secret) => {
                self.complain(&field, otherwise);
            }
            Some(_) => {}
        }
        self
    }

    pub(crate) fn finish(self) -> Result<(), Vec<Problem>> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(self.problems)
        }
    }

    fn complain(&mut self, field: &str, problem: &str) {
        self.problems.push(Problem {
            field: field.to_owned(),
            problem: problem.to_owned(),
        });
    }
}

/// Whether it has ASCII letters, digits and `others` only, is not too long and is no step up in a path.
pub(crate) fn is_plain(text: &str, others: &[u8]) -> bool {
    text.len() <= LONGEST
        && text != ".."
        && text != "."
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn debug_output_shows_no_secret() {
        let secrets = Secrets::new([("access_token".into(), "EAAG-secret".into())]);
        assert_eq!(format!("{secrets:?}"), r#"{"access_token"}"#);
        assert_eq!(secrets.get("access_token"), Some("EAAG-secret"));
    }

    #[test]
    fn secrets_read_back() {
        let secrets = Secrets::new([("a".into(), "1\"2".into()), ("b".into(), String::new())]);
        let back = Secrets::from_json(&secrets.to_json()).unwrap();
        assert_eq!((back.names(), back.get("a")), (vec!["a"], Some("1\"2")));
        let renewed = back.with("a", "3".to_owned().into());
        assert_eq!(renewed.get("a"), Some("3"));
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let settings = json!({"account_id": "../me", "page_id": 5});
        let secrets = Secrets::new([("access_token".into(), "two words".into())]);
        let problems = Form::new(&settings, &secrets)
            .id("account_id")
            .optional_id("page_id")
            .id("number")
            .token("access_token")
            .token("app_secret")
            .finish()
            .unwrap_err();
        let fields: Vec<_> = problems.iter().map(|p| p.field.as_str()).collect();
        let expected = [
            "settings.account_id",
            "settings.page_id",
            "settings.number",
            "secrets.access_token",
            "secrets.app_secret",
        ];
        assert_eq!(fields, expected);
    }
}
