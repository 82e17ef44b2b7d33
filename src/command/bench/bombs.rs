//! `wafaa bench bombs`: what becomes of files that are made to hurt, in the confined child that uploads go through.

use std::{
    fs,
    time::{Duration, Instant},
};

use serde::Serialize;
use tokio::time;
use tokio_util::sync::CancellationToken;
use wafaa_pipelines::knowledge::parse::{Error, Sandbox, bomb::bombs};

use super::process::megabytes;
use crate::{cli::Output, command::print, config::Config, runtime};

/// Seconds within which a file must come to its end that takes more memory than [`MEMORY`].
const SECONDS: f64 = 5.0;
/// Megabytes within which one may take longer.
const MEMORY: f64 = 512.0;
/// How often the child's memory is looked at. What is seen is the most it has held until then.
const LOOK: Duration = Duration::from_millis(5);

/// What has become of one.
#[derive(Debug, Serialize)]
struct Row {
    file: &'static str,
    does: &'static str,
    bytes: usize,
    /// `read`, or why it was not.
    outcome: &'static str,
    seconds: f64,
    /// The most that the child held, resident.
    megabytes: f64,
    ok: bool,
}

pub(super) async fn run(config: &Config, output: Output) -> anyhow::Result<()> {
    let sandbox = runtime::sandbox(config).await?;
    let mut rows = Vec::new();
    for bomb in bombs()? {
        let begun = Instant::now();
        let (outcome, megabytes) = read(&sandbox, &bomb.bytes, bomb.name).await;
        let seconds = begun.elapsed().as_secs_f64();
        rows.push(Row {
            file: bomb.name,
            does: bomb.does,
            bytes: bomb.bytes.len(),
            outcome,
            seconds,
            megabytes,
            ok: seconds <= SECONDS || megabytes <= MEMORY,
        });
    }
    let header = [
        "FILE",
        "WHAT IT DOES",
        "BYTES",
        "OUTCOME",
        "SECONDS",
        "MB",
        "WANTED: ≤ 5 S OR ≤ 512 MB",
    ];
    print(output, &rows, &header, |row| {
        vec![
            row.file.to_owned(),
            row.does.to_owned(),
            row.bytes.to_string(),
            row.outcome.to_owned(),
            format!("{:.2}", row.seconds),
            format!("{:.0}", row.megabytes),
            if row.ok { "ok" } else { "SHORT" }.to_owned(),
        ]
    })
}

/// What became of the file, and the most memory that was held for it.
async fn read(sandbox: &Sandbox, bytes: &[u8], name: &str) -> (&'static str, f64) {
    let cancel = CancellationToken::new();
    let reading = async {
        match sandbox.parse(bytes, name, &cancel).await {
            Err(Error::Archive) => sandbox.unpack(bytes, &cancel).await.map(drop),
            other => other.map(drop),
        }
    };
    tokio::pin!(reading);
    let mut most: f64 = 0.0;
    loop {
        tokio::select! {
            read = &mut reading => {
                return (read.as_ref().map_or_else(Error::code, |()| "read"), most);
            }
            () = time::sleep(LOOK) => most = most.max(children().unwrap_or_default()),
        }
    }
}

/// Megabytes of this process's largest child, at its peak; `None` where `/proc` doesn't say.
fn children() -> Option<f64> {
    let tasks = fs::read_dir("/proc/self/task").ok()?.flatten();
    let ids = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let ids: Vec<String> = ids.collect();
    let peaks = ids
        .iter()
        .flat_map(|ids| ids.split_whitespace())
        .filter_map(|id| megabytes(id, "VmHWM").ok());
    peaks.reduce(f64::max)
}
