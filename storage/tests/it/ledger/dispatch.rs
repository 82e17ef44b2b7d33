//! From waiting to dispatched: in time, in order, in turn.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use wafaa_domain::{JobId, JobState, Lane, TenantId, TenantScope};
use wafaa_storage::{
    Database,
    ledger::{self, NewJob},
};

use super::{LEASE, claim, dispatch, enqueue, job, look, ordered, promote, start, succeed};
use crate::database::{on_each_database, read, system, tenant, until_one_waits, write};

on_each_database!(
    a_job_is_promoted_when_it_is_due,
    only_the_first_of_an_order_key_runs,
    a_retried_job_waits_while_a_later_one_of_its_key_runs,
    priority_goes_before_arrival,
    lanes_are_dispatched_apart,
    tenants_take_turns,
    a_tenant_with_many_jobs_leaves_room_for_the_others,
    no_tenant_has_more_than_its_cap,
    jobs_in_flight_are_counted_by_lane_and_tenant,
    dispatchers_at_once_share_the_jobs,
    a_late_promotion_does_not_take_a_dispatched_job_back,
);

/// Dispatches without promoting first; answers whose turn it was last, and whose jobs they are.
async fn turn(
    db: &Database,
    free: u32,
    cap: u32,
    last: Option<TenantId>,
) -> (Vec<TenantId>, Option<TenantId>) {
    let (jobs, last) = write(db, system(), async |tx| {
        let ready = ledger::ready(tx, &[Lane::Ingest]).await?;
        let ready = ready.get(&Lane::Ingest).map_or(&[][..], Vec::as_slice);
        ledger::dispatch(tx, Lane::Ingest, ready, free, |_| cap, last, LEASE).await
    })
    .await
    .unwrap();
    let mut tenants = Vec::new();
    for dispatched in jobs {
        tenants.push(look(db, dispatched.job).await.tenant);
    }
    (tenants, last)
}

/// Tenants with as many ready jobs as asked for, in the order in which they take turns.
async fn tenants<const N: usize>(db: &Database, jobs: [usize; N]) -> [TenantId; N] {
    let mut made: [Option<TenantScope>; N] = [None; N];
    for (n, jobs) in jobs.into_iter().enumerate() {
        let scope = tenant(db, &format!("tenant-{n}")).await;
        for _ in 0..jobs {
            enqueue(db, scope, &job()).await;
        }
        made[n] = Some(scope);
    }
    made.map(|scope| scope.unwrap().tenant())
}

async fn state(db: &Database, id: JobId) -> JobState {
    look(db, id).await.state
}

async fn a_job_is_promoted_when_it_is_due(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let next = async || {
        let survey = read(&db, system(), async |tx| ledger::survey(tx).await);
        survey.await.unwrap().next_due
    };
    assert_eq!(next().await, None);
    let later = NewJob {
        run_at: Some(Utc::now() + TimeDelta::hours(1)),
        ..job()
    };
    let later = enqueue(&db, scope, &later).await;
    let ordered = enqueue(&db, scope, &ordered("key")).await;
    let wait = next().await.unwrap();
    assert!(
        wait > Duration::from_secs(3_500) && wait <= Duration::from_secs(3_600),
        "{wait:?}"
    );
    let due = async || {
        read(&db, system(), async |tx| ledger::is_due(tx).await)
            .await
            .unwrap()
    };
    assert!(due().await);
    assert_eq!((promote(&db).await, promote(&db).await), (1, 0));
    assert!(!due().await, "only the later one waits");
    assert_eq!(state(&db, later).await, JobState::Waiting);
    assert_eq!(state(&db, ordered).await, JobState::Ready);
}

async fn only_the_first_of_an_order_key_runs(db: Database) {
    let (one, two) = (tenant(&db, "one-shop").await, tenant(&db, "two-shop").await);
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(enqueue(&db, one, &ordered("key")).await);
    }
    let other_key = enqueue(&db, one, &ordered("other")).await;
    let theirs = enqueue(&db, two, &ordered("key")).await;

    let first: HashSet<_> = dispatch(&db, 99).await.into_iter().collect();
    let jobs: HashSet<_> = first.iter().map(|claim| claim.job).collect();
    assert_eq!(jobs, HashSet::from([ids[0], other_key, theirs]));
    let head = *first.iter().find(|claim| claim.job == ids[0]).unwrap();
    claim(&db, head).await.unwrap();
    assert!(dispatch(&db, 99).await.is_empty(), "the first one runs");
    write(&db, one, async |tx| {
        ledger::reschedule(tx, head, LEASE, "busy").await
    })
    .await
    .unwrap();
    assert!(
        dispatch(&db, 99).await.is_empty(),
        "the first one backs off"
    );

    write(&db, one, async |tx| ledger::cancel(tx, ids[0]).await)
        .await
        .unwrap();
    let second = start(&db).await;
    assert_eq!(second.job, ids[1], "a cancelled one lets the next go on");
    write(&db, one, async |tx| ledger::bury(tx, second, "no").await)
        .await
        .unwrap();
    let third = start(&db).await;
    assert_eq!(third.job, ids[2], "so does a dead one");
    succeed(&db, one, third).await.unwrap();
    assert_eq!(start(&db).await.job, ids[3]);
}

async fn a_retried_job_waits_while_a_later_one_of_its_key_runs(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let first = enqueue(&db, scope, &ordered("key")).await;
    let second = enqueue(&db, scope, &ordered("key")).await;
    let dead = start(&db).await;
    write(&db, scope, async |tx| ledger::bury(tx, dead, "no").await)
        .await
        .unwrap();
    let retry = async |id| {
        write(&db, scope, async |tx| ledger::retry(tx, id).await)
            .await
            .unwrap()
    };
    promote(&db).await;
    assert_eq!(state(&db, second).await, JobState::Ready);
    retry(first).await;
    assert_eq!(promote(&db).await, 0, "the second one is ready");
    let running = start(&db).await;
    assert_eq!(running.job, second);
    assert_eq!(promote(&db).await, 0, "the second one runs");
    succeed(&db, scope, running).await.unwrap();
    assert_eq!(start(&db).await.job, first);
}

async fn priority_goes_before_arrival(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let mut ids = Vec::new();
    for priority in [0, 5, 0, 5, -1] {
        let new = NewJob { priority, ..job() };
        ids.push(enqueue(&db, scope, &new).await);
    }
    let mut order = Vec::new();
    for free in [1, 3, 9] {
        order.extend(dispatch(&db, free).await.into_iter().map(|claim| claim.job));
    }
    assert_eq!(order, [ids[1], ids[3], ids[0], ids[2], ids[4]]);
}

async fn lanes_are_dispatched_apart(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let reply = NewJob {
        lane: Lane::Reply,
        ..job()
    };
    let reply = enqueue(&db, scope, &reply).await;
    let ingest = enqueue(&db, scope, &job()).await;
    let lanes = async || {
        let ready = read(&db, system(), async |tx| ledger::ready(tx, Lane::ALL).await).await;
        ready.unwrap().into_keys().collect::<HashSet<_>>()
    };
    assert_eq!(lanes().await, HashSet::from([Lane::Reply, Lane::Ingest]));
    let only = read(&db, system(), async |tx| {
        ledger::ready(tx, &[Lane::Reply, Lane::Insight]).await
    });
    let of_reply = HashMap::from([(Lane::Reply, vec![scope.tenant()])]);
    assert_eq!(only.await.unwrap(), of_reply);
    let dispatched = dispatch(&db, 9).await;
    assert_eq!((dispatched.len(), dispatched[0].job), (1, ingest));
    assert_eq!(lanes().await, HashSet::from([Lane::Reply]));
    assert_eq!(state(&db, reply).await, JobState::Ready);
}

async fn tenants_take_turns(db: Database) {
    let [one, two, three] = tenants(&db, [3, 3, 1]).await;
    let mut last = None;
    let mut order = Vec::new();
    for _ in 0..8 {
        let (jobs, reached) = turn(&db, 1, 99, last).await;
        order.extend(jobs);
        last = reached;
    }
    assert_eq!(order, [one, two, three, one, two, one, two]);
}

async fn a_tenant_with_many_jobs_leaves_room_for_the_others(db: Database) {
    let [many, few, one] = tenants(&db, [50, 2, 1]).await;
    let (jobs, _) = turn(&db, 6, 99, None).await;
    assert_eq!(jobs, [many, many, few, few, one]);
    let (jobs, _) = turn(&db, 6, 99, None).await;
    assert_eq!(jobs, [many; 6], "nobody else has any left");
}

async fn no_tenant_has_more_than_its_cap(db: Database) {
    let [one, two] = tenants(&db, [5, 1]).await;
    assert_eq!(turn(&db, 99, 0, None).await.0, []);
    assert_eq!(turn(&db, 0, 99, None).await.0, []);
    assert_eq!(turn(&db, 99, 2, None).await.0, [one, one, two]);
}

async fn jobs_in_flight_are_counted_by_lane_and_tenant(db: Database) {
    let (one, two) = (tenant(&db, "one-shop").await, tenant(&db, "two-shop").await);
    for scope in [one, one, one, two] {
        enqueue(&db, scope, &job()).await;
    }
    let reply = NewJob {
        lane: Lane::Reply,
        ..job()
    };
    enqueue(&db, one, &reply).await;
    let dispatched = dispatch(&db, 99).await;
    assert_eq!(dispatched.len(), 4);
    let of_one = dispatched[0];
    claim(&db, of_one).await.unwrap();
    claim(&db, dispatched[1]).await.unwrap();
    succeed(&db, one, of_one).await.unwrap();
    let survey = read(&db, system(), async |tx| ledger::survey(tx).await);
    assert_eq!(
        survey.await.unwrap().in_flight,
        HashMap::from([
            ((Lane::Ingest, one.tenant()), 2),
            ((Lane::Ingest, two.tenant()), 1)
        ])
    );
}

async fn dispatchers_at_once_share_the_jobs(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    for n in 0..60 {
        enqueue(&db, scope, &ordered(&n.to_string())).await;
    }
    let dispatchers = (0..4).map(|_| {
        let db = db.clone();
        tokio::spawn(async move {
            let mut taken = Vec::new();
            while taken.len() < 15 {
                taken.extend(dispatch(&db, 5).await);
            }
            taken
        })
    });
    let taken = futures::future::try_join_all(dispatchers).await.unwrap();
    let taken: Vec<_> = taken.into_iter().flatten().collect();
    let jobs: HashSet<_> = taken.iter().map(|claim| claim.job).collect();
    assert_eq!((taken.len(), jobs.len()), (60, 60));
    for reference in taken {
        assert!(claim(&db, reference).await.is_some(), "every one is good");
    }
}

async fn a_late_promotion_does_not_take_a_dispatched_job_back(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let id = enqueue(&db, scope, &ordered("key")).await;
    let first = db.write(system()).await.unwrap();
    assert_eq!(ledger::promote(&first).await.unwrap(), 1);
    let whose = [scope.tenant()];
    let (jobs, _) = ledger::dispatch(&first, Lane::Ingest, &whose, 9, |_| 9, None, LEASE)
        .await
        .unwrap();
    let second = tokio::spawn({
        let db = db.clone();
        async move { promote(&db).await }
    });
    until_one_waits(&db).await;
    first.commit().await.unwrap();
    assert_eq!(second.await.unwrap(), 0);
    assert_eq!(state(&db, id).await, JobState::Dispatched);
    assert!(claim(&db, super::reference(jobs[0])).await.is_some());
}
