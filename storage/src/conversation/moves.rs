//! Moving a conversation between the bot, the queue, a person and its end. Each move is one compare-and-set.

use chrono::{DateTime, Utc};
use sea_orm::Value;
use wafaa_domain::{ConversationId, HandoffReason, MemberId, Priority, TenantScope};

use super::{Conversation, get};
use crate::{Error, Result, Tx, time::now};

/// Why, how urgently and until when a person is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Handoff {
    /// Why.
    pub reason: HandoffReason,
    /// How urgently.
    pub priority: Priority,
    /// By when one should have claimed it.
    pub sla_due_at: Option<DateTime<Utc>>,
}

/// From the bot into the queue.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when the bot doesn't have it.
pub async fn hand_off(
    tx: &Tx<TenantScope>,
    id: ConversationId,
    handoff: &Handoff,
) -> Result<Conversation> {
    let changes = "status = 'waiting', handoff_reason = $3, priority = $4, sla_due_at = $5, \
                   waiting_since = $6, escalated_at = NULL, respond_due = NULL";
    let values = [
        handoff.reason.as_str().into(),
        handoff.priority.rank().into(),
        handoff.sla_due_at.into(),
        now(tx).into(),
    ];
    moved(tx, id, changes, "status = 'bot'", values).await
}

/// To a person who takes it, from the queue, from the bot, or from nobody in particular. Who has it already keeps
/// it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when somebody else has it, or it has come to its end.
pub async fn claim(
    tx: &Tx<TenantScope>,
    id: ConversationId,
    member: MemberId,
) -> Result<Conversation> {
    let from = "(status IN ('bot', 'waiting') \
                OR (status = 'human' AND (assignee IS NULL OR assignee = $3)))";
    moved(tx, id, TAKEN, from, [member.uuid().into()]).await
}

/// To this person, whoever has it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it has come to its end.
pub async fn assign(
    tx: &Tx<TenantScope>,
    id: ConversationId,
    member: MemberId,
) -> Result<Conversation> {
    moved(
        tx,
        id,
        TAKEN,
        "status <> 'resolved'",
        [member.uuid().into()],
    )
    .await
}

const TAKEN: &str = "status = 'human', assignee = $3, waiting_since = NULL, sla_due_at = NULL, \
    escalated_at = NULL, respond_due = NULL";

/// To a person who has answered in the provider's own app, whoever that is.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when a person has it already, or it has come to its end.
pub async fn take_over(tx: &Tx<TenantScope>, id: ConversationId) -> Result<Conversation> {
    let from = "status IN ('bot', 'waiting')";
    moved(
        tx,
        id,
        TAKEN,
        from,
        [Option::<sea_orm::entity::prelude::Uuid>::None.into()],
    )
    .await
}

/// From the queue or a person back to the bot. What the customer has said meanwhile was that person's to answer.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when the bot has it, or it has come to its end.
pub async fn release(tx: &Tx<TenantScope>, id: ConversationId) -> Result<Conversation> {
    let changes = "status = 'bot', assignee = NULL, waiting_since = NULL, sla_due_at = NULL, \
                   escalated_at = NULL, low_confidence = 0, answered_seq = inbound_seq, priority = $3";
    let normal = Priority::Normal.rank();
    moved(
        tx,
        id,
        changes,
        "status IN ('waiting', 'human')",
        [normal.into()],
    )
    .await
}

/// To its end.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it is there.
pub async fn resolve(tx: &Tx<TenantScope>, id: ConversationId) -> Result<Conversation> {
    let changes = "status = 'resolved', resolved_at = $3, waiting_since = NULL, sla_due_at = NULL, \
                   escalated_at = NULL, respond_due = NULL, answered_seq = inbound_seq, priority = $4";
    let values = [now(tx).into(), Priority::Normal.rank().into()];
    moved(tx, id, changes, "status <> 'resolved'", values).await
}

/// To the front of the queue, because nobody has claimed it in time since it came there at `since`.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it no longer waits since then, or was there before.
pub async fn escalate(
    tx: &Tx<TenantScope>,
    id: ConversationId,
    since: DateTime<Utc>,
) -> Result<Conversation> {
    let values = [since.into(), now(tx).into(), Priority::Urgent.rank().into()];
    let from = "status = 'waiting' AND waiting_since = $3 AND escalated_at IS NULL";
    moved(tx, id, "escalated_at = $4, priority = $5", from, values).await
}

/// Makes `changes` to a conversation that is as `from` says, their parameters beginning with `$3`.
async fn moved<const N: usize>(
    tx: &Tx<TenantScope>,
    id: ConversationId,
    changes: &str,
    from: &str,
    values: [Value; N],
) -> Result<Conversation> {
    let sql =
        format!("UPDATE conversations SET {changes} WHERE tenant_id = $1 AND id = $2 AND {from}");
    let key: [Value; 2] = [tx.tenant().uuid().into(), id.uuid().into()];
    let changed = tx.execute(&sql, key.into_iter().chain(values)).await?;
    let conversation = get(tx, id).await?;
    (changed.rows_affected() == 1)
        .then_some(conversation)
        .ok_or(Error::Stale)
}
