//! Who has written: found by what the channel knows them as, added when they are new.

use chrono::TimeDelta;
use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use wafaa_domain::{ChannelId, ContactId, TenantScope};

use super::{COLUMNS, Contact, Row};
use crate::{Error, Result, Tx, condition::Conditions, time::now};

/// `last_seen_at` is written at most this often.
const SEEN_RESOLUTION: TimeDelta = TimeDelta::minutes(1);
/// How often others may add the same person at the same moment before it is given up.
const TRIES: usize = 8;

/// Who has written, as the channel says.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// As what the channel knows them, the preferred one first. At least one.
    pub identities: &'a [String],
    /// What they call themselves.
    pub name: Option<&'a str>,
    /// The language they write in, as an ISO 639-1 code.
    pub language: Option<&'a str>,
    /// Their telephone number.
    pub phone: Option<&'a str>,
}

#[derive(FromQueryResult)]
struct Known {
    identity: String,
    #[sea_orm(nested)]
    row: Row,
}

/// The contact that any of these identities belongs to, or a new one, who has all of them from now on. Two who
/// turn out to be one become the older.
///
/// # Errors
/// [`Error::Stale`] when others keep adding the same person at the same moment: try again.
pub async fn upsert(tx: &Tx<TenantScope>, channel: ChannelId, seen: &Seen<'_>) -> Result<Contact> {
    // In one order, so that two who add the same ones don't wait for each other.
    let mut identities: Vec<&str> = seen.identities.iter().map(String::as_str).collect();
    identities.sort_unstable();
    identities.dedup();
    let mut made: Option<Row> = None;
    for attempt in 0..TRIES {
        let known = known(tx, channel, &identities, attempt > 0).await?;
        let unknown = identities.iter().copied();
        let unknown: Vec<&str> = unknown
            .filter(|identity| known.iter().all(|found| found.identity != *identity))
            .collect();
        let mut contacts: Vec<Row> = known.into_iter().map(|found| found.row).collect();
        // Ids made later sort later.
        contacts.sort_by_key(|row| row.id);
        contacts.dedup_by_key(|row| row.id);
        // Others may be merging whoever is to get another identity: look again, with a lock.
        if attempt == 0 && (contacts.len() > 1 || !contacts.is_empty() && !unknown.is_empty()) {
            continue;
        }
        let mut contacts = contacts.into_iter();
        let kept = match (contacts.next(), &made) {
            (Some(oldest), _) => oldest,
            (None, Some(made)) => made.clone(),
            (None, None) => made.insert(add(tx, seen).await?).clone(),
        };
        for other in contacts {
            merge(tx, kept.id, other.id).await?;
        }
        if identify(tx, channel, kept.id, &unknown).await? {
            if let Some(other) = made.filter(|made| made.id != kept.id) {
                remove(tx, other.id).await?;
            }
            return refresh(tx, kept, seen).await;
        }
    }
    Err(Error::Stale)
}

/// The identities that belong to somebody already, each with whom. Locked, those are not merged by others.
async fn known(
    tx: &Tx<TenantScope>,
    channel: ChannelId,
    identities: &[&str],
    locked: bool,
) -> Result<Vec<Known>> {
    let lock = if locked && tx.is_postgres() {
        "ORDER BY c.id FOR UPDATE OF c"
    } else {
        ""
    };
    let mut conditions = Conditions::of_tenant("i.tenant_id", tx.tenant());
    conditions.add("i.channel_id =", channel.uuid());
    let wanted = identities.iter().map(|identity| conditions.bind(*identity));
    let wanted: Vec<String> = wanted.collect();
    conditions.add_sql(format!("i.identity IN ({})", wanted.join(", ")));
    let (condition, values) = conditions.finish();
    let sql = format!(
        "SELECT i.identity, {COLUMNS} FROM contact_identities i JOIN contacts c \
         ON c.tenant_id = i.tenant_id AND c.id = i.contact_id WHERE {condition} {lock}"
    );
    Ok(tx.rows(&sql, values).await?)
}

async fn add(tx: &Tx<TenantScope>, seen: &Seen<'_>) -> Result<Row> {
    let row = Row {
        id: ContactId::new().uuid(),
        name: seen.name.map(str::to_owned),
        phone: seen.phone.map(str::to_owned),
        language: seen.language.map(str::to_owned),
        opted_out_at: None,
        marketing_opted_out_at: None,
        created_at: now(tx),
        last_seen_at: now(tx),
    };
    tx.execute(
        "INSERT INTO contacts (tenant_id, id, name, phone, language, created_at, last_seen_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            tx.tenant().uuid().into(),
            row.id.into(),
            row.name.clone().into(),
            row.phone.clone().into(),
            row.language.clone().into(),
            row.created_at.into(),
            row.last_seen_at.into(),
        ],
    )
    .await?;
    Ok(row)
}

/// Gives a contact identities; `false` when one of them has become somebody's meanwhile.
async fn identify(
    tx: &Tx<TenantScope>,
    channel: ChannelId,
    contact: Uuid,
    identities: &[&str],
) -> Result<bool> {
    if identities.is_empty() {
        return Ok(true);
    }
    let mut values = vec![
        tx.tenant().uuid().into(),
        channel.uuid().into(),
        contact.into(),
    ];
    let rows = identities.iter().map(|identity| {
        values.push((*identity).into());
        format!("($1, $2, $3, ${})", values.len())
    });
    let rows: Vec<String> = rows.collect();
    let sql = format!(
        "INSERT INTO contact_identities (tenant_id, channel_id, contact_id, identity) VALUES {} \
         ON CONFLICT (tenant_id, channel_id, identity) DO NOTHING",
        rows.join(", ")
    );
    let added = tx.execute(&sql, values).await?.rows_affected();
    Ok(usize::try_from(added).is_ok_and(|added| added == identities.len()))
}

/// Makes everything of `other` that of `kept`. Of two conversations on one channel that are both open, the
/// other's comes to its end.
async fn merge(tx: &Tx<TenantScope>, kept: Uuid, other: Uuid) -> Result<()> {
    let both = || [tx.tenant().uuid().into(), kept.into(), other.into()];
    tx.execute(
        "UPDATE conversations SET status = 'resolved', resolved_at = last_message_at, respond_due = NULL \
         WHERE tenant_id = $1 AND contact_id = $3 AND status <> 'resolved' AND EXISTS (SELECT 1 \
         FROM conversations k WHERE k.tenant_id = $1 AND k.contact_id = $2 AND k.status <> 'resolved' \
         AND k.channel_id = conversations.channel_id AND k.thread = conversations.thread)",
        both(),
    )
    .await?;
    for table in ["conversations", "contact_identities"] {
        let sql =
            format!("UPDATE {table} SET contact_id = $2 WHERE tenant_id = $1 AND contact_id = $3");
        tx.execute(&sql, both()).await?;
    }
    // Whoever has opted out has done so as whichever of the two.
    tx.execute(
        "UPDATE contacts SET opted_out_at = COALESCE(opted_out_at, (SELECT o.opted_out_at FROM contacts o \
         WHERE o.tenant_id = $1 AND o.id = $3)) WHERE tenant_id = $1 AND id = $2",
        both(),
    )
    .await?;
    // Of marketing the later word counts.
    let of_other = |column: &str| {
        format!("(SELECT o.{column} FROM contacts o WHERE o.tenant_id = $1 AND o.id = $3)")
    };
    let (out, changed) = (
        of_other("marketing_opted_out_at"),
        of_other("marketing_changed_at"),
    );
    let sql = format!(
        "UPDATE contacts SET marketing_opted_out_at = {out}, marketing_changed_at = {changed} \
         WHERE tenant_id = $1 AND id = $2 AND {changed} IS NOT NULL \
         AND (marketing_changed_at IS NULL OR marketing_changed_at < {changed})"
    );
    tx.execute(&sql, both()).await?;
    remove(tx, other).await
}

/// Removes a contact that nothing belongs to.
async fn remove(tx: &Tx<TenantScope>, id: Uuid) -> Result<()> {
    tx.execute(
        "DELETE FROM contacts WHERE tenant_id = $1 AND id = $2",
        [tx.tenant().uuid().into(), id.into()],
    )
    .await?;
    Ok(())
}

/// Notes what is new about a contact, if anything is.
async fn refresh(tx: &Tx<TenantScope>, row: Row, seen: &Seen<'_>) -> Result<Contact> {
    let at = now(tx);
    let news =
        |known: &Option<String>, said: Option<&str>| said.is_some() && known.as_deref() != said;
    // The language is what they were last found to write in, if nobody has found it yet what they say of it.
    let learnt = row.language.is_none() && seen.language.is_some();
    let is_news = news(&row.name, seen.name) || news(&row.phone, seen.phone) || learnt;
    if !is_news && at - row.last_seen_at < SEEN_RESOLUTION {
        return Ok(row.contact(Vec::new()));
    }
    let sql = format!(
        "UPDATE contacts SET name = COALESCE($3, name), phone = COALESCE($4, phone), \
         language = COALESCE(language, $5), last_seen_at = $6 WHERE tenant_id = $1 AND id = $2 \
         RETURNING {}",
        COLUMNS.replace("c.", "")
    );
    let values = [
        tx.tenant().uuid().into(),
        row.id.into(),
        seen.name.map(str::to_owned).into(),
        seen.phone.map(str::to_owned).into(),
        seen.language.map(str::to_owned).into(),
        at.into(),
    ];
    let rows: Vec<Row> = tx.rows(&sql, values).await?;
    let row = rows.into_iter().next().ok_or(Error::Stale)?;
    Ok(row.contact(Vec::new()))
}
