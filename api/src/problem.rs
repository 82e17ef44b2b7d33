//! RFC 9457 problems: the one shape of every answer that is not a success.

use std::time::Duration;

use poem::{
    Body, Response,
    error::{MethodNotAllowedError, NotFoundError, ReadBodyError},
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiResponse, Object,
    error::{
        AuthorizationError, ContentTypeError, ParseParamError, ParsePathError,
        ParseRequestPayloadError,
    },
    registry::{MetaMediaType, MetaResponse, MetaResponses, Registry},
    types::{ToJSON, Type},
};

use crate::{error::Error, limit::seconds};

const MEDIA_TYPE: &str = "application/problem+json";

/// One mistake in one place of a request.
#[derive(Debug, Clone, Object)]
pub(crate) struct FieldError {
    /// Where: a field such as `admin.email`, or a parameter.
    pub(crate) field: String,
    /// What is wrong with it.
    pub(crate) message: String,
}

impl FieldError {
    pub(crate) fn new(field: &str, message: impl ToString) -> Self {
        Self {
            field: field.to_owned(),
            message: message.to_string(),
        }
    }
}

/// Why a request was not answered as asked (RFC 9457).
#[derive(Debug, Object)]
pub(crate) struct Problem {
    /// A URI reference that names the kind of problem.
    r#type: String,
    /// The status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened, for people.
    detail: String,
    /// What happened, for programs; stable.
    code: String,
    /// The request's id, also in `X-Request-Id`; support asks for it.
    request_id: String,
    /// The fields that are wrong.
    errors: Vec<FieldError>,
}

/// What a poem error comes to.
struct Outcome {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
}

impl Outcome {
    fn new(status: StatusCode, code: &'static str, detail: impl ToString) -> Self {
        Self {
            status,
            code,
            detail: detail.to_string(),
            errors: Vec::new(),
            retry_after: None,
        }
    }
}

/// The answer to a request that failed.
pub(crate) fn respond(error: &poem::Error, request_id: &str) -> Response {
    let outcome = outcome(error);
    // Saying so a thousand times a second would be one more load.
    let turned_away = matches!(error.downcast_ref(), Some(Error::Overloaded(_)));
    if outcome.status.is_server_error() && !turned_away {
        tracing::error!(error = ?error, "request failed");
    }
    let problem = Problem {
        r#type: format!("urn:wafaa:problem:{}", outcome.code),
        title: outcome
            .status
            .canonical_reason()
            .unwrap_or("Error")
            .to_owned(),
        status: outcome.status.as_u16(),
        detail: outcome.detail,
        code: outcome.code.to_owned(),
        request_id: request_id.to_owned(),
        errors: outcome.errors,
    };
    let mut response = Response::builder()
        .status(outcome.status)
        .content_type(MEDIA_TYPE)
        .body(Body::from_string(problem.to_json_string()));
    let headers = response.headers_mut();
    if outcome.status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(wait) = outcome.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds(wait)));
    }
    response
}

fn outcome(error: &poem::Error) -> Outcome {
    if let Some(error) = error.downcast_ref::<Error>() {
        return of_handler(error);
    }
    if let Some(error) = error.downcast_ref::<ParsePathError>() {
        // A text that can't be an id names nothing.
        return Outcome::new(StatusCode::NOT_FOUND, "not_found", &error.reason);
    }
    if let Some(error) = error.downcast_ref::<ParseParamError>() {
        let mut outcome = Outcome::new(
            StatusCode::BAD_REQUEST,
            "invalid_parameter",
            "a parameter is wrong; see `errors`",
        );
        outcome.errors = vec![FieldError::new(error.name, &error.reason)];
        return outcome;
    }
    if error.is::<AuthorizationError>() {
        return of_handler(&Error::Unauthenticated);
    }
    if error.is::<NotFoundError>() {
        return Outcome::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "there is nothing at this path",
        );
    }
    if error.is::<MethodNotAllowedError>() {
        let detail = "this path does not know this method";
        return Outcome::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail);
    }
    if let Some(error) = error.downcast_ref::<ParseRequestPayloadError>() {
        return Outcome::new(StatusCode::BAD_REQUEST, "malformed_body", &error.reason);
    }
    if let Some(error) = error.downcast_ref::<ContentTypeError>() {
        return Outcome::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            error,
        );
    }
    if matches!(
        error.downcast_ref::<ReadBodyError>(),
        Some(ReadBodyError::PayloadTooLarge)
    ) {
        return Outcome::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "the body is too large",
        );
    }
    of_framework(error)
}

fn of_handler(error: &Error) -> Outcome {
    let (status, code) = error.outcome();
    let errors = if let Error::Invalid(errors) = error {
        errors.clone()
    } else {
        Vec::new()
    };
    Outcome {
        status,
        code,
        detail: error.detail(),
        errors,
        retry_after: error.retry_after(),
    }
}

/// Whatever else poem refuses: its status is right, its words may be about our insides.
fn of_framework(error: &poem::Error) -> Outcome {
    let status = error.status();
    if status.is_server_error() {
        return of_handler(&Error::Internal(error.to_string()));
    }
    Outcome::new(status, "bad_request", error)
}

impl ApiResponse for Error {
    fn meta() -> MetaResponses {
        let problem = |range: &str, description| MetaResponse {
            description,
            status: None,
            status_range: Some(range.to_owned()),
            content: vec![MetaMediaType {
                content_type: MEDIA_TYPE,
                schema: Problem::schema_ref(),
            }],
            headers: Vec::new(),
        };
        MetaResponses {
            responses: vec![
                problem("4XX", "The request can't be answered as asked"),
                problem("5XX", "Something is wrong on our side"),
            ],
        }
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
    }
}
