//! `wafaa bench load`: requests to a running installation on a schedule, and how it answered.
//!
//! Tenants and their documents are made up so that every answer is known; a wrong one is counted, and data of another
//! tenant fails the run. Deliberately absent: measuring how long a document or a message takes until it is ready or
//! answered, which the ledger's own metrics tell.

mod answer;
mod chart;
mod corpus;
mod dice;
mod drive;
mod outcome;
mod page;
mod peak;
mod prepare;
mod provider;
mod report;
mod schedule;
mod summary;
mod tally;
mod target;
mod traffic;
mod webhook;

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use self::{
    peak::Step,
    provider::Provider,
    schedule::Schedule,
    summary::{Plan, Summary},
    tally::Tally,
    target::Target,
    traffic::Traffic,
};
use crate::cli::{Kind, Load, Output};

/// Between two rates of a search, for what the first has left to do.
const BREATHER: Duration = Duration::from_secs(2);

/// Runs the load; the exit code is a failure when requests failed or data leaked.
pub(super) async fn run(load: &Load, output: Output) -> anyhow::Result<ExitCode> {
    allow_connections();
    let target = Arc::new(Target::new(&load.url, load.timeout)?);
    let bar = bar("preparing tenants")?;
    let tenants = prepare::tenants(&target, load, &bar).await?;
    bar.finish_and_clear();
    let provider = if load.mix.has(Kind::Message) {
        Some(Provider::open(load.provider, Arc::clone(&target)).await?)
    } else {
        None
    };
    let traffic = Arc::new(Traffic::new(
        target,
        provider,
        tenants,
        load.mix.clone(),
        load.seed,
    ));
    if load.search {
        return search(load, &traffic, output).await;
    }
    let summary = measure(load, &traffic, Plan::of(load), 0).await?;
    report::print(output, &summary)?;
    draw(load, &summary)?;
    let beyond = traffic.beyond();
    if beyond > 0 {
        eprintln!("{beyond} answers were sent twice, or came after all patience");
    }
    Ok(exit(summary.passed && beyond == 0))
}

/// Finds the highest rate; the page shows the last run at a rate that was borne.
async fn search(load: &Load, traffic: &Arc<Traffic>, output: Output) -> anyhow::Result<ExitCode> {
    let mut steps: Vec<Step> = Vec::new();
    let mut shown = None;
    while let Some(rate) = peak::next(&steps, load.rate) {
        if !steps.is_empty() {
            tokio::time::sleep(BREATHER).await;
        }
        let plan = Plan {
            rate,
            seconds: load.step_duration.as_secs_f64(),
            ..Plan::of(load)
        };
        let summary = measure(load, traffic, plan, steps.len()).await?;
        let step = Step::of(&summary, load.p95_limit).context("nothing was sent")?;
        let leaked = step.leaks > 0;
        if step.borne || shown.is_none() {
            shown = Some(summary);
        }
        steps.push(step);
        if leaked {
            break;
        }
    }
    report::print_steps(output, &steps, peak::highest(&steps))?;
    if let Some(summary) = shown {
        draw(load, &summary)?;
    }
    Ok(exit(steps.iter().all(|step| step.leaks == 0)))
}

/// Sends at one rate. Each step of a search has requests of its own, so that nothing is uploaded twice.
async fn measure(
    load: &Load,
    traffic: &Arc<Traffic>,
    plan: Plan,
    step: usize,
) -> anyhow::Result<Summary> {
    let first = (step as u64) << 32;
    let duration = Duration::from_secs_f64(plan.seconds);
    let whole = load.warm_up + duration;
    let bar = bar(&format!("sending {:.1} a second", plan.rate))?;
    bar.set_length(drive::milliseconds(whole));
    let tally = drive::drive(
        Schedule::new(load.arrivals, plan.rate, whole, load.seed),
        Tally::new(load.warm_up, duration)?,
        load.max_in_flight,
        &bar,
        |arrival| Arc::clone(traffic).send(first + arrival.number),
    )
    .await?;
    bar.finish_and_clear();
    Ok(Summary::of(plan, &tally, load.max_wrong))
}

fn draw(load: &Load, summary: &Summary) -> anyhow::Result<()> {
    let Some(path) = &load.plot else {
        return Ok(());
    };
    std::fs::write(path, page::html(summary)?)
        .with_context(|| format!("can't write {}", path.display()))
}

fn bar(what: &str) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{prefix} {bar:30} {percent:>3} %")?;
    Ok(ProgressBar::new(0)
        .with_style(style)
        .with_prefix(what.to_owned()))
}

/// Asks for as many open files as the system lets us have: each request under way has a connection.
fn allow_connections() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Refused, there are fewer connections, and requests beyond them fail visibly.
    let _ = setrlimit(Resource::Nofile, limit);
}

fn exit(passed: bool) -> ExitCode {
    if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
