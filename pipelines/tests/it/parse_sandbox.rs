//! The sandbox with a real child process. This binary is both sides: started with `parse-worker` it is the
//! child, which is why it brings its own `main` (and why it is not part of the `it` binary).

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use wafaa_pipelines::knowledge::parse::{self, Error, Limits, Sandbox, child};

fn main() -> ExitCode {
    let first = std::env::args().nth(1);
    if first.as_deref() == Some(child::COMMAND) {
        return child::run();
    }
    if first.as_deref() == Some("--list") {
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        answers_like_the_parser().await;
        ends_in_an_error_that_says_why().await;
        survives_programs_that_are_no_parser().await;
    });
    ExitCode::SUCCESS
}

fn this() -> PathBuf {
    std::env::current_exe().unwrap()
}

async fn run(
    executable: PathBuf,
    limits: Limits,
    bytes: &[u8],
    name: &str,
) -> Result<usize, Error> {
    let sandbox = Sandbox::new(executable, limits);
    let document = sandbox
        .parse(bytes, name, &CancellationToken::new())
        .await?;
    Ok(document.blocks.len())
}

async fn answers_like_the_parser() {
    let sandbox = Sandbox::new(this(), Limits::default());
    let cancel = CancellationToken::new();
    let text = "# Menu\n\nSoup, 18 SAR.\n".repeat(1000);
    let found = sandbox.parse(text.as_bytes(), "menu.md", &cancel).await;
    assert_eq!(found, parse::parse(text.as_bytes(), "menu.md"));
    let refused = sandbox
        .parse(b"\x89PNG\r\n\x1a\n\0\0\0\r", "menu.md", &cancel)
        .await;
    assert_eq!(refused.unwrap_err().code(), "unsupported_type");
    let long_name = format!("{}.md", "é".repeat(5000));
    assert_eq!(
        run(this(), Limits::default(), b"# Menu", &long_name).await,
        Ok(1)
    );
    cancel.cancel();
    assert_eq!(
        sandbox.parse(text.as_bytes(), "menu.md", &cancel).await,
        Err(Error::Cancelled)
    );
}

async fn ends_in_an_error_that_says_why() {
    let text = "Soup of the day.\n\n".repeat(100_000);
    for (limits, code) in [
        (
            Limits {
                memory: 1,
                ..Limits::default()
            },
            "out_of_memory",
        ),
        (
            Limits {
                wall: Duration::from_millis(1),
                ..Limits::default()
            },
            "timeout",
        ),
        (
            Limits {
                output: 1000,
                ..Limits::default()
            },
            "too_large",
        ),
        (
            Limits {
                input: 1000,
                ..Limits::default()
            },
            "too_large",
        ),
    ] {
        let error = run(this(), limits.clone(), text.as_bytes(), "a.txt")
            .await
            .unwrap_err();
        assert_eq!(error.code(), code, "{limits:?}");
        assert!(!error.is_transient());
    }
}

async fn survives_programs_that_are_no_parser() {
    for program in ["/bin/cat", "/bin/false", "/bin/echo", "/bin/true"] {
        let big = vec![b'x'; 1 << 20];
        let error = run(program.into(), Limits::default(), &big, "a.txt")
            .await
            .unwrap_err();
        assert_eq!(error, Error::ParserCrashed, "{program}");
    }
    let error = run("/no/such/program".into(), Limits::default(), b"x", "a.txt")
        .await
        .unwrap_err();
    assert!(error.is_transient());
}
