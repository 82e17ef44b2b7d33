//! What a page says to crawlers: where it leads, what it is rightly called, whether it may be kept.
//!
//! What must stay true: one pass over the text, as in `flatten`; attributes are read by the HTML parser, from
//! tags set side by side, so that neither nesting nor formatting costs anything.

use std::collections::HashSet;

use scraper::node::Element;
use scraper::{Html, Node};

use super::flatten::{LONGEST_TAG, SILENT, Tag, after_closing, skip_declaration};
use crate::knowledge::parse::limits::MAX_LINKS;
use crate::knowledge::parse::site::Directives;

/// By what a wanted tag is known once all are of one kind.
const NAME: &str = "data-wafaa-tag";
/// The longest address that is followed.
const LONGEST_LINK: usize = 2_000;

/// What a page says to crawlers. Addresses are as they are written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// What the others begin from.
    pub(crate) base: Option<String>,
    pub(crate) canonical: Option<String>,
    pub(crate) directives: Directives,
    /// Each once, but for those that are not to be followed.
    pub(crate) links: Vec<String>,
}

pub(super) fn of(html: &str) -> Marks {
    let mut marks = Marks::default();
    let mut met = HashSet::new();
    let document = Html::parse_fragment(&wanted(html));
    for node in document.tree.values() {
        if let Node::Element(element) = node {
            marks.add(element, &mut met);
        }
    }
    marks
}

/// The tags that say something to crawlers, as void elements.
fn wanted(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    let mut tags = 0;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        let Some(tag) = Tag::read(rest) else {
            rest = skip_declaration(rest).unwrap_or(&rest[1..]);
            continue;
        };
        rest = &rest[tag.source.len()..];
        if tag.closing {
            continue;
        }
        if SILENT.contains(&&*tag.name) {
            // An image map is silent, but leads on.
            if tag.name != "map" && !tag.source.ends_with("/>") {
                rest = after_closing(rest, &tag.name);
            }
            continue;
        }
        let is_wanted = matches!(&*tag.name, "a" | "area" | "base" | "link" | "meta");
        if !is_wanted || tag.source.len() > LONGEST_TAG {
            continue;
        }
        let attributes = &tag.source[1 + tag.name.len()..];
        out.push_str(&format!("<img {NAME}=\"{}\"{attributes}", tag.name));
        tags += 1;
        if tags > 2 * MAX_LINKS {
            break;
        }
    }
    out
}

impl Marks {
    fn add(&mut self, element: &Element, met: &mut HashSet<String>) {
        let href = element.attr("href").map(str::trim);
        let href = href.filter(|href| !href.is_empty() && href.len() <= LONGEST_LINK);
        let is = |relation: &str| {
            let relations = element.attr("rel").unwrap_or_default();
            let mut relations = relations.split_ascii_whitespace();
            relations.any(|one| one.eq_ignore_ascii_case(relation))
        };
        match (element.attr(NAME), href) {
            (Some("base"), Some(href)) => {
                self.base.get_or_insert_with(|| href.to_owned());
            }
            (Some("link"), Some(href)) if is("canonical") => {
                self.canonical.get_or_insert_with(|| href.to_owned());
            }
            (Some("a" | "area"), Some(href)) if !is("nofollow") && self.links.len() < MAX_LINKS => {
                if met.insert(href.to_owned()) {
                    self.links.push(href.to_owned());
                }
            }
            (Some("meta"), _) => {
                let name = element.attr("name").unwrap_or_default();
                if name.eq_ignore_ascii_case("robots") || name.eq_ignore_ascii_case("wafaa") {
                    let content = element.attr("content").unwrap_or_default();
                    self.directives.also(Directives::of(content));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_and_what_only_looks_like_them_is_not() {
        let marks = of(r#"<!DOCTYPE html><html><head><base href="/shop/">
            <link rel="stylesheet" href="s.css"><LINK REL=Canonical HREF='https://a.example/x?a=1&amp;b=2'>
            <meta name="Robots" content="NoFollow, max-snippet:10"><script>"<a href='js'>"</script></head>
            <body><!-- <a href="comment"> --><nav><a class=x href="menu">Menu</a></nav>
            <a href="menu">again</a><a rel="noopener nofollow" href="no">no</a><a name="here">x</a>
            <map><area href=area></map><noscript><a href="hidden">x</a></noscript><a href=" last
            ">x"#);
        assert_eq!(marks.base.as_deref(), Some("/shop/"));
        let canonical = marks.canonical.as_deref();
        assert_eq!(canonical, Some("https://a.example/x?a=1&b=2"));
        assert!(marks.directives.nofollow && !marks.directives.noindex);
        assert_eq!(marks.links, ["menu", "area", "last"]);
    }

    #[test]
    fn many_and_broken_tags_come_to_an_end() {
        let many: String = (0..100_000).map(|n| format!("<a href='{n}'>")).collect();
        assert_eq!(of(&many).links.len(), MAX_LINKS);
        for html in [
            "<a href='x",
            "<a",
            "<",
            "<a href=\"x>y</a>",
            "</a",
            "<a/href=z>",
        ] {
            of(html);
        }
        assert_eq!(of("<a/href=z>").links, ["z"]);
    }
}
