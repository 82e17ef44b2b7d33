//! Erasing a tenant's rows: all of them, nobody else's, and the receipt of it.

use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use serde_json::json;
use uuid::Uuid;
use wafaa_storage::{Database, audit, document, erasure, ledger, tenant as tenants};

use crate::{
    archive::{erase, rows, schema},
    database::{
        assert_fails, is_postgres, new_document, on_each_database, owner, read, sql, system, texts,
        write,
    },
    tenancy::{everything, home},
};

on_each_database!(
    nothing_is_left_of_one_and_nothing_gone_of_the_other,
    the_log_goes_only_with_its_tenant,
    who_still_works_for_it_changes_nothing,
    a_receipt_is_kept_once,
);

/// Rows with this id in this column, past the functions under test.
async fn count(db: &Database, table: &str, column: &str, id: Uuid) -> usize {
    let condition = if is_postgres(db) {
        format!("{column} = '{id}'")
    } else {
        format!("hex({column}) = '{:X}'", id.simple())
    };
    let sql = format!("SELECT '1' FROM {table} WHERE {condition}");
    texts(owner(db).await.connection(), &sql).await.len()
}

async fn nothing_is_left_of_one_and_nothing_gone_of_the_other(db: Database) {
    let other = home(&db, "two-shop").await;
    let (theirs, log) = (everything(&db).await, rows(&db, other.scope).await);
    let one = home(&db, "one-shop").await;
    let before = rows(&db, one.scope).await;
    let (_, deleted) = erase(&db, one.scope).await;
    // What is counted is what was there; finished jobs are not copied, so those are counted only.
    for (table, found) in before.iter().filter(|(table, _)| *table != "jobs") {
        assert_eq!(deleted.rows[table], found.len() as u64, "{table}");
    }
    assert_eq!(deleted.rows["jobs"], 3);
    assert_eq!(deleted.running.len(), 1);
    assert_eq!(deleted.running[0].job, one.run.job);
    assert_eq!(everything(&db).await, theirs);
    assert_eq!(rows(&db, other.scope).await, log);
    for (table, found) in rows(&db, one.scope).await {
        assert!(found.is_empty(), "{table}: {found:?}");
    }
    for table in schema(&db).await.tables {
        let owner = if table.name == "tenants" {
            "id"
        } else {
            "tenant_id"
        };
        if table.columns.iter().any(|column| column.name == owner) && table.name != "erasures" {
            let (gone, there) = (one.scope.tenant(), other.scope.tenant());
            assert_eq!(
                count(&db, &table.name, owner, gone.uuid()).await,
                0,
                "{}",
                table.name
            );
            assert!(
                count(&db, &table.name, owner, there.uuid()).await > 0,
                "{}",
                table.name
            );
        }
    }
}

async fn the_log_goes_only_with_its_tenant(db: Database) {
    let (one, two) = (home(&db, "one-shop").await, home(&db, "two-shop").await);
    let refused = async |what: &str| {
        let error = sql(&db, what).await.unwrap_err().to_string();
        assert!(error.contains("append-only"), "{what}: {error}");
    };
    refused("DELETE FROM audit_log").await;
    erase(&db, one.scope).await;
    // The erasure is still open: what is another's, or the platform's, stays all the same.
    write(&db, system(), async |tx| {
        audit::note_system(tx, &"x", "tenant.created", None, json!({})).await
    })
    .await
    .unwrap();
    refused("DELETE FROM audit_log WHERE tenant_id IS NULL").await;
    refused("DELETE FROM audit_log").await;
    refused("UPDATE audit_log SET actor = 'nobody'").await;
    if is_postgres(&db) {
        // No tenant sees erasures, so none can have its own log erased.
        write(&db, one.scope, async |tx| {
            audit::note(tx, "bot.updated", None, json!({})).await
        })
        .await
        .unwrap();
        let tx = db.connection().begin().await.unwrap();
        let name = format!(
            "SELECT set_config('app.scope', 'tenant', true), set_config('app.current_tenant_id', '{}', true)",
            one.scope.tenant().uuid()
        );
        tx.execute_unprepared(&name).await.unwrap();
        let log = tx.execute_unprepared("DELETE FROM audit_log").await;
        assert!(log.unwrap_err().to_string().contains("append-only"));
    }
    // A tenant that is gone without an erasure leaves its log.
    sql(&db, "DELETE FROM tenants").await.unwrap();
    refused("DELETE FROM audit_log").await;
    let log = read(&db, two.scope, async |tx| audit::list(tx, None, 9).await).await;
    assert_eq!(log.unwrap().rows.len(), 1);
}

async fn who_still_works_for_it_changes_nothing(db: Database) {
    let one = home(&db, "one-shop").await;
    erase(&db, one.scope).await;
    write(&db, one.scope, async |tx| {
        assert_fails!(ledger::succeed(tx, one.run).await, Stale);
        assert_fails!(ledger::bury(tx, one.run, "late").await, Stale);
        assert_fails!(document::publish(tx, one.document, 1).await, Stale);
        Ok(())
    })
    .await
    .unwrap();
    let added = write(&db, one.scope, async |tx| {
        document::create(tx, new_document(9)).await
    });
    assert!(added.await.is_err(), "there is no tenant to refer to");
}

async fn a_receipt_is_kept_once(db: Database) {
    let one = home(&db, "one-shop").await;
    let tenant = one.scope.tenant();
    let of = async || read(&db, system(), async |tx| erasure::of(tx, tenant).await).await;
    assert_fails!(of().await, NotFound);
    let (mut open, deleted) = erase(&db, one.scope).await;
    let unfinished = read(&db, system(), async |tx| erasure::unfinished(tx).await).await;
    assert_eq!(unfinished.unwrap().len(), 1);
    let lately = read(&db, system(), async |tx| erasure::lately(tx).await).await;
    assert_eq!(lately.unwrap(), [tenant]);
    open.receipt.rows = deleted.rows;
    write(&db, system(), async |tx| erasure::note(tx, &open).await)
        .await
        .unwrap();
    assert_eq!(of().await.unwrap().receipt, open.receipt);
    open.receipt.finish();
    write(&db, system(), async |tx| {
        erasure::close(tx, &open).await?;
        assert_fails!(erasure::close(tx, &open).await, Stale);
        assert!(erasure::unfinished(tx).await?.is_empty());
        assert_fails!(tenants::get(tx, tenant).await, NotFound);
        Ok(())
    })
    .await
    .unwrap();
    let kept = of().await.unwrap().receipt;
    assert!(kept.is_genuine() && kept == open.receipt);
    // Nothing in the receipt says who anybody was.
    let text = serde_json::to_string(&kept).unwrap();
    assert!(
        !text.contains('@') && !text.contains("Document 1"),
        "{text}"
    );
}
