//! What can go wrong with a provider, by what there is to do about it.

use async_openai::error::OpenAIError;

/// A call to a provider failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It did not answer in time.
    #[error("the provider did not answer in time")]
    Timeout,
    /// It is too busy for us, or our quota is used up.
    #[error("the provider is limiting our rate")]
    RateLimited,
    /// It failed too often lately, and was not asked.
    #[error("the model failed too often, and is not asked for a while")]
    Resting,
    /// It does not accept our key.
    #[error("the provider refused our key (HTTP {0})")]
    Denied(u16),
    /// It does not accept the request: an unknown model, too long an input.
    #[error("the provider rejected the request (HTTP {status}): {message}")]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// The provider's words.
        message: String,
    },
    /// It is down, or can't be reached.
    #[error("the provider is unavailable: {0}")]
    Unavailable(String),
    /// It answered something that is no answer.
    #[error("the provider answered nonsense: {0}")]
    Garbage(String),
    /// Our own settings can't work.
    #[error("{0}")]
    Settings(String),
}

impl Error {
    pub(crate) fn garbage(what: &str) -> Self {
        Self::Garbage(what.to_owned())
    }

    /// What kind it is, in a metric.
    pub(crate) const fn as_label(&self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::RateLimited => "rate_limited",
            Self::Resting => "resting",
            Self::Denied(_) => "denied",
            Self::Rejected { .. } => "rejected",
            Self::Unavailable(_) => "unavailable",
            Self::Garbage(_) => "garbage",
            Self::Settings(_) => "settings",
        }
    }

    /// Whether another model of the same provider may fare better.
    pub(super) const fn is_worth_a_fallback(&self) -> bool {
        match self {
            Self::Timeout
            | Self::RateLimited
            | Self::Resting
            | Self::Rejected { .. }
            | Self::Unavailable(_)
            | Self::Garbage(_) => true,
            Self::Denied(_) | Self::Settings(_) => false,
        }
    }

    /// Whether it says that the model is down, too slow or too busy for anybody.
    pub(super) const fn is_an_outage(&self) -> bool {
        match self {
            Self::Timeout | Self::RateLimited | Self::Unavailable(_) => true,
            Self::Resting
            | Self::Rejected { .. }
            | Self::Garbage(_)
            | Self::Denied(_)
            | Self::Settings(_) => false,
        }
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::Timeout
        } else if error.is_decode() {
            Self::Garbage("an unreadable body".into())
        } else {
            Self::Unavailable(error.without_url().to_string())
        }
    }
}

impl From<OpenAIError> for Error {
    fn from(error: OpenAIError) -> Self {
        match error {
            OpenAIError::Reqwest(error) => error.into(),
            // Ours, by way of the client.
            OpenAIError::Boxed(error) => match error.downcast::<Self>() {
                Ok(error) => *error,
                Err(other) => Self::Unavailable(other.to_string()),
            },
            OpenAIError::ApiError(answer) => match answer.status_code.as_u16() {
                429 => Self::RateLimited,
                status @ (401 | 403) => Self::Denied(status),
                status @ 500.. => Self::Unavailable(format!("HTTP {status}")),
                status => Self::Rejected {
                    status,
                    message: answer.api_error.message,
                },
            },
            OpenAIError::JSONDeserialize(error, _) => Self::Garbage(error.to_string()),
            OpenAIError::StreamError(error) => Self::Garbage(error.to_string()),
            OpenAIError::InvalidArgument(reason)
            | OpenAIError::FileSaveError(reason)
            | OpenAIError::FileReadError(reason) => Self::Settings(reason),
        }
    }
}
