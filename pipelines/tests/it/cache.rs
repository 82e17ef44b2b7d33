//! What is kept of late: the same question is answered again only for the same tenant, documents and bot, and
//! example sentences are embedded once for each version of a bot.

use chrono::Utc;
use wafaa_domain::{Actor, BotSettings, IntentAction, IntentRule, TenantId, TenantScope};
use wafaa_pipelines::{
    conversation::{Answer, Answers, EXTRACTIVE, intent::Examples},
    knowledge::embed::Embedder,
    llm::{EmbeddingModel, Usage},
};

use crate::llm::{Fake, Reply};

#[tokio::test]
async fn only_the_same_question_to_the_same_knowledge_is_known() {
    let answers = Answers::default();
    let scope = TenantScope::authenticated(TenantId::new(), Actor::CommandLine);
    let other = TenantScope::authenticated(TenantId::new(), Actor::CommandLine);
    let bot = BotSettings::default();
    let key = answers.key(&scope, "3", (&bot, 1), "Do you deliver?");
    let answer = Answer {
        answer: "Yes.".into(),
        answered: true,
        confidence: 0.9,
        citations: Vec::new(),
        model: EXTRACTIVE.into(),
        usage: Usage::default(),
    };
    answers.keep(key, &answer).await;
    let known = async |scope, knowledge, version, question| {
        let key = answers.key(scope, knowledge, (&bot, version), question);
        answers.find(&key).await.is_some()
    };
    assert!(known(&scope, "3", 1, " do you  DELIVER").await);
    assert!(!known(&other, "3", 1, "Do you deliver?").await);
    assert!(!known(&scope, "4", 1, "Do you deliver?").await);
    assert!(!known(&scope, "3", 2, "Do you deliver?").await);
    assert!(!known(&scope, "3", 1, "Do you deliver today?").await);
}

#[test]
fn today_is_another_question_tomorrow() {
    let answers = Answers::default();
    let scope = TenantScope::authenticated(TenantId::new(), Actor::CommandLine);
    let bot = BotSettings::default();
    let key = |question: &str| answers.key(&scope, "3", (&bot, 1), question);
    let (mut day, mut today) = (String::new(), key(""));
    // Twice at most, around midnight.
    while day != Utc::now().format("%A").to_string() {
        day = Utc::now().format("%A").to_string();
        today = key("Are you open today?");
    }
    assert_eq!(today, key(&format!("Are you open {day}?")));
    assert_ne!(today, key("Are you open?"));
}

#[tokio::test]
async fn example_sentences_are_embedded_once_for_each_version() {
    let body = serde_json::json!({
        "object": "list", "model": "e", "usage": {"prompt_tokens": 1, "total_tokens": 1},
        "data": [{"object": "embedding", "index": 0, "embedding": [3.0, 4.0]}],
    });
    let fake = Fake::start(vec![Reply::Http(200, "", body.to_string())]).await;
    let model = EmbeddingModel::connect(fake.provider.clone(), "unheard-of").await;
    let embedder = Embedder::OpenAi(Box::new(model.unwrap()));
    let rule = |name: &str, examples: &[&str]| IntentRule {
        name: name.into(),
        examples: examples.iter().map(|&text| text.to_owned()).collect(),
        action: IntentAction::Handoff,
        reply: String::new(),
    };
    let rules = [
        rule("allergens", &["Is there nut in it?", "Any sesame?"]),
        rule("parking", &["Where can I park?"]),
    ];
    let examples = Examples::default();
    let scope = TenantScope::authenticated(TenantId::new(), Actor::CommandLine);
    let other = TenantScope::authenticated(TenantId::new(), Actor::CommandLine);
    let count = || fake.requests.lock().unwrap().len();
    let before = count();
    for (scope, bot, asked) in [(scope, 1, 3), (scope, 1, 3), (scope, 2, 6), (other, 2, 9)] {
        let found = examples.of(&embedder, &scope, bot, &rules).await.unwrap();
        let of: Vec<usize> = found.iter().map(|(rule, _)| *rule).collect();
        assert_eq!(of, [0, 0, 1]);
        assert_eq!(found[2].1, [0.6, 0.8]);
        assert_eq!(count() - before, asked, "version {bot}");
    }
}
