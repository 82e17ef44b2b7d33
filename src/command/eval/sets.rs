//! Sets of questions whose answers are known, as other people made them; read, never written.
//!
//! Of a folder: every `.json` in the format of SQuAD; every `.csv` with the columns `question` and `answer`, or
//! `question_ar` and `answer_ar` where it has those; every `.tsv` of titles and paraphrases of them. A `.csv` with
//! `question_1`, `question_2` and `similar` holds paraphrases of the FAQs' questions.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::Path,
};

use anyhow::Context;
use serde::Deserialize;
use wafaa_pipelines::knowledge::{language, sentence};

/// The fewest words of an FAQ's answer; "Yes." can't be told from another one.
const FEWEST_WORDS: usize = 5;

/// Articles and the questions they answer.
pub(super) struct Set {
    pub(super) name: String,
    /// ISO 639-1.
    pub(super) language: &'static str,
    pub(super) articles: Vec<Article>,
}

/// A text and the questions it answers.
#[derive(Default)]
pub(super) struct Article {
    /// Articles of one topic are present or absent together.
    pub(super) topic: usize,
    pub(super) heading: Option<String>,
    pub(super) text: String,
    pub(super) questions: Vec<Question>,
}

/// A question and what its answer holds: one of these; nothing where that isn't known.
#[derive(Default, Clone)]
pub(super) struct Question {
    pub(super) text: String,
    pub(super) gold: Vec<String>,
}

impl Set {
    fn new(name: String, articles: Vec<Article>) -> Self {
        let sample: Vec<&str> = articles
            .iter()
            .take(20)
            .map(|article| article.text.as_str())
            .collect();
        Self {
            name,
            language: language::detect(&sample.join("\n")).unwrap_or("en"),
            articles,
        }
    }

    /// At most `most` of its questions, spread evenly, each with the number of its article.
    pub(super) fn questions(&self, most: usize) -> Vec<(usize, &Question)> {
        let numbered = self.articles.iter().enumerate();
        let all: Vec<(usize, &Question)> = numbered
            .flat_map(|(number, article)| article.questions.iter().map(move |q| (number, q)))
            .collect();
        let step = all.len().div_ceil(most.max(1)).max(1);
        all.into_iter().step_by(step).collect()
    }
}

/// The sets in `dir` whose name contains `only`.
pub(super) fn read(dir: &Path, only: Option<&str>) -> anyhow::Result<Vec<Set>> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for entry in fs::read_dir(dir).with_context(|| format!("can't list {}", dir.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".json") || name.ends_with(".csv") || name.ends_with(".tsv") {
            let text = fs::read_to_string(&path);
            let text = text.with_context(|| format!("can't read {}", path.display()))?;
            files.insert(name.into_owned(), text);
        }
    }
    let mut paraphrases = BTreeMap::new();
    for text in files.values() {
        paraphrases.extend(pairs(text));
    }
    let mut sets = Vec::new();
    for (file, text) in &files {
        let (stem, ending) = file.rsplit_once('.').unwrap_or((file, ""));
        let made = match ending {
            "json" => squad(text).map(|articles| vec![Set::new(stem.to_owned(), articles)]),
            "tsv" => Ok(vec![Set::new(stem.to_owned(), titles(text))]),
            _ => faq(stem, text, &paraphrases),
        };
        sets.extend(made.with_context(|| format!("{file} is in no known format"))?);
    }
    sets.retain(|set| {
        only.is_none_or(|only| set.name.contains(only))
            && set
                .articles
                .iter()
                .any(|article| !article.questions.is_empty())
    });
    Ok(sets)
}

#[derive(Deserialize)]
struct Squad {
    data: Vec<SquadArticle>,
}

#[derive(Deserialize)]
struct SquadArticle {
    paragraphs: Vec<SquadParagraph>,
}

#[derive(Deserialize)]
struct SquadParagraph {
    context: String,
    qas: Vec<SquadQuestion>,
}

#[derive(Deserialize)]
struct SquadQuestion {
    question: String,
    answers: Vec<SquadAnswer>,
}

#[derive(Deserialize)]
struct SquadAnswer {
    text: String,
}

/// Paragraphs, those of one encyclopaedia article with its topic.
fn squad(json: &str) -> anyhow::Result<Vec<Article>> {
    let squad: Squad = serde_json::from_str(json)?;
    let articles = squad.data.into_iter().enumerate();
    let paragraphs = articles.flat_map(|(topic, article)| {
        article
            .paragraphs
            .into_iter()
            .map(move |paragraph| Article {
                topic,
                heading: None,
                text: paragraph.context.trim_start_matches('\u{feff}').to_owned(),
                questions: paragraph.qas.into_iter().map(Question::from).collect(),
            })
    });
    Ok(paragraphs.collect())
}

impl From<SquadQuestion> for Question {
    fn from(question: SquadQuestion) -> Self {
        Self {
            text: question.question,
            gold: question
                .answers
                .into_iter()
                .map(|answer| answer.text)
                .collect(),
        }
    }
}

/// Titles, each found by its paraphrases.
fn titles(text: &str) -> Vec<Article> {
    let mut articles: Vec<Article> = Vec::new();
    for (title, paraphrase) in text.lines().filter_map(|line| line.split_once('\t')) {
        let question = Question {
            text: paraphrase.to_owned(),
            gold: Vec::new(),
        };
        match articles.iter_mut().find(|article| article.text == title) {
            Some(article) => article.questions.push(question),
            None => articles.push(Article {
                topic: articles.len(),
                heading: None,
                text: title.to_owned(),
                questions: vec![question],
            }),
        }
    }
    articles
}

/// Paraphrases that people took for the same question, by that question.
fn pairs(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let Some([of, to, similar]) = columns(&mut reader, ["question_1", "question_2", "similar"])
    else {
        return found;
    };
    for row in reader.records().filter_map(Result::ok) {
        if row.get(similar) == Some("1") {
            let paraphrase = row.get(to).unwrap_or_default().to_owned();
            found
                .entry(row.get(of).unwrap_or_default().to_owned())
                .or_default()
                .push(paraphrase);
        }
    }
    found
}

/// An FAQ twice: its answers without their questions, asked by these; and where there are paraphrases, its answers
/// under their questions, asked by the paraphrases. Nothing of a file with other columns.
fn faq(
    stem: &str,
    text: &str,
    paraphrases: &BTreeMap<String, Vec<String>>,
) -> anyhow::Result<Vec<Set>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let arabic = columns(&mut reader, ["question_ar", "answer_ar"]);
    let Some([question, answer]) = arabic.or_else(|| columns(&mut reader, ["question", "answer"]))
    else {
        return Ok(Vec::new());
    };
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut seen = HashSet::new();
    for row in reader.records() {
        let row = row?;
        let (question, answer) = (&row[question], &row[answer]);
        let is_long = answer.split_whitespace().count() >= FEWEST_WORDS;
        if is_long && seen.insert(answer.to_owned()) {
            rows.push((question.to_owned(), answer.to_owned()));
        }
    }
    let answers = article(&rows, |question| (None, vec![question.to_owned()]));
    let sections = article(&rows, |question| {
        let asked = paraphrases.get(question).cloned().unwrap_or_default();
        (Some(question.to_owned()), asked)
    });
    Ok(vec![
        Set::new(format!("{stem}, answers alone"), answers),
        Set::new(format!("{stem}, paraphrases"), sections),
    ])
}

fn article(
    rows: &[(String, String)],
    of: impl Fn(&str) -> (Option<String>, Vec<String>),
) -> Vec<Article> {
    let made = rows.iter().enumerate().map(|(topic, (question, answer))| {
        let (heading, questions) = of(question);
        let question = |text: String| Question {
            text,
            gold: vec![first_sentence(answer)],
        };
        Article {
            topic,
            heading,
            text: answer.clone(),
            questions: questions.into_iter().map(question).collect(),
        }
    });
    made.collect()
}

/// What an answer that is several paragraphs long must at least have in common with one that holds it.
fn first_sentence(answer: &str) -> String {
    let ranges = sentence::ranges(answer);
    let first = ranges.into_iter().next().unwrap_or(0..answer.len());
    answer[first].to_owned()
}

fn columns<const N: usize>(
    reader: &mut csv::Reader<&[u8]>,
    names: [&str; N],
) -> Option<[usize; N]> {
    let header = reader.headers().ok()?.clone();
    let mut found = [0; N];
    for (place, name) in found.iter_mut().zip(names) {
        *place = header.iter().position(|column| column == name)?;
    }
    Some(found)
}
