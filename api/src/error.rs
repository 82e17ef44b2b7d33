//! What can go wrong in a handler, and the one place that says which status and code that is.
//!
//! Codes are stable: programs branch on them. What is a client's business is said in `detail`; what is ours
//! is logged with the request's id, and the client gets the id.

use std::time::Duration;

use poem::{error::ResponseError, http::StatusCode};
use wafaa_domain::Role;
use wafaa_jobs::{conversation::DeskError, document, evaluation, tenant};
use wafaa_pipelines::conversation;
use wafaa_storage::{Error as StorageError, blob};

use crate::problem::FieldError;

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("send a valid access token or API key as `Authorization: Bearer …`")]
    Unauthenticated,
    #[error("the e-mail address, the password or the tenant is wrong")]
    Credentials,
    #[error("several tenants know this e-mail address and password; say which one in `tenant`")]
    TenantRequired,
    #[error("the refresh token is unknown, expired or revoked; sign in again")]
    RefreshToken,
    #[error(
        "the refresh token was used before, so its whole session has been ended; sign in again"
    )]
    RefreshTokenReused,
    #[error("this needs the role {} in the tenant", .0.as_str())]
    Role(Role),
    #[error("an API key can't be given more than your own role")]
    RoleAboveOwn,
    #[error("this is for platform operators")]
    OperatorOnly,
    #[error("operators belong to no tenant; sign in as a member of the tenant for this")]
    MemberOnly,
    #[error("too many attempts; wait a little before the next")]
    Throttled(Duration),
    #[error("the tenant's rate limit is used up; wait a little")]
    RateLimited(Duration),
    #[error("the tenant's chat model tokens for a day are used up; wait, or have the limit raised")]
    LlmTokens(Duration),
    #[error("more is being asked than can be answered at the moment; ask again in a little while")]
    Overloaded(Duration),
    #[error("the body is not JSON: {0}")]
    Json(serde_json::Error),
    #[error("the body must be {0}")]
    MediaType(&'static str),
    #[error("the body is not well-formed multipart/form-data: {0}")]
    Multipart(String),
    #[error("the body could not be read")]
    Body(#[source] std::io::Error),
    #[error("the body is larger than {0} bytes")]
    BodyTooLarge(u64),
    #[error("the file is larger than the {} MB that are allowed", .0 / 1_000_000)]
    FileTooLarge(u64),
    #[error("the request is not as the API describes it; see `errors`")]
    Invalid(Vec<FieldError>),
    #[error("`{0}` is not a cursor of this list")]
    Cursor(String),
    #[error("the password of the demo data can't be used elsewhere")]
    DemoPassword,
    #[error("a tenant keeps at least one owner")]
    LastOwner,
    #[error("this Idempotency-Key was used with another request")]
    IdempotencyKeyReused,
    #[error("an Idempotency-Key has 1 to 255 visible characters")]
    IdempotencyKey,
    #[error("{0} is taken already")]
    Taken(&'static str),
    #[error("not found")]
    NotFound,
    #[error("this is for a person; sign in as a member, or use `assign` with a member's id")]
    PersonOnly,
    #[error("the webhook is not genuine: {0}")]
    Signature(&'static str),
    #[error("the webhook can't be read: {0}")]
    Payload(String),
    #[error("what was sent could not be stored")]
    NotStored(#[source] StorageError),
    #[error("the channel's allowed origins don't include the page that asks")]
    Origin,
    #[error("send the visitor token that began this conversation as `Authorization: Bearer …`")]
    Visitor,
    #[error("the channel's provider refused: {0}")]
    Provider(String),
    #[error("files of this type can't be sent here")]
    FileType,
    #[error("the customer has opted out of messages")]
    OptedOut,
    #[error(
        "the customer has stopped marketing messages; a template that is none says so by its `category`"
    )]
    NoMarketing,
    #[error(transparent)]
    Storage(StorageError),
    #[error(transparent)]
    Document(document::Error),
    #[error(transparent)]
    Tenant(tenant::Error),
    #[error(transparent)]
    Evaluation(evaluation::Error),
    #[error(transparent)]
    Retrieval(#[from] conversation::Error),
    #[error("not ready: {0}")]
    NotReady(&'static str),
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// One mistake in one field.
    pub(crate) fn field(field: &str, message: impl ToString) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    /// The status and the stable code.
    pub(crate) fn outcome(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated"),
            Self::Credentials => (StatusCode::UNAUTHORIZED, "invalid_credentials"),
            Self::TenantRequired => (StatusCode::CONFLICT, "tenant_required"),
            Self::RefreshToken => (StatusCode::UNAUTHORIZED, "invalid_refresh_token"),
            Self::RefreshTokenReused => (StatusCode::UNAUTHORIZED, "refresh_token_reused"),
            Self::Role(_) => (StatusCode::FORBIDDEN, "role_insufficient"),
            Self::RoleAboveOwn => (StatusCode::FORBIDDEN, "role_above_own"),
            Self::OperatorOnly => (StatusCode::FORBIDDEN, "operator_only"),
            Self::MemberOnly => (StatusCode::FORBIDDEN, "member_only"),
            Self::Throttled(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts"),
            Self::RateLimited(_) => (StatusCode::TOO_MANY_REQUESTS, "rate_limited"),
            Self::LlmTokens(_) => (StatusCode::TOO_MANY_REQUESTS, "llm_tokens_exhausted"),
            Self::Overloaded(_) => (StatusCode::SERVICE_UNAVAILABLE, "overloaded"),
            Self::Json(_) => (StatusCode::BAD_REQUEST, "malformed_json"),
            Self::MediaType(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
            Self::Multipart(_) => (StatusCode::BAD_REQUEST, "malformed_multipart"),
            Self::Body(_) => (StatusCode::BAD_REQUEST, "unreadable_body"),
            Self::BodyTooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Self::FileTooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "file_too_large"),
            Self::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_request"),
            Self::Cursor(_) => (StatusCode::BAD_REQUEST, "invalid_cursor"),
            Self::DemoPassword => (StatusCode::UNPROCESSABLE_ENTITY, "demo_password"),
            Self::LastOwner => (StatusCode::CONFLICT, "last_owner"),
            Self::IdempotencyKeyReused => (StatusCode::CONFLICT, "idempotency_key_reused"),
            Self::IdempotencyKey => (StatusCode::BAD_REQUEST, "invalid_idempotency_key"),
            Self::Taken(_) => (StatusCode::CONFLICT, "already_exists"),
            Self::NotFound | Self::NotStored(StorageError::NotFound) => {
                (StatusCode::NOT_FOUND, "not_found")
            }
            Self::PersonOnly => (StatusCode::FORBIDDEN, "person_only"),
            Self::Signature(_) => (StatusCode::UNAUTHORIZED, "invalid_signature"),
            Self::Payload(_) => (StatusCode::BAD_REQUEST, "malformed_payload"),
            // Whatever went wrong, it is not stored: the provider is to come again.
            Self::NotStored(_) => (StatusCode::SERVICE_UNAVAILABLE, "storage_unavailable"),
            Self::Origin => (StatusCode::FORBIDDEN, "origin_refused"),
            Self::Visitor => (StatusCode::UNAUTHORIZED, "invalid_visitor_token"),
            Self::Provider(_) => (StatusCode::UNPROCESSABLE_ENTITY, "provider_refused"),
            Self::OptedOut => (StatusCode::CONFLICT, "opted_out"),
            Self::NoMarketing => (StatusCode::CONFLICT, "marketing_opted_out"),
            Self::FileType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "file_type_refused"),
            Self::Storage(error) => of_storage(error),
            Self::Document(error) => of_document(error),
            Self::Tenant(tenant::Error::Storage(error)) => of_storage(error),
            // What was begun is brought to its end; asking again answers the receipt.
            Self::Tenant(tenant::Error::Blob(_) | tenant::Error::Vectors(_)) => {
                (StatusCode::SERVICE_UNAVAILABLE, "erasure_unfinished")
            }
            Self::Evaluation(evaluation::Error::Storage(error)) => of_storage(error),
            Self::Evaluation(evaluation::Error::NoQuestions) => {
                (StatusCode::CONFLICT, "no_golden_questions")
            }
            Self::Evaluation(evaluation::Error::UnderWay) => {
                (StatusCode::CONFLICT, "evaluation_under_way")
            }
            Self::Retrieval(error) => of_retrieval(error),
            Self::NotReady(_) => (StatusCode::SERVICE_UNAVAILABLE, "not_ready"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    /// When it is worth trying again.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        if let Self::Throttled(wait)
        | Self::RateLimited(wait)
        | Self::LlmTokens(wait)
        | Self::Overloaded(wait) = self
        {
            return Some(*wait);
        }
        let unavailable = self.outcome().0 == StatusCode::SERVICE_UNAVAILABLE;
        unavailable.then_some(Duration::from_secs(5))
    }

    /// What the client is told.
    pub(crate) fn detail(&self) -> String {
        match self.outcome() {
            (StatusCode::INTERNAL_SERVER_ERROR, _) => {
                "something went wrong here; the request's id helps us find it".into()
            }
            (_, "storage_unavailable") => {
                "it can't be stored or read at the moment; nothing has changed".into()
            }
            (_, "erasure_unfinished") => {
                "the rows are gone, but not yet all files; ask again for the receipt".into()
            }
            (_, "provider_unavailable") => {
                "the model provider does not answer; try again later".into()
            }
            (_, "storage_full") => format!(
                "this doesn't fit into what the tenant may keep: {self}; delete documents, or have the limit raised"
            ),
            (_, "not_found") => "there is no such thing in this tenant".into(),
            (_, "conflict") => "its state doesn't allow this, or it has just been changed".into(),
            (_, "already_exists") if matches!(self, Self::Storage(_)) => "it exists already".into(),
            _ => self.to_string(),
        }
    }
}

fn of_storage(error: &StorageError) -> (StatusCode, &'static str) {
    match error {
        StorageError::NotFound => (StatusCode::NOT_FOUND, "not_found"),
        StorageError::AlreadyExists => (StatusCode::CONFLICT, "already_exists"),
        StorageError::Stale => (StatusCode::CONFLICT, "conflict"),
        StorageError::Full { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "storage_full"),
        StorageError::Database(_) if error.is_transient() => {
            (StatusCode::SERVICE_UNAVAILABLE, "storage_unavailable")
        }
        StorageError::Corrupt { .. } | StorageError::Open { .. } | StorageError::Database(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "internal")
        }
        // The enum may grow; a new kind is ours until this says otherwise.
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    }
}

fn of_document(error: &document::Error) -> (StatusCode, &'static str) {
    match error {
        document::Error::SameContent => (StatusCode::CONFLICT, "same_content"),
        document::Error::Blob(blob::Error::Missing) => (StatusCode::CONFLICT, "content_missing"),
        // Whatever the database says while a file is taken in, the file was not: the client is to come again.
        document::Error::Blob(_) | document::Error::Storage(StorageError::Database(_)) => {
            (StatusCode::SERVICE_UNAVAILABLE, "storage_unavailable")
        }
        document::Error::Storage(error) => of_storage(error),
    }
}

fn of_retrieval(error: &conversation::Error) -> (StatusCode, &'static str) {
    match error {
        conversation::Error::Storage(error) => of_storage(error),
        _ if error.provider().is_some() => {
            (StatusCode::SERVICE_UNAVAILABLE, "provider_unavailable")
        }
        conversation::Error::Embedding(_) | conversation::Error::Vectors(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "internal")
        }
    }
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<DeskError> for Error {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Storage(error) => Self::Storage(error),
            DeskError::OptedOut => Self::OptedOut,
            DeskError::NoMarketing => Self::NoMarketing,
        }
    }
}

impl From<document::Error> for Error {
    fn from(error: document::Error) -> Self {
        Self::Document(error)
    }
}

impl From<tenant::Error> for Error {
    fn from(error: tenant::Error) -> Self {
        Self::Tenant(error)
    }
}

impl From<evaluation::Error> for Error {
    fn from(error: evaluation::Error) -> Self {
        Self::Evaluation(error)
    }
}

impl ResponseError for Error {
    fn status(&self) -> StatusCode {
        self.outcome().0
    }
}
