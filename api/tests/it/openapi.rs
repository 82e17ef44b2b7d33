//! The OpenAPI document that is kept in the repository is the one that the program shows.

use std::path::Path;

#[test]
fn the_kept_document_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/api/openapi.json");
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept.trim_end() == wafaa_api::openapi_json(),
        "docs/api/openapi.json is out of date; renew it with `cargo run -- openapi > docs/api/openapi.json`"
    );
}

#[test]
fn the_document_is_the_same_each_time() {
    assert_eq!(wafaa_api::openapi_json(), wafaa_api::openapi_json());
}

/// Readers of JSON keep the last of two and say nothing.
#[test]
fn no_path_is_there_twice() {
    let document = wafaa_api::openapi_json();
    let mut paths: Vec<&str> = document
        .lines()
        .filter(|line| line.starts_with("    \"/"))
        .collect();
    assert!(paths.len() > 50, "{}", paths.len());
    paths.sort_unstable();
    let twice = paths.windows(2).find(|pair| pair[0] == pair[1]);
    assert_eq!(twice, None, "operations of one path belong into one struct");
}

#[test]
fn every_operation_is_named_described_and_protected() {
    let document: serde_json::Value = serde_json::from_str(&wafaa_api::openapi_json()).unwrap();
    // The last ones prove themselves otherwise: by a signature, by a public token, by a token in a message.
    let open = [
        "login",
        "refresh",
        "logout",
        "webhook_handshake",
        "receive_webhook",
        "get_widget",
        "live",
    ];
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap_or_default();
            assert!(
                !name.is_empty() && operation["summary"].is_string(),
                "{method} {path}"
            );
            let protected = operation["security"]
                .as_array()
                .is_some_and(|schemes| !schemes.is_empty());
            assert!(
                protected || open.contains(&name),
                "{method} {path} is open to everybody"
            );
            assert!(
                operation["responses"]["4XX"].is_object(),
                "{method} {path} shows no problems"
            );
        }
    }
}
