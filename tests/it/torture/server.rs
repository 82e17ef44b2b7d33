//! PostgreSQL and Redis of the test's own, which it may break.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

pub(crate) fn are_installed() -> bool {
    let redis = Command::new("redis-server")
        .arg("--version")
        .output()
        .is_ok();
    let find = ". scripts/environment.sh && [ -n \"$(postgres_bin)\" ]";
    let postgres = Command::new("bash")
        .args(["-c", find])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    redis && postgres.is_ok_and(|status| status.success())
}

/// PostgreSQL, kept by `scripts/servers`.
pub(super) struct Postgres {
    keeper: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    pub(super) address: SocketAddr,
}

impl Postgres {
    pub(super) fn start() -> Self {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scripts/servers");
        let mut keeper = Command::new(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("bash is there");
        let orders = keeper.stdin.take();
        let mut answers = BufReader::new(keeper.stdout.take().expect("a pipe"));
        let mut address = None;
        loop {
            let mut line = String::new();
            let read = answers.read_line(&mut line).expect("a line");
            assert!(read > 0, "PostgreSQL could not be started");
            if let Some(host) = line.trim().strip_prefix("POSTGRES_HOST=") {
                address = host.parse().ok();
            }
            if line.trim() == "ready" {
                break;
            }
        }
        Self {
            keeper,
            orders,
            answers,
            address: address.expect("its address"),
        }
    }

    /// `restart` ends every connection in order, `crash` as a power cut does.
    pub(super) fn order(&mut self, order: &str) {
        let orders = self.orders.as_mut().expect("it runs");
        writeln!(orders, "{order}").expect("it listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("an answer");
        assert_eq!(line.trim(), "done", "after {order}");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.keeper.wait();
    }
}

/// Redis with its append-only file synced every second.
pub(crate) struct Redis {
    dir: TempDir,
    process: Child,
    pub(crate) address: SocketAddr,
}

impl Redis {
    pub(crate) fn start() -> Self {
        let dir = TempDir::new().expect("a temporary directory");
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("it is bound");
        drop(free);
        let process = spawn(&dir, address);
        let redis = Self {
            dir,
            process,
            address,
        };
        redis.wait();
        redis
    }

    /// Where it keeps everything that was ever written to it.
    pub(crate) fn directory(&self) -> &Path {
        self.dir.path()
    }

    /// As after a crash: what was not synced is lost.
    pub(super) fn restart(&mut self) {
        self.stop();
        self.process = spawn(&self.dir, self.address);
        self.wait();
    }

    /// Another server in its place, with nothing in it.
    pub(super) fn replace(&mut self) {
        self.stop();
        self.dir = TempDir::new().expect("a temporary directory");
        self.process = spawn(&self.dir, self.address);
        self.wait();
    }

    pub(super) fn flush(&self) {
        let flushed = self.command(&["FLUSHALL"]);
        assert_eq!(flushed, "OK");
    }

    fn command(&self, arguments: &[&str]) -> String {
        let output = Command::new("redis-cli")
            .args(["-p", &self.address.port().to_string()])
            .args(arguments)
            .output()
            .expect("redis-cli is there");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn wait(&self) {
        let begun = Instant::now();
        while self.command(&["PING"]) != "PONG" {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "Redis doesn't start"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn stop(&mut self) {
        let _ = (self.process.kill(), self.process.wait());
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}

fn spawn(dir: &TempDir, address: SocketAddr) -> Child {
    Command::new("redis-server")
        .args(["--port", &address.port().to_string(), "--bind", "127.0.0.1"])
        .args([
            "--appendonly",
            "yes",
            "--appendfsync",
            "everysec",
            "--save",
            "",
        ])
        .args(["--dir", &dir.path().display().to_string()])
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server is there")
}
