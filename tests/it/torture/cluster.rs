//! Two API processes and three workers over one PostgreSQL, Redis and disk, each behind something that breaks.

use std::{
    fs::File,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use super::{
    proxy::Proxy,
    server::{Postgres, Redis},
};
use crate::server::PASSWORD;

const APIS: usize = 2;
const WORKERS: usize = 3;

/// Everything that runs.
pub(super) struct Cluster {
    pub(super) apis: Vec<Process>,
    pub(super) workers: Vec<Process>,
    pub(super) postgres: Postgres,
    pub(super) redis: Redis,
    pub(super) to_postgres: Proxy,
    pub(super) to_redis: Proxy,
    disk: Disk,
}

/// One process, started again whenever it ends.
pub(super) struct Process {
    arguments: Vec<String>,
    log: PathBuf,
    settings: Vec<(String, String)>,
    child: Child,
}

impl Cluster {
    pub(super) async fn start() -> Self {
        let (postgres, redis) = (Postgres::start(), Redis::start());
        let to_postgres = Proxy::before(postgres.address).await;
        let to_redis = Proxy::before(redis.address).await;
        let disk = Disk::make();
        let mut settings = settings(disk.path(), to_postgres.port, to_redis.port);
        let owner = format!("postgres://wafaa_owner:owner@{}/wafaa", postgres.address);
        settings.push(("WAFAA_MIGRATE_DATABASE_URL".into(), owner));
        run(&settings, &["migrate"]);
        run(&settings, &["seed"]);
        let start = |name: String, arguments: &[&str]| {
            let log = disk.path().join(format!("{name}.log"));
            Process::start(log, settings.clone(), arguments)
        };
        let apis = (0..APIS).map(|n| {
            let port = free_port().port().to_string();
            start(format!("api-{n}"), &["api", "--port", &port])
        });
        let apis: Vec<Process> = apis.collect();
        let workers = (0..WORKERS).map(|n| start(format!("worker-{n}"), &["worker"]));
        let workers = workers.collect();
        Self {
            apis,
            workers,
            postgres,
            redis,
            to_postgres,
            to_redis,
            disk,
        }
    }

    /// Where the API answers.
    pub(super) fn urls(&self) -> Vec<String> {
        let port = |api: &Process| api.arguments.last().cloned().unwrap_or_default();
        self.apis
            .iter()
            .map(|api| format!("http://127.0.0.1:{}", port(api)))
            .collect()
    }

    /// Starts what has ended by itself, as a supervisor does.
    pub(super) fn revive(&mut self) {
        for process in self.apis.iter_mut().chain(&mut self.workers) {
            if let Ok(Some(status)) = process.child.try_wait() {
                println!("{} ended by itself: {status}", process.log.display());
                process.again();
            }
        }
    }

    pub(super) fn disk(&self) -> &Disk {
        &self.disk
    }

    /// A tenant whose owner is `owner@SLUG.example`.
    pub(super) fn add_tenant(&self, slug: &str) {
        let email = format!("owner@{slug}.example");
        let api = &self.apis[0];
        run(
            &api.settings,
            &[
                "tenant",
                "create",
                slug,
                "--name",
                slug,
                "--admin-email",
                &email,
            ],
        );
    }
}

impl Process {
    fn start(log: PathBuf, settings: Vec<(String, String)>, arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let child = spawn(&log, &settings, &arguments, None);
        Self {
            arguments,
            log,
            settings,
            child,
        }
    }

    /// `kill -9`, and a new one in its place; answers the old one's process id.
    pub(super) fn kill(&mut self) -> u32 {
        let old = self.child.id();
        self.child.kill().expect("it was running");
        self.child.wait().expect("it was a child");
        self.again();
        old
    }

    /// As [`Self::kill`]; the new one's clock is wrong by so much.
    pub(super) fn kill_into_another_time(&mut self, offset: &str) {
        let _ = (self.child.kill(), self.child.wait());
        self.child = spawn(&self.log, &self.settings, &self.arguments, Some(offset));
    }

    fn again(&mut self) {
        self.child = spawn(&self.log, &self.settings, &self.arguments, None);
    }

    /// Sends a signal such as `STOP`.
    pub(super) fn signal(&self, signal: &str) {
        send(signal, self.child.id());
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }
}

pub(super) fn send(signal: &str, process: u32) {
    // It may have ended meanwhile.
    let _ = Command::new("kill")
        .args([&format!("-{signal}"), &process.to_string()])
        .stderr(Stdio::null())
        .status();
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal("CONT");
        let _ = (self.child.kill(), self.child.wait());
    }
}

/// Where documents and vectors are: a file system of its own where one can be mounted, so that it can be full.
pub(super) struct Disk {
    dir: TempDir,
    mounted: bool,
}

impl Disk {
    const MEGABYTES: u64 = 3_072;

    fn make() -> Self {
        let dir = TempDir::new().expect("a temporary directory");
        let mounted = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={}m", Self::MEGABYTES),
                "tmpfs",
            ])
            .arg(dir.path())
            .stderr(Stdio::null())
            .status();
        let mounted = mounted.is_ok_and(|status| status.success());
        Self { dir, mounted }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Takes all the room there is; answers whether that was possible.
    pub(super) fn fill(&self) -> bool {
        if !self.mounted {
            return false;
        }
        let mut size = Self::MEGABYTES << 20;
        let path = self.path().join("filler").display().to_string();
        while size > 1 << 12 {
            let taken = Command::new("fallocate")
                .args(["--offset", &self.filled().to_string()])
                .args(["--length", &size.to_string(), &path])
                .stderr(Stdio::null())
                .status();
            if !taken.is_ok_and(|status| status.success()) {
                size /= 2;
            }
        }
        true
    }

    fn filled(&self) -> u64 {
        let filler = std::fs::metadata(self.path().join("filler"));
        filler.map_or(0, |file| file.len())
    }

    pub(super) fn free(&self) {
        let _ = std::fs::remove_file(self.path().join("filler"));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if std::env::var_os("WAFAA_TORTURE_KEEP_LOGS").is_some() {
            let kept = std::env::temp_dir().join("wafaa-torture-logs");
            let _ = std::fs::create_dir_all(&kept);
            let copy = format!("cp {}/*.log {}", self.path().display(), kept.display());
            let _ = Command::new("sh").args(["-c", &copy]).status();
        }
        if self.mounted {
            let _ = Command::new("umount").arg("-l").arg(self.path()).status();
        }
    }
}

fn settings(disk: &Path, postgres: u16, redis: u16) -> Vec<(String, String)> {
    let place = |name: &str| disk.join(name).display().to_string();
    [
        ("DATA_DIR", place("data")),
        ("LANCE_URI", place("lance")),
        ("BLOB_URI", place("blobs")),
        (
            "DATABASE_URL",
            format!("postgres://wafaa_app:app@127.0.0.1:{postgres}/wafaa"),
        ),
        ("REDIS_URL", format!("redis://127.0.0.1:{redis}")),
        ("SECRET_KEY", "5ec2e7".repeat(10) + "0000"),
        ("ADMIN_PASSWORD", PASSWORD.to_owned()),
        ("LOG", "info".to_owned()),
    ]
    .map(|(name, value)| (format!("WAFAA_{name}"), value))
    .into()
}

fn command(settings: &[(String, String)], arguments: &[impl AsRef<std::ffi::OsStr>]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wafaa"));
    command
        .args(arguments)
        .envs(settings.iter().cloned())
        .stdin(Stdio::null());
    command
}

fn run(settings: &[(String, String)], arguments: &[&str]) {
    let output = command(settings, arguments)
        .output()
        .expect("the binary starts");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

fn spawn(
    log: &Path,
    settings: &[(String, String)],
    arguments: &[String],
    time: Option<&str>,
) -> Child {
    let log = File::options()
        .create(true)
        .append(true)
        .open(log)
        .expect("a log file");
    let mut command = command(settings, arguments);
    if let (Some(time), Some(library)) = (time, faketime()) {
        command
            .env("LD_PRELOAD", library)
            .env("FAKETIME", time)
            .env("DONT_FAKE_MONOTONIC", "1");
    }
    command
        .stdout(log.try_clone().expect("a file"))
        .stderr(log)
        .spawn()
        .expect("the binary starts")
}

/// What gives a process another time, where it is installed.
pub(super) fn faketime() -> Option<PathBuf> {
    let place = |machine: &str| format!("/usr/lib/{machine}-linux-gnu/faketime/libfaketimeMT.so.1");
    let found = ["x86_64", "aarch64"].map(|machine| PathBuf::from(place(machine)));
    found.into_iter().find(|path| path.exists())
}

fn free_port() -> SocketAddr {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    free.local_addr().expect("it is bound")
}
