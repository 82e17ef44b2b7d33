//! `Idempotency-Key`: a request that is sent again, because its answer was lost, is answered again instead of
//! done again.
//!
//! The answer is kept in the transaction that did the work, under the tenant, the key and the route. What
//! identifies a request is a keyed fingerprint of its body, since a body may hold a password.

use poem_openapi::types::{ParseFromJSON, ToJSON};
use wafaa_domain::TenantScope;
use wafaa_storage::{
    Error as StorageError, Tx,
    idempotency::{self, Answer},
};

use crate::{
    error::{Error, Result},
    state::State,
};

/// A request that may be a repetition.
pub(crate) struct Once {
    /// Without one it is always the first.
    key: Option<String>,
    route: &'static str,
    /// Under the secret of today, then under former ones.
    fingerprints: Vec<Vec<u8>>,
}

impl Once {
    pub(crate) fn new(
        state: &State,
        key: Option<String>,
        route: &'static str,
        request: &[u8],
    ) -> Result<Self> {
        let fits = |key: &String| {
            (1..=255).contains(&key.len()) && key.chars().all(|c| c.is_ascii_graphic())
        };
        if key.as_ref().is_some_and(|key| !fits(key)) {
            return Err(Error::IdempotencyKey);
        }
        Ok(Self {
            key,
            route,
            fingerprints: state.secrets.fingerprints(request),
        })
    }

    pub(crate) const fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// What was answered to the same request before.
    ///
    /// # Errors
    /// [`Error::IdempotencyKeyReused`] when it was another request.
    pub(crate) async fn answered<T: ParseFromJSON>(
        &self,
        tx: &Tx<TenantScope>,
    ) -> Result<Option<T>> {
        let Some(key) = &self.key else {
            return Ok(None);
        };
        let Some(first) = idempotency::find(tx, key, self.route).await? else {
            return Ok(None);
        };
        if !self.fingerprints.contains(&first.body_hash) {
            return Err(Error::IdempotencyKeyReused);
        }
        T::parse_from_json_string(&first.response)
            .map(Some)
            .map_err(|error| {
                Error::Internal(format!("a kept answer can't be read: {}", error.message()))
            })
    }

    /// Keeps the answer for later.
    pub(crate) async fn keep<T: ToJSON>(
        &self,
        tx: &Tx<TenantScope>,
        status: u16,
        answer: &T,
    ) -> Result<()> {
        let Some(key) = &self.key else {
            return Ok(());
        };
        let answer = Answer {
            body_hash: self.fingerprints.first().cloned().unwrap_or_default(),
            status,
            response: answer.to_json_string(),
        };
        match idempotency::keep(tx, key, self.route, answer).await {
            // The same key at the same moment: the other request goes first, and this one is undone.
            Err(StorageError::AlreadyExists) => Err(StorageError::Stale.into()),
            other => Ok(other?),
        }
    }
}
