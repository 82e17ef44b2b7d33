//! The server's side of the sandbox: one child process per file, stopped when it takes too much.
//!
//! What must stay true: the child gets no environment and no file but its pipes; however it ends (answer,
//! signal, silence, flood) the caller gets a document or an [`Error`] that says which; dropping or
//! cancelling the future kills the child.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use crate::knowledge::block::ParsedDocument;

use super::child::{Answer, COMMAND, OUT_OF_MEMORY, Request};
use super::error::Error;
use super::limits::{Limits, MIB};

const SIGKILL: i32 = 9;
const SIGSEGV: i32 = 11;
const SIGXCPU: i32 = 24;
/// Bytes of the child's complaints kept, enough to tell memory from stack.
const COMPLAINT: u64 = 4096;

/// Parses files in child processes of `executable`, which must answer to `parse-worker`.
#[derive(Clone, Debug)]
pub struct Sandbox {
    executable: PathBuf,
    limits: Limits,
}

impl Sandbox {
    pub fn new(executable: PathBuf, limits: Limits) -> Self {
        Self { executable, limits }
    }

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
        let child = self.spawn()?;
        tokio::select! {
            result = self.converse(child, bytes, filename) => result,
            () = tokio::time::sleep(self.limits.wall) => Err(Error::Timeout),
            () = cancel.cancelled() => Err(Error::Cancelled),
        }
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

    async fn converse(
        &self,
        mut child: Child,
        bytes: &[u8],
        filename: &str,
    ) -> Result<ParsedDocument, Error> {
        let mut request = serde_json::to_vec(&Request {
            filename: shortened(filename),
            limits: self.limits.clone(),
        })
        .map_err(spawn_error)?;
        request.push(b'\n');
        let stdin = child.stdin.take();
        let feed = async move {
            if let Some(mut stdin) = stdin {
                // A child that stopped reading says why in its answer or its exit.
                let _ = stdin.write_all(&request).await;
                let _ = stdin.write_all(bytes).await;
            }
        };
        let answer = read_up_to(child.stdout.take(), self.limits.output + 1);
        let complaint = read_up_to(child.stderr.take(), COMPLAINT);
        let ((), answer, complaint) = tokio::join!(feed, answer, complaint);
        if answer.len() as u64 > self.limits.output {
            return Err(Error::too_large(format!(
                "{} MB of text",
                self.limits.output / MIB
            )));
        }
        let status = child.wait().await.map_err(spawn_error)?;
        if !status.success() {
            return Err(ending(status, &complaint));
        }
        match serde_json::from_slice(&answer) {
            Ok(Answer::Document(document)) => Ok(document),
            Ok(Answer::Error(error)) => Err(error),
            Err(_) => Err(Error::ParserCrashed),
        }
    }
}

fn spawn_error(error: impl std::fmt::Display) -> Error {
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
