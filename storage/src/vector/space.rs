//! A vector space: who made the vectors, and how long they are.
//!
//! Vectors of two embedders can't be compared, so each space has a table of its own, named after it and stamped
//! with it: a changed embedder fills a new table while the old one serves.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::Error;

/// What every table's name begins with.
pub(super) const PREFIX: &str = "passages-";
/// Raised when the columns change.
const LAYOUT: &str = "1";
const EMBEDDER: &str = "wafaa.embedder";
const DIMENSION: &str = "wafaa.dimension";
const LAYOUT_KEY: &str = "wafaa.layout";

/// An embedder and the length of its vectors.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Space {
    /// The embedder's stable id, such as `local:all-minilm-l6-v2`.
    pub embedder: String,
    /// The number of components of each vector.
    pub dimension: usize,
}

impl Space {
    /// The table's name: readable, and distinct for distinct embedders by the digest in it.
    pub(super) fn table(&self) -> String {
        let readable: String = self
            .embedder
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_lowercase()
                } else {
                    '_'
                }
            })
            .take(40)
            .collect();
        let digest = hex::encode(&Sha256::digest(self.embedder.as_bytes())[..6]);
        format!("{PREFIX}{readable}-{}-{digest}", self.dimension)
    }

    /// The stamp, as the metadata of the table's schema.
    pub(super) fn stamp(&self) -> HashMap<String, String> {
        HashMap::from([
            (EMBEDDER.to_owned(), self.embedder.clone()),
            (DIMENSION.to_owned(), self.dimension.to_string()),
            (LAYOUT_KEY.to_owned(), LAYOUT.to_owned()),
        ])
    }

    /// Refuses a table whose schema `metadata` carries another stamp.
    pub(super) fn check(&self, metadata: &HashMap<String, String>) -> Result<(), Error> {
        let expected = self.stamp();
        if expected
            .iter()
            .all(|(key, value)| metadata.get(key) == Some(value))
        {
            return Ok(());
        }
        Err(Error::Stamp {
            table: self.table(),
            found: describe(metadata),
            expected: describe(&expected),
        })
    }
}

fn describe(metadata: &HashMap<String, String>) -> String {
    let value = |key| metadata.get(key).map_or("nothing", String::as_str);
    format!(
        "{} of {} components, layout {}",
        value(EMBEDDER),
        value(DIMENSION),
        value(LAYOUT_KEY)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(embedder: &str, dimension: usize) -> Space {
        Space {
            embedder: embedder.into(),
            dimension,
        }
    }

    #[test]
    fn spaces_that_look_alike_have_tables_of_their_own() {
        let names = [
            space("a/b", 3).table(),
            space("a:b", 3).table(),
            space("a/b", 4).table(),
            space("نموذج", 3).table(),
        ];
        for name in &names {
            assert!(
                name.chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)),
                "{name}"
            );
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1);
        }
    }

    #[test]
    fn a_stamp_of_another_embedder_is_refused() {
        let stamp = space("a", 3).stamp();
        assert!(space("a", 3).check(&stamp).is_ok());
        assert!(matches!(
            space("b", 3).check(&stamp),
            Err(Error::Stamp { .. })
        ));
        assert!(matches!(
            space("a", 3).check(&HashMap::new()),
            Err(Error::Stamp { .. })
        ));
    }
}
