//! The sandbox with a real child process. This binary is both sides: started with `parse-worker` it is the
//! child, which is why it brings its own `main` (and why it is not part of the `it` binary).

#![expect(
    clippy::print_stdout,
    reason = "measurements print their figures, and a skipped test says so"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use wafaa_pipelines::knowledge::parse::{self, Error, Limits, Sandbox, Survey, child};

fn main() -> ExitCode {
    let first = std::env::args().nth(1);
    if first.as_deref() == Some(child::COMMAND) {
        let recognise = std::env::args().nth(3);
        return child::run(recognise.as_deref());
    }
    if first.as_deref() == Some(PRISONER) {
        return prisoner();
    }
    if first.as_deref() == Some("--list") {
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    nothing_is_left_to_a_prisoner();
    runtime.block_on(async {
        answers_like_the_parser().await;
        surveys_what_crawlers_fetch().await;
        ends_in_an_error_that_says_why().await;
        survives_programs_that_are_no_parser().await;
        bombs_end_in_time().await;
        reads_pictures_where_tesseract_is().await;
    });
    ExitCode::SUCCESS
}

/// The argument that makes this program one that confines itself and then tries to get out.
const PRISONER: &str = "prisoner";

/// Fails when anything works that a parser must not do.
fn prisoner() -> ExitCode {
    let mine = std::env::current_exe().unwrap();
    parse::confine(&Limits::default()).unwrap();
    let attempts = [
        std::fs::read(&mine).is_ok(),
        std::fs::write("/tmp/wafaa-prisoner", b"x").is_ok(),
        std::net::TcpStream::connect("127.0.0.1:9").is_ok(),
        std::net::UdpSocket::bind("127.0.0.1:0").is_ok(),
        std::process::Command::new("/bin/true").status().is_ok(),
        std::fs::read_dir("/").is_ok(),
    ];
    // What a parser does must work still.
    let counted = std::thread::spawn(|| (0..1000_u64).sum::<u64>()).join();
    if attempts.contains(&true) || counted.ok() != Some(499_500) {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn nothing_is_left_to_a_prisoner() {
    let ended = std::process::Command::new(this()).arg(PRISONER).status();
    assert!(ended.unwrap().success());
}

/// Against half the memory of an upload.
async fn bombs_end_in_time() {
    let limits = Limits {
        memory: 512 << 20,
        cpu_seconds: 20,
        ..Limits::default()
    };
    for bomb in parse::bomb::bombs().unwrap() {
        let begun = std::time::Instant::now();
        let outcome = run(this(), limits.clone(), &bomb.bytes, bomb.name).await;
        let code = outcome.as_ref().map_err(Error::code).err();
        println!(
            "{}: {} after {:?}",
            bomb.name,
            code.unwrap_or("read"),
            begun.elapsed()
        );
        if let Err(error) = outcome {
            assert!(
                !error.is_transient() && error.code() != "parser_crashed",
                "{}: {error:?}",
                bomb.name
            );
        }
    }
}

async fn reads_pictures_where_tesseract_is() {
    let Some(ocr) = parse::Ocr::find().await else {
        println!("skipped: tesseract is not installed");
        return;
    };
    let scan = include_bytes!("../../../tests/fixtures/menu-scan.pdf");
    let sandbox = Sandbox::new(this(), Limits::default());
    let cancel = CancellationToken::new();
    let refused = sandbox.parse(scan, "scan.pdf", &cancel).await;
    assert_eq!(refused.unwrap_err().code(), "scanned");
    let sandbox = sandbox.with_ocr(Some(ocr));
    let read = sandbox.parse(scan, "scan.pdf", &cancel).await.unwrap();
    assert!(
        read.textless[0].recognised > Some(50),
        "{:?}",
        read.textless
    );
    assert!(read.blocks.iter().all(|block| block.page == Some(1)));
    let words = read.blocks.iter().map(|block| block.text.to_lowercase());
    assert!(
        words.into_iter().any(|text| text.contains("falafel")),
        "{:?}",
        read.blocks
    );
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

async fn surveys_what_crawlers_fetch() {
    let sandbox = Sandbox::new(this(), Limits::default());
    let cancel = CancellationToken::new();
    let html = b"<html><head><title>Menu</title></head><body><a href=/soup>x</a><p>Soup</p></body>";
    let Survey::Page(page) = sandbox.survey(html, "index", &cancel).await.unwrap() else {
        panic!("it is a page");
    };
    assert_eq!(
        (page.title.as_deref(), page.links.as_slice()),
        (Some("Menu"), &["/soup".to_owned()][..])
    );
    let empty = sandbox.survey(b"", "index.html", &cancel).await;
    assert_eq!(empty.unwrap_err().code(), "empty_file");
    let nested = "<a href=x><div>".repeat(500_000);
    let outcome = sandbox
        .survey(nested.as_bytes(), "index.html", &cancel)
        .await;
    assert!(!outcome.is_err_and(|error| error.is_transient()));
    let sitemap = b"<urlset><url><loc>https://shop.example/</loc></url></urlset>";
    let sitemap = sandbox.sitemap(sitemap, &cancel).await.unwrap();
    assert_eq!(sitemap.pages, ["https://shop.example/"]);
    cancel.cancel();
    let called_off = sandbox.survey(html, "index", &cancel).await;
    assert_eq!(called_off, Err(Error::Cancelled));
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
