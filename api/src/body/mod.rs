//! JSON bodies, checked against the schema that the OpenAPI document shows.
//!
//! The schema is the contract and this enforces it, unknown fields included, naming every field that is
//! wrong at once. An empty body counts as `{}`, so that what is missing from it is named too.

mod check;

use bytes::Bytes;
use poem::{Request, RequestBody};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    payload::{Json, Payload as _},
    registry::{MetaMediaType, MetaRequest, Registry},
    types::{ParseFromJSON, Type},
};
use serde_json::Value;
use tokio::io::AsyncReadExt as _;

use crate::error::{Error, Result};

/// The largest JSON body, in bytes: the bot's instructions and a margin.
const LIMIT: u64 = 256 * 1024;

/// A JSON body.
pub(crate) struct Body<T> {
    pub(crate) value: T,
    /// As it came, to recognise the request when it is repeated.
    pub(crate) raw: Bytes,
}

impl<'a, T: ParseFromJSON> ApiExtractor<'a> for Body<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(MetaRequest {
            description: None,
            content: vec![MetaMediaType {
                content_type: "application/json",
                schema: T::schema_ref(),
            }],
            required: true,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let raw = read(body, LIMIT).await?;
        let is_json = request
            .content_type()
            .is_some_and(Json::<T>::check_content_type);
        if !raw.is_empty() && !is_json {
            return Err(Error::MediaType("application/json").into());
        }
        Ok(Self {
            value: parse(&raw)?,
            raw,
        })
    }
}

/// A whole body of at most `limit` bytes.
pub(crate) async fn read(body: &mut RequestBody, limit: u64) -> poem::Result<Bytes> {
    let mut raw = Vec::new();
    let mut reader = body.take()?.into_async_read().take(limit + 1);
    reader.read_to_end(&mut raw).await.map_err(Error::Body)?;
    if raw.len() as u64 > limit {
        return Err(Error::BodyTooLarge(limit).into());
    }
    Ok(raw.into())
}

fn parse<T: ParseFromJSON>(raw: &[u8]) -> Result<T> {
    let value: Value = if raw.is_empty() {
        Value::Object(serde_json::Map::new())
    } else {
        serde_json::from_slice(raw).map_err(Error::Json)?
    };
    let mut registry = Registry::new();
    T::register(&mut registry);
    let errors = check::mistakes(&registry, &<T as Type>::schema_ref(), &value);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    // The check knows less than the parser (patterns, formats); what it lets through is still refused here.
    T::parse_from_json(Some(value)).map_err(|error| Error::field("", error.into_message()))
}
