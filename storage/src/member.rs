//! The people who sign in: members of a tenant, and platform operators, who belong to none.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, Order, QueryOrder, QuerySelect, entity::prelude::*, sea_query::NullOrdering,
};
use wafaa_domain::{Email, MemberId, Role, SystemScope, TenantId, TenantScope};

use crate::{Error, Page, Result, Tx, entity::member as entity, password::Hashed};

/// A member of a tenant.
#[derive(Debug, Clone)]
pub struct Member {
    /// Their id.
    pub id: MemberId,
    /// Their address, by which they sign in.
    pub email: Email,
    /// What they may do.
    pub role: Role,
    /// Since when they are here.
    pub created_at: DateTime<Utc>,
}

/// Whom a sign-in is about.
#[derive(Debug, Clone)]
pub struct Account {
    /// Whose it is.
    pub id: MemberId,
    /// The address they sign in with.
    pub email: Email,
    /// What to compare the password with.
    pub password: Hashed,
    /// Where they belong: a tenant and their role in it, or nowhere for a platform operator.
    pub membership: Option<(TenantId, Role)>,
}

const OPERATOR: &str = "operator";

/// Adds a member to the tenant.
///
/// # Errors
/// [`Error::AlreadyExists`] when the address is a member already.
pub async fn create(
    tx: &Tx<TenantScope>,
    email: &Email,
    password: Hashed,
    role: Role,
) -> Result<Member> {
    let id = insert(tx, Some(tx.tenant()), email, password, role.as_str()).await?;
    get(tx, id).await
}

/// Adds a platform operator.
///
/// # Errors
/// [`Error::AlreadyExists`] when the address is an operator already.
pub async fn create_operator(
    tx: &Tx<SystemScope>,
    email: &Email,
    password: Hashed,
) -> Result<MemberId> {
    insert(tx, None, email, password, OPERATOR).await
}

/// The platform operator with this address.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn operator(tx: &Tx<SystemScope>, email: &Email) -> Result<MemberId> {
    let row = operators()
        .filter(entity::Column::Email.eq(email.as_str()))
        .one(tx.connection())
        .await?;
    row.map(|row| MemberId::from_uuid(row.id))
        .ok_or(Error::NotFound)
}

/// The platform operators' addresses, in order of arrival.
///
/// # Errors
/// When the database can't be read.
pub async fn list_operators(tx: &Tx<SystemScope>) -> Result<Vec<Account>> {
    let rows = operators()
        .order_by_asc(entity::Column::Id)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(Account::try_from).collect()
}

/// Changes an operator's password. Sessions go on until somebody
/// [ends them](crate::refresh_token::revoke_of_member).
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_operator_password(
    tx: &Tx<SystemScope>,
    id: MemberId,
    password: Hashed,
) -> Result<()> {
    let changed = entity::Entity::update_many()
        .col_expr(entity::Column::PasswordHash, Expr::value(password.0))
        .filter(entity::Column::TenantId.is_null())
        .filter(entity::Column::Id.eq(id.uuid()))
        .exec(tx.connection())
        .await?;
    one(changed.rows_affected)
}

/// Removes an operator: the row goes, and with it every session.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove_operator(tx: &Tx<SystemScope>, id: MemberId) -> Result<()> {
    let removed = entity::Entity::delete_many()
        .filter(entity::Column::TenantId.is_null())
        .filter(entity::Column::Id.eq(id.uuid()))
        .exec(tx.connection())
        .await?;
    one(removed.rows_affected)
}

fn operators() -> Select<entity::Entity> {
    entity::Entity::find()
        .filter(entity::Column::TenantId.is_null())
        .filter(entity::Column::Role.eq(OPERATOR))
        .filter(entity::Column::DisabledAt.is_null())
}

/// That exactly one row was there.
fn one(rows: u64) -> Result<()> {
    (rows == 1).then_some(()).ok_or(Error::NotFound)
}

async fn insert<S>(
    tx: &Tx<S>,
    tenant: Option<TenantId>,
    email: &Email,
    password: Hashed,
    role: &str,
) -> Result<MemberId> {
    let id = MemberId::new();
    let row = entity::ActiveModel {
        id: Set(id.uuid()),
        tenant_id: Set(tenant.map(TenantId::uuid)),
        email: Set(email.to_string()),
        password_hash: Set(password.0),
        role: Set(role.to_owned()),
        created_at: Set(Utc::now()),
        disabled_at: Set(None),
    };
    entity::Entity::insert(row)
        .exec_without_returning(tx.connection())
        .await?;
    Ok(id)
}

fn of_tenant(tx: &Tx<TenantScope>) -> Select<entity::Entity> {
    entity::Entity::find()
        .filter(entity::Column::TenantId.eq(tx.tenant().uuid()))
        .filter(entity::Column::DisabledAt.is_null())
}

/// A member of the tenant.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(tx: &Tx<TenantScope>, id: MemberId) -> Result<Member> {
    of_tenant(tx)
        .filter(entity::Column::Id.eq(id.uuid()))
        .one(tx.connection())
        .await?
        .ok_or(Error::NotFound)?
        .try_into()
}

/// The tenant's members in order of arrival, after `after`.
///
/// # Errors
/// When the database can't be read.
pub async fn list(
    tx: &Tx<TenantScope>,
    after: Option<MemberId>,
    limit: u64,
) -> Result<Page<Member>> {
    let mut query = of_tenant(tx)
        .order_by_asc(entity::Column::Id)
        .limit(limit + 1);
    if let Some(after) = after {
        query = query.filter(entity::Column::Id.gt(after.uuid()));
    }
    let rows = query.all(tx.connection()).await?;
    Ok(Page::of(
        rows.into_iter()
            .map(Member::try_from)
            .collect::<Result<_>>()?,
        limit,
    ))
}

/// How many owners the tenant has; the last one can't be removed.
///
/// # Errors
/// When the database can't be read.
pub async fn owners(tx: &Tx<TenantScope>) -> Result<u64> {
    Ok(of_tenant(tx)
        .filter(entity::Column::Role.eq(Role::Owner.as_str()))
        .count(tx.connection())
        .await?)
}

/// Changes a member's role.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_role(tx: &Tx<TenantScope>, id: MemberId, role: Role) -> Result<()> {
    change(tx, id, entity::Column::Role, role.as_str().into()).await
}

/// Changes a member's password.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_password(tx: &Tx<TenantScope>, id: MemberId, password: Hashed) -> Result<()> {
    change(tx, id, entity::Column::PasswordHash, password.0.into()).await
}

/// Removes a member: the row goes, and with it every session.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(tx: &Tx<TenantScope>, id: MemberId) -> Result<()> {
    let removed = entity::Entity::delete_many()
        .filter(entity::Column::TenantId.eq(tx.tenant().uuid()))
        .filter(entity::Column::Id.eq(id.uuid()))
        .exec(tx.connection())
        .await?;
    one(removed.rows_affected)
}

async fn change(
    tx: &Tx<TenantScope>,
    id: MemberId,
    column: entity::Column,
    value: sea_orm::Value,
) -> Result<()> {
    let changed = entity::Entity::update_many()
        .col_expr(column, Expr::value(value))
        .filter(entity::Column::TenantId.eq(tx.tenant().uuid()))
        .filter(entity::Column::Id.eq(id.uuid()))
        .exec(tx.connection())
        .await?;
    one(changed.rows_affected)
}

/// Every account with this address, in any tenant; operators first.
///
/// # Errors
/// When the database can't be read.
pub async fn accounts(tx: &Tx<SystemScope>, email: &Email) -> Result<Vec<Account>> {
    let rows = entity::Entity::find()
        .filter(entity::Column::Email.eq(email.as_str()))
        .filter(entity::Column::DisabledAt.is_null())
        // PostgreSQL would put those without a tenant last.
        .order_by_with_nulls(entity::Column::TenantId, Order::Asc, NullOrdering::First)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(Account::try_from).collect()
}

/// The account of a session that is being renewed or checked.
///
/// # Errors
/// [`Error::NotFound`] when it was removed meanwhile.
pub async fn account(tx: &Tx<SystemScope>, id: MemberId) -> Result<Account> {
    entity::Entity::find_by_id(id.uuid())
        .filter(entity::Column::DisabledAt.is_null())
        .one(tx.connection())
        .await?
        .ok_or(Error::NotFound)?
        .try_into()
}

impl TryFrom<entity::Model> for Member {
    type Error = Error;

    fn try_from(row: entity::Model) -> Result<Self> {
        Ok(Self {
            id: MemberId::from_uuid(row.id),
            email: row
                .email
                .parse()
                .map_err(|error| Error::corrupt("address", error))?,
            role: row
                .role
                .parse()
                .map_err(|error| Error::corrupt("role", error))?,
            created_at: row.created_at,
        })
    }
}

impl TryFrom<entity::Model> for Account {
    type Error = Error;

    fn try_from(row: entity::Model) -> Result<Self> {
        let membership = match row.tenant_id {
            Some(tenant) => {
                let role = row
                    .role
                    .parse()
                    .map_err(|error| Error::corrupt("role", error))?;
                Some((TenantId::from_uuid(tenant), role))
            }
            None if row.role == OPERATOR => None,
            None => return Err(Error::corrupt("role", row.role)),
        };
        Ok(Self {
            id: MemberId::from_uuid(row.id),
            email: row
                .email
                .parse()
                .map_err(|error| Error::corrupt("address", error))?,
            password: Hashed(row.password_hash),
            membership,
        })
    }
}
