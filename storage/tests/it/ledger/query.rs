//! Looking at jobs.

use wafaa_domain::{JobId, JobState, Lane, TenantScope};
use wafaa_storage::{
    Database,
    ledger::{self, Filter, NewJob, Stats},
};

use super::{enqueue, job, start, succeed};
use crate::database::{assert_fails, on_each_database, read, system, tenant};

on_each_database!(
    jobs_are_listed_newest_first_by_page,
    jobs_are_found_by_state_kind_lane_and_parent,
    an_operator_sees_the_jobs_of_all,
    jobs_are_counted_by_lane_kind_and_state,
);

fn child(kind: &'static str, lane: Lane, parent: &str) -> NewJob {
    NewJob {
        kind,
        lane,
        parent: Some(parent.into()),
        ..job()
    }
}

async fn ids(db: &Database, scope: TenantScope, filter: &Filter) -> Vec<JobId> {
    let page = read(db, scope, async |tx| {
        ledger::list(tx, filter, None, 99).await
    });
    page.await.unwrap().rows.iter().map(|job| job.id).collect()
}

async fn jobs_are_listed_newest_first_by_page(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let mut expected = Vec::new();
    for _ in 0..5 {
        expected.insert(0, enqueue(&db, scope, &job()).await);
    }
    let mut found = Vec::new();
    let mut before = None;
    loop {
        let page = read(&db, scope, async |tx| {
            ledger::list(tx, &Filter::default(), before, 2).await
        });
        let page = page.await.unwrap();
        assert!(page.rows.len() <= 2);
        before = page.rows.last().map(|job| job.seq);
        found.extend(page.rows.iter().map(|job| job.id));
        if !page.more {
            break;
        }
    }
    assert_eq!(found, expected);
}

async fn jobs_are_found_by_state_kind_lane_and_parent(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let done = enqueue(&db, scope, &child("ingest", Lane::Ingest, "doc_1")).await;
    let run = start(&db).await;
    succeed(&db, scope, run).await.unwrap();
    let chunk = enqueue(&db, scope, &child("chunk", Lane::Ingest, "doc_1")).await;
    let reply = enqueue(&db, scope, &child("respond", Lane::Reply, "msg_1")).await;
    let filter = Filter::default;
    for (filter, expected) in [
        (filter(), vec![reply, chunk, done]),
        (
            Filter {
                state: Some(JobState::Ready),
                ..filter()
            },
            vec![reply, chunk],
        ),
        (
            Filter {
                kind: Some("chunk".into()),
                ..filter()
            },
            vec![chunk],
        ),
        (
            Filter {
                lane: Some(Lane::Ingest),
                ..filter()
            },
            vec![chunk, done],
        ),
        (
            Filter {
                parent: Some("doc_1".into()),
                state: Some(JobState::Succeeded),
                ..filter()
            },
            vec![done],
        ),
        (
            Filter {
                parent: Some("doc_2".into()),
                ..filter()
            },
            vec![],
        ),
    ] {
        assert_eq!(ids(&db, scope, &filter).await, expected, "{filter:?}");
    }
    let latest = async |parent| {
        read(&db, scope, async |tx| {
            ledger::latest_of_parent(tx, parent).await
        })
        .await
        .unwrap()
        .map(|job| job.id)
    };
    assert_eq!(latest("doc_1").await, Some(chunk));
    assert_eq!(latest("doc_2").await, None);
}

async fn an_operator_sees_the_jobs_of_all(db: Database) {
    let (one, two) = (tenant(&db, "one-shop").await, tenant(&db, "two-shop").await);
    let first = enqueue(&db, one, &job()).await;
    let second = enqueue(&db, two, &job()).await;
    let third = enqueue(&db, one, &job()).await;
    read(&db, system(), async |tx| {
        let found = async |tenant, before| {
            let page = ledger::list_any(tx, tenant, &Filter::default(), before, 9).await;
            let rows = page.unwrap().rows;
            rows.iter().map(|job| job.id).collect::<Vec<_>>()
        };
        assert_eq!(found(None, None).await, [third, second, first]);
        assert_eq!(found(Some(one.tenant()), None).await, [third, first]);
        let seq = ledger::get_any(tx, second).await?.seq;
        assert_eq!(found(None, Some(seq)).await, [first]);
        assert_fails!(ledger::get_any(tx, JobId::new()).await, NotFound);
        Ok(())
    })
    .await
    .unwrap();
}

fn counts(stats: &Stats) -> Vec<(Lane, &str, JobState, u64)> {
    stats
        .counts
        .iter()
        .map(|stat| (stat.lane, stat.kind.as_str(), stat.state, stat.jobs))
        .collect()
}

async fn jobs_are_counted_by_lane_kind_and_state(db: Database) {
    let (one, two) = (tenant(&db, "one-shop").await, tenant(&db, "two-shop").await);
    enqueue(&db, one, &job()).await;
    let run = start(&db).await;
    succeed(&db, one, run).await.unwrap();
    let overdue = NewJob {
        run_at: Some(chrono::Utc::now() - chrono::TimeDelta::minutes(5)),
        ..job()
    };
    enqueue(&db, one, &overdue).await;
    enqueue(&db, one, &job()).await;
    enqueue(&db, two, &child("respond", Lane::Reply, "msg_1")).await;

    let of_one = read(&db, one, async |tx| ledger::stats(tx).await);
    let of_one = of_one.await.unwrap();
    assert_eq!(
        counts(&of_one),
        [
            (Lane::Ingest, "ingest", JobState::Ready, 2),
            (Lane::Ingest, "ingest", JobState::Succeeded, 1)
        ]
    );
    let pace = &of_one.lanes[0];
    assert_eq!((of_one.lanes.len(), pace.lane), (1, Lane::Ingest));
    assert_eq!(pace.succeeded_last_minute, 1);
    assert!((300_000..360_000).contains(&pace.oldest_ready_ms));

    let (all, of_two) = read(&db, system(), async |tx| {
        Ok((
            ledger::stats_any(tx, None).await?,
            ledger::stats_any(tx, Some(two.tenant())).await?,
        ))
    })
    .await
    .unwrap();
    let reply = (Lane::Reply, "respond", JobState::Ready, 1);
    assert_eq!(counts(&of_two), [reply]);
    assert_eq!((counts(&all).len(), counts(&all)[2]), (3, reply));
    assert_eq!((all.lanes.len(), of_two.lanes.len()), (2, 1));
    assert_eq!(of_two.lanes[0].succeeded_last_minute, 0);
}
