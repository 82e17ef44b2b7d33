//! Messages: stored once, in order, and changed by nobody but their authors.

use chrono::{DateTime, Utc};
use serde_json::json;
use wafaa_domain::{
    Author, Content, ConversationId, Direction, MemberId, MessageId, MessageStatus, Stage,
};
use wafaa_storage::{
    Database, conversation, inbound_event,
    inbound_event::Kept,
    message::{self, NewInbound, NewOutbound, Received, Sentiment, Topics},
    timeline,
};

use crate::{
    database::{assert_fails, on_each_database, until_one_waits},
    talk::{Talk, answer, said},
};

on_each_database!(
    a_message_reads_back,
    the_same_message_is_stored_once,
    two_who_bring_it_at_once_store_it_once,
    messages_are_numbered_in_one_order,
    a_reaction_calls_for_no_answer,
    what_was_said_is_found_in_order,
    an_echo_is_not_a_second_message,
    authors_change_what_they_wrote,
    all_files_of_a_message_are_taken_back,
    what_was_found_out_is_kept,
    everything_that_happens_is_in_the_timeline,
);

async fn a_message_reads_back(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let at: DateTime<Utc> = "2026-11-25T20:00:00Z".parse().unwrap();
    let event = talk.write(async |tx| inbound_event::keep(tx, talk.channel.id, b"raw", None).await);
    let Kept::New(event) = event.await.unwrap() else {
        panic!("it is new");
    };
    let new = NewInbound {
        at,
        language: Some("en".into()),
        reply_to: Some("wamid.0".into()),
        event: Some(event),
        ..said("wamid.1", "Are you open?")
    };
    let received = talk.write(async |tx| {
        let conversation = conversation::get(tx, talk.id).await?;
        message::receive(tx, &conversation, new).await
    });
    let Received::New(heard) = received.await.unwrap() else {
        panic!("it is new");
    };
    let found = talk.message(heard.id).await;
    assert_eq!(format!("{found:?}"), format!("{heard:?}"));
    assert_eq!(
        (found.conversation, found.channel, found.seq),
        (talk.id, talk.channel.id, 1)
    );
    assert_eq!(
        (found.direction, found.author),
        (Direction::Inbound, Author::Customer)
    );
    assert_eq!((found.status, found.at), (MessageStatus::Received, at));
    assert_eq!(found.content, Content::text("Are you open?"));
    assert_eq!(found.reply_to.as_deref(), Some("wamid.0"));
    let there = talk.conversation().await;
    assert_eq!(
        (there.seq, there.inbound_seq, there.answered_seq),
        (1, 1, 0)
    );
    assert_eq!(there.last_text.as_deref(), Some("Are you open?"));
    assert!(there.last_inbound_at == Some(there.last_message_at));

    let id = talk.answers(1).await;
    let answer = talk.message(id).await;
    assert_eq!(
        (answer.seq, answer.reply_to_seq, answer.status),
        (2, Some(1), MessageStatus::Queued)
    );
    assert_eq!(answer.answer, Some(json!({"confidence": 0.9})));
    let there = talk.conversation().await;
    assert_eq!(
        (there.seq, there.inbound_seq, there.answered_seq),
        (2, 1, 1)
    );
    let nowhere = talk
        .write(async |tx| message::add(tx, ConversationId::new(), crate::talk::answer(1)).await);
    assert_fails!(nowhere.await, NotFound);
    let nobody = talk.write(async |tx| message::get(tx, MessageId::new()).await);
    assert_fails!(nobody.await, NotFound);
}

async fn the_same_message_is_stored_once(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let first = talk.hears("wamid.1", "Are you open?").await;
    let received = talk.write(async |tx| {
        let conversation = conversation::get(tx, talk.id).await?;
        message::receive(tx, &conversation, said("wamid.1", "Are you open?")).await
    });
    let Received::Known(known) = received.await.unwrap() else {
        panic!("it was stored before");
    };
    assert_eq!(known.id, first.id);
    let there = talk.conversation().await;
    assert_eq!((there.seq, there.inbound_seq), (1, 1));
    let found =
        talk.write(async |tx| message::by_provider_id(tx, talk.channel.id, "wamid.1").await);
    assert_eq!(found.await.unwrap().unwrap().id, first.id);
    // A web chat's messages have no such id, and are each their own.
    for seq in [2, 3] {
        let received = talk.write(async |tx| {
            let conversation = conversation::get(tx, talk.id).await?;
            let new = NewInbound {
                provider_id: None,
                ..said("", "Hello?")
            };
            message::receive(tx, &conversation, new).await
        });
        assert!(matches!(received.await.unwrap(), Received::New(message) if message.seq == seq));
    }
}

async fn two_who_bring_it_at_once_store_it_once(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let conversation = talk.conversation().await;
    let tx = db.write(talk.scope).await.unwrap();
    let first = message::receive(&tx, &conversation, said("wamid.1", "Hello")).await;
    assert!(matches!(first.unwrap(), Received::New(_)));
    let second =
        talk.write(async |tx| message::receive(tx, &conversation, said("wamid.1", "Hello")).await);
    let end = async {
        until_one_waits(&db).await;
        tx.commit().await.unwrap();
    };
    let (second, ()) = futures::join!(second, end);
    assert!(matches!(second.unwrap(), Received::Known(_)));
    assert_eq!(talk.conversation().await.seq, 1);
}

async fn messages_are_numbered_in_one_order(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let ids: Vec<String> = (0..20).map(|n| format!("wamid.{n}")).collect();
    let all = ids.iter().map(|id| talk.hears(id, id));
    let all = futures::future::join_all(all).await;
    let mut numbers: Vec<i64> = all.iter().map(|message| message.seq).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    let there = talk.conversation().await;
    assert_eq!((there.seq, there.inbound_seq), (20, 20));
}

async fn a_reaction_calls_for_no_answer(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let heard = talk.hears("wamid.1", "Thanks").await;
    let there = talk.write(async |tx| {
        let conversation = conversation::get(tx, talk.id).await?;
        let reaction = Content::Reaction {
            to: "wamid.0".into(),
            emoji: Some("👍".into()),
        };
        let new = NewInbound {
            content: reaction,
            ..said("wamid.2", "")
        };
        message::receive(tx, &conversation, new).await?;
        let unanswered = message::unanswered(tx, talk.id, 0).await?;
        assert_eq!(
            unanswered.iter().map(|m| m.id).collect::<Vec<_>>(),
            [heard.id]
        );
        conversation::get(tx, talk.id).await
    });
    let there = there.await.unwrap();
    assert_eq!((there.seq, there.inbound_seq), (2, 1));
    assert_eq!(there.last_text.as_deref(), Some("[reaction]"));
}

async fn what_was_said_is_found_in_order(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    for n in 1..=3 {
        talk.hears(&format!("wamid.{n}"), &format!("Question {n}"))
            .await;
    }
    let superseded = talk.answers(2).await;
    let taken_back = talk.hears("wamid.5", "Never mind").await;
    talk.write(async |tx| {
        let begun = message::begin_send(tx, superseded).await?;
        assert!(matches!(begun, message::Sending::Superseded(..)));
        let note = NewOutbound::note(Author::Member(MemberId::new()), "careful");
        message::add(tx, talk.id, note).await?;
        message::withdraw(tx, talk.channel.id, "wamid.5", Utc::now()).await?;
        let seqs = |messages: Vec<message::Message>| {
            messages
                .iter()
                .map(|message| message.seq)
                .collect::<Vec<_>>()
        };
        assert_eq!(taken_back.seq, 5);
        assert_eq!(seqs(message::unanswered(tx, talk.id, 1).await?), [2, 3]);
        assert_eq!(seqs(message::history(tx, talk.id, 9, 2).await?), [2, 3]);
        assert_eq!(seqs(message::history(tx, talk.id, 2, 9).await?), [1, 2]);
        let newest = message::list(tx, talk.id, None, 4).await?;
        assert!(newest.more);
        assert_eq!(seqs(newest.rows), [6, 5, 4, 3]);
        let rest = message::list(tx, talk.id, Some(3), 4).await?;
        assert!(!rest.more);
        assert_eq!(seqs(rest.rows), [2, 1]);
        assert_eq!(seqs(message::after(tx, talk.id, 3, 2).await?), [4, 5]);
        Ok(())
    })
    .await
    .unwrap();
}

async fn an_echo_is_not_a_second_message(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let heard = talk.hears("mid.1", "Are you open?").await;
    let id = talk.sends(heard.seq).await;
    talk.write(async |tx| {
        message::sent(tx, id, Some("mid.2")).await?;
        let echo = |provider_id: &str| NewOutbound {
            status: MessageStatus::Sent,
            provider_id: Some(provider_id.into()),
            ..NewOutbound::queued(Author::System, Content::text("Until ten."))
        };
        assert_fails!(
            message::add(tx, talk.id, echo("mid.2")).await,
            AlreadyExists
        );
        let by_a_person = message::add(tx, talk.id, echo("mid.3")).await?;
        assert_eq!(
            (by_a_person.seq, by_a_person.status),
            (3, MessageStatus::Sent)
        );
        assert_eq!(
            timeline::of(tx, by_a_person.id).await?[0].stage,
            Stage::Sent
        );
        Ok(())
    })
    .await
    .unwrap();
}

async fn authors_change_what_they_wrote(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let heard = talk.hears("mid.1", "Are you opn?").await;
    let channel = talk.channel.id;
    let at: DateTime<Utc> = "2026-11-25T20:00:00Z".parse().unwrap();
    let earlier: DateTime<Utc> = "2026-11-25T19:00:00Z".parse().unwrap();
    let right = Content::text("Are you open?");
    talk.write(async |tx| {
        let edited = message::edit(tx, channel, "mid.1", &right, at)
            .await?
            .unwrap();
        assert_eq!(
            (edited.id, &edited.content, edited.edited_at),
            (heard.id, &right, Some(at))
        );
        let late = message::edit(tx, channel, "mid.1", &Content::text("?"), earlier).await?;
        assert!(late.is_none(), "an older change comes too late");
        assert!(
            message::edit(tx, channel, "mid.9", &right, at)
                .await?
                .is_none()
        );

        message::set_content(tx, heard.id, &right).await?;
        let gone = message::withdraw(tx, channel, "mid.1", at).await?;
        assert_eq!((gone.len(), gone[0].status), (1, MessageStatus::Withdrawn));
        assert_eq!(gone[0].content.words(), None);
        let nothing = message::withdraw(tx, channel, "mid.9", at).await?;
        assert!(nothing.is_empty());
        assert!(
            message::edit(tx, channel, "mid.1", &right, at)
                .await?
                .is_none()
        );
        assert_fails!(message::set_content(tx, heard.id, &right).await, Stale);
        assert_fails!(
            message::set_content(tx, MessageId::new(), &right).await,
            NotFound
        );
        let stages: Vec<Stage> = timeline::of(tx, heard.id)
            .await?
            .iter()
            .map(|e| e.stage)
            .collect();
        assert_eq!(stages, [Stage::Received, Stage::Edited, Stage::Withdrawn]);
        Ok(())
    })
    .await
    .unwrap();
}

async fn all_files_of_a_message_are_taken_back(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    for id in ["mid.1", "mid.1#1", "mid.1#2", "mid.10", "mid.2#1"] {
        talk.hears(id, "This one").await;
    }
    talk.write(async |tx| {
        let at = Utc::now();
        let gone = message::withdraw(tx, talk.channel.id, "mid.1", at).await?;
        let mut gone: Vec<_> = gone
            .iter()
            .map(|message| (message.seq, message.content.words()))
            .collect();
        gone.sort_unstable();
        assert_eq!(gone, [(1, None), (2, None), (3, None)]);
        for id in ["mid.10", "mid.2#1"] {
            let other = message::by_provider_id(tx, talk.channel.id, id).await?;
            assert_eq!(other.unwrap().content.words(), Some("This one"), "{id}");
        }
        Ok(())
    })
    .await
    .unwrap();
}

async fn what_was_found_out_is_kept(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let heard = talk.hears("wamid.1", "This is awful").await;
    let sentiment = Sentiment {
        label: "negative".into(),
        score: -0.625,
        method: "vader".into(),
    };
    let topics = Topics {
        phrases: vec!["delivery".into(), "cold food".into()],
        method: "yake".into(),
    };
    talk.write(async |tx| {
        message::label_sentiment(tx, heard.id, &sentiment).await?;
        message::label_topics(tx, heard.id, &topics).await?;
        let found = message::get(tx, heard.id).await?;
        assert_eq!(
            (found.sentiment, found.topics),
            (Some(sentiment.clone()), Some(topics.clone()))
        );
        assert_fails!(
            message::label_topics(tx, MessageId::new(), &topics).await,
            NotFound
        );
        Ok(())
    })
    .await
    .unwrap();
}

async fn everything_that_happens_is_in_the_timeline(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let heard = talk.hears("wamid.1", "Are you open?").await;
    talk.write(async |tx| {
        let conversation = conversation::get(tx, talk.id).await?;
        message::receive(tx, &conversation, said("wamid.1", "Are you open?")).await?;
        let reply = message::add(tx, talk.id, answer(1)).await?.id;
        timeline::note(tx, heard.id, Stage::Retrieved, json!({"passages": 3})).await?;
        timeline::note_all(
            tx,
            &[
                (heard.id, Stage::Generated, json!({})),
                (reply, Stage::Generated, json!({})),
                (heard.id, Stage::Decided, json!({"outcome": "answer"})),
            ],
        )
        .await?;
        timeline::note_all(tx, &[]).await?;
        let entries = timeline::of(tx, heard.id).await?;
        let stages: Vec<Stage> = entries.iter().map(|entry| entry.stage).collect();
        assert_eq!(
            stages,
            [
                Stage::Received,
                Stage::Deduplicated,
                Stage::Retrieved,
                Stage::Generated,
                Stage::Decided
            ]
        );
        assert_eq!(entries[2].detail, json!({"passages": 3}));
        assert!(entries.is_sorted_by_key(|entry| entry.at));
        let of_reply = timeline::of(tx, reply).await?;
        assert_eq!(
            (of_reply[0].stage, of_reply[1].stage),
            (Stage::Queued, Stage::Generated)
        );
        assert_fails!(timeline::of(tx, MessageId::new()).await, NotFound);
        Ok(())
    })
    .await
    .unwrap();
}
