//! A Redis server for one test, included by the tests of several crates.
//!
//! `WAFAA_TEST_REDIS_URL` names a server to share; each test has a prefix of its own there. Without it each
//! test starts its own `redis-server` on a socket in a directory of its own, and can kill it.

#![allow(
    dead_code,
    reason = "each crate that includes this file uses a part of it"
)]

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Once,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use wafaa_storage::redis::Redis;

/// How long a server may take to come up on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server, or a share of one.
pub(crate) struct TestRedis {
    url: String,
    prefix: String,
    own: Option<Own>,
}

/// A server of one's own.
struct Own {
    directory: TempDir,
    process: Option<Child>,
}

impl TestRedis {
    /// The server that the environment names, or one of its own; `None`, said aloud, when there is neither.
    pub(crate) async fn start() -> Option<Self> {
        match std::env::var("WAFAA_TEST_REDIS_URL") {
            Ok(url) => Some(Self {
                url,
                prefix: unique(),
                own: None,
            }),
            Err(_) => Self::start_own().await,
        }
    }

    /// A server of one's own, which can be killed; `None`, said aloud, when there is no `redis-server`.
    pub(crate) async fn start_own() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("redis+unix://{}", socket(&directory).display());
        let mut own = Own {
            directory,
            process: None,
        };
        if !own.run() {
            say_skipped();
            return None;
        }
        let started = Self {
            url,
            prefix: unique(),
            own: Some(own),
        };
        started.answers().await;
        Some(started)
    }

    /// A connection of its own, as another process would have.
    pub(crate) async fn connect(&self) -> Redis {
        Redis::open(&self.url, &self.prefix).await.unwrap()
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Ends the server where it stands.
    pub(crate) fn kill(&mut self) {
        self.own
            .as_mut()
            .expect("a shared server is not killed")
            .kill();
    }

    /// Starts it again, empty.
    pub(crate) async fn restart(&mut self) {
        let own = self.own.as_mut().expect("a shared server is not restarted");
        own.kill();
        assert!(own.run(), "redis-server has gone");
        self.answers().await;
    }

    /// Waits until it answers. Nothing tells when it does, so this asks again and again.
    async fn answers(&self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match Redis::open(&self.url, &self.prefix).await {
                Ok(_) => return,
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Own {
    /// Whether there is such a program.
    fn run(&mut self) -> bool {
        let started = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no"])
            .arg("--unixsocket")
            .arg(socket(&self.directory))
            .arg("--dir")
            .arg(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.process = started.ok();
        self.process.is_some()
    }

    fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
        let _ = std::fs::remove_file(socket(&self.directory));
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.kill();
    }
}

fn socket(directory: &TempDir) -> PathBuf {
    directory.path().join("redis.sock")
}

fn unique() -> String {
    let id = wafaa_domain::JobId::new().to_string();
    format!("test_{}", id.trim_start_matches("job_"))
}

/// On standard error itself, since the test harness hides what a passing test prints.
fn say_skipped() {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        let message =
            b"\nSKIPPED on Redis: there is no redis-server, and WAFAA_TEST_REDIS_URL is not set.\n";
        std::io::stderr().write_all(message).unwrap();
    });
}
