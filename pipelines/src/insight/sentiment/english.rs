//! English: VADER, and what customers say without a word that its lexicon knows ("my order never arrived").

use std::sync::LazyLock;

use vader_sentimental::SentimentIntensityAnalyzer;

use super::{lexicon, unsqueeze};

/// Phrases, each between spaces.
static SERVICE: LazyLock<Vec<(String, f32)>> = LazyLock::new(|| {
    lexicon::entries(include_str!("service.txt"))
        .map(|(phrase, valence)| (format!(" {phrase} "), valence))
        .collect()
});

static VADER: LazyLock<SentimentIntensityAnalyzer<'static>> =
    LazyLock::new(SentimentIntensityAnalyzer::new);

/// A phrase after one of these isn't claimed: "it was not too slow", "if the order is late".
const UNCLAIMED: &[&str] = &[
    "not", "never", "isn't", "wasn't", "aren't", "weren't", "no", "nor",
];
const CONDITIONS: &[&str] = &[" if ", " in case ", " unless ", " should "];

/// The sum of valences of a text without emoji.
pub(super) fn valence(text: &str) -> f32 {
    let text = text.replace(['’', 'ʼ'], "'");
    #[expect(clippy::cast_possible_truncation, reason = "a score between −1 and 1")]
    let compound = VADER.polarity_scores(&text).compound as f32;
    unsqueeze(compound) + service(&text)
}

/// What the phrases about service add: the strongest praise and the strongest blame, since one mishap has many words.
fn service(text: &str) -> f32 {
    let words: Vec<String> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let padded = format!(" {} ", words.join(" "));
    let found = SERVICE.iter().filter_map(|(phrase, valence)| {
        let before = &padded[..padded.find(phrase.as_str())?];
        let last = before.rsplit(' ').next().unwrap_or_default();
        let is_open = CONDITIONS
            .iter()
            .any(|word| format!("{before} ").contains(word));
        (!is_open && !UNCLAIMED.contains(&last)).then_some(*valence)
    });
    let (praise, blame) = found.fold((0.0_f32, 0.0_f32), |(praise, blame), valence| {
        (praise.max(valence), blame.min(valence))
    });
    praise + blame
}
