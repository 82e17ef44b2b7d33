//! An engine with a ledger, stores and tenants of its own.

#[path = "../../../storage/tests/support/postgres.rs"]
mod postgres_role;

use std::{
    path::PathBuf,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use tokio::{
    runtime::{Builder, Runtime},
    sync::broadcast::{Receiver, error::RecvError},
    time,
};
use uuid::Uuid;
use wafaa_channels::{Channels, Endpoints};
use wafaa_domain::{Actor, JobId, JobState, Lane, SystemScope, TenantScope};
use wafaa_embedding::Engine as Model;
use wafaa_jobs::{
    Engine, Enqueue, Event, EventKind, Handle, LaneSettings, Registry, Services, Settings,
    TransportSettings, control,
    outbound::Outbound,
    web::{self, Web},
};
use wafaa_migrations::{Migrator, MigratorTrait as _};
use wafaa_pipelines::{
    conversation::{Answers, Responder, Retriever, intent::Examples},
    knowledge::{
        embed::Embedder,
        parse::{Limits, Sandbox},
    },
};
use wafaa_storage::{
    Database, audit,
    blob::Blobs,
    ledger::{self, Job},
    limit::Limiter,
    redis::Redis,
    seal::Sealer,
    tenant,
    vector::Vectors,
};

use crate::{
    kind,
    probe::{PATIENCE, Probe},
};

use postgres_role::{APP, MAKE_APP, as_app};

/// The real model, loaded once.
static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let cached = || {
        let home = std::env::home_dir().unwrap_or_default();
        home.join(".cache/wafaa/models/all-MiniLM-L6-v2")
    };
    let directory = std::env::var_os("WAFAA_MODEL_DIR").map_or_else(cached, PathBuf::from);
    Model::load(&directory, 1).unwrap_or_else(|error| {
        panic!(
            "no usable model in {}: {error}; run `make model`",
            directory.display()
        )
    })
});

/// Where the ledger is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ledger {
    Sqlite,
    Postgres,
}

/// What carries references.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Queue {
    Sqlite,
    Redis,
}

/// A ledger, stores, and at most one running engine.
pub(crate) struct TestEngine {
    files: TempDir,
    url: String,
    queue: Queue,
    prefix: String,
    /// Where the queue is, unless it is in a file.
    redis: Option<Redis>,
    pub(crate) services: Arc<Services>,
    engine: Option<Engine>,
}

impl TestEngine {
    /// Runs a case on a ledger and a transport of its own; no job may be left unfinished.
    pub(crate) fn check(ledger: Ledger, queue: Queue, case: impl AsyncFnOnce(&mut Self)) {
        runtime().block_on(async {
            let files = TempDir::new().unwrap();
            let prefix = format!("jobs-{}", Uuid::now_v7().simple());
            let Ok(redis) = queue.server(&prefix).await else {
                return;
            };
            let Some(url) = ledger.create(&files).await else {
                return;
            };
            let db = Database::open(&url).await.unwrap();
            let mut engine = Self {
                services: Arc::new(services(&files, db).await),
                files,
                url,
                queue,
                prefix,
                redis,
                engine: None,
            };
            case(&mut engine).await;
            engine.stop().await;
            assert_eq!(
                engine.unfinished().await,
                0,
                "the case left unfinished jobs behind"
            );
            let Self { services, url, .. } = engine;
            // Whoever takes in what was kept may wait for a lull yet.
            let begun = Instant::now();
            while Arc::strong_count(&services) > 1 && begun.elapsed() < PATIENCE {
                time::sleep(Duration::from_millis(5)).await;
            }
            Arc::into_inner(services)
                .expect("nothing of a stopped engine is left")
                .db
                .close()
                .await
                .unwrap();
            ledger.remove(&url).await;
        });
    }

    pub(crate) async fn tenant(&self) -> TenantScope {
        let tx = self.services.db.write(system()).await.unwrap();
        let slug = format!("t-{}", Uuid::now_v7().simple()).parse().unwrap();
        let made = tenant::create(&tx, &slug, "Test", false, tenant::Limits::default());
        let made = made.await.unwrap();
        tx.commit().await.unwrap();
        TenantScope::authenticated(made.id, Actor::CommandLine)
    }

    pub(crate) async fn start(&mut self) {
        self.start_with(|_| {}).await;
    }

    /// Starts with the test's kinds and settings changed by `adjust`.
    pub(crate) async fn start_with(&mut self, adjust: impl FnOnce(&mut Settings)) {
        self.start_for(kind::all(), adjust).await;
    }

    pub(crate) async fn start_for(
        &mut self,
        registry: Registry,
        adjust: impl FnOnce(&mut Settings),
    ) {
        assert!(self.engine.is_none(), "an engine is running already");
        let mut settings = self.settings();
        adjust(&mut settings);
        let engine = Engine::start(Arc::clone(&self.services), registry, settings);
        self.engine = Some(engine.await.unwrap());
    }

    fn settings(&self) -> Settings {
        self.settings_with(self.redis.clone())
    }

    fn settings_with(&self, redis: Option<Redis>) -> Settings {
        let transport = match redis {
            None => TransportSettings::Sqlite(self.files.path().join("queue.db")),
            Some(server) => TransportSettings::Redis(server),
        };
        let mut settings = Settings::new(transport, 2);
        lane(&mut settings, Lane::Insight, 8, 8);
        settings.lease = PATIENCE; // so that nothing but the mechanism under test can help
        settings.grace = PATIENCE;
        settings
    }

    /// An engine in a runtime of its own, which can be killed like a process.
    pub(crate) async fn start_mortal(&self) -> Mortal {
        let runtime = runtime();
        let (queue, prefix) = (self.queue, self.prefix.clone());
        // With a connection of its own, which dies with it.
        let opened = runtime.spawn(async move { queue.server(&prefix).await.unwrap() });
        let settings = self.settings_with(opened.await.unwrap());
        let (url, services) = (self.url.clone(), Arc::clone(&self.services));
        let started = runtime.spawn(async move {
            let own = Services {
                db: Database::open(&url).await.unwrap(),
                blobs: services.blobs.clone(),
                vectors: services.vectors.clone(),
                tokenizer: services.tokenizer.clone(),
                embedder: services.embedder.clone(),
                sandbox: services.sandbox.clone(),
                limiter: services.limiter.clone(),
                responder: services.responder.clone(),
                answers: services.answers.clone(),
                examples: services.examples.clone(),
                channels: services.channels.clone(),
                sealer: services.sealer.clone(),
                outbound: services.outbound.clone(),
                web: services.web.clone(),
            };
            let engine = Engine::start(Arc::new(own), kind::all(), settings);
            engine.await.unwrap()
        });
        let engine = started.await.unwrap();
        Mortal { runtime, engine }
    }

    pub(crate) async fn stop(&mut self) {
        if let Some(engine) = self.engine.take() {
            engine.stop().await;
        }
    }

    /// The running engine, for a test that stops it itself.
    pub(crate) fn take(&mut self) -> Engine {
        self.engine.take().expect("the engine is running")
    }

    pub(crate) fn handle(&self) -> &Handle {
        self.engine
            .as_ref()
            .expect("the engine is running")
            .handle()
    }

    pub(crate) async fn enqueue(&self, scope: &TenantScope, kind: &impl Enqueue) -> JobId {
        self.enqueue_all(scope, std::slice::from_ref(kind)).await[0]
    }

    /// In one transaction.
    pub(crate) async fn enqueue_all(
        &self,
        scope: &TenantScope,
        kinds: &[impl Enqueue],
    ) -> Vec<JobId> {
        let tx = self.services.db.write(*scope).await.unwrap();
        let mut ids = Vec::new();
        for kind in kinds {
            let job = kind.job().unwrap();
            ids.push(ledger::enqueue(&tx, &job).await.unwrap());
        }
        tx.commit().await.unwrap();
        if let Some(engine) = &self.engine {
            engine.handle().wake();
        }
        ids
    }

    pub(crate) async fn cancel(&self, scope: &TenantScope, job: JobId) {
        let cancelled = control::cancel(&self.services.db, self.handle(), scope, job);
        cancelled.await.unwrap();
    }

    pub(crate) async fn job(&self, id: JobId) -> Job {
        let tx = self.services.db.read(system()).await.unwrap();
        ledger::get_any(&tx, id).await.unwrap()
    }

    /// All jobs, in the order of their arrival.
    pub(crate) async fn jobs(&self) -> Vec<Job> {
        let tx = self.services.db.read(system()).await.unwrap();
        let all = ledger::Filter::default();
        let mut jobs = ledger::list_any(&tx, None, &all, None, 10_000)
            .await
            .unwrap()
            .rows;
        jobs.reverse();
        jobs
    }

    /// The names of the tenant's jobs whose effect is committed, sorted.
    pub(crate) async fn effects(&self, scope: &TenantScope) -> Vec<String> {
        self.notes(scope, "test.effect").await
    }

    /// The names of the tenant's jobs that noted a bad end, sorted.
    pub(crate) async fn ends(&self, scope: &TenantScope) -> Vec<String> {
        self.notes(scope, "test.ended").await
    }

    async fn notes(&self, scope: &TenantScope, action: &str) -> Vec<String> {
        let tx = self.services.db.read(*scope).await.unwrap();
        let entries = audit::list(&tx, None, 10_000).await.unwrap().rows;
        let of_action = entries.into_iter().filter(|entry| entry.action == action);
        let mut names: Vec<String> = of_action.filter_map(|entry| entry.target).collect();
        names.sort();
        names
    }

    pub(crate) async fn unfinished(&self) -> u64 {
        let tx = self.services.db.read(system()).await.unwrap();
        let counts = ledger::stats_any(&tx, None).await.unwrap().counts;
        let finished = [JobState::Succeeded, JobState::Dead, JobState::Cancelled];
        let unfinished = counts.iter().filter(|stat| !finished.contains(&stat.state));
        unfinished.map(|stat| stat.jobs).sum()
    }

    /// Waits until a job is in this state, and answers it.
    pub(crate) async fn reaches(&self, id: JobId, state: JobState) -> Job {
        self.until(&format!("{id} {state}"), async || {
            let job = self.job(id).await;
            (job.state == state).then_some(job)
        })
        .await
    }

    /// Waits until every job has come to its end.
    pub(crate) async fn settled(&self) {
        self.until("all jobs to end", async || {
            (self.unfinished().await == 0).then_some(())
        })
        .await;
    }

    /// Looks after every event until `look` finds what it wants.
    pub(crate) async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let mut events = self.handle().bus().listen();
        let found = time::timeout(PATIENCE, async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                match events.recv().await {
                    Ok(_) | Err(RecvError::Lagged(_)) => while events.try_recv().is_ok() {},
                    Err(RecvError::Closed) => panic!("the engine is gone"),
                }
            }
        });
        match found.await {
            Ok(found) => found,
            Err(_) => panic!("waited in vain for {what}: {:#?}", self.jobs().await),
        }
    }

    pub(crate) fn listen(&self) -> Events {
        Events(self.handle().bus().listen())
    }

    pub(crate) fn probe(&self, scope: &TenantScope) -> Arc<Probe> {
        Probe::of(scope.tenant())
    }
}

/// An engine that can be killed.
pub(crate) struct Mortal {
    runtime: Runtime,
    engine: Engine,
}

impl Mortal {
    /// Ends every task where it stands; once this returns, nothing is written any more.
    pub(crate) async fn kill(self) {
        let Self { runtime, engine } = self;
        let ended = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(PATIENCE));
        ended.await.unwrap();
        drop(engine);
    }
}

/// Events from when it was made.
pub(crate) struct Events(Receiver<Event>);

impl Events {
    /// The next events of a job, as many as are named.
    pub(crate) async fn of(&mut self, job: JobId, events: usize) -> Vec<Event> {
        let mut found = Vec::new();
        while found.len() < events {
            match time::timeout(PATIENCE, self.0.recv()).await {
                Ok(event) => found.extend(Some(event.unwrap()).filter(|event| event.job_id == job)),
                Err(_) => panic!("no more events of {job} after {found:?}"),
            }
        }
        found
    }

    /// As [`Self::of`], their kinds only.
    pub(crate) async fn kinds(&mut self, job: JobId, events: usize) -> Vec<EventKind> {
        let found = self.of(job, events).await;
        found.into_iter().map(|event| event.event).collect()
    }
}

impl Ledger {
    /// A new database; none when there is no server to make it on.
    async fn create(self, files: &TempDir) -> Option<String> {
        match self {
            Self::Sqlite => {
                let url = format!("sqlite://{}", files.path().join("wafaa.db").display());
                migrate(&url).await.close().await.unwrap();
                Some(url)
            }
            Self::Postgres => {
                let server = std::env::var("WAFAA_TEST_POSTGRES_URL").ok()?;
                let name = format!("jobs_{}", Uuid::now_v7().simple());
                on_server(&server, &format!("CREATE DATABASE {name}")).await;
                let (host, _) = server.rsplit_once('/').expect("the URL names a database");
                let owner = migrate(&format!("{host}/{name}")).await;
                on_server(&server, MAKE_APP).await;
                wafaa_migrations::grant(owner.connection(), APP)
                    .await
                    .unwrap();
                owner.close().await.unwrap();
                Some(as_app(&server, &name))
            }
        }
    }

    async fn remove(self, url: &str) {
        match self {
            Self::Sqlite => {}
            Self::Postgres => {
                let server = std::env::var("WAFAA_TEST_POSTGRES_URL").unwrap();
                let (_, name) = url.rsplit_once('/').expect("the URL names a database");
                on_server(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
            }
        }
    }
}

async fn migrate(url: &str) -> Database {
    let db = Database::open(url).await.unwrap();
    Migrator::up(db.connection(), None).await.unwrap();
    db
}

impl Queue {
    /// The Redis server that takes part, if one does; an error when there is none.
    async fn server(self, prefix: &str) -> Result<Option<Redis>, std::env::VarError> {
        match self {
            Self::Sqlite => Ok(None),
            Self::Redis => {
                let url = std::env::var("WAFAA_TEST_REDIS_URL")?;
                Ok(Some(Redis::open(&url, prefix).await.unwrap()))
            }
        }
    }
}

async fn on_server(server: &str, sql: &str) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    let sql = AssertSqlSafe(sql.to_owned());
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn services(files: &TempDir, db: Database) -> Services {
    let place = |name: &str| files.path().join(name).display().to_string();
    let vectors = Vectors::open(&place("lance")).await.unwrap();
    let embedder = Embedder::Local(MODEL.clone());
    let retriever = Retriever::new(db.clone(), vectors.clone(), embedder.clone());
    Services {
        db,
        blobs: Blobs::open(&place("blobs")).await.unwrap(),
        vectors,
        tokenizer: MODEL.tokenizer().clone(),
        embedder,
        sandbox: Sandbox::new("/nonexistent".into(), Limits::default()),
        limiter: Limiter::local(),
        responder: Responder::extractive(retriever),
        answers: Answers::default(),
        examples: Examples::default(),
        channels: Channels::new(Endpoints::default()).unwrap(),
        sealer: Sealer::new([7; 32], &[]),
        outbound: Outbound::new(true).unwrap(),
        web: Web::new(
            Outbound::to_pages(true, Vec::new()).unwrap(),
            Limiter::local(),
            web::Settings {
                delay: Duration::ZERO,
                retry: Duration::ZERO,
                ..web::Settings::default()
            },
        ),
    }
}

pub(crate) fn lane(settings: &mut Settings, lane: Lane, concurrency: usize, batch: usize) {
    settings
        .lanes
        .insert(lane, LaneSettings { concurrency, batch });
}

pub(crate) fn system() -> SystemScope {
    SystemScope::new("a test looks at everything")
}

/// More threads than any case blocks.
fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(3)
        .thread_keep_alive(Duration::from_secs(1))
        .enable_all()
        .build()
        .unwrap()
}
