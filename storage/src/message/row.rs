//! A message's row.

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, Value, entity::prelude::Uuid};
use wafaa_domain::{ChannelId, Content, ConversationId, Failure, MessageId, TenantScope};

use super::{Message, Sentiment, Topics};
use crate::{Error, Result, Tx};

/// Column list of [`Row`].
pub(super) const COLUMNS: &str = "id, conversation_id, channel_id, seq, direction, author, content, status, \
    error_code, error_message, provider_id, reply_to, reply_to_seq, answer, sentiment, \
    sentiment_score, sentiment_method, topics, topics_method, language, at, created_at, edited_at";

#[derive(FromQueryResult)]
pub(super) struct Row {
    id: Uuid,
    conversation_id: Uuid,
    channel_id: Uuid,
    seq: i64,
    direction: String,
    author: String,
    content: String,
    status: String,
    error_code: Option<String>,
    error_message: Option<String>,
    provider_id: Option<String>,
    reply_to: Option<String>,
    reply_to_seq: Option<i64>,
    answer: Option<String>,
    sentiment: Option<String>,
    sentiment_score: Option<i32>,
    sentiment_method: Option<String>,
    topics: Option<String>,
    topics_method: Option<String>,
    language: Option<String>,
    at: DateTime<Utc>,
    created_at: DateTime<Utc>,
    edited_at: Option<DateTime<Utc>>,
}

/// The rows of the tenant's messages for which `condition` holds; its parameters begin with `$2`.
pub(super) async fn select<const N: usize>(
    tx: &Tx<TenantScope>,
    condition: &str,
    values: [Value; N],
) -> Result<Vec<Message>> {
    let sql = format!("SELECT {COLUMNS} FROM messages WHERE tenant_id = $1 AND {condition}");
    messages(tx.rows(&sql, of_tenant(tx, values)).await?)
}

/// Makes `changes` to the tenant's messages for which `condition` holds, and answers them as they are then.
pub(super) async fn update<const N: usize>(
    tx: &Tx<TenantScope>,
    changes: &str,
    condition: &str,
    values: [Value; N],
) -> Result<Vec<Message>> {
    let sql = format!(
        "UPDATE messages SET {changes} WHERE tenant_id = $1 AND {condition} RETURNING {COLUMNS}"
    );
    messages(tx.rows(&sql, of_tenant(tx, values)).await?)
}

fn of_tenant<const N: usize>(
    tx: &Tx<TenantScope>,
    values: [Value; N],
) -> impl Iterator<Item = Value> {
    std::iter::once(tx.tenant().uuid().into()).chain(values)
}

pub(super) fn messages(rows: Vec<Row>) -> Result<Vec<Message>> {
    rows.into_iter().map(Message::try_from).collect()
}

/// The size of the file that is kept with a message, which counts against what the tenant may keep.
pub(super) fn kept(content: &Content) -> Option<i64> {
    let bytes = content.kept_bytes()?;
    Some(i64::try_from(bytes).unwrap_or(i64::MAX))
}

/// A score as it is kept: in thousandths.
pub(super) fn thousandths(score: f32) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "a thousand at the most")]
    let kept = (score.clamp(-1.0, 1.0) * 1_000.0).round() as i32;
    kept
}

impl TryFrom<Row> for Message {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let (direction, author, status) = (
            row.direction.parse(),
            row.author.parse(),
            row.status.parse(),
        );
        let answer = row.answer.map(|answer| serde_json::from_str(&answer));
        let phrases = row.topics.map(|topics| serde_json::from_str(&topics));
        let phrases = phrases.transpose();
        #[expect(clippy::cast_precision_loss, reason = "a thousand at the most")]
        let sentiment = row.sentiment.map(|label| Sentiment {
            label,
            score: row.sentiment_score.unwrap_or(0) as f32 / 1_000.0,
            method: row.sentiment_method.unwrap_or_default(),
        });
        Ok(Self {
            id: MessageId::from_uuid(row.id),
            conversation: ConversationId::from_uuid(row.conversation_id),
            channel: ChannelId::from_uuid(row.channel_id),
            seq: row.seq,
            direction: direction.map_err(|error| Error::corrupt("direction", error))?,
            author: author.map_err(|error| Error::corrupt("author", error))?,
            content: serde_json::from_str(&row.content)
                .map_err(|error| Error::corrupt("message", error))?,
            status: status.map_err(|error| Error::corrupt("message status", error))?,
            error: row.error_code.map(|code| Failure {
                code,
                message: row.error_message.unwrap_or_default(),
            }),
            provider_id: row.provider_id,
            reply_to: row.reply_to,
            reply_to_seq: row.reply_to_seq,
            answer: answer
                .transpose()
                .map_err(|error| Error::corrupt("answer", error))?,
            sentiment,
            topics: phrases
                .map_err(|error| Error::corrupt("list of topics", error))?
                .map(|phrases| Topics {
                    phrases,
                    method: row.topics_method.unwrap_or_default(),
                }),
            language: row.language,
            at: row.at,
            created_at: row.created_at,
            edited_at: row.edited_at,
        })
    }
}
