//! Files of messages on their way out: never shown as a page of ours, whatever they say they are.

use bytes::Bytes;
use poem::{IntoResponse, Response, http::header};
use poem_openapi::{
    ApiResponse,
    registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry},
};
use wafaa_domain::{Content, Media, TenantScope};
use wafaa_storage::{
    blob::{self, BlobKey},
    message::Message,
};

use crate::{
    error::{Error, Result},
    state::State,
};

const BINARY: &str = "application/octet-stream";

/// The file in a message.
pub(crate) struct File {
    media: Media,
    content: Bytes,
}

/// Reads the file in a message.
///
/// # Errors
/// [`Error::NotFound`] when it has none, or it isn't stored.
pub(crate) async fn of(state: &State, scope: &TenantScope, message: &Message) -> Result<File> {
    let Content::Media(media) = &message.content else {
        return Err(Error::NotFound);
    };
    let blobs = &state.documents.blobs;
    match blobs.get(scope, &BlobKey::media(message.id)).await {
        Ok(content) => Ok(File {
            media: media.clone(),
            content,
        }),
        Err(blob::Error::Missing) => Err(Error::NotFound),
        Err(error) => Err(Error::Internal(error.to_string())),
    }
}

impl File {
    /// What a browser may show where it stands; anything else is for saving.
    fn is_shown(&self) -> bool {
        self.media.media_type.as_deref().is_some_and(|it| {
            let (kind, rest) = it.split_once('/').unwrap_or_default();
            matches!(kind, "image" | "audio" | "video") && !rest.starts_with("svg")
        })
    }
}

impl IntoResponse for File {
    fn into_response(self) -> Response {
        let place = if self.is_shown() {
            "inline"
        } else {
            "attachment"
        };
        let media_type = self.media.media_type.as_deref().unwrap_or(BINARY);
        let name = encoded(self.media.filename.as_deref().unwrap_or("file"));
        Response::builder()
            .content_type(media_type)
            .header(
                header::CONTENT_DISPOSITION,
                format!("{place}; filename*=UTF-8''{name}"),
            )
            .header(header::CACHE_CONTROL, "private, max-age=3600")
            .body(self.content)
    }
}

/// Percent-encoded as RFC 8187 has it.
fn encoded(name: &str) -> String {
    name.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

impl ApiResponse for File {
    fn meta() -> MetaResponses {
        let schema = MetaSchema::new_with_format("string", "binary");
        MetaResponses {
            responses: vec![MetaResponse {
                description: "The file",
                status: Some(200),
                status_range: None,
                content: vec![MetaMediaType {
                    content_type: BINARY,
                    schema: MetaSchemaRef::Inline(Box::new(schema)),
                }],
                headers: Vec::new(),
            }],
        }
    }

    fn register(_: &mut Registry) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded() {
        assert_eq!(encoded("menu (1).pdf"), "menu%20%281%29.pdf");
        assert_eq!(encoded("قا"), "%D9%82%D8%A7");
    }
}
