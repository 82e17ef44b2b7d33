//! The server's side of the sandbox: one child process per file, stopped when it takes too much.
//!
//! What must stay true: the child gets no environment and no file but its pipes; however it ends (answer,
//! signal, silence, flood) the caller gets a document or an [`Error`] that says which; dropping or
//! cancelling the future kills the child. A few children wait ready, so that no file waits for a start.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use crate::knowledge::block::ParsedDocument;

use super::child::{Answer, COMMAND, OUT_OF_MEMORY, Request, Task};
use super::error::Error;
use super::limits::{Limits, MIB};
use super::ocr::{self, Ocr};
use super::site::Survey;
use super::sitemap::Sitemap;
use super::unpack::Member;

const SIGKILL: i32 = 9;
const SIGSEGV: i32 = 11;
const SIGXCPU: i32 = 24;
/// Bytes of the child's complaints kept, enough to tell memory from stack.
const COMPLAINT: u64 = 4096;
/// Children that wait for files.
const SPARES: usize = 2;

/// Parses files in child processes of `executable`, which must answer to `parse-worker`.
#[derive(Clone, Debug)]
pub struct Sandbox {
    executable: PathBuf,
    limits: Limits,
    ocr: Option<Ocr>,
    /// Started and waiting, from the first file on.
    spares: Arc<Mutex<Vec<Child>>>,
}

impl Sandbox {
    pub fn new(executable: PathBuf, limits: Limits) -> Self {
        Self {
            executable,
            limits,
            ocr: None,
            spares: Arc::default(),
        }
    }

    /// Has pages without text recognised.
    #[must_use]
    pub fn with_ocr(self, ocr: Option<Ocr>) -> Self {
        Self { ocr, ..self }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Says why there is no text, why the file can't be read, or that it was called off.
    pub async fn parse(
        &self,
        bytes: &[u8],
        filename: &str,
        cancel: &CancellationToken,
    ) -> Result<ParsedDocument, Error> {
        if bytes.is_empty() {
            return Err(Error::EmptyFile);
        }
        if bytes.len() as u64 > self.limits.input {
            return Err(Error::too_large(format!("{} MB", self.limits.input / MIB)));
        }
        tokio::select! {
            result = self.read(bytes, filename) => result,
            () = cancel.cancelled() => Err(Error::Cancelled),
        }
    }

    /// Takes apart what [`Sandbox::parse`] refused with [`Error::Archive`].
    ///
    /// # Errors
    /// Says why it can't be taken apart, or that it was called off.
    pub async fn unpack(
        &self,
        bytes: &[u8],
        cancel: &CancellationToken,
    ) -> Result<Vec<Member>, Error> {
        let answer = tokio::select! {
            answer = self.ask(Task::Unpack, bytes, "") => answer?,
            () = cancel.cancelled() => return Err(Error::Cancelled),
        };
        let Answer::Members(members) = answer else {
            return Err(Error::ParserCrashed);
        };
        let members = members.into_iter().map(Member::try_from);
        members
            .collect::<Result<_, _>>()
            .map_err(|_| Error::ParserCrashed)
    }

    /// Finds out what a crawler has fetched, and where it leads.
    ///
    /// # Errors
    /// Says why it can't be read, or that it was called off.
    pub async fn survey(
        &self,
        bytes: &[u8],
        filename: &str,
        cancel: &CancellationToken,
    ) -> Result<Survey, Error> {
        let answer = tokio::select! {
            answer = self.ask(Task::Survey, bytes, filename) => answer?,
            () = cancel.cancelled() => return Err(Error::Cancelled),
        };
        let Answer::Survey(survey) = answer else {
            return Err(Error::ParserCrashed);
        };
        Ok(survey)
    }

    /// Lists the addresses of a sitemap, packed or not.
    ///
    /// # Errors
    /// Says why it can't be read, or that it was called off.
    pub async fn sitemap(
        &self,
        bytes: &[u8],
        cancel: &CancellationToken,
    ) -> Result<Sitemap, Error> {
        let answer = tokio::select! {
            answer = self.ask(Task::Sitemap, bytes, "") => answer?,
            () = cancel.cancelled() => return Err(Error::Cancelled),
        };
        let Answer::Sitemap(sitemap) = answer else {
            return Err(Error::ParserCrashed);
        };
        Ok(sitemap)
    }

    async fn read(&self, bytes: &[u8], filename: &str) -> Result<ParsedDocument, Error> {
        let Answer::Document(mut document) = self.ask(Task::Read, bytes, filename).await? else {
            return Err(Error::ParserCrashed);
        };
        if let Some(ocr) = &self.ocr {
            self.recognise(ocr, bytes, &mut document).await?;
        }
        super::judged(document)
    }

    /// Pages that can't be drawn or read stay without text, which the verdict tells.
    async fn recognise(
        &self,
        ocr: &Ocr,
        bytes: &[u8],
        document: &mut ParsedDocument,
    ) -> Result<(), Error> {
        for page in document.textless.iter_mut().take(ocr::MAX_PAGES) {
            let picture = match self.ask(Task::Render(page.page), bytes, "").await {
                Ok(Answer::Picture(picture)) => picture,
                Err(error) if error.is_transient() => return Err(error),
                Ok(
                    Answer::Document(_)
                    | Answer::Members(_)
                    | Answer::Survey(_)
                    | Answer::Sitemap(_)
                    | Answer::Error(_),
                )
                | Err(_) => continue,
            };
            match ocr.read(&self.executable, &picture).await {
                Ok(read) if read.blocks.is_empty() => {}
                Ok(read) => {
                    page.recognised = Some(read.certainty);
                    ocr::insert(&mut document.blocks, page.page, read);
                }
                Err(error) if error.is_transient() => return Err(error),
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// One request to one child, within the time allowed.
    async fn ask(&self, task: Task, bytes: &[u8], filename: &str) -> Result<Answer, Error> {
        let child = self.ready_child()?;
        let mut request = serde_json::to_vec(&Request {
            filename: shortened(filename),
            limits: self.limits.clone(),
            task,
        })
        .map_err(spawn_error)?;
        request.push(b'\n');
        request.extend_from_slice(bytes);
        let told = told(child, &request, self.limits.output);
        let told = tokio::time::timeout(self.limits.wall, told);
        let told = told.await.map_err(|_| Error::Timeout)??;
        match serde_json::from_slice(&told) {
            Ok(Answer::Error(error)) => Err(error),
            Ok(answer) => Ok(answer),
            Err(_) => Err(Error::ParserCrashed),
        }
    }

    /// A child that waits, or a new one; then there are [`SPARES`] again.
    fn ready_child(&self) -> Result<Child, Error> {
        let mut spares = self.spares.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ready = None;
        while let Some(mut spare) = spares.pop() {
            // One that has ended meanwhile was killed by somebody.
            if matches!(spare.try_wait(), Ok(None)) {
                ready = Some(spare);
                break;
            }
        }
        let ready = match ready {
            Some(spare) => spare,
            None => self.spawn()?,
        };
        while spares.len() < SPARES {
            // The next file would start its own.
            let Ok(spare) = self.spawn() else { break };
            spares.push(spare);
        }
        Ok(ready)
    }

    fn spawn(&self) -> Result<Child, Error> {
        Command::new(&self.executable)
            .arg(COMMAND)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(spawn_error)
    }
}

/// Feeds a child and answers what it wrote by its end.
pub(super) async fn told(mut child: Child, input: &[u8], most: u64) -> Result<Vec<u8>, Error> {
    let stdin = child.stdin.take();
    let feed = async move {
        if let Some(mut stdin) = stdin {
            // A child that stopped reading says why in its answer or its exit.
            let _ = stdin.write_all(input).await;
        }
    };
    let answer = read_up_to(child.stdout.take(), most + 1);
    let complaint = read_up_to(child.stderr.take(), COMPLAINT);
    let ((), answer, complaint) = tokio::join!(feed, answer, complaint);
    if answer.len() as u64 > most {
        return Err(Error::too_large(format!("{} MB of text", most / MIB)));
    }
    let status = child.wait().await.map_err(spawn_error)?;
    if !status.success() {
        return Err(ending(status, &complaint));
    }
    Ok(answer)
}

pub(super) fn spawn_error(error: impl std::fmt::Display) -> Error {
    Error::Spawn {
        reason: error.to_string(),
    }
}

/// Only the extension matters to the child; a very long name would overflow the request line.
fn shortened(filename: &str) -> String {
    let from = filename.len().saturating_sub(255);
    filename[filename.ceil_char_boundary(from)..].to_owned()
}

/// Reads until the end or the limit; the pipe is closed in both cases, so a flood stops the child.
async fn read_up_to(pipe: Option<impl AsyncRead + Unpin>, limit: u64) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(pipe) = pipe {
        // What was read before an error is still evidence.
        let _ = pipe.take(limit).read_to_end(&mut out).await;
    }
    out
}

/// What an ending without an answer means.
fn ending(status: ExitStatus, complaint: &[u8]) -> Error {
    let complaint = String::from_utf8_lossy(complaint);
    if complaint.contains("memory allocation") || status.code() == Some(i32::from(OUT_OF_MEMORY)) {
        return Error::OutOfMemory;
    }
    if complaint.contains("overflowed its stack") {
        return Error::too_complex("it is nested too deeply");
    }
    match status.signal() {
        Some(SIGXCPU) => Error::Timeout,
        // Nobody here sent it while waiting: the hard processor limit, or the system short of memory.
        Some(SIGKILL) => Error::OutOfMemory,
        Some(SIGSEGV) => Error::too_complex("it is nested too deeply"),
        _ => Error::ParserCrashed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_told_apart() {
        let signal = |number| ending(ExitStatus::from_raw(number), b"");
        assert_eq!(signal(SIGXCPU), Error::Timeout);
        assert_eq!(signal(SIGKILL), Error::OutOfMemory);
        assert_eq!(signal(SIGSEGV).code(), "too_complex");
        assert_eq!(signal(6), Error::ParserCrashed);
        let complaint = b"thread '<unnamed>' has overflowed its stack";
        assert_eq!(
            ending(ExitStatus::from_raw(6), complaint).code(),
            "too_complex"
        );
        let complaint = b"memory allocation of 8589934592 bytes failed";
        assert_eq!(
            ending(ExitStatus::from_raw(6), complaint),
            Error::OutOfMemory
        );
    }
}
