//! Which tenant's channels a public address leads to: a webhook's tenant and kind, a web chat's public token.
//!
//! Asked for every message that comes in, so what was found is kept for some seconds, misses too. A channel
//! that is changed by this process is looked up anew at once; by another one, after those seconds.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use wafaa_channels::Account;
use wafaa_domain::{ChannelKind, SystemScope, TenantId};
use wafaa_storage::{
    Error as StorageError,
    channel::{self, Channel},
    tenant::{self, Limits, Tenant},
};

use crate::{account, state::Shared};

/// How long something found is believed.
const TTL: Duration = Duration::from_secs(5);
/// Addresses kept at most; they are anybody's to invent.
const KEPT: usize = 10_000;
/// The longest address that can lead anywhere.
const LONGEST: usize = 100;
/// What public tokens begin with, and no kind of channel does.
const TOKEN_PREFIX: &str = "wct_";

/// A channel that is on, with what its messages are judged and counted by.
pub(crate) struct Found {
    pub(crate) tenant: TenantId,
    pub(crate) limits: Limits,
    pub(crate) channel: Channel,
    /// With its secrets opened.
    pub(crate) account: Account,
}

type Answer = Option<Arc<[Found]>>;

/// What was found lately.
#[derive(Default)]
pub(crate) struct Lookup {
    kept: Mutex<HashMap<String, (Instant, Answer)>>,
}

impl Lookup {
    /// A tenant's channels of one kind; `None` when there is no such tenant or it has none that is on.
    ///
    /// # Errors
    /// When the database can't be read.
    pub(crate) async fn webhook(
        &self,
        state: &Shared,
        kind: ChannelKind,
        slug: &str,
    ) -> Result<Answer, StorageError> {
        if slug.len() > LONGEST {
            return Ok(None);
        }
        let address = format!("{kind}/{slug}");
        if let Some(kept) = self.kept(&address) {
            return Ok(kept);
        }
        let scope = SystemScope::new("find whose webhook this is");
        let tx = state.db().read(scope).await?;
        let found = match channel::routable(&tx, slug, kind).await? {
            Some((id, channels)) if !channels.is_empty() => {
                let tenant = tenant::get(&tx, id).await?;
                Some(open(state, &tenant, channels))
            }
            _ => None,
        };
        tx.commit().await?;
        Ok(self.keep(address, found))
    }

    /// The web chat with this public token, alone.
    ///
    /// # Errors
    /// When the database can't be read.
    pub(crate) async fn widget(&self, state: &Shared, token: &str) -> Result<Answer, StorageError> {
        if token.len() > LONGEST || !token.starts_with(TOKEN_PREFIX) {
            return Ok(None);
        }
        if let Some(kept) = self.kept(token) {
            return Ok(kept);
        }
        let scope = SystemScope::new("find whose web chat this is");
        let tx = state.db().read(scope).await?;
        let found = match channel::by_public_token(&tx, token).await? {
            Some((id, channel)) => {
                let tenant = tenant::get(&tx, id).await?;
                Some(open(state, &tenant, vec![channel]))
            }
            None => None,
        };
        tx.commit().await?;
        Ok(self.keep(token.to_owned(), found))
    }

    /// Forgets everything: a channel was changed, which is rare.
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    fn kept(&self, address: &str) -> Option<Answer> {
        let kept = self.lock();
        let (at, answer) = kept.get(address)?;
        (at.elapsed() < TTL).then(|| answer.clone())
    }

    fn keep(&self, address: String, answer: Answer) -> Answer {
        let mut kept = self.lock();
        if kept.len() >= KEPT {
            kept.retain(|_, (at, _)| at.elapsed() < TTL);
        }
        if kept.len() < KEPT {
            kept.insert(address, (Instant::now(), answer.clone()));
        }
        answer
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Instant, Answer)>> {
        // Nothing under this lock can panic half-way.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The channels whose secrets can be opened; the others can verify nothing.
fn open(state: &Shared, tenant: &Tenant, channels: Vec<Channel>) -> Arc<[Found]> {
    let opened = channels.into_iter().filter_map(|channel| {
        let account = account::of(state.sealer(), tenant.id, &channel)
            .inspect_err(|error| tracing::error!(%error, channel = %channel.id, "left out"))
            .ok()?;
        Some(Found {
            tenant: tenant.id,
            limits: tenant.limits,
            channel,
            account,
        })
    });
    opened.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misses_are_kept_and_forgotten_and_room_is_bounded() {
        let lookup = Lookup::default();
        assert!(lookup.kept("telegram/nobody").is_none());
        lookup.keep("telegram/nobody".into(), None);
        assert!(matches!(lookup.kept("telegram/nobody"), Some(None)));
        lookup.forget();
        assert!(lookup.kept("telegram/nobody").is_none());
        for number in 0..=KEPT {
            lookup.keep(number.to_string(), None);
        }
        assert_eq!(lookup.lock().len(), KEPT);
    }
}
