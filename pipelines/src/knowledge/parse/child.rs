//! The child's side of the sandbox: `wafaa parse-worker`.
//!
//! One request on standard input (a JSON line, then the file's bytes), one JSON answer on standard output. It
//! is started before there is a file for it, and waits for the request.
//! What must stay true: limits are set before the first byte of the file is read; a child reads one file, so
//! that none leaves anything for the next; a panic is an answer, not a crash.

use std::io::{self, BufRead, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use crate::knowledge::block::ParsedDocument;

use super::confine::{confine, confine_program};
use super::error::Error;
use super::limits::{Limits, MIB};
use super::site::{self, Survey};
use super::sitemap::{self, Sitemap};
use super::unpack::{self, Packed};
use super::{ocr, pdf};

/// The argument that makes the server's executable a parser.
pub const COMMAND: &str = "parse-worker";
/// The argument after it that makes it Tesseract for the languages that follow.
pub const RECOGNISE: &str = "--recognise";
/// Exit code that says the memory limit was met.
pub(super) const OUT_OF_MEMORY: u8 = 71;
const STACK: usize = 64 << 20;
const LONGEST_REQUEST: u64 = 64 * 1024;
/// The program, its picture, and the files of its languages.
const TESSERACT_FILES: u64 = 64;

#[derive(Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) filename: String,
    pub(super) limits: Limits,
    pub(super) task: Task,
}

/// What to do with the file.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Task {
    Read,
    /// Take an archive apart.
    Unpack,
    /// Draw this page of a PDF, from 1.
    Render(u32),
    /// Find out what a crawler has fetched, and where it leads.
    Survey,
    /// List the addresses of a sitemap.
    Sitemap,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Document(ParsedDocument),
    /// In base 64.
    Picture(String),
    Members(Vec<Packed>),
    Survey(Survey),
    Sitemap(Sitemap),
    Error(Error),
}

/// Runs to the end of one request; with `recognise`, becomes Tesseract for these languages instead. The exit
/// code is 0 whenever an answer was written.
pub fn run(recognise: Option<&str>) -> ExitCode {
    let outcome = match recognise {
        Some(languages) => Err(become_tesseract(languages)),
        None => serve(),
    };
    match outcome {
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

/// Comes back only when there is no such program, or it may not run.
fn become_tesseract(languages: &str) -> io::Error {
    if let Err(error) = confine_program(&ocr::limits(), TESSERACT_FILES) {
        return error;
    }
    Command::new("tesseract")
        .args(["-", "-", "-l", languages, "--psm", "3", "tsv"])
        .exec()
}

fn serve() -> io::Result<()> {
    let mut input = io::stdin().lock();
    let mut line = String::new();
    input.by_ref().take(LONGEST_REQUEST).read_line(&mut line)?;
    let request: Request = serde_json::from_str(&line)?;
    confine(&request.limits)?;
    let mut bytes = Vec::new();
    let most = request.limits.input;
    input.take(most + 1).read_to_end(&mut bytes)?;
    let answer = if bytes.len() as u64 > most {
        Answer::Error(Error::too_large(format!("{} MB", most / MIB)))
    } else {
        answer(bytes, request)?
    };
    let mut output = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer(&mut output, &answer)?;
    output.flush()
}

/// Works on a thread with a stack deep enough for honest files.
fn answer(bytes: Vec<u8>, request: Request) -> io::Result<Answer> {
    let parser = std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || match request.task {
            Task::Read => super::read(&bytes, &request.filename).map(Answer::Document),
            Task::Unpack => unpack::members(&bytes).map(Answer::Members),
            Task::Render(page) => {
                pdf::render(&bytes, page).map(|picture| Answer::Picture(BASE64.encode(picture)))
            }
            Task::Survey => site::survey(&bytes, &request.filename).map(Answer::Survey),
            Task::Sitemap => sitemap::read(&bytes).map(Answer::Sitemap),
        })?;
    Ok(match parser.join() {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => Answer::Error(error),
        Err(_) => Answer::Error(Error::ParserCrashed),
    })
}
