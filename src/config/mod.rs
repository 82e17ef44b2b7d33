//! Settings: defaults, then a file, then `WAFAA_*`, validated together at start.
//!
//! The file is TOML with the variables' names in lower case and without the prefix, such as
//! `lance_uri = "s3://…"`; it is named by `WAFAA_CONFIG`, else `wafaa.toml` in the data dir when there is
//! one. Every mistake is listed at once.

mod secret;
mod source;

use std::{path::PathBuf, time::Duration};

use secrecy::SecretString;
use wafaa_api::TrustedProxies;
use wafaa_channels::{Endpoints, Url};
use wafaa_jobs::web;
use wafaa_pipelines::llm::Prices;

pub(crate) use self::secret::Keys;
use self::source::Source;
use crate::cli::Cli;

/// Everything a process is told.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) data_dir: PathBuf,
    pub(crate) database_url: String,
    /// The schema owner's, for `migrate`; the same as `database_url` unless told otherwise.
    pub(crate) migrate_url: String,
    /// Set: jobs, live events and limits are shared with other processes.
    pub(crate) redis_url: Option<String>,
    pub(crate) lance_uri: String,
    pub(crate) blob_uri: String,
    /// 32 bytes in hex, unless one is to be generated into the data dir.
    pub(crate) secret_key: Option<SecretString>,
    /// Those before it, newest first.
    pub(crate) previous_keys: Vec<SecretString>,
    pub(crate) max_upload_bytes: u64,
    /// More are turned away by a process; by its cores unless set.
    pub(crate) questions_at_once: Option<usize>,
    pub(crate) trusted_proxies: TrustedProxies,
    /// Whether pages without text are recognised, where Tesseract is installed.
    pub(crate) ocr: bool,
    pub(crate) model: Model,
    pub(crate) llm: Option<Llm>,
    /// What puts the best passages into order once more, and its model.
    pub(crate) rerank: Option<(Provider, Option<String>)>,
    pub(crate) channels: Channels,
    pub(crate) crawl: Crawl,
    /// What models cost, for the metrics.
    pub(crate) prices: Prices,
    pub(crate) log: Log,
}

/// Where the outside world is.
#[derive(Debug)]
pub(crate) struct Channels {
    /// The providers' addresses; the real ones unless told otherwise.
    pub(crate) endpoints: Endpoints,
    /// Whether tenants' webhooks may go to the machine's own network.
    pub(crate) private_webhooks: bool,
}

/// How web pages are fetched.
#[derive(Debug)]
pub(crate) struct Crawl {
    pub(crate) settings: web::Settings,
    /// Hosts of the machine's own network that may be crawled, each `host` or `host:port`.
    pub(crate) private_hosts: Vec<String>,
}

/// What makes vectors.
#[derive(Debug)]
pub(crate) struct Model {
    /// Where the built-in model is; its tokenizer measures passages for every embedder.
    pub(crate) dir: PathBuf,
    /// A provider's model to use instead.
    pub(crate) provider: Option<(Provider, String)>,
}

/// What writes answers, when it isn't the extractive responder.
#[derive(Debug)]
pub(crate) struct Llm {
    pub(crate) provider: Provider,
    pub(crate) model: String,
    pub(crate) fallbacks: Vec<String>,
}

/// An OpenAI-compatible provider.
#[derive(Debug, Clone)]
pub(crate) struct Provider {
    pub(crate) base_url: String,
    pub(crate) key: SecretString,
}

/// What is logged, and how.
#[derive(Debug)]
pub(crate) struct Log {
    /// In the syntax of `tracing_subscriber::EnvFilter`; each command has its own default.
    pub(crate) filter: Option<String>,
    pub(crate) json: bool,
    /// The collector that traces are sent to.
    pub(crate) otlp_endpoint: Option<String>,
}

const MEGABYTE: u64 = 1024 * 1024;

impl Config {
    /// Reads all settings.
    ///
    /// # Errors
    /// Lists every mistake, each with the variable's name.
    pub(crate) fn load(cli: &Cli) -> anyhow::Result<Self> {
        let data_dir = cli
            .data_dir
            .clone()
            .or_else(|| std::env::var_os("WAFAA_DATA_DIR").map(PathBuf::from))
            .unwrap_or_else(|| "data".into());
        let mut source = Source::open(&data_dir)?;
        let config = Self::read(&mut source, data_dir);
        source.finish()?;
        Ok(config)
    }

    fn read(source: &mut Source, data_dir: PathBuf) -> Self {
        let in_data_dir = |name: &str| data_dir.join(name).display().to_string();
        let database_url = source
            .text("DATABASE_URL")
            .unwrap_or_else(|| format!("sqlite://{}", in_data_dir("wafaa.db")));
        source.check(
            "DATABASE_URL",
            || {
                let known = ["sqlite:", "postgres:", "postgresql:"];
                known.iter().any(|scheme| database_url.starts_with(scheme))
            },
            "begins with sqlite:// or postgres://",
        );
        let redis_url = source.text("REDIS_URL");
        source.check(
            "REDIS_URL",
            || {
                let known = ["redis:", "rediss:", "redis+unix:", "unix:"];
                let url = redis_url.as_deref();
                url.is_none_or(|url| known.iter().any(|scheme| url.starts_with(scheme)))
            },
            "begins with redis:// or rediss://",
        );
        let trusted_proxies = TrustedProxies::parse(&source.list("TRUSTED_PROXIES"));
        source.check(
            "TRUSTED_PROXIES",
            || trusted_proxies.is_some(),
            "is a list of addresses and networks such as 127.0.0.1,10.0.0.0/8",
        );
        let provider = Provider {
            base_url: source
                .text("OPENAI_BASE_URL")
                .unwrap_or_else(|| "https://api.openai.com/v1".into()),
            key: source.text("OPENAI_API_KEY").unwrap_or_default().into(),
        };
        let rerank = rerank(source);
        let prices = prices(source);
        let mut endpoint = |name: &str| {
            let text = source.text(name)?;
            let url = Url::parse(&text).ok();
            source.check(
                name,
                || url.is_some(),
                "is a URL such as https://graph.facebook.com",
            );
            url
        };
        let channels = Channels {
            endpoints: Endpoints::new(
                endpoint("META_GRAPH_URL"),
                endpoint("TELEGRAM_URL"),
                endpoint("SLACK_URL"),
            ),
            private_webhooks: source.choice("PRIVATE_WEBHOOKS", &["off", "on"]) == 1,
        };
        let otlp_endpoint = source.text("OTLP_ENDPOINT");
        source.check(
            "OTLP_ENDPOINT",
            || {
                let known = ["http://", "https://"];
                let is_url = |url: &String| known.iter().any(|scheme| url.starts_with(scheme));
                otlp_endpoint.as_ref().is_none_or(is_url)
            },
            "is the HTTP address of an OpenTelemetry collector, such as http://127.0.0.1:4318",
        );
        Self {
            migrate_url: source
                .text("MIGRATE_DATABASE_URL")
                .unwrap_or_else(|| database_url.clone()),
            database_url,
            redis_url,
            lance_uri: source
                .text("LANCE_URI")
                .unwrap_or_else(|| "lance_data".into()),
            blob_uri: source
                .text("BLOB_URI")
                .unwrap_or_else(|| in_data_dir("blobs")),
            secret_key: secret::configured(source),
            previous_keys: secret::configured_previous(source),
            questions_at_once: source
                .number("QUESTIONS_AT_ONCE", 1..=10_000)
                .and_then(|number| usize::try_from(number).ok()),
            trusted_proxies: trusted_proxies.unwrap_or_default(),
            max_upload_bytes: MEGABYTE * source.number("MAX_UPLOAD_MB", 1..=4_096).unwrap_or(50),
            ocr: source.choice("OCR", &["auto", "off"]) == 0,
            model: Model {
                dir: source
                    .text("MODEL_DIR")
                    .map_or_else(default_model_dir, PathBuf::from),
                provider: (source.choice("EMBEDDING_PROVIDER", &["local", "openai"]) == 1).then(
                    || {
                        let model = source.text("EMBEDDING_MODEL");
                        (
                            provider.clone(),
                            model.unwrap_or_else(|| "text-embedding-3-small".into()),
                        )
                    },
                ),
            },
            llm: (source.choice("LLM_PROVIDER", &["extractive", "openai"]) == 1).then(|| Llm {
                provider,
                model: source
                    .text("LLM_MODEL")
                    .unwrap_or_else(|| "gpt-4o-mini".into()),
                fallbacks: source.list("LLM_FALLBACKS"),
            }),
            rerank,
            channels,
            crawl: crawl(source),
            prices,
            log: Log {
                filter: source.text("LOG"),
                json: source.choice("LOG_FORMAT", &["text", "json"]) == 1,
                otlp_endpoint,
            },
            data_dir,
        }
    }

    /// Whether everything is in files of this machine.
    pub(crate) fn is_embedded(&self) -> bool {
        self.database_url.starts_with("sqlite:") && self.redis_url.is_none()
    }

    /// The key that signs tokens, in embedded mode made at the first start, and those before it.
    ///
    /// # Errors
    /// When there is none and none may be made, or it can't be kept.
    pub(crate) fn secret_keys(&self) -> anyhow::Result<Keys> {
        secret::load(self)
    }

    /// Puts a new key in the data dir; the former stays valid for what it signed, unless it is to be dropped.
    ///
    /// # Errors
    /// When keys come from the settings, or can't be kept.
    pub(crate) fn rotate_secret_key(&self, drop_former: bool) -> anyhow::Result<()> {
        secret::rotate(self, drop_former)
    }

    /// The keys, if there are any already; none is made.
    ///
    /// # Errors
    /// When what there is is no key.
    pub(crate) fn existing_keys(&self) -> anyhow::Result<Option<Keys>> {
        secret::existing(self)
    }

    /// Where the key is kept that embedded mode makes.
    pub(crate) fn key_file(&self) -> PathBuf {
        secret::file(self)
    }
}

fn crawl(source: &mut Source) -> Crawl {
    let usual = web::Settings::default();
    let seconds = |number: Option<u64>, usual| number.map_or(usual, Duration::from_secs);
    let delay = source.number("CRAWL_DELAY_MS", 0..=60_000);
    Crawl {
        settings: web::Settings {
            delay: delay.map_or(usual.delay, Duration::from_millis),
            patience: seconds(
                source.number("CRAWL_TIMEOUT_SECONDS", 1..=120),
                usual.patience,
            ),
            retry: seconds(source.number("CRAWL_RETRY_SECONDS", 0..=3_600), usual.retry),
            max_bytes: source
                .number("CRAWL_MAX_MB", 1..=4_096)
                .map_or(usual.max_bytes, |megabytes| MEGABYTE * megabytes),
            max_pages: source
                .number("CRAWL_MAX_PAGES", 1..=10_000)
                .and_then(|pages| u32::try_from(pages).ok())
                .unwrap_or(usual.max_pages),
        },
        private_hosts: source.list("CRAWL_PRIVATE_HOSTS"),
    }
}

/// The rerank endpoint, if one is named.
fn rerank(source: &mut Source) -> Option<(Provider, Option<String>)> {
    let base_url = source.text("RERANK_URL");
    let key = source.text("RERANK_API_KEY").unwrap_or_default();
    let model = source.text("RERANK_MODEL");
    source.check(
        "RERANK_URL",
        || {
            let url = base_url.as_deref();
            url.is_none_or(|url| url.starts_with("http://") || url.starts_with("https://"))
        },
        "begins with http:// or https://, and ends before /rerank",
    );
    let provider = |base_url| Provider {
        base_url,
        key: key.into(),
    };
    base_url.map(|base_url| (provider(base_url), model))
}

/// What models cost, checked even where none is asked.
fn prices(source: &mut Source) -> Prices {
    let text = source.text("LLM_PRICES").unwrap_or_default();
    let prices = text.parse::<Prices>();
    let rule = prices
        .as_ref()
        .map_or_else(|error| format!("lists prices: {error}"), |_| String::new());
    source.check("LLM_PRICES", || prices.is_ok(), &rule);
    prices.unwrap_or_default()
}

/// Where `make model` puts the built-in model.
fn default_model_dir() -> PathBuf {
    let home = std::env::var_os("HOME")
        .map(PathBuf::from)
        .unwrap_or_default();
    home.join(".cache/wafaa/models/all-MiniLM-L6-v2")
}
