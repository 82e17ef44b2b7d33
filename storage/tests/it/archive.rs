//! Whole tenants: read from one database, written into another of either kind, and what an export leaves out.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wafaa_domain::{Actor, TenantScope};
use wafaa_migrations::{Migrator, MigratorTrait as _};
use wafaa_storage::{
    Database, Error,
    archive::{self, Kind, Row, Schema},
    erasure::{self, Deleted, Open, Receipt},
    refresh_token, tenant as tenants,
};

use crate::{
    database::{on_each_database, read, sql, system, texts, write},
    tenancy::home,
};

on_each_database!(
    both_databases_describe_the_same_schema,
    a_tenant_moves_there_and_back,
    the_platforms_rows_are_no_tenants,
    rows_that_do_not_fit_are_refused,
    pages_are_complete,
    a_snapshot_does_not_change,
);

pub(crate) async fn schema(db: &Database) -> Schema {
    read(db, system(), async |tx| archive::schema(tx).await)
        .await
        .unwrap()
}

/// Deletes the tenant's rows as an erasure does, and answers what went, with the erasure still open.
pub(crate) async fn erase(db: &Database, scope: TenantScope) -> (Open, Deleted) {
    let schema = schema(db).await;
    let tx = db.write(system()).await.unwrap();
    let found = tenants::get(&tx, scope.tenant()).await.unwrap();
    let receipt = Receipt::begun(scope.tenant(), found.slug, "command_line".into());
    let open = erasure::open(&tx, receipt).await.unwrap();
    let tx = tx.narrow(scope.tenant(), Actor::CommandLine).await.unwrap();
    let deleted = erasure::delete_rows(&tx, &schema).await.unwrap();
    tx.commit().await.unwrap();
    (open, deleted)
}

/// All rows of the tenant by table.
pub(crate) async fn rows(db: &Database, scope: TenantScope) -> BTreeMap<String, Vec<Row>> {
    let schema = schema(db).await;
    read(db, scope, async |tx| {
        let mut all = BTreeMap::new();
        for table in schema.tables.iter().filter(|table| table.is_of_tenants()) {
            let mut found: Vec<Row> = Vec::new();
            loop {
                let page = archive::page(tx, table, found.last()).await?;
                if page.is_empty() {
                    break;
                }
                found.extend(page);
            }
            all.insert(table.name.clone(), found);
        }
        Ok(all)
    })
    .await
    .unwrap()
}

async fn insert(db: &Database, scope: TenantScope, rows: &BTreeMap<String, Vec<Row>>) {
    let schema = schema(db).await;
    write(db, scope, async |tx| {
        for table in schema
            .tables
            .iter()
            .filter(|table| rows.contains_key(&table.name))
        {
            archive::insert(tx, table, rows[&table.name].clone()).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
}

async fn fresh() -> (tempfile::TempDir, Database) {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/other.db", directory.path().display());
    let db = Database::open(&url).await.unwrap();
    Migrator::up(db.connection(), None).await.unwrap();
    (directory, db)
}

async fn both_databases_describe_the_same_schema(db: Database) {
    let here = schema(&db).await;
    let (_directory, other) = fresh().await;
    assert_eq!(here, schema(&other).await);
    assert_eq!(
        db.applied_steps().await.unwrap(),
        wafaa_migrations::steps()
            .into_iter()
            .map(|step| step.name)
            .collect::<Vec<_>>()
    );
    let mut seen: Vec<&str> = Vec::new();
    for table in &here.tables {
        assert!(
            table.is_of_tenants() || table.is_of_platform(),
            "{} is nobody's",
            table.name
        );
        assert!(
            table.columns.iter().any(|column| column.key.is_some()),
            "{} has no key",
            table.name
        );
        seen.push(&table.name);
    }
    for of_this_place in ["workers", "job_totals", "job_totals_mark"] {
        assert!(!seen.contains(&of_this_place), "{of_this_place}");
    }
    let of_tenants: Vec<&str> = here
        .tables
        .iter()
        .filter(|table| table.is_of_tenants())
        .map(|table| table.name.as_str())
        .collect();
    for table in [
        "tenants",
        "members",
        "refresh_tokens",
        "api_keys",
        "audit_log",
        "bots",
        "documents",
        "chunks",
        "embeddings",
        "jobs",
        "job_barriers",
        "idempotency_keys",
        "channels",
        "contacts",
        "contact_identities",
        "conversations",
        "inbound_events",
        "messages",
        "message_stages",
        "canned_replies",
        "webhooks",
        "webhook_deliveries",
        "sources",
        "source_pages",
        "golden_questions",
        "evaluations",
        "evaluation_results",
    ] {
        assert!(
            of_tenants.contains(&table),
            "{table} is not a tenant's: {of_tenants:?}"
        );
    }
    // Whoever refers to another comes after it.
    let place = |name: &str| seen.iter().position(|table| *table == name);
    assert!(place("tenants") < place("members") && place("members") < place("refresh_tokens"));
    assert!(place("documents") < place("chunks"));
    assert!(place("evaluations") < place("evaluation_results"));
    assert!(
        place("contacts") < place("conversations") && place("messages") < place("message_stages")
    );
}

/// A tenant with one of everything, a session included.
async fn filled(db: &Database, slug: &str) -> TenantScope {
    let home = home(db, slug).await;
    write(db, system(), async |tx| {
        refresh_token::issue(tx, home.member, slug.as_bytes(), None).await
    })
    .await
    .unwrap();
    home.scope
}

async fn a_tenant_moves_there_and_back(db: Database) {
    let scope = filled(&db, "one-shop").await;
    filled(&db, "two-shop").await;
    let before = rows(&db, scope).await;
    for (table, rows) in &before {
        assert!(!rows.is_empty(), "nothing is tried of {table}");
    }
    let (_directory, other) = fresh().await;
    insert(&other, scope, &before).await;
    let there = rows(&other, scope).await;
    same(&before, &there);
    let jobs = texts(
        other.connection(),
        "SELECT DISTINCT state || COALESCE(worker, '-') FROM jobs",
    )
    .await;
    assert_eq!(jobs, ["waiting-"], "nobody holds a job that was moved");
    erase(&db, scope).await;
    insert(&db, scope, &there).await;
    same(&before, &rows(&db, scope).await);
}

/// All rows alike, but for what a move changes in jobs.
fn same(one: &BTreeMap<String, Vec<Row>>, other: &BTreeMap<String, Vec<Row>>) {
    let still = |rows: &BTreeMap<String, Vec<Row>>| {
        let mut rows = rows.clone();
        for job in rows.get_mut("jobs").unwrap() {
            for column in ["seq", "state", "dispatch_id", "worker", "lease_until"] {
                job.remove(column);
            }
        }
        rows
    };
    assert_eq!(still(one), still(other));
}

async fn the_platforms_rows_are_no_tenants(db: Database) {
    let scope = filled(&db, "one-shop").await;
    let address = "operator@wafaa.example".parse().unwrap();
    let password = crate::people::hashed("a good password");
    let operator = write(&db, system(), async |tx| {
        wafaa_storage::audit::note_system(tx, &"x", "tenant.created", None, json!({})).await?;
        wafaa_storage::member::create_operator(tx, &address, password).await
    })
    .await
    .unwrap();
    let schema = schema(&db).await;
    let mut platform = BTreeMap::new();
    for table in &schema.tables {
        let found = read(&db, system(), async |tx| {
            archive::platform_page(tx, table, None).await
        });
        platform.insert(table.name.as_str(), found.await.unwrap());
    }
    assert_eq!(platform["members"].len(), 1);
    assert_eq!(
        platform["members"][0]["id"],
        json!(operator.uuid().to_string())
    );
    assert_eq!(platform["audit_log"].len(), 1);
    let members = schema
        .tables
        .iter()
        .find(|table| table.name == "members")
        .unwrap();
    // Again is fine, and a tenant's row is refused.
    write(&db, system(), async |tx| {
        archive::insert_platform(tx, members, &platform["members"]).await
    })
    .await
    .unwrap();
    let of_tenant = rows(&db, scope).await["members"].clone();
    let refused = write(&db, system(), async |tx| {
        archive::insert_platform(tx, members, &of_tenant).await
    });
    assert!(matches!(refused.await, Err(Error::Corrupt { .. })));
}

async fn rows_that_do_not_fit_are_refused(db: Database) {
    let scope = filled(&db, "one-shop").await;
    let schema = schema(&db).await;
    let bots = schema
        .tables
        .iter()
        .find(|table| table.name == "bots")
        .unwrap();
    let good = rows(&db, scope).await["bots"][0].clone();
    sql(&db, "DELETE FROM bots").await.unwrap();
    let cases: [(&str, Value); 4] = [
        ("colour", json!("red")),
        ("version", json!("one")),
        ("updated_at", json!("yesterday")),
        ("settings", json!(1)),
    ];
    for (column, value) in cases {
        let mut bad = good.clone();
        bad.insert(column.into(), value);
        let added = write(&db, scope, async |tx| {
            archive::insert(tx, bots, vec![bad]).await
        })
        .await;
        assert!(
            matches!(added, Err(Error::Corrupt { .. })),
            "{column}: {added:?}"
        );
    }
    write(&db, scope, async |tx| {
        archive::insert(tx, bots, vec![good]).await
    })
    .await
    .unwrap();
}

async fn pages_are_complete(db: Database) {
    let scope = filled(&db, "one-shop").await;
    let other = filled(&db, "two-shop").await;
    write(&db, scope, async |tx| {
        for n in 0..1_203 {
            wafaa_storage::ledger::set_barrier(tx, &format!("barrier {n}"), 1).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let all = rows(&db, scope).await;
    let mut keys: Vec<_> = all["job_barriers"]
        .iter()
        .map(|row| row["key"].to_string())
        .collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 1_204);
    assert_eq!(rows(&db, other).await["job_barriers"].len(), 1);
}

async fn a_snapshot_does_not_change(db: Database) {
    let scope = filled(&db, "one-shop").await;
    let tables = schema(&db).await.tables;
    let bots = tables.iter().find(|table| table.name == "bots").unwrap();
    let tx = db.snapshot(scope).await.unwrap();
    let before = archive::page(&tx, bots, None).await.unwrap();
    sql(&db, "UPDATE bots SET version = 77").await.unwrap();
    assert_eq!(archive::page(&tx, bots, None).await.unwrap(), before);
    drop(tx);
    assert_eq!(rows(&db, scope).await["bots"][0]["version"], 77);
}

/// Whatever looks like a secret by its name is left out of exports, or named here as harmless.
#[tokio::test]
async fn no_secret_is_exported() {
    let (_directory, db) = fresh().await;
    let harmless = [
        ("chunks", "content_hash"),
        ("documents", "sha256"),
        ("inbound_events", "sha256"),
        ("source_pages", "content_hash"),
        ("golden_questions", "sha256"),
        ("channels", "token_expires_at"),
        // It stands in the tenant's own web page.
        ("channels", "public_token"),
        ("channels", "secret_names"),
    ];
    let mut secrets = 0;
    for table in schema(&db).await.tables {
        if !archive::is_exported(&table.name) {
            continue;
        }
        for column in &table.columns {
            let told = ["hash", "secret", "password", "token", "sha256", "sealed"];
            let looks_secret =
                column.kind != Kind::Integer && told.iter().any(|word| column.name.contains(word));
            if !looks_secret || harmless.contains(&(table.name.as_str(), column.name.as_str())) {
                continue;
            }
            let row = Row::from_iter([(column.name.clone(), json!("x"))]);
            let exported = archive::without_secrets(&table.name, row);
            assert!(
                exported.is_empty(),
                "{} of {} is exported",
                column.name,
                table.name
            );
            secrets += 1;
        }
    }
    assert!(secrets >= 4);
}
