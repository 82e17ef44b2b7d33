//! Who is alive, and what is taken from those who are not.

use std::{collections::BTreeMap, time::Duration};

use wafaa_domain::{JobState, Lane};
use wafaa_storage::{
    Database, ledger,
    worker::{self, Worker},
};

use crate::{
    database::{on_each_database, read, system, tenant, write},
    ledger::{enqueue, job, look, start},
};

on_each_database!(
    workers_are_known_while_they_beat,
    a_silent_workers_jobs_are_taken_from_it,
    one_process_dispatches_at_a_time,
);

const AGES: Duration = Duration::from_secs(3_600);

fn named(name: &str, lane: Lane, room: u32) -> Worker {
    Worker {
        name: name.to_owned(),
        host: "host".to_owned(),
        lanes: BTreeMap::from([(lane, room)]),
    }
}

async fn beat(db: &Database, worker: &Worker) {
    write(db, system(), async |tx| worker::beat(tx, worker).await)
        .await
        .unwrap();
}

async fn workers_are_known_while_they_beat(db: Database) {
    let (one, mut two) = (named("one", Lane::Reply, 3), named("two", Lane::Ingest, 1));
    beat(&db, &one).await;
    tokio::time::sleep(Duration::from_millis(5)).await; // the order of service is by the millisecond
    beat(&db, &two).await;
    beat(&db, &one).await;
    two.lanes.insert(Lane::Reply, 9);
    beat(&db, &two).await;
    let alive = async |silence| {
        read(&db, system(), async |tx| worker::alive(tx, silence).await)
            .await
            .unwrap()
    };
    assert_eq!(alive(AGES).await, [one, two]);
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert!(alive(Duration::from_millis(1)).await.is_empty());
    write(&db, system(), async |tx| worker::forget(tx, "one").await)
        .await
        .unwrap();
    assert_eq!(alive(AGES).await.len(), 1);
}

async fn a_silent_workers_jobs_are_taken_from_it(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = enqueue(&db, scope, &job()).await;
    start(&db).await;
    beat(&db, &named("worker", Lane::Ingest, 1)).await;
    let reap = async |silence| {
        write(&db, system(), async |tx| {
            let gone = worker::forget_silent(tx, silence).await?;
            let forfeited = ledger::forfeit(tx, &gone).await?;
            Ok((gone, forfeited, ledger::expired(tx).await?.len()))
        })
        .await
        .unwrap()
    };
    assert_eq!(reap(AGES).await, (vec![], 0, 0));
    tokio::time::sleep(Duration::from_millis(5)).await;
    let gone = vec!["worker".to_owned()];
    assert_eq!(reap(Duration::from_millis(1)).await, (gone, 1, 1));
    assert_eq!(look(&db, id).await.state, JobState::Running);
}

async fn one_process_dispatches_at_a_time(db: Database) {
    let first = db.write(system()).await.unwrap();
    assert!(ledger::lead(&first).await.unwrap());
    if db.is_shared() {
        let second = db.write(system()).await.unwrap();
        assert!(!ledger::lead(&second).await.unwrap());
    }
    first.commit().await.unwrap();
    let next = db.write(system()).await.unwrap();
    assert!(ledger::lead(&next).await.unwrap());
}
