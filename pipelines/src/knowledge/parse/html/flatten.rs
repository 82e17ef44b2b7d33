//! Makes any HTML cheap for a DOM parser: only structural tags survive, nested to a bounded depth.
//!
//! What must stay true: one pass over the bytes, so 200,000 nested or unclosed tags cost what their length
//! costs; text is never dropped with a tag, except inside elements that hold no text for people.
//! Formatting tags go because the tree builder reopens each unclosed one in every paragraph (quadratic).

use std::borrow::Cow;

use crate::knowledge::parse::error::Error;
use crate::knowledge::parse::limits::{MAX_HTML_DEPTH, MAX_HTML_TAGS};

const STRUCTURAL: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "caption",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "img",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
];
/// Elements whose content is code, pictures or controls.
pub(super) const SILENT: &[&str] = &[
    "script", "style", "template", "svg", "math", "noscript", "iframe", "object", "select",
    "button", "textarea", "canvas", "video", "audio", "map",
];
const VOID: &[&str] = &["br", "hr", "img"];
/// Elements the next of their kind closes; left open they don't nest.
const SELF_CLOSING: &[&str] = &[
    "p", "li", "dd", "dt", "tr", "td", "th", "thead", "tbody", "tfoot",
];
/// A tag longer than this keeps its name only; attributes cost the parser quadratic time.
pub(super) const LONGEST_TAG: usize = 2048;

pub(super) fn flatten(html: &str) -> Result<String, Error> {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    let mut depth = 0_usize;
    let mut tags = 0_usize;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(tag) = Tag::read(rest) else {
            rest = match skip_declaration(rest) {
                Some(after) => after,
                None => {
                    out.push_str("&lt;");
                    &rest[1..]
                }
            };
            continue;
        };
        rest = &rest[tag.source.len()..];
        tags += 1;
        if tags > MAX_HTML_TAGS {
            return Err(Error::too_complex("more than 1,000,000 HTML tags"));
        }
        if SILENT.contains(&&*tag.name) {
            if !tag.closing && !tag.source.ends_with("/>") {
                rest = after_closing(rest, &tag.name);
            }
            out.push(' ');
        } else if STRUCTURAL.contains(&&*tag.name) {
            keep(&tag, &mut depth, &mut out);
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn keep(tag: &Tag<'_>, depth: &mut usize, out: &mut String) {
    if !VOID.contains(&&*tag.name) && !SELF_CLOSING.contains(&&*tag.name) {
        if tag.closing {
            *depth = depth.saturating_sub(1);
        } else {
            *depth += 1;
        }
        if *depth >= MAX_HTML_DEPTH {
            out.push(' ');
            return;
        }
    }
    if tag.source.len() <= LONGEST_TAG {
        out.push_str(tag.source);
    } else {
        out.push_str(if tag.closing { "</" } else { "<" });
        out.push_str(&tag.name);
        out.push('>');
    }
}

pub(super) struct Tag<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) closing: bool,
    pub(super) source: &'a str,
}

impl<'a> Tag<'a> {
    /// Reads `<name …>` or `</name …>` at the start of `text`.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let inner = text.strip_prefix('<')?;
        let closing = inner.starts_with('/');
        let inner = inner.strip_prefix('/').unwrap_or(inner);
        if !inner.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return None;
        }
        let end = inner
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(inner.len());
        let name = match &inner[..end] {
            name if name.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                Cow::Owned(name.to_ascii_lowercase())
            }
            name => Cow::Borrowed(name),
        };
        let source = &text[..tag_end(text)];
        Some(Self {
            name,
            closing,
            source,
        })
    }
}

/// Where a tag ends: at `>` outside quotes, or at the first `>` when a quote stays open.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().take(LONGEST_TAG * 8) {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    text.find('>').map_or(text.len(), |at| at + 1)
}

/// Comments, doctypes and processing instructions.
pub(super) fn skip_declaration(text: &str) -> Option<&str> {
    if let Some(comment) = text.strip_prefix("<!--") {
        return Some(comment.find("-->").map_or("", |at| &comment[at + 3..]));
    }
    let declaration = text.starts_with("<!") || text.starts_with("<?") || text.starts_with("</");
    declaration.then(|| text.find('>').map_or("", |at| &text[at + 1..]))
}

pub(super) fn after_closing<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = &rest[at..];
        let Some(candidate) = rest.get(2..2 + name.len()) else {
            return "";
        };
        if candidate.eq_ignore_ascii_case(name) {
            return rest.find('>').map_or("", |end| &rest[end + 1..]);
        }
        rest = &rest[2..];
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_structure_and_drops_the_rest() {
        let html = "<!DOCTYPE html><!-- x --><P class='a'>Price <b>12</b> &lt; 15, 3 < 4<script>if (a<b) {}</script></P>";
        assert_eq!(
            flatten(html).unwrap(),
            "<P class='a'>Price 12 &lt; 15, 3 &lt; 4 </P>"
        );
    }

    #[test]
    fn depth_is_bounded_and_text_survives() {
        let html = format!(
            "{}deep{}",
            "<div>".repeat(200_000),
            "</div>".repeat(200_000)
        );
        let flat = flatten(&html).unwrap();
        assert!(flat.contains("deep"));
        assert!(flat.matches("<div>").count() < MAX_HTML_DEPTH);
    }

    #[test]
    fn unclosed_things_end_with_the_text() {
        for html in [
            "<p title=\"x>y</p>",
            "<script>a",
            "<!-- a",
            "a <",
            "</",
            "<p",
        ] {
            flatten(html).unwrap();
        }
    }
}
