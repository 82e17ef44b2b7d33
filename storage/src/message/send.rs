//! The last moment before a message is sent: whether it still may be.

use serde_json::json;
use wafaa_domain::{MessageId, MessageStatus, Stage, TenantScope};

use super::{Message, query::get, row::update, settle::unknown};
use crate::{
    Result, Tx,
    conversation::{self, Conversation},
    time::now,
    timeline,
};

/// What is to become of a message that is to be sent.
#[derive(Debug, Clone)]
pub enum Sending {
    /// It is yours to send; nobody else will.
    Go(Message, Conversation),
    /// A newer message, a person or an opt-out came first. The customer's messages that it answered are
    /// unanswered again, if nothing newer has answered them.
    Superseded(Message, Conversation),
    /// An earlier run may have sent it. Now it is `unknown`, until the provider or a person settles it.
    Doubtful(Message),
    /// It has been dealt with.
    Done(Message),
}

/// Takes a queued message to send it. Commit before sending: who finds it `sending` later must not send it again.
///
/// What the bot wrote goes only while it is the bot's turn, the customer has said nothing since, and has not
/// opted out; what others wrote, or have sent anew, always goes.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub async fn begin_send(tx: &Tx<TenantScope>, id: MessageId) -> Result<Sending> {
    let conversation = conversation::lock_of(tx, id).await?;
    let begun = update(
        tx,
        "status = 'sending', changed_at = $3",
        "id = $2 AND status = 'queued' AND (author <> 'bot' OR insisted OR EXISTS (SELECT 1 FROM conversations c \
         JOIN contacts p ON p.tenant_id = c.tenant_id AND p.id = c.contact_id \
         WHERE c.tenant_id = messages.tenant_id AND c.id = messages.conversation_id AND c.status = 'bot' \
         AND p.opted_out_at IS NULL \
         AND (messages.reply_to_seq IS NULL OR messages.reply_to_seq = c.inbound_seq)))",
        [id.uuid().into(), now(tx).into()],
    )
    .await?;
    if let Some(message) = begun.into_iter().next() {
        timeline::note(tx, id, Stage::Sending, json!({})).await?;
        return Ok(Sending::Go(message, conversation));
    }
    let message = get(tx, id).await?;
    match message.status {
        MessageStatus::Queued => supersede(tx, message, conversation).await,
        MessageStatus::Sending => Ok(Sending::Doubtful(unknown(tx, id).await?)),
        MessageStatus::Received
        | MessageStatus::Sent
        | MessageStatus::Delivered
        | MessageStatus::Read
        | MessageStatus::Failed
        | MessageStatus::Unknown
        | MessageStatus::Superseded
        | MessageStatus::Withdrawn => Ok(Sending::Done(message)),
    }
}

async fn supersede(
    tx: &Tx<TenantScope>,
    message: Message,
    conversation: Conversation,
) -> Result<Sending> {
    let values = [message.id.uuid().into(), now(tx).into()];
    update(
        tx,
        "status = 'superseded', changed_at = $3",
        "id = $2",
        values,
    )
    .await?;
    timeline::note(tx, message.id, Stage::Superseded, json!({})).await?;
    let own = "SELECT {} FROM messages m WHERE m.tenant_id = $1 AND m.id = $3";
    let (from, to) = (
        own.replace("{}", "m.reply_from_seq"),
        own.replace("{}", "m.reply_to_seq"),
    );
    let sql = format!(
        "UPDATE conversations SET answered_seq = ({from}) \
         WHERE tenant_id = $1 AND id = $2 AND answered_seq = ({to}) AND answered_seq > ({from})"
    );
    let values = [
        tx.tenant().uuid().into(),
        conversation.id.uuid().into(),
        message.id.uuid().into(),
    ];
    let unanswered = tx.execute(&sql, values).await?.rows_affected() > 0;
    let message = get(tx, message.id).await?;
    let conversation = if unanswered {
        conversation::get(tx, conversation.id).await?
    } else {
        conversation
    };
    Ok(Sending::Superseded(message, conversation))
}
