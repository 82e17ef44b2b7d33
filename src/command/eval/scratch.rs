//! The stores and models that sets of questions are asked with.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{sets::Set, shelf::Shelf};
use crate::{
    command::scratch::{self, ScratchDir},
    config::Config,
    runtime::Runtime,
};

pub(super) struct Scratch {
    pub(super) runtime: Runtime,
    tenants: AtomicU32,
    _dir: ScratchDir,
}

impl Scratch {
    /// With the models that `config` names, and stores of its own.
    pub(super) async fn open(config: Config) -> anyhow::Result<Self> {
        let dir = ScratchDir::make("eval")?;
        Ok(Self {
            runtime: Runtime::open(dir.of(config)).await?,
            tenants: AtomicU32::new(0),
            _dir: dir,
        })
    }

    /// The articles of `set` that `wanted` picks by number, in a tenant of their own.
    pub(super) async fn shelf(
        &self,
        set: &Set,
        wanted: impl Fn(usize) -> bool,
    ) -> anyhow::Result<Shelf> {
        let number = self.tenants.fetch_add(1, Ordering::Relaxed);
        let services = &self.runtime.services;
        let scope = scratch::tenant(&services.db, &format!("eval-{number}")).await?;
        Shelf::fill(services, scope, set, wanted).await
    }

    /// Frees what the shelf's index takes.
    pub(super) async fn clear(&self, shelf: &Shelf) -> anyhow::Result<()> {
        let vectors = &self.runtime.services.vectors;
        Ok(vectors.remove_tenant(&shelf.scope).await?)
    }
}
