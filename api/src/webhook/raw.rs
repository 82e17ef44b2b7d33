//! A webhook's body as it came: what is verified and kept are its very bytes.

use bytes::Bytes;
use poem::{Request, RequestBody};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef},
};

use crate::body;

/// The largest webhook, in bytes: Meta's have up to 3 MB
/// (<https://developers.facebook.com/docs/graph-api/webhooks/getting-started>).
const LIMIT: u64 = 3 * 1024 * 1024;

/// A body of any kind.
pub(super) struct Raw(pub(super) Bytes);

impl<'a> ApiExtractor<'a> for Raw {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        Some(MetaRequest {
            description: Some("What the provider sends"),
            content: vec![MetaMediaType {
                content_type: "application/json",
                schema: MetaSchemaRef::Inline(Box::new(MetaSchema::ANY)),
            }],
            required: true,
        })
    }

    async fn from_request(
        _: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        Ok(Self(body::read(body, LIMIT).await?))
    }
}
