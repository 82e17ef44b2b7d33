//! Opens the stores and engines that the settings name, and starts the jobs.

use std::{num::NonZero, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use tokio::sync::OnceCell;
use wafaa_api::Conversations;
use wafaa_channels::Channels;
use wafaa_embedding::Engine as EmbeddingEngine;
use wafaa_jobs::{
    Engine, Handle, Services, Settings, TransportSettings,
    conversation::{Desk, Inbox},
    document::Documents,
    outbound::Outbound,
    source::Sources,
    tenant::Tenants,
    web::Web,
};
use wafaa_migrations::{Migrator, MigratorTrait};
use wafaa_pipelines::{
    conversation::{Answers, Responder, Retriever, intent::Examples},
    knowledge::{
        embed::Embedder,
        parse::{Limits, Ocr, Sandbox},
    },
    llm::{self, EmbeddingModel, Gateway, Provider, Reranker},
};
use wafaa_storage::{
    Database,
    blob::Blobs,
    limit::Limiter,
    redis::Redis,
    role::{self, Flaw},
    seal::Sealer,
    vector::Vectors,
};

use crate::{
    config::{self, Config},
    lock::{self, WorkerLock},
};

/// What keys and channels in Redis begin with.
const REDIS_PREFIX: &str = "wafaa";
/// How long a model provider may take.
const PROVIDER_TIMEOUT: Duration = llm::TIMEOUT;

/// The open stores and engines of a process.
pub(crate) struct Runtime {
    pub(crate) config: Config,
    /// What processes share besides the database, in server mode.
    pub(crate) redis: Option<Redis>,
    pub(crate) services: Arc<Services>,
    pub(crate) retriever: Retriever,
}

impl Runtime {
    /// Opens everything; in embedded mode the schema is brought up to date on the way.
    pub(crate) async fn open(config: Config) -> anyhow::Result<Self> {
        let db = database(&config).await?;
        let redis = match &config.redis_url {
            Some(url) => Some(Redis::open(url, REDIS_PREFIX).await?),
            None => None,
        };
        let embedding = load_model(&config)?;
        let tokenizer = embedding.tokenizer().clone();
        let embedder = embedder(&config, embedding).await?;
        let vectors = Vectors::open(&config.lance_uri).await?;
        let retriever = Retriever::new(db.clone(), vectors.clone(), embedder.clone())
            .with_reranker(reranker(&config)?);
        let keys = config.secret_keys()?;
        let limiter = redis.clone().map_or_else(Limiter::local, Limiter::shared);
        let services = Arc::new(Services {
            responder: responder(&config, retriever.clone())?,
            answers: Answers::default(),
            examples: Examples::default(),
            channels: Channels::new(config.channels.endpoints.clone())?,
            outbound: Outbound::new(config.channels.private_webhooks)?,
            web: web(&config, limiter.clone())?,
            sealer: Sealer::new(keys.current, &keys.previous),
            blobs: Blobs::open(&config.blob_uri).await?,
            sandbox: sandbox(&config).await?,
            vectors,
            db,
            embedder,
            tokenizer,
            limiter,
        });
        Ok(Self {
            config,
            redis,
            services,
            retriever,
        })
    }

    /// A process that enqueues and watches, while others run the jobs.
    pub(crate) fn watch_jobs(&self) -> Handle {
        Handle::without_workers(wafaa_jobs::kind::all(), self.redis.clone())
    }

    /// Starts running jobs, beside other processes on the same Redis, or unless another process of this data
    /// dir does.
    pub(crate) async fn start_jobs(
        &self,
        adjust: impl FnOnce(&mut Settings),
    ) -> anyhow::Result<Jobs> {
        let (transport, lock) = if let Some(redis) = &self.redis {
            (TransportSettings::Redis(redis.clone()), None)
        } else {
            let Some(lock) = WorkerLock::try_take(&self.config.data_dir)? else {
                return Ok(Jobs::Elsewhere(self.watch_jobs()));
            };
            let queue = self.config.data_dir.join("queue.db");
            (TransportSettings::Sqlite(queue), Some(lock))
        };
        let mut settings = Settings::new(transport, cores());
        adjust(&mut settings);
        let engine = Engine::start(
            Arc::clone(&self.services),
            wafaa_jobs::kind::all(),
            settings,
        )
        .await?;
        Ok(Jobs::Here {
            engine,
            _lock: lock,
        })
    }

    /// Questions that this process answers at once. Quoting takes a processor for some milliseconds, so more at
    /// once only wait for each other; a model is mostly waited for.
    pub(crate) fn questions_at_once(&self) -> usize {
        let for_each_core = if self.services.responder.is_generative() {
            64
        } else {
            16
        };
        self.config
            .questions_at_once
            .unwrap_or(for_each_core * cores())
    }

    /// What documents go through.
    pub(crate) fn documents(&self, jobs: Handle) -> Documents {
        Documents {
            db: self.services.db.clone(),
            blobs: self.services.blobs.clone(),
            jobs,
        }
    }

    /// What sources of web pages go through.
    pub(crate) fn sources(&self, jobs: Handle) -> Sources {
        Sources {
            db: self.services.db.clone(),
            jobs,
            web: self.services.web.clone(),
        }
    }

    /// What conversations go through.
    pub(crate) fn conversations(&self, jobs: &Handle) -> Conversations {
        let db = &self.services.db;
        Conversations {
            inbox: Inbox::new(db.clone(), jobs.clone()),
            desk: Desk {
                db: db.clone(),
                jobs: jobs.clone(),
            },
            channels: self.services.channels.clone(),
            sealer: self.services.sealer.clone(),
            outbound: self.services.outbound.clone(),
        }
    }

    /// What tenants have.
    pub(crate) fn tenants(&self) -> Tenants {
        Tenants::from(&*self.services)
    }
}

/// Opens the stores of what tenants have, without any engine; in embedded mode the schema is brought up to
/// date on the way.
pub(crate) async fn stores(config: &Config) -> anyhow::Result<Tenants> {
    Ok(Tenants {
        db: database(config).await?,
        blobs: Blobs::open(&config.blob_uri).await?,
        vectors: Vectors::open(&config.lance_uri).await?,
    })
}

/// Where jobs run.
pub(crate) enum Jobs {
    /// In this process.
    Here {
        engine: Engine,
        /// Of the data dir, when its queue is in a file.
        _lock: Option<WorkerLock>,
    },
    /// In another process of this data dir, which polls for them.
    Elsewhere(Handle),
}

impl Jobs {
    pub(crate) fn handle(&self) -> Handle {
        match self {
            Self::Here { engine, .. } => engine.handle().clone(),
            Self::Elsewhere(handle) => handle.clone(),
        }
    }

    pub(crate) async fn stop(self) {
        if let Self::Here { engine, .. } = self {
            engine.stop().await;
        }
    }
}

/// Opens the database; a SQLite file's schema is brought up to date, and on PostgreSQL the role must be one
/// that row-level security holds for.
pub(crate) async fn database(config: &Config) -> anyhow::Result<Database> {
    lock::make_data_dir(&config.data_dir)?;
    let db = Database::open(&config.database_url).await?;
    if db.is_shared() {
        check_role(&db).await?;
    } else {
        migrate(&db).await?;
    }
    Ok(db)
}

async fn check_role(db: &Database) -> anyhow::Result<()> {
    let Some((role, flaws)) = role::flaws(db).await? else {
        return Ok(());
    };
    let flaws: Vec<String> = flaws.iter().map(Flaw::to_string).collect();
    ensure!(
        flaws.is_empty(),
        "the database role `{role}` {}, so row-level security would not hold for it; \
         name a role with no rights of its own in WAFAA_DATABASE_URL, and the owner in \
         WAFAA_MIGRATE_DATABASE_URL, then run `wafaa migrate`",
        flaws.join(" and ")
    );
    Ok(())
}

/// Brings the schema up to date. Of several processes that start together, one does it.
pub(crate) async fn migrate(db: &Database) -> anyhow::Result<()> {
    static ONCE: OnceCell<()> = OnceCell::const_new();
    ONCE.get_or_try_init(|| async {
        Migrator::up(db.connection(), None)
            .await
            .context("can't bring the database's schema up to date")
    })
    .await
    .copied()
}

fn load_model(config: &Config) -> anyhow::Result<EmbeddingEngine> {
    EmbeddingEngine::load(&config.model.dir, cores()).with_context(|| {
        format!(
            "can't load the embedding model from {}; run `make model`, or name its folder in WAFAA_MODEL_DIR",
            config.model.dir.display()
        )
    })
}

async fn embedder(config: &Config, local: EmbeddingEngine) -> anyhow::Result<Embedder> {
    match &config.model.provider {
        None => Ok(Embedder::Local(local)),
        Some((at, model)) => {
            let connected = EmbeddingModel::connect(provider(at), model).await;
            let connected = connected.context("can't reach the embedding provider")?;
            let connected = connected.with_prices(config.prices.clone());
            Ok(Embedder::OpenAi(Box::new(connected)))
        }
    }
}

/// What fetches web pages.
fn web(config: &Config, limiter: Limiter) -> anyhow::Result<Web> {
    let private = config.channels.private_webhooks;
    let outbound = Outbound::to_pages(private, config.crawl.private_hosts.clone())?;
    Ok(Web::new(outbound, limiter, config.crawl.settings.clone()))
}

/// What reads files, in children of this very program.
pub(crate) async fn sandbox(config: &Config) -> anyhow::Result<Sandbox> {
    let executable = std::env::current_exe().context("can't find this program's own file")?;
    let limits = Limits {
        input: config.max_upload_bytes,
        ..Limits::default()
    };
    let ocr = if config.ocr { Ocr::find().await } else { None };
    Ok(Sandbox::new(executable, limits).with_ocr(ocr))
}

fn responder(config: &Config, retriever: Retriever) -> anyhow::Result<Responder> {
    match &config.llm {
        None => Ok(Responder::extractive(retriever)),
        Some(llm) => {
            let gateway = Gateway::new(&provider(&llm.provider), &llm.model, &llm.fallbacks)?;
            let gateway = gateway.with_prices(config.prices.clone());
            Ok(Responder::generative(retriever, gateway))
        }
    }
}

fn reranker(config: &Config) -> anyhow::Result<Option<Reranker>> {
    let Some((at, model)) = &config.rerank else {
        return Ok(None);
    };
    let provider = Provider {
        timeout: llm::RERANK_TIMEOUT,
        ..provider(at)
    };
    let reranker = Reranker::new(&provider, model.as_deref());
    Ok(Some(reranker.context("can't use WAFAA_RERANK_URL")?))
}

fn provider(provider: &config::Provider) -> Provider {
    Provider {
        base_url: provider.base_url.clone(),
        key: provider.key.clone(),
        timeout: PROVIDER_TIMEOUT,
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}
