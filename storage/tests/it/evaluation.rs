//! Golden questions, and evaluations from the first question to the figures.

use serde_json::json;
use wafaa_domain::{
    EvaluationId, EvaluationState, Expected, Failure, GoldenQuestionId, JobId, TenantScope,
    Trigger, Verdict,
};
use wafaa_storage::{
    Database, Result, Tx, document,
    evaluation::{self, Evaluation, Outcome, Tried},
    golden_question::{self, GoldenQuestion, NewGoldenQuestion},
};

use crate::database::{assert_fails, document as add, on_each_database, read, tenant, write};

on_each_database!(
    questions_are_kept_by_their_words,
    an_import_adds_and_makes_anew,
    documents_that_there_are_not_are_named,
    every_question_is_tried_once_whatever_becomes_of_it,
    what_is_tried_is_kept_from_the_first_time,
    a_bad_end_is_no_last_word_but_a_good_one_is,
    the_oldest_are_forgotten,
);

/// A question that expects these phrases; unanswerable without any.
pub(crate) fn question(question: &str, phrases: &[&str]) -> NewGoldenQuestion {
    let phrases: Vec<String> = phrases.iter().map(|&phrase| phrase.to_owned()).collect();
    let unanswerable = phrases.is_empty();
    NewGoldenQuestion {
        question: question.into(),
        expected: Expected::new(Vec::new(), phrases, unanswerable).unwrap(),
        language: None,
        notes: None,
    }
}

pub(crate) fn outcome() -> Outcome {
    Outcome {
        verdict: Verdict::Correct,
        answered: true,
        confidence: 812,
        place: Some(2),
        document_cited: None,
        phrases_found: Some(true),
        answer: "Until ten. [1]".into(),
        citations: json!([{ "title": "Hours" }]),
        model: "extractive".into(),
        tokens: 127,
    }
}

/// One question, and an evaluation in which it was tried.
pub(crate) async fn evaluated(
    db: &Database,
    scope: TenantScope,
) -> (GoldenQuestionId, EvaluationId) {
    write(db, scope, async |tx| {
        let made = golden_question::create(tx, &question("Until when?", &["ten"])).await?;
        let evaluation = start(tx).await?;
        evaluation::begin(tx, evaluation.id, &tried("1@1", 1)).await?;
        evaluation::note(tx, evaluation.id, made.id, &outcome()).await?;
        Ok((made.id, evaluation.id))
    })
    .await
    .unwrap()
}

async fn start(tx: &Tx<TenantScope>) -> Result<Evaluation> {
    evaluation::start(tx, EvaluationId::new(), JobId::new(), Trigger::Request).await
}

fn tried(knowledge: &str, bot_version: i32) -> Tried {
    Tried {
        knowledge: knowledge.into(),
        bot_version,
        threshold: 500,
    }
}

async fn create(db: &Database, scope: TenantScope, words: &str) -> Result<GoldenQuestion> {
    write(db, scope, async |tx| {
        golden_question::create(tx, &question(words, &["ten"])).await
    })
    .await
}

async fn questions_are_kept_by_their_words(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let until = create(&db, scope, "Until when?").await.unwrap();
    let since = create(&db, scope, "Since when?").await.unwrap();
    assert_fails!(create(&db, scope, "Until when?").await, AlreadyExists);
    let taken = write(&db, scope, async |tx| {
        golden_question::update(tx, since.id, &until.content).await
    });
    assert_fails!(taken.await, AlreadyExists);
    write(&db, scope, async |tx| {
        let change = NewGoldenQuestion {
            expected: Expected::Unanswerable,
            language: Some("en".into()),
            notes: Some("Nobody knows.".into()),
            ..since.content.clone()
        };
        let changed = golden_question::update(tx, since.id, &change).await?;
        assert_eq!(changed.content, change);
        assert_eq!(golden_question::get(tx, since.id).await?, changed);
        let all = golden_question::list(tx, None, 9).await?;
        let ids: Vec<_> = all.rows.iter().map(|it| it.id).collect();
        assert_eq!(ids, [until.id, since.id]);
        let rest = golden_question::list(tx, Some(until.id), 9).await?;
        assert_eq!(rest.rows, [changed]);
        golden_question::delete(tx, until.id).await?;
        assert_fails!(golden_question::delete(tx, until.id).await, NotFound);
        assert_eq!(golden_question::count(tx).await?, 1);
        // Longer than an entry of an index may be.
        golden_question::create(tx, &question(&"متى؟ ".repeat(400), &[])).await?;
        Ok(())
    })
    .await
    .unwrap();
}

async fn an_import_adds_and_makes_anew(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let known = create(&db, scope, "Until when?").await.unwrap();
    write(&db, scope, async |tx| {
        let questions = [question("Until when?", &["eleven"]), question("Why?", &[])];
        let imported = golden_question::import(tx, &questions).await?;
        assert_eq!((imported.added, imported.updated), (1, 1));
        let found = golden_question::get(tx, known.id).await?;
        assert_eq!(found.content.expected.phrases(), ["eleven"]);
        assert_eq!(golden_question::count(tx).await?, 2);
        Ok(())
    })
    .await
    .unwrap();
}

async fn documents_that_there_are_not_are_named(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let (there, gone) = (add(&db, scope, 1).await.id, add(&db, scope, 2).await.id);
    write(&db, scope, async |tx| {
        document::delete(tx, gone).await?;
        let nobody = wafaa_domain::DocumentId::new();
        let missing = document::missing(tx, &[there, nobody, gone, gone]).await?;
        assert_eq!(missing, [gone, nobody]);
        assert!(document::missing(tx, &[]).await?.is_empty());
        Ok(())
    })
    .await
    .unwrap();
}

async fn every_question_is_tried_once_whatever_becomes_of_it(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let until = create(&db, scope, "Until when?").await.unwrap();
    let since = create(&db, scope, "Since when?").await.unwrap();
    write(&db, scope, async |tx| {
        let made = start(tx).await?;
        assert_eq!((made.questions, made.tried), (2, 0));
        assert_eq!(
            (made.state, made.trigger, made.summary.clone()),
            (EvaluationState::Queued, Trigger::Request, None)
        );
        // It has its own copy.
        golden_question::update(tx, since.id, &question("Never?", &[])).await?;
        golden_question::delete(tx, until.id).await?;
        let first = evaluation::untried(tx, made.id).await?.unwrap();
        assert_eq!(
            (first.id, first.question.as_str()),
            (until.id, "Until when?")
        );
        evaluation::note(tx, made.id, first.id, &outcome()).await?;
        assert_fails!(
            evaluation::note(tx, made.id, first.id, &outcome()).await,
            Stale
        );
        let second = evaluation::untried(tx, made.id).await?.unwrap();
        assert_eq!(second.question, "Since when?");
        let missed = Outcome {
            verdict: Verdict::Missed,
            answered: false,
            place: None,
            phrases_found: Some(false),
            ..outcome()
        };
        evaluation::note(tx, made.id, second.id, &missed).await?;
        assert!(evaluation::untried(tx, made.id).await?.is_none());
        assert_eq!(evaluation::get(tx, made.id).await?.tried, 2);

        let all = evaluation::tried(tx, made.id).await?;
        assert_eq!((all.len(), &all[0].outcome), (2, &outcome()));
        assert_eq!(all[1].outcome, missed);
        let only = evaluation::results(tx, made.id, Some(Verdict::Missed), None, 9).await?;
        assert_eq!(only.rows, [all[1].clone()]);
        let one = evaluation::results(tx, made.id, None, None, 1).await?;
        assert!(one.more && one.rows == [all[0].clone()]);
        let rest = evaluation::results(tx, made.id, None, Some(first.id), 1).await?;
        assert!(!rest.more && rest.rows == [all[1].clone()]);
        Ok(())
    })
    .await
    .unwrap();
}

async fn what_is_tried_is_kept_from_the_first_time(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    write(&db, scope, async |tx| {
        let id = start(tx).await?.id;
        let first = evaluation::begin(tx, id, &tried("1@1", 3)).await?;
        assert_eq!(
            (first.state, first.knowledge.as_str(), first.bot_version),
            (EvaluationState::Running, "1@1", 3)
        );
        let again = evaluation::begin(tx, id, &tried("2@2", 4)).await?;
        assert_eq!((again.knowledge.as_str(), again.threshold), ("1@1", 500));
        assert_eq!(again.started_at, first.started_at);
        Ok(())
    })
    .await
    .unwrap();
}

async fn a_bad_end_is_no_last_word_but_a_good_one_is(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let failure = Failure {
        code: "internal".into(),
        message: "Try again.".into(),
    };
    write(&db, scope, async |tx| {
        let id = start(tx).await?.id;
        evaluation::end(tx, id, Some(&failure)).await?;
        let failed = evaluation::get(tx, id).await?;
        assert_eq!(failed.state, EvaluationState::Failed);
        assert!(failed.finished_at.is_some() && failed.error == Some(failure.clone()));
        let again = evaluation::begin(tx, id, &tried("1@1", 1)).await?;
        assert!(again.finished_at.is_none() && again.error.is_none());
        evaluation::end(tx, id, None).await?;
        let cancelled = evaluation::get(tx, id).await?;
        assert_eq!(cancelled.state, EvaluationState::Cancelled);
        evaluation::finish(tx, id, &json!({ "passed": 3 })).await?;
        assert_fails!(evaluation::end(tx, id, None).await, Stale);
        assert_fails!(evaluation::begin(tx, id, &tried("2@2", 1)).await, Stale);
        assert_fails!(evaluation::finish(tx, id, &json!({})).await, Stale);
        let finished = evaluation::get(tx, id).await?;
        assert_eq!(finished.summary, Some(json!({ "passed": 3 })));
        Ok(())
    })
    .await
    .unwrap();
}

async fn the_oldest_are_forgotten(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    create(&db, scope, "Until when?").await.unwrap();
    write(&db, scope, async |tx| {
        let mut ids = Vec::new();
        for end in [true, true, false, true] {
            let id = start(tx).await?.id;
            if end {
                evaluation::end(tx, id, None).await?;
            }
            ids.push(id);
        }
        assert_eq!(evaluation::forget(tx, 1).await?, 2);
        let left = evaluation::list(tx, None, None, 9).await?;
        let left: Vec<_> = left.rows.iter().map(|it| it.id).collect();
        assert_eq!(left, [ids[3], ids[2]]);
        let queued = evaluation::list(tx, Some(EvaluationState::Queued), None, 9).await?;
        assert_eq!((queued.rows.len(), queued.rows[0].id), (1, ids[2]));
        let earlier = evaluation::list(tx, None, Some(ids[3]), 9).await?;
        assert_eq!(earlier.rows[0].id, ids[2]);
        assert!(evaluation::untried(tx, ids[0]).await?.is_none());
        Ok(())
    })
    .await
    .unwrap();
    let all = read(&db, scope, async |tx| golden_question::count(tx).await).await;
    assert_eq!(all.unwrap(), 1);
}
