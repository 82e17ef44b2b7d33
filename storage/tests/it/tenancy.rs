//! Two tenants: with the ids of the other, every function answers as if there were nothing.
//!
//! [`every_function_of_a_tenant_is_tried`] reads the sources, so that a new function can't escape.

use std::{fs, path::Path, time::Duration};

use serde_json::json;
use wafaa_domain::{
    ApiKeyId, BotSettings, DocumentId, Failure, JobId, MemberId, Role, TenantScope,
};
use wafaa_storage::{
    Database, api_key, archive, audit, bot, chunk, document, embedding, erasure,
    idempotency::{self, Answer},
    ledger::{self, Claim, Filter, NewJob},
    member, tenant as tenants,
};

use crate::{
    archive::{erase, schema},
    database::{
        assert_fails, document as add, on_each_database, owner, read, sql, tenant, texts, write,
    },
    knowledge::{embedding as vectors, hash, passage},
    ledger as jobs,
    people::{add as add_member, hashed},
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
}

const PARENT: &str = "doc_1";

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
    Home {
        scope,
        member,
        key,
        document,
        deleted,
        run,
        dead,
        waiting,
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
        assert_eq!(document::used_bytes(tx).await?, 0);
        assert!(
            document::live(&db, &own, &[theirs.document])
                .await?
                .is_empty()
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
        Ok(())
    })
    .await
    .unwrap();
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
          || COALESCE(language, '-') || CASE WHEN deleted_at IS NULL THEN '' ELSE 'deleted' END",
        ),
        ("chunks", "text || version || ordinal"),
        ("embeddings", "embedder"),
        ("idempotency_keys", "key || route || response"),
        ("job_barriers", "key || remaining"),
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

async fn what_both_have_is_kept_apart(db: Database) {
    // The same contents, keys, addresses and names everywhere: none of it collides.
    let one = home(&db, "one-shop").await;
    let two = home(&db, "two-shop").await;
    for (home, other) in [(&one, &two), (&two, &one)] {
        read(&db, home.scope, async |tx| {
            let documents = document::list(tx, None, None, 9).await?.rows;
            assert_eq!((documents.len(), documents[0].id), (1, home.document));
            assert_eq!(document::used_bytes(tx).await?, documents[0].bytes);
            let content = document::by_content(tx, &[1; 32]).await?;
            assert_eq!(content.unwrap().id, home.document);
            let live = document::live(&db, &home.scope, &[one.document, two.document]).await?;
            assert!(live.len() == 1 && !live.contains_key(&other.document));
            assert_eq!(chunk::range(tx, home.document, 1, 0..9).await?.len(), 1);
            let latest = ledger::latest_of_parent(tx, PARENT).await?;
            assert_eq!(latest.unwrap().id, home.run.job);
            assert_eq!(member::owners(tx).await?, 1);
            Ok(())
        })
        .await
        .unwrap();
    }
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
        assert_eq!(chunk::range(tx, two.document, 1, 0..9).await?.len(), 1);
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
    let harmless = ["member::create", "document::create", "ledger::enqueue"];
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
