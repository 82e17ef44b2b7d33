//! The grammar of `wafaa bench load`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{mix::Mix, span};

/// What is sent, where to, and what is made of it.
#[derive(Debug, Args)]
pub(crate) struct Load {
    /// Where it answers; several, with commas, take turns.
    #[arg(
        long,
        value_name = "URL",
        value_delimiter = ',',
        default_value = "http://127.0.0.1:8000"
    )]
    pub(crate) url: Vec<String>,
    /// Requests a second; with --search, where to begin.
    #[arg(long, default_value_t = 20.0, value_parser = rate)]
    pub(crate) rate: f64,
    /// How long to send, after the warm-up.
    #[arg(long, default_value = "30s", value_parser = span::some)]
    pub(crate) duration: Duration,
    /// How long to send before anything is counted.
    #[arg(long, default_value = "2s", value_parser = span::parse)]
    pub(crate) warm_up: Duration,
    /// How requests are spread over time.
    #[arg(long, value_enum, default_value_t = Arrivals::Poisson)]
    pub(crate) arrivals: Arrivals,
    /// The same seed sends the same requests at the same times.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Shares of `ask`, `search`, `upload`, `webhook` (until it is stored) and `message` (until its answer was sent).
    #[arg(long, default_value = "ask=100")]
    pub(crate) mix: Mix,
    /// Play WhatsApp at this address, for `message`: start the installation with WAFAA_META_GRAPH_URL=http://ADDRESS.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8100")]
    pub(crate) provider: std::net::SocketAddr,
    /// How many tenants ask.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=9_999))]
    pub(crate) tenants: u16,
    /// How long an answer may take once the request is sent.
    #[arg(long, default_value = "10s", value_parser = span::some)]
    pub(crate) timeout: Duration,
    /// Requests under way at once; beyond it the generator falls behind, and says so.
    #[arg(long, default_value_t = 4_096, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) max_in_flight: u32,
    /// The percentage of answers that may lack what was asked for.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) max_wrong: f64,
    /// Write latency and throughput over time to this HTML page.
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,
    /// Keep the tenants' API keys in this file, so that the next run need not sign in.
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
    /// Find the highest rate that is borne, instead of sending at one rate.
    #[arg(long)]
    pub(crate) search: bool,
    /// With --search: the 95th percentile of latency to stay below.
    #[arg(long, default_value = "2s", value_parser = span::some, requires = "search")]
    pub(crate) p95_limit: Duration,
    /// With --search: how long each rate is tried.
    #[arg(long, default_value = "20s", value_parser = span::some, requires = "search")]
    pub(crate) step_duration: Duration,
}

/// How requests are spread over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Arrivals {
    /// At random and independent of each other, as from many customers.
    Poisson,
    /// Evenly.
    Uniform,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.01..=1_000_000.0).contains(&rate) => Ok(rate),
        _ => Err(format!("`{text}` is not a rate from 0.01 to 1000000")),
    }
}
