//! `wafaa`: one binary that is server, workers and command line. This crate only wires the others.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line prints; the libraries below it never do"
)]

mod archive;
mod cli;
mod command;
mod config;
mod lock;
mod logging;
mod runtime;

use std::process::ExitCode;

use clap::Parser;

use crate::{cli::Cli, config::Config};

fn main() -> ExitCode {
    let cli = Cli::parse();
    // The parser's child must not read settings, open files or start threads.
    if let cli::Command::ParseWorker { recognise } = &cli.command {
        return wafaa_pipelines::knowledge::parse::child::run(recognise.as_deref());
    }
    if !cli.command.is_server() {
        end_quietly_with_the_reader();
    }
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("wafaa: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `wafaa jobs | head` ends when `head` has seen enough, without a word and with the code of a broken pipe, as other
/// programs do. `println!` panics there.
fn end_quietly_with_the_reader() {
    const BROKEN_PIPE: i32 = 128 + 13;
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let said = panic.payload_as_str().unwrap_or_default();
        if said.starts_with("failed printing to stdout") && said.contains("Broken pipe") {
            std::process::exit(BROKEN_PIPE);
        }
        usual(panic);
    }));
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = Config::load(&cli)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let logging = logging::start(&config.log, cli.command.is_server(), runtime.handle())?;
    let outcome = runtime.block_on(Box::pin(command::run(cli, config)));
    // While there is a runtime to send on.
    logging.finish();
    // A blocking read, such as a password prompt, must not keep the process alive.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    outcome
}
