//! Ids in paths and parameters: parsed at the edge into a type that cannot be wrong.

use std::{borrow::Cow, str::FromStr};

use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromParameter, ParseResult, Type},
};
use wafaa_domain::{
    ApiKeyId, CannedReplyId, ChannelId, ContactId, ConversationId, DocumentId, EvaluationId,
    GoldenQuestionId, InvalidId, JobId, MemberId, MessageId, SourceId, TenantId, WebhookDeliveryId,
    WebhookId,
};

/// An id of one kind, such as `doc_…`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Id<T>(pub(crate) T);

/// What can be an [`Id`].
pub(crate) trait Kind: FromStr<Err = InvalidId> + Send + Sync {
    /// What the OpenAPI document calls it.
    const FORMAT: &'static str;
}

macro_rules! kinds {
    ($($type:ty = $format:literal),+) => {$(
        impl Kind for $type {
            const FORMAT: &'static str = $format;
        }
    )+};
}

kinds!(
    TenantId = "tenant id",
    MemberId = "member id",
    ApiKeyId = "api key id",
    DocumentId = "document id",
    SourceId = "source id",
    JobId = "job id",
    ChannelId = "channel id",
    ContactId = "contact id",
    ConversationId = "conversation id",
    MessageId = "message id",
    CannedReplyId = "canned reply id",
    WebhookId = "webhook id",
    WebhookDeliveryId = "webhook delivery id",
    GoldenQuestionId = "golden question id",
    EvaluationId = "evaluation id"
);

impl<T: Kind> Type for Id<T> {
    const IS_REQUIRED: bool = true;

    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        T::FORMAT.into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", T::FORMAT)))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl<T: Kind> ParseFromParameter for Id<T> {
    fn parse_from_parameter(text: &str) -> ParseResult<Self> {
        text.parse()
            .map(Self)
            .map_err(|error: InvalidId| ParseError::custom(error))
    }
}
