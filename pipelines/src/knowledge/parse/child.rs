//! The child's side of the sandbox: `wafaa parse-worker`.
//!
//! One request on standard input (a JSON line, then the file's bytes), one JSON answer on standard output.
//! What must stay true: limits are set before the first byte of the file is read; no file can be opened and
//! no socket made (the limit of open files is what is open already); a panic is an answer, not a crash.

use std::io::{self, BufRead, Read, Write};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};

use crate::knowledge::block::ParsedDocument;

use super::error::Error;
use super::limits::{Limits, MIB};

/// The argument that makes the server's executable a parser.
pub const COMMAND: &str = "parse-worker";
/// Exit code that says the memory limit was met.
pub(super) const OUT_OF_MEMORY: u8 = 71;
const STACK: usize = 64 << 20;
const LONGEST_REQUEST: u64 = 64 * 1024;

#[derive(Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) filename: String,
    pub(super) limits: Limits,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Document(ParsedDocument),
    Error(Error),
}

/// Runs to the end of one request. The exit code is 0 whenever an answer was written.
pub fn run() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_memory(&error) => ExitCode::from(OUT_OF_MEMORY),
        Err(_) => ExitCode::FAILURE,
    }
}

/// Memory refused where it is asked for politely: a read buffer, a thread's stack.
fn is_memory(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::OutOfMemory | io::ErrorKind::WouldBlock
    )
}

fn serve() -> io::Result<()> {
    let mut input = io::stdin().lock();
    let mut line = String::new();
    input.by_ref().take(LONGEST_REQUEST).read_line(&mut line)?;
    let request: Request = serde_json::from_str(&line)?;
    confine(&request.limits)?;
    let mut bytes = Vec::new();
    input
        .take(request.limits.input + 1)
        .read_to_end(&mut bytes)?;
    let answer = if bytes.len() as u64 > request.limits.input {
        Answer::Error(Error::too_large(format!(
            "{} MB",
            request.limits.input / MIB
        )))
    } else {
        answer(bytes, request.filename)?
    };
    let mut output = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer(&mut output, &answer)?;
    output.flush()
}

/// Parses on a thread with a stack deep enough for honest files.
fn answer(bytes: Vec<u8>, filename: String) -> io::Result<Answer> {
    let parser = std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || super::parse(&bytes, &filename))?;
    Ok(match parser.join() {
        Ok(Ok(document)) => Answer::Document(document),
        Ok(Err(error)) => Answer::Error(error),
        Err(_) => Answer::Error(Error::ParserCrashed),
    })
}

fn confine(limits: &Limits) -> io::Result<()> {
    let open_now = 3;
    let ceilings = [
        (Resource::As, limits.memory, limits.memory),
        (Resource::Cpu, limits.cpu_seconds, limits.cpu_seconds + 1),
        (Resource::Core, 0, 0),
        (Resource::Fsize, limits.output, limits.output),
        (Resource::Nofile, open_now, open_now),
    ];
    for (resource, current, maximum) in ceilings {
        let (current, maximum) = (Some(current), Some(maximum));
        setrlimit(resource, Rlimit { current, maximum })?;
    }
    Ok(())
}
