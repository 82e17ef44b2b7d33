//! Conversations as customers and the tenant's people have them: the real binary, Meta faked at the socket.

use std::time::{Duration, Instant};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    fake::Fake,
    server::{Member, Server, demo},
    whatsapp::{Meta, connect, message, press, secret, status, webhook, write},
};

const PATIENCE: Duration = Duration::from_secs(60);
const CUSTOMER: &str = "966511111111";
/// What the restaurant's FAQ answers, with chickpeas.
const QUESTION: &str = "Is your falafel vegan?";

/// A server whose tenant `alpha` has a menu and a number.
async fn restaurant(meta: &Meta) -> Server {
    restaurant_of(Server::prepare(), meta).await
}

/// The same with these settings.
async fn restaurant_of(prepared: Server, meta: &Meta) -> Server {
    let server = prepared.with("WAFAA_META_GRAPH_URL", meta.url()).open();
    {
        let member = server.sign_in("alpha").await;
        member.ingest("faq.md", demo("bayt-falafel/faq.md")).await;
        connect(&member).await;
        let window = json!({ "merge_window_ms": 300 });
        let (status, body) = member
            .call(Method::PATCH, "/api/v1/bot", Some(window))
            .await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }
    server
}

/// The only conversation there is.
async fn conversation(member: &Member<'_>) -> Value {
    let list = member.get("/api/v1/conversations").await;
    let all = list["data"].as_array().expect("a list");
    assert_eq!(all.len(), 1, "{list}");
    all[0].clone()
}

/// Its messages, oldest first.
async fn messages(member: &Member<'_>, conversation: &Value) -> Vec<Value> {
    let path = format!("/api/v1/conversations/{}/messages", id(conversation));
    let list = member.get(&path).await;
    let mut all = list["data"].as_array().expect("a list").clone();
    all.sort_by_key(|message| message["seq"].as_i64());
    all
}

/// Waits until the newest message to the customer stands like this.
async fn newest_is(member: &Member<'_>, conversation: &Value, wanted: &str) -> Value {
    let begun = Instant::now();
    loop {
        let all = messages(member, conversation).await;
        let last = all
            .iter()
            .rfind(|message| message["direction"] == "outbound")
            .cloned();
        if let Some(last) = &last
            && last["status"] == wanted
        {
            return last.clone();
        }
        assert!(begun.elapsed() < PATIENCE, "not {wanted}: {last:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until the conversation has so many messages.
async fn there_are(member: &Member<'_>, conversation: &Value, number: usize) {
    let begun = Instant::now();
    while messages(member, conversation).await.len() < number {
        assert!(begun.elapsed() < PATIENCE, "there are fewer than {number}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn id(of: &Value) -> &str {
    of["id"].as_str().expect("an id")
}

async fn act(member: &Member<'_>, conversation: &Value, verb: &str) -> Value {
    let path = format!("/api/v1/conversations/{}/{verb}", id(conversation));
    let (status, body) = member.call(Method::POST, &path, Some(json!({}))).await;
    assert_eq!(status, StatusCode::OK, "{verb}: {body}");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_gets_one_cited_answer_and_its_story_is_kept() {
    let meta = Meta::start(Duration::ZERO);
    let server = restaurant(&meta).await;
    let member = server.sign_in("alpha").await;
    write(&server, CUSTOMER, "wamid.1", QUESTION).await;
    let sent = meta.sent_to(CUSTOMER, 1).await;
    assert!(sent[0].text.contains("chickpeas"), "{sent:?}");
    let of = conversation(&member).await;
    newest_is(&member, &of, "sent").await;
    status(&server, &sent[0].ours, "delivered", CUSTOMER).await;
    let answer = newest_is(&member, &of, "delivered").await;
    assert!(
        !answer["citations"].as_array().expect("a list").is_empty(),
        "{answer}"
    );
    // Statuses come in any order: an older one changes nothing.
    status(&server, &sent[0].ours, "read", CUSTOMER).await;
    status(&server, &sent[0].ours, "sent", CUSTOMER).await;
    newest_is(&member, &of, "read").await;
    let all = messages(&member, &of).await;
    let story = member
        .get(&format!("/api/v1/messages/{}/timeline", id(&all[0])))
        .await;
    let stages: Vec<&str> = story["data"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|entry| entry["stage"].as_str())
        .collect();
    for stage in ["received", "retrieved", "generated", "decided"] {
        assert!(stages.contains(&stage), "{stage} is missing of {stages:?}");
    }
    // The same webhook again is the same message.
    let again = message(CUSTOMER, "wamid.1", QUESTION);
    assert_eq!(
        webhook(&server, "alpha", &again, secret()).await,
        StatusCode::OK
    );
    no_jobs_left(&member).await;
    assert_eq!(messages(&member, &of).await.len(), 2);
    assert_eq!(meta.sent().len(), 1);
}

/// What a chat model says, whatever it is asked.
const SAID: &str = r#"{"id":"1","object":"chat.completion","created":1,"model":"fake-1","choices":[{"index":0,"message":{"role":"assistant","content":"It is made of chickpeas [1]."},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_told_what_was_said_before() {
    let meta = Meta::start(Duration::ZERO);
    let model = Fake::answering("application/json", SAID);
    let prepared = Server::prepare()
        .with("WAFAA_LLM_PROVIDER", "openai")
        .with("WAFAA_OPENAI_BASE_URL", model.url());
    let server = restaurant_of(prepared, &meta).await;
    write(&server, CUSTOMER, "wamid.m1", QUESTION).await;
    let first = meta.sent_to(CUSTOMER, 1).await[0].text.clone();
    assert!(first.contains("chickpeas"), "{first}");
    write(&server, CUSTOMER, "wamid.m2", "Where do you deliver?").await;
    meta.sent_to(CUSTOMER, 2).await;
    let asked: Vec<String> = model
        .requests()
        .into_iter()
        .map(|request| String::from_utf8(request.body).expect("text"))
        .collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(!asked[0].contains("<conversation>"), "{}", asked[0]);
    let before = format!("<conversation>\\ncustomer: {QUESTION}\\nassistant: ");
    assert!(asked[1].contains(&before), "{}", asked[1]);
    assert!(
        asked[1].contains("<question>\\nWhere do you deliver?"),
        "{}",
        asked[1]
    );
    // Somebody else, who asks the same, is told nothing of it.
    let other = "966522222222";
    write(&server, other, "wamid.m3", "Where do you deliver?").await;
    meta.sent_to(other, 1).await;
    let asked = model.requests();
    assert_eq!(asked.len(), 3);
    assert!(!String::from_utf8_lossy(&asked[2].body).contains("<conversation>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_gets_one_answer() {
    let meta = Meta::start(Duration::ZERO);
    let server = restaurant(&meta).await;
    let member = server.sign_in("alpha").await;
    for (number, text) in ["Hi", "I have a question", "is your", "falafel", "vegan?"]
        .into_iter()
        .enumerate()
    {
        write(&server, CUSTOMER, &format!("wamid.b{number}"), text).await;
    }
    let sent = meta.sent_to(CUSTOMER, 1).await;
    assert!(sent[0].text.contains("chickpeas"), "{sent:?}");
    let of = conversation(&member).await;
    newest_is(&member, &of, "sent").await;
    // Whatever else was to come would have been enqueued by now.
    no_jobs_left(&member).await;
    assert_eq!(meta.sent().len(), 1, "{:?}", meta.sent());
    assert_eq!(messages(&member, &of).await.len(), 6);
}

/// What a visitor says, and what the answer has to hold: each follow-up makes sense only with what was said before.
const TURNS: [(&str, &str); 10] = [
    ("Hi there!", "help"),
    ("How much is the falafel plate?", "32 SAR"),
    ("Is it gluten free?", "Falafel plate"),
    ("And the hummus?", "Hummus"),
    ("What vegan dishes do you have?", "Tabbouleh"),
    ("Do you deliver?", "8 km"),
    ("وكم رسوم التوصيل؟", "ريال"),
    ("Is the meat halal?", "halal"),
    ("Do prices include VAT?", "15%"),
    ("Thanks a lot", "welcome"),
];

#[tokio::test(flavor = "multi_thread")]
async fn ten_turns_of_a_web_chat_keep_their_context() {
    let meta = Meta::start(Duration::ZERO);
    let server = restaurant(&meta).await;
    let member = server.sign_in("alpha").await;
    member
        .ingest("menu.pdf", demo("bayt-falafel/menu.pdf"))
        .await;
    let web = json!({ "kind": "web", "name": "Our site", "settings": {} });
    let (code, channel) = member
        .call(Method::POST, "/api/v1/channels", Some(web))
        .await;
    assert_eq!(code, StatusCode::CREATED, "{channel}");
    let token = channel["public_token"].as_str().expect("a token");
    let begin = server
        .client
        .post(server.url(&format!("/widget/{token}/conversations")));
    let begun: Value = begin
        .json(&json!({}))
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    let visitor = begun["visitor_token"].as_str().expect("a token");
    let path = format!("/widget/{token}/conversations/{}/messages", id(&begun));
    for (turn, (question, wanted)) in TURNS.into_iter().enumerate() {
        let said = json!({ "text": question, "client_id": format!("turn-{turn}") });
        let request = server
            .client
            .post(server.url(&path))
            .bearer_auth(visitor)
            .json(&said);
        let code = request.send().await.expect("an answer").status();
        assert!(code.is_success(), "{question}: {code}");
        let answer = answer_number(&member, &begun, turn + 1).await;
        let text = answer["content"]["text"].as_str().unwrap_or_default();
        assert!(text.contains(wanted), "“{question}” is answered: {text}");
    }
}

/// Waits until the bot's `number`th answer is sent: what the visitor says before that is answered along with it.
async fn answer_number(member: &Member<'_>, conversation: &Value, number: usize) -> Value {
    let begun = Instant::now();
    loop {
        let all = messages(member, conversation).await;
        let mut answers = all
            .into_iter()
            .filter(|message| message["direction"] == "outbound" && message["status"] == "sent");
        if let Some(answer) = answers.nth(number - 1) {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "there is no answer {number}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_takes_over_and_gives_back() {
    let meta = Meta::start(Duration::ZERO);
    let server = restaurant(&meta).await;
    let member = server.sign_in("alpha").await;
    write(
        &server,
        CUSTOMER,
        "wamid.p1",
        "I want to talk to a human please",
    )
    .await;
    meta.sent_to(CUSTOMER, 1).await;
    let of = conversation(&member).await;
    assert_eq!(
        (&of["status"], &of["handoff_reason"]),
        (&json!("waiting"), &json!("requested")),
        "{of}"
    );
    write(&server, CUSTOMER, "wamid.p2", QUESTION).await;
    there_are(&member, &of, 3).await;
    no_jobs_left(&member).await;
    assert_eq!(
        meta.sent().len(),
        1,
        "the bot spoke although a person is waited for"
    );
    assert_eq!(act(&member, &of, "claim").await["status"], "human");
    let path = format!("/api/v1/conversations/{}/messages", id(&of));
    let reply = json!({ "text": "Salam, this is Omar. How can I help?" });
    let (code, body) = member.call(Method::POST, &path, Some(reply)).await;
    assert!(code.is_success(), "{body}");
    let sent = meta.sent_to(CUSTOMER, 2).await;
    assert_eq!(sent[1].text, "Salam, this is Omar. How can I help?");
    assert_eq!(act(&member, &of, "release").await["status"], "bot");
    no_jobs_left(&member).await;
    assert_eq!(
        meta.sent().len(),
        2,
        "the bot answered what was said to a person"
    );
    write(&server, CUSTOMER, "wamid.p3", QUESTION).await;
    let sent = meta.sent_to(CUSTOMER, 3).await;
    assert!(sent[2].text.contains("chickpeas"), "{sent:?}");
    assert_eq!(act(&member, &of, "resolve").await["status"], "resolved");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gets_no_answer_is_offered_a_person_on_a_button() {
    let meta = Meta::start(Duration::ZERO);
    let server = restaurant(&meta).await;
    let member = server.sign_in("alpha").await;
    let absent = "Who won the chess championship of 1972?";
    write(&server, CUSTOMER, "wamid.n1", absent).await;
    let sent = meta.sent_to(CUSTOMER, 1).await;
    assert_eq!(sent[0].buttons, ["wafaa:person"], "{sent:?}");
    assert!(sent[0].text.contains("don't have"), "{sent:?}");
    press(&server, CUSTOMER, "wamid.n2", &sent[0].buttons[0]).await;
    meta.sent_to(CUSTOMER, 2).await;
    let of = conversation(&member).await;
    assert_eq!(
        (&of["status"], &of["handoff_reason"]),
        (&json!("waiting"), &json!("requested")),
        "{of}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_opts_out_is_left_alone() {
    let meta = Meta::start(Duration::ZERO);
    let server = restaurant(&meta).await;
    let member = server.sign_in("alpha").await;
    write(&server, CUSTOMER, "wamid.o1", "STOP").await;
    meta.sent_to(CUSTOMER, 1).await;
    let of = conversation(&member).await;
    write(&server, CUSTOMER, "wamid.o2", QUESTION).await;
    there_are(&member, &of, 3).await;
    no_jobs_left(&member).await;
    assert_eq!(meta.sent().len(), 1, "{:?}", meta.sent());
    let path = format!("/api/v1/conversations/{}/messages", id(&of));
    let (code, body) = member
        .call(Method::POST, &path, Some(json!({ "text": "Hello?" })))
        .await;
    assert_eq!(
        (code, &body["code"]),
        (StatusCode::CONFLICT, &json!("opted_out")),
        "{body}"
    );
    write(&server, CUSTOMER, "wamid.o3", "START").await;
    meta.sent_to(CUSTOMER, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forged_or_garbled_is_refused() {
    let meta = Meta::start(Duration::ZERO);
    let server = restaurant(&meta).await;
    let genuine = message(CUSTOMER, "wamid.f1", QUESTION);
    assert_eq!(
        webhook(&server, "alpha", &genuine, "another").await,
        StatusCode::UNAUTHORIZED
    );
    // It has no number.
    assert_eq!(
        webhook(&server, "beta", &genuine, secret()).await,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        webhook(&server, "nobody", &genuine, secret()).await,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        webhook(&server, "alpha", b"{\"entry\":", secret()).await,
        StatusCode::BAD_REQUEST
    );
    let member = server.sign_in("alpha").await;
    let list = member.get("/api/v1/conversations").await;
    assert_eq!(list["data"], json!([]));
}

/// `kill -9` while the provider has the message and we don't know yet: it is never sent twice, and the
/// provider's statuses settle what became of it. `WAFAA_SEND_KILLS` and `WAFAA_SEND_KILLS_SEED` lengthen and
/// repeat a run.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_send_and_record_doubles_nothing() {
    let setting = |name: &str| std::env::var(name).ok()?.parse().ok();
    let seed: u64 = setting("WAFAA_SEND_KILLS_SEED").unwrap_or_else(|| rand::rng().random());
    let kills: u64 = setting("WAFAA_SEND_KILLS").unwrap_or(8);
    println!("WAFAA_SEND_KILLS_SEED={seed} WAFAA_SEND_KILLS={kills}");
    let mut random = StdRng::seed_from_u64(seed);
    let thinking = Duration::from_millis(60);
    let meta = Meta::start(thinking);
    let mut server = restaurant(&meta).await;
    let (mut unknown, mut known) = (0, 0);
    for kill in 0..kills {
        let customer = format!("9665{kill:08}");
        write(&server, &customer, &format!("wamid.k{kill}"), QUESTION).await;
        meta.sent_to(&customer, 1).await;
        tokio::time::sleep(random.random_range(Duration::ZERO..thinking * 3 / 2)).await;
        server.kill();
        server.resume();
        let member = server.sign_in("alpha").await;
        no_jobs_left(&member).await;
        let sent = meta.sent_to(&customer, 1).await;
        assert_eq!(
            sent.len(),
            1,
            "seed {seed}, kill {kill}: sent twice: {sent:?}"
        );
        let list = member.get("/api/v1/conversations?limit=1").await;
        let of = list["data"][0].clone();
        let all = messages(&member, &of).await;
        let answer = all.last().expect("an answer");
        match answer["status"].as_str() {
            Some("unknown") => unknown += 1,
            Some("sent") => known += 1,
            other => panic!("seed {seed}, kill {kill}: {other:?} of {answer}"),
        }
        status(&server, &sent[0].ours, "delivered", &customer).await;
        newest_is(&member, &of, "delivered").await;
    }
    println!("{unknown} of {kills} were in doubt, {known} were recorded in time");
    assert!(unknown > 0, "no kill fell between send and record");
}

/// Waits until nothing is to be done any more.
async fn no_jobs_left(member: &Member<'_>) {
    let begun = Instant::now();
    'look: loop {
        assert!(begun.elapsed() < PATIENCE, "jobs don't come to an end");
        tokio::time::sleep(Duration::from_millis(50)).await;
        for kind in ["respond", "deliver", "sentiment", "topics"] {
            for state in ["waiting", "ready", "dispatched", "running"] {
                let path = format!("/api/v1/jobs?kind={kind}&state={state}&limit=1");
                if member.get(&path).await["data"] != json!([]) {
                    continue 'look;
                }
            }
        }
        return;
    }
}
