//! `wafaa eval`: how well real files are read, beside the texts that people say are in them, and how well real
//! questions are answered.
//!
//! What must stay true: files go through the same confined child as uploads, questions through the same search and
//! responder as customers', and nothing is written but in a throw-away data dir.

mod answers;
mod baseline;
mod child_time;
mod chunking;
mod documents;
mod pdftotext;
mod retrieval;
mod score;
mod scratch;
mod sets;
mod shelf;
mod words;

use std::process::ExitCode;

use crate::{
    cli::{Eval, Output},
    config::Config,
};

pub(super) async fn run(config: Config, what: Eval, output: Output) -> anyhow::Result<ExitCode> {
    match what {
        Eval::Documents { dir } => documents::run(&config, &dir, output).await?,
        Eval::Retrieval(questions) => retrieval::run(config, &questions, output).await?,
        Eval::Answers(questions) => answers::run(config, &questions, output).await?,
    }
    Ok(ExitCode::SUCCESS)
}
