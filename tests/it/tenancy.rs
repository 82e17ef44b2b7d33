//! Two tenants side by side: the same file, never each other's.

use std::path::{Path, PathBuf};

use reqwest::{Method, StatusCode};

use crate::server::{Server, demo};

#[tokio::test]
async fn two_tenants_with_the_same_document_see_only_their_own() {
    let server = Server::start();
    let (alpha, beta) = (server.sign_in("alpha").await, server.sign_in("beta").await);
    let of_alpha = alpha.ingest("faq.md", demo("bayt-falafel/faq.md")).await;
    assert!(beta.search("parking").await.is_empty());
    let of_beta = beta.ingest("faq.md", demo("bayt-falafel/faq.md")).await;
    assert_ne!(of_alpha["id"], of_beta["id"]);
    for (member, own, other) in [(&alpha, &of_alpha, &of_beta), (&beta, &of_beta, &of_alpha)] {
        let hits = member.search("Do you have parking?").await;
        assert!(!hits.is_empty());
        assert!(
            hits.iter().all(|hit| hit["document_id"] == own["id"]),
            "{hits:?}"
        );
        let foreign = format!("/api/v1/documents/{}", other["id"].as_str().expect("an id"));
        let (status, _) = member.call(Method::GET, &foreign, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, _) = member.call(Method::DELETE, &foreign, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let listed = member.get("/api/v1/jobs").await;
        let jobs = listed["data"].as_array().expect("a list");
        let of_other = |job: &serde_json::Value| job["parent"] == other["id"];
        assert!(!jobs.is_empty() && !jobs.iter().any(of_other), "{listed}");
    }
}

/// Where each way to a scope may be taken: the checks that stand behind one, and the command line.
const MINTS: [(&str, &[&str]); 4] = [
    ("TenantScope::authenticated(", &["api/src/auth/"]),
    (
        "TenantScope::of_channel(",
        &["api/src/webhook/", "api/src/widget/"],
    ),
    (
        "TenantScope::of_job(",
        &["jobs/src/runner", "jobs/src/reconciler.rs"],
    ),
    // The last one is an operator steering any tenant's job.
    (
        "TenantScope::of_system(",
        &[
            "src/command/",
            "storage/src/database/tx.rs",
            "api/src/resource/job/",
        ],
    ),
];

#[test]
fn scopes_are_made_where_somebody_checks_and_nowhere_else() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut made = 0;
    for source in ["api/src", "jobs/src", "pipelines/src", "storage/src", "src"] {
        for (path, text) in sources(&root.join(source)) {
            let path = path
                .strip_prefix(root)
                .expect("below the root")
                .display()
                .to_string();
            for (constructor, allowed) in MINTS {
                let found = text.matches(constructor).count();
                let may = allowed.iter().any(|prefix| path.starts_with(prefix));
                assert!(
                    found == 0 || may,
                    "{path} makes a scope with {constructor}…)"
                );
                made += found;
            }
        }
    }
    assert!(
        made >= MINTS.len(),
        "the constructors have other names now: mend this test"
    );
}

/// Every Rust file below a folder, with its text.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).expect("text");
            found.push((path, text));
        }
    }
    found
}
