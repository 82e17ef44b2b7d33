//! Conversations: whose turn it is, and how far each side has come.
//!
//! A conversation's row is locked whenever a message is added or sent, so that what is decided about a turn is
//! decided in one order. `seq` numbers its messages, `inbound_seq` is the customer's last one, and
//! `answered_seq` the customer's last one that was answered or decided about. Every move names the state it
//! starts from and answers [`Error::Stale`] elsewhere.

mod moves;
mod open;
mod query;
mod turn;

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, entity::prelude::Uuid};
use wafaa_domain::{
    ChannelId, ChannelKind, ContactId, ConversationId, ConversationStatus, HandoffReason, MemberId,
    MessageId, Priority, TenantScope,
};

use crate::{Error, Result, Tx};

pub use moves::{Handoff, assign, claim, escalate, hand_off, release, resolve, take_over};
pub use open::{Opened, move_thread, open};
pub use query::{Filter, InvalidPlace, Order, Place, counts, list};
pub use turn::{answered, set_csat, set_respond_due, set_summary};

/// Column list of [`Row`].
const COLUMNS: &str = "c.id, c.channel_id, c.channel_kind, c.contact_id, c.identity, c.thread, c.status, \
    c.priority, c.handoff_reason, c.assignee, c.waiting_since, c.sla_due_at, c.escalated_at, c.seq, \
    c.inbound_seq, c.answered_seq, c.respond_due, c.low_confidence, c.summary, c.summary_seq, c.csat, \
    c.last_inbound_at, c.last_message_at, c.last_text, c.resolved_at, c.created_at";
/// Whose name is shown with it.
const FROM: &str =
    "conversations c JOIN contacts p ON p.tenant_id = c.tenant_id AND p.id = c.contact_id";

/// A thread of messages with one contact on one channel.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// By which channel it goes.
    pub channel: ChannelId,
    /// Which provider that goes through.
    pub channel_kind: ChannelKind,
    /// With whom.
    pub contact: ContactId,
    /// What they call themselves.
    pub contact_name: Option<String>,
    /// Whom the channel is to send to.
    pub identity: String,
    /// The provider's thread, where it has such.
    pub thread: Option<String>,
    /// Whose turn it is.
    pub status: ConversationStatus,
    /// How urgent.
    pub priority: Priority,
    /// Why it last went to a person.
    pub handoff_reason: Option<HandoffReason>,
    /// Which of the tenant's people has it.
    pub assignee: Option<MemberId>,
    /// Since when it waits for one.
    pub waiting_since: Option<DateTime<Utc>>,
    /// By when one should have claimed it.
    pub sla_due_at: Option<DateTime<Utc>>,
    /// When nobody had.
    pub escalated_at: Option<DateTime<Utc>>,
    /// The number of its last message; 0 when it has none.
    pub seq: i64,
    /// That of the customer's last one.
    pub inbound_seq: i64,
    /// That of the customer's last one that was answered or decided about.
    pub answered_seq: i64,
    /// When the bot is to answer, if it is to.
    pub respond_due: Option<DateTime<Utc>>,
    /// How many answers in a row the bot was not sure of.
    pub low_confidence: i32,
    /// What its older messages were about.
    pub summary: Option<String>,
    /// The number of the last message that the summary is of.
    pub summary_seq: i64,
    /// What the customer thought of it, as a score.
    pub csat: Option<i32>,
    /// When the customer last wrote.
    pub last_inbound_at: Option<DateTime<Utc>>,
    /// When anybody did.
    pub last_message_at: DateTime<Utc>,
    /// The beginning of what they said.
    pub last_text: Option<String>,
    /// When it came to its end.
    pub resolved_at: Option<DateTime<Utc>>,
    /// When it began.
    pub created_at: DateTime<Utc>,
}

/// A conversation of the tenant.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(tx: &Tx<TenantScope>, id: ConversationId) -> Result<Conversation> {
    read(tx, id, "").await
}

/// As [`get`]; nobody else adds a message to it or moves it until the transaction ends.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn lock(tx: &Tx<TenantScope>, id: ConversationId) -> Result<Conversation> {
    read(tx, id, locked(tx)).await
}

/// As [`lock`], of the conversation with this message.
pub(crate) async fn lock_of(tx: &Tx<TenantScope>, message: MessageId) -> Result<Conversation> {
    let its = "(SELECT m.conversation_id FROM messages m WHERE m.tenant_id = $1 AND m.id = $2)";
    select(tx, its, message.uuid(), locked(tx)).await
}

async fn read(tx: &Tx<TenantScope>, id: ConversationId, lock: &str) -> Result<Conversation> {
    select(tx, "$2", id.uuid(), lock).await
}

async fn select(tx: &Tx<TenantScope>, which: &str, id: Uuid, lock: &str) -> Result<Conversation> {
    let sql = format!(
        "SELECT {COLUMNS}, p.name AS contact_name FROM {FROM} WHERE c.tenant_id = $1 AND c.id = {which} {lock}"
    );
    let key = [tx.tenant().uuid().into(), id.into()];
    let rows: Vec<Row> = tx.rows(&sql, key).await?;
    rows.into_iter().next().ok_or(Error::NotFound)?.try_into()
}

/// What ends a query of conversations `c` that is to lock them. SQLite has one writer anyway.
fn locked(tx: &Tx<TenantScope>) -> &'static str {
    if tx.is_postgres() {
        "FOR UPDATE OF c"
    } else {
        ""
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    channel_id: Uuid,
    channel_kind: String,
    contact_id: Uuid,
    contact_name: Option<String>,
    identity: String,
    thread: String,
    status: String,
    priority: i32,
    handoff_reason: Option<String>,
    assignee: Option<Uuid>,
    waiting_since: Option<DateTime<Utc>>,
    sla_due_at: Option<DateTime<Utc>>,
    escalated_at: Option<DateTime<Utc>>,
    seq: i64,
    inbound_seq: i64,
    answered_seq: i64,
    respond_due: Option<DateTime<Utc>>,
    low_confidence: i32,
    summary: Option<String>,
    summary_seq: i64,
    csat: Option<i32>,
    last_inbound_at: Option<DateTime<Utc>>,
    last_message_at: DateTime<Utc>,
    last_text: Option<String>,
    resolved_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for Conversation {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let priority = Priority::ALL.iter().find(|p| p.rank() == row.priority);
        let reason = row.handoff_reason.map(|reason| reason.parse()).transpose();
        let status = row.status.parse();
        let kind = row.channel_kind.parse();
        Ok(Self {
            id: ConversationId::from_uuid(row.id),
            channel: ChannelId::from_uuid(row.channel_id),
            channel_kind: kind.map_err(|error| Error::corrupt("channel kind", error))?,
            contact: ContactId::from_uuid(row.contact_id),
            contact_name: row.contact_name,
            identity: row.identity,
            thread: (!row.thread.is_empty()).then_some(row.thread),
            status: status.map_err(|error| Error::corrupt("conversation status", error))?,
            priority: *priority.ok_or_else(|| Error::corrupt("priority", row.priority))?,
            handoff_reason: reason.map_err(|error| Error::corrupt("handoff reason", error))?,
            assignee: row.assignee.map(MemberId::from_uuid),
            waiting_since: row.waiting_since,
            sla_due_at: row.sla_due_at,
            escalated_at: row.escalated_at,
            seq: row.seq,
            inbound_seq: row.inbound_seq,
            answered_seq: row.answered_seq,
            respond_due: row.respond_due,
            low_confidence: row.low_confidence,
            summary: row.summary,
            summary_seq: row.summary_seq,
            csat: row.csat,
            last_inbound_at: row.last_inbound_at,
            last_message_at: row.last_message_at,
            last_text: row.last_text,
            resolved_at: row.resolved_at,
            created_at: row.created_at,
        })
    }
}
