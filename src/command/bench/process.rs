//! The server as a process: how soon it answers and how much memory it holds when idle.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};

use super::report::Row;
use crate::config::Config;

/// How long to let it settle before its memory is read.
const SETTLE: Duration = Duration::from_secs(3);

pub(super) fn measure(config: &Config) -> anyhow::Result<Vec<Row>> {
    let begun = Instant::now();
    let mut server = Command::new(std::env::current_exe()?)
        .args(["serve", "--port", "0", "--data-dir"])
        .arg(&config.data_dir)
        .env("WAFAA_LANCE_URI", &config.lance_uri)
        .env("WAFAA_MODEL_DIR", &config.model.dir)
        .env_remove("WAFAA_DATABASE_URL")
        .env_remove("WAFAA_BLOB_URI")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut line = String::new();
    let stdout = server.stdout.take().context("the server has no output")?;
    let read = BufReader::new(stdout).read_line(&mut line);
    let ready = begun.elapsed();
    thread::sleep(SETTLE);
    let memory = resident_megabytes(server.id());
    server.kill()?;
    server.wait()?;
    read?;
    ensure!(
        line.starts_with("listening on "),
        "the server did not start: {line:?}"
    );
    Ok(vec![
        Row::at_most("start to ready", ready.as_secs_f64(), "s", 2.0),
        Row::at_most("memory, idle, model loaded", memory?, "MB", 350.0),
    ])
}

/// `VmRSS` of a process.
pub(super) fn resident_megabytes(pid: u32) -> anyhow::Result<f64> {
    megabytes(&pid.to_string(), "VmRSS")
}

/// What a process's status says of its memory.
pub(super) fn megabytes(pid: &str, field: &str) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let kilobytes = line.and_then(|rest| rest.split_whitespace().next());
    let kilobytes: f64 = kilobytes.with_context(|| format!("no {field}"))?.parse()?;
    Ok(kilobytes / 1_024.0)
}
