//! Each tenant's connection and open tables, for as many tenants as are worth keeping.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use lancedb::{Connection, ObjectStoreRegistry, Session, connection::ConnectBuilder};
use tokio::sync;
use wafaa_domain::TenantId;

use super::{Error, Measure, Space, place::Place, resident::Residents, space, table::Table};

/// Tenants kept open. One costs a connection and, per table, a manifest: some kilobytes.
const MOST_TENANTS: usize = 2_048;
/// How old a table's version may be before the next read looks for a commit of another process. The check
/// lists one directory. Commits through these handles are seen at once whatever this says.
const CONSISTENCY: Duration = Duration::from_millis(500);
/// Bytes of index and of metadata that LanceDB may cache, for all tenants together.
const INDEX_CACHE: usize = 256 << 20;
const METADATA_CACHE: usize = 128 << 20;

/// All tenants' places, and the handles of those used last.
#[derive(Debug)]
pub(super) struct Tenants {
    place: Place,
    session: Arc<Session>,
    kept: Mutex<Kept>,
    pub(super) residents: Residents,
}

#[derive(Debug, Default)]
struct Kept {
    /// With when each was used last, in calls of [`Tenants::get`].
    tenants: HashMap<TenantId, (u64, Arc<Tenant>)>,
    calls: u64,
}

impl Tenants {
    pub(super) fn new(place: Place) -> Self {
        let registry = Arc::new(ObjectStoreRegistry::default());
        Self {
            place,
            session: Arc::new(Session::new(INDEX_CACHE, METADATA_CACHE, registry)),
            kept: Mutex::default(),
            residents: Residents::new(),
        }
    }

    /// The tenant's handles. At any time all callers share one, so its turns order all writes.
    pub(super) fn get(&self, id: TenantId) -> Arc<Tenant> {
        let mut kept = self.kept();
        kept.calls += 1;
        let now = kept.calls;
        if let Some((used, tenant)) = kept.tenants.get_mut(&id) {
            *used = now;
            return tenant.clone();
        }
        kept.make_room();
        let tenant = Arc::new(Tenant::new(self.place.of(id), self.session.clone()));
        kept.tenants.insert(id, (now, tenant.clone()));
        tenant
    }

    /// The tenant's handles when they are kept, or else some that nobody keeps. Not for writing: its turns would
    /// be its own.
    pub(super) fn look_at(&self, id: TenantId) -> Arc<Tenant> {
        let kept = self.kept().tenants.get(&id).map(|(_, kept)| kept.clone());
        kept.unwrap_or_else(|| Arc::new(Tenant::new(self.place.of(id), self.session.clone())))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing under this lock can panic half-way.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Drops the tenant used longest ago among those not in use: dropping one in use would let a second
    /// handle to it appear, and with it a second turn to write.
    fn make_room(&mut self) {
        if self.tenants.len() < MOST_TENANTS {
            return;
        }
        let idle = self
            .tenants
            .iter()
            .filter(|(_, (_, tenant))| Arc::strong_count(tenant) == 1)
            .min_by_key(|(_, (used, _))| *used)
            .map(|(id, _)| *id);
        if let Some(id) = idle {
            self.tenants.remove(&id);
        }
    }
}

/// One tenant's connection and tables.
#[derive(Debug)]
pub(super) struct Tenant {
    place: Place,
    session: Arc<Session>,
    turn: sync::Mutex<()>,
    /// By name.
    tables: sync::Mutex<HashMap<String, Table>>,
}

impl Tenant {
    fn new(place: Place, session: Arc<Session>) -> Self {
        Self {
            place,
            session,
            turn: sync::Mutex::default(),
            tables: sync::Mutex::default(),
        }
    }

    /// Waits for its turn to write; the turn lasts as long as the guard.
    pub(super) async fn write(&self) -> sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// The table of `space`, if there is one.
    pub(super) async fn find(&self, space: &Space) -> Result<Option<Table>, Error> {
        let found = self.named(&space.table()).await?;
        if let Some(table) = &found {
            space.check(table.stamp())?;
        }
        Ok(found)
    }

    /// The table of `space`, made when there is none.
    pub(super) async fn find_or_create(&self, space: &Space) -> Result<Table, Error> {
        if let Some(table) = self.find(space).await? {
            return Ok(table);
        }
        let mut tables = self.tables.lock().await;
        let table = Table::create(&self.connect().await?, &self.place, space).await?;
        tables.insert(space.table(), table.clone());
        Ok(table)
    }

    /// All passage tables there are, of whatever space.
    pub(super) async fn all(&self) -> Result<Vec<Table>, Error> {
        if !self.place.may_exist().await {
            return Ok(Vec::new());
        }
        let names = self
            .connect()
            .await?
            .table_names()
            .execute()
            .await
            .map_err(Error::lance("listing vector tables"))?;
        let mut found = Vec::new();
        for name in names.iter().filter(|name| name.starts_with(space::PREFIX)) {
            found.extend(self.named(name).await?);
        }
        Ok(found)
    }

    /// Bytes of all files of the tenant, where that can be told at little cost.
    pub(super) async fn bytes_on_disk(&self) -> Result<Option<u64>, Error> {
        self.place.bytes().await
    }

    /// Forgets the handle of `space`, so that the next use opens the table anew.
    pub(super) async fn forget(&self, space: &Space) {
        self.tables.lock().await.remove(&space.table());
    }

    /// Deletes the table of `space`.
    pub(super) async fn drop_table(&self, space: &Space) -> Result<(), Error> {
        let mut tables = self.tables.lock().await;
        tables.remove(&space.table());
        let connection = self.connect().await?;
        let dropped = connection.drop_table(space.table(), &[]).await;
        dropped.map_err(Error::lance("dropping a vector table"))
    }

    async fn named(&self, name: &str) -> Result<Option<Table>, Error> {
        let mut tables = self.tables.lock().await;
        if let Some(table) = tables.get(name) {
            return Ok(Some(table.clone()));
        }
        if !self.place.may_exist().await {
            return Ok(None);
        }
        let found = Table::open(&self.connect().await?, &self.place, name).await?;
        if let Some(table) = &found {
            tables.insert(name.to_owned(), table.clone());
        }
        Ok(found)
    }

    /// Tables, their passages, and bytes.
    pub(super) async fn measure(&self) -> Result<Measure, Error> {
        let mut measure = Measure {
            bytes: self.place.bytes().await?.unwrap_or(0),
            ..Measure::default()
        };
        for table in self.all().await? {
            measure.tables += 1;
            measure.passages += table.count().await?;
        }
        Ok(measure)
    }

    /// Deletes all tables and the directory.
    pub(super) async fn erase(&self) -> Result<(), Error> {
        let mut tables = self.tables.lock().await;
        tables.clear();
        if let Place::Remote(_) = self.place {
            self.connect()
                .await?
                .drop_all_tables(&[])
                .await
                .map_err(Error::lance("dropping a tenant's vector tables"))?;
        }
        self.place.delete().await
    }

    async fn connect(&self) -> Result<Connection, Error> {
        ConnectBuilder::new(&self.place.uri())
            .session(self.session.clone())
            .read_consistency_interval(CONSISTENCY)
            .execute()
            .await
            .map_err(Error::lance("opening a tenant's vectors"))
    }
}
