//! Everything that can go wrong in this crate. Most of it happens while loading; embedding itself fails only on a
//! defect of ours, which must reach the caller instead of hanging it.

use std::io;
use std::path::{Path, PathBuf};

/// Why a model could not be loaded, or a text not be embedded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// One of the model's two files is not there.
    #[error("the model file {} is missing; run `make model`", path.display())]
    Missing {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A model file is there but cannot be read or mapped.
    #[error("cannot read the model file {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Not a safetensors file, or one that was cut short.
    #[error("{} is not a sound safetensors file", path.display())]
    Format {
        path: PathBuf,
        #[source]
        source: safetensors::SafeTensorError,
    },
    /// A tensor is absent, or is not `f32` of the shape the architecture asks for.
    #[error("tensor {name} should be f32 {expected:?}, the file has {found}")]
    Tensor {
        name: String,
        expected: Vec<usize>,
        found: String,
    },
    /// `tokenizer.json` cannot be parsed or configured.
    #[error("cannot use the tokenizer {}", path.display())]
    Tokenizer {
        path: PathBuf,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// `tokenizer.json` belongs to another model.
    #[error("the tokenizer {} is not this model's: {reason}", path.display())]
    Vocabulary { path: PathBuf, reason: String },
    /// `model.safetensors` is not the published one.
    #[error("{} has SHA-256 {found}, expected {}", path.display(), crate::MODEL_SHA256)]
    Digest { path: PathBuf, found: String },
    /// The operating system refused a thread.
    #[error("cannot start the embedding threads")]
    Threads {
        #[source]
        source: rayon::ThreadPoolBuildError,
    },
    /// A matrix product was asked for with shapes that do not fit.
    #[error("matrix product of ill-fitting shapes")]
    Multiply {
        #[source]
        source: rten_gemm::GemmError,
    },
    /// A matrix view does not fit in its buffer.
    #[error("a matrix of {rows} x {columns} does not fit in its buffer")]
    View { rows: usize, columns: usize },
    /// A thread panicked while embedding; it goes on with the next unit of work.
    #[error("embedding panicked: {message}")]
    Panicked { message: String },
    /// The threads stopped before every text was embedded.
    #[error("the embedding threads stopped before the work was done")]
    Stopped,
}

impl Error {
    /// An error of opening or reading `path`, which tells an absent file from an unreadable one.
    pub(crate) fn reading(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if source.kind() == io::ErrorKind::NotFound {
            Self::Missing { path, source }
        } else {
            Self::Read { path, source }
        }
    }

    pub(crate) fn multiply(source: rten_gemm::GemmError) -> Self {
        Self::Multiply { source }
    }
}
