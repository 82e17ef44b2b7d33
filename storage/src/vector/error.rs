//! What can go wrong with vectors.

use std::{io, path::PathBuf};

/// Why an operation on vectors failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The place for vectors is a `file://` URL that names no absolute path, or is empty.
    #[error("`{0}` is not a path, a `file://` URL of an absolute path, or an object store's URL")]
    Place(String),
    /// The directory for vectors can't be created or written to.
    #[error("the vector directory {} cannot be created or written to", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The disk has too little room for what is to be written. LanceDB would take a file for written that isn't.
    #[error(
        "the disk of {} has {free} bytes free where {wanted} are wanted: make room, or move the vectors to a larger one",
        path.display()
    )]
    Full {
        /// The tenant's directory.
        path: PathBuf,
        /// Bytes that may be written.
        free: u64,
        /// Bytes there should be.
        wanted: u64,
    },
    /// A vector is not as long as its space wants.
    #[error("a vector has {found} components where the space has {expected}")]
    Dimension {
        /// The space's dimension.
        expected: usize,
        /// The vector's length.
        found: usize,
    },
    /// A vector holds a NaN or an infinity.
    #[error("a vector has a component that is not a finite number")]
    NotFinite,
    /// A passage can't be stored; the text says why.
    #[error("a passage {0}")]
    Passage(&'static str),
    /// The table was made for another embedder, dimension or layout than its name says.
    #[error("the vector table `{table}` is stamped {found}, not {expected}")]
    Stamp {
        /// The table's name.
        table: String,
        /// What its stamp says.
        found: String,
        /// What it should say.
        expected: String,
    },
    /// A stored row can't be read back.
    #[error("the column `{0}` of a vector table holds something unexpected")]
    Row(&'static str),
    /// LanceDB failed.
    #[error("{doing} failed")]
    Lance {
        /// What was being done.
        doing: &'static str,
        /// What LanceDB said.
        #[source]
        source: Box<lancedb::Error>,
    },
}

impl Error {
    /// For `map_err`: LanceDB failed while doing something.
    pub(super) fn lance<E: Into<lancedb::Error>>(doing: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::Lance {
            doing,
            source: Box::new(source.into()),
        }
    }
}
