//! PostgreSQL's own wall between tenants, tried past every function: raw statements in a transaction that has
//! named a tenant, or nobody.

use sea_orm::{
    ConnectionTrait as _, DatabaseBackend, DatabaseTransaction, Statement, TransactionTrait as _,
};
use wafaa_domain::TenantScope;
use wafaa_storage::{
    Database, refresh_token,
    role::{self, Flaw},
};

use crate::{
    database::{is_postgres, on_each_database, owner, system, texts, write},
    tenancy::{Home, home},
};

on_each_database!(
    every_table_of_tenants_is_behind_the_wall,
    a_tenant_sees_and_changes_its_own_rows_only,
    who_names_nobody_sees_nothing,
    a_role_that_could_climb_it_is_found_out,
);

/// Tables without a tenant: the list of steps, who is at work, and until when jobs are added up.
const OPEN: [&str; 3] = ["seaql_migrations", "workers", "job_totals_mark"];

/// Every table behind the wall.
async fn tables(db: &Database) -> Vec<String> {
    let all = "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace \
               AND relkind IN ('r', 'p') ORDER BY 1";
    let mut all = texts(db.connection(), all).await;
    all.retain(|table| !OPEN.contains(&table.as_str()));
    all
}

async fn every_table_of_tenants_is_behind_the_wall(db: Database) {
    if !is_postgres(&db) {
        return;
    }
    let walled = "SELECT c.relname::text FROM pg_class c JOIN pg_policies p ON p.tablename = c.relname \
                  WHERE c.relrowsecurity AND c.relforcerowsecurity AND p.cmd = 'ALL' AND p.qual = p.with_check \
                  ORDER BY 1";
    let tables = tables(&db).await;
    assert!(tables.len() >= 12, "{tables:?}");
    assert_eq!(texts(db.connection(), walled).await, tables);
    let of_tenants = "SELECT table_name::text FROM information_schema.columns \
                      WHERE table_schema = 'public' AND column_name = 'tenant_id'";
    for table in texts(db.connection(), of_tenants).await {
        assert!(tables.contains(&table), "{table} has a tenant but no wall");
    }
}

/// A transaction that has told PostgreSQL only this.
async fn named(db: &Database, scope: &str, tenant: &str) -> DatabaseTransaction {
    let tx = db.connection().begin().await.unwrap();
    let sql = format!(
        "SELECT set_config('app.scope', '{scope}', true), \
         set_config('app.current_tenant_id', '{tenant}', true)"
    );
    tx.execute_unprepared(&sql).await.unwrap();
    tx
}

async fn number(tx: &DatabaseTransaction, sql: &str) -> i64 {
    let statement = Statement::from_string(DatabaseBackend::Postgres, sql);
    let row = tx.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

/// The column that says whose a row is; none: the system's alone.
fn whose(table: &str) -> Option<&'static str> {
    match table {
        "tenants" => Some("id"),
        "refresh_tokens" | "erasures" => None,
        _ => Some("tenant_id"),
    }
}

async fn a_tenant_sees_and_changes_its_own_rows_only(db: Database) {
    if !is_postgres(&db) {
        return;
    }
    let (one, two): (Home, Home) = (home(&db, "one-shop").await, home(&db, "two-shop").await);
    write(&db, system(), async |tx| {
        refresh_token::issue(tx, one.member, b"session", None).await
    })
    .await
    .unwrap();
    let aside = named(&db, "system", "").await;
    let erased = "INSERT INTO erasures (id, tenant, started_at, receipt) \
                  VALUES (gen_random_uuid(), gen_random_uuid(), now(), '{}')";
    aside.execute_unprepared(erased).await.unwrap();
    aside.commit().await.unwrap();
    let own = |scope: &TenantScope| scope.tenant().uuid().to_string();
    let (mine, theirs) = (own(&one.scope), own(&two.scope));
    for table in tables(&db).await {
        let all = format!("SELECT count(*) FROM {table}");
        let Some(column) = whose(&table) else {
            let aside = named(&db, "system", "").await;
            assert!(number(&aside, &all).await > 0, "{table} is not tried");
            let tx = named(&db, "tenant", &mine).await;
            assert_eq!(number(&tx, &all).await, 0, "{table} shows a tenant rows");
            continue;
        };
        let foreign = format!("SELECT count(*) FROM {table} WHERE {column} = '{theirs}'");
        let system = named(&db, "system", "").await;
        let (everything, of_theirs) =
            (number(&system, &all).await, number(&system, &foreign).await);
        system.rollback().await.unwrap();
        assert!(
            of_theirs > 0 && everything > of_theirs,
            "{table} is not tried: {of_theirs} of {everything}"
        );

        let tx = named(&db, "tenant", &mine).await;
        assert_eq!(
            number(&tx, &foreign).await,
            0,
            "{table} shows rows of another tenant"
        );
        assert!(
            number(&tx, &all).await > 0,
            "{table} hides a tenant's own rows"
        );
        if table != "audit_log" {
            for change in [
                format!("DELETE FROM {table} WHERE {column} = '{theirs}'"),
                format!("UPDATE {table} SET {column} = {column} WHERE {column} = '{theirs}'"),
            ] {
                let changed = tx
                    .execute_unprepared(&change)
                    .await
                    .unwrap()
                    .rows_affected();
                assert_eq!(changed, 0, "{change}");
            }
        }
        let refused = if table == "tenants" {
            format!("UPDATE {table} SET id = '{theirs}'")
        } else if table == "audit_log" {
            format!(
                "INSERT INTO audit_log (id, tenant_id, actor, action, detail, at) \
                     SELECT gen_random_uuid(), '{theirs}', actor, action, detail, at FROM audit_log"
            )
        } else {
            format!("UPDATE {table} SET {column} = '{theirs}'")
        };
        let error = tx
            .execute_unprepared(&refused)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("row-level security"), "{refused}: {error}");
    }
}

async fn who_names_nobody_sees_nothing(db: Database) {
    if !is_postgres(&db) {
        return;
    }
    home(&db, "one-shop").await;
    for (scope, tenant) in [("", ""), ("tenant", ""), ("everything", "")] {
        for table in tables(&db).await {
            let tx = named(&db, scope, tenant).await;
            let rows = number(&tx, &format!("SELECT count(*) FROM {table}")).await;
            assert_eq!(rows, 0, "{table} in scope `{scope}`");
        }
    }
    for table in tables(&db).await {
        let rows = texts(
            db.connection(),
            &format!("SELECT count(*)::text FROM {table}"),
        )
        .await;
        assert_eq!(rows, ["0"], "{table} outside of a transaction");
    }
}

async fn a_role_that_could_climb_it_is_found_out(db: Database) {
    if !is_postgres(&db) {
        assert_eq!(role::flaws(&db).await.unwrap(), None);
        return;
    }
    let flaws = async |db: &Database| role::flaws(db).await.unwrap().unwrap().1;
    assert_eq!(flaws(&db).await, []);
    let superuser = owner(&db).await;
    assert_eq!(flaws(&superuser).await, [Flaw::Superuser]);
    let name = format!("climber_{}", uuid::Uuid::now_v7().simple());
    let server = superuser.connection();
    let make = format!("CREATE ROLE {name} LOGIN BYPASSRLS PASSWORD 'app'");
    server.execute_unprepared(&make).await.unwrap();
    let own = format!("ALTER TABLE bots OWNER TO {name}");
    server.execute_unprepared(&own).await.unwrap();
    let url = std::env::var("WAFAA_TEST_POSTGRES_URL").unwrap();
    let (_, host) = url.rsplit_once('@').unwrap();
    let (host, _) = host.rsplit_once('/').unwrap();
    let database = texts(server, "SELECT current_database()::text").await;
    let url = format!("postgres://{name}:app@{host}/{}", database[0]);
    let climber = Database::open(&url).await.unwrap();
    assert_eq!(
        flaws(&climber).await,
        [Flaw::BypassesPolicies, Flaw::OwnsTables]
    );
    climber.close().await.unwrap();
    for clean in [
        "ALTER TABLE bots OWNER TO CURRENT_USER".to_owned(),
        format!("DROP OWNED BY {name}"),
        format!("DROP ROLE {name}"),
    ] {
        server.execute_unprepared(&clean).await.unwrap();
    }
}
