//! `pdftotext`, where it is installed: what a well-known C program makes of the same PDFs, on this machine, now.

use std::{path::Path, process::Stdio, time::Duration};

use tokio::{process::Command, time::timeout};

const PATIENCE: Duration = Duration::from_secs(60);

/// The text of a PDF; `None` where the program isn't there, refuses, or takes too long.
pub(super) async fn read(file: &Path) -> Option<String> {
    let program = Command::new("pdftotext")
        .args(["-q", "-enc", "UTF-8"])
        .arg(file)
        .arg("-")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let out = timeout(PATIENCE, program).await.ok()?.ok()?;
    out.status
        .success()
        .then(|| String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Whether it is installed.
pub(super) async fn is_there() -> bool {
    let version = Command::new("pdftotext")
        .arg("-v")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    version.await.is_ok_and(|status| status.success())
}
