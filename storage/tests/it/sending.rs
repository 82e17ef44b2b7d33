//! Sending: who may send a message, and what has become of it.

use chrono::{TimeDelta, Utc};
use wafaa_domain::{
    Author, Content, ConversationStatus, Failure, MemberId, MessageId, MessageStatus, Stage,
};
use wafaa_storage::{
    Database, Result, contact, conversation,
    message::{self, Applied, Message, NewOutbound, Sending, StatusUpdate},
    timeline,
};

use crate::{
    database::{assert_fails, on_each_database, until_one_waits},
    talk::{Talk, in_seconds, said, seen},
};

on_each_database!(
    a_message_is_sent_by_one,
    what_is_newer_comes_first,
    a_person_or_an_opt_out_comes_first,
    who_is_no_bot_always_speaks,
    what_was_superseded_is_unanswered_again,
    who_finds_it_being_sent_does_not_send_it,
    a_message_comes_to_its_end_once,
    a_person_sends_it_anew,
    statuses_come_in_any_order,
    a_status_finds_its_message,
    all_that_was_read_is_marked,
    who_is_in_doubt_is_found,
);

async fn begin(talk: &Talk, id: MessageId) -> Sending {
    let begun = talk.write(async |tx| message::begin_send(tx, id).await);
    begun.await.unwrap()
}

async fn stages(talk: &Talk, id: MessageId) -> Vec<Stage> {
    let entries = talk.write(async |tx| timeline::of(tx, id).await).await;
    entries.unwrap().iter().map(|entry| entry.stage).collect()
}

async fn a_message_is_sent_by_one(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let heard = talk.hears("wamid.1", "Are you open?").await;
    let id = talk.answers(heard.seq).await;
    let Sending::Go(message, conversation) = begin(&talk, id).await else {
        panic!("nothing is in its way");
    };
    assert_eq!((message.id, message.status), (id, MessageStatus::Sending));
    assert_eq!(
        (conversation.id, conversation.identity.as_str()),
        (talk.id, "971500000001")
    );
    let sent = talk.write(async |tx| message::sent(tx, id, Some("wamid.2")).await);
    let sent = sent.await.unwrap();
    assert_eq!(
        (sent.status, sent.provider_id.as_deref()),
        (MessageStatus::Sent, Some("wamid.2"))
    );
    assert!(matches!(begin(&talk, id).await, Sending::Done(_)));
    assert_eq!(
        stages(&talk, id).await,
        [Stage::Queued, Stage::Sending, Stage::Sent]
    );
}

async fn what_is_newer_comes_first(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let heard = talk.hears("wamid.1", "Are you open?").await;
    let id = talk.answers(heard.seq).await;
    // A message that comes at the very moment.
    let conversation = talk.conversation().await;
    let tx = db.write(talk.scope).await.unwrap();
    message::receive(&tx, &conversation, said("wamid.2", "On Friday?"))
        .await
        .unwrap();
    let end = async {
        until_one_waits(&db).await;
        tx.commit().await.unwrap();
    };
    let (begun, ()) = futures::join!(begin(&talk, id), end);
    let Sending::Superseded(message, conversation) = begun else {
        panic!("{begun:?}");
    };
    assert_eq!(message.status, MessageStatus::Superseded);
    assert_eq!(
        (conversation.inbound_seq, conversation.answered_seq),
        (3, 0)
    );
    assert!(matches!(begin(&talk, id).await, Sending::Done(_)));
    assert_eq!(stages(&talk, id).await, [Stage::Queued, Stage::Superseded]);
}

async fn a_person_or_an_opt_out_comes_first(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let heard = talk.hears("wamid.1", "Are you open?").await;
    let (first, second) = (talk.answers(heard.seq).await, talk.answers(heard.seq).await);
    talk.write(async |tx| conversation::take_over(tx, talk.id).await)
        .await
        .unwrap();
    assert!(matches!(begin(&talk, first).await, Sending::Superseded(..)));
    talk.write(async |tx| {
        conversation::release(tx, talk.id).await?;
        contact::set_opted_out(tx, talk.contact.id, true).await
    })
    .await
    .unwrap();
    assert!(matches!(
        begin(&talk, second).await,
        Sending::Superseded(..)
    ));
}

async fn who_is_no_bot_always_speaks(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    talk.hears("wamid.1", "STOP").await;
    talk.write(async |tx| {
        contact::set_opted_out(tx, talk.contact.id, true).await?;
        conversation::claim(tx, talk.id, MemberId::new()).await
    })
    .await
    .unwrap();
    for author in [
        Author::System,
        Author::Program,
        Author::Member(MemberId::new()),
    ] {
        let added = talk.write(async |tx| {
            let new = NewOutbound::queued(author, Content::text("Understood."));
            message::add(tx, talk.id, new).await
        });
        let id = added.await.unwrap().id;
        assert!(
            matches!(begin(&talk, id).await, Sending::Go(..)),
            "{author}"
        );
    }
}

async fn what_was_superseded_is_unanswered_again(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let one = talk.hears("wamid.1", "Are you open?").await;
    let first = talk.sends(one.seq).await;
    let two = talk.hears("wamid.2", "And parking?").await;
    let second = talk.answers(two.seq).await;
    assert_eq!(talk.conversation().await.answered_seq, two.seq);
    let three = talk.hears("wamid.3", "For two cars").await;
    assert!(matches!(
        begin(&talk, second).await,
        Sending::Superseded(..)
    ));
    let there = talk.conversation().await;
    assert_eq!(
        there.answered_seq, one.seq,
        "what the first one answered stays so"
    );
    // The next answer is to both; a message that comes late changes nothing about that.
    let third = talk.answers(three.seq).await;
    assert_eq!(talk.message(third).await.reply_to_seq, Some(three.seq));
    assert!(matches!(begin(&talk, second).await, Sending::Done(_)));
    assert_eq!(talk.conversation().await.answered_seq, three.seq);
    assert!(matches!(begin(&talk, third).await, Sending::Go(..)));
    assert!(matches!(begin(&talk, first).await, Sending::Doubtful(_)));
}

async fn who_finds_it_being_sent_does_not_send_it(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let heard = talk.hears("wamid.1", "Are you open?").await;
    let id = talk.sends(heard.seq).await;
    let Sending::Doubtful(message) = begin(&talk, id).await else {
        panic!("an earlier run was sending it");
    };
    assert_eq!(message.status, MessageStatus::Unknown);
    assert!(matches!(begin(&talk, id).await, Sending::Done(_)));
    // The run that was thought dead comes back with what the provider has said.
    let sent = talk.write(async |tx| message::sent(tx, id, Some("wamid.2")).await);
    assert_eq!(sent.await.unwrap().status, MessageStatus::Sent);
    let all = stages(&talk, id).await;
    assert_eq!(
        all,
        [Stage::Queued, Stage::Sending, Stage::Unknown, Stage::Sent]
    );
}

fn refusal() -> Failure {
    Failure {
        code: "131026".into(),
        message: "The number is not on WhatsApp.".into(),
    }
}

async fn a_message_comes_to_its_end_once(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let heard = talk.hears("wamid.1", "Are you open?").await;
    let id = talk.answers(heard.seq).await;
    talk.write(async |tx| {
        assert_fails!(message::sent(tx, id, None).await, Stale);
        assert_fails!(message::unknown(tx, id).await, Stale);
        assert_fails!(message::defer(tx, id, "not begun").await, Stale);
        assert_fails!(message::resend(tx, id).await, Stale);
        message::begin_send(tx, id).await?;
        let deferred = message::defer(tx, id, "rate limit").await?;
        assert_eq!(deferred.status, MessageStatus::Queued);
        message::begin_send(tx, id).await?;
        let failed = message::failed(tx, id, &refusal()).await?;
        assert_eq!(
            (failed.status, failed.error),
            (MessageStatus::Failed, Some(refusal()))
        );
        assert_fails!(message::failed(tx, id, &refusal()).await, Stale);
        assert_fails!(message::sent(tx, id, None).await, Stale);
        assert_fails!(message::failed(tx, heard.id, &refusal()).await, Stale);
        assert_fails!(
            message::failed(tx, MessageId::new(), &refusal()).await,
            NotFound
        );
        Ok(())
    })
    .await
    .unwrap();
    let all = stages(&talk, id).await;
    assert_eq!(
        all,
        [
            Stage::Queued,
            Stage::Sending,
            Stage::Deferred,
            Stage::Sending,
            Stage::Failed
        ]
    );
}

async fn a_person_sends_it_anew(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let heard = talk.hears("wamid.1", "Are you open?").await;
    let id = talk.sends(heard.seq).await;
    talk.hears("wamid.2", "Hello?").await;
    let again = talk.write(async |tx| {
        message::failed(tx, id, &refusal()).await?;
        conversation::claim(tx, talk.id, MemberId::new()).await?;
        message::resend(tx, id).await
    });
    let again = again.await.unwrap();
    assert_eq!((again.status, again.error), (MessageStatus::Queued, None));
    assert!(
        matches!(begin(&talk, id).await, Sending::Go(..)),
        "whatever has been said since, and whoever's turn it is"
    );
    assert_eq!(talk.conversation().await.status, ConversationStatus::Human);
    let all = stages(&talk, id).await;
    assert_eq!(all[2..], [Stage::Failed, Stage::Resent, Stage::Sending]);
}

async fn apply(
    talk: &Talk,
    provider_id: Option<&str>,
    ours: Option<MessageId>,
    status: MessageStatus,
) -> Applied {
    let error = refusal();
    let update = StatusUpdate {
        provider_id,
        ours,
        status,
        at: Utc::now(),
        error: (status == MessageStatus::Failed).then_some(&error),
    };
    let applied = talk.write(async |tx| message::apply_status(tx, talk.channel.id, &update).await);
    applied.await.unwrap()
}

fn moved(applied: Applied) -> Option<Message> {
    match applied {
        Applied::Moved(message) => Some(message),
        Applied::Unknown | Applied::Old(_) => None,
    }
}

async fn statuses_come_in_any_order(db: Database) {
    use MessageStatus::{Delivered, Failed, Read, Sent};
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let orders: [(&[MessageStatus], MessageStatus); 5] = [
        (&[Sent, Delivered, Read], Read),
        (&[Read, Delivered, Sent], Read),
        (&[Delivered, Delivered, Sent], Delivered),
        (&[Sent, Failed, Sent], Failed),
        (&[Failed, Delivered], Delivered),
    ];
    for (number, (order, last)) in orders.iter().enumerate() {
        let heard = talk.hears(&format!("wamid.{number}"), "Hello").await;
        let id = talk.sends(heard.seq).await;
        let sent = format!("sent.{number}");
        let mut ranks = Vec::new();
        for status in *order {
            if let Some(message) = moved(apply(&talk, Some(&sent), Some(id), *status).await) {
                ranks.push(message.status.rank());
            }
        }
        assert!(ranks.is_sorted(), "{order:?}");
        // What the send itself answers comes last, as it may.
        let answered = talk
            .write(async |tx| message::sent(tx, id, Some(&sent)).await)
            .await;
        let message = talk.message(id).await;
        assert_eq!(
            (message.status, message.provider_id),
            (*last, Some(sent)),
            "{order:?}"
        );
        assert_eq!(message.error.is_some(), *last == Failed);
        assert_eq!(answered.is_err(), *last == Failed);
    }
}

async fn a_status_finds_its_message(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let heard = talk.hears("wamid.1", "Are you open?").await;
    let id = talk.sends(heard.seq).await;
    let delivered = MessageStatus::Delivered;
    assert!(matches!(
        apply(&talk, Some("wamid.2"), None, delivered).await,
        Applied::Unknown
    ));
    assert!(matches!(
        apply(&talk, None, None, delivered).await,
        Applied::Unknown
    ));
    let ours = moved(apply(&talk, Some("wamid.2"), Some(id), MessageStatus::Sent).await).unwrap();
    assert_eq!(
        (ours.id, ours.provider_id.as_deref()),
        (id, Some("wamid.2"))
    );
    let theirs = moved(apply(&talk, Some("wamid.2"), None, delivered).await).unwrap();
    assert_eq!(theirs.id, id);
    assert!(matches!(
        apply(&talk, Some("wamid.2"), None, delivered).await,
        Applied::Old(_)
    ));
    // Ours is unknown, but not what the provider calls it.
    let stranger = Some(MessageId::new());
    let read = moved(apply(&talk, Some("wamid.2"), stranger, MessageStatus::Read).await);
    assert_eq!(read.unwrap().id, id);
    // What came in has no status, and another channel's message is not this one's.
    let of_inbound = apply(&talk, Some("wamid.1"), Some(heard.id), delivered).await;
    assert!(matches!(of_inbound, Applied::Unknown));
    let all = stages(&talk, id).await;
    assert_eq!(
        all,
        [
            Stage::Queued,
            Stage::Sending,
            Stage::Sent,
            Stage::Delivered,
            Stage::Read
        ]
    );
}

async fn all_that_was_read_is_marked(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let heard = talk.hears("mid.1", "Are you open?").await;
    let first = talk.sends(heard.seq).await;
    let queued = talk.answers(heard.seq).await;
    talk.write(async |tx| message::sent(tx, first, Some("mid.2")).await)
        .await
        .unwrap();
    let read = async |identity: &str, at| {
        let read =
            talk.write(async |tx| message::read_up_to(tx, talk.channel.id, identity, at).await);
        read.await
            .unwrap()
            .iter()
            .map(|message| message.id)
            .collect::<Vec<_>>()
    };
    let (long_ago, soon) = (in_seconds(-3_600), in_seconds(60));
    talk.write(async |tx| seen(tx, &talk.channel, &["somebody.else"]).await)
        .await
        .unwrap();
    assert_eq!(read("somebody.else", soon).await, []);
    assert_eq!(read("971500000001", long_ago).await, []);
    assert_eq!(read("971500000001", soon).await, [first]);
    assert_eq!(read("971500000001", soon).await, [], "once");
    assert_eq!(talk.message(queued).await.status, MessageStatus::Queued);
    assert_eq!(stages(&talk, first).await.last(), Some(&Stage::Read));
}

async fn who_is_in_doubt_is_found(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let heard = talk.hears("wamid.1", "Are you open?").await;
    let sending = talk.sends(heard.seq).await;
    let unknown = talk.sends(heard.seq).await;
    talk.sends(heard.seq).await;
    talk.write(async |tx| {
        message::unknown(tx, unknown).await?;
        let sent = message::list(tx, talk.id, None, 1).await?.rows[0].id;
        message::sent(tx, sent, Some("wamid.9")).await?;
        let doubtful = async |at, limit| -> Result<Vec<MessageId>> {
            let found = message::doubtful(tx, at, limit).await?;
            Ok(found.iter().map(|message| message.id).collect())
        };
        let soon = Utc::now() + TimeDelta::minutes(1);
        let mut found = doubtful(soon, 9).await?;
        found.sort();
        assert_eq!(found, [sending, unknown]);
        assert_eq!(doubtful(soon, 1).await?.len(), 1);
        assert_eq!(doubtful(in_seconds(-60), 9).await?, []);
        let on_its_way = message::on_its_way(tx, talk.id).await?;
        let on_its_way: Vec<_> = on_its_way.iter().map(|message| message.id).collect();
        assert_eq!(on_its_way, [sending, unknown]);
        Ok(())
    })
    .await
    .unwrap();
}
