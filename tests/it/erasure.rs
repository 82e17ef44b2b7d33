//! Erasing a tenant while its documents are taken in: nothing of it is left, and nothing comes back.

use std::{path::Path, time::Duration};

use rand::Rng as _;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::server::{Server, demo};

/// Points of the chain at which a tenant is erased.
const POINTS: usize = 6;

#[tokio::test]
async fn erasing_in_the_midst_of_an_ingest_leaves_nothing() {
    let server = Server::start();
    let alpha = server.sign_in("alpha").await;
    let own = alpha.ingest("faq.md", demo("bayt-falafel/faq.md")).await;
    for point in 0..POINTS {
        let slug = format!("gone-{point}");
        let address = format!("owner@{slug}.example");
        let made = server.run(&[
            "tenant",
            "create",
            &slug,
            "--name",
            &slug,
            "--admin-email",
            &address,
        ]);
        assert!(made.status.success(), "{made:?}");
        let member = server.sign_in(&slug).await;
        for path in [
            "menu.pdf",
            "faq.md",
            "branches.csv",
            "reservations-and-allergies.docx",
        ] {
            let content = demo(&format!("bayt-falafel/{path}"));
            assert_eq!(member.upload(path, content).await.0, StatusCode::ACCEPTED);
        }
        let pause = rand::rng().random_range(0..1_500);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        println!("point {point}: erased after {pause} ms");
        // Another process than the one that runs the jobs.
        let output = server.run(&["tenant", "erase", &slug, "--yes"]);
        assert!(output.status.success(), "{output:?}");
        let receipt: Value = serde_json::from_slice(&output.stdout).expect("a receipt");
        assert_eq!(receipt["rows"]["documents"], 4, "{receipt}");
        assert_eq!(receipt["rows"]["tenants"], 1);
        assert!(receipt["blobs"]["files"].as_u64() >= Some(4), "{receipt}");
        let id = receipt["tenant_id"].as_str().expect("an id").to_owned();
        nothing_of(&server, &id);
        let (status, _) = member.call(Method::GET, "/api/v1/documents", None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        // A job that was still in somebody's hands has had its time.
        tokio::time::sleep(Duration::from_millis(500)).await;
        nothing_of(&server, &id);
        let jobs = server.run(&["jobs", "list", "-o", "json"]);
        assert!(
            !String::from_utf8_lossy(&jobs.stdout).contains(&id),
            "{jobs:?}"
        );
    }
    assert_eq!(
        alpha
            .get(&format!(
                "/api/v1/documents/{}",
                own["id"].as_str().expect("an id")
            ))
            .await,
        own
    );
    assert!(!alpha.search("Do you have parking?").await.is_empty());
}

/// No file and no directory anywhere has the tenant's id in its name.
fn nothing_of(server: &Server, tenant: &str) {
    for root in ["data/blobs", "lance"] {
        let left = server.path().join(root).join(tenant);
        assert_eq!(files(&left), 0, "{} is still there", left.display());
    }
}

fn files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .map(|path| if path.is_dir() { files(&path) } else { 1 })
        .sum()
}
