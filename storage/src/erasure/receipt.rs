//! What was erased, in figures.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound as _, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use wafaa_domain::{Slug, TenantId};

/// What was erased of a tenant. It names nobody but the business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The tenant's id.
    pub tenant_id: TenantId,
    /// Its short name.
    pub slug: Slug,
    /// On whose behalf: an operator's id, or `command_line`.
    pub requested_by: String,
    /// When its rows were deleted.
    pub started_at: DateTime<Utc>,
    /// When nothing was left; none as long as something may be.
    pub finished_at: Option<DateTime<Utc>>,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    /// Vectors.
    pub vectors: Vectors,
    /// Uploaded files and what was read from them.
    pub blobs: Files,
    /// Entries of a cache. This version keeps none.
    pub cache_keys: u64,
    /// Mails kept as files. This version keeps none.
    pub mail_files: u64,
    /// SHA-256, in hex, of this receipt without this field, as compact JSON with its keys sorted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sha256: String,
}

/// Vectors that were erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vectors {
    /// Tables.
    pub tables: u64,
    /// Passages in them.
    pub passages: u64,
    /// Bytes on a local disk.
    pub bytes: u64,
}

/// Files that were erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Receipt {
    /// The receipt of an erasure that begins now.
    #[must_use]
    pub fn begun(tenant_id: TenantId, slug: Slug, requested_by: String) -> Self {
        Self {
            tenant_id,
            slug,
            requested_by,
            // As exact as either database keeps it.
            started_at: Utc::now().trunc_subsecs(6),
            finished_at: None,
            rows: BTreeMap::new(),
            vectors: Vectors::default(),
            blobs: Files::default(),
            cache_keys: 0,
            mail_files: 0,
            sha256: String::new(),
        }
    }

    /// Says that nothing is left, and seals the receipt.
    pub fn finish(&mut self) {
        self.finished_at = Some(Utc::now().trunc_subsecs(6));
        self.sha256 = self.digest();
    }

    /// Whether it is as it was sealed.
    #[must_use]
    pub fn is_genuine(&self) -> bool {
        self.finished_at.is_some() && self.sha256 == self.digest()
    }

    fn digest(&self) -> String {
        let unsealed = Self {
            sha256: String::new(),
            ..self.clone()
        };
        let json = serde_json::to_value(unsealed).unwrap_or_default();
        hex::encode(Sha256::digest(sorted(json).to_string()))
    }
}

/// The same with the keys of every object in order, whatever a map of this build keeps them in.
fn sorted(json: Value) -> Value {
    let Value::Object(map) = json else {
        return json;
    };
    let mut entries: Vec<(String, Value)> = map.into_iter().collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    entries
        .into_iter()
        .map(|(key, value)| (key, sorted(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_that_was_changed_shows_it() {
        let slug = "bayt-falafel".parse().expect("a slug");
        let mut receipt = Receipt::begun(TenantId::new(), slug, "command_line".into());
        assert!(!receipt.is_genuine());
        receipt.rows.insert("documents".into(), 3);
        receipt.finish();
        assert!(receipt.is_genuine());
        let json = serde_json::to_string(&receipt).expect("JSON");
        let mut read: Receipt = serde_json::from_str(&json).expect("a receipt");
        assert_eq!(read, receipt);
        read.rows.insert("documents".into(), 2);
        assert!(!read.is_genuine());
    }
}
