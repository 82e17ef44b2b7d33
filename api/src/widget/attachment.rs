//! Files that visitors send: read with a limit while they arrive, and taken by what they are, not by what
//! they are called.

use bytes::Bytes;
use poem::{FromRequest, Request, RequestBody, web::Multipart};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef},
};
use wafaa_domain::{Media, MediaKind, MessageId, TenantScope};
use wafaa_storage::blob::BlobKey;

use super::view::client_id;
use crate::{
    error::{Error, Result},
    state::State,
    upload::{file, malformed, plain, text},
};

/// The largest file, in bytes.
const LIMIT: u64 = 10_000_000;
/// The longest words beside a file, in characters.
const CAPTION: usize = 1_000;

/// A file and what its sender says of it.
pub(super) struct Attachment {
    pub(super) client_id: String,
    pub(super) media: Media,
    pub(super) content: Bytes,
}

impl<'a> ApiExtractor<'a> for Attachment {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let inline = |schema| MetaSchemaRef::Inline(Box::new(schema));
        let described = |schema: MetaSchema, description| {
            inline(MetaSchema {
                description: Some(description),
                ..schema
            })
        };
        let string = || MetaSchema::new("string");
        let binary = MetaSchema::new_with_format("string", "binary");
        let form = MetaSchema {
            required: vec!["file"],
            properties: vec![
                ("file", described(binary, "The file")),
                ("text", described(string(), "Words beside it")),
                (
                    "client_id",
                    described(string(), "The same again is the same message"),
                ),
            ],
            ..MetaSchema::new("object")
        };
        Some(MetaRequest {
            description: None,
            content: vec![MetaMediaType {
                content_type: "multipart/form-data",
                schema: inline(form),
            }],
            required: true,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let is_form = request
            .content_type()
            .is_some_and(|it| it.starts_with("multipart/form-data"));
        if !is_form {
            return Err(Error::MediaType("multipart/form-data").into());
        }
        let parts = <Multipart as FromRequest>::from_request(request, body).await;
        Ok(form(parts.map_err(malformed)?).await?)
    }
}

async fn form(mut parts: Multipart) -> Result<Attachment> {
    let mut found = None;
    let (mut caption, mut id) = (None, None);
    while let Some(field) = parts.next_field().await.map_err(malformed)? {
        match field.name().unwrap_or_default() {
            "file" if found.is_none() => {
                let name = plain(field.file_name().unwrap_or_default());
                found = Some((name, file(field.into_async_read(), LIMIT).await?));
            }
            "text" => caption = Some(text("text", field).await?),
            "client_id" => id = Some(text("client_id", field).await?),
            other => {
                return Err(Error::field(
                    other,
                    "is not a field of this request, or is there twice",
                ));
            }
        }
    }
    let (name, content) = found.ok_or_else(|| Error::field("file", "is required"))?;
    if content.is_empty() {
        return Err(Error::field("file", "is empty"));
    }
    let caption = caption.filter(|text| !text.trim().is_empty());
    if caption
        .as_ref()
        .is_some_and(|text| text.chars().count() > CAPTION)
    {
        return Err(Error::field("text", "has at most 1000 characters"));
    }
    let (kind, media_type) = recognised(&content).ok_or(Error::FileType)?;
    let media = Media {
        kind,
        provider_ref: None,
        media_type: Some(media_type.to_owned()),
        filename: Some(name).filter(|name| !name.is_empty()),
        caption,
        bytes: Some(content.len() as u64),
        refused: None,
    };
    Ok(Attachment {
        client_id: client_id(id)?,
        media,
        content,
    })
}

/// What a file is, when it is something that may be sent here. Neither programs nor anything a browser runs.
fn recognised(content: &[u8]) -> Option<(MediaKind, &'static str)> {
    let Some(found) = infer::get(content) else {
        let is_text = std::str::from_utf8(content)
            .is_ok_and(|text| !text.contains('\0') && !text.trim_start().starts_with('<'));
        return is_text.then_some((MediaKind::Document, "text/plain; charset=utf-8"));
    };
    match found.mime_type() {
        it @ ("image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/heif") => {
            Some((MediaKind::Image, it))
        }
        it @ ("audio/mpeg" | "audio/ogg" | "audio/m4a" | "audio/x-wav" | "audio/aac") => {
            Some((MediaKind::Audio, it))
        }
        it @ ("video/mp4" | "video/webm" | "video/quicktime") => Some((MediaKind::Video, it)),
        it @ "application/pdf" => Some((MediaKind::Document, it)),
        _ => None,
    }
}

/// Stores the file of a message that is stored. Should that fail, the sender sends both again: the message is
/// known then, and the file takes its place.
pub(super) async fn store(
    state: &State,
    scope: &TenantScope,
    message: MessageId,
    content: Bytes,
) -> Result<()> {
    let key = BlobKey::media(message);
    let stored = state.documents.blobs.put(scope, &key, content);
    stored.await.map_err(|error| {
        tracing::error!(%error, %message, "a visitor's file could not be stored");
        Error::NotReady("the file could not be stored")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_taken_by_what_they_are() {
        let kind = |content: &[u8]| recognised(content).map(|(kind, _)| kind);
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n\0\0\0\0"), Some(MediaKind::Image));
        assert_eq!(kind(b"%PDF-1.7 and so on"), Some(MediaKind::Document));
        assert_eq!(kind("مرحبا".as_bytes()), Some(MediaKind::Document));
        assert_eq!(kind(b"<html><script>alert(1)</script>"), None);
        assert_eq!(kind(b"  <svg xmlns='x'/>"), None);
        assert_eq!(kind(b"\x7fELF\x02\x01\x01\0"), None);
        assert_eq!(kind(b"\0\0"), None);
    }
}
