//! Text recognition: pictures of pages read by Tesseract, where it is installed.
//!
//! What must stay true: the program runs confined like a parser (it may read files, write none, reach no
//! network, and take so much time and memory); its absence is no error, pages are then skipped with a note.

mod words;

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::process::Command;

use crate::knowledge::block::Block;

use super::child;
use super::error::Error;
use super::limits::{Limits, MIB};
use super::sandbox;

pub(super) use words::Page;

/// Languages it reads when they are installed, in Tesseract's names.
const WANTED: [&str; 2] = ["eng", "ara"];
/// Where the program and its languages are.
const KEPT: [&str; 2] = ["PATH", "TESSDATA_PREFIX"];
/// Pages of one document that are recognised; each takes one to three seconds of a processor.
pub(super) const MAX_PAGES: usize = 100;

/// A Tesseract that is installed.
#[derive(Clone, Debug)]
pub struct Ocr {
    languages: String,
}

impl Ocr {
    /// Looks for the program and its languages; `None` where either is missing.
    pub async fn find() -> Option<Self> {
        let listed = Command::new("tesseract")
            .arg("--list-langs")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .output();
        let listed = tokio::time::timeout(Duration::from_secs(10), listed);
        let listed = listed.await.ok()?.ok()?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let installed = |language: &&&str| listed.lines().any(|line| line.trim() == **language);
        let languages: Vec<&str> = WANTED.iter().filter(installed).copied().collect();
        (!languages.is_empty()).then(|| Self {
            languages: languages.join("+"),
        })
    }

    /// The languages it reads, such as `eng+ara`.
    pub fn languages(&self) -> &str {
        &self.languages
    }

    /// Reads a picture of a page. `executable` confines itself, then becomes Tesseract.
    pub(super) async fn read(&self, executable: &Path, picture: &str) -> Result<Page, Error> {
        let picture = BASE64.decode(picture).map_err(|_| Error::ParserCrashed)?;
        let child = Command::new(executable)
            .args([child::COMMAND, child::RECOGNISE, &self.languages])
            .env_clear()
            .envs(
                KEPT.iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            // A thread a page: pages of other documents want the other cores.
            .env("OMP_THREAD_LIMIT", "1")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(sandbox::spawn_error)?;
        let limits = limits();
        let told = tokio::time::timeout(limits.wall, sandbox::told(child, &picture, limits.output));
        let told = told.await.map_err(|_| Error::Timeout)??;
        Ok(Page::of_tsv(&String::from_utf8_lossy(&told)))
    }
}

/// What one page may take.
pub(super) fn limits() -> Limits {
    Limits {
        memory: 1024 * MIB,
        cpu_seconds: 60,
        wall: Duration::from_secs(120),
        input: 64 * MIB,
        output: 16 * MIB,
    }
}

/// Puts a recognised page where it belongs, in place of what little text it had.
pub(super) fn insert(blocks: &mut Vec<Block>, number: u32, page: Page) {
    blocks.retain(|block| block.page != Some(number));
    let at = blocks
        .iter()
        .position(|block| block.page > Some(number))
        .unwrap_or(blocks.len());
    let found = page.blocks.into_iter().map(|block| block.on_page(number));
    blocks.splice(at..at, found);
}
