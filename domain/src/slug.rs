//! Names that people type: a tenant's slug and a member's e-mail address.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A tenant's short name: 2 to 40 of `a-z`, `0-9` and inner `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

/// The text can't be a slug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a slug has 2 to 40 characters of a-z, 0-9 and inner hyphens, such as `bayt-falafel`")]
pub struct InvalidSlug;

impl FromStr for Slug {
    type Err = InvalidSlug;

    fn from_str(text: &str) -> Result<Self, InvalidSlug> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let valid = (2..=40).contains(&text.len())
            && text.chars().all(allowed)
            && !text.starts_with('-')
            && !text.ends_with('-');
        valid.then(|| Self(text.to_owned())).ok_or(InvalidSlug)
    }
}

/// An e-mail address in lower case, which is how members are looked up.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// The text can't be an e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address looks like `name@example.com`")]
pub struct InvalidEmail;

impl FromStr for Email {
    type Err = InvalidEmail;

    /// Checks the shape only; whether mail arrives is found out by sending some.
    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let address = text.trim().to_lowercase();
        let Some((local, host)) = address.rsplit_once('@') else {
            return Err(InvalidEmail);
        };
        let valid = !local.is_empty()
            && host.contains('.')
            && !host.starts_with('.')
            && !host.ends_with('.')
            && address.len() <= 254
            && !address.chars().any(|c| c.is_whitespace() || c.is_control());
        valid.then_some(Self(address)).ok_or(InvalidEmail)
    }
}

macro_rules! text {
    ($type:ident, $error:ident) => {
        impl $type {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $type {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.0
            }
        }
    };
}

text!(Slug, InvalidSlug);
text!(Email, InvalidEmail);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_checked() {
        assert!("bayt-falafel".parse::<Slug>().is_ok());
        for bad in ["", "a", "-ab", "ab-", "A b", "ab/c", "مطعم"] {
            assert_eq!(bad.parse::<Slug>(), Err(InvalidSlug), "{bad}");
        }
    }

    #[test]
    fn addresses_are_lower_cased_and_checked() {
        assert_eq!(
            "Admin@Bayt.example".parse::<Email>().map(String::from),
            Ok("admin@bayt.example".into())
        );
        for bad in ["", "admin", "@x.y", "a@b", "a b@c.d", "a@.d"] {
            assert_eq!(bad.parse::<Email>(), Err(InvalidEmail), "{bad}");
        }
    }
}
