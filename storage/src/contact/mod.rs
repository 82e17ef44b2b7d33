//! Contacts: a tenant's customers, by whatever channels know them as.
//!
//! A contact may have several identities on a channel, such as a telephone number and a user name. Whoever is
//! found to be two contacts becomes the older one.

mod change;
mod erase;
mod export;
mod upsert;

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use wafaa_domain::{ChannelId, ContactId, TenantScope};

use crate::{Error, Page, Result, Tx, condition::Conditions};

pub use change::{rename, set_language, set_marketing, set_opted_out};
pub use erase::{Erased, erase};
pub use export::export;
pub use upsert::{Seen, upsert};

/// Column list of [`Row`].
const COLUMNS: &str = "c.id, c.name, c.phone, c.language, c.opted_out_at, c.marketing_opted_out_at, c.created_at, \
    c.last_seen_at";

/// A customer of a tenant.
#[derive(Debug, Clone)]
pub struct Contact {
    /// Their id.
    pub id: ContactId,
    /// What they call themselves.
    pub name: Option<String>,
    /// Their telephone number, where a channel says it.
    pub phone: Option<String>,
    /// The language they write in, as an ISO 639-1 code.
    pub language: Option<String>,
    /// Since when they want to hear nothing from the bot.
    pub opted_out_at: Option<DateTime<Utc>>,
    /// Since when they want no marketing, as they have told the provider.
    pub marketing_opted_out_at: Option<DateTime<Utc>>,
    /// As what channels know them. Not read by [`upsert`].
    pub identities: Vec<(ChannelId, String)>,
    /// When they first wrote.
    pub created_at: DateTime<Utc>,
    /// When they last wrote, to the minute.
    pub last_seen_at: DateTime<Utc>,
}

/// A contact of the tenant.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(tx: &Tx<TenantScope>, id: ContactId) -> Result<Contact> {
    let sql = format!("SELECT {COLUMNS} FROM contacts c WHERE c.tenant_id = $1 AND c.id = $2");
    let key = [tx.tenant().uuid().into(), id.uuid().into()];
    let found = with_identities(tx, tx.rows(&sql, key).await?).await?;
    found.into_iter().next().ok_or(Error::NotFound)
}

/// Whom a channel knows as this, if anybody.
///
/// # Errors
/// When the database can't be read.
pub async fn by_identity(
    tx: &Tx<TenantScope>,
    channel: ChannelId,
    identity: &str,
) -> Result<Option<Contact>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM contacts c JOIN contact_identities i \
         ON i.tenant_id = c.tenant_id AND i.contact_id = c.id \
         WHERE c.tenant_id = $1 AND i.channel_id = $2 AND i.identity = $3"
    );
    let key = [
        tx.tenant().uuid().into(),
        channel.uuid().into(),
        identity.into(),
    ];
    let found = with_identities(tx, tx.rows(&sql, key).await?).await?;
    Ok(found.into_iter().next())
}

/// The tenant's contacts, newest first, before `before`; those in whose name, number or identities `q` is found.
///
/// # Errors
/// When the database can't be read.
pub async fn list(
    tx: &Tx<TenantScope>,
    q: Option<&str>,
    before: Option<ContactId>,
    limit: u64,
) -> Result<Page<Contact>> {
    let mut conditions = Conditions::of_tenant("c.tenant_id", tx.tenant());
    if let Some(words) = q {
        let like = conditions.containing(words);
        conditions.add_sql(format!(
            "(LOWER(c.name) {like} OR LOWER(c.phone) {like} OR EXISTS (SELECT 1 FROM contact_identities i \
             WHERE i.tenant_id = c.tenant_id AND i.contact_id = c.id AND LOWER(i.identity) {like}))"
        ));
    }
    if let Some(before) = before {
        conditions.add("c.id <", before.uuid());
    }
    let (condition, values) = conditions.finish();
    let sql = format!(
        "SELECT {COLUMNS} FROM contacts c WHERE {condition} ORDER BY c.id DESC LIMIT {}",
        limit + 1
    );
    let page = Page::of(tx.rows(&sql, values).await?, limit);
    Ok(Page {
        more: page.more,
        rows: with_identities(tx, page.rows).await?,
    })
}

/// The contacts of these rows, in their order.
async fn with_identities(tx: &Tx<TenantScope>, rows: Vec<Row>) -> Result<Vec<Contact>> {
    #[derive(FromQueryResult)]
    struct Identity {
        contact_id: Uuid,
        channel_id: Uuid,
        identity: String,
    }
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut conditions = Conditions::of_tenant("tenant_id", tx.tenant());
    let ids: Vec<String> = rows.iter().map(|row| conditions.bind(row.id)).collect();
    conditions.add_sql(format!("contact_id IN ({})", ids.join(", ")));
    let (condition, values) = conditions.finish();
    let sql = format!(
        "SELECT contact_id, channel_id, identity FROM contact_identities WHERE {condition} \
         ORDER BY channel_id, identity"
    );
    let identities: Vec<Identity> = tx.rows(&sql, values).await?;
    let of = |id: Uuid| {
        let own = identities
            .iter()
            .filter(move |found| found.contact_id == id);
        own.map(|found| {
            (
                ChannelId::from_uuid(found.channel_id),
                found.identity.clone(),
            )
        })
    };
    let contacts = rows.into_iter().map(|row| {
        let identities = of(row.id).collect();
        row.contact(identities)
    });
    Ok(contacts.collect())
}

#[derive(Clone, FromQueryResult)]
struct Row {
    id: Uuid,
    name: Option<String>,
    phone: Option<String>,
    language: Option<String>,
    opted_out_at: Option<DateTime<Utc>>,
    marketing_opted_out_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
}

impl Row {
    fn contact(self, identities: Vec<(ChannelId, String)>) -> Contact {
        Contact {
            id: ContactId::from_uuid(self.id),
            name: self.name,
            phone: self.phone,
            language: self.language,
            opted_out_at: self.opted_out_at,
            marketing_opted_out_at: self.marketing_opted_out_at,
            identities,
            created_at: self.created_at,
            last_seen_at: self.last_seen_at,
        }
    }
}
