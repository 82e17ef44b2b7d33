//! Lists, a page at a time: `?limit=&cursor=` in, `{"data": […], "next_cursor": …}` out.
//!
//! A cursor is opaque to clients; inside it is the place of the last item of the page.

use std::str::FromStr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use poem_openapi::{
    Object,
    types::{ParseFromJSON, ToJSON, Type},
};
use wafaa_storage::Page;

use crate::error::{Error, Result};

/// Items on a page when the client doesn't say.
const LIMIT: u64 = 50;

/// A page of a list.
#[derive(Debug, Object)]
pub(crate) struct List<T: Type + ParseFromJSON + ToJSON> {
    /// The items.
    pub(crate) data: Vec<T>,
    /// What to ask for the next page with; null on the last.
    pub(crate) next_cursor: Option<String>,
}

impl<T: Type + ParseFromJSON + ToJSON> List<T> {
    /// A page of rows, each shown by `show`, whose place is what `place` says of its last.
    pub(crate) fn of<R, P: ToString>(
        page: Page<R>,
        place: impl Fn(&R) -> P,
        show: impl Fn(R) -> T,
    ) -> Self {
        let last = page.rows.last().filter(|_| page.more).map(place);
        Self {
            data: page.rows.into_iter().map(show).collect(),
            next_cursor: last.map(|place| URL_SAFE_NO_PAD.encode(place.to_string())),
        }
    }

    /// All there is, on one page.
    pub(crate) fn whole(items: impl Iterator<Item = T>) -> Self {
        Self {
            data: items.collect(),
            next_cursor: None,
        }
    }
}

/// How many items to answer.
pub(crate) fn limit(asked: Option<u64>) -> u64 {
    asked.unwrap_or(LIMIT)
}

/// The place a cursor names.
pub(crate) fn place<P: FromStr>(cursor: Option<&String>) -> Result<Option<P>> {
    let Some(cursor) = cursor else {
        return Ok(None);
    };
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|place| place.parse().ok())
        .map(Some)
        .ok_or_else(|| Error::Cursor(cursor.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        let page = Page {
            rows: vec![1_i64, 2],
            more: true,
        };
        let list = List::of(page, |row| *row, |row| row);
        assert_eq!(place::<i64>(list.next_cursor.as_ref()).ok(), Some(Some(2)));
        assert!(matches!(
            place::<i64>(Some(&"rubbish".to_owned())),
            Err(Error::Cursor(_))
        ));
        assert!(matches!(place::<i64>(None), Ok(None)));
    }

    #[test]
    fn the_last_page_has_no_cursor() {
        let page = Page {
            rows: vec![1_i64],
            more: false,
        };
        assert_eq!(List::of(page, |row| *row, |row| row).next_cursor, None);
    }
}
