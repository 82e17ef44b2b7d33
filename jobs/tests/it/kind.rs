//! Kinds of work that do as they are told. A run that succeeds leaves one audit note: that is its effect.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use wafaa_domain::{DocumentId, Failure as Reason, Lane, TenantScope};
use wafaa_jobs::{Context, Done, Failure, Finish, Kind, Registry};
use wafaa_storage::{Tx, audit, blob::BlobKey, ledger};

use crate::probe::Probe;

/// What one run does.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Act {
    Succeed,
    Retry,
    RetryAfter(u64),
    Snooze(u64),
    Dead,
    Panic,
    /// Never ends.
    Hang,
    /// Succeeds once the gate is open.
    Gate,
    /// As `Gate`, deaf to everything meanwhile.
    Block,
    /// Fails when it is called off.
    Stubborn,
    /// Fails between its effect and its commit.
    FailLate,
}

/// What a job does, and the keys it has.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) name: String,
    /// By run; the last act is repeated. Empty: succeed.
    pub(crate) script: Vec<Act>,
    pub(crate) order: Option<String>,
    pub(crate) parent: Option<String>,
    pub(crate) dedupe: Option<String>,
    pub(crate) delay: Duration,
}

impl Task {
    pub(crate) fn new(name: impl Into<String>, script: &[Act]) -> Self {
        Self {
            name: name.into(),
            script: script.to_vec(),
            ..Self::default()
        }
    }

    pub(crate) fn ordered(self, key: &str) -> Self {
        Self {
            order: Some(key.to_owned()),
            ..self
        }
    }

    pub(crate) fn of(self, parent: &str) -> Self {
        Self {
            parent: Some(parent.to_owned()),
            ..self
        }
    }

    pub(crate) fn once(self, key: &str) -> Self {
        Self {
            dedupe: Some(key.to_owned()),
            ..self
        }
    }

    pub(crate) fn later(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// Acts, up to the transaction that ends the run well.
    async fn act(&self, context: &Context) -> Result<Finish, Failure> {
        let probe = Probe::of(context.scope().tenant());
        let name = &self.name;
        let run = probe.note(format!("begin {name}"));
        let act = self.script.get(run - 1).or(self.script.last()).copied();
        let act = act.unwrap_or(Act::Succeed);
        match act {
            Act::Succeed | Act::FailLate => {}
            Act::Retry => return Err(Failure::retry("told to fail")),
            Act::RetryAfter(ms) => {
                return Err(Failure::RetryAfter(
                    Duration::from_millis(ms),
                    "refused".into(),
                ));
            }
            Act::Snooze(ms) => {
                return Err(Failure::Snooze(
                    Duration::from_millis(ms),
                    "not its turn".into(),
                ));
            }
            Act::Dead => return Err(Failure::dead("hopeless", "told to die")),
            Act::Panic => panic!("told to panic"),
            Act::Hang => std::future::pending().await,
            Act::Gate => probe.pass().await,
            Act::Block => probe.pass_blocking(),
            Act::Stubborn => {
                context.cancel().cancelled().await;
                return Err(Failure::retry("failed on being called off"));
            }
        }
        let finish = context.finish().await.inspect_err(|_| {
            probe.note(format!("refused {name}"));
        })?;
        audit::note(&finish, "test.effect", Some(name), json!({})).await?;
        probe.note(format!("end {name}"));
        if matches!(act, Act::FailLate) {
            Err(Failure::retry("told to fail late"))
        } else {
            Ok(finish)
        }
    }

    async fn ended(
        &self,
        tx: &Tx<TenantScope>,
        reason: &Reason,
    ) -> Result<(), wafaa_storage::Error> {
        Probe::of(tx.tenant()).note(format!("ended {}", self.name));
        audit::note(
            tx,
            "test.ended",
            Some(&self.name),
            json!({ "code": reason.code }),
        )
        .await
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal in $lane:ident within $timeout:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Serialize, Deserialize)]
        pub(crate) struct $kind(pub(crate) Task);

        impl Kind for $kind {
            const KIND: &'static str = $name;
            const LANE: Lane = Lane::$lane;
            const MAX_ATTEMPTS: i32 = 3;
            const TIMEOUT: Duration = $timeout;

            fn dedupe_key(&self) -> Option<String> {
                self.0.dedupe.clone()
            }

            fn order_key(&self) -> Option<String> {
                self.0.order.clone()
            }

            fn parent(&self) -> Option<String> {
                self.0.parent.clone()
            }

            fn delay(&self) -> Duration {
                self.0.delay
            }

            async fn run(self, context: &Context) -> Result<Done, Failure> {
                self.0.act(context).await?.commit().await
            }

            async fn ended(&self, tx: &Tx<TenantScope>, reason: &Reason) -> Result<(), wafaa_storage::Error> {
                self.0.ended(tx, reason).await
            }
        }
    )+};
}

kinds! {
    /// In a lane of short jobs.
    Work = "test_work" in Insight within Duration::from_secs(120);
    /// Must end soon.
    Hasty = "test_hasty" in Insight within Duration::from_millis(300);
    /// In the lane of long jobs.
    Bulk = "test_bulk" in Ingest within Duration::from_secs(120);
    /// In the lane of the hurried ones.
    Quick = "test_quick" in Reply within Duration::from_secs(120);
}

/// Fans out into many [`Part`]s; the last of them enqueues `join`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Split {
    pub(crate) parts: Vec<Task>,
    pub(crate) join: Task,
}

impl Kind for Split {
    const KIND: &'static str = "test_split";
    const LANE: Lane = Lane::Insight;
    const TIMEOUT: Duration = Duration::from_secs(120);

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let tx = context.finish().await?;
        ledger::set_barrier(&tx, &self.join.name, self.parts.len()).await?;
        for task in self.parts {
            let join = self.join.clone();
            tx.enqueue(&Part { task, join }).await?;
        }
        tx.commit().await
    }
}

/// One of many.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Part {
    task: Task,
    join: Task,
}

impl Kind for Part {
    const KIND: &'static str = "test_part";
    const LANE: Lane = Lane::Insight;
    const TIMEOUT: Duration = Duration::from_secs(120);

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let tx = self.task.act(context).await?;
        if ledger::count_down(&tx, &self.join.name).await? == 0 {
            tx.enqueue(&Work(self.join)).await?;
        }
        tx.commit().await
    }
}

/// Succeeds and enqueues `next`, each time it gets so far.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Link {
    pub(crate) task: Task,
    pub(crate) next: Task,
}

impl Kind for Link {
    const KIND: &'static str = "test_link";
    const LANE: Lane = Lane::Insight;
    const TIMEOUT: Duration = Duration::from_secs(120);

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let probe = Probe::of(context.scope().tenant());
        let run = probe.note(format!("begin {}", self.task.name));
        let tx = context.finish().await?;
        tx.enqueue(&Work(self.next)).await?;
        match self.task.script.get(run - 1) {
            Some(_) => Err(Failure::RetryAfter(
                Duration::ZERO,
                "told to fail late".into(),
            )),
            None => tx.commit().await,
        }
    }
}

/// Writes a file before it commits, as steps of the chain do.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Scribble(pub(crate) Task);

impl Kind for Scribble {
    const KIND: &'static str = "test_scribble";
    const LANE: Lane = Lane::Insight;
    const TIMEOUT: Duration = Duration::from_secs(120);

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let probe = Probe::of(context.scope().tenant());
        let name = &self.0.name;
        probe.note(format!("begin {name}"));
        match self.0.script.first() {
            Some(Act::Block) => probe.pass_blocking(),
            _ => probe.pass().await,
        }
        let key = BlobKey::original(DocumentId::new(), 1);
        let content = bytes::Bytes::from_static(b"somebody's");
        context
            .services()
            .blobs
            .put(context.scope(), &key, content)
            .await?;
        probe.note(format!("wrote {name}"));
        context.finish().await?.commit().await
    }
}

pub(crate) fn all() -> Registry {
    Registry::new()
        .with::<Work>()
        .with::<Hasty>()
        .with::<Bulk>()
        .with::<Quick>()
        .with::<Split>()
        .with::<Part>()
        .with::<Link>()
        .with::<Scribble>()
}
