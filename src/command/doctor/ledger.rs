//! Jobs that stand still, and jobs that were given up.

use std::time::Duration;

use wafaa_domain::SystemScope;
use wafaa_storage::{
    Database,
    ledger::{self, Health},
};

use super::{Check, host::chain};

/// A reconciler looks every second.
const GRACE: Duration = Duration::from_secs(60);
/// Longer than any burst that the workers of one machine can't take.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

pub(super) async fn jobs(db: &Database) -> Vec<Check> {
    let asking = async {
        let tx = db.read(SystemScope::new("look for stuck jobs")).await?;
        let health = ledger::health(&tx, GRACE).await?;
        tx.commit().await?;
        Ok::<_, wafaa_storage::Error>(health)
    };
    match asking.await {
        Ok(health) => vec![leases(health), queue(health), dead(health)],
        Err(error) => vec![Check::problem(
            "jobs",
            chain(&error),
            "see the line `database`",
        )],
    }
}

fn leases(Health { lapsed, .. }: Health) -> Check {
    const CHECK: &str = "leases";
    if lapsed == 0 {
        return Check::ok(CHECK, "none has run out");
    }
    Check::problem(
        CHECK,
        format!("{lapsed} ran out more than a minute ago and nobody brings the jobs back"),
        "start a worker: `wafaa serve`, or `wafaa worker`",
    )
}

fn queue(Health { oldest_ready, .. }: Health) -> Check {
    const CHECK: &str = "queue";
    let waited = oldest_ready.as_secs();
    if oldest_ready <= PATIENCE {
        return Check::ok(CHECK, format!("the oldest ready job has waited {waited} s"));
    }
    Check::problem(
        CHECK,
        format!("the oldest ready job has waited {} minutes", waited / 60),
        "start more workers; `wafaa jobs list --state ready` shows which lane stands still",
    )
}

fn dead(Health { dead, .. }: Health) -> Check {
    const CHECK: &str = "dead jobs";
    if dead == 0 {
        return Check::ok(CHECK, "none");
    }
    Check::warning(
        CHECK,
        format!("{dead} were given up"),
        "`wafaa jobs list --state dead` says why; `wafaa jobs retry ID` tries again",
    )
}
