//! What was found out about a message.

use sea_orm::Value as Bound;
use serde_json::Value;
use wafaa_domain::{MessageId, TenantScope};

use super::{Sentiment, Topics, row::thousandths};
use crate::{Error, Result, Tx};

/// Keeps how the customer feels.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn label_sentiment(
    tx: &Tx<TenantScope>,
    id: MessageId,
    sentiment: &Sentiment,
) -> Result<()> {
    let values = [
        sentiment.label.as_str().into(),
        thousandths(sentiment.score).into(),
        sentiment.method.as_str().into(),
    ];
    let changes = "sentiment = $3, sentiment_score = $4, sentiment_method = $5";
    set(tx, id, changes, values).await
}

/// Keeps what it is about.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn label_topics(tx: &Tx<TenantScope>, id: MessageId, topics: &Topics) -> Result<()> {
    let phrases = Value::from(topics.phrases.as_slice()).to_string();
    let values = [phrases.into(), topics.method.as_str().into()];
    set(tx, id, "topics = $3, topics_method = $4", values).await
}

async fn set<const N: usize>(
    tx: &Tx<TenantScope>,
    id: MessageId,
    changes: &str,
    values: [Bound; N],
) -> Result<()> {
    let sql = format!("UPDATE messages SET {changes} WHERE tenant_id = $1 AND id = $2");
    let key: [Bound; 2] = [tx.tenant().uuid().into(), id.uuid().into()];
    let changed = tx.execute(&sql, key.into_iter().chain(values)).await?;
    (changed.rows_affected() == 1)
        .then_some(())
        .ok_or(Error::NotFound)
}
