//! Erasing a tenant for which jobs run: nothing of it is left, and nothing comes back.

use std::time::Duration;

use tokio::time;
use wafaa_domain::{Actor, TenantScope};
use wafaa_jobs::{Handle, tenant::Tenants};
use wafaa_storage::{Error, archive, blob::Measure, erasure, tenant};

use crate::{
    engine::{TestEngine, system},
    kind::{
        Act::{Block, Gate},
        Scribble, Task, Work, all,
    },
    probe::PATIENCE,
};

fn tenants(engine: &TestEngine) -> Tenants {
    Tenants::from(&*engine.services)
}

/// Waits until there is no row of the tenant any more.
async fn rows_are_gone(engine: &TestEngine, scope: &TenantScope) {
    let gone = async {
        loop {
            let tx = engine.services.db.read(system()).await.unwrap();
            match tenant::get(&tx, scope.tenant()).await {
                Err(Error::NotFound) => return,
                other => drop(other.unwrap()),
            }
            drop(tx);
            time::sleep(Duration::from_millis(5)).await;
        }
    };
    time::timeout(PATIENCE, gone).await.expect("the rows go");
}

async fn files(engine: &TestEngine, scope: &TenantScope) -> Measure {
    engine.services.blobs.measure(scope).await.unwrap()
}

async fn nothing_is_left(engine: &TestEngine, scope: &TenantScope) {
    let tx = engine.services.db.read(system()).await.unwrap();
    let schema = archive::schema(&tx).await.unwrap();
    let kept = erasure::of(&tx, scope.tenant()).await.unwrap().receipt;
    assert!(kept.is_genuine(), "{kept:?}");
    let tx = tx.narrow(scope.tenant(), Actor::CommandLine).await.unwrap();
    for table in &schema.tables {
        let rows = archive::page(&tx, table, None).await.unwrap();
        assert!(rows.is_empty(), "{}: {rows:?}", table.name);
    }
    assert_eq!(files(engine, scope).await, Measure::default());
    let vectors = engine.services.vectors.measure(scope).await.unwrap();
    assert_eq!(vectors.tables + vectors.bytes, 0);
}

pub(crate) async fn a_run_that_can_be_called_off_leaves_nothing(engine: &mut TestEngine) {
    let (tenant, other) = (engine.tenant().await, engine.tenant().await);
    engine.start().await;
    let task = |name: &str| Scribble(Task::new(name, &[Gate]));
    engine.enqueue(&tenant, &task("a")).await;
    engine.enqueue(&other, &task("b")).await;
    engine.probe(&tenant).seen("begin a", 1).await;
    engine.probe(&other).seen("begin b", 1).await;
    let erasing = tenants(engine);
    let erased = erasing.erase(engine.handle(), tenant.tenant(), Actor::CommandLine);
    let receipt = erased.await.unwrap();
    assert_eq!(receipt.rows["jobs"], 1);
    nothing_is_left(engine, &tenant).await;
    engine.probe(&tenant).open();
    engine.probe(&other).open();
    engine.settled().await;
    assert_eq!(engine.probe(&tenant).count("wrote a"), 0);
    nothing_is_left(engine, &tenant).await;
    assert_eq!(
        files(engine, &other).await.files,
        1,
        "the other tenant goes on"
    );
    // Asking again is answered with the same receipt.
    let again = erasing.erase(engine.handle(), tenant.tenant(), Actor::CommandLine);
    assert_eq!(again.await.unwrap(), receipt);
}

pub(crate) async fn a_deaf_run_is_waited_for(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    engine
        .enqueue(&tenant, &Scribble(Task::new("a", &[Block])))
        .await;
    engine.probe(&tenant).seen("begin a", 1).await;
    let (erasing, handle) = (tenants(engine), engine.handle().clone());
    let erased = tokio::spawn(async move {
        erasing
            .erase(&handle, tenant.tenant(), Actor::CommandLine)
            .await
    });
    rows_are_gone(engine, &tenant).await;
    assert!(!erased.is_finished(), "somebody still works for the tenant");
    engine.probe(&tenant).open();
    erased.await.unwrap().unwrap();
    nothing_is_left(engine, &tenant).await;
}

pub(crate) async fn a_zombie_of_another_process_leaves_nothing(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine
        .start_with(|settings| settings.lease = Duration::from_millis(500))
        .await;
    engine
        .enqueue(&tenant, &Scribble(Task::new("a", &[Block])))
        .await;
    let probe = engine.probe(&tenant);
    probe.seen("begin a", 1).await;
    // As from the command line: whoever runs the job is somewhere else.
    let elsewhere = Handle::without_workers(all(), None);
    let erased = tenants(engine);
    let erased = erased.erase(&elsewhere, tenant.tenant(), Actor::CommandLine);
    erased.await.unwrap();
    nothing_is_left(engine, &tenant).await;
    probe.open();
    // It is lost, but deaf: it may write its file before it notices, and then it tidies up.
    engine.stop().await;
    nothing_is_left(engine, &tenant).await;
}

/// As when the process was killed between the rows and the files.
pub(crate) async fn an_interrupted_erasure_is_brought_to_its_end(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start().await;
    engine.probe(&tenant).open();
    engine
        .enqueue(&tenant, &Scribble(Task::new("a", &[Gate])))
        .await;
    engine.enqueue(&tenant, &Work(Task::new("b", &[]))).await;
    engine.settled().await;
    let tx = engine.services.db.write(system()).await.unwrap();
    let schema = archive::schema(&tx).await.unwrap();
    let slug = tenant::get(&tx, tenant.tenant()).await.unwrap().slug;
    let mut receipt = erasure::Receipt::begun(tenant.tenant(), slug, "command_line".into());
    receipt.started_at -= chrono::TimeDelta::hours(1);
    erasure::open(&tx, receipt).await.unwrap();
    let tx = tx
        .narrow(tenant.tenant(), Actor::CommandLine)
        .await
        .unwrap();
    erasure::delete_rows(&tx, &schema).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(files(engine, &tenant).await.files, 1);
    engine.stop().await;
    // Upkeep begins with a look around.
    engine.start().await;
    let ended = async {
        loop {
            let tx = engine.services.db.read(system()).await.unwrap();
            if erasure::unfinished(&tx).await.unwrap().is_empty() {
                return;
            }
            drop(tx);
            time::sleep(Duration::from_millis(5)).await;
        }
    };
    time::timeout(PATIENCE, ended)
        .await
        .expect("upkeep ends it");
    nothing_is_left(engine, &tenant).await;
    let tx = engine.services.db.read(system()).await.unwrap();
    let kept = erasure::of(&tx, tenant.tenant()).await.unwrap().receipt;
    assert_eq!(kept.blobs.files, 1, "what was removed is counted: {kept:?}");
}
