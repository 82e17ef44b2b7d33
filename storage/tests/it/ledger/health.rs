//! What an operator is told of the ledger, and of the database's clock.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use wafaa_storage::{
    Database,
    ledger::{self, Health, NewJob},
};

use super::{enqueue, expire, job, start};
use crate::database::{on_each_database, read, system, tenant, write};

on_each_database!(
    an_idle_ledger_is_well,
    what_stands_still_is_counted,
    the_clock_is_ours
);

async fn health(db: &Database) -> Health {
    read(db, system(), async |tx| {
        ledger::health(tx, Duration::from_secs(60)).await
    })
    .await
    .unwrap()
}

async fn an_idle_ledger_is_well(db: Database) {
    let well = Health {
        lapsed: 0,
        oldest_ready: Duration::ZERO,
        dead: 0,
    };
    assert_eq!(health(&db).await, well);
    let scope = tenant(&db, "bayt-falafel").await;
    let later = NewJob {
        run_at: Some(Utc::now() + TimeDelta::hours(1)),
        ..job()
    };
    enqueue(&db, scope, &later).await;
    enqueue(&db, scope, &job()).await;
    start(&db).await;
    assert_eq!(health(&db).await, well);
}

async fn what_stands_still_is_counted(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    enqueue(&db, scope, &job()).await;
    let hopeless = start(&db).await;
    write(&db, scope, async |tx| {
        ledger::bury(tx, hopeless, "hopeless").await
    })
    .await
    .unwrap();
    enqueue(&db, scope, &job()).await;
    start(&db).await;
    // As if its lease had run out in 1970.
    expire(&db).await;
    let overdue = NewJob {
        run_at: Some(Utc::now() - TimeDelta::minutes(10)),
        ..job()
    };
    enqueue(&db, scope, &overdue).await;
    let found = health(&db).await;
    assert_eq!((found.lapsed, found.dead), (1, 1));
    let minutes = found.oldest_ready.as_secs() / 60;
    assert!((10..12).contains(&minutes), "{found:?}");
}

async fn the_clock_is_ours(db: Database) {
    let before = Utc::now() - TimeDelta::milliseconds(5);
    let there = read(&db, system(), async |tx| Ok(tx.now())).await.unwrap();
    let after = Utc::now() + TimeDelta::milliseconds(5);
    let span = before.timestamp_millis()..after.timestamp_millis();
    assert!(span.contains(&there), "{there} is not in {span:?}");
}
