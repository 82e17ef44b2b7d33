//! What is in a Slack message, and Slack's way of writing it.

use serde_json::Value;
use wafaa_domain::{Content, Media, MediaKind};

use crate::json::{list, string, text};

/// The contents of a message: its words, or its files, the first of them with the words.
pub(super) fn of(message: &Value) -> Vec<Content> {
    let words = plain(text(message, "/text").unwrap_or_default());
    let mut contents: Vec<Content> = list(message, "/files").iter().map(file).collect();
    match contents.first_mut() {
        Some(Content::Media(media)) => {
            media.caption = Some(words).filter(|words| !words.is_empty())
        }
        Some(_) => {}
        None if words.is_empty() => contents.push(Content::Unsupported {
            name: "empty".into(),
        }),
        None => contents.push(Content::Text { text: words }),
    }
    contents
}

/// Files of other workspaces, or beyond a free plan's limit, have no address.
fn file(file: &Value) -> Content {
    let url = string(file, "/url_private_download").or_else(|| string(file, "/url_private"));
    if url.is_none() {
        return Content::Unsupported {
            name: "file".into(),
        };
    }
    let media_type = string(file, "/mimetype");
    let family = media_type
        .as_deref()
        .and_then(|kind| kind.split('/').next());
    Content::Media(Media {
        kind: match family {
            Some("image") => MediaKind::Image,
            Some("audio") => MediaKind::Audio,
            Some("video") => MediaKind::Video,
            _ => MediaKind::Document,
        },
        provider_ref: url,
        media_type,
        filename: string(file, "/name"),
        caption: None,
        bytes: None,
        refused: None,
    })
}

/// Slack's text as people read it: `<…>` resolved, the three escaped characters restored, a mention in front removed.
pub(super) fn plain(text: &str) -> String {
    let mut rest = text.trim_start();
    if let Some((_, after)) = rest
        .strip_prefix("<@")
        .and_then(|mention| mention.split_once('>'))
    {
        rest = after.trim_start();
    }
    let mut plain = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once('<') {
        let Some((inside, others)) = after.split_once('>') else {
            break;
        };
        plain.push_str(before);
        plain.push_str(&resolved(inside));
        rest = others;
    }
    plain.push_str(rest);
    unescape(plain.trim())
}

/// What stands between the angle brackets: a mention, a channel, a command or a link, perhaps with a label.
fn resolved(inside: &str) -> String {
    let (target, label) = match inside.split_once('|') {
        Some((target, label)) => (target, Some(label).filter(|label| !label.is_empty())),
        None => (inside, None),
    };
    match (target.chars().next(), label) {
        (Some('#'), Some(label)) => format!("#{label}"),
        (Some('@'), Some(label)) => format!("@{label}"),
        (Some('!'), label) => format!("@{}", label.unwrap_or(&target[1..]).trim_start_matches('@')),
        (_, Some(label)) if target.ends_with(label) => label.to_owned(),
        (_, Some(label)) => format!("{label} ({target})"),
        (_, None) => target.to_owned(),
    }
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Text as Slack wants it.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slacks_text_becomes_what_people_read() {
        let cases = [
            ("<@U0LAN0Z89> is it &lt;open&gt; now?", "is it <open> now?"),
            (
                "see <https://shop.example|the shop>",
                "see the shop (https://shop.example)",
            ),
            ("see <http://shop.example|shop.example>", "see shop.example"),
            ("<https://shop.example>", "https://shop.example"),
            (
                "ask <@U1|sam> in <#C1|help> <!here>",
                "ask @sam in #help @here",
            ),
            ("a < b &amp;&amp; c", "a < b && c"),
            ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ];
        for (slack, people) in cases {
            assert_eq!(plain(slack), people);
        }
    }

    proptest! {
        #[test]
        fn what_we_write_reads_back(text in "[a-zé&<> ;]{0,40}") {
            prop_assert_eq!(plain(&escape(&text)), text.trim());
        }

        #[test]
        fn no_text_is_too_odd(text in "[<>@#!|a&;]{0,40}") {
            plain(&text);
        }
    }
}
