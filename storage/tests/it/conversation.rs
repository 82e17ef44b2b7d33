//! Conversations: which one a message belongs to, whose turn it is, and how they are listed.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use wafaa_domain::{Author, ConversationId, ConversationStatus, HandoffReason, MemberId, Priority};
use wafaa_storage::{
    Database, Result, Tx,
    conversation::{self, Conversation, Filter, Handoff, Order},
    message::{self, NewOutbound},
};

use crate::{
    database::{assert_fails, is_postgres, on_each_database, sql, until_one_waits},
    talk::{DAY, Talk, in_seconds, open, said, seen},
};

on_each_database!(
    a_conversation_goes_on_until_nobody_says_anything,
    who_has_been_waiting_is_not_forgotten_for_silence,
    threads_and_channels_are_conversations_of_their_own,
    a_thread_goes_on_under_another_name,
    two_who_open_it_at_once_have_the_same,
    a_move_is_made_once,
    who_claims_first_has_it,
    a_person_decides_about_what_the_bot_had_not_answered,
    it_is_urgent_once,
    they_are_listed_by_activity_or_urgency,
    what_the_bot_notes_is_kept,
);

const HANDOFF: Handoff = Handoff {
    reason: HandoffReason::Requested,
    priority: Priority::High,
    sla_due_at: None,
};

async fn a_conversation_goes_on_until_nobody_says_anything(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let open_after = async |silence: Duration, identity: &str| {
        talk.write(async |tx| {
            conversation::open(tx, &talk.channel, &talk.contact, identity, None, silence).await
        })
        .await
        .unwrap()
    };
    let again = open_after(DAY, "97150").await;
    assert!(!again.begun && !again.reopened);
    assert_eq!(
        (again.conversation.id, again.conversation.identity.as_str()),
        (talk.id, "97150")
    );
    assert_eq!(again.conversation.contact_name.as_deref(), Some("Layla"));

    talk.write(async |tx| conversation::resolve(tx, talk.id).await)
        .await
        .unwrap();
    let again = open_after(DAY, "97150").await;
    assert!(again.reopened && again.conversation.id == talk.id);
    let there = talk.conversation().await;
    assert_eq!(
        (there.status, there.resolved_at),
        (ConversationStatus::Bot, None)
    );
    assert_eq!(format!("{there:?}"), format!("{:?}", again.conversation));

    let new = open_after(Duration::ZERO, "97150").await;
    assert!(new.begun && new.conversation.id != talk.id);
    assert_eq!(
        talk.conversation().await.status,
        ConversationStatus::Resolved
    );
    talk.write(async |tx| conversation::resolve(tx, new.conversation.id).await)
        .await
        .unwrap();
    let newer = open_after(Duration::ZERO, "97150").await;
    assert!(newer.begun && newer.conversation.id != new.conversation.id);
}

async fn who_has_been_waiting_is_not_forgotten_for_silence(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    talk.write(async |tx| conversation::hand_off(tx, talk.id, &HANDOFF).await)
        .await
        .unwrap();
    let open = async || {
        let zero = Duration::ZERO;
        talk.write(async |tx| {
            conversation::open(tx, &talk.channel, &talk.contact, "97150", None, zero).await
        })
        .await
        .unwrap()
    };
    assert_eq!(open().await.conversation.id, talk.id);
    talk.write(async |tx| conversation::claim(tx, talk.id, MemberId::new()).await)
        .await
        .unwrap();
    let there = open().await;
    assert_eq!((there.conversation.id, there.reopened), (talk.id, false));
    assert_eq!(there.conversation.status, ConversationStatus::Human);
}

async fn threads_and_channels_are_conversations_of_their_own(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    talk.write(async |tx| {
        let in_thread = async |thread| {
            conversation::open(tx, &talk.channel, &talk.contact, "97150", thread, DAY).await
        };
        let one = in_thread(Some("1700.1")).await?;
        let two = in_thread(Some("1700.2")).await?;
        assert!(one.begun && two.begun && one.conversation.id != two.conversation.id);
        assert_eq!(
            in_thread(Some("1700.1")).await?.conversation.id,
            one.conversation.id
        );
        assert_eq!(one.conversation.thread.as_deref(), Some("1700.1"));
        assert_eq!(in_thread(None).await?.conversation.id, talk.id);
        Ok(())
    })
    .await
    .unwrap();
}

async fn a_thread_goes_on_under_another_name(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    talk.write(async |tx| {
        let other = seen(tx, &talk.channel, &["97159"]).await?;
        let in_thread = async |contact, thread| {
            let of = conversation::open(tx, &talk.channel, contact, "97150", Some(thread), DAY);
            Ok::<_, wafaa_storage::Error>(of.await?.conversation.id)
        };
        let moves = in_thread(&talk.contact, "-123").await?;
        let stays = in_thread(&other, "-123").await?;
        let begun = in_thread(&other, "-100123").await?;
        in_thread(&talk.contact, "-124").await?;
        let moved = conversation::move_thread(tx, talk.channel.id, "-123", "-100123").await?;
        assert_eq!(moved, 1);
        assert_eq!(in_thread(&talk.contact, "-100123").await?, moves);
        assert_eq!(in_thread(&other, "-100123").await?, begun);
        assert_eq!(in_thread(&other, "-123").await?, stays);
        let again = conversation::move_thread(tx, talk.channel.id, "-125", "-100125").await?;
        assert_eq!(again, 0);
        Ok(())
    })
    .await
    .unwrap();
}

async fn two_who_open_it_at_once_have_the_same(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let contact = talk
        .write(async |tx| seen(tx, &talk.channel, &["97159"]).await)
        .await;
    let contact = contact.unwrap();
    let tx = db.write(talk.scope).await.unwrap();
    let first = open(&tx, &talk.channel, &contact).await.unwrap();
    assert!(first.begun);
    let second = talk.write(async |tx| open(tx, &talk.channel, &contact).await);
    let end = async {
        until_one_waits(&db).await;
        tx.commit().await.unwrap();
    };
    let (second, ()) = futures::join!(second, end);
    let second = second.unwrap();
    assert_eq!(
        (second.conversation.id, second.begun),
        (first.conversation.id, false)
    );
}

async fn a_move_is_made_once(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let (id, me) = (talk.id, MemberId::new());
    let due = in_seconds(900);
    talk.write(async |tx| {
        conversation::set_respond_due(tx, id, Some(due)).await?;
        assert_fails!(conversation::release(tx, id).await, Stale);
        let handoff = Handoff {
            sla_due_at: Some(due),
            ..HANDOFF
        };
        let waiting = conversation::hand_off(tx, id, &handoff).await?;
        assert_eq!(
            (waiting.status, waiting.priority, waiting.handoff_reason),
            (
                ConversationStatus::Waiting,
                Priority::High,
                Some(HandoffReason::Requested)
            )
        );
        assert!(waiting.waiting_since.is_some() && waiting.sla_due_at.is_some());
        assert_eq!(waiting.respond_due, None, "the bot is silent");
        assert_fails!(conversation::hand_off(tx, id, &handoff).await, Stale);

        let mine = conversation::claim(tx, id, me).await?;
        assert_eq!(
            (mine.status, mine.assignee),
            (ConversationStatus::Human, Some(me))
        );
        assert_eq!((mine.waiting_since, mine.sla_due_at), (None, None));
        assert_eq!(
            mine.handoff_reason,
            Some(HandoffReason::Requested),
            "why it came here"
        );
        assert_fails!(conversation::hand_off(tx, id, &handoff).await, Stale);
        assert_fails!(conversation::take_over(tx, id).await, Stale);

        let back = conversation::release(tx, id).await?;
        assert_eq!(
            (back.status, back.assignee, back.priority),
            (ConversationStatus::Bot, None, Priority::Normal)
        );
        let taken = conversation::take_over(tx, id).await?;
        assert_eq!(
            (taken.status, taken.assignee),
            (ConversationStatus::Human, None)
        );
        assert_eq!(conversation::claim(tx, id, me).await?.assignee, Some(me));

        let done = conversation::resolve(tx, id).await?;
        assert!(done.status == ConversationStatus::Resolved && done.resolved_at.is_some());
        for moved in [
            conversation::resolve(tx, id).await,
            conversation::claim(tx, id, me).await,
            conversation::assign(tx, id, me).await,
            conversation::release(tx, id).await,
            conversation::take_over(tx, id).await,
            conversation::hand_off(tx, id, &handoff).await,
        ] {
            assert_fails!(moved, Stale);
        }
        assert_fails!(
            conversation::resolve(tx, ConversationId::new()).await,
            NotFound
        );
        Ok(())
    })
    .await
    .unwrap();
}

async fn who_claims_first_has_it(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    talk.write(async |tx| conversation::hand_off(tx, talk.id, &HANDOFF).await)
        .await
        .unwrap();
    let (me, you) = (MemberId::new(), MemberId::new());
    let claim = |member| talk.write(async move |tx| conversation::claim(tx, talk.id, member).await);
    let both = futures::join!(claim(me), claim(you));
    let (won, lost) = match both {
        (Ok(won), lost) | (lost, Ok(won)) => (won, lost),
        neither => panic!("{neither:?}"),
    };
    assert_fails!(lost, Stale);
    let winner = won.assignee.unwrap();
    assert_eq!(talk.conversation().await.assignee, Some(winner));
    assert_eq!(
        claim(winner).await.unwrap().assignee,
        Some(winner),
        "again is fine"
    );
    let other = if winner == me { you } else { me };
    let given = talk.write(async |tx| conversation::assign(tx, talk.id, other).await);
    assert_eq!(given.await.unwrap().assignee, Some(other));
}

async fn a_person_decides_about_what_the_bot_had_not_answered(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    talk.hears("wamid.1", "I want a person").await;
    let last = talk.hears("wamid.2", "Hello?").await;
    talk.write(async |tx| {
        conversation::claim(tx, talk.id, MemberId::new()).await?;
        let back = conversation::release(tx, talk.id).await?;
        assert_eq!((back.answered_seq, back.inbound_seq), (last.seq, last.seq));
        assert!(
            message::unanswered(tx, talk.id, back.answered_seq)
                .await?
                .is_empty()
        );
        Ok(())
    })
    .await
    .unwrap();
}

async fn it_is_urgent_once(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let id = talk.id;
    talk.write(async |tx| {
        assert_fails!(conversation::escalate(tx, id, Utc::now()).await, Stale);
        let since = conversation::hand_off(tx, id, &HANDOFF)
            .await?
            .waiting_since
            .unwrap();
        let before = since - TimeDelta::seconds(1);
        assert_fails!(conversation::escalate(tx, id, before).await, Stale);
        let urgent = conversation::escalate(tx, id, since).await?;
        assert!(urgent.priority == Priority::Urgent && urgent.escalated_at.is_some());
        assert_fails!(conversation::escalate(tx, id, since).await, Stale);
        conversation::claim(tx, id, MemberId::new()).await?;
        assert_fails!(conversation::escalate(tx, id, since).await, Stale);
        Ok(())
    })
    .await
    .unwrap();
}

/// A conversation with another contact, who has said this.
async fn another(
    tx: &Tx<wafaa_domain::TenantScope>,
    talk: &Talk,
    who: &str,
) -> Result<Conversation> {
    let contact = seen(tx, &talk.channel, &[who]).await?;
    let opened = open(tx, &talk.channel, &contact).await?.conversation;
    let words = format!("I am {who}");
    message::receive(tx, &opened, said(&format!("wamid.{who}"), &words)).await?;
    conversation::get(tx, opened.id).await
}

async fn they_are_listed_by_activity_or_urgency(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let mut all = vec![talk.id];
    for who in ["one", "two", "three"] {
        let added = talk.write(async |tx| another(tx, &talk, who).await).await;
        all.insert(0, added.unwrap().id);
    }
    // Clocks have no finer steps than a millisecond: apart, whatever that was.
    for (minutes, id) in all.iter().enumerate() {
        let at = (Utc::now() - TimeDelta::minutes(i64::try_from(minutes).unwrap()))
            .format("%Y-%m-%dT%H:%M:%S+00:00");
        let condition = if is_postgres(&db) {
            format!("id = '{}'", id.uuid())
        } else {
            format!("hex(id) = '{:X}'", id.uuid().simple())
        };
        let changed = sql(
            &db,
            &format!("UPDATE conversations SET last_message_at = '{at}' WHERE {condition}"),
        )
        .await;
        assert_eq!(changed.unwrap(), 1);
    }
    talk.write(async |tx| {
        let list = async |filter: &Filter, after, limit| {
            let page = conversation::list(tx, filter, after, limit).await?;
            Ok::<_, wafaa_storage::Error>((
                page.rows.iter().map(|c| c.id).collect::<Vec<_>>(),
                page.more,
            ))
        };
        let any = Filter::default();
        assert_eq!(list(&any, None, 3).await?, (all[..3].to_vec(), true));
        let third = conversation::get(tx, all[2]).await?.place(Order::Activity);
        let third = third.to_string().parse().unwrap();
        assert_eq!(list(&any, Some(&third), 3).await?, (vec![all[3]], false));

        let me = MemberId::new();
        conversation::claim(tx, all[3], me).await?;
        let mine = Filter {
            assignee: Some(me),
            ..Filter::default()
        };
        assert_eq!(list(&mine, None, 9).await?.0, [all[3]]);
        let contact = conversation::get(tx, all[1]).await?.contact;
        let with = Filter {
            contact: Some(contact),
            channel: Some(talk.channel.id),
            ..Filter::default()
        };
        assert_eq!(list(&with, None, 9).await?.0, [all[1]]);
        let words = Filter {
            q: Some("am ONE".into()),
            ..Filter::default()
        };
        assert_eq!(list(&words, None, 9).await?.0, [all[2]]);
        let name = Filter {
            q: Some("layl".into()),
            ..Filter::default()
        };
        assert_eq!(list(&name, None, 9).await?.0.len(), 4);

        for id in [all[0], all[1]] {
            conversation::hand_off(tx, id, &HANDOFF).await?;
        }
        let since = conversation::hand_off(tx, all[2], &HANDOFF)
            .await?
            .waiting_since
            .unwrap();
        conversation::escalate(tx, all[2], since).await?;
        let queue = Filter {
            status: Some(ConversationStatus::Waiting),
            order: Order::Urgency,
            ..Filter::default()
        };
        let (waiting, more) = list(&queue, None, 2).await?;
        assert_eq!((waiting[0], more), (all[2], true), "the urgent one first");
        let place = conversation::get(tx, waiting[1])
            .await?
            .place(Order::Urgency);
        let (rest, more) = list(&queue, Some(&place), 2).await?;
        assert_eq!((rest.len(), more), (1, false));
        assert!(!waiting.contains(&rest[0]));
        assert!("".parse::<conversation::Place>().is_err());

        let counts = conversation::counts(tx).await?;
        assert_eq!(
            counts,
            [
                (ConversationStatus::Bot, 0),
                (ConversationStatus::Waiting, 3),
                (ConversationStatus::Human, 1),
                (ConversationStatus::Resolved, 0),
            ]
        );
        Ok(())
    })
    .await
    .unwrap();
}

async fn what_the_bot_notes_is_kept(db: Database) {
    let talk = Talk::begin(&db, "bayt-falafel").await;
    let heard = talk.hears("wamid.1", "Are you open?").await;
    let due = in_seconds(2);
    talk.write(async |tx| {
        conversation::set_respond_due(tx, talk.id, Some(due)).await?;
        let there = conversation::lock(tx, talk.id).await?;
        assert!((there.respond_due.unwrap() - due).abs() < TimeDelta::milliseconds(1));
        assert_eq!(
            (there.seq, there.inbound_seq, there.answered_seq),
            (1, 1, 0)
        );
        conversation::answered(tx, talk.id, heard.seq, 1).await?;
        conversation::set_summary(tx, talk.id, "They ask when we are open.", 1).await?;
        conversation::set_csat(tx, talk.id, 5).await?;
        let note = NewOutbound::note(Author::Program, "a regular");
        message::add(tx, talk.id, note).await?;
        let there = conversation::get(tx, talk.id).await?;
        assert_eq!(
            (there.answered_seq, there.low_confidence, there.respond_due),
            (1, 1, None)
        );
        assert_eq!(there.summary.as_deref(), Some("They ask when we are open."));
        assert_eq!((there.summary_seq, there.csat, there.seq), (1, Some(5), 2));
        assert_eq!(
            there.last_text.as_deref(),
            Some("Are you open?"),
            "notes are between us"
        );
        let nobody = ConversationId::new();
        assert_fails!(conversation::answered(tx, nobody, 1, 0).await, NotFound);
        assert_fails!(conversation::lock(tx, nobody).await, NotFound);
        Ok(())
    })
    .await
    .unwrap();
}
