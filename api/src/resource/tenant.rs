//! `/api/v1/tenants`: the businesses on this platform. For operators; to anybody else no tenant but their own
//! exists.

mod receipt;

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use serde_json::json;
use wafaa_domain::{Actor, Email, Role, Slug, SystemScope, TenantId, TenantScope};
use wafaa_storage::{
    Error as StorageError, Tx, audit, member,
    password::Hashed,
    tenant::{self, Limits as Allowed},
};

use self::receipt::Receipt;
use super::{Created, Tag};
use crate::{
    auth::{Auth, Caller, DEMO_PASSWORD, Operator},
    body::Body,
    error::{Error, Result},
    idempotency::Once,
    page::{self, List},
    param::Id,
    state::State,
};

/// A business that uses Wafaa.
#[derive(Object)]
struct Tenant {
    id: String,
    /// Its short name in URLs and on the command line.
    slug: String,
    name: String,
    /// Whether it holds demonstration data, with a password everybody knows.
    demo: bool,
    limits: Limits,
    created_at: String,
}

/// What a tenant may use.
#[derive(Object)]
struct Limits {
    /// API requests a minute.
    #[oai(validator(minimum(value = "1"), maximum(value = "10000000")))]
    requests_per_minute: Option<u32>,
    /// Searches and questions a minute.
    #[oai(validator(minimum(value = "1"), maximum(value = "10000000")))]
    questions_per_minute: Option<u32>,
    /// Uploads a minute.
    #[oai(validator(minimum(value = "1"), maximum(value = "10000000")))]
    uploads_per_minute: Option<u32>,
    /// Messages from customers a minute, by all channels together.
    #[oai(validator(minimum(value = "1"), maximum(value = "10000000")))]
    messages_per_minute: Option<u32>,
    /// Tokens that a chat model reads and writes a day. Answers quoted without a model need none.
    #[oai(validator(minimum(value = "1"), maximum(value = "4000000000")))]
    llm_tokens_per_day: Option<u32>,
    /// Tokens of passages embedded a minute; documents beyond wait.
    #[oai(validator(minimum(value = "1"), maximum(value = "4000000000")))]
    embedding_tokens_per_minute: Option<u32>,
    /// What one member or API key may use of each of these rates, in percent.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    caller_percent: Option<u32>,
    /// Bytes kept: of documents, each in its newest version, and of files that came with messages.
    #[oai(validator(minimum(value = "1"), maximum(value = "9007199254740991")))]
    storage_bytes: Option<u64>,
}

#[derive(Object)]
struct NewTenant {
    /// 2 to 40 of `a-z`, `0-9` and inner hyphens.
    #[oai(validator(min_length = 2, max_length = 40))]
    slug: String,
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    /// Its first member, who owns it.
    admin: FirstOwner,
    /// Those that aren't given have their defaults.
    limits: Option<Limits>,
}

#[derive(Object)]
struct FirstOwner {
    #[oai(validator(max_length = 254))]
    email: String,
    #[oai(validator(min_length = 10, max_length = 200))]
    password: String,
}

#[derive(Object)]
struct TenantChange {
    #[oai(validator(min_length = 1, max_length = 200))]
    name: Option<String>,
    limits: Option<Limits>,
}

pub(crate) struct Tenants;

#[OpenApi(prefix_path = "/api/v1/tenants", tag = "Tag::Tenants")]
impl Tenants {
    /// Add a tenant
    #[oai(path = "/", method = "post", operation_id = "create_tenant")]
    async fn create(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Body<NewTenant>,
    ) -> Result<Created<Tenant>> {
        let operator = auth.operator()?;
        let once = Once::new(&state, key.0, "POST /tenants", &body.raw)?;
        let new = body.value;
        let slug: Slug = new
            .slug
            .parse()
            .map_err(|error| Error::field("slug", error))?;
        let owner: Email = new
            .admin
            .email
            .parse()
            .map_err(|error| Error::field("admin.email", error))?;
        if new.admin.password == DEMO_PASSWORD {
            return Err(Error::DemoPassword);
        }
        if let Some(first) = repeated(&state, operator, &slug, &once).await? {
            return Ok(Created::Made(Json(first)));
        }
        let password = state
            .passwords
            .hash(&new.admin.password, "admin.password")
            .await?;
        let limits = new
            .limits
            .map_or_else(Allowed::default, |limits| limits.over(Allowed::default()));
        let tx = state
            .db()
            .write(SystemScope::new(
                "an operator adds a tenant with its first owner",
            ))
            .await?;
        let made = add(&tx, operator, &slug, &new.name, limits).await?;
        let tx = tx.narrow(made.id, Actor::Member(operator.id)).await?;
        add_owner(&tx, &owner, password).await?;
        let shown = Tenant::from(made);
        once.keep(&tx, 201, &shown).await?;
        tx.commit().await?;
        Ok(Created::Made(Json(shown)))
    }

    /// List the tenants
    #[oai(path = "/", method = "get", operation_id = "list_tenants")]
    async fn list(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u64>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<List<Tenant>>> {
        auth.operator()?;
        let after = page::place(cursor.0.as_ref())?;
        let tx = state
            .db()
            .read(SystemScope::new("an operator lists the tenants"))
            .await?;
        let page = tenant::list(&tx, after, page::limit(limit.0)).await?;
        tx.commit().await?;
        Ok(Json(List::of(page, |tenant| tenant.id, Tenant::from)))
    }

    /// Look at a tenant
    #[oai(path = "/:id", method = "get", operation_id = "get_tenant")]
    async fn get(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<TenantId>>,
    ) -> Result<Json<Tenant>> {
        by_operator(&auth, id.0.0)?;
        let tx = state
            .db()
            .read(SystemScope::new("an operator looks at a tenant"))
            .await?;
        let found = tenant::get(&tx, id.0.0).await?;
        tx.commit().await?;
        Ok(Json(found.into()))
    }

    /// Change a tenant's name or limits
    #[oai(path = "/:id", method = "patch", operation_id = "update_tenant")]
    async fn update(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<TenantId>>,
        body: Body<TenantChange>,
    ) -> Result<Json<Tenant>> {
        let operator = by_operator(&auth, id.0.0)?;
        let id = id.0.0;
        let tx = state
            .db()
            .write(SystemScope::new("an operator changes a tenant"))
            .await?;
        let before = tenant::get(&tx, id).await?;
        let name = body.value.name.unwrap_or(before.name);
        let limits = body
            .value
            .limits
            .map_or(before.limits, |limits| limits.over(before.limits));
        tenant::update(&tx, id, &name, limits).await?;
        audit::note_system(&tx, &operator.id, "tenant.updated", Some(&id), json!({})).await?;
        let after = tenant::get(&tx, id).await?;
        tx.commit().await?;
        Ok(Json(after.into()))
    }

    /// Erase a tenant with all it has
    ///
    /// Rows, its audit log included, vectors and files. The answer comes once nothing is left, and is the
    /// receipt; the same request again answers the same receipt.
    #[oai(path = "/:id", method = "delete", operation_id = "erase_tenant")]
    async fn erase(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<TenantId>>,
    ) -> Result<Json<Receipt>> {
        let actor = Actor::Member(by_operator(&auth, id.0.0)?.id);
        let state = state.clone();
        // What was begun is brought to its end, whether or not the client still waits.
        let erasing =
            tokio::spawn(async move { state.tenants.erase(state.jobs(), id.0.0, actor).await });
        let receipt = erasing
            .await
            .map_err(|error| Error::Internal(format!("erasing a tenant: {error}")))??;
        Ok(Json(receipt.into()))
    }
}

/// The operator who asks for a tenant. A member may know that their own tenant exists, and of no other.
fn by_operator(auth: &Auth, id: TenantId) -> Result<&Operator> {
    if let Caller::Member(member) = &auth.0
        && member.tenant.id != id
    {
        return Err(Error::NotFound);
    }
    auth.operator()
}

/// The first answer to a repeated request. It is kept with the tenant that the request made.
async fn repeated(
    state: &State,
    operator: &Operator,
    slug: &Slug,
    once: &Once,
) -> Result<Option<Tenant>> {
    let tx = state
        .db()
        .read(SystemScope::new(
            "find the tenant that a repeated request made",
        ))
        .await?;
    let found = match tenant::by_slug(&tx, slug).await {
        Err(StorageError::NotFound) => return Ok(None),
        other => other?,
    };
    let tx = tx.narrow(found.id, Actor::Member(operator.id)).await?;
    let first = once.answered(&tx).await?;
    tx.commit().await?;
    Ok(first)
}

async fn add(
    tx: &Tx<SystemScope>,
    operator: &Operator,
    slug: &Slug,
    name: &str,
    limits: Allowed,
) -> Result<tenant::Tenant> {
    let made = match tenant::create(tx, slug, name, false, limits).await {
        Err(StorageError::AlreadyExists) => return Err(Error::Taken("the slug")),
        other => other?,
    };
    audit::note_system(
        tx,
        &operator.id,
        "tenant.created",
        Some(&made.id),
        json!({ "slug": slug }),
    )
    .await?;
    Ok(made)
}

async fn add_owner(tx: &Tx<TenantScope>, email: &Email, password: Hashed) -> Result<()> {
    let owner = member::create(tx, email, password, Role::Owner).await?;
    audit::note(
        tx,
        "member.created",
        Some(&owner.id),
        json!({ "role": "owner" }),
    )
    .await?;
    Ok(())
}

impl Limits {
    /// These where given, `rest` elsewhere.
    fn over(self, rest: Allowed) -> Allowed {
        Allowed {
            requests_per_minute: self.requests_per_minute.unwrap_or(rest.requests_per_minute),
            questions_per_minute: self
                .questions_per_minute
                .unwrap_or(rest.questions_per_minute),
            uploads_per_minute: self.uploads_per_minute.unwrap_or(rest.uploads_per_minute),
            messages_per_minute: self.messages_per_minute.unwrap_or(rest.messages_per_minute),
            llm_tokens_per_day: self.llm_tokens_per_day.unwrap_or(rest.llm_tokens_per_day),
            embedding_tokens_per_minute: self
                .embedding_tokens_per_minute
                .unwrap_or(rest.embedding_tokens_per_minute),
            caller_percent: self.caller_percent.unwrap_or(rest.caller_percent),
            storage_bytes: self.storage_bytes.unwrap_or(rest.storage_bytes),
        }
    }
}

impl From<tenant::Tenant> for Tenant {
    fn from(tenant: tenant::Tenant) -> Self {
        Self {
            id: tenant.id.to_string(),
            slug: tenant.slug.to_string(),
            name: tenant.name,
            demo: tenant.demo,
            limits: tenant.limits.into(),
            created_at: super::time(tenant.created_at),
        }
    }
}

impl From<Allowed> for Limits {
    fn from(limits: Allowed) -> Self {
        Self {
            requests_per_minute: Some(limits.requests_per_minute),
            questions_per_minute: Some(limits.questions_per_minute),
            uploads_per_minute: Some(limits.uploads_per_minute),
            messages_per_minute: Some(limits.messages_per_minute),
            llm_tokens_per_day: Some(limits.llm_tokens_per_day),
            embedding_tokens_per_minute: Some(limits.embedding_tokens_per_minute),
            caller_percent: Some(limits.caller_percent),
            storage_bytes: Some(limits.storage_bytes),
        }
    }
}
