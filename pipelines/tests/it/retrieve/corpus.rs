//! Articles and questions under `../shared/eval/retrieval`; nothing where the folder is absent.

use std::{collections::HashSet, fs, path::PathBuf};

use wafaa_domain::DocumentId;
use wafaa_pipelines::{
    conversation::Ranking,
    knowledge::{
        block::Block,
        chunk::{Limits, chunk},
    },
};
use wafaa_storage::vector::Passage;

use crate::{ENGINE, Library, parsed, passages, space};

/// A text and the questions it answers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Article {
    pub(crate) heading: Option<String>,
    pub(crate) text: String,
    pub(crate) questions: Vec<String>,
}

fn read(file: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/eval/retrieval")
        .join(file);
    let text = fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("skipped: {} is absent", path.display());
    }
    text
}

/// A file in the format of SQuAD.
pub(crate) fn squad(file: &str) -> Option<Vec<Article>> {
    let json: serde_json::Value = serde_json::from_str(&read(file)?).unwrap();
    let articles = json["data"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|article| article["paragraphs"].as_array().unwrap());
    Some(
        articles
            .map(|paragraph| Article {
                heading: None,
                text: paragraph["context"]
                    .as_str()
                    .unwrap()
                    .trim_start_matches('\u{feff}')
                    .to_owned(),
                questions: paragraph["qas"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|qa| qa["question"].as_str().unwrap().to_owned())
                    .collect(),
            })
            .collect(),
    )
}

/// The COVID FAQ: its answers under the columns' names, asked by its own questions; or with `headings`, under
/// those questions and asked by their paraphrases.
pub(crate) fn faq(
    file: &str,
    question: &str,
    answer: &str,
    headings: bool,
) -> Option<Vec<Article>> {
    let paraphrases = paraphrases()?;
    let text = read(file)?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().unwrap().clone();
    let column = |name: &str| columns.iter().position(|column| column == name).unwrap();
    let (question, answer) = (column(question), column(answer));
    let mut seen = HashSet::new();
    let rows = reader.records().map(Result::unwrap);
    let articles = rows
        .filter(|row| {
            row[answer].split_whitespace().count() >= 5 && seen.insert(row[answer].to_owned())
        })
        .map(|row| Article {
            heading: headings.then(|| row[question].to_owned()),
            text: row[answer].to_owned(),
            questions: if headings {
                paraphrases
                    .iter()
                    .filter(|(of, _)| *of == row[question])
                    .map(|(_, to)| to.clone())
                    .collect()
            } else {
                vec![row[question].to_owned()]
            },
        });
    Some(articles.collect())
}

/// Questions of a bank's customers.
pub(crate) fn strangers() -> Vec<String> {
    let Some(text) = read("../topics/banking77-test.csv") else {
        return Vec::new();
    };
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader
        .records()
        .map(|row| row.unwrap()[0].to_owned())
        .collect()
}

fn paraphrases() -> Option<Vec<(String, String)>> {
    let text = read("eval_question_similarity_en.csv")?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader
        .records()
        .map(Result::unwrap)
        .filter(|row| &row[2] == "1");
    Some(
        rows.map(|row| (row[0].to_owned(), row[1].to_owned()))
            .collect(),
    )
}

/// Articles in an index of their own.
pub(crate) struct Indexed {
    library: Library,
    /// The article of each passage, by ordinal.
    articles: Vec<usize>,
}

impl Indexed {
    pub(crate) async fn new(articles: &[(usize, &Article)], language: &'static str) -> Self {
        let library = Library::new().await;
        let id = DocumentId::new();
        let (mut all, mut of): (Vec<Passage>, Vec<usize>) = (Vec::new(), Vec::new());
        for (number, article) in articles {
            let mut blocks: Vec<Block> = article
                .heading
                .iter()
                .map(|heading| Block::heading(2, heading))
                .collect();
            blocks.extend(
                article
                    .text
                    .split('\n')
                    .filter(|line| !line.trim().is_empty())
                    .map(Block::paragraph),
            );
            let chunks = chunk(
                &parsed(blocks),
                ENGINE.tokenizer(),
                &Limits::for_language(language),
            );
            for mut passage in passages(id, 1, language, &chunks).await {
                passage.ordinal = i32::try_from(all.len()).unwrap();
                all.push(passage);
                of.push(*number);
            }
        }
        library
            .vectors
            .replace(&library.scope, &space(), id, all)
            .await
            .unwrap();
        Self {
            library,
            articles: of,
        }
    }

    pub(crate) async fn ask(&self, question: &str) -> Ranking {
        self.library.rank(question).await
    }

    /// The article that the passage with this ordinal is of.
    pub(crate) fn article(&self, ordinal: i32) -> usize {
        self.articles[usize::try_from(ordinal).unwrap()]
    }
}
