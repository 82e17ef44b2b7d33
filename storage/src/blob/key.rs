//! The names of blobs.

use wafaa_domain::DocumentId;

/// The name of one blob within a tenant: made from ids, so that it is always a harmless file name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlobKey {
    document: DocumentId,
    version: i32,
    kind: &'static str,
}

impl BlobKey {
    /// What was uploaded as this version of the document.
    #[must_use]
    pub const fn original(document: DocumentId, version: i32) -> Self {
        Self {
            document,
            version,
            kind: "original",
        }
    }

    /// The blocks that were read from it.
    #[must_use]
    pub const fn parsed(document: DocumentId, version: i32) -> Self {
        Self {
            document,
            version,
            kind: "parsed",
        }
    }

    /// The file's name.
    pub(super) fn name(&self) -> String {
        format!("{}-{}.{}", self.document, self.version, self.kind)
    }

    /// The directory it is in: two hex digits. An id begins with its time, so its last byte spreads better.
    pub(super) fn shard(&self) -> String {
        hex::encode(&self.document.uuid().as_bytes()[15..])
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
            let same = keys.iter().filter(|other| other.name() == key.name());
            assert_eq!(same.count(), 1);
            assert_eq!(key.shard().len(), 2);
        }
    }
}
