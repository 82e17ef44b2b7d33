//! Tenants, people and documents that tests begin with.

use std::sync::LazyLock;

use serde_json::json;
use wafaa_domain::{
    Actor, ChunkId, DocumentId, Email, JobId, MemberId, Role, Slug, SourceId, SystemScope,
    TenantScope,
};
use wafaa_jobs::kind::{Enqueue as _, Erase};
use wafaa_pipelines::knowledge::{analyse::terms, embed::Passage as Words};
use wafaa_storage::{
    chunk::{self, Chunk},
    document::{self, NewDocument},
    ledger, member,
    password::{self, Hashed},
    source::{self, NewSource, Reach, Refresh},
    tenant::{self, Limits},
    vector::{Passage, Sentence, Space},
};

use crate::{TestApp, app::Answer};

pub(crate) const PASSWORD: &str = "correct horse battery";
static HASHED: LazyLock<Hashed> = LazyLock::new(|| password::hash(PASSWORD).unwrap());

/// A tenant with its owner signed in.
pub(crate) struct Home {
    pub(crate) slug: String,
    pub(crate) scope: TenantScope,
    pub(crate) owner: MemberId,
    /// The owner's access token.
    pub(crate) token: String,
}

impl TestApp {
    pub(crate) async fn home(&self, slug: &str) -> Home {
        self.home_with(slug, Limits::default()).await
    }

    pub(crate) async fn home_with(&self, slug: &str, limits: Limits) -> Home {
        let tx = self
            .db()
            .write(SystemScope::new("a test makes its tenant"))
            .await
            .unwrap();
        let parsed: Slug = slug.parse().unwrap();
        let made = tenant::create(&tx, &parsed, "Test", false, limits)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let scope = TenantScope::authenticated(made.id, Actor::CommandLine);
        let owner = self
            .member(&scope, &format!("owner@{slug}.example"), Role::Owner)
            .await;
        let token = self.sign_in(&format!("owner@{slug}.example"), None).await;
        Home {
            slug: slug.to_owned(),
            scope,
            owner,
            token,
        }
    }

    pub(crate) async fn member(&self, scope: &TenantScope, email: &str, role: Role) -> MemberId {
        let email: Email = email.parse().unwrap();
        let tx = self.db().write(*scope).await.unwrap();
        let made = member::create(&tx, &email, HASHED.clone(), role)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        made.id
    }

    /// An access token of a new member with this role.
    pub(crate) async fn token_of(&self, home: &Home, role: Role) -> String {
        let email = format!(
            "{}-{}@{}.example",
            role.as_str(),
            MemberId::new(),
            home.slug
        );
        self.member(&home.scope, &email, role).await;
        self.sign_in(&email, None).await
    }

    /// An access token of a platform operator.
    pub(crate) async fn operator(&self) -> String {
        let email: Email = "operator@wafaa.example".parse().unwrap();
        let tx = self
            .db()
            .write(SystemScope::new("a test makes its operator"))
            .await
            .unwrap();
        member::create_operator(&tx, &email, HASHED.clone())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.sign_in("operator@wafaa.example", None).await
    }

    pub(crate) async fn login(&self, email: &str, password: &str, tenant: Option<&str>) -> Answer {
        let mut body = json!({ "email": email, "password": password });
        if let Some(tenant) = tenant {
            body["tenant"] = tenant.into();
        }
        Answer::of(
            self.request(reqwest::Method::POST, "/api/v1/auth/login")
                .json(&body),
        )
        .await
    }

    async fn sign_in(&self, email: &str, tenant: Option<&str>) -> String {
        let tokens = self.login(email, PASSWORD, tenant).await.json(200);
        tokens["access_token"].as_str().unwrap().to_owned()
    }

    /// A document that answers, with one passage.
    pub(crate) async fn document(
        &self,
        scope: &TenantScope,
        title: &str,
        text: &str,
    ) -> DocumentId {
        let id = DocumentId::new();
        let mut sha256 = [0; 32];
        sha256[..16].copy_from_slice(id.uuid().as_bytes());
        let sentence = 0..u32::try_from(text.len()).unwrap();
        let passage = Chunk {
            id: ChunkId::new(),
            ordinal: 0,
            page: Some(1),
            heading: vec![title.to_owned()],
            text: text.to_owned(),
            language: "en".into(),
            span: 0..text.len() as u64,
            tokens: 10,
            sentences: vec![sentence],
            content_hash: sha256,
        };
        let tx = self.db().write(*scope).await.unwrap();
        let new = NewDocument {
            id,
            title: title.to_owned(),
            filename: format!("{title}.txt"),
            language: Some("en".into()),
            bytes: text.len() as u64,
            sha256,
        };
        document::create(&tx, new).await.unwrap();
        chunk::replace(&tx, id, 1, std::slice::from_ref(&passage))
            .await
            .unwrap();
        document::publish(&tx, id, 1).await.unwrap();
        tx.commit().await.unwrap();
        self.index(scope, id, passage).await;
        id
    }

    async fn index(&self, scope: &TenantScope, document: DocumentId, chunk: Chunk) {
        let embedder = &self.services.embedder;
        let words = Words {
            heading: chunk.heading.join(" › "),
            text: chunk.text.clone(),
            sentences: chunk.sentences.clone(),
        };
        let embedded = embedder
            .embed_passages(std::slice::from_ref(&words))
            .await
            .unwrap()
            .remove(0);
        let sentences = chunk
            .sentences
            .iter()
            .zip(embedded.sentences)
            .map(|(range, vector)| Sentence {
                start: range.start,
                end: range.end,
                vector,
            });
        let passage = Passage {
            id: chunk.id,
            document,
            version: 1,
            ordinal: chunk.ordinal,
            page: chunk.page,
            terms: terms(&format!("{} {}", words.heading, chunk.text), "en"),
            heading: words.heading,
            text: chunk.text,
            language: "en".into(),
            vector: embedded.vector,
            sentences: sentences.collect(),
        };
        let space = Space {
            embedder: embedder.id().to_owned(),
            dimension: embedder.dimension(),
        };
        self.services
            .vectors
            .replace(scope, &space, document, vec![passage])
            .await
            .unwrap();
    }

    /// A source whose crawl is about to begin, and never does.
    pub(crate) async fn source(&self, scope: &TenantScope, url: &str) -> SourceId {
        let new = NewSource {
            url: url.to_owned(),
            reach: Reach {
                depth: 1,
                include: Vec::new(),
                exclude: Vec::new(),
                max_pages: 10,
            },
            refresh: Refresh {
                cron: None,
                timezone: "UTC".into(),
            },
        };
        let tx = self.db().write(*scope).await.unwrap();
        let made = source::create(&tx, new).await.unwrap();
        tx.commit().await.unwrap();
        made.id
    }

    /// A job that has come to its end.
    pub(crate) async fn dead_job(&self, scope: &TenantScope) -> JobId {
        let tx = self.db().write(*scope).await.unwrap();
        let later = ledger::NewJob {
            run_at: Some(chrono::Utc::now() + chrono::TimeDelta::days(1)),
            ..Erase {
                document: DocumentId::new(),
            }
            .job()
            .unwrap()
        };
        let id = ledger::enqueue(&tx, &later).await.unwrap();
        ledger::cancel(&tx, id).await.unwrap();
        tx.commit().await.unwrap();
        id
    }
}
