//! Channels: the numbers, pages, bots and web chats by which customers reach a tenant.
//!
//! Secrets are sealed before they come here and are opened after they leave. A deleted channel loses them and
//! its token at once, and takes no part in anything; its conversations stay.

mod change;
mod reseal;
mod route;
mod token;

use chrono::{DateTime, Utc};
use rand::{Rng as _, distr::Alphanumeric};
use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wafaa_domain::{ChannelId, ChannelKind, TenantScope};

use crate::{Error, Result, Tx, seal::Sealed, time::now};

pub use change::{Change, delete, set_status, update};
pub use reseal::{owners, reseal};
pub use route::{by_public_token, routable};
pub use token::{Warning, Watched, renew, set_token_expiry, warn, watched};

/// Column list of [`Row`].
const COLUMNS: &str = "id, kind, name, settings, secrets, secret_names, public_token, external_id, enabled, \
    status, status_detail, token_expires_at, created_at, updated_at";

/// Whether a channel works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// As far as anybody knows.
    Ok,
    /// The provider no longer accepts its token: somebody must connect it anew.
    Reconnect,
    /// Something else is wrong; the detail says what.
    Error,
}

impl Status {
    /// The name in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Reconnect => "reconnect",
            Self::Error => "error",
        }
    }

    fn read(name: &str) -> Result<Self> {
        [Self::Ok, Self::Reconnect, Self::Error]
            .into_iter()
            .find(|status| status.as_str() == name)
            .ok_or_else(|| Error::corrupt("channel status", name))
    }
}

/// A way customers reach a tenant.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// Which provider it goes through.
    pub kind: ChannelKind,
    /// What the tenant calls it.
    pub name: String,
    /// What it is configured with and anybody of the tenant may see.
    pub settings: Value,
    /// What it is configured with and nobody sees again.
    pub secrets: Option<Sealed>,
    /// The names of its secrets.
    pub secret_names: Vec<String>,
    /// By what a web site names it; of web chats only.
    pub public_token: Option<String>,
    /// By what the provider calls it in what it sends.
    pub external_id: Option<String>,
    /// Whether it takes part at all.
    pub enabled: bool,
    /// Whether it works.
    pub status: Status,
    /// What is wrong and what to do.
    pub status_detail: Option<String>,
    /// When its access token runs out; absent when it doesn't, or nobody knows.
    pub token_expires_at: Option<DateTime<Utc>>,
    /// Since when it is here.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A channel to add.
#[derive(Debug, Clone)]
pub struct NewChannel {
    /// Chosen by the caller, who has sealed the secrets for it.
    pub id: ChannelId,
    /// Which provider it goes through.
    pub kind: ChannelKind,
    /// What the tenant calls it.
    pub name: String,
    /// What anybody of the tenant may see.
    pub settings: Value,
    /// What nobody sees again.
    pub secrets: Option<Sealed>,
    /// The names of the secrets.
    pub secret_names: Vec<String>,
    /// By what the provider calls it.
    pub external_id: Option<String>,
    /// When its access token runs out, where that is known.
    pub token_expires_at: Option<DateTime<Utc>>,
}

/// Adds a channel. A web chat gets a public token.
///
/// # Errors
/// [`Error::AlreadyExists`] when the tenant has connected the same number or page already.
pub async fn create(tx: &Tx<TenantScope>, new: NewChannel) -> Result<Channel> {
    let created_at = now(tx);
    let token = (new.kind == ChannelKind::Web).then(public_token);
    let sql = format!(
        "INSERT INTO channels (tenant_id, id, kind, name, settings, secrets, secret_names, public_token, \
         external_id, enabled, status, created_at, updated_at, token_expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, TRUE, 'ok', $10, $10, $11) RETURNING {COLUMNS}"
    );
    let values = [
        tx.tenant().uuid().into(),
        new.id.uuid().into(),
        new.kind.as_str().into(),
        new.name.into(),
        new.settings.to_string().into(),
        new.secrets.map(|sealed| sealed.0).into(),
        names(&new.secret_names).into(),
        token.into(),
        new.external_id.into(),
        created_at.into(),
        new.token_expires_at.into(),
    ];
    one(tx.rows(&sql, values).await?)
}

/// The tenant's channels in order of arrival.
///
/// # Errors
/// When the database can't be read.
pub async fn list(tx: &Tx<TenantScope>) -> Result<Vec<Channel>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM channels WHERE tenant_id = $1 AND deleted_at IS NULL ORDER BY id"
    );
    let rows: Vec<Row> = tx.rows(&sql, [tx.tenant().uuid().into()]).await?;
    rows.into_iter().map(Channel::try_from).collect()
}

/// A channel of the tenant.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it has been deleted.
pub async fn get(tx: &Tx<TenantScope>, id: ChannelId) -> Result<Channel> {
    let sql = format!(
        "SELECT {COLUMNS} FROM channels WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL"
    );
    let key = [tx.tenant().uuid().into(), id.uuid().into()];
    one(tx.rows(&sql, key).await?)
}

fn one(rows: Vec<Row>) -> Result<Channel> {
    rows.into_iter().next().ok_or(Error::NotFound)?.try_into()
}

/// What can't be guessed, and may stand in a web page.
fn public_token() -> String {
    let random = rand::rng().sample_iter(Alphanumeric).take(32);
    format!("wct_{}", random.map(char::from).collect::<String>())
}

fn names(names: &[String]) -> String {
    Value::from(names).to_string()
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    kind: String,
    name: String,
    settings: String,
    secrets: Option<Vec<u8>>,
    secret_names: String,
    public_token: Option<String>,
    external_id: Option<String>,
    enabled: bool,
    status: String,
    status_detail: Option<String>,
    token_expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<Row> for Channel {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let settings = serde_json::from_str(&row.settings);
        let names = serde_json::from_str(&row.secret_names);
        let kind = row.kind.parse();
        Ok(Self {
            id: ChannelId::from_uuid(row.id),
            kind: kind.map_err(|error| Error::corrupt("channel kind", error))?,
            name: row.name,
            settings: settings.map_err(|error| Error::corrupt("channel setting", error))?,
            secrets: row.secrets.map(Sealed),
            secret_names: names.map_err(|error| Error::corrupt("list of secrets", error))?,
            public_token: row.public_token,
            external_id: row.external_id,
            enabled: row.enabled,
            status: Status::read(&row.status)?,
            status_detail: row.status_detail,
            token_expires_at: row.token_expires_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
