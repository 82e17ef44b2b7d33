//! Checking and making passwords without stalling anything else: argon2id takes 20 ms and 19 MiB each, so
//! few at once, and never on an async thread.

use std::sync::Arc;

use tokio::{sync::Semaphore, task};
use wafaa_storage::password::{self, Hashed};

use crate::error::{Error, Result};

/// Passwords worked on at once; the others wait.
const AT_ONCE: usize = 2;

pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Passwords {
    /// Whether this is the password; takes just as long when there is none to compare to.
    pub(crate) async fn verify(&self, password: &str, stored: Option<Hashed>) -> Result<bool> {
        let password = password.to_owned();
        self.apart(move || password::verify(&password, stored.as_ref()))
            .await
    }

    /// The form to store. `field` is where the request has it.
    pub(crate) async fn hash(&self, password: &str, field: &str) -> Result<Hashed> {
        let password = password.to_owned();
        self.apart(move || password::hash(&password))
            .await?
            .map_err(|unfit| Error::field(field, unfit))
    }

    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let interrupted =
            |error: &dyn std::fmt::Display| Error::Internal(format!("password work: {error}"));
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|error| interrupted(&error))?;
        let done = task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(|error| interrupted(&error))
    }
}
