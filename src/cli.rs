//! The command line's grammar.

mod load;
mod mix;
mod span;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use wafaa_domain::{Email, JobId, JobState, Lane, Slug};

pub(crate) use self::{
    load::{Arrivals, Load},
    mix::{Kind, Mix},
};

/// The self-hosted AI concierge: documents in, grounded and cited answers out.
#[derive(Debug, Parser)]
#[command(name = "wafaa", version, propagate_version = true)]
pub(crate) struct Cli {
    /// Where SQLite files, blobs and models are kept.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// How listings are printed.
    #[arg(short, long, global = true, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How listings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Table,
    /// For programs.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// API, dashboard and workers in one process.
    Serve(Listen),
    /// The API alone.
    Api(Listen),
    /// Workers alone.
    Worker {
        /// Work in these lanes only.
        #[arg(long, value_delimiter = ',')]
        lanes: Vec<Lane>,
        #[command(flatten)]
        probes: Probes,
    },
    /// Bring the database's schema up to date.
    Migrate,
    /// Create the demo tenants with their documents; does nothing twice.
    Seed,
    /// Manage tenants.
    #[command(subcommand)]
    Tenant(Tenant),
    /// Manage platform operators, who add tenants and set their limits.
    #[command(subcommand)]
    Operator(Operator),
    /// Upload documents and wait until they are searchable.
    Ingest {
        /// The tenant's slug.
        #[arg(long)]
        tenant: Slug,
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Ask a tenant's documents a question.
    Ask {
        /// The tenant's slug.
        #[arg(long)]
        tenant: Slug,
        /// The question.
        question: String,
    },
    /// Look at and steer jobs.
    #[command(subcommand)]
    Jobs(Jobs),
    /// Write everything, or one tenant, into one file; the platform may run meanwhile.
    ///
    /// The file holds the hashes of passwords and keys: only its owner may read it, and so it should stay.
    Backup {
        /// The file to make, such as `wafaa.tar.zst`.
        file: PathBuf,
        /// Only this tenant.
        #[arg(long, value_name = "SLUG")]
        tenant: Option<Slug>,
    },
    /// Bring back what `wafaa backup` wrote, all of it or one tenant.
    Restore {
        /// The backup.
        file: PathBuf,
        /// Only this tenant.
        #[arg(long, value_name = "SLUG")]
        tenant: Option<Slug>,
        /// Give the tenant this short name instead of its own.
        #[arg(long = "as", value_name = "SLUG", requires = "tenant")]
        renamed: Option<Slug>,
        /// Erase a tenant that is there, or bring one back that was erased since the backup.
        #[arg(long)]
        replace: bool,
    },
    /// Manage the installation's secret key.
    #[command(subcommand)]
    Keys(Keys),
    /// What this version would change in the database.
    Upgrade {
        /// Only say it; fails when other processes have to be stopped first, or this version is too old.
        #[arg(long, required = true)]
        check: bool,
    },
    /// Measure what this machine does, or how much load an installation bears.
    #[command(args_conflicts_with_subcommands = true)]
    Bench {
        /// What to measure; this machine unless said.
        #[command(subcommand)]
        what: Option<Bench>,
        /// A quick run with fewer repetitions.
        #[arg(long)]
        quick: bool,
    },
    /// Measure how well real files are read and real questions answered.
    #[command(subcommand)]
    Eval(Eval),
    /// Check settings, database, model and stores.
    Doctor,
    /// Print the API's OpenAPI document.
    Openapi,
    /// Parse one file from standard input; started by workers, confined.
    #[command(hide = true)]
    ParseWorker {
        /// Become Tesseract for these languages instead.
        #[arg(long)]
        recognise: Option<String>,
    },
}

impl Command {
    /// Whether it runs until it is stopped, and so logs what it does.
    pub(crate) const fn is_server(&self) -> bool {
        matches!(self, Self::Serve(_) | Self::Api(_) | Self::Worker { .. })
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Send requests to a running installation on a schedule, and say how it answered.
    ///
    /// Tenants `load-0001` and on are made by an operator (`WAFAA_OPERATOR_EMAIL` and `WAFAA_OPERATOR_PASSWORD`, or
    /// `WAFAA_OPERATOR_TOKEN`; the demo's unless set), with documents whose answers are known, and used again by the
    /// next run. `WAFAA_LOAD_PASSWORD` is what their passwords are derived from; the operator's password unless set.
    Load(Box<Load>),
    /// Run jobs that do nothing through the configured database and queue, in a tenant that is made for it.
    Jobs {
        /// How many.
        #[arg(long, default_value_t = 20_000)]
        jobs: usize,
    },
    /// How long a quiet tenant's jobs wait beside a loud one's flood: in the configured database and Redis, or,
    /// without Redis, in a throw-away data dir.
    Fairness {
        /// Jobs of the flood.
        #[arg(long, default_value_t = 10_000)]
        jobs: usize,
        /// Milliseconds that each takes.
        #[arg(long, default_value_t = 20)]
        ms: u64,
        /// Jobs of the quiet tenant.
        #[arg(long, default_value_t = 200)]
        samples: usize,
    },
    /// Try files that unpack, expand or nest without end.
    Bombs,
    /// How long searches take, and what they miss, in a throw-away data dir with made-up passages.
    Search {
        /// Chunks of each tenant.
        #[arg(long, default_value_t = 100_000)]
        chunks: usize,
        /// How many tenants.
        #[arg(long, default_value_t = 1)]
        tenants: usize,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Eval {
    /// Read every file of a folder, and compare words with the reference Markdown beside it (`menu.docx.md`).
    Documents {
        /// The folder; its folders are read as well.
        #[arg(default_value = "../shared/eval/docs")]
        dir: PathBuf,
    },
    /// Index each set of articles of a folder, ask its questions, and compare with stemmed BM25 alone.
    Retrieval(Questions),
    /// Ask the same questions: whether answers hold what is expected, and whether the bot knows what it doesn't know.
    Answers(Questions),
}

/// Which questions to ask.
#[derive(Debug, Args)]
pub(crate) struct Questions {
    /// The folder with the sets: SQuAD's JSON, FAQs in CSV, titles and paraphrases in TSV.
    #[arg(default_value = "../shared/eval/retrieval")]
    pub(crate) dir: PathBuf,
    /// Only sets whose name contains this.
    #[arg(long, value_name = "NAME")]
    pub(crate) set: Option<String>,
    /// At most so many questions of a set, spread evenly.
    #[arg(long, default_value_t = usize::MAX, hide_default_value = true)]
    pub(crate) questions: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Listen {
    /// The port to listen on; 0 picks a free one.
    #[arg(long, env = "WAFAA_PORT", default_value_t = 8000)]
    pub(crate) port: u16,
    /// The address to listen on.
    #[arg(long, env = "WAFAA_HOST", default_value = "127.0.0.1")]
    pub(crate) host: String,
}

/// Where a process that serves nothing else answers `/health/live`, `/health/ready` and `/metrics`.
#[derive(Debug, Args)]
pub(crate) struct Probes {
    /// Answer health checks and metrics on this port; 0 picks a free one.
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// The address to do so on.
    #[arg(long, env = "WAFAA_HOST", default_value = "127.0.0.1")]
    pub(crate) host: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Tenant {
    /// Add a tenant and its first owner; the password comes from `WAFAA_ADMIN_PASSWORD` or is asked for.
    Create {
        /// Its short name.
        slug: Slug,
        /// Its name.
        #[arg(long)]
        name: String,
        /// The first owner's address.
        #[arg(long)]
        admin_email: Email,
    },
    /// List tenants.
    List,
    /// Write what a tenant has, without passwords and keys, into one file that is for the tenant.
    Export {
        /// Its short name.
        slug: Slug,
        /// The file to make, such as `my-shop.tar.zst`.
        file: PathBuf,
    },
    /// Have all of a tenant's documents indexed again, from what was read of them, by the running workers.
    Reindex {
        /// Its short name.
        slug: Slug,
    },
    /// Erase a tenant with all it has, for good, and print the receipt.
    Erase {
        /// Its short name.
        slug: Slug,
        /// Yes, for good.
        #[arg(long, required = true)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Operator {
    /// Add an operator; the password comes from `WAFAA_OPERATOR_PASSWORD` or is asked for.
    Create {
        /// Their address.
        email: Email,
    },
    /// Give an operator another password, from `WAFAA_OPERATOR_PASSWORD` or asked for, and end their sessions.
    Password {
        /// Their address.
        email: Email,
    },
    /// Remove an operator.
    Remove {
        /// Their address.
        email: Email,
    },
    /// List operators.
    List,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Make a new secret key. What the former one signed works until it expires.
    Rotate {
        /// Forget former keys at once: everybody signs in again.
        #[arg(long)]
        drop_former: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Jobs {
    /// List jobs, newest first.
    List {
        /// In this state.
        #[arg(long)]
        state: Option<JobState>,
        /// Of this kind.
        #[arg(long)]
        kind: Option<String>,
        /// In this lane.
        #[arg(long)]
        lane: Option<Lane>,
        /// Of this tenant.
        #[arg(long)]
        tenant: Option<Slug>,
        /// At most this many.
        #[arg(long, default_value_t = 50)]
        limit: u64,
    },
    /// Give dead or cancelled jobs all their attempts again.
    Retry {
        /// Their ids.
        #[arg(required = true)]
        ids: Vec<JobId>,
    },
    /// Call jobs off.
    Cancel {
        /// Their ids.
        #[arg(required = true)]
        ids: Vec<JobId>,
    },
}
