//! `fetch_media`: a file that came with a message is fetched from the provider and kept, until the message is taken
//! back.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wafaa_channels::{Fetched, SendError, adapter};
use wafaa_domain::{Content, Failure as Reason, Lane, Media, MessageId, TenantScope};
use wafaa_storage::{Error, Tx, blob::BlobKey, channel, message, room, tenant};

use super::{Kind, account, missing};
use crate::{Context, Done, Failure, NewsKind, conversation::no_room};

/// Keeps the file of one message as the message has it now: fetches it anew after an edit, and forgets it once
/// there is none.
#[derive(Debug, Serialize, Deserialize)]
pub struct FetchMedia {
    /// Which message.
    pub message: MessageId,
}

impl Kind for FetchMedia {
    const KIND: &'static str = "fetch_media";
    const LANE: Lane = Lane::Deliver;
    /// Providers keep files for minutes to days; the first hour decides.
    const MAX_ATTEMPTS: i32 = 8;
    const TIMEOUT: Duration = Duration::from_secs(180);

    /// What follows an edit works on the message after what came before it.
    fn order_key(&self) -> Option<String> {
        Some(format!("media:{}", self.message))
    }

    fn parent(&self) -> Option<String> {
        Some(self.message.to_string())
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let services = context.services();
        let tx = context.read().await?;
        let found = message::get(&tx, self.message).await.map_err(missing)?;
        let channel = channel::get(&tx, found.channel).await.map_err(missing)?;
        let left = room::left(&tx).await?;
        let most = tenant::own(&tx).await?.limits.storage_bytes;
        tx.commit().await?;
        let Content::Media(media) = found.content else {
            self.forget(context).await?;
            return context.done().await;
        };
        let account = account(services, context.scope(), &channel)?;
        let limit = adapter(channel.kind).limits().media;
        let fetched = if left == 0 {
            Err(SendError::Invalid {
                detail: no_room(most),
            })
        } else {
            services.channels.fetch_media(&account, &media, limit).await
        };
        let kept = match fetched {
            Ok(fetched) if fetched.bytes.len() as u64 > left => {
                refused(media.clone(), &no_room(most))
            }
            Ok(fetched) => self.keep(context, media.clone(), fetched).await?,
            Err(SendError::Wait { after, detail }) => return Err(Failure::Snooze(after, detail)),
            Err(SendError::Transient { detail } | SendError::Unknown { detail }) => {
                return Err(Failure::Retry(detail));
            }
            Err(error) => refused(media.clone(), error.detail()),
        };
        let tx = context.finish().await?;
        // An edit or a withdrawal has brought a job of its own, which sees to the file.
        if message::lock(&tx, self.message).await?.content != Content::Media(media) {
            return tx.commit().await;
        }
        let (kept, fits) = if_it_fits(&tx, kept).await?;
        message::set_content(&tx, self.message, &Content::Media(kept)).await?;
        tx.tell(
            NewsKind::MessageChanged,
            found.conversation,
            Some(self.message),
        );
        let done = tx.commit().await?;
        if !fits && let Err(error) = self.forget(context).await {
            tracing::warn!(?error, message = %self.message, "a file that isn't kept is still there");
        }
        Ok(done)
    }

    async fn ended(&self, tx: &Tx<TenantScope>, reason: &Reason) -> Result<(), Error> {
        let found = match message::get(tx, self.message).await {
            Err(Error::NotFound) => return Ok(()),
            other => other?,
        };
        let Content::Media(media) = found.content else {
            return Ok(());
        };
        let content = Content::Media(refused(media, &reason.message));
        message::set_content(tx, self.message, &content).await
    }
}

impl FetchMedia {
    async fn forget(&self, context: &Context) -> Result<(), Failure> {
        let key = BlobKey::media(self.message);
        Ok(context
            .services()
            .blobs
            .delete(context.scope(), &key)
            .await?)
    }

    async fn keep(&self, context: &Context, media: Media, file: Fetched) -> Result<Media, Failure> {
        let bytes = file.bytes.len() as u64;
        let key = BlobKey::media(self.message);
        let blobs = &context.services().blobs;
        blobs.put(context.scope(), &key, file.bytes.into()).await?;
        Ok(Media {
            bytes: Some(bytes),
            media_type: Some(file.media_type),
            filename: media.filename.or(file.filename),
            refused: None,
            ..media
        })
    }
}

/// The file, or why it isn't kept when others have taken the room meanwhile; and whether it is.
async fn if_it_fits(tx: &Tx<TenantScope>, media: Media) -> Result<(Media, bool), Error> {
    let Some(bytes) = media.bytes.filter(|_| media.refused.is_none()) else {
        return Ok((media, true));
    };
    match room::check(tx, 0, bytes).await {
        Ok(()) => Ok((media, true)),
        Err(Error::Full { limit, .. }) => Ok((refused(media, &no_room(limit)), false)),
        Err(error) => Err(error),
    }
}

fn refused(media: Media, why: &str) -> Media {
    Media {
        bytes: None,
        refused: Some(why.to_owned()),
        ..media
    }
}
