//! Looking at conversations: lists and numbers.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, Value};
use wafaa_domain::{
    ChannelId, ContactId, ConversationId, ConversationStatus, MemberId, TenantScope,
};

use super::{COLUMNS, Conversation, FROM, Row};
use crate::{Page, Result, Tx, condition::Conditions};

/// In which order to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// Where something was said last, first.
    #[default]
    Activity,
    /// The most urgent first, and of those who has waited longest.
    Urgency,
}

/// Which conversations to list. An empty filter means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Where it is this one's turn.
    pub status: Option<ConversationStatus>,
    /// By this channel.
    pub channel: Option<ChannelId>,
    /// That this person has.
    pub assignee: Option<MemberId>,
    /// With this contact.
    pub contact: Option<ContactId>,
    /// With these words in the contact's name or number, or in what was said last.
    pub q: Option<String>,
    /// In which order.
    pub order: Order,
}

/// A conversation's place in a list: where the next page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    rank: i32,
    at: DateTime<Utc>,
    id: ConversationId,
}

impl Conversation {
    /// Its place in a list of this order.
    #[must_use]
    pub fn place(&self, order: Order) -> Place {
        let (rank, at) = match order {
            Order::Activity => (0, self.last_message_at),
            Order::Urgency => {
                let since = self.waiting_since.unwrap_or(self.last_message_at);
                (self.priority.rank(), since)
            }
        };
        Place {
            rank,
            at,
            id: self.id,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{}.{}",
            self.rank,
            self.at.timestamp_micros(),
            self.id
        )
    }
}

/// The text is no conversation's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no place in a list of conversations")]
pub struct InvalidPlace;

impl FromStr for Place {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> Result<Self, InvalidPlace> {
        let parse = || {
            let mut parts = text.splitn(3, '.');
            Some(Self {
                rank: parts.next()?.parse().ok()?,
                at: DateTime::from_timestamp_micros(parts.next()?.parse().ok()?)?,
                id: parts.next()?.parse().ok()?,
            })
        };
        parse().ok_or(InvalidPlace)
    }
}

/// The tenant's conversations in the order that the filter says, after `after`.
///
/// # Errors
/// When the database can't be read.
pub async fn list(
    tx: &Tx<TenantScope>,
    filter: &Filter,
    after: Option<&Place>,
    limit: u64,
) -> Result<Page<Conversation>> {
    let mut conditions = Conditions::of_tenant("c.tenant_id", tx.tenant());
    let wanted: [(&str, Option<Value>); 4] = [
        (
            "c.status =",
            filter.status.map(|status| status.as_str().into()),
        ),
        ("c.channel_id =", filter.channel.map(|id| id.uuid().into())),
        ("c.assignee =", filter.assignee.map(|id| id.uuid().into())),
        ("c.contact_id =", filter.contact.map(|id| id.uuid().into())),
    ];
    for (comparison, value) in wanted {
        if let Some(value) = value {
            conditions.add(comparison, value);
        }
    }
    if let Some(words) = &filter.q {
        let like = conditions.containing(words);
        conditions.add_sql(format!(
            "(LOWER(p.name) {like} OR LOWER(p.phone) {like} OR LOWER(c.last_text) {like})"
        ));
    }
    let order = match filter.order {
        Order::Activity => "c.last_message_at DESC, c.id DESC",
        Order::Urgency => "c.priority DESC, COALESCE(c.waiting_since, c.last_message_at), c.id",
    };
    if let Some(Place { rank, at, id }) = after {
        let (at, id) = (conditions.bind(*at), conditions.bind(id.uuid()));
        let beyond = match filter.order {
            Order::Activity => format!("(c.last_message_at, c.id) < ({at}, {id})"),
            Order::Urgency => {
                let rank = conditions.bind(*rank);
                let since = "COALESCE(c.waiting_since, c.last_message_at)";
                format!(
                    "(c.priority < {rank} OR (c.priority = {rank} AND ({since}, c.id) > ({at}, {id})))"
                )
            }
        };
        conditions.add_sql(beyond);
    }
    let (condition, values) = conditions.finish();
    let sql = format!(
        "SELECT {COLUMNS}, p.name AS contact_name FROM {FROM} WHERE {condition} ORDER BY {order} LIMIT {}",
        limit + 1
    );
    let rows: Vec<Row> = tx.rows(&sql, values).await?;
    let conversations = rows.into_iter().map(Conversation::try_from);
    Ok(Page::of(conversations.collect::<Result<_>>()?, limit))
}

/// How many conversations there are in each status.
///
/// # Errors
/// When the database can't be read.
pub async fn counts(tx: &Tx<TenantScope>) -> Result<Vec<(ConversationStatus, u64)>> {
    #[derive(FromQueryResult)]
    struct Count {
        status: String,
        conversations: i64,
    }
    let rows: Vec<Count> = tx
        .rows(
            "SELECT status, COUNT(*) AS conversations FROM conversations WHERE tenant_id = $1 GROUP BY status",
            [tx.tenant().uuid().into()],
        )
        .await?;
    let of = |status: ConversationStatus| {
        let found = rows.iter().find(|row| row.status == status.as_str());
        let count = found.map_or(0, |row| u64::try_from(row.conversations).unwrap_or(0));
        (status, count)
    };
    Ok(ConversationStatus::ALL.iter().copied().map(of).collect())
}
