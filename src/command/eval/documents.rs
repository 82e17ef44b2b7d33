//! `wafaa eval documents`: every file of a folder is read as an upload is, and compared with the reference Markdown
//! beside it (`menu.docx.md` or `menu.md` for `menu.docx`), where there is one.
//!
//! Names of columns, which each row of a table repeats for itself, count once, as on the page.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, ensure};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use wafaa_pipelines::knowledge::{
    block::{BlockKind, ParsedDocument},
    chunk::Tokenizer,
    parse::Sandbox,
};

use super::{child_time, chunking, pdftotext, words::Agreement};
use crate::{cli::Output, config::Config, runtime};

/// A kind's targets: word F1 against the references.
const WANTED: [(&str, f64); 2] = [("pdf", 0.92), ("docx", 0.95)];

/// What became of one file.
#[derive(Debug, Serialize)]
struct File {
    path: String,
    kind: String,
    /// Whether its format was understood, text or not.
    opened: bool,
    with_text: bool,
    pages: u32,
    milliseconds: f64,
    precision: Option<f64>,
    recall: Option<f64>,
    f1: Option<f64>,
    /// Why there is no text.
    code: Option<&'static str>,
    reason: Option<String>,
    notes: Vec<String>,
}

/// All files of a kind.
#[derive(Debug, Default, Serialize)]
struct Kind {
    kind: String,
    files: usize,
    opened: usize,
    with_text: usize,
    /// Files with a reference.
    references: usize,
    precision: Option<f64>,
    recall: Option<f64>,
    f1: Option<f64>,
    wanted: Option<f64>,
    pages: u32,
    cpu_seconds: Option<f64>,
    pages_per_cpu_second: Option<f64>,
    slowest_milliseconds: f64,
}

#[derive(Serialize)]
struct Report {
    kinds: Vec<Kind>,
    files: Vec<File>,
    /// Megabytes of text cut into passages in a processor second, where the model's tokenizer is installed.
    chunking: Option<f64>,
}

pub(super) async fn run(config: &Config, dir: &Path, output: Output) -> anyhow::Result<()> {
    let sandbox = runtime::sandbox(config).await?;
    let by_kind = files_by_kind(dir)?;
    ensure!(!by_kind.is_empty(), "no files in {}", dir.display());
    let mut report = Report {
        kinds: Vec::new(),
        files: Vec::new(),
        chunking: None,
    };
    let mut documents = Vec::new();
    for (kind, paths) in by_kind {
        let before = child_time::ended_children();
        let mut files = Vec::with_capacity(paths.len());
        for path in &paths {
            let (file, document) = read(&sandbox, &kind, path, dir).await?;
            files.push(file);
            documents.extend(document);
        }
        report
            .kinds
            .push(summed(&kind, &files, child_time::since(before)));
        report.files.extend(files);
        if kind == "pdf" && pdftotext::is_there().await {
            report.kinds.push(of_pdftotext(&paths).await);
        }
    }
    if let Ok(tokenizer) = Tokenizer::from_file(&config.model.dir.join("tokenizer.json")) {
        report.chunking = chunking::speed(&documents, &tokenizer);
    }
    print(output, &report)
}

/// All files below `dir` but the references, by their ending.
fn files_by_kind(dir: &Path) -> anyhow::Result<BTreeMap<String, Vec<PathBuf>>> {
    let mut by_kind: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .with_context(|| format!("can't list {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Some(kind) = path.extension().filter(|kind| *kind != "md") {
                let kind = kind.to_string_lossy().to_ascii_lowercase();
                by_kind.entry(kind).or_default().push(path);
            }
        }
    }
    by_kind.values_mut().for_each(|paths| paths.sort());
    Ok(by_kind)
}

async fn read(
    sandbox: &Sandbox,
    kind: &str,
    path: &Path,
    dir: &Path,
) -> anyhow::Result<(File, Option<ParsedDocument>)> {
    let bytes = tokio::fs::read(path)
        .await
        .with_context(|| format!("can't read {}", path.display()))?;
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let begun = Instant::now();
    let parsed = sandbox
        .parse(&bytes, &name, &CancellationToken::new())
        .await;
    let milliseconds = begun.elapsed().as_secs_f64() * 1_000.0;
    let mut file = File {
        path: path.strip_prefix(dir).unwrap_or(path).display().to_string(),
        kind: kind.to_owned(),
        opened: true,
        with_text: false,
        pages: 0,
        milliseconds,
        precision: None,
        recall: None,
        f1: None,
        code: None,
        reason: None,
        notes: Vec::new(),
    };
    match &parsed {
        Ok(document) => {
            file.with_text = true;
            file.pages = document.pages;
            let agreement =
                reference(path).and_then(|reference| Agreement::of(&text(document), &reference));
            file.precision = agreement.map(|agreement| agreement.precision);
            file.recall = agreement.map(|agreement| agreement.recall);
            file.f1 = agreement.map(Agreement::f1);
            file.notes.clone_from(&document.notes);
        }
        Err(error) => {
            // These say that the file was understood, and that nothing in it is text.
            file.opened = matches!(error.code(), "no_text" | "scanned" | "unmapped_text");
            file.code = Some(error.code());
            file.reason = Some(error.to_string());
        }
    }
    Ok((file, parsed.ok()))
}

/// The document's words as they stand on the page.
fn text(document: &ParsedDocument) -> String {
    let mut out = String::new();
    let mut columns: &[String] = &[];
    for block in &document.blocks {
        if let BlockKind::TableRow { cells, header } = &block.kind {
            if columns != header {
                out.push_str(&header.join(" "));
                out.push('\n');
                columns = header;
            }
            out.push_str(&cells.join(" "));
        } else {
            columns = &[];
            out.push_str(&block.text);
        }
        out.push('\n');
    }
    out
}

/// The reference beside a file, without HTML comments, which mark pictures.
fn reference(path: &Path) -> Option<String> {
    let beside = PathBuf::from(format!("{}.md", path.display()));
    let text = std::fs::read_to_string(beside)
        .or_else(|_| std::fs::read_to_string(path.with_extension("md")))
        .ok()?;
    let without_comments = text
        .split("<!--")
        .map(|part| part.split_once("-->").map_or(part, |(_, rest)| rest))
        .collect();
    Some(without_comments)
}

fn summed(kind: &str, files: &[File], cpu_seconds: Option<f64>) -> Kind {
    let pages = files.iter().map(|file| file.pages).sum();
    Kind {
        kind: kind.to_owned(),
        files: files.len(),
        opened: files.iter().filter(|file| file.opened).count(),
        with_text: files.iter().filter(|file| file.with_text).count(),
        references: files.iter().filter(|file| file.f1.is_some()).count(),
        precision: mean(files.iter().filter_map(|file| file.precision)),
        recall: mean(files.iter().filter_map(|file| file.recall)),
        f1: mean(files.iter().filter_map(|file| file.f1)),
        wanted: WANTED
            .iter()
            .find(|(wanted, _)| *wanted == kind)
            .map(|(_, least)| *least),
        pages,
        cpu_seconds,
        pages_per_cpu_second: per_second(pages, cpu_seconds),
        slowest_milliseconds: files
            .iter()
            .map(|file| file.milliseconds)
            .fold(0.0, f64::max),
    }
}

/// The same PDFs through `pdftotext`. It parts pages with a form feed.
async fn of_pdftotext(paths: &[PathBuf]) -> Kind {
    let before = child_time::ended_children();
    let mut agreements = Vec::new();
    let (mut opened, mut with_text, mut pages) = (0, 0, 0);
    let mut slowest_milliseconds = 0.0_f64;
    for path in paths {
        let begun = Instant::now();
        let found = pdftotext::read(path).await;
        slowest_milliseconds = slowest_milliseconds.max(begun.elapsed().as_secs_f64() * 1_000.0);
        let Some(found) = found else { continue };
        opened += 1;
        with_text += usize::from(found.chars().any(char::is_alphanumeric));
        pages += found.matches('\u{C}').count();
        agreements.extend(reference(path).and_then(|reference| Agreement::of(&found, &reference)));
    }
    let cpu_seconds = child_time::since(before);
    let pages = u32::try_from(pages).unwrap_or(u32::MAX);
    Kind {
        kind: "pdf (pdftotext)".to_owned(),
        files: paths.len(),
        opened,
        with_text,
        references: agreements.len(),
        precision: mean(agreements.iter().map(|agreement| agreement.precision)),
        recall: mean(agreements.iter().map(|agreement| agreement.recall)),
        f1: mean(agreements.iter().map(|agreement| agreement.f1())),
        wanted: None,
        pages,
        cpu_seconds,
        pages_per_cpu_second: per_second(pages, cpu_seconds),
        slowest_milliseconds,
    }
}

fn per_second(pages: u32, seconds: Option<f64>) -> Option<f64> {
    seconds
        .filter(|seconds| *seconds > 0.0 && pages > 0)
        .map(|seconds| f64::from(pages) / seconds)
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    let count = u32::try_from(values.len())
        .ok()
        .filter(|count| *count > 0)?;
    Some(values.iter().sum::<f64>() / f64::from(count))
}

fn print(output: Output, report: &Report) -> anyhow::Result<()> {
    if output == Output::Json {
        println!("{}", serde_json::to_string_pretty(report)?);
        return Ok(());
    }
    let share = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.3}"));
    let header = [
        "KIND",
        "FILES",
        "OPENED",
        "TEXT",
        "REFS",
        "WORD F1",
        "RECALL",
        "WANTED",
        "PAGES/CPU-S",
        "SLOWEST MS",
    ];
    crate::command::print(output, &report.kinds, &header, |kind| {
        vec![
            kind.kind.clone(),
            kind.files.to_string(),
            kind.opened.to_string(),
            kind.with_text.to_string(),
            kind.references.to_string(),
            share(kind.f1),
            share(kind.recall),
            kind.wanted
                .map_or_else(String::new, |least| format!("≥ {least}")),
            kind.pages_per_cpu_second
                .map_or_else(String::new, |speed| format!("{speed:.0}")),
            format!("{:.0}", kind.slowest_milliseconds),
        ]
    })?;
    if let Some(speed) = report.chunking {
        println!("\nCut into passages: {speed:.1} MB of text per processor second (wanted: ≥ 20)");
    }
    println!("\nWithout text:");
    for file in report.files.iter().filter(|file| !file.with_text) {
        let reason = file.reason.as_deref().unwrap_or_default();
        println!("  {}: {reason}", file.path);
    }
    Ok(())
}
