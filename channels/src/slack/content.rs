//! What is in a Slack message, and Slack's way of writing it.

use serde_json::Value;
use wafaa_domain::{Content, Media, MediaKind};

use crate::json::{is_true, list, string, text};

/// The contents of a message to this bot: its words, or its files, the first that can be had with the words.
pub(super) fn of(message: &Value, bot: Option<&str>) -> Vec<Content> {
    let words = words(message, bot);
    let mut contents: Vec<Content> = list(message, "/files").iter().map(file).collect();
    if words.is_empty() && contents.is_empty() {
        contents.push(Content::Unsupported {
            name: "empty".into(),
        });
    }
    if words.is_empty() {
        return contents;
    }
    match contents.iter_mut().find_map(media) {
        Some(media) => media.caption = Some(words),
        None => contents.insert(0, Content::Text { text: words }),
    }
    contents
}

fn media(content: &mut Content) -> Option<&mut Media> {
    if let Content::Media(media) = content {
        Some(media)
    } else {
        None
    }
}

/// What is written, and below it the messages that are forwarded with it. Slack unfolds a mere link to a message in the
/// same form.
fn words(message: &Value, bot: Option<&str>) -> String {
    let written = plain(text(message, "/text").unwrap_or_default(), bot);
    let forwarded = list(message, "/attachments")
        .iter()
        .filter(|attachment| is_true(attachment, "/is_share"))
        .filter_map(|attachment| {
            text(attachment, "/text").or_else(|| text(attachment, "/fallback"))
        })
        .map(|text| plain(text, None));
    let words: Vec<String> = [written]
        .into_iter()
        .chain(forwarded)
        .filter(|words| !words.is_empty())
        .collect();
    words.join("\n")
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

/// Slack's text as people read it: `<…>` resolved, the three escaped characters restored, a mention of the bot in
/// front removed.
pub(super) fn plain(text: &str, bot: Option<&str>) -> String {
    let mut rest = text.trim_start();
    if let Some((mentioned, after)) = rest
        .strip_prefix("<@")
        .and_then(|mention| mention.split_once('>'))
        && mentioned.split('|').next() == bot
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
            ("<@UBOT> is it &lt;open&gt; now?", "is it <open> now?"),
            ("<@UBOT|bot> hi <@UBOT>", "hi @UBOT"),
            ("<@U2> says so", "@U2 says so"),
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
            assert_eq!(plain(slack, Some("UBOT")), people);
        }
    }

    proptest! {
        #[test]
        fn what_we_write_reads_back(text in "[a-zé&<> ;]{0,40}") {
            prop_assert_eq!(plain(&escape(&text), Some("UBOT")), text.trim());
        }

        #[test]
        fn no_text_is_too_odd(text in "[<>@#!|a&;]{0,40}") {
            plain(&text, Some(""));
        }
    }
}
