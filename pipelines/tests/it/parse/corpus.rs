//! Real files nobody here wrote: all are read or refused, and what is read agrees with the reference text.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use wafaa_pipelines::knowledge::parse;

fn files(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/eval/docs")
        .join(folder);
    let Ok(entries) = std::fs::read_dir(&root) else {
        println!("skipped: {} is absent", root.display());
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    files.retain(|path| {
        path.is_file() && path.extension().is_some_and(|extension| extension != "md")
    });
    files.sort();
    files
}

fn reference(path: &Path) -> Option<String> {
    let beside = PathBuf::from(format!("{}.md", path.display()));
    let text = std::fs::read_to_string(beside)
        .or_else(|_| std::fs::read_to_string(path.with_extension("md")));
    text.ok().map(|text| without_comments(&text))
}

fn without_comments(text: &str) -> String {
    text.split("<!--")
        .map(|part| part.split_once("-->").map_or(part, |(_, rest)| rest))
        .collect()
}

fn words(text: &str) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for word in text
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    counts
}

/// Share of the reference's words found.
fn recall(found: &str, reference: &str) -> f64 {
    let (found, wanted) = (words(found), words(reference));
    let all: usize = wanted.values().sum();
    let shared: usize = wanted
        .iter()
        .map(|(word, count)| found.get(word).copied().unwrap_or(0).min(*count))
        .sum();
    shared as f64 / all.max(1) as f64
}

/// Mean recall over the folder's files that have a reference and are read, and how many those are.
fn mean_recall(folder: &str) -> Option<(f64, usize)> {
    let mut scores = Vec::new();
    for path in files(folder) {
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match parse::parse(&bytes, &name) {
            Ok(document) => {
                let text: Vec<&str> = document
                    .blocks
                    .iter()
                    .map(|block| block.text.as_str())
                    .collect();
                scores
                    .extend(reference(&path).map(|reference| recall(&text.join("\n"), &reference)));
            }
            Err(error) => assert_ne!(error.code(), "parser_crashed", "{name}"),
        }
    }
    let count = scores.len();
    (count > 0).then(|| (scores.iter().sum::<f64>() / count as f64, count))
}

#[test]
fn reference_words_are_found() {
    for (folder, least, files) in [("pdf", 0.95, 11), ("docx", 0.92, 30), ("html", 0.90, 30)] {
        if let Some((recall, count)) = mean_recall(folder) {
            assert!(
                recall >= least && count >= files,
                "{folder}: {recall:.3} over {count}"
            );
        }
    }
}

#[test]
fn workbooks_are_read_or_refused() {
    let paths = files("sheets/calamine");
    let read = paths
        .iter()
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            parse::parse(&std::fs::read(path).unwrap(), &name).is_ok()
        })
        .count();
    assert!(paths.is_empty() || read >= 100, "{read} of {}", paths.len());
}
