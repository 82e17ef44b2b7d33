//! Tenants. Looking across them needs a [`SystemScope`].

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect, entity::prelude::*};
use serde::{Deserialize, Serialize};
use wafaa_domain::{Slug, SystemScope, TenantId, TenantScope};

use crate::{Error, Page, Result, Tx, entity::tenant as entity};

/// A business that uses Wafaa.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its short name in URLs and on the command line.
    pub slug: Slug,
    /// Its name.
    pub name: String,
    /// Whether it holds demonstration data, with a password everybody knows.
    pub demo: bool,
    /// What it may use.
    pub limits: Limits,
    /// Since when it is here.
    pub created_at: DateTime<Utc>,
}

/// What kind of tenant it is, where no figure may say which: in metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A business.
    Standard,
    /// It holds demonstration data.
    Demo,
}

impl Class {
    pub(crate) const fn of(demo: bool) -> Self {
        if demo { Self::Demo } else { Self::Standard }
    }

    /// Its name in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Demo => "demo",
        }
    }
}

/// What a tenant may use. A limit that a row doesn't have is the default; one that this version doesn't know
/// is a newer version's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// API requests a minute.
    pub requests_per_minute: u32,
    /// Searches and questions a minute.
    pub questions_per_minute: u32,
    /// Uploads a minute.
    pub uploads_per_minute: u32,
    /// Messages from customers a minute, by all channels together.
    pub messages_per_minute: u32,
    /// Tokens that a chat model reads and writes a day.
    pub llm_tokens_per_day: u32,
    /// Tokens of passages embedded a minute.
    pub embedding_tokens_per_minute: u32,
    /// What one member or API key may use of each of these rates, in percent.
    pub caller_percent: u32,
    /// Bytes kept: of documents, each in its newest version, and of files that came with messages.
    pub storage_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_minute: 6_000,
            questions_per_minute: 1_200,
            uploads_per_minute: 600,
            messages_per_minute: 1_200,
            llm_tokens_per_day: 10_000_000,
            embedding_tokens_per_minute: 10_000_000,
            caller_percent: 100,
            storage_bytes: 10_000_000_000,
        }
    }
}

/// Adds a tenant.
///
/// # Errors
/// [`Error::AlreadyExists`] when the slug is taken.
pub async fn create(
    tx: &Tx<SystemScope>,
    slug: &Slug,
    name: &str,
    demo: bool,
    limits: Limits,
) -> Result<Tenant> {
    let tenant = Tenant {
        id: TenantId::new(),
        slug: slug.clone(),
        name: name.to_owned(),
        demo,
        limits,
        created_at: Utc::now(),
    };
    let row = entity::ActiveModel {
        id: Set(tenant.id.uuid()),
        slug: Set(slug.to_string()),
        name: Set(tenant.name.clone()),
        demo: Set(demo),
        limits: Set(encode(&limits)?),
        created_at: Set(tenant.created_at),
    };
    entity::Entity::insert(row)
        .exec_without_returning(tx.connection())
        .await?;
    Ok(tenant)
}

/// The tenant with this slug.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn by_slug(tx: &Tx<SystemScope>, slug: &Slug) -> Result<Tenant> {
    entity::Entity::find()
        .filter(entity::Column::Slug.eq(slug.as_str()))
        .one(tx.connection())
        .await?
        .ok_or(Error::NotFound)?
        .try_into()
}

/// The tenant with this id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(tx: &Tx<SystemScope>, id: TenantId) -> Result<Tenant> {
    entity::Entity::find_by_id(id.uuid())
        .one(tx.connection())
        .await?
        .ok_or(Error::NotFound)?
        .try_into()
}

/// The tenant of the scope.
///
/// # Errors
/// [`Error::NotFound`] when it has been removed.
pub async fn own(tx: &Tx<TenantScope>) -> Result<Tenant> {
    entity::Entity::find_by_id(tx.tenant().uuid())
        .one(tx.connection())
        .await?
        .ok_or(Error::NotFound)?
        .try_into()
}

/// All tenants in order of arrival, after `after`.
///
/// # Errors
/// When the database can't be read.
pub async fn list(
    tx: &Tx<SystemScope>,
    after: Option<TenantId>,
    limit: u64,
) -> Result<Page<Tenant>> {
    let mut query = entity::Entity::find()
        .order_by_asc(entity::Column::Id)
        .limit(limit + 1);
    if let Some(after) = after {
        query = query.filter(entity::Column::Id.gt(after.uuid()));
    }
    let rows = query.all(tx.connection()).await?;
    let tenants = rows
        .into_iter()
        .map(Tenant::try_from)
        .collect::<Result<_>>()?;
    Ok(Page::of(tenants, limit))
}

/// Changes a tenant's name and limits.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn update(tx: &Tx<SystemScope>, id: TenantId, name: &str, limits: Limits) -> Result<()> {
    let row = entity::ActiveModel {
        id: Set(id.uuid()),
        name: Set(name.to_owned()),
        limits: Set(encode(&limits)?),
        ..Default::default()
    };
    match entity::Entity::update(row).exec(tx.connection()).await {
        Ok(_) => Ok(()),
        Err(DbErr::RecordNotUpdated) => Err(Error::NotFound),
        Err(error) => Err(error.into()),
    }
}

fn encode(limits: &Limits) -> Result<String> {
    serde_json::to_string(limits).map_err(|error| Error::corrupt("limit", error))
}

impl TryFrom<entity::Model> for Tenant {
    type Error = Error;

    fn try_from(row: entity::Model) -> Result<Self> {
        Ok(Self {
            id: TenantId::from_uuid(row.id),
            slug: row
                .slug
                .parse()
                .map_err(|error| Error::corrupt("slug", error))?,
            name: row.name,
            demo: row.demo,
            limits: serde_json::from_str(&row.limits)
                .map_err(|error| Error::corrupt("limit", error))?,
            created_at: row.created_at,
        })
    }
}
