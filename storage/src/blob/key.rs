//! The names of blobs.

use std::{fmt, str::FromStr};

use wafaa_domain::DocumentId;

/// The name of one blob within a tenant: made from ids, so that it is always a harmless file name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlobKey {
    document: DocumentId,
    version: i32,
    kind: &'static str,
}

const ORIGINAL: &str = "original";
const PARSED: &str = "parsed";

/// The text is not the name of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a blob is called `<document id>-<version>.original` or `….parsed`")]
pub struct InvalidKey;

impl BlobKey {
    /// What was uploaded as this version of the document.
    #[must_use]
    pub const fn original(document: DocumentId, version: i32) -> Self {
        Self {
            document,
            version,
            kind: ORIGINAL,
        }
    }

    /// The blocks that were read from it.
    #[must_use]
    pub const fn parsed(document: DocumentId, version: i32) -> Self {
        Self {
            document,
            version,
            kind: PARSED,
        }
    }

    /// The document it belongs to.
    #[must_use]
    pub const fn document(&self) -> DocumentId {
        self.document
    }

    /// Whether it is what was uploaded, not what was made of it.
    #[must_use]
    pub fn is_original(&self) -> bool {
        self.kind == ORIGINAL
    }

    /// The directory it is in: two hex digits. An id begins with its time, so its last byte spreads better.
    pub(super) fn shard(&self) -> String {
        hex::encode(&self.document.uuid().as_bytes()[15..])
    }
}

/// The file's name.
impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}.{}", self.document, self.version, self.kind)
    }
}

impl FromStr for BlobKey {
    type Err = InvalidKey;

    fn from_str(name: &str) -> Result<Self, InvalidKey> {
        let parts = || {
            let (stem, kind) = name.rsplit_once('.')?;
            let (document, version) = stem.rsplit_once('-')?;
            Some(Self {
                document: document.parse().ok()?,
                version: version.parse().ok().filter(|version| *version > 0)?,
                kind: [ORIGINAL, PARSED]
                    .into_iter()
                    .find(|known| *known == kind)?,
            })
        };
        let key = parts().ok_or(InvalidKey)?;
        // One name for one blob: no leading zeroes, no capitals.
        (key.to_string() == name).then_some(key).ok_or(InvalidKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_versions_and_documents_differ() {
        let (one, two) = (DocumentId::new(), DocumentId::new());
        let keys = [
            BlobKey::original(one, 1),
            BlobKey::original(one, 2),
            BlobKey::parsed(one, 1),
            BlobKey::original(two, 1),
        ];
        for key in &keys {
            let same = keys
                .iter()
                .filter(|other| other.to_string() == key.to_string());
            assert_eq!(same.count(), 1);
            assert_eq!(key.to_string().parse(), Ok(*key));
            assert_eq!(key.shard().len(), 2);
        }
    }

    #[test]
    fn other_names_are_no_keys() {
        let id = DocumentId::new();
        for name in [
            format!("{id}-01.original"),
            format!("{id}-0.original"),
            format!("{id}-1.other"),
            format!("../{id}-1.original"),
            format!("{}-1.original", id.to_string().to_uppercase()),
            String::new(),
        ] {
            assert_eq!(name.parse::<BlobKey>(), Err(InvalidKey), "{name}");
        }
    }
}
