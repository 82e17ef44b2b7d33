//! Backups are worth what a restore brings back: the same answers, whatever happens on the way.

use std::{
    io::Read as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    postgres::Database,
    server::{Member, Server, demo},
};

/// What is asked before and after, of whom.
const QUESTIONS: [(&str, &str); 4] = [
    ("alpha", "What vegan dishes do you have?"),
    ("alpha", "Do you have parking?"),
    ("beta", "Do you have parking?"),
    ("beta", "How much does the falafel plate cost?"),
];

/// Two tenants with documents, one of them with a second version and one that failed.
async fn filled() -> Server {
    let server = Server::start();
    {
        let alpha = server.sign_in("alpha").await;
        alpha
            .ingest("menu.pdf", demo("bayt-falafel/menu.pdf"))
            .await;
        let faq = alpha
            .ingest("faq.md", b"# Parking\n\nNone.\n".to_vec())
            .await;
        let id = faq["id"].as_str().expect("an id").to_owned();
        alpha
            .replace(&id, "faq.md", demo("bayt-falafel/faq.md"))
            .await;
        alpha.settled(&id).await;
        // The newest version fails, the one before answers.
        alpha
            .replace(&id, "faq.pdf", b"%PDF-1.7 truncated".to_vec())
            .await;
        assert_eq!(alpha.settled(&id).await["status"], "failed");
        alpha
            .ingest("broken.pdf", b"%PDF-1.7 broken".to_vec())
            .await;
        let beta = server.sign_in("beta").await;
        beta.ingest("faq.md", demo("bayt-falafel/faq.md")).await;
    }
    server
}

fn archive(server: &Server, name: &str) -> PathBuf {
    server.path().join(name)
}

fn backed_up(server: &Server, file: &Path, more: &[&str]) {
    let mut arguments = vec!["backup", file.to_str().expect("text")];
    arguments.extend(more);
    let output = server.run(&arguments);
    assert!(output.status.success(), "{output:?}");
}

fn restore(server: &Server, file: &Path, more: &[&str]) -> std::process::Output {
    let mut arguments = vec!["restore", file.to_str().expect("text")];
    arguments.extend(more);
    server.run(&arguments)
}

fn restored(server: &Server, file: &Path, more: &[&str]) {
    let output = restore(server, file, more);
    assert!(output.status.success(), "{output:?}");
}

fn refused(output: &std::process::Output, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains(why),
        "{why}: {output:?}"
    );
    assert_eq!(said.trim().lines().count(), 1, "one sentence: {said}");
}

/// Every answer, search result, document, member and bot of both tenants, but nothing of this moment.
async fn told(server: &Server, tenants: &[&str]) -> Vec<Value> {
    let mut told = Vec::new();
    for (tenant, question) in QUESTIONS {
        if !tenants.contains(&tenant) {
            continue;
        }
        let member = server.sign_in(tenant).await;
        told.push(member.ask(question).await);
        let mut hits = member.search(question).await;
        // Rows of equal score come in the order of the table.
        hits.sort_by_key(|hit| hit["chunk_id"].to_string());
        told.push(hits.into());
        told.push(member.get("/api/v1/documents").await);
        told.push(member.get("/api/v1/members").await);
        told.push(member.get("/api/v1/bot").await);
        told.push(audited(&member).await);
    }
    told
}

/// The log, but for who signed in to look.
async fn audited(member: &Member<'_>) -> Value {
    let log = member.get("/api/v1/audit-log?limit=200").await;
    let entries = log["data"].as_array().expect("a list").iter();
    let kept = entries.filter(|entry| entry["action"] != "session.started");
    kept.cloned().collect()
}

/// Waits until the vectors that workers make are there.
async fn searchable(server: &Server, tenants: &[&str]) {
    for tenant in tenants {
        let member = server.sign_in(tenant).await;
        let begun = Instant::now();
        loop {
            let jobs = member.get("/api/v1/jobs?kind=reindex&limit=200").await;
            let jobs = jobs["data"].as_array().expect("a list").clone();
            if !jobs.is_empty() && jobs.iter().all(|job| job["state"] == "succeeded") {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{jobs:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test]
async fn a_restored_platform_answers_as_before() {
    let server = filled().await;
    let file = archive(&server, "all.tar.zst");
    let before = told(&server, &["alpha", "beta"]).await;
    // While it runs.
    backed_up(&server, &file, &[]);
    let mode = file.metadata().expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = server.run(&["backup", file.to_str().expect("text")]);
    refused(&again, "exists already");

    let mut fresh = Server::prepare();
    restored(&fresh, &file, &[]);
    fresh.resume();
    assert_eq!(told(&fresh, &["alpha", "beta"]).await, before);
    // It goes on: new documents, new versions, the old content again.
    let alpha = fresh.sign_in("alpha").await;
    let known = alpha
        .upload("again.pdf", demo("bayt-falafel/menu.pdf"))
        .await;
    assert_eq!(known.0, StatusCode::ACCEPTED, "{known:?}");
    let new = alpha
        .ingest("hours.md", b"# Hours\n\nWe open at nine.\n".to_vec())
        .await;
    assert_eq!(new["status"], "ready", "{new}");
}

#[tokio::test]
async fn a_platform_moves_to_postgres_and_back() {
    let Some(database) = Database::create().await else {
        return;
    };
    let server = filled().await;
    let file = archive(&server, "all.tar.zst");
    let before = told(&server, &["alpha", "beta"]).await;
    backed_up(&server, &file, &[]);
    let mut postgres = Server::prepare_on(&database);
    restored(&postgres, &file, &[]);
    postgres.resume();
    searchable(&postgres, &["alpha", "beta"]).await;
    assert_eq!(told(&postgres, &["alpha", "beta"]).await, before);
    let back = archive(&server, "back.tar.zst");
    backed_up(&postgres, &back, &[]);
    let mut sqlite = Server::prepare();
    restored(&sqlite, &back, &[]);
    sqlite.resume();
    assert_eq!(told(&sqlite, &["alpha", "beta"]).await, before);
    drop(postgres);
    database.remove().await;
}

#[tokio::test]
async fn one_tenant_comes_back_and_the_other_is_left_alone() {
    let mut server = filled().await;
    let file = archive(&server, "all.tar.zst");
    backed_up(&server, &file, &[]);
    let before = told(&server, &["alpha", "beta"]).await;
    refused(&restore(&server, &file, &["--tenant", "alpha"]), "already");
    refused(
        &restore(&server, &file, &["--tenant", "gamma"]),
        "has no tenant",
    );
    server.stop();
    let output = server.run(&["tenant", "erase", "alpha", "--yes"]);
    assert!(output.status.success(), "{output:?}");
    // Who was erased after the backup does not come back by mistake.
    refused(
        &restore(&server, &file, &["--tenant", "alpha"]),
        "was erased on",
    );
    restored(&server, &file, &["--tenant", "alpha", "--replace"]);
    server.resume();
    assert_eq!(told(&server, &["alpha", "beta"]).await, before);
    // In the place of one that is there, and under another name.
    let own = archive(&server, "alpha.tar.zst");
    backed_up(&server, &own, &["--tenant", "alpha"]);
    restored(&server, &own, &["--tenant", "alpha", "--replace"]);
    assert_eq!(told(&server, &["alpha", "beta"]).await, before);
    let mut fresh = Server::prepare();
    restored(&fresh, &own, &["--tenant", "alpha", "--as", "alpha-two"]);
    fresh.resume();
    let listed = fresh.run(&["tenant", "list", "-o", "json"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_eq!(listed[0]["slug"], "alpha-two");
}

/// Work that was accepted is done, on whichever installation.
#[tokio::test]
async fn unfinished_jobs_go_on_where_they_are_restored() {
    let mut server = filled().await;
    let id = {
        let alpha = server.sign_in("alpha").await;
        let (_, body) = alpha
            .upload("branches.csv", demo("bayt-falafel/branches.csv"))
            .await;
        body["document"]["id"].as_str().expect("an id").to_owned()
    };
    server.kill();
    let file = archive(&server, "all.tar.zst");
    backed_up(&server, &file, &[]);
    let mut fresh = Server::prepare();
    restored(&fresh, &file, &[]);
    fresh.resume();
    let alpha = fresh.sign_in("alpha").await;
    assert_eq!(alpha.settled(&id).await["status"], "ready");
}

/// The members of an archive.
fn members(file: &Path) -> Vec<(String, Vec<u8>)> {
    let archive = std::fs::File::open(file).expect("an archive");
    let mut tar = tar::Archive::new(zstd::Decoder::new(archive).expect("zstd"));
    let mut members = Vec::new();
    for entry in tar.entries().expect("a tar") {
        let mut entry = entry.expect("a member");
        let name = entry.path().expect("a name").display().to_string();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("readable");
        members.push((name, content));
    }
    members
}

fn write(file: &Path, members: &[(String, Vec<u8>)]) {
    let archive = std::fs::File::create(file).expect("writable");
    let mut tar = tar::Builder::new(zstd::Encoder::new(archive, 1).expect("zstd"));
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        tar.append_data(&mut header, name, content.as_slice())
            .expect("written");
    }
    tar.into_inner()
        .expect("finished")
        .finish()
        .expect("finished");
}

#[tokio::test]
async fn a_damaged_archive_is_refused_with_nothing_written() {
    let server = filled().await;
    let file = archive(&server, "all.tar.zst");
    backed_up(&server, &file, &[]);
    let whole = members(&file);
    let damaged = archive(&server, "damaged.tar.zst");
    let fresh = Server::prepare();
    let check = |what: &str| {
        let output = restore(&fresh, &damaged, &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{what} was restored");
        assert!(said.contains("can't be used"), "{what}: {said}");
        assert!(
            !fresh.path().join("data").exists(),
            "{what}: something was written"
        );
    };
    for index in 0..whole.len() {
        let mut members = whole.clone();
        let middle = members[index].1.len() / 2;
        members[index].1[middle] ^= 1;
        write(&damaged, &members);
        check(&format!("{} with a bit flipped", members[index].0));
        let mut members = whole.clone();
        let (name, _) = members.remove(index);
        write(&damaged, &members);
        check(&format!("it without {name}"));
    }
    let mut members = whole.clone();
    let stranger = whole[1]
        .0
        .replace("platform", "ten_019a0000000070008000000000000000");
    members.insert(1, (stranger, whole[1].1.clone()));
    write(&damaged, &members);
    check("it with a stranger's rows");
    // And as a file: any byte, and any end.
    let bytes = std::fs::read(&file).expect("readable");
    for step in 0..40 {
        let place = bytes.len() * step / 40;
        let mut flipped = bytes.clone();
        flipped[place] ^= 0x10;
        std::fs::write(&damaged, flipped).expect("writable");
        check(&format!("it with byte {place} flipped"));
        std::fs::write(&damaged, &bytes[..place]).expect("writable");
        check(&format!("its first {place} bytes"));
    }
    // The test can tell a good one.
    write(&damaged, &whole);
    restored(&fresh, &damaged, &[]);
}

/// Points at which a restore is killed in one run.
const POINTS: u64 = 12;

#[tokio::test]
async fn a_killed_restore_is_repeated() {
    let server = filled().await;
    let file = archive(&server, "all.tar.zst");
    backed_up(&server, &file, &[]);
    let before = told(&server, &["alpha", "beta"]).await;
    let undisturbed = {
        let fresh = Server::prepare();
        let begun = Instant::now();
        restored(&fresh, &file, &[]);
        begun.elapsed()
    };
    let seed: u64 = rand::random();
    println!("the seed is {seed}; undisturbed it takes {undisturbed:?}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut fresh = Server::prepare();
    for _ in 0..POINTS {
        let after = undisturbed.mul_f64(random.random_range(0.05..1.0));
        let mut child = fresh
            .command(&["restore", file.to_str().expect("text")])
            .spawn()
            .expect("the binary starts");
        tokio::time::sleep(after).await;
        child.kill().expect("killed or over");
        child.wait().expect("it was a child");
    }
    restored(&fresh, &file, &[]);
    fresh.resume();
    assert_eq!(told(&fresh, &["alpha", "beta"]).await, before);
}

#[tokio::test]
async fn an_export_holds_the_tenants_files_and_no_secret() {
    let server = filled().await;
    let file = archive(&server, "alpha.tar.zst");
    let made = {
        let alpha = server.sign_in("alpha").await;
        let body = json!({ "name": "till", "role": "agent" });
        let (status, key) = alpha
            .call(Method::POST, "/api/v1/api-keys", Some(body))
            .await;
        assert_eq!(status, StatusCode::CREATED, "{key}");
        key["id"].as_str().expect("an id").to_owned()
    };
    let output = server.run(&["tenant", "export", "alpha", file.to_str().expect("text")]);
    assert!(output.status.success(), "{output:?}");
    let members = members(&file);
    let menu = members.iter().find(|(name, _)| name.ends_with("menu.pdf"));
    assert_eq!(menu.expect("the menu").1, demo("bayt-falafel/menu.pdf"));
    let text = |part: &str| -> String {
        let found = members.iter().filter(|(name, _)| name.contains(part));
        found
            .map(|(_, content)| String::from_utf8_lossy(content).into_owned())
            .collect()
    };
    assert!(text("rows/members-").contains("owner@alpha.example"));
    assert!(text("rows/api_keys-").contains("till") && !made.is_empty());
    let rows = text("rows/");
    for secret in ["argon2", "password_hash", "key_hash", "token_hash", "beta"] {
        assert!(!rows.contains(secret), "{secret} is in the export");
    }
    refused(&restore(&Server::prepare(), &file, &[]), "export");
}
