//! Connecting by Meta's login, and what a test of a connected channel finds.

use secrecy::ExposeSecret as _;
use serde_json::json;
use wafaa_channels::{
    GRAPH_VERSION,
    oauth::{self, App},
};
use wafaa_domain::ChannelKind;

use crate::{
    account,
    provider::{Provider, Reply},
};

fn app() -> App {
    App {
        id: "1234".into(),
        secret: "app-secret".to_owned().into(),
    }
}

#[test]
fn people_are_sent_to_meta_with_state_and_scopes() {
    let back = "https://wafaa.example/api/v1/channels/oauth/callback"
        .parse()
        .unwrap();
    let url = oauth::authorisation_url(ChannelKind::Whatsapp, "1234", &back, "a b&c");
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let value = |name: &str| query.iter().find(|(n, _)| n == name).unwrap().1.clone();
    assert_eq!(url.host_str(), Some("www.facebook.com"));
    assert_eq!(
        (value("client_id"), value("state")),
        ("1234".into(), "a b&c".into())
    );
    assert_eq!(value("redirect_uri"), back.as_str());
    assert!(value("scope").contains("whatsapp_business_messaging"));
}

#[tokio::test]
async fn a_code_becomes_a_token_that_lasts() {
    let answer =
        json!({"access_token": "EAAlong", "token_type": "bearer", "expires_in": 5_184_000});
    let provider = Provider::saying(Reply::ok(&answer)).await;
    let channels = provider.channels();
    let back = "https://wafaa.example/back".parse().unwrap();
    let token = oauth::exchange(&channels, &app(), &back, "the-code")
        .await
        .unwrap();
    assert_eq!(token.access_token.expose_secret(), "EAAlong");
    let days = (token.expires_at.unwrap() - chrono::Utc::now()).num_days();
    assert!((59..=60).contains(&days), "{days}");
    let long = oauth::extend(&channels, &app(), "EAAshort").await.unwrap();
    assert!(!format!("{long:?}").contains("EAAlong"));
    let requests = provider.requests();
    assert_eq!(requests[0].json()["code"], "the-code");
    assert_eq!(requests[1].json()["fb_exchange_token"], "EAAshort");
    assert!(
        requests
            .iter()
            .all(|request| !request.path.contains("secret"))
    );
}

#[tokio::test]
async fn a_token_is_renewed_through_its_app_or_as_instagram_wants_it() {
    let answer = json!({"access_token": "EAAlater", "expires_in": 5_184_000});
    let provider = Provider::saying(Reply::ok(&answer)).await;
    let channels = provider.channels();
    let mut number = account(ChannelKind::Whatsapp);
    assert!(oauth::renew(&channels, &number).await.is_none());
    assert!(provider.requests().is_empty());
    number.settings["app_id"] = "1234".into();
    let renewed = oauth::renew(&channels, &number).await.unwrap().unwrap();
    assert_eq!(renewed.access_token.expose_secret(), "EAAlater");
    let exchanged = provider.request().json();
    assert_eq!(
        (&exchanged["grant_type"], &exchanged["client_id"]),
        (&json!("fb_exchange_token"), &json!("1234"))
    );
    assert_eq!(exchanged["client_secret"], crate::SECRET);

    let provider = Provider::saying(Reply::ok(&answer)).await;
    let mut own = account(ChannelKind::Instagram);
    own.secrets = own.secrets.with("access_token", "IGold".to_owned().into());
    let renewed = oauth::renew(&provider.channels(), &own).await.unwrap();
    assert!(renewed.unwrap().expires_at.is_some());
    assert_eq!(
        provider.request().path,
        "/refresh_access_token?grant_type=ig_refresh_token&access_token=IGold"
    );
}

#[tokio::test]
async fn a_used_code_is_told_as_metas_words() {
    let body = json!({"error": {"message": "This authorization code has been used.", "code": 100, "error_subcode": 36009}});
    let provider = Provider::saying(Reply::json(400, &body)).await;
    let back = "https://wafaa.example/back".parse().unwrap();
    let error = oauth::exchange(&provider.channels(), &app(), &back, "old")
        .await
        .unwrap_err();
    assert_eq!(error.code(), "invalid");
    assert!(error.detail().contains("has been used"), "{error:?}");
}

#[tokio::test]
async fn what_a_token_reaches_becomes_settings() {
    let pages = json!({"data": [
        {"id": "1", "name": "Shop", "access_token": "page-token", "instagram_business_account": {"id": "17", "username": "shop"}},
        {"id": "2", "name": "No Instagram", "access_token": "other"},
    ]});
    let provider = Provider::saying(Reply::ok(&pages)).await;
    let channels = provider.channels();
    let found = oauth::discover(&channels, ChannelKind::Messenger, "user-token")
        .await
        .unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].settings, json!({"account_id": "1"}));
    assert_eq!(
        found[0].access_token.as_ref().unwrap().expose_secret(),
        "page-token"
    );
    let found = oauth::discover(&channels, ChannelKind::Instagram, "user-token")
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].settings,
        json!({"account_id": "17", "page_id": "1"})
    );

    let numbers = json!({"data": [{"id": "b", "owned_whatsapp_business_accounts": {"data": [
        {"id": "waba", "phone_numbers": {"data": [
            {"id": "106540352242922", "display_phone_number": "+1 555 000 1111", "verified_name": "Shop"},
        ]}},
    ]}}]});
    let provider = Provider::saying(Reply::ok(&numbers)).await;
    let found = oauth::discover(&provider.channels(), ChannelKind::Whatsapp, "user-token")
        .await
        .unwrap();
    let expected = json!({"phone_number_id": "106540352242922", "business_account_id": "waba"});
    assert_eq!(
        (found[0].name.as_str(), &found[0].settings),
        ("+1 555 000 1111 Shop", &expected)
    );
}

#[tokio::test]
async fn a_page_is_asked_for_no_fields_that_are_instagrams_only() {
    let webhook = "https://wafaa.example/webhooks/instagram/shop"
        .parse()
        .unwrap();
    let page = "messages,message_reactions,messaging_postbacks";
    let own = "messages,message_reactions,messaging_postbacks,messaging_seen,messaging_referral";
    for (token, node, expected) in [("EAA", "1", page), ("IG", "17841405822304914", own)] {
        let provider = Provider::saying(Reply::ok(&json!({"success": true}))).await;
        let mut instagram = account(ChannelKind::Instagram);
        instagram.settings["page_id"] = "1".into();
        let secrets = instagram
            .secrets
            .with("access_token", token.to_owned().into());
        instagram.secrets = secrets;
        let channels = provider.channels();
        channels.connect(&instagram, &webhook).await.unwrap();
        let request = provider.request();
        let path = format!("/{GRAPH_VERSION}/{node}/subscribed_apps");
        assert_eq!(request.path, path);
        assert_eq!(request.json()["subscribed_fields"], expected);
    }
}

#[tokio::test]
async fn a_tokens_end_and_its_missing_scopes_are_seen_in_time() {
    let answer = json!({"data": {"is_valid": true, "expires_at": 1_800_000_000, "scopes": ["whatsapp_business_messaging"]}});
    let provider = Provider::saying(Reply::ok(&answer)).await;
    let inspected = oauth::inspect(&provider.channels(), &app(), ChannelKind::Whatsapp, "EAA")
        .await
        .unwrap();
    assert!(inspected.valid);
    assert_eq!(inspected.expires_at.unwrap().timestamp(), 1_800_000_000);
    assert_eq!(inspected.missing, ["whatsapp_business_management"]);
    assert_eq!(
        provider.request().headers["authorization"],
        "Bearer 1234|app-secret"
    );
}

#[tokio::test]
async fn a_wrong_app_secret_is_found_without_waiting_for_a_webhook() {
    let body = json!({"error": {"message": "Invalid appsecret_proof provided in the API argument", "code": 100}});
    let provider = Provider::saying(Reply::json(400, &body)).await;
    let health = provider
        .channels()
        .test(&account(ChannelKind::Whatsapp))
        .await;
    assert_eq!(
        (health.checks.len(), health.checks[0].name),
        (1, "app secret")
    );
    assert!(provider.request().path.contains("appsecret_proof="));
}

#[tokio::test]
async fn a_healthy_number_is_called_by_its_name() {
    let provider = Provider::start(|request| {
        Reply::ok(&match request.path.contains("subscribed_apps") {
            true => json!({"data": [{"whatsapp_business_api_data": {"id": "1"}}]}),
            false => json!({"id": "106540352242922", "display_phone_number": "+1 555 000 1111",
                "verified_name": "Shop", "status": "CONNECTED", "quality_rating": "GREEN"}),
        })
    })
    .await;
    let health = provider
        .channels()
        .test(&account(ChannelKind::Whatsapp))
        .await;
    assert!(health.ok(), "{health:?}");
    assert_eq!(health.account.as_deref(), Some("+1 555 000 1111 (Shop)"));
    assert_eq!(health.external_id.as_deref(), Some("106540352242922"));
}

#[tokio::test]
async fn a_number_that_hears_nothing_is_found() {
    let provider = Provider::start(|request| {
        Reply::ok(&match request.path.contains("subscribed_apps") {
            true => json!({"data": []}),
            false => json!({"id": "106540352242922", "status": "CONNECTED"}),
        })
    })
    .await;
    let health = provider
        .channels()
        .test(&account(ChannelKind::Whatsapp))
        .await;
    assert!(!health.ok() && !health.reconnect(), "{health:?}");
}
