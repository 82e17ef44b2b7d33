//! Following a document's way through the chain.
//!
//! Events of this process's workers say when to look; a look each second covers workers elsewhere. What is
//! told is always what the database says.

use std::time::Duration;

use futures::stream;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, sleep_until},
};
use wafaa_domain::{DocumentId, TenantScope};
use wafaa_jobs::Event;
use wafaa_storage::document;

use super::{find, view::Document};
use crate::{
    error::Error,
    state::State,
    stream::{Events, events},
};

/// How often to look without being told.
const EVERY: Duration = Duration::from_secs(1);

struct Following {
    state: State,
    scope: TenantScope,
    id: DocumentId,
    listening: Receiver<Event>,
    told: Option<Document>,
}

/// The document now, and after each change until it is ready or has failed.
pub(super) fn document(
    state: &State,
    scope: TenantScope,
    found: document::Document,
    listening: Receiver<Event>,
) -> Events<Document> {
    let following = Following {
        state: state.clone(),
        scope,
        id: found.id,
        listening,
        told: None,
    };
    let first = Some(Document::from(found));
    let changes = stream::unfold((following, first), |(mut following, first)| async move {
        let next = match first {
            Some(first) => first,
            None => following.next().await?,
        };
        following.told = Some(next.clone());
        Some((next, (following, None)))
    });
    events(state, |_| "progress", changes)
}

impl Following {
    /// The document after its next change; `None` when there is none to come, or it was deleted.
    async fn next(&mut self) -> Option<Document> {
        if self
            .told
            .as_ref()
            .is_some_and(|told| told.status.is_final())
        {
            return None;
        }
        loop {
            self.wait().await;
            match find(&self.state, &self.scope, self.id)
                .await
                .map(Document::from)
            {
                Ok(now) if self.told.as_ref() != Some(&now) => return Some(now),
                Ok(_) => {}
                Err(Error::Storage(wafaa_storage::Error::NotFound)) => return None,
                // It will be seen a second later.
                Err(error) => {
                    tracing::warn!(%error, "could not look at a document that is followed")
                }
            }
        }
    }

    /// Until something happened to one of its jobs, or a second has passed.
    async fn wait(&mut self) {
        let parent = self.id.to_string();
        let deadline = Instant::now() + EVERY;
        loop {
            tokio::select! {
                () = sleep_until(deadline) => return,
                heard = self.listening.recv() => match heard {
                    Ok(event) if event.parent.as_deref() == Some(&parent) => return,
                    Ok(_) => {}
                    // Something was missed; it may have been ours.
                    Err(RecvError::Lagged(_)) => return,
                    Err(RecvError::Closed) => return sleep_until(deadline).await,
                },
            }
        }
    }
}
