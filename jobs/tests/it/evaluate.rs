//! Golden questions, tried against a small index.

use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use wafaa_domain::{
    BotSettings, ChunkId, DocumentId, DocumentStatus, EvaluationId, EvaluationState, Expected,
    GoldenQuestionId, JobId, JobState, Lane, TenantScope, Trigger, Verdict,
};
use wafaa_jobs::{EventKind, Services, control, evaluation::start, kind as kinds};
use wafaa_pipelines::{
    conversation::{EXTRACTIVE, Responder, Retriever},
    evaluation::Summary,
    llm::{Gateway, Provider, TIMEOUT},
};
use wafaa_storage::{
    bot,
    chunk::{self, Chunk},
    document::{self, NewDocument},
    evaluation::{self, Evaluation, Outcome, Tried, TriedQuestion},
    golden_question::{self, NewGoldenQuestion},
    ledger::{self, NewJob},
    limit::Class,
    tenant::Limits,
};

use crate::{engine::TestEngine, tokens::limit};

const TEXT: &str = "The kitchen opens at nine in the morning.";
const QUESTION: &str = "When does the kitchen open?";
const NOT_SAID: &str = "Do you sell used cars?";

/// A document that answers.
async fn publish(engine: &TestEngine, scope: &TenantScope) -> DocumentId {
    let id = DocumentId::new();
    let passage = Chunk {
        id: ChunkId::new(),
        ordinal: 0,
        page: None,
        heading: vec!["Hours".into()],
        text: TEXT.into(),
        language: "en".into(),
        span: 0..TEXT.len() as u64,
        tokens: 10,
        sentences: vec![0..u32::try_from(TEXT.len()).unwrap()],
        content_hash: [1; 32],
    };
    let new = NewDocument {
        id,
        title: "Hours".into(),
        filename: "hours.txt".into(),
        language: Some("en".into()),
        bytes: TEXT.len() as u64,
        sha256: [1; 32],
    };
    let tx = engine.services.db.write(*scope).await.unwrap();
    document::create(&tx, new).await.unwrap();
    chunk::replace(&tx, id, 1, &[passage]).await.unwrap();
    ledger::set_barrier(&tx, &format!("embed:{id}:1"), 1)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let embed = kinds::Embed {
        document: id,
        version: 1,
        from: 0,
        to: 1,
        of: 1,
    };
    engine.enqueue(scope, &embed).await;
    engine
        .until("the document to be ready", async || {
            let tx = engine.services.db.read(*scope).await.unwrap();
            let found = document::get(&tx, id).await.unwrap();
            (found.status == DocumentStatus::Ready).then_some(())
        })
        .await;
    id
}

fn question(question: &str, documents: &[DocumentId], phrases: &[&str]) -> NewGoldenQuestion {
    let phrases: Vec<String> = phrases.iter().map(|&phrase| phrase.to_owned()).collect();
    let unanswerable = documents.is_empty() && phrases.is_empty();
    NewGoldenQuestion {
        question: question.into(),
        expected: Expected::new(documents.to_vec(), phrases, unanswerable).unwrap(),
        language: None,
        notes: None,
    }
}

async fn ask(
    engine: &TestEngine,
    scope: &TenantScope,
    questions: &[NewGoldenQuestion],
) -> Vec<GoldenQuestionId> {
    let tx = engine.services.db.write(*scope).await.unwrap();
    let mut ids = Vec::new();
    for question in questions {
        ids.push(golden_question::create(&tx, question).await.unwrap().id);
    }
    tx.commit().await.unwrap();
    ids
}

async fn begin(engine: &TestEngine, scope: &TenantScope) -> Evaluation {
    let tx = engine.services.db.write(*scope).await.unwrap();
    let made = start(&tx, Trigger::Request).await.unwrap();
    tx.commit().await.unwrap();
    engine.handle().wake();
    made
}

async fn evaluation(
    engine: &TestEngine,
    scope: &TenantScope,
    id: EvaluationId,
) -> (Evaluation, Vec<TriedQuestion>) {
    let tx = engine.services.db.read(*scope).await.unwrap();
    let found = evaluation::get(&tx, id).await.unwrap();
    (found, evaluation::tried(&tx, id).await.unwrap())
}

fn summary(evaluation: &Evaluation) -> Summary {
    serde_json::from_value(evaluation.summary.clone().expect("the figures")).unwrap()
}

/// Calls off what comes later by design.
async fn call_off_later_ones(engine: &TestEngine, scope: &TenantScope) {
    for job in engine.jobs().await {
        let later = ["compact", "evaluate_change"].contains(&job.kind.as_str());
        if later && !job.state.is_final() {
            engine.cancel(scope, job.id).await;
        }
    }
}

pub(crate) async fn golden_questions_are_tried_and_summed_up(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start_for(kinds::all(), |_| {}).await;
    let hours = publish(engine, &tenant).await;
    let other = DocumentId::new();
    ask(
        engine,
        &tenant,
        &[
            question(QUESTION, &[hours], &["nine in the morning"]),
            question("At what time does the kitchen open?", &[hours], &["ten"]),
            question("When is the kitchen opened?", &[other], &[]),
            question(NOT_SAID, &[], &[]),
        ],
    )
    .await;
    let begun = begin(engine, &tenant).await;
    let job = engine.reaches(begun.job, JobState::Succeeded).await;
    assert_eq!(
        (job.lane, job.priority, job.attempt),
        (Lane::Maintenance, -1, 1)
    );

    let (found, tried) = evaluation(engine, &tenant, begun.id).await;
    assert_eq!((found.state, found.tried), (EvaluationState::Finished, 4));
    let verdicts: Vec<Verdict> = tried.iter().map(|it| it.outcome.verdict).collect();
    assert_eq!(
        verdicts,
        [
            Verdict::Correct,
            Verdict::Wrong,
            Verdict::Wrong,
            Verdict::Abstained
        ],
        "{tried:#?}"
    );
    let good = &tried[0].outcome;
    assert_eq!((good.place, good.document_cited), (Some(1), Some(true)));
    assert!(good.answer.contains("nine in the morning"), "{good:?}");
    assert_eq!((good.model.as_str(), good.tokens), (EXTRACTIVE, 0));
    assert_eq!(good.citations[0]["document_id"], hours.to_string());
    assert_eq!(tried[2].outcome.place, None);

    let figures = summary(&found);
    assert_eq!((figures.passed, figures.answerable), (2, 3));
    assert_eq!(figures.r1, Some(2.0 / 3.0));
    assert_eq!(figures.false_answer_share, Some(0.0));
    assert_eq!(figures.auroc, Some(1.0));
    assert!(!figures.changed_meanwhile);
    assert!(found.knowledge.starts_with("1@"), "{}", found.knowledge);

    // A customer who asks the same is not answered from here.
    let (answers, bot) = (&engine.services.answers, BotSettings::default());
    for version in [0, 1] {
        let key = answers.key(&tenant, &found.knowledge, (&bot, version), QUESTION);
        assert!(answers.find(&key).await.is_none());
    }
    call_off_later_ones(engine, &tenant).await;
}

/// As after a kill: the first question was tried by a run that is gone.
pub(crate) async fn a_run_goes_on_with_the_next_question(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    let ids = ask(
        engine,
        &tenant,
        &[
            question(QUESTION, &[], &["nine"]),
            question(NOT_SAID, &[], &[]),
        ],
    )
    .await;
    let before = Outcome {
        verdict: Verdict::Correct,
        answered: true,
        confidence: 999,
        place: None,
        document_cited: None,
        phrases_found: Some(true),
        answer: "As it was before.".into(),
        citations: json!([]),
        model: "a model of before".into(),
        tokens: 5,
    };
    let tx = engine.services.db.write(tenant).await.unwrap();
    let begun = start(&tx, Trigger::Request).await.unwrap();
    let tried = Tried {
        knowledge: "0@0".into(),
        bot_version: 0,
        threshold: 500,
    };
    evaluation::begin(&tx, begun.id, &tried).await.unwrap();
    evaluation::note(&tx, begun.id, ids[0], &before)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    engine.start_for(kinds::all(), |_| {}).await;
    engine.reaches(begun.job, JobState::Succeeded).await;
    let (found, tried) = evaluation(engine, &tenant, begun.id).await;
    assert_eq!((found.state, tried.len()), (EvaluationState::Finished, 2));
    assert_eq!(tried[0].outcome, before, "it was tried again");
    assert_eq!(tried[1].outcome.verdict, Verdict::Abstained);
    assert_eq!(summary(&found).tokens, 5);
}

pub(crate) async fn called_off_it_stops_and_retried_it_goes_on(engine: &mut TestEngine) {
    const MANY: usize = 100;
    let tenant = engine.tenant().await;
    engine.start_for(kinds::all(), |_| {}).await;
    let many: Vec<NewGoldenQuestion> = (0..MANY)
        .map(|number| question(&format!("{NOT_SAID} {number}"), &[], &[]))
        .collect();
    ask(engine, &tenant, &many).await;
    let mut events = engine.listen();
    let begun = begin(engine, &tenant).await;
    assert_eq!(events.kinds(begun.job, 1).await, [EventKind::Started]);
    let tx = engine.services.db.write(tenant).await.unwrap();
    let again = start(&tx, Trigger::Request).await;
    assert!(
        matches!(again, Err(wafaa_jobs::evaluation::Error::UnderWay)),
        "{again:?}"
    );
    drop(tx);
    engine.cancel(&tenant, begun.job).await;
    engine.reaches(begun.job, JobState::Cancelled).await;
    let (found, tried) = evaluation(engine, &tenant, begun.id).await;
    assert_eq!(found.state, EvaluationState::Cancelled);
    assert!(tried.len() < MANY && found.summary.is_none());

    let db = &engine.services.db;
    let retried = control::retry(db, engine.handle(), &tenant, begun.job).await;
    retried.unwrap();
    engine.reaches(begun.job, JobState::Succeeded).await;
    let (found, tried) = evaluation(engine, &tenant, begun.id).await;
    assert_eq!(
        (found.state, tried.len()),
        (EvaluationState::Finished, MANY)
    );
    assert_eq!(summary(&found).passed as usize, MANY);
}

/// A chat model that always says the same, for 127 tokens.
async fn model() -> Gateway {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let provider = Provider {
        base_url: format!("http://{}/v1", listener.local_addr().unwrap()),
        key: String::new().into(),
        timeout: TIMEOUT,
    };
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(answer(socket));
        }
    });
    Gateway::new(&provider, "fake-1", &[]).unwrap()
}

async fn answer(mut socket: TcpStream) {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body);
        if body.is_some_and(|body| serde_json::from_str::<serde_json::Value>(body).is_ok()) {
            break;
        }
        let more = socket.read_buf(&mut bytes).await.unwrap();
        assert_ne!(more, 0, "the request is not whole");
    }
    let body = json!({
        "id": "1", "object": "chat.completion", "created": 1, "model": "fake-1",
        "choices": [{
            "index": 0, "finish_reason": "stop",
            "message": { "role": "assistant", "content": format!("{TEXT} [1]") },
        }],
        "usage": { "prompt_tokens": 120, "completion_tokens": 7, "total_tokens": 127 },
    });
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
    // The client may have closed it already.
    let _ = socket.write_all(format!("{head}{body}").as_bytes()).await;
    let _ = socket.shutdown().await;
}

/// The same stores, answering by a model.
fn answering_by(services: &Services, gateway: Gateway) -> Services {
    let (db, vectors) = (services.db.clone(), services.vectors.clone());
    let retriever = Retriever::new(db.clone(), vectors.clone(), services.embedder.clone());
    Services {
        db,
        vectors,
        blobs: services.blobs.clone(),
        tokenizer: services.tokenizer.clone(),
        embedder: services.embedder.clone(),
        sandbox: services.sandbox.clone(),
        limiter: services.limiter.clone(),
        responder: Responder::generative(retriever, gateway),
        answers: services.answers.clone(),
        examples: services.examples.clone(),
        channels: services.channels.clone(),
        sealer: services.sealer.clone(),
        outbound: services.outbound.clone(),
        web: services.web.clone(),
    }
}

pub(crate) async fn tokens_are_charged_and_the_last_left_to_customers(engine: &mut TestEngine) {
    let services = answering_by(&engine.services, model().await);
    engine.services = std::sync::Arc::new(services);
    let tenant = engine.tenant().await;
    engine.start_for(kinds::all(), |_| {}).await;
    publish(engine, &tenant).await;
    ask(engine, &tenant, &[question(QUESTION, &[], &["nine"])]).await;
    let limits = Limits {
        llm_tokens_per_day: 10_000,
        ..Limits::default()
    };
    limit(engine, &tenant, limits).await;
    let limiter = engine.services.limiter.clone();
    let left = async || limiter.ask(&tenant, Class::LlmTokens, &limits).await;
    let before = left().await.remaining;
    let begun = begin(engine, &tenant).await;
    engine.reaches(begun.job, JobState::Succeeded).await;
    let (found, tried) = evaluation(engine, &tenant, begun.id).await;
    let outcome = &tried[0].outcome;
    assert_eq!((outcome.model.as_str(), outcome.tokens), ("fake-1", 127));
    assert_eq!(outcome.verdict, Verdict::Correct);
    assert_eq!(summary(&found).tokens, 127);
    // One comes back every nine seconds.
    let after = left().await.remaining;
    assert!((120..=127).contains(&(before - after)), "{before} {after}");

    let most = after - 1_000;
    limiter
        .charge(&tenant, Class::LlmTokens, &limits, most)
        .await;
    let mut events = engine.listen();
    let second = begin(engine, &tenant).await;
    assert_eq!(
        events.kinds(second.job, 2).await,
        [EventKind::Started, EventKind::Rescheduled]
    );
    let waiting = engine.job(second.job).await;
    assert_eq!((waiting.state, waiting.attempt), (JobState::Waiting, 0));
    assert!(waiting.last_error.unwrap().contains("left to customers"));
    engine.cancel(&tenant, second.job).await;
    let (found, _) = evaluation(engine, &tenant, second.id).await;
    assert_eq!(found.state, EvaluationState::Cancelled);
    call_off_later_ones(engine, &tenant).await;
}

pub(crate) async fn a_change_of_documents_is_evaluated_once(engine: &mut TestEngine) {
    let tenant = engine.tenant().await;
    engine.start_for(kinds::all(), |_| {}).await;
    let wants = BotSettings {
        evaluate_on_change: true,
        ..BotSettings::default()
    };
    let tx = engine.services.db.write(tenant).await.unwrap();
    bot::save(&tx, &wants, 0).await.unwrap();
    tx.commit().await.unwrap();
    let hours = publish(engine, &tenant).await;
    ask(engine, &tenant, &[question(QUESTION, &[hours], &[])]).await;
    let later: Vec<ledger::Job> = engine
        .jobs()
        .await
        .into_iter()
        .filter(|job| job.kind == "evaluate_change")
        .collect();
    assert_eq!(later.len(), 1);
    let delay = later[0].run_at - later[0].created_at;
    assert!((290..=310).contains(&delay.num_seconds()), "{delay}");

    // The same job, due now; and once more, when everything is known.
    for _ in 0..2 {
        let job = due(engine, &tenant).await;
        engine.reaches(job, JobState::Succeeded).await;
        engine
            .until("the evaluation to be over", async || {
                let tx = engine.services.db.read(tenant).await.unwrap();
                let all = evaluation::list(&tx, None, None, 9).await.unwrap().rows;
                let over = |it: &Evaluation| it.state == EvaluationState::Finished;
                all.iter().all(over).then_some(())
            })
            .await;
    }
    let tx = engine.services.db.read(tenant).await.unwrap();
    let all = evaluation::list(&tx, None, None, 9).await.unwrap().rows;
    drop(tx);
    assert_eq!(all.len(), 1, "the same knowledge was evaluated twice");
    assert_eq!((all[0].trigger, all[0].bot_version), (Trigger::Change, 1));
    assert_eq!(summary(&all[0]).passed, 1);
    call_off_later_ones(engine, &tenant).await;
}

async fn due(engine: &TestEngine, scope: &TenantScope) -> JobId {
    let job = NewJob {
        kind: "evaluate_change",
        lane: Lane::Maintenance,
        payload: json!({ "window": 0 }),
        max_attempts: 3,
        priority: 0,
        dedupe_key: None,
        order_key: None,
        parent: None,
        run_at: None,
        trace_id: None,
    };
    let tx = engine.services.db.write(*scope).await.unwrap();
    let id = ledger::enqueue(&tx, &job).await.unwrap();
    tx.commit().await.unwrap();
    engine.handle().wake();
    id
}
