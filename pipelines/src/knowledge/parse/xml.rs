//! XML read token by token, for the formats that no reader of ours knows as a whole.
//!
//! What must stay true: nesting is bounded; names come without their namespace's prefix; a reference to an
//! entity that XML itself doesn't define is nothing, so none can expand.

use std::borrow::Cow;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::error::Error;
use super::limits::MAX_XML_DEPTH;

pub(crate) enum Token<'a> {
    Open(&'a Element<'a>),
    Close(&'a str),
    Text(&'a str),
}

pub(crate) struct Element<'a>(BytesStart<'a>);

impl Element<'_> {
    pub(crate) fn name(&self) -> &str {
        self.0.local_name().into_inner()
    }

    /// The value of the attribute with this local name.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let mut attributes = self.0.attributes();
        let found = attributes
            .with_checks(false)
            .filter_map(Result::ok)
            .find(|attribute| attribute.key.local_name().into_inner() == name)?;
        let value = found.normalized_value(XmlVersion::Implicit1_0);
        value.ok().map(Cow::into_owned)
    }

    /// A count, such as of cells spanned; 1 where there is none.
    pub(crate) fn count(&self, name: &str) -> usize {
        let value = self.attribute(name).and_then(|value| value.parse().ok());
        value.unwrap_or(1).max(1)
    }
}

/// Hands every token to `take`; an empty element is opened and closed. Answers whether all of it could be read.
pub(crate) fn walk(
    xml: &str,
    mut take: impl FnMut(Token<'_>) -> Result<(), Error>,
) -> Result<bool, Error> {
    let mut reader = Reader::from_str(xml);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut depth = 0_usize;
    loop {
        let Ok(event) = reader.read_event() else {
            return Ok(false);
        };
        match event {
            Event::Start(start) => {
                depth += 1;
                if depth > MAX_XML_DEPTH {
                    return Err(Error::too_complex("it is nested too deeply"));
                }
                take(Token::Open(&Element(start)))?;
            }
            Event::Empty(start) => {
                let element = Element(start);
                take(Token::Open(&element))?;
                take(Token::Close(element.name()))?;
            }
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                take(Token::Close(end.local_name().into_inner()))?;
            }
            Event::Text(text) => take(Token::Text(&text.into_inner()))?,
            Event::CData(text) => take(Token::Text(&text.into_inner()))?,
            Event::GeneralRef(reference) => {
                if let Some(character) = character(&reference) {
                    take(Token::Text(character.encode_utf8(&mut [0; 4])))?;
                }
            }
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => {}
            Event::Eof => return Ok(true),
        }
    }
}

fn character(reference: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return Some(character);
    }
    Some(match &*reference.xml10_content() {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(xml: &str) -> (String, bool) {
        let mut told = String::new();
        let whole = walk(xml, |token| {
            told.push_str(&match token {
                Token::Open(element) => format!("<{}>", element.name()),
                Token::Close(name) => format!("</{name}>"),
                Token::Text(text) => text.to_owned(),
            });
            Ok(())
        });
        (told, whole.unwrap())
    }

    #[test]
    fn names_lose_prefixes_and_entities_do_not_expand() {
        let xml = "<!DOCTYPE a [<!ENTITY b 'boom'>]><t:a x='1'>1 &lt; 2&#33;&b;<t:s/></t:a>";
        assert_eq!(told(xml), ("<a>1 < 2!<s></s></a>".to_owned(), true));
        assert!(!told("<a><b").1);
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "<a>".repeat(MAX_XML_DEPTH + 1);
        assert!(walk(&deep, |_| Ok(())).is_err());
    }
}
