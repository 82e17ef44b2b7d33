//! More questions than can be answered: some are turned away, and everything else goes on.

use serde_json::json;
use tokio::join;
use wafaa_pipelines::conversation::Responder;

use crate::{TestApp, app::Answer, limits::model::FakeModel};

#[tokio::test]
async fn questions_are_turned_away_and_everything_else_goes_on() {
    let app = TestApp::start().await;
    let (model, pace) = FakeModel::when_let().await;
    let responder = Responder::generative(app.retriever(), model.gateway());
    let busy = app.answering_at_once(responder, 1).await;
    let home = app.home("bayt-falafel").await;
    let text = "The kitchen opens at nine in the morning.";
    app.document(&home.scope, "Hours", text).await;
    let question = json!({ "question": "When does the kitchen open?", "stream": true });
    let ask = busy.post("/api/v1/ask", &home.token, &question);
    let others = async {
        // It has its turn, and keeps it until the model has answered.
        pace.asked.acquire().await.unwrap().forget();
        let query = json!({ "query": "kitchen" });
        let search = || busy.post("/api/v1/search", &home.token, &query);
        let (one, two, three) = join!(search(), search(), search());
        for refused in [one, two, three] {
            refused.problem(503, "overloaded");
            assert_eq!(refused.header("retry-after"), "2");
        }
        let login = json!({ "email": "owner@bayt-falafel.example", "password": "a wrong guess" });
        busy.post("/api/v1/auth/login", "", &login)
            .await
            .problem(401, "invalid_credentials");
        for path in ["/health/live", "/health/ready", "/metrics"] {
            let answer: Answer = busy.get(path, "").await;
            assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text);
        }
        busy.get("/api/v1/documents", &home.token).await.json(200);
        pace.may_answer.add_permits(1);
    };
    let (answered, ()) = join!(ask, others);
    assert_eq!(answered.status.as_u16(), 200, "{}", answered.text);
    assert!(answered.text.contains("fake-1"), "{}", answered.text);
    let again = json!({ "query": "kitchen" });
    busy.post("/api/v1/search", &home.token, &again)
        .await
        .json(200);
    busy.stop().await;
    app.stop().await;
}
