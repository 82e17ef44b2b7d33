//! Why a file could not be read, said so that the person who uploaded it knows what to do.
//!
//! What must stay true: `code()` never changes once released (clients match on it), the serialised tag is
//! the same string, and no message repeats text of the document.

use serde::{Deserialize, Serialize};

use crate::knowledge::block::MediaType;

const SUPPORTED: &str = "a PDF, Word, Excel, PowerPoint, OpenDocument, RTF, EPUB, e-mail, CSV, text, Markdown or HTML file";

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Error {
    #[error("This file is empty. Check it on your computer and upload it again.")]
    EmptyFile,
    #[error("This {} is protected by a password. Remove the password and upload it again.", .media_type.label())]
    Encrypted { media_type: MediaType },
    #[error(
        "This PDF has no text, only pictures of pages (a scan). Run text recognition (OCR) on it and upload the result."
    )]
    Scanned { pages: u32 },
    #[error(
        "The letters of this PDF can't be recovered because its fonts don't say which characters they draw. \
         Export it again from the original program, or upload the original file."
    )]
    UnmappedText,
    #[error("This file is {found}, which can't be read. Upload {SUPPORTED}.")]
    UnsupportedType { found: String },
    #[error(
        "This {} is damaged or incomplete. Open it, save it again and upload the new file.", .media_type.label()
    )]
    Corrupt { media_type: MediaType },
    #[error("This file is too large: it has more than {limit}. Split it and upload the parts.")]
    TooLarge { limit: String },
    #[error(
        "This file is built in a way that can't be read safely ({reason}). Export it again in a simpler form."
    )]
    TooComplex { reason: String },
    #[error("This file is an archive: unpack it and upload the documents in it.")]
    Archive,
    #[error("No text was found in this file. Check that it holds text and upload it again.")]
    NoText,
    #[error(
        "The characters of this file can't be decoded. Save it as UTF-8 text and upload it again."
    )]
    WrongEncoding,
    #[error(
        "Reading this file took too long. Split it or export it in a simpler form and upload it again."
    )]
    Timeout,
    #[error(
        "Reading this file needs too much memory. Split it or export it in a simpler form and upload it again."
    )]
    OutOfMemory,
    #[error(
        "This file could not be read because of a fault in its format. Export it again and upload the new file."
    )]
    ParserCrashed,
    #[error("Reading this file was cancelled.")]
    Cancelled,
    #[error("The file reader could not be started. Try again in a moment.")]
    Spawn { reason: String },
}

impl Error {
    /// Stable machine-readable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::EmptyFile => "empty_file",
            Self::Encrypted { .. } => "encrypted",
            Self::Scanned { .. } => "scanned",
            Self::UnmappedText => "unmapped_text",
            Self::UnsupportedType { .. } => "unsupported_type",
            Self::Corrupt { .. } => "corrupt",
            Self::TooLarge { .. } => "too_large",
            Self::TooComplex { .. } => "too_complex",
            Self::Archive => "archive",
            Self::NoText => "no_text",
            Self::WrongEncoding => "wrong_encoding",
            Self::Timeout => "timeout",
            Self::OutOfMemory => "out_of_memory",
            Self::ParserCrashed => "parser_crashed",
            Self::Cancelled => "cancelled",
            Self::Spawn { .. } => "spawn",
        }
    }

    /// Whether the same file may succeed when tried again.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Spawn { .. })
    }

    pub(crate) fn unsupported(found: impl Into<String>) -> Self {
        Self::UnsupportedType {
            found: found.into(),
        }
    }

    pub(crate) fn too_large(limit: impl Into<String>) -> Self {
        Self::TooLarge {
            limit: limit.into(),
        }
    }

    pub(crate) fn too_complex(reason: impl Into<String>) -> Self {
        Self::TooComplex {
            reason: reason.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_serialised_tag_is_the_code() {
        let errors = [
            Error::EmptyFile,
            Error::Encrypted {
                media_type: MediaType::Pdf,
            },
            Error::UnmappedText,
            Error::unsupported("a PNG image"),
            Error::too_large("3 pages"),
            Error::Spawn { reason: "x".into() },
        ];
        for error in errors {
            let json = serde_json::to_value(&error).unwrap();
            assert_eq!(json["code"], error.code());
            assert_eq!(serde_json::from_value::<Error>(json).unwrap(), error);
        }
    }

    #[test]
    fn the_message_says_what_to_do() {
        let error = Error::Encrypted {
            media_type: MediaType::Pdf,
        };
        assert_eq!(
            error.to_string(),
            "This PDF is protected by a password. Remove the password and upload it again."
        );
    }
}
