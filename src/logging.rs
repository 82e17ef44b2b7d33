//! Structured logs on standard error, as text or one JSON object a line.

use std::io::IsTerminal;

use anyhow::anyhow;
use tracing_subscriber::EnvFilter;

use crate::config::Log;

/// Starts logging. Servers say what they do, other commands only what is wrong.
pub(crate) fn start(log: &Log, server: bool) -> anyhow::Result<()> {
    let default = if server {
        "info,lance=warn,lancedb=warn"
    } else {
        "error"
    };
    let filter = EnvFilter::try_new(log.filter.as_deref().unwrap_or(default))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = if log.json {
        builder.json().try_init()
    } else {
        builder.try_init()
    };
    started.map_err(|error| anyhow!("can't start logging: {error}"))
}
