//! A last guard over every line: what looks like a secret is not written.
//!
//! Settings hold secrets in a type that doesn't print them. What is left is what others say in their errors: a
//! URL with its password, a header, a token.

use std::{
    borrow::Cow,
    io::{self, Write},
};

/// What is shown instead.
const MASK: &str = "***";

/// What a secret follows, and whether that is shown. Each is at least [`SHORTEST`] long.
const MARKS: [(&str, bool); 5] = [
    ("Bearer ", true),
    ("Basic ", true),
    // API keys of Wafaa and of OpenAI, and what every JWT begins with.
    ("wk_", false),
    ("sk-", false),
    ("eyJ", false),
];
const SHORTEST: usize = 16;

/// Masks what is written through it; a write is a line.
pub(super) struct Masked<W>(pub(super) W);

impl<W: Write> Write for Masked<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(line) {
            Ok(text) => self.0.write_all(masked(text).as_bytes())?,
            Err(_) => self.0.write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The text without what looks like a secret.
fn masked(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for (mark, is_shown) in MARKS {
        if text.contains(mark) {
            text = Cow::Owned(without_token(&text, mark, is_shown));
        }
    }
    if text.contains("://") && text.contains('@') {
        text = Cow::Owned(without_passwords(&text));
    }
    text
}

fn without_token(text: &str, mark: &str, is_shown: bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(mark) {
        let (before, found) = rest.split_at(at);
        shown.push_str(before);
        let begins_a_word = !before.ends_with(|c: char| c.is_ascii_alphanumeric());
        let token = &found[mark.len()..];
        let length = token
            .find(|c: char| !(c.is_ascii_alphanumeric() || "-_.+/=~".contains(c)))
            .unwrap_or(token.len());
        let is_secret = begins_a_word && mark.len() + length >= SHORTEST;
        if is_shown || !is_secret {
            shown.push_str(mark);
        }
        shown.push_str(if is_secret { MASK } else { &token[..length] });
        rest = &token[length..];
    }
    shown + rest
}

/// `scheme://user:***@host` of every URL with a password.
fn without_passwords(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, authority) = rest.split_at(at + 3);
        shown.push_str(before);
        let end = authority
            .find(|c: char| c.is_whitespace() || "/\"'<>\\".contains(c))
            .unwrap_or(authority.len());
        let (authority, after) = authority.split_at(end);
        match authority.rsplit_once('@') {
            Some((login, host)) if login.contains(':') => {
                let user = login.split(':').next().unwrap_or_default();
                shown.push_str(user);
                shown.push(':');
                shown.push_str(MASK);
                shown.push('@');
                shown.push_str(host);
            }
            _ => shown.push_str(authority),
        }
        rest = after;
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_not_shown() {
        for (said, shown) in [
            (
                "redis://:hunter2@cache:6379/0 refused",
                "redis://:***@cache:6379/0 refused",
            ),
            (
                "smtp://me:p%40ss@mail, https://a.b/c@d",
                "smtp://me:***@mail, https://a.b/c@d",
            ),
            ("key wk_abcdefghijklmnop.", "key ***"),
            ("sk-proj-abcdefghijklmnop", "***"),
            (
                "{\"token\":\"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln\"}",
                "{\"token\":\"***\"}",
            ),
            (
                "Authorization: Basic dXNlcjpwYXNzd29yZA==",
                "Authorization: Basic ***",
            ),
        ] {
            assert_eq!(masked(said), shown);
        }
    }

    #[test]
    fn everything_else_is_shown_as_it_is() {
        for said in [
            "task-1 ran",
            "a desk-bound person with a risk-averse-attitude-problem",
            "Bearer of news",
            "https://wafaa.example/docs?x=a@b",
            "listening on http://127.0.0.1:8000",
            "مرحبا eyJ wk_ sk-",
        ] {
            assert_eq!(masked(said), said);
        }
    }
}
