//! What lies about of two tenants, searched for what only the other knows: logs, everything that was ever written
//! to Redis or told through it, backups, exports, and files.
//!
//! `api/tests/it/isolation.rs` searches answers.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    postgres::Database,
    server::{Server, demo},
    torture::server::Redis,
};

/// What only this tenant says, in its documents, names and questions.
const WORDS: [(&str, &str); 2] = [("alpha", "zorvaquill"), ("beta", "quexlimbar")];

/// A tenant, and what tells of it.
struct Known {
    slug: &'static str,
    word: &'static str,
    /// Its own and its documents', as the API writes them.
    ids: Vec<String>,
}

impl Known {
    /// Everything that only this tenant may be told: its word and its ids, in both spellings.
    fn marks(&self) -> Vec<String> {
        let ids = self.ids.iter().flat_map(|id| {
            let bare = id.rsplit('_').next().unwrap_or(id).to_owned();
            let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &bare[part]);
            [parts.join("-"), bare]
        });
        ids.chain([self.word.to_owned()]).collect()
    }

    /// Which of these bytes tell.
    fn told_by(&self, bytes: &[u8]) -> Vec<String> {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        let mut marks = self.marks();
        marks.retain(|mark| text.contains(mark));
        marks
    }
}

#[tokio::test]
async fn nothing_of_one_tenant_lies_where_another_ones_things_are() {
    let server = Server::prepare();
    look_around(server, None).await;
}

#[tokio::test]
async fn nor_in_server_mode() {
    if !crate::torture::server::are_installed() {
        println!("SKIPPED: redis-server is not installed; `make test` installs it.");
        return;
    }
    let Some(database) = Database::create().await else {
        return;
    };
    let redis = Redis::start();
    let server =
        Server::prepare_on(&database).with("WAFAA_REDIS_URL", format!("redis://{}", redis.address));
    look_around(server, Some(&redis)).await;
    database.remove().await;
}

async fn look_around(server: Server, redis: Option<&Redis>) {
    let told = server.path().join("told");
    let ear = redis.map(|redis| Ear::on(redis, &told));
    let mut server = server
        .with(
            "WAFAA_LOG",
            "info,wafaa=debug,wafaa_api=debug,wafaa_jobs=debug,wafaa_pipelines=debug,wafaa_storage=debug",
        )
        .with("WAFAA_LOG_FORMAT", "json")
        .keeping_its_log()
        .open();
    let mut tenants = Vec::new();
    for (slug, word) in WORDS {
        tenants.push(live(&server, slug, word).await);
    }
    assert!(server.stop());
    drop(ear);
    let log = server.log();
    search_log(&log, &tenants);
    if let Some(redis) = redis {
        search_redis(redis, &told, &tenants);
    }
    search_archives(&server, &tenants);
    search_files(server.path(), &tenants);
}

/// Uses everything there is, with the tenant's word wherever words go.
async fn live(server: &Server, slug: &'static str, word: &'static str) -> Known {
    let member = server.sign_in(slug).await;
    let mut ids = Vec::new();
    let me = member.get("/api/v1/auth/me").await;
    ids.push(me["tenant"]["id"].as_str().expect("an id").to_owned());
    let text = format!("# The {word}\n\nThe {word} opens at nine and costs 7 SAR.\n");
    for (name, content, status) in [
        (format!("{word}.md"), text.into_bytes(), "ready"),
        (
            format!("{word} menu.pdf"),
            demo("bayt-falafel/menu.pdf"),
            "ready",
        ),
        (
            format!("{word}.pdf"),
            b"%PDF-1.7 truncated".to_vec(),
            "failed",
        ),
    ] {
        let document = member.ingest(&name, content).await;
        assert_eq!(document["status"], status, "{document}");
        ids.push(document["id"].as_str().expect("an id").to_owned());
    }
    let answer = member.ask(&format!("When does the {word} open?")).await;
    assert_eq!(answer["answered"], true, "{answer}");
    assert!(!member.search(word).await.is_empty());
    for (method, path, body, expected) in [
        (
            Method::PATCH,
            "/api/v1/bot",
            json!({ "name": word, "greeting": word }),
            200,
        ),
        (
            Method::POST,
            "/api/v1/api-keys",
            json!({ "name": word, "role": "viewer" }),
            201,
        ),
        (
            Method::POST,
            "/api/v1/search",
            json!({ "query": word, "top_k": word }),
            422,
        ),
        (
            Method::POST,
            "/api/v1/auth/login",
            json!({ "email": word, "password": word }),
            401,
        ),
    ] {
        let (status, answer) = member.call(method, path, Some(body)).await;
        assert_eq!(status.as_u16(), expected, "{path}: {answer}");
    }
    Known { slug, word, ids }
}

/// No line says a word of any customer's, and no line of one tenant another one's ids.
fn search_log(log: &str, tenants: &[Known]) {
    let mut of_tenants = 0;
    for line in log.lines() {
        for known in tenants {
            assert!(!line.to_lowercase().contains(known.word), "{line}");
        }
        let said: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        let of = |known: &&Known| said["tenant"] == known.ids[0].as_str();
        if tenants.iter().any(|known| of(&known)) {
            of_tenants += 1;
            for other in tenants.iter().filter(|known| !of(known)) {
                assert_eq!(
                    other.told_by(line.as_bytes()),
                    Vec::<String>::new(),
                    "{line}"
                );
            }
        }
    }
    assert!(of_tenants > 20, "{of_tenants} lines say whose they are");
}

/// Redis is told ids, never what anybody wrote.
fn search_redis(redis: &Redis, told: &Path, tenants: &[Known]) {
    let written: Vec<PathBuf> = files(redis.directory());
    let mut all = std::fs::read(told).expect("what was published");
    assert!(!all.is_empty(), "nothing was published");
    for path in written {
        all.extend(std::fs::read(path).expect("readable"));
    }
    let text = String::from_utf8_lossy(&all).to_lowercase();
    for known in tenants {
        assert!(!text.contains(known.word), "Redis knows {}", known.word);
        assert!(!known.told_by(&all).is_empty(), "Redis was not used at all");
    }
}

fn search_archives(server: &Server, tenants: &[Known]) {
    for known in tenants {
        let backup = server.path().join(format!("{}.backup", known.slug));
        let export = server.path().join(format!("{}.export", known.slug));
        let (to, from) = (backup.display().to_string(), export.display().to_string());
        for arguments in [
            ["backup", &to, "--tenant", known.slug].as_slice(),
            &["tenant", "export", known.slug, &from],
        ] {
            let output = server.run(arguments);
            assert!(output.status.success(), "{arguments:?}: {output:?}");
        }
        for archive in [backup, export] {
            let file = File::open(&archive).expect("it was made");
            let content = zstd::decode_all(file).expect("it is compressed");
            assert!(
                known.told_by(&content).len() > 1,
                "{archive:?} is of nobody"
            );
            for other in tenants.iter().filter(|other| other.slug != known.slug) {
                assert_eq!(other.told_by(&content), Vec::<String>::new(), "{archive:?}");
            }
            std::fs::remove_file(archive).expect("it is there");
        }
    }
}

/// Blobs and vectors: whose file says a tenant's word or ids lies in that tenant's directory.
fn search_files(data: &Path, tenants: &[Known]) {
    for known in tenants {
        let mut own = 0;
        for root in ["data/blobs", "lance"] {
            for path in files(&data.join(root)) {
                let content = std::fs::read(&path).expect("readable");
                if known.told_by(&content).is_empty() {
                    continue;
                }
                own += 1;
                let place = path.display().to_string();
                let told = known.told_by(place.as_bytes());
                let marks = known.marks();
                assert!(
                    told.iter().any(|mark| marks[..2].contains(mark)),
                    "{place} tells of {}",
                    known.slug
                );
            }
        }
        assert!(own >= 3, "{own} files tell of {}", known.slug);
    }
}

/// Every file below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Hears everything that is published.
struct Ear(Child);

impl Ear {
    fn on(redis: &Redis, into: &Path) -> Self {
        let into = File::create(into).expect("writable");
        let port = redis.address.port().to_string();
        let heard = Command::new("redis-cli")
            .args(["-p", &port, "PSUBSCRIBE", "*"])
            .stdin(Stdio::null())
            .stdout(into)
            .spawn();
        Self(heard.expect("redis-cli is there"))
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let _ = (self.0.kill(), self.0.wait());
    }
}
