//! Two tenants: with the ids of the other, every function answers as if there were nothing.
//!
//! [`every_function_of_a_tenant_is_tried`] reads the sources, so that a new function can't escape.

use std::{fs, path::Path, time::Duration};

use serde_json::json;
use wafaa_domain::{
    ApiKeyId, BotSettings, CannedReplyId, ChannelKind, Content, DocumentId, EvaluationId, Failure,
    GoldenQuestionId, HandoffReason, InboundEventId, JobId, MemberId, MessageId, MessageStatus,
    PageId, Priority, Role, SourceId, Stage, TenantScope, Trigger, WebhookDeliveryId, WebhookId,
};
use wafaa_storage::{
    Database, Result, Tx, api_key, archive, audit, bot, canned_reply, channel, chunk, contact,
    conversation, document, embedding, erasure, evaluation, golden_question,
    idempotency::{self, Answer},
    inbound_event,
    ledger::{self, Claim, Filter, NewJob},
    member,
    message::{self, Applied, StatusUpdate},
    retention, room,
    seal::Sealer,
    source::{self, NewSource},
    tenant as tenants, timeline, webhook,
};

use crate::{
    archive::{erase, schema},
    database::{
        assert_fails, document as add, on_each_database, owner, read, sql, system, tenant, texts,
        write,
    },
    evaluation::{evaluated, question as golden},
    knowledge::{embedding as vectors, hash, passage},
    ledger as jobs,
    people::{add as add_member, hashed},
    source::{added, lead, site},
    talk::{self, Talk},
    webhook::address,
};

on_each_database!(
    nothing_of_the_other_is_found,
    nothing_of_the_other_is_changed,
    what_both_have_is_kept_apart,
);

/// What one tenant has.
pub(crate) struct Home {
    pub(crate) scope: TenantScope,
    pub(crate) member: MemberId,
    key: ApiKeyId,
    pub(crate) document: DocumentId,
    deleted: DocumentId,
    /// Runs, and its lease has run out.
    pub(crate) run: Claim,
    dead: JobId,
    waiting: JobId,
    talk: Talk,
    heard: MessageId,
    /// Is being sent.
    sending: MessageId,
    event: InboundEventId,
    canned: CannedReplyId,
    webhook: WebhookId,
    told: WebhookDeliveryId,
    source: SourceId,
    page: PageId,
    golden: GoldenQuestionId,
    evaluation: EvaluationId,
}

const PARENT: &str = "doc_1";
const READING: inbound_event::Reading<'_> = inbound_event::Reading {
    told: "[]",
    trace_id: None,
};
const SITE: &str = "https://shop.example/";

/// A tenant with one of everything.
pub(crate) async fn home(db: &Database, slug: &str) -> Home {
    let scope = tenant(db, slug).await;
    let member = add_member(db, scope, "owner@example.com").await.id;
    let document = add(db, scope, 1).await.id;
    let deleted = add(db, scope, 2).await.id;
    let child = NewJob {
        parent: Some(PARENT.into()),
        dedupe_key: Some("once".into()),
        ..jobs::job()
    };
    jobs::enqueue(db, scope, &child).await;
    let run = jobs::start(db).await;
    jobs::expire(db).await;
    let dead = jobs::enqueue(db, scope, &jobs::job()).await;
    write(db, scope, async |tx| ledger::cancel(tx, dead).await)
        .await
        .unwrap();
    let later = NewJob {
        run_at: Some(chrono::Utc::now() + chrono::TimeDelta::hours(1)),
        ..jobs::job()
    };
    let waiting = jobs::enqueue(db, scope, &later).await;
    let key = write(db, scope, async |tx| {
        member::set_role(tx, member, Role::Owner).await?;
        chunk::replace(tx, document, 1, &[passage(0, "text")]).await?;
        document::publish(tx, document, 1).await?;
        document::delete(tx, deleted).await?;
        embedding::keep(tx, "small", &[vectors(0), vectors(1)]).await?;
        bot::save(tx, &BotSettings::default(), 0).await?;
        idempotency::keep(tx, "key", "route", answer()).await?;
        ledger::set_barrier(tx, PARENT, 5).await?;
        audit::note(tx, "bot.updated", None, json!({})).await?;
        api_key::create(tx, "till", Role::Agent, slug.as_bytes(), "wxyz").await
    })
    .await
    .unwrap()
    .id;
    let talk = Talk::of(db, scope).await;
    let heard = talk.hears("wamid.1", "Are you open?").await;
    let sending = talk.sends(heard.seq).await;
    let (event, canned, webhook, told) = write(db, scope, async |tx| {
        let event = match inbound_event::keep(tx, talk.channel.id, b"raw", Some(READING)).await? {
            inbound_event::Kept::New(id) | inbound_event::Kept::Known(id) => id,
        };
        inbound_event::set_unsettled(tx, event, true).await?;
        let canned = canned_reply::create(tx, "Yes", "Of course.").await?.id;
        let webhook = webhook::create(tx, address(scope, &[])).await?.id;
        let told = webhook::record(tx, "message.created", &json!({})).await?[0];
        Ok((event, canned, webhook, told))
    })
    .await
    .unwrap();
    let (source, page) = write(db, scope, async |tx| {
        let id = source::create(tx, site(SITE)).await?.id;
        source::plan(tx, id, None).await?;
        source::begin(tx, id, 1).await?;
        source::sight(tx, id, 1, &[lead(SITE, 0)], 9).await?;
        let page = source::find(tx, id, SITE).await?.unwrap().id;
        source::settle(tx, id, page, 1, &added(document)).await?;
        document::set_source_url(tx, document, SITE).await?;
        Ok((id, page))
    })
    .await
    .unwrap();
    let (golden, evaluation) = evaluated(db, scope).await;
    // The dead job is long dead, and added up.
    jobs::total::pass(db, 15_000).await;
    jobs::total::recount(db).await;
    jobs::total::fold(db).await;
    Home {
        scope,
        member,
        key,
        document,
        deleted,
        run,
        dead,
        waiting,
        talk,
        heard: heard.id,
        sending,
        event,
        canned,
        webhook,
        told,
        source,
        page,
        golden,
        evaluation,
    }
}

fn answer() -> Answer {
    Answer {
        body_hash: vec![1],
        status: 201,
        response: "{}".into(),
    }
}

async fn nothing_of_the_other_is_found(db: Database) {
    let theirs = home(&db, "two-shop").await;
    let own = tenant(&db, "one-shop").await;
    let tables = schema(&db).await.tables;
    read(&db, own, async |tx| {
        assert_eq!(tenants::own(tx).await?.id, own.tenant());
        assert_fails!(member::get(tx, theirs.member).await, NotFound);
        assert!(member::list(tx, None, 9).await?.rows.is_empty());
        assert_eq!(member::owners(tx).await?, 0);
        assert!(api_key::list(tx, None, 9).await?.rows.is_empty());
        assert!(audit::list(tx, None, 9).await?.rows.is_empty());
        assert_eq!(bot::get(tx).await?.1, 0);
        assert!(idempotency::find(tx, "key", "route").await?.is_none());
        for table in &tables {
            let own = archive::page(tx, table, None).await?;
            assert_eq!(own.len(), usize::from(table.name == "tenants"), "{table:?}");
        }
        assert!(archive::blobs(tx).await?.is_empty());

        assert_fails!(document::get(tx, theirs.document).await, NotFound);
        assert_fails!(
            document::deleted_version(tx, theirs.deleted).await,
            NotFound
        );
        assert!(document::by_content(tx, &[1; 32]).await?.is_none());
        assert!(document::list(tx, None, None, 9).await?.rows.is_empty());
        assert_eq!(room::used_bytes(tx).await?, 0);
        let limit = tenants::own(tx).await?.limits.storage_bytes;
        assert_eq!(room::left(tx).await?, limit);
        room::check(tx, 0, limit).await?;
        assert_eq!(document::stamp(tx).await?, "0@0");
        assert!(
            document::live(&db, &own, &[theirs.document])
                .await?
                .is_empty()
        );
        assert_eq!(
            document::missing(tx, &[theirs.document]).await?,
            [theirs.document]
        );
        assert!(chunk::range(tx, theirs.document, 1, 0..9).await?.is_empty());
        assert!(
            chunk::list(tx, theirs.document, 1, None, 9)
                .await?
                .rows
                .is_empty()
        );
        assert!(embedding::known(tx, "small", &[hash(0)]).await?.is_empty());
        assert!(embedding::load(tx, "small", &[hash(0)]).await?.is_empty());

        assert_fails!(ledger::get(tx, theirs.run.job).await, NotFound);
        assert!(
            ledger::list(tx, &Filter::default(), None, 9)
                .await?
                .rows
                .is_empty()
        );
        assert!(ledger::latest_of_parent(tx, PARENT).await?.is_none());
        let stats = ledger::stats(tx).await?;
        assert!(stats.counts.is_empty() && stats.lanes.is_empty());
        no_source_is_found(tx, &theirs).await?;
        no_evaluation_is_found(tx, &theirs).await?;
        no_talk_is_found(tx, &theirs).await
    })
    .await
    .unwrap();
}

async fn no_source_is_found(tx: &Tx<TenantScope>, theirs: &Home) -> Result<()> {
    let (id, page) = (theirs.source, theirs.page);
    assert_fails!(source::get(tx, id).await, NotFound);
    assert!(source::list(tx, None, 9).await?.rows.is_empty());
    assert_eq!(source::count(tx).await?, 0);
    assert!(source::tally(tx, &[id]).await?.is_empty());
    assert!(source::next(tx, id, 1).await?.is_none());
    assert!(source::next_due(tx, id, 1).await?.is_none());
    assert!(source::unseen(tx, id, 9, 9).await?.is_empty());
    assert_eq!(source::progress(tx, id, 1).await?.seen, 0);
    assert!(source::first(tx, id, 1).await?.is_empty());
    assert!(source::find(tx, id, SITE).await?.is_none());
    assert!(source::links(tx, id, page).await?.is_empty());
    assert!(source::pages(tx, id, None, None, 9).await?.rows.is_empty());
    let twin = source::twin(tx, id, PageId::new(), &[7; 32]).await?;
    assert!(twin.is_none());
    assert!(source::orphan(tx, SITE).await?.is_none());
    Ok(())
}

async fn no_evaluation_is_found(tx: &Tx<TenantScope>, theirs: &Home) -> Result<()> {
    let id = theirs.evaluation;
    assert_eq!(golden_question::count(tx).await?, 0);
    assert!(golden_question::list(tx, None, 9).await?.rows.is_empty());
    assert_fails!(golden_question::get(tx, theirs.golden).await, NotFound);
    assert_fails!(evaluation::get(tx, id).await, NotFound);
    assert!(evaluation::list(tx, None, None, 9).await?.rows.is_empty());
    assert!(evaluation::untried(tx, id).await?.is_none());
    assert!(evaluation::tried(tx, id).await?.is_empty());
    let results = evaluation::results(tx, id, None, None, 9).await?;
    assert!(results.rows.is_empty());
    Ok(())
}

async fn no_talk_is_found(tx: &Tx<TenantScope>, theirs: &Home) -> Result<()> {
    let (channel, contact) = (theirs.talk.channel.id, theirs.talk.contact.id);
    let (id, soon) = (theirs.talk.id, talk::in_seconds(60));
    assert_fails!(channel::get(tx, channel).await, NotFound);
    assert!(channel::list(tx).await?.is_empty());
    assert_fails!(contact::get(tx, contact).await, NotFound);
    assert!(
        contact::by_identity(tx, channel, "971500000001")
            .await?
            .is_none()
    );
    assert!(contact::list(tx, None, None, 9).await?.rows.is_empty());
    assert_fails!(contact::export(tx, contact).await, NotFound);
    assert_fails!(conversation::get(tx, id).await, NotFound);
    let any = conversation::Filter::default();
    assert!(conversation::list(tx, &any, None, 9).await?.rows.is_empty());
    assert!(
        conversation::counts(tx)
            .await?
            .iter()
            .all(|(_, count)| *count == 0)
    );
    assert_fails!(message::get(tx, theirs.heard).await, NotFound);
    assert_fails!(message::lock(tx, theirs.heard).await, NotFound);
    assert!(
        message::by_provider_id(tx, channel, "wamid.1")
            .await?
            .is_none()
    );
    assert!(message::unanswered(tx, id, 0).await?.is_empty());
    assert!(message::history(tx, id, 9, 9).await?.is_empty());
    assert!(message::list(tx, id, None, 9).await?.rows.is_empty());
    assert!(message::after(tx, id, 0, 9).await?.is_empty());
    assert!(message::doubtful(tx, soon, 9).await?.is_empty());
    assert!(message::on_its_way(tx, id).await?.is_empty());
    assert_fails!(timeline::of(tx, theirs.heard).await, NotFound);
    assert_fails!(inbound_event::get(tx, theirs.event).await, NotFound);
    assert!(inbound_event::unsettled(tx, 9).await?.is_empty());
    assert!(inbound_event::pending(tx, channel, 9).await?.is_empty());
    assert!(inbound_event::aside(tx, theirs.event).await?.is_none());
    assert!(!inbound_event::mentions(tx, channel, &["["]).await?);
    assert!(canned_reply::list(tx).await?.is_empty());
    assert_fails!(canned_reply::get(tx, theirs.canned).await, NotFound);
    assert!(webhook::list(tx).await?.is_empty());
    assert_fails!(webhook::get(tx, theirs.webhook).await, NotFound);
    assert_fails!(webhook::delivery(tx, theirs.told).await, NotFound);
    assert!(
        webhook::deliveries(tx, theirs.webhook, None, 9)
            .await?
            .rows
            .is_empty()
    );
    Ok(())
}

/// Everything in the tables, but what says who is asking.
pub(crate) async fn everything(db: &Database) -> Vec<String> {
    let mut rows = Vec::new();
    let all = owner(db).await;
    for (table, columns) in [
        ("members", "email || role || password_hash"),
        (
            "api_keys",
            "name || CASE WHEN revoked_at IS NULL THEN 'works' ELSE 'revoked' END",
        ),
        ("bots", "settings || version"),
        (
            "documents",
            "title || filename || status || version || COALESCE(live_version, 0) || progress \
          || COALESCE(language, '-') || COALESCE(source_url, '-') || CASE WHEN deleted_at IS NULL THEN '' ELSE 'deleted' END",
        ),
        ("chunks", "text || version || ordinal"),
        ("embeddings", "embedder"),
        ("idempotency_keys", "key || route || response"),
        ("job_barriers", "key || remaining"),
        (
            "channels",
            "name || settings || status || secret_names || CASE WHEN secrets IS NULL THEN '' ELSE 'sealed' END",
        ),
        (
            "contacts",
            "COALESCE(name, '-') || COALESCE(language, '-') || CASE WHEN opted_out_at IS NULL THEN '' ELSE 'out' END \
             || CASE WHEN marketing_opted_out_at IS NULL THEN '' ELSE 'no marketing' END",
        ),
        ("contact_identities", "identity"),
        (
            "conversations",
            "status || identity || priority || seq || inbound_seq || answered_seq || low_confidence \
             || COALESCE(summary, '-') || COALESCE(csat, -1) || COALESCE(last_text, '-') \
             || CASE WHEN respond_due IS NULL THEN '' ELSE 'due' END",
        ),
        (
            "messages",
            "seq || content || status || COALESCE(provider_id, '-') || COALESCE(sentiment, '-') || COALESCE(topics, '-')",
        ),
        ("message_stages", "stage || detail"),
        (
            "inbound_events",
            "CASE WHEN unsettled THEN 'unsettled' ELSE 'settled' END",
        ),
        ("canned_replies", "title || text"),
        (
            "sources",
            "url || depth || status || crawl || begun || CASE WHEN truncated THEN 'more' ELSE '' END \
             || CASE WHEN job_id IS NULL THEN '' ELSE 'job' END || CASE WHEN deleted_at IS NULL THEN '' ELSE 'deleted' END",
        ),
        (
            "source_pages",
            "url || seen || visited || attempts || status || CASE WHEN document_id IS NULL THEN '' ELSE 'document' END",
        ),
        (
            "golden_questions",
            "question || documents || phrases || COALESCE(notes, '-')",
        ),
        (
            "evaluations",
            "state || knowledge || bot_version || COALESCE(summary, '-') || COALESCE(error, '-')",
        ),
        (
            "evaluation_results",
            "question || COALESCE(verdict, '-') || confidence || COALESCE(answer, '-')",
        ),
        (
            "webhooks",
            "url || events || CASE WHEN enabled THEN 'on' ELSE 'off' END || COALESCE(disabled_reason, '-')",
        ),
        (
            "webhook_deliveries",
            "event_type || payload || status || attempts",
        ),
        (
            "jobs",
            "state || attempt || progress || COALESCE(last_error, '-') || COALESCE(lease_until, -1) \
          || CASE WHEN cancel_requested THEN 'called off' ELSE '' END",
        ),
    ] {
        let found = texts(
            all.connection(),
            &format!("SELECT {columns} FROM {table} ORDER BY 1"),
        )
        .await;
        rows.extend(found.into_iter().map(|row| format!("{table}: {row}")));
    }
    rows
}

async fn nothing_of_the_other_is_changed(db: Database) {
    let theirs = home(&db, "two-shop").await;
    let own = tenant(&db, "one-shop").await;
    let before = everything(&db).await;
    assert!(before.len() >= 12, "{before:?}");
    people_stay(&db, own, &theirs).await;
    documents_stay(&db, own, &theirs).await;
    jobs_stay(&db, own, &theirs).await;
    sources_stay(&db, own, &theirs).await;
    talks_stay(&db, own, &theirs).await;
    evaluations_stay(&db, own, &theirs).await;
    rows_stay(&db, own, &theirs).await;
    assert_eq!(everything(&db).await, before);
}

/// Neither by adding rows of theirs, nor by erasing everything of one's own.
async fn rows_stay(db: &Database, own: TenantScope, theirs: &Home) {
    let schema = schema(db).await;
    for table in schema.tables.iter().filter(|table| table.is_of_tenants()) {
        let rows = read(db, theirs.scope, async |tx| {
            archive::page(tx, table, None).await
        })
        .await
        .unwrap();
        let rows: Vec<_> = rows
            .into_iter()
            .filter(|row| row.contains_key("tenant_id"))
            .collect();
        if rows.is_empty() {
            continue;
        }
        let added = write(db, own, async |tx| archive::insert(tx, table, rows).await).await;
        let refused = added.unwrap_err().to_string();
        assert!(refused.contains("another tenant's"), "{refused}");
    }
    // No erasure is open: the tenant could go, but not its log.
    write(db, own, async |tx| {
        audit::note(tx, "bot.updated", None, json!({})).await
    })
    .await
    .unwrap();
    for log_only in [true, false] {
        let refused = write(db, own, async |tx| {
            if log_only {
                erasure::delete_log(tx).await.map(drop)
            } else {
                erasure::delete_rows(tx, &schema).await.map(drop)
            }
        });
        let refused = refused.await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{refused}");
    }
    erase(db, own).await;
}

async fn people_stay(db: &Database, own: TenantScope, theirs: &Home) {
    write(db, own, async |tx| {
        let id = theirs.member;
        assert_fails!(member::set_role(tx, id, Role::Viewer).await, NotFound);
        let password = hashed("another password");
        assert_fails!(member::set_password(tx, id, password).await, NotFound);
        assert_fails!(member::remove(tx, id).await, NotFound);
        assert_fails!(api_key::revoke(tx, theirs.key).await, NotFound);
        Ok(())
    })
    .await
    .unwrap();
}

async fn documents_stay(db: &Database, own: TenantScope, theirs: &Home) {
    let failure = Failure {
        code: "no".into(),
        message: "No.".into(),
    };
    write(db, own, async |tx| {
        let id = theirs.document;
        assert_fails!(document::rename(tx, id, "Mine").await, NotFound);
        assert_fails!(document::delete(tx, id).await, NotFound);
        assert_fails!(
            document::begin_version(tx, id, "x.pdf", 1, &[9; 32]).await,
            NotFound
        );
        assert_fails!(document::touch(tx, id, 1).await, Stale);
        assert_fails!(document::set_parsed(tx, id, 1, "x/y", 1).await, Stale);
        assert_fails!(document::set_language(tx, id, 1, "fr", 1).await, Stale);
        assert_fails!(document::set_progress(tx, id, 1, 1).await, Stale);
        assert_fails!(document::fail(tx, id, 1, &failure).await, Stale);
        assert_fails!(document::publish(tx, id, 1).await, Stale);
        assert_fails!(document::set_source_url(tx, id, "x").await, NotFound);
        document::erase(tx, theirs.deleted).await?;
        assert_fails!(
            chunk::replace(tx, id, 1, &[passage(7, "mine")]).await,
            NotFound
        );
        assert_fails!(chunk::replace(tx, id, 1, &[]).await, NotFound);
        chunk::remove_others(tx, id, 9).await?;
        assert_eq!(embedding::purge(tx).await?, 0);
        Ok(())
    })
    .await
    .unwrap();
}

async fn jobs_stay(db: &Database, own: TenantScope, theirs: &Home) {
    write(db, own, async |tx| {
        let run = theirs.run;
        assert_fails!(ledger::succeed(tx, run).await, Stale);
        assert_fails!(
            ledger::reschedule(tx, run, Duration::ZERO, "x").await,
            Stale
        );
        assert_fails!(ledger::snooze(tx, run, Duration::ZERO, "x").await, Stale);
        assert_fails!(ledger::bury(tx, run, "x").await, Stale);
        assert_fails!(ledger::set_progress(tx, run, 1).await, Stale);
        assert_fails!(ledger::cancelled(tx, run).await, Stale);
        assert_fails!(ledger::release(tx, run).await, Stale);
        assert_fails!(ledger::cancel(tx, theirs.waiting).await, NotFound);
        assert_fails!(ledger::retry(tx, theirs.dead).await, NotFound);
        assert!(ledger::cancel_of_parent(tx, PARENT).await?.is_empty());
        assert_fails!(ledger::count_down(tx, PARENT).await, NotFound);
        Ok(())
    })
    .await
    .unwrap();
}

async fn sources_stay(db: &Database, own: TenantScope, theirs: &Home) {
    let (id, page) = (theirs.source, theirs.page);
    write(db, own, async |tx| {
        let NewSource { reach, refresh, .. } = site(SITE);
        assert_fails!(source::update(tx, id, &reach, &refresh).await, NotFound);
        assert_fails!(source::plan(tx, id, None).await, NotFound);
        assert_fails!(source::unplan(tx, id).await, NotFound);
        assert_fails!(source::set_job(tx, id, JobId::new()).await, NotFound);
        assert_fails!(source::begin(tx, id, 1).await, NotFound);
        assert_fails!(source::hold(tx, id, 1).await, NotFound);
        assert_fails!(source::ended(tx, id, 1, None).await, NotFound);
        source::set_truncated(tx, id, 1).await?;
        assert_eq!(source::revisit(tx, id, 9).await?, 0);
        let settled = added(theirs.document);
        assert_fails!(source::settle(tx, id, page, 1, &settled).await, Stale);
        let soon = talk::in_seconds(60);
        assert_fails!(source::postpone(tx, id, page, 1, soon).await, Stale);
        assert_fails!(source::forget(tx, id, page).await, Stale);
        source::release(tx, id).await?;
        assert_fails!(source::delete(tx, id).await, NotFound);
        source::remove(tx, id).await
    })
    .await
    .unwrap();
    let added = write(db, own, async |tx| {
        source::sight(tx, id, 1, &[lead("https://mine.example/", 0)], 9).await
    });
    added.await.unwrap_err();
}

async fn evaluations_stay(db: &Database, own: TenantScope, theirs: &Home) {
    let id = theirs.evaluation;
    let mine = golden("Mine?", &["mine"]);
    write(db, own, async |tx| {
        let changed = golden_question::update(tx, theirs.golden, &mine).await;
        assert_fails!(changed, NotFound);
        assert_fails!(golden_question::delete(tx, theirs.golden).await, NotFound);
        // Their question in their words, expected to be answered otherwise: it is another one.
        let same = read(db, theirs.scope, async |tx| {
            golden_question::get(tx, theirs.golden).await
        });
        let same = golden_question::NewGoldenQuestion {
            question: same.await?.content.question,
            ..mine.clone()
        };
        let imported = golden_question::import(tx, &[same]).await?;
        assert_eq!((imported.added, imported.updated), (1, 0));
        let tried = evaluation::Tried {
            knowledge: "mine".into(),
            bot_version: 9,
            threshold: 0,
        };
        assert_fails!(evaluation::begin(tx, id, &tried).await, NotFound);
        assert_fails!(evaluation::finish(tx, id, &json!({})).await, NotFound);
        assert_fails!(evaluation::end(tx, id, None).await, NotFound);
        assert_eq!(evaluation::forget(tx, 0).await?, 0);
        let outcome = crate::evaluation::outcome();
        assert_fails!(
            evaluation::note(tx, id, theirs.golden, &outcome).await,
            Stale
        );
        Ok(())
    })
    .await
    .unwrap();
}

async fn talks_stay(db: &Database, own: TenantScope, theirs: &Home) {
    channels_stay(db, own, theirs).await;
    conversations_stay(db, own, theirs).await;
    messages_stay(db, own, theirs).await;
    // What refers to a row of theirs is not stored: there is no such row in this tenant.
    let (channel, contact) = (&theirs.talk.channel, &theirs.talk.contact);
    let identities = ["somebody".to_owned()];
    let somebody = contact::Seen {
        identities: &identities,
        name: None,
        language: None,
        phone: None,
    };
    for n in 0..5 {
        let refused = write(db, own, async |tx| match n {
            0 => contact::upsert(tx, channel.id, &somebody).await.map(drop),
            1 => conversation::open(tx, channel, contact, "x", Some("new"), talk::DAY)
                .await
                .map(drop),
            2 => inbound_event::keep(tx, channel.id, b"other", None)
                .await
                .map(drop),
            3 => timeline::note(tx, theirs.heard, Stage::Merged, json!({})).await,
            _ => {
                let note = (theirs.heard, Stage::Merged, json!({}));
                timeline::note_all(tx, &[note]).await
            }
        });
        refused.await.unwrap_err();
    }
}

async fn channels_stay(db: &Database, own: TenantScope, theirs: &Home) {
    let id = theirs.talk.channel.id;
    let other_key = Sealer::new([9; 32], &[[7; 32]]);
    write(db, own, async |tx| {
        let name = channel::Change {
            name: Some("Mine".into()),
            ..channel::Change::default()
        };
        assert_fails!(channel::update(tx, id, name).await, NotFound);
        assert!(!channel::set_status(tx, id, channel::Status::Error, None).await?);
        assert_fails!(channel::delete(tx, id).await, NotFound);
        let soon = Some(talk::in_seconds(60));
        assert_fails!(channel::set_token_expiry(tx, id, soon).await, NotFound);
        assert!(!channel::warn(tx, id, channel::Warning::Over).await?);
        let from = theirs.talk.channel.secrets.clone().expect("sealed");
        assert_fails!(
            channel::renew(tx, id, &from, from.clone(), soon).await,
            Stale
        );
        assert_eq!(channel::reseal(tx, &other_key).await?, 0);
        assert_fails!(
            canned_reply::update(tx, theirs.canned, "Mine", "Mine").await,
            NotFound
        );
        assert_fails!(canned_reply::delete(tx, theirs.canned).await, NotFound);
        let off = webhook::Change {
            enabled: Some(false),
            ..webhook::Change::default()
        };
        assert_fails!(webhook::update(tx, theirs.webhook, off).await, NotFound);
        assert_fails!(webhook::disable(tx, theirs.webhook, "Mine").await, NotFound);
        assert_fails!(webhook::delete(tx, theirs.webhook).await, NotFound);
        assert!(
            webhook::record(tx, "message.created", &json!({}))
                .await?
                .is_empty()
        );
        let done = webhook::Outcome::Delivered { http_status: 200 };
        assert_fails!(webhook::outcome(tx, theirs.told, &done).await, NotFound);
        assert_fails!(webhook::replay(tx, theirs.told).await, NotFound);
        let event = theirs.event;
        assert_fails!(
            inbound_event::set_unsettled(tx, event, false).await,
            NotFound
        );
        assert_fails!(inbound_event::taken_in(tx, &[event]).await, NotFound);
        assert_fails!(inbound_event::put_aside(tx, event).await, NotFound);
        Ok(())
    })
    .await
    .unwrap();
}

async fn conversations_stay(db: &Database, own: TenantScope, theirs: &Home) {
    let (id, contact) = (theirs.talk.id, theirs.talk.contact.id);
    write(db, own, async |tx| {
        let channel = theirs.talk.channel.id;
        assert_eq!(conversation::move_thread(tx, channel, "", "x").await?, 0);
        assert_fails!(contact::rename(tx, contact, None).await, NotFound);
        assert_fails!(contact::set_language(tx, contact, "fr").await, NotFound);
        assert_fails!(contact::set_opted_out(tx, contact, true).await, NotFound);
        assert_fails!(
            contact::set_marketing(tx, contact, false, chrono::Utc::now()).await,
            NotFound
        );
        assert_fails!(contact::erase(tx, contact).await, NotFound);
        assert_fails!(conversation::lock(tx, id).await, NotFound);
        let handoff = conversation::Handoff {
            reason: HandoffReason::Manual,
            priority: Priority::High,
            sla_due_at: None,
        };
        let me = MemberId::new();
        assert_fails!(conversation::hand_off(tx, id, &handoff).await, NotFound);
        assert_fails!(conversation::claim(tx, id, me).await, NotFound);
        assert_fails!(conversation::assign(tx, id, me).await, NotFound);
        assert_fails!(conversation::release(tx, id).await, NotFound);
        assert_fails!(conversation::take_over(tx, id).await, NotFound);
        assert_fails!(conversation::resolve(tx, id).await, NotFound);
        let soon = talk::in_seconds(60);
        assert_fails!(conversation::escalate(tx, id, soon).await, NotFound);
        assert_fails!(
            conversation::set_respond_due(tx, id, Some(soon)).await,
            NotFound
        );
        assert_fails!(conversation::answered(tx, id, 9, 9).await, NotFound);
        assert_fails!(conversation::set_summary(tx, id, "Mine", 1).await, NotFound);
        assert_fails!(conversation::set_csat(tx, id, 1).await, NotFound);
        let forgotten = retention::forget(tx, soon, 100).await?;
        assert!(
            !forgotten.is_something() && forgotten.contacts == 0,
            "{forgotten:?}"
        );
        Ok(())
    })
    .await
    .unwrap();
}

async fn messages_stay(db: &Database, own: TenantScope, theirs: &Home) {
    let (id, channel, soon) = (theirs.sending, theirs.talk.channel.id, talk::in_seconds(60));
    let failure = Failure {
        code: "no".into(),
        message: "No.".into(),
    };
    let mine = Content::text("Mine");
    let conversation = theirs.talk.conversation().await;
    write(db, own, async |tx| {
        let said = talk::said("wamid.9", "Mine");
        assert_fails!(message::receive(tx, &conversation, said).await, NotFound);
        let answer = talk::answer(1);
        assert_fails!(message::add(tx, theirs.talk.id, answer).await, NotFound);
        assert_fails!(message::begin_send(tx, id).await, NotFound);
        assert_fails!(message::sent(tx, id, Some("x")).await, NotFound);
        assert_fails!(message::failed(tx, id, &failure).await, NotFound);
        assert_fails!(message::unknown(tx, id).await, NotFound);
        assert_fails!(message::defer(tx, id, "x").await, NotFound);
        assert_fails!(message::resend(tx, id).await, NotFound);
        let update = StatusUpdate {
            provider_id: Some("wamid.1"),
            ours: Some(id),
            status: MessageStatus::Read,
            at: soon,
            error: None,
        };
        let applied = message::apply_status(tx, channel, &update).await?;
        assert!(matches!(applied, Applied::Unknown), "{applied:?}");
        assert!(
            message::read_up_to(tx, channel, "971500000001", soon)
                .await?
                .is_empty()
        );
        assert!(
            message::edit(tx, channel, "wamid.1", &mine, soon)
                .await?
                .is_none()
        );
        assert!(
            message::withdraw(tx, channel, "wamid.1", soon)
                .await?
                .is_empty()
        );
        assert_fails!(
            message::set_content(tx, theirs.heard, &mine).await,
            NotFound
        );
        let sentiment = message::Sentiment {
            label: "negative".into(),
            score: -1.0,
            method: "mine".into(),
        };
        assert_fails!(
            message::label_sentiment(tx, theirs.heard, &sentiment).await,
            NotFound
        );
        let topics = message::Topics {
            phrases: vec!["mine".into()],
            method: "mine".into(),
        };
        assert_fails!(
            message::label_topics(tx, theirs.heard, &topics).await,
            NotFound
        );
        Ok(())
    })
    .await
    .unwrap();
}

async fn what_both_have_is_kept_apart(db: Database) {
    // The same contents, keys, addresses and names everywhere: none of it collides.
    let one = home(&db, "one-shop").await;
    let two = home(&db, "two-shop").await;
    for (home, other) in [(&one, &two), (&two, &one)] {
        read(&db, home.scope, async |tx| {
            let documents = document::list(tx, None, None, 9).await?.rows;
            assert_eq!((documents.len(), documents[0].id), (1, home.document));
            assert_eq!(room::used_bytes(tx).await?, documents[0].bytes);
            let content = document::by_content(tx, &[1; 32]).await?;
            assert_eq!(content.unwrap().id, home.document);
            let live = document::live(&db, &home.scope, &[one.document, two.document]).await?;
            assert!(live.len() == 1 && !live.contains_key(&other.document));
            assert_eq!(chunk::range(tx, home.document, 1, 0..9).await?.len(), 1);
            let latest = ledger::latest_of_parent(tx, PARENT).await?;
            assert_eq!(latest.unwrap().id, home.run.job);
            assert_eq!(member::owners(tx).await?, 1);
            let channel = home.talk.channel.id;
            let heard = message::by_provider_id(tx, channel, "wamid.1").await?;
            assert_eq!(heard.unwrap().id, home.heard);
            let all = conversation::list(tx, &conversation::Filter::default(), None, 9).await?;
            assert_eq!((all.rows.len(), all.rows[0].id), (1, home.talk.id));
            Ok(())
        })
        .await
        .unwrap();
        let child = NewJob {
            dedupe_key: Some("once".into()),
            ..jobs::job()
        };
        assert_eq!(jobs::enqueue(&db, home.scope, &child).await, home.run.job);
    }
    for (home, slug) in [(&one, "one-shop"), (&two, "two-shop")] {
        let routable = read(&db, system(), async |tx| {
            channel::routable(tx, slug, ChannelKind::Whatsapp).await
        });
        let (tenant, channels) = routable.await.unwrap().unwrap();
        assert_eq!((tenant, channels.len()), (home.scope.tenant(), 1));
        assert_eq!(channels[0].id, home.talk.channel.id);
    }
    // What only the other has: a passage with the same content, a deleted source, a message with a file.
    write(&db, two.scope, async |tx| {
        chunk::replace(
            tx,
            two.document,
            1,
            &[passage(0, "text"), passage(1, "more")],
        )
        .await?;
        source::delete(tx, two.source).await
    })
    .await
    .unwrap();
    sql(&db, "UPDATE messages SET media_bytes = 7 WHERE tenant_id = (SELECT id FROM tenants WHERE slug = 'two-shop')")
        .await
        .unwrap();
    write(&db, one.scope, async |tx| {
        let documents = document::list(tx, None, None, 9).await?.rows;
        assert_eq!(room::used_bytes(tx).await?, documents[0].bytes);
        let job = JobId::new();
        let started = evaluation::start(tx, EvaluationId::new(), job, Trigger::Request).await?;
        assert_eq!(started.questions, 1);
        source::remove(tx, two.source).await
    })
    .await
    .unwrap();
    let sources = "SELECT CAST(COUNT(*) AS TEXT) FROM sources";
    assert_eq!(texts(owner(&db).await.connection(), sources).await, ["2"]);
    write(&db, one.scope, async |tx| {
        assert_eq!(ledger::count_down(tx, PARENT).await?, 4);
        assert_eq!(embedding::purge(tx).await?, 1);
        bot::save(tx, &BotSettings::default(), 1).await
    })
    .await
    .unwrap();
    read(&db, two.scope, async |tx| {
        assert_eq!(
            embedding::known(tx, "small", &[hash(0), hash(1)])
                .await?
                .len(),
            2
        );
        assert_eq!(bot::get(tx).await?.1, 1);
        Ok(())
    })
    .await
    .unwrap();
    sql(&db, "DELETE FROM tenants WHERE slug = 'one-shop'")
        .await
        .unwrap();
    read(&db, two.scope, async |tx| {
        assert_eq!(
            ledger::list(tx, &Filter::default(), None, 9)
                .await?
                .rows
                .len(),
            3
        );
        assert_eq!(chunk::range(tx, two.document, 1, 0..9).await?.len(), 2);
        Ok(())
    })
    .await
    .unwrap();
}

/// Names of the public functions in `directory` that take a tenant's transaction, as `module::function`.
fn functions(directory: &Path, module: Option<&str>) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        // `ledger/run.rs` is reached as `ledger::…`, and so is `ledger/mod.rs`.
        let module = module.unwrap_or(&name);
        if path.is_dir() {
            found.extend(functions(&path, Some(module)));
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        for function in source.split("\npub async fn ").skip(1) {
            let (name, rest) = function.split_once(['(', '<']).unwrap();
            let (signature, _) = rest.split_once('{').unwrap();
            if signature.contains("Tx<TenantScope>") || signature.contains("&TenantScope") {
                found.push(format!("{module}::{name}"));
            }
        }
    }
    found
}

#[test]
fn every_function_of_a_tenant_is_tried() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let functions = functions(&sources, None);
    assert!(functions.len() > 50, "{functions:?}");
    let here = include_str!("tenancy.rs");
    // Nothing in these can name a row of another tenant.
    let harmless = [
        "member::create",
        "document::create",
        "ledger::enqueue",
        "ledger::enqueue_all",
        "channel::create",
        "canned_reply::create",
        "webhook::create",
        "source::create",
        "golden_question::create",
        "evaluation::start",
    ];
    let untried: Vec<_> = functions
        .iter()
        .filter(|function| !harmless.contains(&function.as_str()))
        .filter(|function| {
            let call = function.replace("tenant::own", "tenants::own");
            !here.contains(&format!("{call}("))
        })
        .collect();
    assert!(untried.is_empty(), "not tried here: {untried:?}");
}
