//! Golden questions, and evaluations by them.

use reqwest::{Method, header};
use serde_json::{Value, json};
use wafaa_domain::Role;

use crate::{TestApp, app::Answer, fixture::Home};

const QUESTIONS: &str = "/api/v1/golden-questions";
const EVALUATIONS: &str = "/api/v1/evaluations";
const TEXT: &str = "The kitchen opens at nine in the morning.";
const QUESTION: &str = "When does the kitchen open?";

impl TestApp {
    /// A golden question, and an evaluation by it that is over; their ids.
    pub(crate) async fn evaluated(&self, home: &Home) -> (String, String) {
        let new = json!({ "question": "Do you sell used cars?", "unanswerable": true });
        let made = self.post(QUESTIONS, &home.token, &new).await.json(201);
        let evaluation = self.evaluate(home).await;
        (id(&made), id(&evaluation))
    }

    /// The evaluation, once it is over.
    async fn evaluate(&self, home: &Home) -> Value {
        let begun = self.post(EVALUATIONS, &home.token, &json!({})).await;
        let begun = begun.json(202);
        assert_eq!(begun["evaluation"]["state"], "queued");
        assert_eq!(begun["evaluation"]["summary"], Value::Null);
        assert_eq!(begun["job_id"], begun["evaluation"]["job_id"]);
        self.settle().await;
        let path = format!("{EVALUATIONS}/{}", id(&begun["evaluation"]));
        self.get(&path, &home.token).await.json(200)
    }

    async fn import(&self, token: &str, csv: &str) -> Answer {
        let request = self.call(Method::POST, &format!("{QUESTIONS}/import"), token);
        let request = request.header(header::CONTENT_TYPE, "text/csv; charset=utf-8");
        Answer::of(request.body(csv.to_owned())).await
    }
}

fn id(shown: &Value) -> String {
    shown["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn golden_questions_come_change_and_go() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let document = app.document(&home.scope, "Hours", TEXT).await;
    let new = json!({
        "question": format!(" {QUESTION} "), "expected_documents": [document], "language": "en",
    });
    let made = app.post(QUESTIONS, &home.token, &new).await.json(201);
    assert_eq!(
        (&made["question"], &made["unanswerable"]),
        (&json!(QUESTION), &json!(false))
    );
    app.post(QUESTIONS, &home.token, &new)
        .await
        .problem(409, "already_exists");
    let path = format!("{QUESTIONS}/{}", id(&made));
    let change =
        json!({ "expected_phrases": ["nine"], "notes": "From the wall", "language": null });
    let changed = app.patch(&path, &home.token, &change).await.json(200);
    assert_eq!(changed["expected_documents"], json!([document]));
    assert_eq!(
        (&changed["expected_phrases"], &changed["notes"]),
        (&json!(["nine"]), &json!("From the wall"))
    );
    assert_eq!(changed["language"], Value::Null);
    let unanswerable = json!({ "unanswerable": true });
    let changed = app.patch(&path, &home.token, &unanswerable).await.json(200);
    assert_eq!(changed["expected_documents"], json!([]));
    assert_eq!(app.get(&path, &home.token).await.json(200), changed);

    let viewer = app.token_of(&home, Role::Viewer).await;
    let all = app.get(QUESTIONS, &viewer).await.json(200);
    assert_eq!(all["data"], json!([changed]));
    app.post(QUESTIONS, &viewer, &new)
        .await
        .problem(403, "role_insufficient");
    app.delete(&path, &home.token).await.json(204);
    app.get(&path, &home.token).await.problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn what_can_never_pass_is_refused() {
    let app = TestApp::start().await;
    let (mine, theirs) = (app.home("bayt-falafel").await, app.home("noor-homes").await);
    let foreign = app.document(&theirs.scope, "Lease", TEXT).await;
    for (body, field) in [
        (json!({ "question": "Why?" }), "unanswerable"),
        (
            json!({ "question": "Why?", "unanswerable": true, "expected_phrases": ["x"] }),
            "unanswerable",
        ),
        (
            json!({ "question": "Why?", "expected_documents": [foreign] }),
            "expected_documents",
        ),
        (
            json!({ "question": "Why?", "expected_documents": ["msg_1"] }),
            "expected_documents",
        ),
        (
            json!({ "question": "Why?", "expected_phrases": ["?"] }),
            "expected_phrases",
        ),
        (
            json!({ "question": "  ", "unanswerable": true }),
            "question",
        ),
    ] {
        let refused = app.post(QUESTIONS, &mine.token, &body).await;
        let problem = refused.problem(422, "invalid_request");
        assert_eq!(problem["errors"][0]["field"], field, "{body}");
    }
    app.post(EVALUATIONS, &mine.token, &json!({}))
        .await
        .problem(409, "no_golden_questions");
    app.stop().await;
}

#[tokio::test]
async fn a_sheet_is_taken_in_whole_and_given_back() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    let document = app.document(&home.scope, "Hours", TEXT).await;
    let csv = format!(
        "question,expected_documents,expected_phrases,unanswerable\n\
         {QUESTION},{document},nine | morning,\n\
         \"Do you sell used cars, or \"\"bikes\"\"?\",,,true\n"
    );
    let imported = app.import(&home.token, &csv).await.json(200);
    assert_eq!(imported, json!({ "added": 2, "updated": 0 }));
    let again = app.import(&home.token, &csv).await.json(200);
    assert_eq!(again, json!({ "added": 0, "updated": 2 }));

    let wrong = "question,unanswerable\nNew?,true\nNothing?,\n";
    let problem = app.import(&home.token, wrong).await;
    let problem = problem.problem(422, "invalid_request");
    assert_eq!(problem["errors"][0]["field"], "line 3: unanswerable");
    let all = app.get(QUESTIONS, &home.token).await.json(200);
    assert_eq!(all["data"].as_array().unwrap().len(), 2);
    assert_eq!(
        all["data"][0]["expected_phrases"],
        json!(["nine", "morning"])
    );

    let export = app.get(&format!("{QUESTIONS}/export"), &home.token).await;
    assert_eq!(export.status.as_u16(), 200, "{}", export.text);
    assert_eq!(export.header("content-type"), "text/csv");
    assert!(export.header("content-disposition").contains("attachment"));
    let back = app.import(&home.token, &export.text).await.json(200);
    assert_eq!(back, json!({ "added": 0, "updated": 2 }));
    assert_eq!(
        app.get(&format!("{QUESTIONS}/export"), &home.token)
            .await
            .text,
        export.text
    );
    let json = json!({ "question": "x" });
    app.post(&format!("{QUESTIONS}/import"), &home.token, &json)
        .await
        .problem(415, "unsupported_media_type");
    app.stop().await;
}

#[tokio::test]
async fn two_evaluations_tell_what_a_change_has_fixed_and_broken() {
    let app = TestApp::start().await;
    let (home, other) = (app.home("bayt-falafel").await, app.home("noor-homes").await);
    let used = json!({ "question": "Do you sell used cars?", "unanswerable": true });
    let opens = json!({ "question": QUESTION, "expected_phrases": ["nine in the morning"] });
    let roof = json!({ "question": "Is the roof terrace heated?", "unanswerable": true });
    for question in [&used, &opens, &roof] {
        app.post(QUESTIONS, &home.token, question).await.json(201);
    }
    app.evaluated(&other).await;
    let first = app.evaluate(&home).await;
    let summary = &first["summary"];
    assert_eq!(
        (&first["state"], &first["tried"]),
        (&json!("finished"), &json!(3))
    );
    assert_eq!(
        summary["verdicts"],
        json!({ "correct": 0, "abstained": 2, "wrong": 0, "missed": 1, "false_answer": 0 })
    );
    assert_eq!(
        (&summary["passed"], &summary["r1"]),
        (&json!(2), &Value::Null)
    );

    let hours = app.document(&home.scope, "Hours", TEXT).await;
    let terrace = "The roof terrace is heated in winter.";
    app.document(&home.scope, "Terrace", terrace).await;
    let second = app.evaluate(&home).await;
    let summary = &second["summary"];
    assert_ne!(second["knowledge"], first["knowledge"]);
    assert_eq!(summary["passed"], 2, "{second:#}");
    assert_eq!(
        (&summary["answered_share"], &summary["false_answer_share"]),
        (&json!(1.0), &json!(0.5))
    );
    assert!(summary["auroc"].as_f64().is_some());
    let curve = summary["thresholds"].as_array().unwrap();
    assert_eq!((curve.len(), &curve[10]["threshold"]), (21, &json!(0.5)));
    assert_eq!(curve[10]["answered_share"], summary["answered_share"]);
    assert_eq!(curve[20]["answered_share"], 0.0);

    let path = format!("{EVALUATIONS}/{}", id(&second));
    let results = app
        .get(&format!("{path}/results?verdict=correct"), &home.token)
        .await
        .json(200);
    assert_eq!(results["data"].as_array().unwrap().len(), 1);
    let good = &results["data"][0];
    assert_eq!(good["citations"][0]["document_id"], hours.to_string());
    assert_eq!(
        (&good["phrases_found"], &good["rank"]),
        (&json!(true), &Value::Null)
    );
    let page = app
        .get(&format!("{path}/results?limit=2"), &home.token)
        .await
        .json(200);
    assert_eq!(page["data"].as_array().unwrap().len(), 2);
    assert!(page["next_cursor"].is_string());

    let questions = |moves: &Value| -> Vec<Value> {
        let moves = moves.as_array().unwrap().iter();
        moves.map(|it| it["question"].clone()).collect()
    };
    let before = app
        .get(&format!("{path}/compare"), &home.token)
        .await
        .json(200);
    assert_eq!(before["with_id"], first["id"]);
    let named = format!("{path}/compare?with={}", id(&first));
    assert_eq!(app.get(&named, &home.token).await.json(200), before);
    assert_eq!(questions(&before["fixed"]), [opens["question"].clone()]);
    assert_eq!(questions(&before["broken"]), [roof["question"].clone()]);
    assert_eq!(
        (
            &before["broken"][0]["before"],
            &before["broken"][0]["after"]
        ),
        (&json!("abstained"), &json!("false_answer"))
    );
    assert_eq!(before["unchanged_passed"], 1);

    let all = app.get(EVALUATIONS, &home.token).await.json(200);
    assert_eq!(all["data"], json!([second, first]));
    // Another tenant's is not there to be compared with.
    let theirs = app.get(EVALUATIONS, &other.token).await.json(200);
    let foreign = format!("{path}/compare?with={}", id(&theirs["data"][0]));
    app.get(&foreign, &home.token)
        .await
        .problem(404, "not_found");
    let viewer = app.token_of(&home, Role::Viewer).await;
    app.post(EVALUATIONS, &viewer, &json!({}))
        .await
        .problem(403, "role_insufficient");
    app.stop().await;
}

#[tokio::test]
async fn the_same_request_begins_one_evaluation() {
    let app = TestApp::start().await;
    let home = app.home("bayt-falafel").await;
    app.evaluated(&home).await;
    let begin = async || {
        let request = app.call(Method::POST, EVALUATIONS, &home.token);
        Answer::of(request.header("idempotency-key", "eval-1")).await
    };
    let first = begin().await.json(202);
    assert_eq!(begin().await.json(202)["job_id"], first["job_id"]);
    app.settle().await;
    let all = app.get(EVALUATIONS, &home.token).await.json(200);
    assert_eq!(all["data"].as_array().unwrap().len(), 2);
    app.stop().await;
}
