//! How much there is: tables, fragments, bytes. For operators, who see no tenant's content by it.

use std::ops::AddAssign;

use super::{Error, tenant::Tenant};

/// What vector tables come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    /// Tables.
    pub tables: u64,
    /// Fragments of all tables. Each costs a search half a millisecond or more.
    pub fragments: u64,
    /// Fragments of the table that has most.
    pub most_fragments: u64,
    /// Bytes: on a local disk of all files, indices and old versions included; in an object store of the
    /// live data only, which is what can be told without listing it.
    pub bytes: u64,
}

impl AddAssign for Extent {
    fn add_assign(&mut self, other: Self) {
        self.tables += other.tables;
        self.fragments += other.fragments;
        self.most_fragments = self.most_fragments.max(other.most_fragments);
        self.bytes += other.bytes;
    }
}

impl Tenant {
    /// What the tenant's tables come to.
    pub(super) async fn extent(&self) -> Result<Extent, Error> {
        let mut extent = Extent::default();
        for table in self.all().await? {
            let (fragments, bytes) = table.extent().await?;
            extent += Extent {
                tables: 1,
                fragments,
                most_fragments: fragments,
                bytes,
            };
        }
        if let Some(bytes) = self.bytes_on_disk().await? {
            extent.bytes = bytes;
        }
        Ok(extent)
    }
}
