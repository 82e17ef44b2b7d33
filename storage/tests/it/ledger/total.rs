//! Sums of finished jobs: whatever happens to jobs, the numbers are those that counting every row gives.

use wafaa_domain::{JobState, TenantScope};
use wafaa_storage::{Database, ledger};

use super::{enqueue, job, start, succeed};
use crate::{
    archive::erase,
    database::{is_postgres, on_each_database, owner, read, sql, system, tenant, texts, write},
};

on_each_database!(
    the_numbers_are_those_of_the_rows,
    the_first_count_finds_what_ended_before,
    sums_of_a_tenant_go_with_it,
    the_mark_stays_behind_who_is_writing,
    sums_are_made_anew_once_a_day,
);

/// Lets so many milliseconds pass: what happened has happened so much earlier.
pub(crate) async fn pass(db: &Database, time: i64) {
    for change in [
        format!("UPDATE jobs SET finished_at = finished_at - {time} WHERE finished_at IS NOT NULL"),
        format!("UPDATE job_totals SET at = at - {time} WHERE at > 0"),
        format!(
            "UPDATE job_totals_mark SET counted_until = counted_until - {time} WHERE counted_until > 0"
        ),
    ] {
        sql(db, &change).await.unwrap();
    }
}

pub(crate) async fn fold(db: &Database) -> bool {
    write(db, system(), async |tx| ledger::fold(tx).await)
        .await
        .unwrap()
}

pub(crate) async fn recount(db: &Database) {
    write(db, system(), async |tx| ledger::recount(tx).await)
        .await
        .unwrap();
}

async fn done(db: &Database, scope: TenantScope) {
    enqueue(db, scope, &job()).await;
    let run = start(db).await;
    succeed(db, scope, run).await.unwrap();
}

/// Counts by state, as the function tells them, after comparing them with the rows.
async fn numbers(db: &Database) -> Vec<(JobState, u64)> {
    let stats = read(db, system(), async |tx| ledger::stats_any(tx, None).await);
    let told = stats.await.unwrap().counts;
    let told: Vec<_> = told.iter().map(|stat| (stat.state, stat.jobs)).collect();
    let all = owner(db).await;
    let text = if is_postgres(db) { "::text" } else { "" };
    let counted = format!(
        "SELECT state || ' ' || COUNT(*){text} FROM jobs GROUP BY lane, kind, state ORDER BY lane, kind, state"
    );
    let rows = texts(all.connection(), &counted).await;
    let shown: Vec<String> = told
        .iter()
        .map(|(state, jobs)| format!("{state} {jobs}"))
        .collect();
    assert_eq!(shown, rows);
    told
}

async fn summed(db: &Database) -> Vec<String> {
    let text = if is_postgres(db) { "::text" } else { "" };
    let sums = format!(
        "SELECT state || ' ' || SUM(jobs){text} FROM job_totals GROUP BY state HAVING SUM(jobs) <> 0 ORDER BY state"
    );
    texts(owner(db).await.connection(), &sums).await
}

async fn the_numbers_are_those_of_the_rows(db: Database) {
    use JobState::{Cancelled, Ready, Succeeded, Waiting};
    let (one, two) = (tenant(&db, "one-shop").await, tenant(&db, "two-shop").await);
    recount(&db).await;
    for scope in [one, two, one] {
        done(&db, scope).await;
    }
    assert_eq!(numbers(&db).await, [(Succeeded, 3)]);
    assert!(!fold(&db).await, "they may not all be committed yet");
    pass(&db, 15_000).await;
    assert!(fold(&db).await);
    assert!(!fold(&db).await, "they are counted");
    assert_eq!(numbers(&db).await, [(Succeeded, 3)]);
    let recent = async || {
        let stats = read(&db, system(), async |tx| ledger::stats_any(tx, None).await);
        let lanes = stats.await.unwrap().lanes;
        lanes
            .iter()
            .map(|lane| lane.succeeded_last_minute)
            .sum::<u64>()
    };
    assert_eq!(recent().await, 3);

    let cancelled = enqueue(&db, one, &job()).await;
    let cancel = write(&db, one, async |tx| ledger::cancel(tx, cancelled).await);
    cancel.await.unwrap();
    enqueue(&db, two, &job()).await;
    pass(&db, 90_000).await;
    assert!(fold(&db).await);
    assert_eq!(
        numbers(&db).await,
        [(Cancelled, 1), (Ready, 1), (Succeeded, 3)]
    );
    assert_eq!(recent().await, 0);
    let of_one = read(&db, one, async |tx| ledger::stats(tx).await);
    let of_one = of_one.await.unwrap().counts;
    let of_one: Vec<_> = of_one.iter().map(|stat| (stat.state, stat.jobs)).collect();
    assert_eq!(of_one, [(Cancelled, 1), (Succeeded, 2)]);

    let retry = write(&db, one, async |tx| ledger::retry(tx, cancelled).await);
    retry.await.unwrap();
    assert_eq!(
        numbers(&db).await,
        [(Ready, 1), (Succeeded, 3), (Waiting, 1)]
    );
    let purge = write(&db, system(), async |tx| {
        ledger::purge(tx, tx.now() - 100_000).await
    });
    assert_eq!(purge.await.unwrap(), 3);
    assert_eq!(numbers(&db).await, [(Ready, 1), (Waiting, 1)]);
    assert_eq!(summed(&db).await, [String::new(); 0]);
}

/// What ended before sums were kept is counted once, and is not taken for recent.
async fn the_first_count_finds_what_ended_before(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    done(&db, scope).await;
    pass(&db, 15_000).await;
    assert!(!fold(&db).await, "the first count is another's");
    assert_eq!(summed(&db).await, [String::new(); 0]);
    recount(&db).await;
    assert_eq!(summed(&db).await, ["succeeded 1"]);
    assert_eq!(numbers(&db).await, [(JobState::Succeeded, 1)]);
}

async fn sums_of_a_tenant_go_with_it(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    done(&db, scope).await;
    pass(&db, 15_000).await;
    recount(&db).await;
    assert_eq!(summed(&db).await, ["succeeded 1"]);
    erase(&db, scope).await;
    assert_eq!(summed(&db).await, [String::new(); 0]);
}

/// PostgreSQL commits in any order: what was stamped before the mark must not come after it has moved on.
async fn the_mark_stays_behind_who_is_writing(db: Database) {
    if !is_postgres(&db) {
        return;
    }
    let scope = tenant(&db, "bayt-falafel").await;
    recount(&db).await;
    done(&db, scope).await;
    pass(&db, 15_000).await;
    let writing = db.write(scope).await.unwrap();
    ledger::enqueue(&writing, &job()).await.unwrap();
    let began = writing.now();
    // Until the two differ.
    while db.read(system()).await.unwrap().now() <= began + 50 {
        tokio::task::yield_now().await;
    }
    assert!(fold(&db).await);
    let mark = texts(
        db.connection(),
        "SELECT counted_until::text FROM job_totals_mark",
    );
    let mark: i64 = mark.await[0].parse().unwrap();
    assert!(mark <= began - 10_000, "{mark} and {began}");
    writing.commit().await.unwrap();
}

async fn sums_are_made_anew_once_a_day(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    done(&db, scope).await;
    pass(&db, 15_000).await;
    recount(&db).await;
    sql(&db, "UPDATE job_totals SET jobs = 7").await.unwrap();
    recount(&db).await;
    assert_eq!(summed(&db).await, ["succeeded 7"], "not twice a day");
    let yesterday = "UPDATE job_totals_mark SET recounted_at = recounted_at - 90000000";
    sql(&db, yesterday).await.unwrap();
    recount(&db).await;
    assert_eq!(summed(&db).await, ["succeeded 1"]);
}
