//! The names of an archive's members: parsed, so that no name that somebody chose becomes a path.

use std::{fmt, str::FromStr};

use wafaa_domain::TenantId;
use wafaa_storage::blob::BlobKey;

pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const CHECKSUMS: &str = "checksums.json";
const PLATFORM: &str = "platform";

/// A member with content of a tenant or of the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Member {
    /// Rows of a table that are no tenant's; the number tells one part from the next.
    PlatformRows { table: String, part: u32 },
    /// Rows of a tenant.
    Rows {
        tenant: TenantId,
        table: String,
        part: u32,
    },
    /// A blob of a tenant.
    Blob { tenant: TenantId, key: BlobKey },
    /// A file as it was uploaded, under its own name; in exports.
    File { tenant: TenantId, name: String },
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PlatformRows { table, part } => {
                write!(f, "{PLATFORM}/rows/{table}-{part:06}.jsonl")
            }
            Self::Rows {
                tenant,
                table,
                part,
            } => write!(f, "{tenant}/rows/{table}-{part:06}.jsonl"),
            Self::Blob { tenant, key } => write!(f, "{tenant}/blobs/{key}"),
            Self::File { tenant, name } => write!(f, "{tenant}/files/{name}"),
        }
    }
}

/// The text is not the name of a member.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownMember;

impl FromStr for Member {
    type Err = UnknownMember;

    fn from_str(text: &str) -> Result<Self, UnknownMember> {
        let parse = || {
            let (owner, rest) = text.split_once('/')?;
            let (kind, name) = rest.split_once('/')?;
            if name.contains('/') {
                return None;
            }
            if kind == "rows" {
                let (table, part) = name.strip_suffix(".jsonl")?.rsplit_once('-')?;
                let (table, part) = (table.to_owned(), part.parse().ok()?);
                if owner == PLATFORM {
                    return Some(Self::PlatformRows { table, part });
                }
                let tenant = owner.parse().ok()?;
                return Some(Self::Rows {
                    tenant,
                    table,
                    part,
                });
            }
            let tenant = owner.parse().ok()?;
            match kind {
                "blobs" => Some(Self::Blob {
                    tenant,
                    key: name.parse().ok()?,
                }),
                "files" => Some(Self::File {
                    tenant,
                    name: name.to_owned(),
                }),
                _ => None,
            }
        };
        let member = parse().ok_or(UnknownMember)?;
        (member.to_string() == text)
            .then_some(member)
            .ok_or(UnknownMember)
    }
}

#[cfg(test)]
mod tests {
    use wafaa_domain::DocumentId;

    use super::*;

    #[test]
    fn names_read_back_and_others_are_refused() {
        let tenant = TenantId::new();
        let members = [
            Member::PlatformRows {
                table: "members".into(),
                part: 1,
            },
            Member::Rows {
                tenant,
                table: "job_barriers".into(),
                part: 12,
            },
            Member::Blob {
                tenant,
                key: BlobKey::parsed(DocumentId::new(), 2),
            },
        ];
        for member in members {
            assert_eq!(member.to_string().parse(), Ok(member));
        }
        for name in [
            "",
            "rows/members-000001.jsonl",
            "../rows/members-000001.jsonl",
            "platform/rows/../x-000001.jsonl",
            "platform/rows/members-1.jsonl",
            "platform/blobs/x",
        ] {
            assert_eq!(name.parse::<Member>(), Err(UnknownMember), "{name}");
        }
    }
}
