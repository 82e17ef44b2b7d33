//! `/api/v1/members`: the people of a tenant. Everybody in it sees them; owners manage them.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use serde_json::json;
use wafaa_domain::{Email, MemberId, Role as Allowed, SystemScope, TenantScope};
use wafaa_storage::{Error as StorageError, Tx, audit, member, refresh_token};

use super::{Created, Done, Role, Tag};
use crate::{
    auth::{Auth, DEMO_PASSWORD},
    body::Body,
    error::{Error, Result},
    idempotency::Once,
    page::{self, List},
    param::Id,
    state::State,
};

/// A person of a tenant.
#[derive(Object)]
struct Member {
    id: String,
    /// By which they sign in.
    email: String,
    role: Role,
    created_at: String,
}

#[derive(Object)]
struct NewMember {
    #[oai(validator(max_length = 254))]
    email: String,
    #[oai(validator(min_length = 10, max_length = 200))]
    password: String,
    role: Role,
}

#[derive(Object)]
struct MemberChange {
    role: Option<Role>,
    #[oai(validator(min_length = 10, max_length = 200))]
    password: Option<String>,
}

pub(crate) struct Members;

#[OpenApi(prefix_path = "/api/v1/members", tag = "Tag::Members")]
impl Members {
    /// Add a member
    #[oai(path = "/", method = "post", operation_id = "create_member")]
    async fn create(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Body<NewMember>,
    ) -> Result<Created<Member>> {
        let scope = auth.allowed(Allowed::Owner)?;
        let once = Once::new(&state, key.0, "POST /members", &body.raw)?;
        let new = body.value;
        let email: Email = new
            .email
            .parse()
            .map_err(|error| Error::field("email", error))?;
        fit(&auth, &new.password)?;
        let password = state.passwords.hash(&new.password, "password").await?;
        let tx = state.db().write(*scope).await?;
        if let Some(first) = once.answered(&tx).await? {
            return Ok(Created::Made(Json(first)));
        }
        let made = match member::create(&tx, &email, password, new.role.into()).await {
            Err(StorageError::AlreadyExists) => return Err(Error::Taken("the e-mail address")),
            other => other?,
        };
        audit::note(
            &tx,
            "member.created",
            Some(&made.id),
            json!({ "role": made.role.as_str() }),
        )
        .await?;
        let shown = Member::from(made);
        once.keep(&tx, 201, &shown).await?;
        tx.commit().await?;
        Ok(Created::Made(Json(shown)))
    }

    /// List the members
    #[oai(path = "/", method = "get", operation_id = "list_members")]
    async fn list(
        &self,
        state: Data<&State>,
        auth: Auth,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u64>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<List<Member>>> {
        let scope = auth.allowed(Allowed::Viewer)?;
        let after = page::place(cursor.0.as_ref())?;
        let tx = state.db().read(*scope).await?;
        let page = member::list(&tx, after, page::limit(limit.0)).await?;
        tx.commit().await?;
        Ok(Json(List::of(page, |member| member.id, Member::from)))
    }

    /// Look at a member
    #[oai(path = "/:id", method = "get", operation_id = "get_member")]
    async fn get(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<MemberId>>,
    ) -> Result<Json<Member>> {
        let scope = auth.allowed(Allowed::Viewer)?;
        let tx = state.db().read(*scope).await?;
        let found = member::get(&tx, id.0.0).await?;
        tx.commit().await?;
        Ok(Json(found.into()))
    }

    /// Change a member's role or password
    #[oai(path = "/:id", method = "patch", operation_id = "update_member")]
    async fn update(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<MemberId>>,
        body: Body<MemberChange>,
    ) -> Result<Json<Member>> {
        let scope = auth.allowed(Allowed::Owner)?;
        let id = id.0.0;
        let change = body.value;
        let password = match &change.password {
            Some(password) => {
                fit(&auth, password)?;
                Some(state.passwords.hash(password, "password").await?)
            }
            None => None,
        };
        let tx = state.db().write(*scope).await?;
        let role = change.role.map(Allowed::from);
        if role.is_some_and(|role| role != Allowed::Owner) {
            keep_an_owner(&tx, id).await?;
        }
        if let Some(role) = role {
            member::set_role(&tx, id, role).await?;
        }
        let with_password = password.is_some();
        if let Some(password) = password {
            member::set_password(&tx, id, password).await?;
        }
        let after = member::get(&tx, id).await?;
        let detail = json!({ "role": role.map(Allowed::as_str), "password": with_password });
        audit::note(&tx, "member.updated", Some(&id), detail).await?;
        let tx = tx
            .widen(SystemScope::new("end the sessions under an old password"))
            .await?;
        if with_password {
            refresh_token::revoke_of_member(&tx, id).await?;
        }
        tx.commit().await?;
        Ok(Json(after.into()))
    }

    /// Remove a member
    #[oai(path = "/:id", method = "delete", operation_id = "delete_member")]
    async fn delete(
        &self,
        state: Data<&State>,
        auth: Auth,
        id: Path<Id<MemberId>>,
    ) -> Result<Done> {
        let scope = auth.allowed(Allowed::Owner)?;
        let id = id.0.0;
        let tx = state.db().write(*scope).await?;
        keep_an_owner(&tx, id).await?;
        member::remove(&tx, id).await?;
        audit::note(&tx, "member.removed", Some(&id), json!({})).await?;
        tx.commit().await?;
        Ok(Done::Done)
    }
}

fn fit(auth: &Auth, password: &str) -> Result<()> {
    let known = password == DEMO_PASSWORD && !auth.member()?.tenant.demo;
    (!known).then_some(()).ok_or(Error::DemoPassword)
}

/// Refuses to lose the member as an owner when there is no other.
async fn keep_an_owner(tx: &Tx<TenantScope>, losing: MemberId) -> Result<()> {
    let member = member::get(tx, losing).await?;
    if member.role == Allowed::Owner && member::owners(tx).await? <= 1 {
        return Err(Error::LastOwner);
    }
    Ok(())
}

impl From<member::Member> for Member {
    fn from(member: member::Member) -> Self {
        Self {
            id: member.id.to_string(),
            email: member.email.to_string(),
            role: member.role.into(),
            created_at: super::time(member.created_at),
        }
    }
}
