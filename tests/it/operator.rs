//! Platform operators, from the command line to their work.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::server::Server;

const OPERATOR: &str = "maha@platform.example";

impl Server {
    fn operators(&self, arguments: &[&str], password: &str) -> (bool, String) {
        let arguments = [&["operator"], arguments].concat();
        let mut command = self.command(&arguments);
        let output = command
            .env("WAFAA_OPERATOR_PASSWORD", password)
            .output()
            .expect("the binary starts");
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    }

    /// The status of signing in, and of then listing all tenants.
    async fn tries(&self, password: &str) -> (StatusCode, Option<StatusCode>) {
        let credentials = json!({ "email": OPERATOR, "password": password });
        let login = self.client.post(self.url("/api/v1/auth/login"));
        let answer = login.json(&credentials).send().await.expect("an answer");
        let status = answer.status();
        let body: Value = answer.json().await.expect("JSON");
        let Some(token) = body["access_token"].as_str() else {
            return (status, None);
        };
        let tenants = self.client.get(self.url("/api/v1/tenants"));
        let listed = tenants.bearer_auth(token).send().await;
        (status, Some(listed.expect("an answer").status()))
    }
}

#[tokio::test]
async fn operators_are_made_given_another_password_and_removed() {
    let server = Server::start();
    let (first, second) = ("a first long password", "a second long password");
    let (refused, said) = server.operators(&["create", OPERATOR], "short");
    assert!(!refused && said.contains("characters"), "{said}");
    assert!(server.operators(&["create", OPERATOR], first).0);
    let works = (StatusCode::OK, Some(StatusCode::OK));
    assert_eq!(server.tries(first).await, works);
    let (again, said) = server.operators(&["create", OPERATOR], second);
    assert!(!again && said.contains("wafaa operator password"), "{said}");
    assert!(server.operators(&["password", OPERATOR], second).0);
    assert_eq!(server.tries(first).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(server.tries(second).await, works);
    assert!(server.operators(&["list"], "").1.contains(OPERATOR));
    assert!(server.operators(&["remove", OPERATOR], "").0);
    assert_eq!(server.tries(second).await.0, StatusCode::UNAUTHORIZED);
    let (found, said) = server.operators(&["remove", OPERATOR], "");
    assert!(!found && said.contains("no operator"), "{said}");
}
