//! Tenants, members, API keys and the audit log.

use serde_json::json;
use wafaa_domain::{Actor, Email, Role, Slug, TenantId, TenantScope};
use wafaa_storage::{
    Database, api_key, audit, member,
    password::{self, Hashed},
    tenant::{self, Limits},
};

use crate::database::{
    assert_fails, is_postgres, on_each_database, read, sql, system, tenant, write,
};

on_each_database!(
    tenants_are_added_found_and_changed,
    a_tenant_and_its_owner_come_together_or_not_at_all,
    members_come_change_and_go,
    an_address_may_belong_to_several_tenants_and_an_operator,
    api_keys_work_until_they_are_revoked,
    the_audit_log_is_read_newest_first,
    the_audit_log_refuses_changes_and_deletions,
);

pub(crate) fn email(text: &str) -> Email {
    text.parse().unwrap()
}

pub(crate) fn hashed(password: &str) -> Hashed {
    password::hash(password).unwrap()
}

pub(crate) async fn add(db: &Database, scope: TenantScope, address: &str) -> member::Member {
    let (address, password) = (email(address), hashed("a good password"));
    write(db, scope, async |tx| {
        member::create(tx, &address, password, Role::Agent).await
    })
    .await
    .unwrap()
}

async fn tenants_are_added_found_and_changed(db: Database) {
    let mut scopes = Vec::new();
    for slug in ["bayt-falafel", "souk", "harbour"] {
        scopes.push(tenant(&db, slug).await);
    }
    let (souk, slug): (TenantId, Slug) = (scopes[1].tenant(), "souk".parse().unwrap());
    let again = write(&db, system(), async |tx| {
        tenant::create(tx, &slug, "Another", false, Limits::default()).await
    });
    assert_fails!(again.await, AlreadyExists);

    let limits = Limits {
        uploads_per_minute: 3,
        ..Limits::default()
    };
    write(&db, system(), async |tx| {
        assert_fails!(
            tenant::update(tx, TenantId::new(), "None", limits).await,
            NotFound
        );
        tenant::update(tx, souk, "The Souk", limits).await
    })
    .await
    .unwrap();
    read(&db, system(), async |tx| {
        let found = tenant::by_slug(tx, &slug).await?;
        assert_eq!(
            (found.id, found.name.as_str(), found.limits),
            (souk, "The Souk", limits)
        );
        assert_eq!(tenant::get(tx, souk).await?.slug, slug);
        let other = tenant::get(tx, scopes[0].tenant()).await?;
        assert_eq!(
            (other.name.as_str(), other.limits),
            ("A tenant", Limits::default())
        );
        assert_fails!(
            tenant::by_slug(tx, &"nobody".parse().unwrap()).await,
            NotFound
        );
        let first = tenant::list(tx, None, 2).await?;
        let ids: Vec<_> = first.rows.iter().map(|tenant| tenant.id).collect();
        assert_eq!(
            (ids, first.more),
            (vec![scopes[0].tenant(), scopes[1].tenant()], true)
        );
        let rest = tenant::list(tx, Some(souk), 2).await?;
        assert_eq!(rest.rows[0].id, scopes[2].tenant());
        assert!(rest.rows.len() == 1 && !rest.more);
        Ok(())
    })
    .await
    .unwrap();
    let own = read(&db, scopes[2], async |tx| tenant::own(tx).await).await;
    assert_eq!(own.unwrap().id, scopes[2].tenant());
}

async fn a_tenant_and_its_owner_come_together_or_not_at_all(db: Database) {
    let slug: Slug = "bayt-falafel".parse().unwrap();
    for whole in [false, true] {
        let tx = db.write(system()).await.unwrap();
        let made = tenant::create(&tx, &slug, "Bayt", false, Limits::default())
            .await
            .unwrap();
        let tx = tx.narrow(made.id, Actor::CommandLine).await.unwrap();
        assert_eq!(tx.tenant(), made.id);
        let address = email("owner@bayt.example");
        let owner = member::create(&tx, &address, hashed("a good password"), Role::Owner)
            .await
            .unwrap();
        let tx = tx.widen(system()).await.unwrap();
        assert_eq!(tenant::list(&tx, None, 9).await.unwrap().rows.len(), 1);
        if whole {
            tx.commit().await.unwrap();
        } else {
            drop(tx);
        }
        read(&db, system(), async |tx| {
            assert_eq!(tenant::get(tx, made.id).await.is_ok(), whole);
            assert_eq!(member::account(tx, owner.id).await.is_ok(), whole);
            Ok(())
        })
        .await
        .unwrap();
    }
}

async fn members_come_change_and_go(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let (cook, waiter) = (
        add(&db, scope, "cook@bayt.example").await,
        add(&db, scope, "waiter@bayt.example").await,
    );
    let again = write(&db, scope, async |tx| {
        member::create(tx, &cook.email, hashed("a good password"), Role::Owner).await
    });
    assert_fails!(again.await, AlreadyExists);

    write(&db, scope, async |tx| {
        assert_eq!(member::owners(tx).await?, 0);
        member::set_role(tx, cook.id, Role::Owner).await?;
        member::set_password(tx, cook.id, hashed("a better password")).await?;
        assert_eq!(member::owners(tx).await?, 1);
        assert_eq!(member::get(tx, cook.id).await?.role, Role::Owner);
        assert_eq!(member::get(tx, waiter.id).await?.role, Role::Agent);
        let first = member::list(tx, None, 1).await?;
        assert!(first.rows[0].id == cook.id && first.more);
        let rest = member::list(tx, Some(cook.id), 1).await?;
        assert!(rest.rows[0].id == waiter.id && !rest.more);
        Ok(())
    })
    .await
    .unwrap();
    let accounts = read(&db, system(), async |tx| {
        Ok((
            member::account(tx, cook.id).await?,
            member::account(tx, waiter.id).await?,
        ))
    });
    let (of_cook, of_waiter) = accounts.await.unwrap();
    assert_eq!(of_cook.membership, Some((scope.tenant(), Role::Owner)));
    assert!(password::verify(
        "a better password",
        Some(&of_cook.password)
    ));
    assert!(!password::verify(
        "a better password",
        Some(&of_waiter.password)
    ));

    write(&db, scope, async |tx| member::remove(tx, cook.id).await)
        .await
        .unwrap();
    read(&db, scope, async |tx| {
        assert_fails!(member::get(tx, cook.id).await, NotFound);
        assert_eq!(member::list(tx, None, 9).await?.rows.len(), 1);
        Ok(())
    })
    .await
    .unwrap();
    let removed = write(&db, scope, async |tx| member::remove(tx, cook.id).await);
    assert_fails!(removed.await, NotFound);
}

async fn an_address_may_belong_to_several_tenants_and_an_operator(db: Database) {
    let (one, two) = (tenant(&db, "one-shop").await, tenant(&db, "two-shop").await);
    let mut expected = vec![None];
    for scope in [one, two] {
        add(&db, scope, "maha@example.com").await;
        expected.push(Some((scope.tenant(), Role::Agent)));
    }
    let maha = email("maha@example.com");
    let operator = write(&db, system(), async |tx| {
        member::create_operator(tx, &maha, hashed("a good password")).await
    });
    let operator = operator.await.unwrap();
    let again = write(&db, system(), async |tx| {
        member::create_operator(tx, &maha, hashed("a good password")).await
    });
    assert_fails!(again.await, AlreadyExists);
    let accounts = read(&db, system(), async |tx| member::accounts(tx, &maha).await);
    let accounts = accounts.await.unwrap();
    assert_eq!(accounts[0].id, operator, "operators come first");
    let memberships: Vec<_> = accounts.iter().map(|account| account.membership).collect();
    assert_eq!(memberships, expected);
}

async fn api_keys_work_until_they_are_revoked(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    let key = write(&db, scope, async |tx| {
        let key = api_key::create(tx, "till", Role::Agent, b"first", "wxyz").await?;
        api_key::create(tx, "door", Role::Viewer, b"second", "abcd").await?;
        Ok(key)
    });
    let key = key.await.unwrap();
    let twin = write(&db, scope, async |tx| {
        api_key::create(tx, "twin", Role::Agent, b"first", "wxyz").await
    });
    assert_fails!(twin.await, AlreadyExists);

    write(&db, system(), async |tx| {
        let (bearer, worth_noting) = api_key::by_hash(tx, b"first").await?;
        assert_eq!(
            (bearer.id, bearer.tenant, bearer.role),
            (key.id, scope.tenant(), Role::Agent)
        );
        assert!(worth_noting, "it was never used");
        api_key::note_use(tx, key.id).await?;
        assert!(!api_key::by_hash(tx, b"first").await?.1, "just noted");
        assert_fails!(api_key::by_hash(tx, b"third").await, NotFound);
        Ok(())
    })
    .await
    .unwrap();
    write(&db, scope, async |tx| {
        let first = api_key::list(tx, None, 1).await?;
        assert_eq!(
            (first.rows[0].name.as_str(), first.rows[0].hint.as_str()),
            ("till", "wxyz")
        );
        assert!(first.rows[0].last_used_at.is_some() && first.more);
        let rest = api_key::list(tx, Some(key.id), 1).await?;
        assert!(rest.rows[0].last_used_at.is_none() && !rest.more);
        api_key::revoke(tx, key.id).await?;
        assert_fails!(api_key::revoke(tx, key.id).await, NotFound);
        assert_eq!(api_key::list(tx, None, 9).await?.rows.len(), 1);
        Ok(())
    })
    .await
    .unwrap();
    read(&db, system(), async |tx| {
        assert_fails!(api_key::by_hash(tx, b"first").await, NotFound);
        assert_eq!(api_key::by_hash(tx, b"second").await?.0.role, Role::Viewer);
        Ok(())
    })
    .await
    .unwrap();
}

async fn the_audit_log_is_read_newest_first(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    write(&db, scope, async |tx| {
        audit::note(tx, "bot.updated", None, json!({})).await?;
        audit::note(tx, "member.removed", Some(&"mem_1"), json!({ "n": 1 })).await
    })
    .await
    .unwrap();
    write(&db, system(), async |tx| {
        audit::note_system(
            tx,
            &Actor::CommandLine,
            "tenant.created",
            Some(&scope.tenant()),
            json!({}),
        )
        .await
    })
    .await
    .unwrap();
    read(&db, scope, async |tx| {
        let newest = audit::list(tx, None, 1).await?;
        let entry = &newest.rows[0];
        assert_eq!(
            (
                entry.actor.as_str(),
                entry.action.as_str(),
                entry.target.as_deref()
            ),
            ("command_line", "member.removed", Some("mem_1"))
        );
        assert!(entry.detail == json!({ "n": 1 }) && newest.more);
        let older = audit::list(tx, Some(entry.id), 9).await?;
        assert_eq!(older.rows[0].action, "bot.updated");
        assert!(
            older.rows.len() == 1 && !older.more,
            "what was done across tenants is not the tenant's to read"
        );
        Ok(())
    })
    .await
    .unwrap();
}

async fn the_audit_log_refuses_changes_and_deletions(db: Database) {
    let scope = tenant(&db, "bayt-falafel").await;
    write(&db, scope, async |tx| {
        audit::note(tx, "bot.updated", None, json!({})).await
    })
    .await
    .unwrap();
    let mut attempts = vec![
        "UPDATE audit_log SET actor = 'nobody'",
        "DELETE FROM audit_log",
    ];
    if is_postgres(&db) {
        attempts.push("TRUNCATE audit_log");
    }
    for attempt in attempts {
        let refused = sql(&db, attempt).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{attempt}: {refused}");
    }
    let log = read(&db, scope, async |tx| audit::list(tx, None, 9).await).await;
    assert_eq!(log.unwrap().rows[0].actor, "command_line");
}
