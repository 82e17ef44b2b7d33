//! Files in request bodies, read with their size limit enforced while they arrive.

use bytes::Bytes;
use poem::{
    FromRequest, Request, RequestBody,
    web::{Field, Multipart},
};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef},
};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::{
    error::{Error, Result},
    problem::FieldError,
    state::State,
};

/// Room for a field that isn't the file, in bytes.
const TEXT: u64 = 4_096;
/// A client that is told "too large" before it has sent all sees a broken connection instead of the answer,
/// so as much again is read and thrown away.
const DRAINED: u64 = 4;

/// A file and what its sender says of it.
pub(crate) struct Upload {
    /// The name the sender has it under; empty when it has none.
    pub(crate) filename: String,
    pub(crate) title: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) content: Bytes,
}

impl<'a> ApiExtractor<'a> for Upload {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let text = |description| MetaSchema {
            description: Some(description),
            ..MetaSchema::new("string")
        };
        let inline = |schema| MetaSchemaRef::Inline(Box::new(schema));
        let file = MetaSchema {
            description: Some(
                "The file: PDF, Word, PowerPoint, Excel, OpenDocument, RTF, EPUB, e-mail, CSV, text, Markdown, HTML, or a ZIP archive of these",
            ),
            ..MetaSchema::new_with_format("string", "binary")
        };
        let form = MetaSchema {
            required: vec!["file"],
            properties: vec![
                ("file", inline(file)),
                (
                    "title",
                    inline(text(
                        "What to call it in citations; otherwise its name without the ending",
                    )),
                ),
                (
                    "language",
                    inline(text(
                        "Its language as a two-letter code; otherwise it is recognised",
                    )),
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
        let limit = request
            .data::<State>()
            .map(|state| state.max_upload_bytes)
            .ok_or_else(|| Error::Internal("a request came without its state".into()))?;
        let is_form = request
            .content_type()
            .is_some_and(|it| it.starts_with("multipart/form-data"));
        if is_form {
            let parts = <Multipart as FromRequest>::from_request(request, body).await;
            return Ok(form(parts.map_err(malformed)?, limit).await?);
        }
        // `curl -T`: a body that is the file. Only where the document has a name already.
        if request.method() == poem::http::Method::PUT {
            return Ok(Self {
                filename: String::new(),
                title: None,
                language: None,
                content: file(body.take()?.into_async_read(), limit).await?,
            });
        }
        Err(Error::MediaType("multipart/form-data").into())
    }
}

async fn form(mut parts: Multipart, limit: u64) -> Result<Upload> {
    let mut upload = None;
    let (mut title, mut language) = (None, None);
    while let Some(field) = parts.next_field().await.map_err(malformed)? {
        match field.name().unwrap_or_default() {
            "file" if upload.is_none() => {
                let filename = field.file_name().unwrap_or_default().to_owned();
                upload = Some((filename, file(field.into_async_read(), limit).await?));
            }
            "title" => title = Some(text("title", field).await?),
            "language" => language = Some(text("language", field).await?),
            other => {
                return Err(Error::field(
                    other,
                    "is not a field of this request, or is there twice",
                ));
            }
        }
    }
    let (filename, content) = upload.ok_or_else(|| Error::field("file", "is required"))?;
    let upload = Upload {
        filename: plain(&filename),
        title: title
            .map(|title| title.trim().to_owned())
            .filter(|title| !title.is_empty()),
        language: language
            .map(|code| code.trim().to_lowercase())
            .filter(|code| !code.is_empty()),
        content,
    };
    upload.checked()
}

impl Upload {
    fn checked(self) -> Result<Self> {
        let mut errors = Vec::new();
        if self.filename.is_empty() {
            errors.push(FieldError::new("file", "needs a file name"));
        }
        if self
            .title
            .as_ref()
            .is_some_and(|title| title.chars().count() > 300)
        {
            errors.push(FieldError::new("title", "has at most 300 characters"));
        }
        let is_code =
            |code: &String| code.len() == 2 && code.chars().all(|c| c.is_ascii_lowercase());
        if self.language.as_ref().is_some_and(|code| !is_code(code)) {
            errors.push(FieldError::new(
                "language",
                "is a two-letter code such as `en`",
            ));
        }
        if errors.is_empty() {
            Ok(self)
        } else {
            Err(Error::Invalid(errors))
        }
    }
}

pub(crate) async fn text(name: &str, field: Field) -> Result<String> {
    let mut bytes = Vec::new();
    field
        .into_async_read()
        .take(TEXT)
        .read_to_end(&mut bytes)
        .await
        .map_err(|error| Error::Multipart(error.to_string()))?;
    String::from_utf8(bytes).map_err(|_| Error::field(name, "is not UTF-8"))
}

pub(crate) async fn file(reader: impl AsyncRead + Send, limit: u64) -> Result<Bytes> {
    tokio::pin!(reader);
    let unreadable = |error: std::io::Error| Error::Multipart(error.to_string());
    let mut content = Vec::new();
    (&mut reader)
        .take(limit + 1)
        .read_to_end(&mut content)
        .await
        .map_err(unreadable)?;
    if content.len() as u64 > limit {
        drop(content);
        let mut rest = reader.take(DRAINED * limit);
        // Whether the client went on sending or gave up, its file was too large.
        let _ = tokio::io::copy(&mut rest, &mut tokio::io::sink()).await;
        return Err(Error::FileTooLarge(limit));
    }
    Ok(content.into())
}

/// The last part of a path, without control characters, at most 255 characters: for showing, never for opening.
pub(crate) fn plain(filename: &str) -> String {
    let name = filename.rsplit(['/', '\\']).next().unwrap_or_default();
    name.trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(255)
        .collect()
}

pub(crate) fn malformed(error: impl std::fmt::Display) -> Error {
    Error::Multipart(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_made_plain() {
        assert_eq!(plain("C:\\menus\\summer.pdf"), "summer.pdf");
        assert_eq!(plain("../../etc/passwd"), "passwd");
        assert_eq!(plain("قائمة\u{0}.pdf"), "قائمة.pdf");
        assert_eq!(plain("a/"), "");
    }

    #[tokio::test]
    async fn a_file_over_the_limit_is_refused_while_it_arrives() {
        assert_eq!(
            file(&b"12345"[..], 5).await.ok(),
            Some(Bytes::from_static(b"12345"))
        );
        let endless = tokio::io::repeat(0);
        assert!(matches!(
            file(endless, 5).await,
            Err(Error::FileTooLarge(5))
        ));
    }
}
