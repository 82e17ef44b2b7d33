//! Where a source of web pages stands, and each of its pages.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{UnknownName, job::names};

names! {
    /// Where a source stands. Its documents answer meanwhile, whatever it is.
    SourceStatus, "source status":
    /// Its pages are about to be looked at.
    Queued = "queued",
    /// Its pages are being looked at.
    Crawling = "crawling",
    /// They have been.
    Ready = "ready",
    /// They could not be; `error` says why.
    Failed = "failed",
}

names! {
    /// What became of a page when it was last looked at.
    PageStatus, "page status":
    /// It is to be looked at.
    Queued = "queued",
    /// It has become a document.
    Added = "added",
    /// Its document has got a new version.
    Changed = "changed",
    /// It says what its document says.
    Unchanged = "unchanged",
    /// It is no document, for the reason given.
    Skipped = "skipped",
    /// It could not be fetched; its document, if it has one, is as it was.
    Failed = "failed",
    /// Its server says that it is gone, and so its document is.
    Gone = "gone",
}

names! {
    /// What an address of a source is fetched for.
    PageKind, "page kind":
    /// What it says.
    Page = "page",
    /// The addresses in it.
    Sitemap = "sitemap",
}
