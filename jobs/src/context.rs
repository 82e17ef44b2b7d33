//! What a run of a job is given, and how it commits.
//!
//! A run can only claim success by returning a [`Done`], and the only way to one is [`Context::finish`]
//! followed by [`Finish::commit`] (or [`Context::done`], for a run without effect): effect, `succeeded` and the next jobs are one transaction, fenced on the
//! claim. No transaction is open while the slow part of a run works.

use std::{
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

use tokio_util::sync::CancellationToken;
use wafaa_channels::Channels;
use wafaa_domain::{ChannelId, ConversationId, MessageId, TenantScope};
use wafaa_pipelines::{
    conversation::{Answers, Responder, intent::Examples},
    knowledge::{chunk::Tokenizer, embed::Embedder, parse::Sandbox},
};
use wafaa_storage::{
    Database, Tx,
    blob::Blobs,
    ledger::{self, Claim, Job},
    limit::Limiter,
    seal::Sealer,
    vector::Vectors,
};

use crate::{
    Bus, Failure, News, NewsKind, conversation,
    kind::Enqueue,
    outbound::Outbound,
    together::{Succeeding, Together},
    trace,
    web::Web,
};

/// What kinds of work need: the stores and the engines.
pub struct Services {
    /// Rows.
    pub db: Database,
    /// Files.
    pub blobs: Blobs,
    /// Vectors.
    pub vectors: Vectors,
    /// Measures passages.
    pub tokenizer: Tokenizer,
    /// Makes vectors.
    pub embedder: Embedder,
    /// Parses uploads in a child process.
    pub sandbox: Sandbox,
    /// Counts what tenants use.
    pub limiter: Limiter,
    /// Answers customers.
    pub responder: Responder,
    /// What it has answered of late.
    pub answers: Answers,
    /// The vectors of tenants' example sentences.
    pub examples: Examples,
    /// Talks to the providers of channels.
    pub channels: Channels,
    /// Opens the secrets that tenants have given us.
    pub sealer: Sealer,
    /// Calls the tenants' own systems.
    pub outbound: Outbound,
    /// Fetches web pages.
    pub web: Web,
}

/// One run of a job.
pub struct Context {
    pub(crate) services: Arc<Services>,
    pub(crate) scope: TenantScope,
    pub(crate) job: Job,
    pub(crate) claim: Claim,
    pub(crate) cancel: CancellationToken,
    pub(crate) ends: Arc<Together<Succeeding>>,
    pub(crate) bus: Bus,
}

/// Proof that a run has committed.
#[derive(Debug)]
pub struct Done(());

impl Context {
    /// The stores and the engines.
    #[must_use]
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// The tenant the job works for.
    #[must_use]
    pub const fn scope(&self) -> &TenantScope {
        &self.scope
    }

    /// Fires when the job is called off; the run is dropped then, unless it stops first.
    #[must_use]
    pub const fn cancel(&self) -> &CancellationToken {
        &self.cancel
    }

    /// Which run of the job this is, from 1.
    #[must_use]
    pub const fn attempt(&self) -> i32 {
        self.job.attempt
    }

    /// Tells of a conversation that something committed has changed.
    pub(crate) fn tell(
        &self,
        news: NewsKind,
        conversation: ConversationId,
        message: Option<MessageId>,
    ) {
        let news = conversation::news(&self.scope, news, conversation, message);
        self.bus.tell(news);
    }

    /// Tells of what something committed has changed.
    pub(crate) fn tell_all(&self, news: Vec<News>) {
        self.bus.tell_all(news);
    }

    /// Reads the tenant's rows.
    ///
    /// # Errors
    /// [`Failure::Retry`] when the database can't be reached.
    pub async fn read(&self) -> Result<Tx<TenantScope>, Failure> {
        Ok(self.services.db.read(self.scope).await?)
    }

    /// Begins a transaction that is one step of the run, which goes on; `percent` is how far it is then.
    ///
    /// # Errors
    /// [`Failure::Stale`] when the job was called off or is no longer this run's.
    pub(crate) async fn step(&self, percent: i32) -> Result<Tx<TenantScope>, Failure> {
        let tx = self.services.db.write(self.scope).await?;
        ledger::set_progress(&tx, self.claim, percent).await?;
        Ok(tx)
    }

    /// Ends a run well that has nothing to write and nothing to start: many such runs share a transaction.
    ///
    /// # Errors
    /// [`Failure::Stale`] when the job was called off or is no longer this run's.
    pub async fn done(&self) -> Result<Done, Failure> {
        let held = self.ends.make(self.claim).await?;
        held.then_some(Done(())).ok_or(Failure::Stale)
    }

    /// Begins the transaction that ends the run well. From here on nobody can call the job off.
    ///
    /// # Errors
    /// [`Failure::Stale`] when the job was called off or is no longer this run's.
    pub async fn finish(&self) -> Result<Finish, Failure> {
        let tx = self.services.db.write(self.scope).await?;
        ledger::succeed(&tx, self.claim).await?;
        Ok(Finish {
            tx,
            trace_id: self.job.trace_id.clone(),
            bus: self.bus.clone(),
            news: Mutex::default(),
        })
    }
}

/// The transaction that ends a run well: write the effect into it, add the next jobs, commit.
#[derive(Debug)]
pub struct Finish {
    tx: Tx<TenantScope>,
    trace_id: Option<String>,
    bus: Bus,
    /// To be told once it is committed.
    news: Mutex<Vec<News>>,
}

impl Finish {
    /// Adds the next job of the chain.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn enqueue<K: Enqueue>(&self, next: &K) -> Result<(), Failure> {
        let mut job = next.job()?;
        job.trace_id = trace::current().or_else(|| self.trace_id.clone());
        ledger::enqueue(&self.tx, &job).await?;
        Ok(())
    }

    /// Tells of a conversation that this transaction changes, once it is committed.
    pub(crate) fn tell(
        &self,
        news: NewsKind,
        conversation: ConversationId,
        message: Option<MessageId>,
    ) {
        self.keep(conversation::news(
            self.tx.scope(),
            news,
            conversation,
            message,
        ));
    }

    /// Tells of a channel that this transaction changes, once it is committed.
    pub(crate) fn tell_of_channel(&self, channel: ChannelId) {
        self.keep(conversation::news_of_channel(self.tx.scope(), channel));
    }

    /// Tells of what this transaction changes, once it is committed.
    pub(crate) fn tell_all(&self, news: Vec<News>) {
        self.news
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(news);
    }

    fn keep(&self, news: News) {
        self.tell_all(vec![news]);
    }

    /// Makes it all durable at once.
    ///
    /// # Errors
    /// When the database can't; then nothing has happened.
    pub async fn commit(self) -> Result<Done, Failure> {
        self.tx.commit().await?;
        let news = self
            .news
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        self.bus.tell_all(news);
        Ok(Done(()))
    }
}

impl Deref for Finish {
    type Target = Tx<TenantScope>;

    fn deref(&self) -> &Self::Target {
        &self.tx
    }
}
