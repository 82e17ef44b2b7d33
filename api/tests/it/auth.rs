//! Signing in, staying signed in, signing out.

use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};
use wafaa_domain::Role;

use crate::{TestApp, app::Answer, fixture::PASSWORD};

async fn refresh(app: &TestApp, token: &Value) -> Answer {
    let body = json!({ "refresh_token": token });
    Answer::of(
        app.request(Method::POST, "/api/v1/auth/refresh")
            .json(&body),
    )
    .await
}

#[tokio::test]
async fn a_session_from_login_to_logout() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let tokens = app
        .login("OWNER@bayt-falafel.example", PASSWORD, Some("bayt-falafel"))
        .await
        .json(200);
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"]),
        (&json!("Bearer"), &json!(900))
    );
    let me = app
        .get("/api/v1/auth/me", tokens["access_token"].as_str().unwrap())
        .await
        .json(200);
    assert_eq!(me["member"]["id"], home.owner.to_string());
    assert_eq!(me["tenant"]["slug"], "bayt-falafel");
    assert_eq!(me["role"], "owner");

    let next = refresh(&app, &tokens["refresh_token"]).await.json(200);
    let logout = json!({ "refresh_token": next["refresh_token"] });
    Answer::of(
        app.request(Method::POST, "/api/v1/auth/logout")
            .json(&logout),
    )
    .await
    .json(204);
    refresh(&app, &next["refresh_token"])
        .await
        .problem(401, "invalid_refresh_token");
    app.stop().await;
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_its_session() {
    let app = TestApp::start().await;
    app.home("bayt-falafel").await;
    let first = app
        .login("owner@bayt-falafel.example", PASSWORD, None)
        .await
        .json(200);
    let second = refresh(&app, &first["refresh_token"]).await.json(200);
    refresh(&app, &first["refresh_token"])
        .await
        .problem(401, "refresh_token_reused");
    refresh(&app, &second["refresh_token"])
        .await
        .problem(401, "invalid_refresh_token");
    // Another session of the same person goes on.
    let other = app
        .login("owner@bayt-falafel.example", PASSWORD, None)
        .await
        .json(200);
    refresh(&app, &other["refresh_token"]).await.json(200);
    app.stop().await;
}

#[tokio::test]
async fn a_new_password_ends_every_session_under_the_old_one() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let cook = "cook@bayt-falafel.example";
    let id = app.member(&home.scope, cook, Role::Agent).await;
    let path = format!("/api/v1/members/{id}");
    let old = app.login(cook, PASSWORD, None).await.json(200);
    let of_owner = app
        .login("owner@bayt-falafel.example", PASSWORD, None)
        .await
        .json(200);
    let role = json!({ "role": "viewer" });
    app.patch(&path, &home.token, &role).await.json(200);
    let kept = refresh(&app, &old["refresh_token"]).await.json(200);

    let change = json!({ "password": "a brand new password" });
    app.patch(&path, &home.token, &change).await.json(200);
    refresh(&app, &kept["refresh_token"])
        .await
        .problem(401, "invalid_refresh_token");
    refresh(&app, &of_owner["refresh_token"]).await.json(200);
    let new = app.login(cook, "a brand new password", None).await;
    refresh(&app, &new.json(200)["refresh_token"])
        .await
        .json(200);
    app.stop().await;
}

#[tokio::test]
async fn signing_out_works_with_the_access_token_alone() {
    let app = TestApp::start().await;
    app.home("bayt-falafel").await;
    let tokens = app
        .login("owner@bayt-falafel.example", PASSWORD, None)
        .await
        .json(200);
    let access = tokens["access_token"].as_str().unwrap();
    Answer::of(app.call(Method::POST, "/api/v1/auth/logout", access))
        .await
        .json(204);
    refresh(&app, &tokens["refresh_token"])
        .await
        .problem(401, "invalid_refresh_token");
    Answer::of(app.request(Method::POST, "/api/v1/auth/logout"))
        .await
        .problem(401, "unauthenticated");
    app.stop().await;
}

#[tokio::test]
async fn a_failed_sign_in_says_and_takes_the_same_whatever_the_cause() {
    let app = TestApp::start().await;
    app.home("bayt-falafel").await;
    let owner = "owner@bayt-falafel.example";
    let attempts = [
        (owner, "the wrong password", None),
        ("nobody@bayt-falafel.example", PASSWORD, None),
        ("no address at all", PASSWORD, None),
        (owner, PASSWORD, Some("noor-homes")),
        (owner, PASSWORD, Some("no slug!")),
    ];
    let mut said = Vec::new();
    for (email, password, tenant) in attempts {
        let started = Instant::now();
        let mut problem = app
            .login(email, password, tenant)
            .await
            .problem(401, "invalid_credentials");
        assert!(
            started.elapsed().as_millis() >= 250,
            "{email} {tenant:?} answered too soon"
        );
        problem["request_id"].take();
        said.push(problem);
    }
    assert!(said.windows(2).all(|pair| pair[0] == pair[1]), "{said:?}");
    app.stop().await;
}

#[tokio::test]
async fn guessing_is_throttled() {
    let app = TestApp::start().await;
    app.home("bayt-falafel").await;
    for _ in 0..5 {
        app.login("owner@bayt-falafel.example", "a wrong guess", None)
            .await
            .problem(401, "invalid_credentials");
    }
    let refused = app
        .login("owner@bayt-falafel.example", PASSWORD, None)
        .await;
    refused.problem(429, "too_many_attempts");
    assert!((1..=10).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
    app.login("other@bayt-falafel.example", "a wrong guess", None)
        .await
        .problem(401, "invalid_credentials");
    app.stop().await;
}

#[tokio::test]
async fn one_address_in_two_tenants_says_which() {
    let app = TestApp::start().await;
    let (one, two) = (app.home("bayt-falafel").await, app.home("noor-homes").await);
    for home in [&one, &two] {
        app.member(&home.scope, "both@people.example", Role::Viewer)
            .await;
    }
    app.login("both@people.example", PASSWORD, None)
        .await
        .problem(409, "tenant_required");
    let tokens = app
        .login("both@people.example", PASSWORD, Some("noor-homes"))
        .await
        .json(200);
    let me = app
        .get("/api/v1/auth/me", tokens["access_token"].as_str().unwrap())
        .await
        .json(200);
    assert_eq!(me["tenant"]["slug"], "noor-homes");
    app.stop().await;
}

#[tokio::test]
async fn nothing_opens_without_a_genuine_bearer() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let me = |bearer: String| {
        app.request(Method::GET, "/api/v1/auth/me")
            .header("authorization", bearer)
    };
    let forged = format!("{}x", home.token);
    for bearer in [
        "",
        "Bearer",
        "Bearer x",
        "Bearer wk_unknown",
        "Basic eDp5",
        &format!("Bearer {forged}"),
    ] {
        let answer = Answer::of(me(bearer.to_owned())).await;
        answer.problem(401, "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_removed_member_is_out_at_once() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let viewer = app.token_of(&home, Role::Viewer).await;
    let me = app.get("/api/v1/auth/me", &viewer).await.json(200);
    let path = format!("/api/v1/members/{}", me["member"]["id"].as_str().unwrap());
    app.delete(&path, &home.token).await.json(204);
    app.get("/api/v1/auth/me", &viewer)
        .await
        .problem(401, "unauthenticated");
    app.stop().await;
}
