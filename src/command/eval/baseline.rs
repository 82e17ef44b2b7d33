//! What there is to beat: BM25 over whole articles, stemmed by the same analysis, and nothing else.

use std::collections::HashMap;

use wafaa_pipelines::knowledge::analyse;

use super::sets::Set;

/// Robertson's usual constants, which LanceDB has too.
const K1: f64 = 1.2;
const B: f64 = 0.75;

/// The articles of a set by their terms.
pub(super) struct Baseline {
    language: &'static str,
    /// For each term the articles that have it, and how often.
    postings: HashMap<String, HashMap<usize, f64>>,
    lengths: Vec<f64>,
}

impl Baseline {
    pub(super) fn new(set: &Set) -> Self {
        let mut postings: HashMap<String, HashMap<usize, f64>> = HashMap::new();
        let mut lengths = Vec::with_capacity(set.articles.len());
        for (number, article) in set.articles.iter().enumerate() {
            let heading = article.heading.as_deref().unwrap_or_default();
            let terms = analyse::terms(&format!("{heading} {}", article.text), set.language);
            lengths.push(terms.split(' ').count() as f64);
            for term in terms.split(' ') {
                let of = postings.entry(term.to_owned()).or_default();
                *of.entry(number).or_default() += 1.0;
            }
        }
        Self {
            language: set.language,
            postings,
            lengths,
        }
    }

    /// The articles that share a term with `question`, best first.
    pub(super) fn ask(&self, question: &str) -> Vec<usize> {
        let articles = self.lengths.len() as f64;
        let average = self.lengths.iter().sum::<f64>() / articles.max(1.0);
        let mut scores: HashMap<usize, f64> = HashMap::new();
        for term in analyse::terms(question, self.language).split(' ') {
            let Some(of) = self.postings.get(term) else {
                continue;
            };
            let found = of.len() as f64;
            let rarity = ((articles - found + 0.5) / (found + 0.5)).ln_1p();
            for (article, count) in of {
                let length = 1.0 - B + B * self.lengths[*article] / average;
                *scores.entry(*article).or_default() +=
                    rarity * count * (K1 + 1.0) / (count + K1 * length);
            }
        }
        let mut ranked: Vec<(usize, f64)> = scores.into_iter().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked.into_iter().map(|(article, _)| article).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::sets::Article, *};

    #[test]
    fn rare_words_of_short_articles_count_most() {
        let article = |text: &str| Article {
            text: text.to_owned(),
            ..Article::default()
        };
        let set = Set {
            name: "three".into(),
            language: "en",
            articles: vec![
                article("The laundry is open daily and it is in the basement of the house"),
                article("Laundry tokens"),
                article("The gym is open daily"),
            ],
        };
        let baseline = Baseline::new(&set);
        assert_eq!(baseline.ask("Where are tokens for laundries?"), [1, 0]);
        assert_eq!(baseline.ask("sauna"), [0; 0]);
    }
}
