//! Why a question could not be answered at all. A failing chat model is not among them: then the answer is
//! quoted instead of written.

use crate::{knowledge::embed, llm};

/// Retrieval failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The question could not be embedded.
    #[error("the question could not be embedded")]
    Embedding(#[from] embed::Error),
    /// The passages could not be searched.
    #[error("the passages could not be searched")]
    Vectors(#[from] wafaa_storage::vector::Error),
    /// The documents' state could not be read.
    #[error("the documents could not be read")]
    Storage(#[from] wafaa_storage::Error),
}

impl Error {
    /// The provider's failure, where one is the cause: a time-out, a rate limit, garbage.
    pub const fn provider(&self) -> Option<&llm::Error> {
        match self {
            Self::Embedding(embed::Error::Provider(error)) => Some(error),
            Self::Embedding(
                embed::Error::Local(_) | embed::Error::Interrupted(_) | embed::Error::Range,
            )
            | Self::Vectors(_)
            | Self::Storage(_) => None,
        }
    }
}
