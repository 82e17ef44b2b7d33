//! The bot's settings for conversations.

use serde_json::{Value, json};

use crate::TestApp;

#[tokio::test]
async fn settings_are_changed_in_parts_and_null_takes_away() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let hours = json!({ "timezone": "Asia/Riyadh", "week": { "mon": [["09:00", "23:00"]] } });
    let change = json!({
        "hours": hours,
        "retention_days": 30,
        "handoff": { "sla_minutes": 5 },
        "csat": true,
        "evaluate_on_change": true,
        "intents": [{ "name": "allergens", "examples": ["Is there nut in it?"], "action": "handoff" }],
    });
    let after = app
        .patch("/api/v1/bot", &home.token, &change)
        .await
        .json(200);
    assert_eq!(after["hours"]["timezone"], "Asia/Riyadh");
    assert_eq!(
        (
            &after["handoff"]["sla_minutes"],
            &after["handoff"]["low_confidence_after"]
        ),
        (&json!(5), &json!(2))
    );
    assert_eq!(after["intents"][0]["action"], "handoff");
    assert_eq!(
        (&after["csat"], &after["retention_days"]),
        (&json!(true), &json!(30))
    );
    let gone = json!({ "hours": null, "retention_days": null });
    let after = app.patch("/api/v1/bot", &home.token, &gone).await.json(200);
    assert_eq!(
        (&after["hours"], &after["retention_days"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&after["csat"], &after["evaluate_on_change"]),
        (&json!(true), &json!(true)),
        "what isn't named stays"
    );
    for (field, wrong) in [
        (
            "hours",
            json!({ "hours": { "timezone": "Moon/Base", "week": {} } }),
        ),
        (
            "handoff.sla_minutes",
            json!({ "handoff": { "sla_minutes": 0 } }),
        ),
        (
            "intents.examples",
            json!({ "intents": [{ "name": "x", "examples": [" "], "action": "answer" }] }),
        ),
    ] {
        let problem = app
            .patch("/api/v1/bot", &home.token, &wrong)
            .await
            .problem(422, "invalid_request");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    app.stop().await;
}
