//! Points in time, as people are shown them.

use chrono::{DateTime, Utc};

use crate::Tx;

/// The time that all processes of this database agree on.
pub(crate) fn now<S>(tx: &Tx<S>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(tx.now()).unwrap_or_default()
}
