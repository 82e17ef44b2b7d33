//! The names of blobs.

use std::{fmt, str::FromStr};

use wafaa_domain::{DocumentId, MessageId};

/// The name of one blob within a tenant: made from ids, so that it is always a harmless file name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlobKey {
    owner: Owner,
    version: i32,
    kind: &'static str,
}

/// What a blob belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Owner {
    Document(DocumentId),
    Message(MessageId),
}

const ORIGINAL: &str = "original";
const PARSED: &str = "parsed";
const REPORT: &str = "report";
const MEDIA: &str = "media";

/// The text is not the name of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a blob is called `<document id>-<version>.original`, `….parsed` or `….report`, or `<message id>-1.media`"
)]
pub struct InvalidKey;

impl BlobKey {
    /// What was uploaded as this version of the document.
    #[must_use]
    pub const fn original(document: DocumentId, version: i32) -> Self {
        Self {
            owner: Owner::Document(document),
            version,
            kind: ORIGINAL,
        }
    }

    /// The blocks that were read from it.
    #[must_use]
    pub const fn parsed(document: DocumentId, version: i32) -> Self {
        Self {
            owner: Owner::Document(document),
            version,
            kind: PARSED,
        }
    }

    /// What was read of a document, counted, and what was not.
    #[must_use]
    pub const fn report(document: DocumentId, version: i32) -> Self {
        Self {
            owner: Owner::Document(document),
            version,
            kind: REPORT,
        }
    }

    /// The file that came with a message, or goes with it.
    #[must_use]
    pub const fn media(message: MessageId) -> Self {
        Self {
            owner: Owner::Message(message),
            version: 1,
            kind: MEDIA,
        }
    }

    /// The id of the document or message it belongs to.
    #[must_use]
    pub fn owner(&self) -> String {
        match self.owner {
            Owner::Document(id) => id.to_string(),
            Owner::Message(id) => id.to_string(),
        }
    }

    /// Whether it is what was uploaded or sent, not what was made of it.
    #[must_use]
    pub fn is_original(&self) -> bool {
        matches!(self.kind, ORIGINAL | MEDIA)
    }

    /// The directory it is in: two hex digits. An id begins with its time, so its last byte spreads better.
    pub(super) fn shard(&self) -> String {
        let id = match self.owner {
            Owner::Document(id) => id.uuid(),
            Owner::Message(id) => id.uuid(),
        };
        hex::encode(&id.as_bytes()[15..])
    }
}

/// The file's name.
impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}.{}", self.owner(), self.version, self.kind)
    }
}

impl FromStr for BlobKey {
    type Err = InvalidKey;

    fn from_str(name: &str) -> Result<Self, InvalidKey> {
        let parts = || {
            let (stem, kind) = name.rsplit_once('.')?;
            let (owner, version) = stem.rsplit_once('-')?;
            let version: i32 = version.parse().ok().filter(|version| *version > 0)?;
            if kind == MEDIA {
                return Some(Self::media(owner.parse().ok()?));
            }
            Some(Self {
                owner: Owner::Document(owner.parse().ok()?),
                version,
                kind: [ORIGINAL, PARSED, REPORT]
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
            BlobKey::report(one, 1),
            BlobKey::original(two, 1),
            BlobKey::media(MessageId::new()),
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
        let (id, message) = (DocumentId::new(), MessageId::new());
        for name in [
            format!("{id}-1.media"),
            format!("{message}-1.original"),
            format!("{message}-2.media"),
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
