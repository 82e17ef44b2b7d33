//! Answers of late: the same question is answered again only for the same tenant, documents and bot.

use wafaa_domain::{Actor, TenantId, TenantScope};
use wafaa_pipelines::{
    conversation::{Answer, Answers, EXTRACTIVE},
    llm::Usage,
};

#[tokio::test]
async fn only_the_same_question_to_the_same_knowledge_is_known() {
    let answers = Answers::default();
    let scope = TenantScope::authenticated(TenantId::new(), Actor::CommandLine);
    let other = TenantScope::authenticated(TenantId::new(), Actor::CommandLine);
    let key = answers.key(&scope, "3", 1, "Do you deliver?");
    let answer = Answer {
        answer: "Yes.".into(),
        answered: true,
        confidence: 0.9,
        citations: Vec::new(),
        model: EXTRACTIVE.into(),
        usage: Usage::default(),
    };
    answers.keep(key, &answer).await;
    let known = async |scope, knowledge, bot, question| {
        let key = answers.key(scope, knowledge, bot, question);
        answers.find(&key).await.is_some()
    };
    assert!(known(&scope, "3", 1, " do you  DELIVER").await);
    assert!(!known(&other, "3", 1, "Do you deliver?").await);
    assert!(!known(&scope, "4", 1, "Do you deliver?").await);
    assert!(!known(&scope, "3", 2, "Do you deliver?").await);
    assert!(!known(&scope, "3", 1, "Do you deliver today?").await);
}
