//! Two tenants side by side: the same file, never each other's.

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
